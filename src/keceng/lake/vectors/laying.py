"""The rows of a relation as Arrow tables."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from keceng.lake.vectors import vector as v
from keceng.lake.vectors.blocks import Block, Relation, blocks_of
from keceng.lake.vectors.vector import UnsupportedError, Vector


def to_table(relation: Relation, names: Sequence[str], rows: int) -> pa.Table:
    """The rows of `relation` in the order of their keys, texts as dictionaries; `rows` is how many units there are."""
    laying = Laying(relation, names, rows)
    for block in blocks_of(rows):
        laying.take(block)
    return laying.table()


def lay_block(relation: Relation, names: Sequence[str], block: Block) -> pa.Table:
    """The rows of one block alone."""
    laying = Laying(relation, names, block.high - block.low)
    laying.take(block)
    return laying.table()


class Laying:
    """Rows of a relation, filled in block by block.

    Args:
        relation: whose.
        names: of its columns.
        rows: how many units there are in all blocks.
    """

    def __init__(self, relation: Relation, names: Sequence[str], rows: int) -> None:
        self._relation = relation
        self._laid = {name: _Laid(rows) for name in names}
        self._filled = 0

    def take(self, block: Block) -> None:
        """Lay the rows of the next block.

        Raises:
            UnsupportedError: vectors cannot hold them.
        """
        rows, present = block.high - block.low, self._relation.present(block)
        if present is not None:
            present = np.broadcast_to(present, rows)
            rows = int(np.count_nonzero(present))
        here = slice(self._filled, self._filled + rows)
        for name, column in self._laid.items():
            found = self._relation.column(name, block)
            if not rows:
                column.learn(found.kind)
            else:
                column.take(found if present is None else only(found, present), here)
        self._filled = here.stop

    def table(self) -> pa.Table:
        """All rows that there are."""
        return pa.table({name: column.to_arrow(self._filled) for name, column in self._laid.items()})


def only(found: Vector, present: v.Values) -> Vector:
    """`found` of some rows alone."""
    values = found.values[present] if found.values.ndim else found.values
    known = found.known if found.known is None or not found.known.ndim else found.known[present]
    return Vector(found.kind, values, known, found.words, found.low, found.high)


class _Laid:
    """One column of all rows, filled block by block; one that is everywhere the same takes no room."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._same: Vector | None = None
        self._kind: v.Kind = "nothing"
        self._values: npt.NDArray[Any] | None = None
        self._known: npt.NDArray[np.bool_] | None = None
        self._words: dict[str, int] = {}

    def learn(self, kind: v.Kind) -> None:
        if self._values is None and (self._same is None or self._same.kind == "nothing"):
            self._same = v.unknown(kind)

    def take(self, found: Vector, here: slice) -> None:
        if self._values is None and _is_same(found, self._same if here.start else found):
            self._same = found
            return
        if self._values is None and here.stop - here.start == self._rows and found.values.ndim:
            self._kind, self._known = found.kind, _spread(found.known, self._rows)
            self._values = found.values.astype(_STORED[found.kind], copy=False)
            self._words = {word: place for place, word in enumerate(found.words)}
            return
        if self._values is None:
            self._begin(found, here.start)
        self._fill(found, here)

    def _begin(self, found: Vector, filled: int) -> None:
        kinds = {v_.kind for v_ in (found, self._same) if v_ is not None} - {"nothing"}
        if len(kinds) > 1:
            raise UnsupportedError("a column of two kinds")
        self._kind = kinds.pop() if kinds else "nothing"
        self._values = np.empty(self._rows, dtype=_STORED[self._kind])
        if self._same is not None and filled:
            self._fill(self._same, slice(0, filled))

    def _fill(self, found: Vector, here: slice) -> None:
        assert self._values is not None  # noqa: S101  it has begun
        if found.kind not in (self._kind, "nothing"):
            raise UnsupportedError("a column of two kinds")
        values = found.values
        if found.kind == "text":
            places = [self._words.setdefault(word, len(self._words)) for word in found.words]
            values = np.array(places, dtype=np.int32)[values]
        self._values[here] = values
        if found.known is not None:
            if self._known is None:
                self._known = np.ones(self._rows, dtype=np.bool_)
            self._known[here] = found.known

    def to_arrow(self, rows: int) -> pa.Array:
        if self._values is None:
            return _repeated(self._same or v.NOTHING, rows)
        mask = None if self._known is None else ~self._known[:rows]
        made = pa.array(self._values[:rows], mask=mask)
        if self._kind == "text":
            return pa.DictionaryArray.from_arrays(made, pa.array(list(self._words), pa.string()))
        return made.view(pa.date32()) if self._kind == "day" else made


def _spread(known: v.Known, rows: int) -> v.Known:
    return None if known is None else np.broadcast_to(known, rows)


_STORED: dict[v.Kind, Any] = {
    "number": np.int64, "day": np.int32, "truth": np.bool_, "text": np.int32, "nothing": np.int64,
}  # fmt: skip


def _is_same(found: Vector, other: Vector | None) -> bool:
    if other is None or found.values.ndim or found.kind != other.kind:
        return False
    if found.known is not None or other.known is not None:
        return _is_unknown(found) and _is_unknown(other)
    if found.kind == "text":
        return found.words[int(found.values)] == other.words[int(other.values)]
    return bool(found.values == other.values)


def _is_unknown(found: Vector) -> bool:
    return found.known is not None and not found.known.ndim and not bool(found.known)


def _repeated(same: Vector, rows: int) -> pa.Array:
    if _is_unknown(same):
        return _all_alike(same.kind, None, rows)
    value = int(same.values) if same.kind != "text" else same.words[int(same.values)]
    return _all_alike(same.kind, value, rows)


@lru_cache(maxsize=32)
def _all_alike(kind: v.Kind, value: int | str | None, rows: int) -> pa.Array:
    # The same few stand in every block.
    if value is None:
        types = {"text": pa.dictionary(pa.int32(), pa.string()), "day": pa.date32(), "truth": pa.bool_()}
        return pa.nulls(rows, types.get(kind, pa.int64()))
    if kind == "text":
        codes = pa.array(np.zeros(rows, dtype=np.int32))
        return pa.DictionaryArray.from_arrays(codes, pa.array([value], pa.string()))
    if kind == "truth":
        return pa.repeat(pa.scalar(bool(value)), rows)
    made = pa.repeat(pa.scalar(value), rows)
    return made.cast(pa.int32()).view(pa.date32()) if kind == "day" else made
