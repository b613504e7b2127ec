"""Who is measured: the bare group-by, which is the floor; a run of ours; and what other engines need for less.

Each contender is made ready once and then does its work as often as it is asked to; what it needs and has not is told by None.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

import duckdb

from keceng.bench.orders import AS_OF, Orders
from keceng.classify import RunRequest, classify_customers
from keceng.lake import Lake
from keceng.measure import catalogue
from keceng.standard import find_standard

Work = Callable[[], object]
Contender = Callable[[Orders], Work | None]

FULL_RUN, FLOOR, FLOOR_TEXT_IDS = "full_run", "group_by", "group_by_string_ids"
COLLECT_EXTRA = "collect_extra"
_GROUP_BY = """
select customer, max(day) as last_on, min(day) as first_on, count(*) as orders, sum(amount) as spend
from read_parquet('{path}') group by customer
"""
_PURCHASE_DAYS = """
select customer, day, count(*) as orders, sum(amount) as net from read_parquet('{path}') group by customer, day
order by customer, day
"""
_WINDOW_DAYS = 365


def bare_group_by(made: Orders) -> Work:
    """One pass of DuckDB over coded orders: last, first, count and sum per customer."""
    return _query(_GROUP_BY.format(path=made.coded))


def bare_group_by_text_ids(made: Orders) -> Work:
    """The same over the text ids as imported."""
    return _query(_GROUP_BY.format(path=made.as_imported))


def purchase_days(made: Orders) -> Work:
    """What collect does once so that no run has to: orders to sorted purchase days."""
    return _query(_PURCHASE_DAYS.format(path=made.coded))


def full_run(made: Orders) -> Work:
    """A lean run of the retail standard, measured, graded with reasons, hashed, stored and published."""
    lake, standard = Lake(made.lake), find_standard("retail", catalogue())
    return lambda: classify_customers(lake, RunRequest(standard, AS_OF, is_lean=True), author="bench")


def pandas_class(made: Orders) -> Work | None:
    """Value by share of sales and a rule over purchase days in pandas, one core: no reasons, nothing stored."""
    if not _has("pandas"):
        return None
    pandas = importlib.import_module("pandas")

    def work() -> object:
        orders = pandas.read_parquet(made.coded)
        orders["recent"] = orders["amount"].where(
            pandas.to_datetime(orders["day"]) > pandas.Timestamp(AS_OF) - pandas.Timedelta(days=_WINDOW_DAYS),
            0,
        )
        graded = orders.groupby("customer").agg(
            last_on=("day", "max"),
            orders=("amount", "size"),
            spend=("recent", "sum"),
            days=("day", "nunique"),
        )
        ordered = graded.sort_values("spend", ascending=False)
        share = ordered["spend"].clip(lower=0).cumsum() / ordered["spend"].clip(lower=0).sum()
        ordered["grade"] = "C"
        ordered.loc[share <= 0.95, "grade"] = "B"
        ordered.loc[(share <= 0.8) & (ordered["days"] >= 3), "grade"] = "A"
        return ordered

    return work


def polars_class(made: Orders) -> Work | None:
    """The same in Polars, streaming."""
    if not _has("polars"):
        return None
    polars = importlib.import_module("polars")
    column = polars.col

    def work() -> object:
        recent = column("day") > polars.lit(AS_OF) - polars.duration(days=_WINDOW_DAYS)
        share = column("spend").clip(0).cum_sum() / column("spend").clip(0).sum()
        return (
            polars.scan_parquet(made.coded)
            .group_by("customer")
            .agg(
                column("day").max().alias("last_on"),
                polars.len().alias("orders"),
                column("amount").filter(recent).sum().alias("spend"),
                column("day").n_unique().alias("days"),
            )
            .sort("spend", descending=True)
            .with_columns(
                polars.when((share <= 0.8) & (column("days") >= 3))
                .then(polars.lit("A"))
                .when(share <= 0.95)
                .then(polars.lit("B"))
                .otherwise(polars.lit("C"))
                .alias("grade")
            )
            .collect(engine="streaming")
        )

    return work


OURS: Mapping[str, Contender] = {
    FLOOR: bare_group_by,
    FLOOR_TEXT_IDS: bare_group_by_text_ids,
    FULL_RUN: full_run,
    COLLECT_EXTRA: purchase_days,
}
PEERS: Mapping[str, Contender] = {"pandas": pandas_class, "polars": polars_class}


def _query(text: str) -> Work:
    connection = duckdb.connect()
    return lambda: connection.sql(text).to_arrow_table()


def _has(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True
