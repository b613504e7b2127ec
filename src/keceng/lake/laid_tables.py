"""DuckDB whose tables vectors read: laid along the keys of all units, from DuckDB, a file or Arrow, whichever is at hand."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from keceng.lake.at_hand import lay_table
from keceng.lake.depot import Depot
from keceng.lake.duck import DuckEngine
from keceng.lake.folds import Fold, NotInOrderError, fit_fold, fold_rows
from keceng.lake.limits import UNLIMITED, Limits
from keceng.lake.streams import batches_of
from keceng.lake.trees import column, tables_in
from keceng.lake.vectors import DisorderedError, Kept, Relation, UnsupportedError, to_table

if TYPE_CHECKING:
    from keceng.lake.engine import Kernel, Step

KEY = "customer_key"
_FEW_ROWS = 8_192


class LaidTables(DuckEngine):
    """DuckDB, and its tables as relations of units; an engine that stands on this says what is worked out from them."""

    def __init__(self, limits: Limits = UNLIMITED, root: Path | None = None) -> None:
        super().__init__(limits, root)
        self._units: npt.NDArray[np.int64] | None = None
        self._relations: dict[str, Relation] = {}
        self._shelved: dict[str, Kept] = {}
        self._shown: dict[str, frozenset[str]] = {}
        self._kept: dict[str, frozenset[str] | None] = {}
        self._asked: frozenset[str] = frozenset()
        self._read: set[str] = set()
        self._scanned: dict[str, Path] = {}
        self._orders: dict[str, tuple[str, ...]] = {}
        self._depot = Depot(lambda: self._connection, limits, self._place)

    def _lay_waiting(self, name: str) -> None:
        """Make a table that was put off until somebody asks for it."""

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
        if (laid := self._laid_from_given(name, names)) is not None:
            return laid
        if (laid := self._laid_from_file(name, names)) is not None:
            return laid
        rows_of = name, tuple(names)
        few = super().fetch(_first_rows(*rows_of))
        schema = few.schema
        with self._depot.sharing():
            if few.num_rows < _FEW_ROWS:
                return self._depot.lay(_batches(few.sort_by(KEY)), schema, self._units)
            try:
                return self._depot.lay(
                    super().stream(_rows_by_key(*rows_of), in_order=True), schema, self._units
                )
            except DisorderedError:
                ordered = super().stream(_ordered_rows(*rows_of), in_order=True)
                return self._depot.lay(ordered, schema, self._units)

    def _laid_from_given(self, name: str, names: Sequence[str]) -> Relation | None:
        """The columns of what is at hand; None of anything else, or where it is long and not in the order of keys."""
        assert self._units is not None  # noqa: S101  vectors were taken for possible
        rows = self._given.get(name)
        if not isinstance(rows, pa.Table):
            return None
        laid = lay_table(rows.select(names), KEY, self._units)
        ordered = rows.select([KEY, *(n for n in names if n != KEY)])
        try:
            with self._depot.sharing():
                return laid or self._depot.lay(_batches(ordered), ordered.schema, self._units)
        except DisorderedError:
            return None

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
        return self._columns_of(name, self._stored_names(name))

    def _compute(self, name: str, kernel: Kernel) -> bool:
        self._read.update(kernel.reads)
        try:
            made = kernel.compute(*(self._columns_of(table, names) for table, names in kernel.reads.items()))
        except UnsupportedError:
            return False
        if made is not None:
            self.give(name, made)
            self._orders[name] = kernel.order
        return made is not None

    def give(self, name: str, data: pa.Table) -> None:
        """Register an Arrow table."""
        self._orders.pop(name, None)
        self._scanned.pop(name, None)
        super().give(name, data)

    def _columns_of(self, name: str, names: Sequence[str]) -> pa.Table:
        if name not in self._relations:
            self._lay_waiting(name)
        relation, rows = self._relations.get(name), self._given.get(name)
        if isinstance(rows, pa.Table):
            return rows.select(list(names))  # those of others than units too
        if isinstance(relation, Kept):
            return relation.read(names)
        if relation is not None and self._units is not None:
            return to_table(relation, names, len(self._units))
        return super().fetch(_columns(name, tuple(names)))

    def _stored_names(self, name: str) -> list[str]:
        if name not in self._relations:
            self._lay_waiting(name)
        if name in self._relations or not (name in self._kept or name in self._given or name in self._files):
            raise UnsupportedError(name)
        read = self._asked if name in self._files else self._kept.get(name)
        return [n for n in self.column_names(name) if read is None or n in read]

    def _fold_given(self, step: Step, fold: Fold) -> bool:
        # A pass in the order of a key alone needs no compiler, so that few rows are worth it.
        rows = self._given.get(fold.table.name)
        if not isinstance(rows, pa.Table) or not rows.num_rows or self._units is None:
            return False
        if fold.few is not None or tables_in(fold.without):
            return False
        ordered = rows.select(list(fold.columns)).sort_by(fold.columns[0]).combine_chunks()
        try:
            self.give(step.name, pa.Table.from_batches(fold.compute(ordered.to_batches())))
        except NotInOrderError:
            return False
        return True

    def _fold(self, step: Step, fold: Fold) -> bool:
        if self._units is None:
            return super()._fold(step, fold)
        fitting = fit_fold(fold, self._files.get(fold.table.name, ()))
        if fitting is None:
            return False
        left_out = super().fetch(fold.without).column(0)
        try:
            schema, rows = fold_rows(*fitting, left_out.combine_chunks(), step.read)
            if any(pa.types.is_string(field.type) for field in schema):
                self._register(step.name, self._depot.stream(step.name, schema, rows))
            else:
                with self._depot.sharing():
                    self._put_away(step.name, self._depot.lay(rows, schema, self._units))
        except (NotInOrderError, UnsupportedError):
            return False
        return True

    def scan(self, name: str, path: Path) -> None:
        """A view over the file."""
        super().scan(name, path)
        self._scanned[name] = path

    def column_names(self, name: str) -> tuple[str, ...]:
        """Of a relation those that it keeps."""
        relation = self._relations.get(name)
        if relation is None:
            self._lay_waiting(name)
            rows = self._given.get(name)
            return (
                tuple(rows.schema.names) if isinstance(rows, pa.Table | Kept) else super().column_names(name)
            )
        read = self._kept.get(name)
        return tuple(n for n in relation.names if read is None or n in read)


def _batches(table: pa.Table) -> Generator[pa.RecordBatch]:
    yield from table.to_batches()


@lru_cache(maxsize=256)
def _columns(name: str, names: tuple[str, ...]) -> exp.Expr:
    return exp.select(*map(column, names)).from_(exp.to_table(name))


@lru_cache(maxsize=256)
def _rows_by_key(name: str, names: tuple[str, ...]) -> exp.Select:
    return exp.select(KEY, *(column(n) for n in names if n != KEY)).from_(exp.to_table(name))


@lru_cache(maxsize=256)
def _first_rows(name: str, names: tuple[str, ...]) -> exp.Expr:
    return _rows_by_key(name, names).limit(_FEW_ROWS)


@lru_cache(maxsize=256)
def _ordered_rows(name: str, names: tuple[str, ...]) -> exp.Expr:
    return _rows_by_key(name, names).order_by(KEY)
