"""DuckDB as engine: the embedded default."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from keceng.lake.folds import LEAST_ROWS, Fold, NotInOrderError, read_in_order
from keceng.lake.limits import UNLIMITED, Limits
from keceng.lake.result_files import write_batches
from keceng.lake.schema import Table
from keceng.lake.spilling import (
    MemoryExhaustedError,
    SpillPlace,
    limit_connection,
    make_room,
    most_spilled,
    ranges_of,
    telling_exhaustion,
)
from keceng.lake.store import Snapshot
from keceng.lake.trees import once_per_tree

if TYPE_CHECKING:
    from keceng.lake.engine import Step

_COMPUTED = "computed on the driver"
_PARTS = (8, 64)
"""In so many parts a step is made that memory does not hold."""


def _ignore(_step: Step) -> None:
    return None


class DuckEngine:
    """One in-memory DuckDB connection, opened once something is asked of it; see `keceng.lake.Engine` for what each method promises.

    Args:
        limits: what it may take of the machine.
        root: of the lake beside whose tables it spills; None does not spill.
    """

    def __init__(self, limits: Limits = UNLIMITED, root: Path | None = None) -> None:
        self._given: dict[str, object] = {}
        self._views: dict[str, str] = {}
        self._files: dict[str, tuple[str, ...]] = {}
        self._limits, self._place = limits, None if root is None else SpillPlace(root)
        self._spilled = self._seen = 0

    @cached_property
    def _connection(self) -> Any:  # noqa: ANN401  as DuckDB has it
        connection: Any = duckdb.connect(":memory:")
        limit_connection(connection, self._limits, self._place)
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set enable_progress_bar = false")  # it would write to standard output
        connection.execute("pragma enable_profiling = 'no_output'")  # tells what was spilled
        for name, rows in self._given.items():
            connection.register(name, rows)
        for statement in self._views.values():
            connection.execute(statement)
        return connection

    @property
    def _is_open(self) -> bool:
        return "_connection" in vars(self)

    @property
    def limits(self) -> Limits:
        """What it keeps to."""
        return self._limits

    @property
    def spilled_bytes(self) -> int:
        """The most that lay on disk at once."""
        return self._spilled

    def open(self, snapshot: Snapshot, tables: Iterable[Table]) -> None:
        """Views over the Parquet files, typed by the declaration even where a file lacks a column."""
        for table in tables:
            columns = ", ".join(f'cast(null as {c.storage.sql}) as "{c.name}"' for c in table.columns)
            view = f"select {columns} where false"
            self._files[table.name] = tuple(snapshot.files(table))
            if files := self._files[table.name]:
                listed = ", ".join("'" + f.replace("'", "''") + "'" for f in files)
                view += f" union all by name select * from read_parquet([{listed}], union_by_name = true)"
            self._view_files(table.name, view)

    def give(self, name: str, data: pa.Table) -> None:
        """Register an Arrow table."""
        self._register(name, data)

    def _register(self, name: str, rows: object) -> None:
        self._views.pop(name, None)
        self._given[name] = rows
        if self._is_open:
            self._connection.register(name, rows)

    def offer(self, name: str, load: Callable[[], pa.Table]) -> None:
        """Register it now."""
        self.give(name, load())

    def scan(self, name: str, path: Path) -> None:
        """A view over the file."""
        listed = str(path).replace("'", "''")
        self._view_files(name, f"select * from read_parquet('{listed}')")

    def _view_files(self, name: str, text: str) -> None:
        self._given.pop(name, None)
        self._views[name] = f'create or replace temp view "{name}" as {text}'
        if self._is_open:
            self._connection.execute(self._views[name])

    def view(self, name: str, query: exp.Expr) -> None:
        """A temporary view."""
        self._given.pop(name, None)
        self._views.pop(name, None)
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
        if step.fold is not None and self._fold(step, step.fold):
            return
        source = _text(step.query)
        if step.compute is not None:
            self._connection.register(_COMPUTED, step.compute(self.fetch(step.query)))
            source = f'select * from "{_COMPUTED}"'
        self._keep(step, source)
        if step.compute is not None:
            self._connection.unregister(_COMPUTED)

    def _keep(self, step: Step, source: str) -> None:
        if step.read is not None:
            names = [name for name in self._connection.sql(source).columns if name in step.read]
            listed = ", ".join(f'"{name}"' for name in names)
            source = f"select {listed} from ({source}) as made"
        try:
            self._execute(f'create or replace temp table "{step.name}" as {source}')
        except MemoryExhaustedError:
            if step.by is None or _COMPUTED in source:
                raise
            self._keep_in_parts(step.name, source, *step.by)

    def _keep_in_parts(self, name: str, source: str, table: str, key: str) -> None:
        # What is asked of a range of keys is asked of that range of the tables behind it: the engine sees to it.
        if key not in self._connection.sql(source).columns:
            raise MemoryExhaustedError.of_limits(self._limits)
        ends = f'select min("{key}"), max("{key}") from "{table}"'
        [(first, last)] = self._connection.execute(ends).fetchall()
        for parts in _PARTS:
            try:
                self._execute(
                    f'create or replace temp table "{name}" as select * from ({source}) where false'
                )
                for part in ranges_of(key, first, last, parts):
                    self._execute(f'insert into "{name}" select * from ({source}) as made where {part}')
            except MemoryExhaustedError:
                if parts == _PARTS[-1]:
                    raise
            else:
                return

    def _fold(self, step: Step, fold: Fold) -> bool:
        batches = read_in_order(fold, self._files.get(fold.table.name, ()), LEAST_ROWS)
        if batches is None:
            return False
        passed = _Pass(fold, batches)
        key = fold.columns[0]
        source = (
            f'select * from "{_COMPUTED}" as folded '
            f"where not exists (select 1 from ({_text(fold.without)}) as o where o.{key} = folded.{key})"
        )
        try:
            self._connection.register(_COMPUTED, passed.reader())
            self._keep(step, source)
        except (duckdb.Error, NotInOrderError):
            if not passed.is_disordered:
                raise
        finally:
            self._connection.unregister(_COMPUTED)
        return not passed.is_disordered

    def fetch(self, query: exp.Expr) -> pa.Table:
        """The result as Arrow."""
        self._seen = make_room(self._connection, self._limits, self._seen)
        with telling_exhaustion(self._limits):
            found = self._connection.sql(_text(query)).to_arrow_table()
        self._see_spilled()
        return found

    def column_names(self, name: str) -> tuple[str, ...]:
        """As DuckDB binds them."""
        return tuple(self._connection.sql(f'select * from "{name}" limit 0').columns)

    def stream(
        self, query: exp.Expr, rows: int = 131_072, *, in_order: bool = False
    ) -> Generator[pa.RecordBatch]:
        """The result piece by piece."""
        with self._keeping_order() if in_order else nullcontext(), telling_exhaustion(self._limits):
            yield from self._connection.sql(_text(query)).to_arrow_reader(rows)
        self._see_spilled()

    @contextmanager
    def _keeping_order(self) -> Iterator[None]:
        """One thread, and joins as they are written: then rows come in the order in which they are scanned."""
        threads = self._connection.sql("select current_setting('threads')").fetchall()[0][0]
        self._connection.execute("set preserve_insertion_order = true")
        self._connection.execute("set disabled_optimizers = 'build_side_probe_side'")
        self._connection.execute("set threads = 1")
        try:
            yield
        finally:
            self._connection.execute("set preserve_insertion_order = false")
            self._connection.execute("reset disabled_optimizers")
            self._connection.execute(f"set threads = {threads}")

    def save(self, query: exp.Expr, path: Path) -> None:
        """Stream the result into one Parquet file."""
        self._seen = make_room(self._connection, self._limits, self._seen)
        with telling_exhaustion(self._limits):
            reader = self._connection.sql(_text(query)).to_arrow_reader(20_000)
            write_batches(reader.schema, reader, path)
        self._see_spilled()

    def drop(self, name: str) -> None:
        """Drop a step's table, or the view of one in place, or unregister a given one."""
        if name in self._given:
            del self._given[name]
            if self._is_open:
                self._connection.unregister(name)
        else:
            self._views.pop(name, None)
            views = "select 1 from duckdb_views() where view_name = ?"
            kind = "view" if self._connection.execute(views, [name]).fetchall() else "table"
            self._connection.execute(f'drop {kind} if exists "{name}"')

    def close(self) -> None:
        """Close the connection, and leave nothing on disk."""
        if self._is_open:
            self._connection.close()
        self._given.clear()
        if self._place is not None:
            self._place.close()

    def _execute(self, text: str) -> None:
        self._seen = make_room(self._connection, self._limits, self._seen)
        with telling_exhaustion(self._limits):
            self._connection.execute(text)
        self._see_spilled()

    def _see_spilled(self) -> None:
        if self._place is not None and self._place.path.exists():
            self._spilled = max(self._spilled, most_spilled(self._connection))


class _Pass:
    """The batches of a fold on their way into the engine, which would tell `NotInOrderError` as an error of its own."""

    def __init__(self, fold: Fold, batches: Iterator[pa.RecordBatch]) -> None:
        self._made = fold.compute(batches)
        self.is_disordered = False

    def reader(self) -> pa.RecordBatchReader:
        watched = self._watched()
        first = next(watched)
        return pa.RecordBatchReader.from_batches(first.schema, chain([first], watched))

    def _watched(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._made
        except NotInOrderError:
            self.is_disordered = True
            raise


@once_per_tree
def _text(query: exp.Expr) -> str:
    return query.sql(dialect="duckdb")
