"""Small ledgers made in memory, so that a test about measures or grades says only what it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from keceng.classify import EMPTY_STANDINGS, RunRequest, class_steps
from keceng.collect import CUSTOMERS, LEDGER, PERSONS, PURCHASE_DAY
from keceng.lake import Engine, Lake, Snapshot, Step, open_engine
from keceng.measure import Frame, measure_steps
from keceng.standard import Standard


@dataclass(frozen=True, slots=True)
class Day:
    """A day of purchases of one customer: amounts in cents."""

    customer: int
    day: dt.date
    gross: int
    orders: int = 1
    returned: int = 0
    cost: int | None = None
    void_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Days and what is known of the customers."""

    days: Sequence[Day]
    customers: Mapping[int, Mapping[str, object]] = field(default_factory=dict)

    def write(self, root: Path) -> Lake:
        lake = Lake.create(root)
        keys = sorted({d.customer for d in self.days} | set(self.customers))
        with lake.unit_of_work("import") as work:
            work.append(
                PURCHASE_DAY, pa.Table.from_pylist([_row(d) for d in self.days], PURCHASE_DAY.arrow_schema)
            )
            work.append(
                CUSTOMERS,
                pa.Table.from_pylist(
                    [{"customer_key": k, **self.customers.get(k, {})} for k in keys], CUSTOMERS.arrow_schema
                ),
            )
            work.append(
                PERSONS,
                pa.Table.from_pylist(
                    [
                        {"source": "main", "source_id": f"C{k:05d}", "customer_key": k, "name": f"客户{k}"}
                        for k in keys
                    ],
                    PERSONS.arrow_schema,
                ),
            )
        return lake


def _row(day: Day) -> dict[str, object]:
    return {
        "customer_key": day.customer,
        "day": day.day,
        "void_on": day.void_on,
        "orders": day.orders,
        "lines": day.orders,
        "net": day.gross - day.returned,
        "gross": day.gross,
        "returned": day.returned,
        "cost": day.cost,
        "costed_net": None if day.cost is None else day.gross - day.returned,
    }


def measured(snapshot: Snapshot, frame: Frame) -> Engine:
    """An engine in which `measured` stands ready."""
    engine = open_engine(snapshot, LEDGER)
    engine.run(measure_steps(frame))
    return engine


def graded(snapshot: Snapshot, standard: Standard, as_of: dt.date) -> Engine:
    """An engine in which every step up to `coded` stands ready."""
    engine = measured(snapshot, Frame(as_of, standard.window_days, standard.unit.value))
    engine.give("standings", EMPTY_STANDINGS)
    steps: list[Step] = class_steps(standard, as_of)
    engine.run(steps)
    return engine


def request(standard: Standard, as_of: dt.date) -> RunRequest:
    """A run request with nothing but what is needed."""
    return RunRequest(standard, as_of)
