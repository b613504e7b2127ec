"""What became of a table between two versions of the lake, by the files that only one of them has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlglot import exp

from keceng.lake import mapped
from keceng.lake.engine import Engine
from keceng.lake.folds import files_in_order
from keceng.lake.keyed_rows import keys_in, read_file
from keceng.lake.mapped import Keys, MappedFile, Numbers, footer_of, map_file
from keceng.lake.merging import UnorderedError, Waiting, place_of
from keceng.lake.schema import Table
from keceng.lake.store import Snapshot
from keceng.lake.trees import column

_AT_ONCE = 1 << 15


@dataclass(frozen=True, slots=True)
class _Files(Snapshot):
    """A version of the lake of which only some files are looked at."""

    only: tuple[str, ...] = ()

    def files(self, table: Table) -> list[str]:  # noqa: ARG002  whatever it is called here
        """Those files."""
        return list(self.only)


@dataclass(frozen=True, slots=True)
class Sides:
    """What only one of two versions of a table has, readable in an engine.

    Attributes:
        gone: the name under which files that only the earlier version has are read.
        come: that of files that only the later one has.
        is_any: whether there is any such file.
        only_added: whether every file of the earlier version is one of the later, too.
    """

    gone: str
    come: str
    is_any: bool
    only_added: bool


def open_sides(engine: Engine, before: Snapshot, after: Snapshot, table: Table, name: str) -> Sides | None:
    """Make the files of `table` that only one of two versions has readable in `engine`; None where one of them is gone."""
    old, new = (set(snapshot.files(table)) for snapshot in (before, after))
    if any(not Path(file).exists() for file in old - new):
        return None
    sides = Sides(f"{name}__gone", f"{name}__come", old != new, old <= new)
    if sides.is_any:
        _open(engine, after, table, sides.gone, old - new)
        _open(engine, after, table, sides.come, new - old)
    return sides


def view_changes(engine: Engine, before: Snapshot, after: Snapshot, table: Table, name: str) -> bool | None:
    """Make the rows of `table` that only one of two versions has readable in `engine` as `name`.

    An update shows as two rows, the old and the new one. Where rows were only added, the others are not looked at.

    Returns:
        Whether there is anything to read; None where a file of the earlier version is gone, so nobody can tell.
    """
    sides = open_sides(engine, before, after, table, name)
    if sides is None or not sides.is_any:
        return None if sides is None else False
    gone, come = (
        exp.select(*[column(c) for c in table.column_names]).from_(side) for side in (sides.gone, sides.come)
    )
    if sides.only_added:
        engine.view(name, come)
        return True
    only_gone = exp.select("*").from_(exp.except_(gone, come).subquery("only_gone"))
    only_come = exp.select("*").from_(exp.except_(come, gone).subquery("only_come"))
    engine.view(name, exp.union(only_gone, only_come, distinct=False))
    return True


def _open(engine: Engine, snapshot: Snapshot, table: Table, name: str, files: Collection[str]) -> None:
    inherited = {f.name: getattr(snapshot, f.name) for f in fields(Snapshot)}
    engine.open(_Files(**inherited, only=tuple(sorted(files))), [replace(table, name=name)])


def count_come(before: Snapshot, after: Snapshot, table: Table) -> int:
    """The rows of the files of `table` that only the later version has."""
    come = set(after.files(table)) - set(before.files(table))
    return sum(footer_of(Path(file)).rows for file in come)


def changed_keys(
    before: Snapshot, after: Snapshot, table: Table, key: str, columns: Sequence[str]
) -> Keys | None:
    """The keys of whom `columns` of `table` differ between two versions that each have one large file of their own; None for others.

    Rows are compared in the order in which they lie, so whoever's rows changed places is among them, as is whoever has some in a small
    file of one version.
    """
    old, new = (set(snapshot.files(table)) for snapshot in (before, after))
    gone, come = old - new, new - old
    if not all(Path(file).exists() for file in gone | come):
        return None
    large = [[file for file in files if footer_of(Path(file)).rows >= mapped.SMALL] for files in (gone, come)]
    if [len(files) for files in large] != [1, 1]:
        return None
    sides = [map_file(after.root, Path(file), key, columns) for [file] in large]
    if any(side.has_texts(columns) for side in sides):
        return None
    small = (gone | come) - {file for files in large for file in files}
    beside = [keys_in(read_file(file, table, [key]), key) for file in small]
    return np.unique(np.concatenate([_changed_rows(sides, key, columns), *beside]))


def _changed_rows(sides: Sequence[MappedFile], key: str, columns: Sequence[str]) -> Keys:
    first, second = sides
    both = np.intersect1d(first.keys, second.keys, assume_unique=True).astype(np.int64)
    every = np.union1d(first.keys, second.keys).astype(np.int64)
    parts = [np.setdiff1d(every, both, assume_unique=True)]
    for low in range(0, len(both), _AT_ONCE):
        few = both[low : low + _AT_ONCE]
        counts = [side.counts(few) for side in sides]
        same = counts[0] == counts[1]
        parts.append(few[~same])
        places = [side.places(few[same]) for side in sides]
        differs = np.zeros(len(places[0]), dtype=np.bool_)
        for name in columns:
            if name != key:
                differs |= _differs(first, second, name, places)
        parts.append(np.unique(np.repeat(few[same], counts[0][same])[differs]))
    return np.concatenate(parts)


def changed_in_order(
    before: Snapshot, after: Snapshot, table: Table, columns: Sequence[str], order: Sequence[str]
) -> Keys | None:
    """The first of `order` of the rows that differ in `columns` between two versions whose files all lie in that order.

    Both are read once from their beginnings, as far as only one of them has a file. Rows that are equal in `order` may be among those
    that are found without having changed.

    Returns:
        None where a file is gone, has not all of `columns`, or does not lie in that order.
    """
    old, new = (set(snapshot.files(table)) for snapshot in (before, after))
    if not all(
        Path(file).exists() and set(columns) <= set(footer_of(Path(file)).names) for file in old ^ new
    ):
        return None
    gone, come = (
        files_in_order([pq.ParquetFile(file, pre_buffer=False) for file in sorted(files)], columns, order)
        for files in (old - new, new - old)
    )
    try:
        parts = list(_differing(gone, come, order))
    except UnorderedError:
        return None
    return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *parts]))


def _differing(
    first: Iterator[pa.RecordBatch], second: Iterator[pa.RecordBatch], order: Sequence[str]
) -> Iterator[Keys]:
    waiting = Waiting(second, order)
    for batch in first:
        if batch.num_rows:
            other = waiting.until(place_of(batch, order))
            if other is None or not batch.equals(other):
                yield _keys_that_differ(batch, batch.slice(0, 0) if other is None else other, order[0])
    yield from (batch.column(order[0]).to_numpy() for batch in waiting.rest())


def _keys_that_differ(one: pa.RecordBatch, other: pa.RecordBatch, key: str) -> Keys:
    held = [side.column(key).to_numpy() for side in (one, other)]
    (ours, our_counts), (theirs, their_counts) = (np.unique(keys, return_counts=True) for keys in held)
    both, at, there = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    same = both[our_counts[at] == their_counts[there]]
    others = np.setdiff1d(np.union1d(ours, theirs), same, assume_unique=True)
    left, right = (
        side.filter(pa.array(np.isin(keys, same))) for side, keys in zip((one, other), held, strict=True)
    )
    differs = np.zeros(left.num_rows, dtype=np.bool_)
    for mine, its in zip(left.columns, right.columns, strict=True):
        unequal = pc.fill_null(pc.not_equal(mine, its), False)
        differs |= pc.or_(unequal, pc.xor(mine.is_valid(), its.is_valid())).to_numpy(zero_copy_only=False)
    return np.concatenate([others, left.column(key).to_numpy()[differs]])


def _differs(
    first: MappedFile, second: MappedFile, name: str, places: Sequence[Keys]
) -> npt.NDArray[np.bool_]:
    known, values = [], []
    for side, at in zip((first, second), places, strict=True):
        numbers = side.numbers(name) if side.has([name]) else Numbers(None, None)
        if numbers.values is None:
            known.append(np.zeros(len(at), dtype=np.bool_))
            values.append(np.zeros(len(at), dtype=np.int8))
        else:
            known.append(np.ones(len(at), dtype=np.bool_) if numbers.known is None else numbers.known[at])
            values.append(numbers.values[at])
    return np.asarray(
        (known[0] != known[1]) | (known[0] & known[1] & (values[0] != values[1])), dtype=np.bool_
    )
