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
from sqlglot import exp

from keceng.lake.allocation import give_back, keep_freed
from keceng.lake.at_hand import answer, keys_of
from keceng.lake.depot import link_or_copy
from keceng.lake.laid_tables import KEY, LaidTables
from keceng.lake.limits import UNLIMITED, Limits
from keceng.lake.plain_queries import all_of, columns_of_one
from keceng.lake.result_readers import CountingReader, KeepingReader
from keceng.lake.trees import has_star, names_in, once_per_tree, tables_in
from keceng.lake.vectors import (
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
)

if TYPE_CHECKING:
    from keceng.lake.engine import Step

UNITS = "units"
_MANY_COLUMNS = 12


def _ignore(_step: Step) -> None:
    return None


class VectorEngine(LaidTables):
    """DuckDB beside vectors; see `keceng.lake.Engine` for what each method promises."""

    def __init__(self, limits: Limits = UNLIMITED, root: Path | None = None) -> None:
        super().__init__(limits, root)
        if limits.memory is None:
            keep_freed()
        self._steps: list[Step] = []
        self._tallies: dict[str, Step] = {}
        self._waiting: dict[str, Step] = {}
        self._offered: dict[str, Callable[[], pa.Table]] = {}
        self._results: dict[str, Path] = {}

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
        if self._hand_on(step):
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
        if step.fold is not None and self._fold_given(step, step.fold):
            return
        if step.in_place:
            self._waiting[step.name] = step  # its reader may never come
            return
        self._show_for(step.query)
        if step.name == UNITS and self._see_units(step):
            return
        super().run([step])

    def _hand_on(self, step: Step) -> bool:
        """Whether a step is nothing but a given table under another name."""
        name, order = all_of(step.query)
        rows = self._given.get(name)
        if step.compute is not None or order or name in self._relations or not isinstance(rows, pa.Table):
            return False
        self.give(step.name, rows)
        return True

    def offer(self, name: str, load: Callable[[], pa.Table]) -> None:
        """Register what is loaded once somebody asks for it."""
        self._offered[name] = load

    def give(self, name: str, data: pa.Table) -> None:
        """Register an Arrow table, in place of what was offered under its name."""
        self._offered.pop(name, None)
        super().give(name, data)

    def _lay_waiting(self, name: str) -> None:
        load = self._offered.pop(name, None)
        if load is not None:
            self.give(name, load())
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
        keys = keys_of(step.query, self._given, KEY, "unit_key")
        self._units = self._streamed_units(step) if keys is None else keys if len(keys) else None
        if self._units is not None:
            self._put_away(UNITS, keep_keys(self._units, (KEY, "unit_key")))
        return self._units is not None

    def _streamed_units(self, step: Step) -> npt.NDArray[np.int64] | None:
        pieces: list[npt.NDArray[np.int64]] = []
        with closing(super().stream(_keys_and_units(step.query))) as batches:
            for batch in batches:
                pieces.append(batch.column(0).to_numpy(zero_copy_only=False))
                if batch.column(1).null_count or not np.array_equal(pieces[-1], batch.column(1)):
                    return None
        return _in_order(pieces)

    def _show_for(self, query: exp.Expr) -> None:
        """Lay before DuckDB what the query reads of relations, in the columns that it names."""
        asked = tables_in(query)
        names = names_in(query)
        asks_for_all = has_star(query)
        for name in asked & (self._waiting.keys() | self._offered.keys()):
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
            elif step.is_result and set(wanted) == set(relation.names):
                self._hold(step, relation)
            else:
                self.show(step, self._depot.keep(relation, wanted, len(self._units)))
        except UnsupportedError:
            self._give_up(step)
            return
        self._shown[step.name] = frozenset(wanted)

    def _hold(self, step: Step, relation: Relation) -> None:
        """Keep a whole result on the shelf, and what is worked out from it with it; see `_write`."""
        assert self._units is not None  # noqa: S101  there are relations
        keeping, readers = self._depot.keeping(relation, len(self._units)), self._readers_of(step.name)
        with self._depot.sharing():
            for block in blocks_of(len(self._units)):
                keeping.take(block)
                for reader in readers:
                    reader.take(block)
        self.show(step, keeping.kept)
        for reader in readers:
            reader.lay()
        self._relations[step.name] = keeping.kept

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

    def fetch(self, query: exp.Expr) -> pa.Table:
        """The result as Arrow."""
        self._show_for(query)
        rows = answer(query, self._given, KEY, self._units)
        return super().fetch(query) if rows is None else rows

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
        made = self._given.get(name) if name in self._orders else None
        if name in self._results and order == (KEY,):
            link_or_copy(self._results[name], path)
        elif not isinstance(made, pa.Table) or order != self._orders[name] or not file_table(made, path):
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


@once_per_tree
def _keys_and_units(query: exp.Expr) -> exp.Expr:
    return exp.select(KEY, "unit_key").from_(exp.Subquery(this=query.copy(), alias=exp.to_identifier(UNITS)))


def _in_order(pieces: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64] | None:
    """The keys of all pieces, rising; None where there is none, or one stands twice."""
    keys = np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int64)
    if (keys[1:] < keys[:-1]).any():
        keys.sort(kind="stable")  # pieces in order
    return keys if len(keys) and (keys[1:] > keys[:-1]).all() else None


def _is_wide(relation: Relation, wanted: Sequence[str]) -> bool:
    return set(wanted) == set(relation.names) and len(wanted) > _MANY_COLUMNS
