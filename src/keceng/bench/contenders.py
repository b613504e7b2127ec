"""Who is measured: the bare group-by, which is the floor; a run of ours; and what other engines need for less.

Each contender is made ready once and then does its work as often as it is asked to; what it needs and has not is told by None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import duckdb

from keceng.bench.book import AS_OF, Orders
from keceng.bench.peers import pandas_class, polars_class, pyspark_class
from keceng.vocabulary import Text

if TYPE_CHECKING:
    from keceng.lake import Limits

Work = Callable[[], object]
Contender = Callable[[Orders], Work | None]

TITLES: Mapping[str, Text] = {
    "full_run": Text("完整分级", "full run"),
    "group_by": Text("裸分组", "bare group-by"),
    "group_by_string_ids": Text("裸分组（文本编号）", "group-by, text ids"),
    "changed_draft": Text("改标准后的影响", "effect of a changed draft"),
    "collect_extra": Text("购买日与编号（导入时）", "purchase days and ids, at import"),
    "pandas": Text("pandas", "pandas"),
    "polars": Text("Polars", "Polars"),
    "pyspark_local": Text("PySpark（单机）", "PySpark, local"),
}
"""As people read the contenders' names."""

FULL_RUN, FLOOR, FLOOR_TEXT_IDS = "full_run", "group_by", "group_by_string_ids"
COLLECT_EXTRA, CHANGED_DRAFT = "collect_extra", "changed_draft"
_GROUP_BY = """
select customer, max(day) as last_on, min(day) as first_on, count(*) as orders, sum(amount) as spend
from read_parquet('{path}') group by customer
"""
_CHANGES = {"purchase_days >= 3": "purchase_days >= 4", "max_share: 0.20": "max_share: 0.15"}
_ID_CODES = "select customer, {code} as id_code from (select distinct customer from read_parquet('{path}'))"
_PURCHASE_DAYS = """
select customer, day, count(*) as orders, sum(amount) as net from read_parquet('{path}') group by customer, day
order by customer, day
"""


def bare_group_by(made: Orders) -> Work:
    """One pass of DuckDB over coded orders: last, first, count and sum per customer."""
    return _query(_GROUP_BY.format(path=made.coded))


def bare_group_by_text_ids(made: Orders) -> Work:
    """The same over the text ids as imported."""
    return _query(_GROUP_BY.format(path=made.as_imported))


def collect_extra(made: Orders) -> Work:
    """What collect does once so that no run has to: orders to sorted purchase days, and what each id enters a hash as."""
    from keceng.collect import id_code  # noqa: PLC0415  as below
    from keceng.lake import column  # noqa: PLC0415

    days = _query(_PURCHASE_DAYS.format(path=made.coded))
    code = id_code(column("customer")).sql(dialect="duckdb")
    codes = _query(_ID_CODES.format(path=made.as_imported, code=code))
    return lambda: (days(), codes())


def full_run(made: Orders, limits: Limits | None = None) -> Work:
    """A lean run of the retail standard within `limits`, measured, graded with reasons, hashed, stored and published."""
    # Loaded here: a peer measured in a process of its own must not hold what only we need.
    from keceng.classify import RunRequest, classify_customers  # noqa: PLC0415
    from keceng.lake import UNLIMITED, Lake  # noqa: PLC0415
    from keceng.measure import catalogue  # noqa: PLC0415
    from keceng.standard import find_standard  # noqa: PLC0415

    lake, standard = Lake(made.lake, limits or UNLIMITED), find_standard("retail", catalogue())
    return lambda: classify_customers(lake, RunRequest(standard, AS_OF, is_lean=True), author="bench")


def changed_draft(made: Orders) -> Work:
    """What the workbench shows while a draft is being changed: a rule's threshold and a share's cap, over the published run."""
    from keceng.evaluate import glance_at_draft  # noqa: PLC0415  as above
    from keceng.lake import Lake  # noqa: PLC0415
    from keceng.measure import catalogue  # noqa: PLC0415
    from keceng.standard import load_standard, template_text  # noqa: PLC0415

    lake, text = Lake(made.lake), template_text("retail")
    for line, changed in _CHANGES.items():
        text = text.replace(line, changed)
    draft = load_standard(text, catalogue())
    if lake.snapshot().entry.published_run is None:
        full_run(made)()
    return lambda: glance_at_draft(lake.snapshot(), draft)


OURS: Mapping[str, Contender] = {
    FLOOR: bare_group_by,
    FLOOR_TEXT_IDS: bare_group_by_text_ids,
    FULL_RUN: full_run,
    CHANGED_DRAFT: changed_draft,
    COLLECT_EXTRA: collect_extra,
}
PEERS: Mapping[str, Contender] = {
    "pandas": pandas_class,
    "polars": polars_class,
    "pyspark_local": pyspark_class,
}


def _query(text: str) -> Work:
    connection = duckdb.connect()
    return lambda: connection.sql(text).to_arrow_table()
