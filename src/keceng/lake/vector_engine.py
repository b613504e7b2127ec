"""DuckDB, with the steps that have one row per unit worked out in memory: what a run over many customers takes.

A step is handed to vectors where they know all of its query, and to DuckDB otherwise; each sees the other's tables. Where vectors
find on the way that they cannot hold a number or a text, DuckDB makes the step from the same query.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlglot import exp

from keceng.lake.duck import DuckEngine
from keceng.lake.folds import LEAST_ROWS, Fold, NotInOrderError, read_in_order
from keceng.lake.limits import UNLIMITED, Limits
from keceng.lake.result_files import write_tables
from keceng.lake.trees import column
from keceng.lake.vectors import Relation, Selected, Stored, UnsupportedError, to_table, to_tables

if TYPE_CHECKING:
    from keceng.lake.engine import Step

UNITS, KEY = "units", "customer_key"
_MANY_COLUMNS = 12


def _ignore(_step: Step) -> None:
    return None


class VectorEngine(DuckEngine):
    """DuckDB beside vectors; see `keceng.lake.Engine` for what each method promises."""

    def __init__(self, limits: Limits = UNLIMITED, root: Path | None = None) -> None:
        super().__init__(limits, root)
        self._units: npt.NDArray[np.int64] | None = None
        self._relations: dict[str, Relation] = {}
        self._steps: list[Step] = []
        self._kept: dict[str, frozenset[str] | None] = {}
        self._shown: dict[str, frozenset[str]] = {}
        self._asked: set[str] = set()
        self._read: set[str] = set()
        self._results: dict[str, Path] = {}

    @property
    def column_relations(self) -> frozenset[str]:
        """The steps that are worked out column by column."""
        return frozenset(step.name for step in self._steps)

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
        self._asked = {node.name for node in step.query.find_all(exp.Identifier)}
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
        self._show_for(step.query)
        super().run([step])
        if step.name == UNITS:
            self._see_units()

    def _see_units(self) -> None:
        rows = super().fetch(exp.select(KEY, "unit_key").from_(UNITS).order_by(KEY))
        keys = rows[KEY].to_numpy()
        if len(keys) and np.array_equal(keys, rows["unit_key"].to_numpy()) and (keys[1:] > keys[:-1]).all():
            self._units = keys
            self._relations[UNITS] = Stored(rows, KEY, keys)

    def _source(self, name: str) -> Relation:
        self._read.add(name)
        if name not in self._relations:
            assert self._units is not None  # noqa: S101  vectors were taken for possible
            stored = self._stored(name)
            if name in self._files:
                return stored  # in the columns asked for just now
            self._relations[name] = stored
        return self._relations[name]

    def _stored(self, name: str) -> Stored:
        assert self._units is not None  # noqa: S101  vectors were taken for possible
        if KEY not in super().column_names(name):
            raise UnsupportedError(name)
        return Stored(self._table(name), KEY, self._units)

    def _table(self, name: str) -> pa.Table:
        if name in self._relations or not (name in self._kept or name in self._given or name in self._files):
            raise UnsupportedError(name)
        read = self._asked if name in self._files else self._kept.get(name)
        names = [n for n in super().column_names(name) if read is None or n in read]
        return super().fetch(exp.select(*map(column, names)).from_(exp.to_table(name)))

    def _fold(self, step: Step, fold: Fold) -> bool:
        if self._units is None:
            return super()._fold(step, fold)
        batches = read_in_order(fold, self._files.get(fold.table.name, ()), LEAST_ROWS)
        if batches is None:
            return False
        try:
            folded = pa.Table.from_batches(fold.compute(batches))
        except NotInOrderError:
            return False
        left_out = super().fetch(fold.without).column(0)
        if left_out.length():
            folded = folded.filter(pc.invert(pc.is_in(folded[fold.columns[0]], left_out.combine_chunks())))
        self.give(step.name, folded)
        self._relations[step.name] = Stored(folded, fold.columns[0], self._units)
        return True

    def _show_for(self, query: exp.Expr) -> None:
        """Lay before DuckDB what the query reads of relations, in the columns that it names."""
        asked = {table.name for table in query.find_all(exp.Table)}
        names = {node.name for node in query.find_all(exp.Identifier)}
        has_star = query.find(exp.Star) is not None
        for step in [s for s in self._steps if s.name in asked]:
            # What no other step reads is a result, and will be asked for whole.
            self._show(step, names if step.name in self._read and not has_star else None)

    def _show(self, step: Step, names: set[str] | None) -> None:
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
            if self._is_written(relation, wanted):
                self._write(step.name, relation)
            else:
                self.give(step.name, to_table(relation, wanted, len(self._units)))
        except UnsupportedError:
            self._give_up(step)
            return
        self._shown[step.name] = frozenset(wanted)

    def _is_written(self, relation: Relation, wanted: Sequence[str]) -> bool:
        is_whole = set(wanted) == set(relation.names)
        return is_whole and len(wanted) > _MANY_COLUMNS and self._place is not None and self._place.is_ready

    def _write(self, name: str, relation: Relation) -> None:
        """Keep a whole result in a file, block by block; what reads it later reads the columns that it needs."""
        assert self._units is not None  # noqa: S101  there are relations
        assert self._place is not None  # noqa: S101  it was found ready
        self._place.path.mkdir(parents=True, exist_ok=True)
        path = self._place.path / f"{name}.parquet"
        write_tables(to_tables(relation, relation.names, len(self._units)), path)
        self.scan(name, path)
        self._results[name] = path
        self._relations[name] = Stored(_FileColumns(path), KEY, self._units)

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

    def fetch(self, query: exp.Expr) -> pa.Table:
        """The result as Arrow."""
        self._show_for(query)
        return super().fetch(query)

    def stream(
        self, query: exp.Expr, rows: int = 131_072, *, in_order: bool = False
    ) -> Iterator[pa.RecordBatch]:
        """The result piece by piece."""
        self._show_for(query)
        yield from super().stream(query, rows, in_order=in_order)

    def save(self, query: exp.Expr, path: Path) -> None:
        """Write the rows; those of one relation in the order of its keys as they stand."""
        self._show_for(query)
        result = self._results.get(_all_of(query))
        if result is None:
            super().save(query, path)
        else:
            shutil.copyfile(result, path)

    def drop(self, name: str) -> None:
        """Forget a table; what relations may still be made from again stays until the engine is closed."""
        if self._units is None:
            super().drop(name)

    def column_names(self, name: str) -> tuple[str, ...]:
        """Of a relation those that it keeps."""
        relation = self._relations.get(name)
        if relation is None:
            return super().column_names(name)
        read = self._kept.get(name)
        return tuple(n for n in relation.names if read is None or n in read)


class _FileColumns:
    """A Parquet file in the order of its keys, read column by column as they are asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.column_names = pq.read_schema(path).names

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        return pq.read_table(self._path, columns=[name], use_threads=False)[name]


def _all_of(query: exp.Expr) -> str:
    """The table of which the query wants every column of every row in the order of keys; empty for any other query."""
    is_plain = isinstance(query, exp.Select) and not any(
        query.args.get(part) for part in ("joins", "where", "group", "limit", "with_", "distinct")
    )
    if not is_plain or not isinstance(query.args["from_"].this, exp.Table):
        return ""
    order = query.args.get("order")
    keys = [node.this.name for node in order.expressions] if order is not None else []
    stars = [node.is_star for node in query.expressions]
    return query.args["from_"].this.name if keys == [KEY] and stars == [True] else ""
