"""DuckDB as engine: the embedded default."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from keceng.lake.schema import Table
from keceng.lake.store import Snapshot

if TYPE_CHECKING:
    from keceng.lake.engine import Step

_COMPUTED = "computed on the driver"


def _ignore(_step: Step) -> None:
    return None


class DuckEngine:
    """One in-memory DuckDB connection; see `keceng.lake.Engine` for what each method promises."""

    def __init__(self) -> None:
        self._connection: Any = duckdb.connect(":memory:")
        self._given: set[str] = set()
        self._connection.execute("set TimeZone = 'UTC'")
        self._connection.execute("set preserve_insertion_order = false")
        self._connection.execute("set enable_progress_bar = false")  # it would write to standard output

    def open(self, snapshot: Snapshot, tables: Iterable[Table]) -> None:
        """Views over the Parquet files, typed by the declaration even where a file lacks a column."""
        for table in tables:
            columns = ", ".join(f'cast(null as {c.storage.sql}) as "{c.name}"' for c in table.columns)
            view = f"select {columns} where false"
            if files := snapshot.files(table):
                listed = ", ".join("'" + f.replace("'", "''") + "'" for f in files)
                view += f" union all by name select * from read_parquet([{listed}], union_by_name = true)"
            self._connection.execute(f'create or replace temp view "{table.name}" as {view}')

    def give(self, name: str, data: pa.Table) -> None:
        """Register an Arrow table."""
        self._given.add(name)
        self._connection.register(name, data)

    def scan(self, name: str, path: Path) -> None:
        """A view over the file."""
        listed = str(path).replace("'", "''")
        self._connection.execute(
            f"create or replace temp view \"{name}\" as select * from read_parquet('{listed}')"
        )

    def view(self, name: str, query: exp.Expr) -> None:
        """A temporary view."""
        self._connection.execute(f'create or replace temp view "{name}" as {_text(query)}')

    def run(self, steps: Iterable[Step], watch: Callable[[Step], None] = _ignore) -> dict[str, float]:
        """Each step becomes a temporary table."""
        seconds: dict[str, float] = {}
        for step in steps:
            watch(step)
            started = time.perf_counter()
            if step.in_place and step.compute is None:
                self.view(step.name, step.query)
            else:
                self._make(step)
            seconds[step.name] = round(time.perf_counter() - started, 4)
        return seconds

    def _make(self, step: Step) -> None:
        source = _text(step.query)
        if step.compute is not None:
            self._connection.register(_COMPUTED, step.compute(self.fetch(step.query)))
            source = f'select * from "{_COMPUTED}"'
        self._connection.execute(f'create or replace temp table "{step.name}" as {source}')
        if step.compute is not None:
            self._connection.unregister(_COMPUTED)

    def fetch(self, query: exp.Expr) -> pa.Table:
        """The result as Arrow."""
        return self._connection.sql(_text(query)).to_arrow_table()

    def save(self, query: exp.Expr, path: Path) -> None:
        """Stream the result into one Parquet file."""
        reader = self._connection.sql(_text(query)).to_arrow_reader(20_000)
        with pq.ParquetWriter(path, reader.schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(batch)

    def drop(self, name: str) -> None:
        """Drop a step's table, or unregister a given one."""
        if name in self._given:
            self._given.discard(name)
            self._connection.unregister(name)
        else:
            self._connection.execute(f'drop table if exists "{name}"')

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _text(query: exp.Expr) -> str:
    return query.sql(dialect="duckdb")
