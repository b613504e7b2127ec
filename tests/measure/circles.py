"""Customers with what is recorded between them, measured on a real ledger."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from sqlglot import exp

from keceng.collect import LEDGER
from keceng.lake import Step, open_engine, sql
from keceng.measure import Frame, measure_steps
from tests.ledgers import Day, Ledger

AS_OF = dt.date(2026, 6, 30)
JANUARY = dt.date(2026, 1, 10)
Row = Mapping[str, object]
Relation = tuple[int, int, str, int | None, dt.date | None]


_FAMILIES = ("purchases", "rhythm", "profit", "network", "social", "retained_values", "positions")
_TOGETHER = sql(
    f"select * from {_FAMILIES[0]} " + " ".join(f"left join {f} using (customer_key)" for f in _FAMILIES[1:])
)


@cache
def _steps(frame: Frame) -> list[Step]:
    """The steps that the families need, no others: a test of relations has no use for receivables."""
    needed, kept = set(_FAMILIES), []
    for step in reversed(measure_steps(frame)):
        if step.name in needed:
            needed |= {table.name for table in step.query.find_all(exp.Table)}
            kept.append(step)
    return kept[::-1]


@dataclass(frozen=True, slots=True)
class Circle:
    """Customers 1 to `customers`, what they bought, and what is recorded of them; relations as (from, to, type, strength, since)."""

    customers: int
    days: Sequence[Day] = ()
    relations: Sequence[Relation] = ()
    records: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    known: Mapping[int, Row] = field(default_factory=dict)

    def measure(self, frame: Frame | None = None) -> dict[int, dict[str, Any]]:
        """The measures of `_FAMILIES` by customer."""
        names = ("from_key", "to_key", "relation_type", "strength", "since_on")
        rows = [dict(zip(names, relation, strict=True)) for relation in self.relations]
        tables = {table.name: table for table in LEDGER}
        with TemporaryDirectory() as folder:
            ledger = Ledger(self.days, self.known or {key: {} for key in range(1, self.customers + 1)})
            lake = ledger.write(Path(folder) / "lake")
            with lake.unit_of_work("import") as work:
                for name, records in {"relations": rows, **self.records}.items():
                    work.merge(tables[name], pa.Table.from_pylist(list(records), tables[name].arrow_schema))
            engine = open_engine(lake.snapshot(), LEDGER)
            engine.run(_steps(frame or Frame(AS_OF)))
            found = engine.fetch(_TOGETHER).to_pylist()
            engine.close()
        return {row["customer_key"]: row for row in found}


def act(number: int, customer: int, kind: str, day: dt.date = AS_OF, by: str = "customer") -> Row:
    return {"source": "main", "interaction_id": f"I{number}", "customer_key": customer, "happened_on": day,
            "interaction_type": kind, "initiated_by": by}  # fmt: skip


def person(customer: int, **known: str) -> Row:
    return {"source": "main", "source_id": f"C{customer:05d}", "customer_key": customer, **known}


def seat(customer: int, tier: int, title: str, **dates: dt.date) -> Row:
    return {"decision_id": f"{customer}-{tier}-{title}", "decision_type": "circle_seat", "customer_key": customer,
            "payload": json.dumps({"circle": "商会", "tier": tier, "seat": title}),
            "effective_on": JANUARY, **dates}  # fmt: skip
