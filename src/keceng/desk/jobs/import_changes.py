"""What an import or its undo does to the ledger, as a page tells it: before, after, new customers, who is touched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from keceng.classify import read_customers
from keceng.collect import BATCHES, LEDGER, ORDER_LINES, LedgerChange, compare_ledgers
from keceng.lake import Snapshot, open_engine, sql
from keceng.vocabulary import Text

_TITLES: Mapping[str, Text] = {table.name: table.grain for table in LEDGER}


def tell_change(change: LedgerChange) -> dict[str, object]:
    """The change in JSON's types."""
    before, after = change.before, change.after
    return {
        "rows": {name: list(pair) for name, pair in change.rows.items()},
        "total": [before.total, after.total],
        "first_on": [_iso(before.first_on), _iso(after.first_on)],
        "last_on": [_iso(before.last_on), _iso(after.last_on)],
        "customers_new": change.customers_new,
        "customers_gone": change.customers_gone,
    }


def tell_import(before: Snapshot, after: Snapshot, batch_ids: Collection[str]) -> dict[str, object]:
    """What became of `before`, and how many customers of each present grade the batches bring orders of."""
    told = tell_change(compare_ledgers(before, after))
    return told | {"grades": _count_grades(before, _touched(before, after, batch_ids))}


def _touched(before: Snapshot, after: Snapshot, batch_ids: Collection[str]) -> pa.ChunkedArray:
    """The customers of whom the batches that are new bring orders."""
    new = set(batch_ids) - set(before.read(BATCHES)["batch_id"].to_pylist())
    engine = open_engine(after, [ORDER_LINES])
    engine.give("new_batches", pa.table({"batch_id": pa.array(sorted(new), pa.string())}))
    keys = engine.fetch(
        sql("select distinct customer_key from order_lines semi join new_batches using (batch_id)")
    )
    engine.close()
    return keys["customer_key"]


def _count_grades(before: Snapshot, touched: pa.ChunkedArray) -> dict[str, int]:
    """Present grade → customers of `touched`; nobody where nothing is published."""
    if before.entry.published_run is None:
        return {}
    graded = read_customers(before.run_directory(), ["customer_key", "grade"])
    ours = graded.filter(
        pc.is_in(graded["customer_key"], value_set=pa.chunked_array(touched.chunks, pa.int64()))
    )
    counted = ours.group_by("grade").aggregate([("grade", "count")]).sort_by("grade").to_pylist()
    return {row["grade"]: row["grade_count"] for row in counted if row["grade"] is not None}


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


@dataclass(frozen=True, slots=True)
class ChangeLines:
    """What a page tells of a change.

    Attributes:
        rows: (what one row is, rows before, rows after), where they differ.
        total: cents of all orders before and after.
        days: the last day known before and after.
        customers_new, customers_gone: heads.
        grades: (present grade, its customers whose orders come in).
    """

    rows: tuple[tuple[Text, int, int], ...]
    total: tuple[int, int]
    days: tuple[str | None, str | None]
    customers_new: int
    customers_gone: int
    grades: tuple[tuple[str, int], ...]

    @property
    def added_cents(self) -> int:
        """By how much the sum of all orders grows."""
        return self.total[1] - self.total[0]


def read_change(told: Mapping[str, Any]) -> ChangeLines:
    """What `tell_change` kept."""
    return ChangeLines(
        rows=tuple((_TITLES[name], *pair) for name, pair in told["rows"].items()),
        total=tuple(told["total"]),
        days=tuple(told["last_on"]),
        customers_new=told["customers_new"],
        customers_gone=told["customers_gone"],
        grades=tuple(told.get("grades", {}).items()),
    )
