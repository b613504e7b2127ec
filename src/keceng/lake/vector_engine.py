"""DuckDB, with the steps that have one row per unit worked out in memory: what a run over many customers takes.

A step is handed to vectors where they know all of its query, and to DuckDB otherwise; each sees the other's tables. Where vectors
find on the way that they cannot hold a number or a text, DuckDB makes the step from the same query.

No column of all units is held: those that are read lie on a shelf, of which little is in memory, results in files of their own, and
DuckDB is given either in a stream.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from keceng.lake.allocation import give_back, keep_freed
from keceng.lake.depot import Depot, link_or_copy
from keceng.lake.duck import DuckEngine
from keceng.lake.folds import LEAST_ROWS, Fold, NotInOrderError, fold_rows, read_in_order
from keceng.lake.limits import UNLIMITED, Limits
from keceng.lake.plain_queries import all_of, columns_of_one
from keceng.lake.result_readers import CountingReader, KeepingReader
from keceng.lake.streams import batches_of
from keceng.lake.trees import column, has_star, names_in, tables_in
from keceng.lake.vectors import (
    DisorderedError,
    Filed,
    Filing,
    Kept,
    Relation,
    Selected,
    Tallied,
    UnsupportedError,
    blocks_of,
    file_table,
    keep_keys,
    to_table,
)

if TYPE_CHECKING:
    from keceng.lake.engine import Kernel, Step

UNITS, KEY = "units", "customer_key"
_MANY_COLUMNS = 12
_FEW_ROWS = 1_000


def _ignore(_step: Step) -> None:
    return None


class VectorEngine(DuckEngine):
    """DuckDB beside vectors; see `keceng.lake.Engine` for what each method promises."""

    def __init__(self, limits: Limits = UNLIMITED, root: Path | None = None) -> None:
        super().__init__(limits, root)
        if limits.memory is None:
            keep_freed()
        self._units: npt.NDArray[np.int64] | None = None
        self._relations: dict[str, Relation] = {}
        self._steps: list[Step] = []
        self._tallies: dict[str, Step] = {}
        self._waiting: dict[str, Step] = {}
        self._kept: dict[str, frozenset[str] | None] = {}
        self._shown: dict[str, frozenset[str]] = {}
        self._asked: frozenset[str] = frozenset()
        self._read: set[str] = set()
        self._results: dict[str, Path] = {}
        self._scanned: dict[str, Path] = {}
        self._made: dict[str, tuple[pa.Table, tuple[str, ...]]] = {}
        self._shelved: dict[str, Kept] = {}
        self._depot = Depot(self._connection, limits, self._place)

    @property
    def column_relations(self) -> frozenset[str]:
        """The steps that are worked out column by column."""
        return frozenset(step.name for step in self._steps)

    @property
    def spilled_bytes(self) -> int:
        """The most that lay on disk at once."""
        return super().spilled_bytes + self._depot.file_bytes

    def run(self, steps: Iterable[Step], watch: Callable[[Step], None] = _ignore) -> dict[str, float]:
        """Each step by vectors where they know it."""
        seconds: dict[str, float] = {}
        for step in steps:
            watch(step)
            started = time.perf_counter()
            self._run(step)
            seconds[step.name] = round(time.perf_counter() - started, 4)
        return seconds

    def _run(self, step: Step) -> None:
        self._kept[step.name] = step.read
        self._asked = names_in(step.query)
        if step.kernel is not None and self._units is not None and self._compute(step.name, step.kernel):
            return
        read = set(self._read)
        try:
            if self._units is not None and step.compute is None and step.fold is None:
                self._relations[step.name] = Selected(step.query, self._source, self._table, self._units)
                self._shown.pop(step.name, None)
                self._steps.append(step)
                return
        except UnsupportedError:
            self._relations.pop(step.name, None)
        self._read = read
        if step.compute is None and step.fold is None and self._will_count(step):
            return
        if step.in_place and step.compute is None and step.fold is None:
            self._waiting[step.name] = step  # its reader may never come
            return
        self._show_for(step.query)
        if step.name == UNITS and self._see_units(step):
            return
        super().run([step])

    def _lay_waiting(self, name: str) -> None:
        step = self._waiting.pop(name, None)
        if step is not None:
            self._show_for(step.query)
            super().run([step])

    def _will_count(self, step: Step) -> bool:
        try:
            tally = Tallied(step.query)
        except UnsupportedError:
            return False
        if not any(s.name == tally.table for s in self._steps):
            return False
        self._tallies[step.name] = step
        return True

    def _see_units(self, step: Step) -> bool:
        """Whether every unit is a customer: then their keys are held, and DuckDB need not make a table of them."""
        super().view(UNITS, step.query)
        pieces: list[npt.NDArray[np.int64]] = []
        with closing(super().stream(exp.select(KEY, "unit_key").from_(UNITS))) as batches:
            for batch in batches:
                pieces.append(batch.column(0).to_numpy(zero_copy_only=False))
                if batch.column(1).null_count or not np.array_equal(pieces[-1], batch.column(1)):
                    break
            else:
                self._units = _in_order(pieces)
        super().drop(UNITS)
        if self._units is not None:
            self._put_away(UNITS, keep_keys(self._units, (KEY, "unit_key")))
        return self._units is not None

    def _put_away(self, name: str, kept: Kept) -> None:
        """Know a table by its columns on the shelf, which DuckDB sees once it is asked for some."""
        self._relations[name] = self._shelved[name] = kept
        self._shown.pop(name, None)

    def _source(self, name: str) -> Relation:
        self._read.add(name)
        if name not in self._relations:
            assert self._units is not None  # noqa: S101  vectors were taken for possible
            stored = self._stored(name)
            if name in self._files:
                return stored  # in the columns asked for just now
            self._relations[name] = stored
        return self._relations[name]

    def _stored(self, name: str) -> Relation:
        assert self._units is not None  # noqa: S101  vectors were taken for possible
        names = self._stored_names(name)
        if KEY not in names:
            raise UnsupportedError(name)
        if (laid := self._laid_from_file(name, names)) is not None:
            return laid
        query = exp.select(KEY, *(column(n) for n in names if n != KEY)).from_(exp.to_table(name))
        few = super().fetch(query.limit(_FEW_ROWS))
        schema = few.schema
        with self._depot.sharing():
            if few.num_rows < _FEW_ROWS:
                return self._depot.lay(_batches(few.sort_by(KEY)), schema, self._units)
            try:
                return self._depot.lay(super().stream(query, in_order=True), schema, self._units)
            except DisorderedError:
                ordered = super().stream(query.order_by(KEY), in_order=True)
                return self._depot.lay(ordered, schema, self._units)

    def _laid_from_file(self, name: str, names: Sequence[str]) -> Relation | None:
        """The columns of what is one file in the order of keys, not by way of DuckDB; None of anything else."""
        assert self._units is not None  # noqa: S101  vectors were taken for possible
        files = self._files.get(name, ())
        path = Path(files[0]) if len(files) == 1 else self._scanned.get(name)
        if path is None or name in self._given:
            return None
        schema, ordered = pq.read_schema(path), [KEY, *(n for n in names if n != KEY)]
        if not set(ordered) <= set(schema.names):
            return None
        try:
            with self._depot.sharing():
                batches = batches_of(path, ordered)
                return self._depot.lay(batches, pa.schema([schema.field(n) for n in ordered]), self._units)
        except UnsupportedError:
            return None

    def _table(self, name: str) -> pa.Table:
        names = self._stored_names(name)
        if name in self._made:
            return self._made[name][0].select(names)
        return super().fetch(exp.select(*map(column, names)).from_(exp.to_table(name)))

    def _compute(self, name: str, kernel: Kernel) -> bool:
        self._read.update(kernel.reads)
        try:
            made = kernel.compute(*(self._columns_of(table, names) for table, names in kernel.reads.items()))
        except UnsupportedError:
            return False
        if made is not None:
            self.give(name, made)
            self._made[name] = made, kernel.order
        return made is not None

    def give(self, name: str, data: pa.Table) -> None:
        """Register an Arrow table."""
        self._made.pop(name, None)
        self._scanned.pop(name, None)
        super().give(name, data)

    def _columns_of(self, name: str, names: Sequence[str]) -> pa.Table:
        relation = self._relations.get(name)
        if isinstance(relation, Kept):
            return relation.only(names).reader().read_all()
        if relation is not None and self._units is not None:
            return to_table(relation, names, len(self._units))
        return super().fetch(exp.select(*map(column, names)).from_(exp.to_table(name)))

    def _stored_names(self, name: str) -> list[str]:
        if name in self._relations or not (name in self._kept or name in self._given or name in self._files):
            raise UnsupportedError(name)
        self._lay_waiting(name)
        read = self._asked if name in self._files else self._kept.get(name)
        return [n for n in super().column_names(name) if read is None or n in read]

    def _fold(self, step: Step, fold: Fold) -> bool:
        if self._units is None:
            return super()._fold(step, fold)
        batches = read_in_order(fold, self._files.get(fold.table.name, ()), LEAST_ROWS)
        if batches is None:
            return False
        left_out = super().fetch(fold.without).column(0)
        try:
            schema, rows = fold_rows(fold, batches, left_out.combine_chunks(), step.read)
            if any(pa.types.is_string(field.type) for field in schema):
                self._register(step.name, self._depot.stream(step.name, schema, rows))
            else:
                with self._depot.sharing():
                    self._put_away(step.name, self._depot.lay(rows, schema, self._units))
        except (NotInOrderError, UnsupportedError):
            return False
        return True

    def _register(self, name: str, rows: object) -> None:
        self._given.add(name)
        self._connection.register(name, rows)

    def _show_for(self, query: exp.Expr) -> None:
        """Lay before DuckDB what the query reads of relations, in the columns that it names."""
        asked = tables_in(query)
        names = names_in(query)
        asks_for_all = has_star(query)
        for name in asked & self._waiting.keys():
            self._lay_waiting(name)
        for name in asked:
            if name in self._shelved:
                self._show_kept(name, None if asks_for_all else names)
        for name in asked & self._tallies.keys():
            self._show_tally(name)
        for step in [s for s in self._steps if s.name in asked]:
            # A result, and what no other step reads, will be asked for whole.
            is_part = step.name in self._read and not step.is_result and not asks_for_all
            self._show(step, names if is_part else None)

    def _show_tally(self, name: str) -> None:
        table = Tallied(self._tallies[name].query).table
        for result in [s for s in self._steps if s.is_result and self._is_behind(s.name, table)]:
            self._show(result, None)  # and with it what is counted of it
        if name in self._tallies:
            reader = CountingReader(self, self._tallies[name])
            assert self._units is not None  # noqa: S101  there are relations
            for block in blocks_of(len(self._units)):
                reader.take(block)
            reader.lay()

    def _is_behind(self, result: str, name: str) -> bool:
        """Whether relation `name` is `result`, or is worked out from it."""
        behind = [tables_in(s.query) for s in self._steps if s.name == name and not s.is_result]
        return name == result or any(
            self._is_behind(result, n) for names in behind for n in names if n != name
        )

    def relation(self, name: str) -> Relation | None:
        """What is worked out column by column under this name."""
        return self._relations.get(name)

    def lay_tally(self, step: Step, rows: pa.Table | None) -> None:
        """Lay before DuckDB what was counted; None where vectors could not count, and DuckDB does."""
        del self._tallies[step.name]
        if rows is not None:
            self.give(step.name, rows)
        else:
            self._show_for(step.query)
            super().run([step])

    def _show_kept(self, name: str, names: frozenset[str] | None) -> None:
        kept, shown = self._shelved[name], self._shown.get(name, frozenset())
        wanted = frozenset(n for n in kept.names if names is None or n in names) or frozenset(kept.names[:1])
        if not wanted <= shown:
            self._register(name, kept.only([n for n in kept.names if n in wanted | shown]))
            self._shown[name] = wanted | shown

    def _show(self, step: Step, names: frozenset[str] | None) -> None:
        for result in [s for s in self._steps if s.is_result and s.name in tables_in(step.query)]:
            self._show(result, None)  # and with it what is worked out from it
        relation = self._relations.get(step.name)
        if relation is None:
            return
        wanted = [
            n
            for n in relation.names
            if (names is None and (step.read is None or n in step.read)) or (names and n in names)
        ]
        if step.name in self._shown and self._shown[step.name] >= set(wanted):
            return
        wanted = [n for n in relation.names if n in wanted or n in self._shown.get(step.name, ())]
        assert self._units is not None  # noqa: S101  there are relations
        try:
            path = self._depot.result_path(step.name) if _is_wide(relation, wanted) else None
            if path is not None:
                self._write(step.name, relation, path)
            else:
                self.show(step, self._depot.keep(relation, wanted, len(self._units)))
        except UnsupportedError:
            self._give_up(step)
            return
        self._shown[step.name] = frozenset(wanted)

    def _write(self, name: str, relation: Relation, path: Path) -> None:
        """Keep a whole result in a file, block by block; what reads it later reads the columns that it needs."""
        assert self._units is not None  # noqa: S101  there are relations
        rows, readers = len(self._units), self._readers_of(name)
        with self._depot.sharing(), Filing(relation, path) as filing:
            for block in blocks_of(rows):
                filing.take(block)
                for reader in readers:
                    reader.take(block)
            filing.finish()
        self.scan(name, path)
        for reader in readers:
            reader.lay()
        self._results[name] = path
        try:
            self._relations[name] = Filed(path, len(self._units))
        except UnsupportedError:
            del self._relations[name]  # read as any other table

    def show(self, step: Step, rows: Kept) -> None:
        """Lay `rows` before DuckDB as those of a relation."""
        self._register(step.name, rows)
        self._shown[step.name] = frozenset(rows.names)

    def _readers_of(self, name: str) -> list[KeepingReader | CountingReader]:
        # What is worked out from a result is worked out with it, while its columns are at hand.
        assert self._units is not None  # noqa: S101  there are relations
        kept = [
            KeepingReader(self, step, self._depot.keeping(relation, len(self._units)))
            for step in self._steps
            if (relation := self._relations.get(step.name)) is not None
            and not step.in_place
            and step.name not in self._shown
            and name in tables_in(step.query)
        ]
        # A result has everything at hand; of another step only what rests on it can be told yet.
        is_result = any(step.name == name and step.is_result for step in self._steps)
        readers = [CountingReader(self, step) for step in self._tallies.values()]
        return [*kept, *(r for r in readers if is_result or self._is_behind(name, r.table))]

    def _give_up(self, step: Step) -> None:
        """Make in DuckDB, from the same query, what vectors turned out not to hold."""
        del self._relations[step.name]
        self._steps.remove(step)
        if step.name in self._shown:
            del self._shown[step.name]
            super().drop(step.name)
        self._show_for(step.query)
        super().run([step])

    def view(self, name: str, query: exp.Expr) -> None:
        """A temporary view, on relations as they are laid before DuckDB."""
        self._show_for(query)
        self._kept[name] = None
        super().view(name, query)
        scanned = self._scanned.get(columns_of_one(query))
        self._scanned.pop(name, None)
        if scanned is not None:
            self._scanned[name] = scanned

    def scan(self, name: str, path: Path) -> None:
        """A view over the file."""
        super().scan(name, path)
        self._scanned[name] = path

    def fetch(self, query: exp.Expr) -> pa.Table:
        """The result as Arrow."""
        self._show_for(query)
        return super().fetch(query)

    def stream(
        self, query: exp.Expr, rows: int = 131_072, *, in_order: bool = False
    ) -> Generator[pa.RecordBatch]:
        """The result piece by piece."""
        self._show_for(query)
        yield from super().stream(query, rows, in_order=in_order)

    def save(self, query: exp.Expr, path: Path) -> None:
        """Write the rows; those of one table that stand in the order that is asked for as they stand."""
        self._show_for(query)
        name, order = all_of(query)
        made, its_order = self._made.get(name, (None, ()))
        if name in self._results and order == (KEY,):
            link_or_copy(self._results[name], path)
        elif made is None or order != its_order or not file_table(made, path):
            super().save(query, path)

    def drop(self, name: str) -> None:
        """Forget a table; what relations may still be made from again stays until the engine is closed."""
        if self._units is None:
            super().drop(name)

    def close(self) -> None:
        """Close the connection and the shelf, and leave nothing on disk."""
        self._depot.close()
        super().close()
        self._relations.clear()
        self._shelved.clear()
        give_back()

    def column_names(self, name: str) -> tuple[str, ...]:
        """Of a relation those that it keeps."""
        relation = self._relations.get(name)
        if relation is None:
            self._lay_waiting(name)
            return super().column_names(name)
        read = self._kept.get(name)
        return tuple(n for n in relation.names if read is None or n in read)


def _batches(table: pa.Table) -> Generator[pa.RecordBatch]:
    yield from table.to_batches()


def _in_order(pieces: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64] | None:
    """The keys of all pieces, rising; None where there is none, or one stands twice."""
    keys = np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int64)
    if (keys[1:] < keys[:-1]).any():
        keys.sort(kind="stable")  # pieces in order
    return keys if len(keys) and (keys[1:] > keys[:-1]).all() else None


def _is_wide(relation: Relation, wanted: Sequence[str]) -> bool:
    return set(wanted) == set(relation.names) and len(wanted) > _MANY_COLUMNS
