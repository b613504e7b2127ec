"""A workspace for one test: files in, the ledger as plain rows out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keceng.collect import ORDER_LINES, ORDERS, PERSONS, CollectOptions, CollectReport, collect_files
from keceng.lake import Lake, Table, open_engine, sql

IMPORT_DAY = dt.date(2026, 6, 1)

_LINES = """
select o.order_id, p.source_id, l.line_on, l.product_id, cast(l.quantity as varchar) as quantity, l.amount,
    l.is_return, l.is_valid, l.is_gift, l.is_cancelled
from order_lines l join orders o on o.order_key = l.order_key
left join persons p on p.customer_key = l.customer_key and p.source = o.source
order by all
"""


class Workspace:
    """A lake in a directory of the test, with the files written for it."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        self.lake = Lake.create(root / "lake")

    def write(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        path = self.root / name
        path.write_bytes(text.encode(encoding))
        return path

    def collect(self, *paths: Path, **options: Any) -> CollectReport:
        said = CollectOptions(**{"assume_defaults": True, **options})
        return collect_files(self.lake, paths, said, import_day=IMPORT_DAY)

    def collect_text(self, text: str, name: str = "orders.csv", **options: Any) -> CollectReport:
        return self.collect(self.write(name, text), **options)

    def rows(self, table: Table) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.lake.snapshot().read(table).to_pylist()
        return rows

    def lines(self) -> list[dict[str, Any]]:
        """Every line with its order's and customer's own ids, in an order of its own."""
        engine = open_engine(self.lake.snapshot(), [ORDERS, ORDER_LINES, PERSONS])
        rows: list[dict[str, Any]] = engine.fetch(sql(_LINES)).to_pylist()
        engine.close()
        return rows

    @property
    def versions(self) -> int:
        return len(self.lake.history())


def table_text(header: str, rows: Sequence[str]) -> str:
    return "\n".join([header, *rows]) + "\n"
