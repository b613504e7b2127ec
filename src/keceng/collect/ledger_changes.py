"""What became of the ledger between two versions of it, counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keceng.collect.tables import CUSTOMERS, LEDGER, ORDER_LINES, PURCHASE_DAY, SOURCES
from keceng.lake import Engine, Snapshot, open_engine, sql

_NOT_COUNTED = frozenset({PURCHASE_DAY.name, SOURCES.name})
_SALES = """
select coalesce(cast(sum(amount) filter (where not is_cancelled) as bigint), 0) as total,
    min(line_on) filter (where is_valid and customer_key is not null) as first_on,
    max(line_on) filter (where is_valid and customer_key is not null) as last_on
from order_lines
"""


@dataclass(frozen=True, slots=True)
class LedgerState:
    """The size of a ledger.

    Attributes:
        rows: table → its rows; nothing for an empty one.
        total: cents of all order lines that are not cancelled.
        first_on, last_on: the first and the last day with a valid order of a known customer.
    """

    rows: Mapping[str, int]
    total: int
    first_on: dt.date | None
    last_on: dt.date | None


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """What became of the ledger.

    Attributes:
        customers_new: customers that nobody knew before.
        customers_gone: customers that nobody knows any more.
    """

    before: LedgerState
    after: LedgerState
    customers_new: int
    customers_gone: int

    @property
    def rows(self) -> dict[str, tuple[int, int]]:
        """Table → (rows before, rows after), where they differ."""
        names = [table.name for table in LEDGER]
        pairs = {n: (self.before.rows.get(n, 0), self.after.rows.get(n, 0)) for n in names}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def compare_ledgers(before: Snapshot, after: Snapshot) -> LedgerChange:
    """What became of `before`."""
    known = before.read(CUSTOMERS).select(["customer_key"])
    engine = open_engine(after, [CUSTOMERS])
    engine.give("known", known)
    new = _count(engine, "customers anti join known using (customer_key)")
    gone = _count(engine, "known anti join customers using (customer_key)")
    engine.close()
    return LedgerChange(measure_ledger(before), measure_ledger(after), new, gone)


def measure_ledger(snapshot: Snapshot) -> LedgerState:
    """How large the ledger is at `snapshot`."""
    counted = [table for table in LEDGER if table.name not in _NOT_COUNTED and snapshot.has(table)]
    engine = open_engine(snapshot, {ORDER_LINES, *counted})
    rows = {table.name: _count(engine, f'"{table.name}"') for table in counted}
    sales: dict[str, Any] = engine.fetch(sql(_SALES)).to_pylist()[0]
    engine.close()
    return LedgerState({name: n for name, n in rows.items() if n}, **sales)


def _count(engine: Engine, rows: str) -> int:
    return int(engine.fetch(sql(f"select count(*) as n from {rows}"))["n"][0].as_py())  # noqa: S608  constant names
