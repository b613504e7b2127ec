"""From a run of the lake to the rows of its directory, a part of the customers at a time: a run of many millions is never held."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pypinyin import Style, lazy_pinyin
from pypinyin.seg.simpleseg import seg
from sqlglot import exp

from keceng.classify import MOVES, customer_columns, read_customers, read_run_standard, scan_customers
from keceng.collect import CUSTOMERS, INTERACTIONS, OWNER_CHANGES, PERSONS, owners_query
from keceng.lake import Snapshot, column, open_engine, sql
from keceng.protect import mask_names

_TEXTS = ("customer_id", "shown_name", "search", "kind", "role", "owner", "region", "grade", "earlier_grade", "state",
          "kept_by", "excluded_as", "reason_zh", "reason_en")  # fmt: skip
_STORED = ("grade_since", "spend", "previous_spend", "days_since_last_purchase", "gap_ratio", "overdue_amount",
           "expected_loss", "provisional", "is_appealed")  # fmt: skip
FIELDS = (*_TEXTS, *_STORED, "customer_key", "is_by_hand", "last_contact_on")
"""The columns of a row, in the order in which they come."""
_AT_ONCE = 200_000
"""So many customers are joined and sorted at a time; what is joined is looked through once for each part."""


def read_rows(snapshot: Snapshot, run_id: str) -> Iterator[pa.Table]:
    """The rows of a run's directory in parts, in the order of keys; each part has the `FIELDS`, and no text is null.

    Raises:
        KecengError: there is no such run.
    """
    directory = snapshot.run_directory(run_id)
    present = set(customer_columns(directory))
    state = read_run_standard(directory).strategy_by or "lifecycle_state"
    keys = np.sort(read_customers(directory, ["customer_key"])["customer_key"].to_numpy())
    engine = open_engine(snapshot, (CUSTOMERS, OWNER_CHANGES, PERSONS, INTERACTIONS, MOVES))
    try:
        scan_customers(engine, "stored", directory)
        for low in range(0, len(keys), _AT_ONCE):
            part = keys[low : low + _AT_ONCE]
            query = _query(run_id, state if state in present else None, present, int(part[0]), int(part[-1]))
            yield _finished(engine.fetch(query))
    finally:
        engine.close()


def _query(run_id: str, state: str | None, present: Collection[str], low: int, high: int) -> exp.Expr:
    # Each table is narrowed itself: no engine carries the bounds of one side of an outer join to the other.
    # A lean run lacks measures that its standard does not read.
    stored = [
        column(name, "s") if name in present else exp.alias_(exp.cast(exp.null(), "bigint"), name)
        for name in _STORED
        if name != "is_appealed"
    ]
    query = sql(
        """
        with known as (
          select customer_key, min(source_id) as customer_id, min(name) as name from persons
          where customer_key between :low and :high group by customer_key
        ),
        contacted as (
          select customer_key, max(happened_on) as last_contact_on from interactions
          where customer_key between :low and :high group by customer_key
        ),
        described as (select * from customers where customer_key between :low and :high),
        owned as (select * from :owners as o where customer_key between :low and :high),
        moved as (select * from moves where run_id = :run and customer_key between :low and :high)
        select s.customer_key, n.customer_id, n.name, c.kind, c.role, o.owner, c.region, s.grade,
          coalesce(m.from_class, s.grade) as earlier_grade, cast(:state as varchar) as state, s.kept_by, s.excluded_as,
          s.reason_zh, s.reason_en, s.decision_id is not null as is_by_hand, s.is_appealed, t.last_contact_on
        from stored as s
        left join known as n on n.customer_key = s.customer_key
        left join described as c on c.customer_key = s.customer_key
        left join owned as o on o.customer_key = s.customer_key
        left join contacted as t on t.customer_key = s.customer_key
        left join moved as m on m.customer_key = s.customer_key
        where s.customer_key between :low and :high
        order by s.customer_key
        """,
        run=run_id,
        low=low,
        high=high,
        owners=exp.Subquery(this=owners_query()),
        state=column(state, "s") if state else exp.null(),
    )
    assert isinstance(query, exp.Select)  # noqa: S101  the text above is a select
    return query.select(*stored)


def _finished(rows: pa.Table) -> pa.Table:
    names = pc.coalesce(rows["name"], "")
    is_org = pc.fill_null(pc.equal(rows["kind"], "org"), False)
    shown = pc.if_else(is_org, names, mask_names(names))
    search = [
        searched_text(i, n) for i, n in zip(rows["customer_id"].to_pylist(), names.to_pylist(), strict=True)
    ]
    columns = {
        **{name: rows[name] for name in rows.column_names},
        "shown_name": shown,
        "search": pa.array(search, pa.string()),
    }
    texts = {name: pc.coalesce(columns[name].cast(pa.string()), "") for name in _TEXTS}
    return pa.table({name: texts.get(name, columns[name]) for name in FIELDS})


def searched_text(number: str | None, name: str) -> str:
    """What people type to find a customer: number, name, and the initials of its pinyin, in small letters."""
    return f"{number or ''} {name} {''.join(map(_initials, seg(name)))}".lower()


@lru_cache(maxsize=100_000)
def _initials(word: str) -> str:
    # Names share their words; how a character sounds depends on its word alone.
    return "".join(lazy_pinyin(word, style=Style.FIRST_LETTER))
