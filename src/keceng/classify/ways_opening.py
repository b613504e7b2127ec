"""A stored customer made ready for trying changes: the judge of the run, the purchase days and the norms it saw."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from keceng.classify.judgement import Judge, read_judge
from keceng.classify.stored import read_customers, read_customers_in_parts
from keceng.classify.tables import norms_file
from keceng.classify.ways_case import Case
from keceng.classify.ways_history import read_purchase_history
from keceng.classify.ways_measures import Norms, remeasure
from keceng.lake import Snapshot
from keceng.standard import Row, Standard, Unit

_TRIED = frozenset({"spend", "order_count", "purchase_days", "average_order_value"})
_GROWTH = frozenset({"spend_growth", "spend_trend", "growth_score"})


def open_case(snapshot: Snapshot, directory: Path, row: Row, as_of: dt.date) -> Case:
    """The customer of `row`, on whom changes can be tried.

    Args:
        snapshot: the version of the lake that the run read, or one with the same purchases up to `as_of`.
        directory: of the run.
        row: as `customers.parquet` has it.
        as_of: the date of the run.
    """
    judge = run_judge(directory)
    history = read_purchase_history(snapshot, _members(directory, judge.standard, row), as_of)
    norms = read_norms(directory, judge.standard, row)
    if history.days and not row.keys() >= _TRIED:
        # A run of what is needed alone has not stored by how much one more order moves the customer.
        row = {**remeasure(row, history, norms, run_day=as_of, day=as_of), **row}
    return Case(judge=judge, row=row, history=history, norms=norms, run_day=as_of)


@lru_cache(maxsize=2)
def run_judge(directory: Path) -> Judge:
    """The judge of a run; its files never change, so it is made once per process."""
    return read_judge(directory)


def read_norms(directory: Path, standard: Standard, row: Row) -> Norms:
    """What the customer of `row` was compared with in the run."""
    gaps = _gap_norms(directory)
    base = gaps.get(row.get("main_category")) or gaps.get(None) or {}
    return Norms(
        base_gap=base.get("base_gap"),
        base_gap_upper=base.get("base_gap_upper"),
        median_growth=_median_growth(directory, standard, row),
        window_days=standard.window_days,
    )


@lru_cache(maxsize=4)
def _gap_norms(directory: Path) -> Mapping[object, Mapping[str, int]]:
    rows = pq.read_table(directory / norms_file("gap_norms")).to_pylist()
    return {row["main_category"]: row for row in rows}


def _median_growth(directory: Path, standard: Standard, row: Row) -> int | None:
    # It is not stored; any customer of the same peers whose trend is known tells it.
    growth, trend = row.get("spend_growth"), row.get("spend_trend")
    if growth is not None and trend is not None:
        return int(str(growth)) - int(str(trend))
    if _GROWTH.isdisjoint(standard.measures):
        return None
    return _peers_growth(directory, row.get("peer_group"))


@lru_cache(maxsize=64)
def _peers_growth(directory: Path, peers: object) -> int | None:
    for rows in read_customers_in_parts(directory, ["peer_group", "spend_growth", "spend_trend"]):
        told = rows.filter(pc.and_(pc.equal(rows["peer_group"], peers), pc.is_valid(rows["spend_trend"])))
        if told.num_rows:
            return int(told["spend_growth"][0].as_py()) - int(told["spend_trend"][0].as_py())
    return None


def _members(directory: Path, standard: Standard, row: Row) -> list[int]:
    unit = int(str(row["unit_key"]))
    if standard.unit is Unit.ACCOUNT:
        return [unit]
    keys = read_customers(directory, ["customer_key", "unit_key"])
    found: list[int] = keys.filter(pc.equal(keys["unit_key"], unit))["customer_key"].to_pylist()
    return found
