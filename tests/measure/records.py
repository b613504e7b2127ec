"""Ledgers with more than purchases: invoices, payments, contacts and answers, added table by table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from keceng.lake import Engine, Table, sql
from keceng.measure import Frame
from tests.ledgers import Day, Ledger, measured

AS_OF = dt.date(2026, 6, 30)
ORGANISATION: Mapping[str, object] = {"kind": "org"}

Records = Mapping[Table, Sequence[Mapping[str, object]]]


def ago(days: int) -> dt.date:
    """The date so many days before the as-of date."""
    return AS_OF - dt.timedelta(days=days)


def measured_records(
    root: Path,
    records: Records,
    *,
    days: Sequence[Day] = (),
    customers: Mapping[int, Mapping[str, object]] | None = None,
    frame: Frame | None = None,
) -> Engine:
    """An engine in which `measured` stands ready over a small ledger; rows get source and ids where they have none."""
    lake = Ledger(days, customers or {1: ORGANISATION}).write(root / "lake")
    with lake.unit_of_work("import") as work:
        for table, rows in records.items():
            work.append(table, pa.Table.from_pylist(identified(table, rows), table.arrow_schema))
    return measured(lake.snapshot(), frame or Frame(AS_OF))


def identified(table: Table, rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """The rows with a source, an id and customer 1 where they name none."""
    ids = [name for name in table.key if name.endswith("_id")]
    return [
        {"source": "main", "customer_key": 1, **dict.fromkeys(ids, f"{table.name}{i:04d}"), **row}
        for i, row in enumerate(rows)
    ]


def measures(engine: Engine, *names: str) -> dict[int, tuple[Any, ...]]:
    """The named measures by customer."""
    rows = engine.fetch(sql("select * from measured order by customer_key")).to_pylist()
    return {r["customer_key"]: tuple(r[name] for name in names) for r in rows}


def only(engine: Engine, *names: str) -> Any:
    """The named measures of customer 1: one as itself, several as a tuple."""
    found = measures(engine, *names)[1]
    return found[0] if len(names) == 1 else found
