"""What became of a table between two versions of the lake, by the files that only one of them has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from keceng.lake import mapped
from keceng.lake.engine import Engine
from keceng.lake.mapped import Keys, MappedFile, Numbers, footer_of, map_file
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


def view_changes(engine: Engine, before: Snapshot, after: Snapshot, table: Table, name: str) -> bool | None:
    """Make the rows of `table` that only one of two versions has readable in `engine` as `name`.

    An update shows as two rows, the old and the new one. Where rows were only added, the others are not looked at.

    Returns:
        Whether there is anything to read; None where a file of the earlier version is gone, so nobody can tell.
    """
    old, new = (set(snapshot.files(table)) for snapshot in (before, after))
    if old == new:
        return False
    if any(not Path(file).exists() for file in old - new):
        return None
    sides = {f"{name}__gone": old - new, f"{name}__come": new - old}
    for side, files in sides.items():
        _open(engine, after, table, side, files)
    gone, come = (exp.select(*[column(c) for c in table.column_names]).from_(side) for side in sides)
    if not old - new:
        engine.view(name, come)
        return True
    only_gone = exp.select("*").from_(exp.except_(gone, come).subquery("only_gone"))
    only_come = exp.select("*").from_(exp.except_(come, gone).subquery("only_come"))
    engine.view(name, exp.union(only_gone, only_come, distinct=False))
    return True


def _open(engine: Engine, snapshot: Snapshot, table: Table, name: str, files: Collection[str]) -> None:
    inherited = {f.name: getattr(snapshot, f.name) for f in fields(Snapshot)}
    engine.open(_Files(**inherited, only=tuple(sorted(files))), [replace(table, name=name)])


def changed_keys(
    before: Snapshot, after: Snapshot, table: Table, key: str, columns: Sequence[str]
) -> Keys | None:
    """The keys of whom `columns` of `table` differ between two versions that each have one large file of their own; None for others.

    Rows are compared in the order in which they lie, so whoever's rows changed places is among them.
    """
    old, new = (set(snapshot.files(table)) for snapshot in (before, after))
    gone, come = old - new, new - old
    if len(gone) != 1 or not all(
        Path(file).exists() and footer_of(Path(file)).rows >= mapped.SMALL for file in gone | come
    ):
        return None
    sides = [map_file(after.root, Path(file), key, columns) for file in (*gone, *come)]
    if len(sides) != 2 or any(side.has_texts(columns) for side in sides):
        return None
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
    return np.unique(np.concatenate(parts))


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
