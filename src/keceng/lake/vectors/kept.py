"""Columns that were read or worked out once, laid along the keys of all units, block by block."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from keceng.lake.shelf import Load, Shelf
from keceng.lake.vectors import blocks
from keceng.lake.vectors import vector as v
from keceng.lake.vectors.blocks import Block, Keys, Relation, blocks_of
from keceng.lake.vectors.stored import kind_of, read_column, read_keys
from keceng.lake.vectors.vector import UnsupportedError, Vector

_ARROW: dict[v.Kind, pa.DataType] = {
    "number": pa.int64(), "day": pa.date32(), "truth": pa.bool_(), "nothing": pa.int64(),
    "text": pa.dictionary(pa.int32(), pa.string()),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Piece:
    """One column of one block: its values where they are put away, or themselves where one stands for all."""

    kind: v.Kind
    values: Load
    known: Load | None
    low: int
    high: int


@dataclass(slots=True)
class _Column:
    """One column of all blocks; texts are codes into words that all blocks share."""

    kind: v.Kind
    pieces: list[_Piece] = field(default_factory=list)
    words: dict[str, int] = field(default_factory=dict)

    def add(self, found: Vector, shelf: Shelf, *, is_held: bool) -> None:
        if self.kind == "nothing":
            self.kind = found.kind
        if found.kind not in (self.kind, "nothing"):
            raise UnsupportedError("a column of two kinds")
        values = self._shared_codes(found) if found.kind == "text" else found.values
        bounds = {"number": (found.low, found.high), "text": (0, len(self.words))}.get(found.kind)
        load = (lambda: values) if is_held else _put(values, shelf, bounds)
        self.pieces.append(_Piece(found.kind, load, _put_known(found.known, shelf), found.low, found.high))

    def _shared_codes(self, found: Vector) -> v.Values:
        places = [self.words.setdefault(word, len(self.words)) for word in found.words]
        if len(self.words) > v.MOST_WORDS:
            raise UnsupportedError("too many different texts")
        if places == list(range(len(places))):
            return found.values
        return np.array(places, dtype=np.int32)[found.values]

    def vector(self, number: int) -> Vector:
        piece = self.pieces[number]
        known = None if piece.known is None else piece.known()
        words = tuple(self.words) if piece.kind == "text" else ()
        return Vector(piece.kind, piece.values(), known, words, piece.low, piece.high)


def _put(values: v.Values, shelf: Shelf, bounds: tuple[int, int] | None) -> Load:
    return (lambda: values) if not values.ndim else shelf.put(values, bounds)


def _put_known(known: v.Known, shelf: Shelf) -> Load | None:
    return None if known is None else _put(known, shelf, None)


class Kept(Relation):
    """Columns that lie on a shelf; what a block needs of them is read when it is asked for."""

    def __init__(self, columns: dict[str, v.Kind], rows: int) -> None:
        self.names = tuple(columns)
        self._columns = {name: _Column(kind) for name, kind in columns.items()}
        self._present: list[Load | None] = []
        self._rows = rows
        self._types: dict[str, pa.DataType] = {}
        self._strangers: list[pa.RecordBatch] = []

    def only(self, names: Sequence[str]) -> Kept:
        """Some of the columns, in the order of `names`; nothing is copied."""
        part = Kept({}, self._rows)
        part.names = tuple(names)
        part._columns = {name: self._columns[name] for name in names}
        part._present, part._types, part._strangers = self._present, self._types, self._strangers
        return part

    def see(self, types: dict[str, pa.DataType], strangers: list[pa.RecordBatch]) -> Kept:
        """The same, told of the types that its columns came in and of rows of keys that are no unit's."""
        self._types, self._strangers = types, strangers
        return self

    @property
    def is_in_order(self) -> bool:
        """Whether all rows are those of units."""
        return not self._strangers

    def read(self, names: Sequence[str]) -> pa.Table:
        """The columns `names` of all rows, those of units in order."""
        return self.only(names).reader().read_all()

    def add(
        self, found: dict[str, Vector], present: v.Known, shelf: Shelf, held: Collection[str] = ()
    ) -> None:
        """The next block.

        Args:
            found: its columns.
            present: which units have a row.
            shelf: where they go.
            held: columns whose values somebody holds anyway, so that they need no room.

        Raises:
            UnsupportedError: a column is of two kinds, or has more texts than vectors hold.
        """
        for name, column in self._columns.items():
            column.add(found[name], shelf, is_held=name in held)
        self._present.append(_put_known(present, shelf))

    def column(self, name: str, block: Block) -> Vector:
        """A column as it was kept."""
        return block.kept((id(self), name), lambda: self._columns[name].vector(block.low // blocks.BLOCK))

    def present(self, block: Block) -> v.Known:
        """Which units have a row."""
        load = self._present[block.low // blocks.BLOCK]
        return None if load is None else load()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows in the order of their keys, block by block, as often as somebody asks."""
        return self.reader().__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        """The columns."""
        return self.schema.__arrow_c_schema__()

    def reader(self) -> pa.RecordBatchReader:
        """The same."""
        return pa.RecordBatchReader.from_batches(self.schema, self._batches())

    @property
    def schema(self) -> pa.Schema:
        """Its columns."""
        return pa.schema([(name, self._types.get(name, _ARROW[c.kind])) for name, c in self._columns.items()])

    def _batches(self) -> Iterator[pa.RecordBatch]:
        schema = self.schema
        words = {name: pa.array(list(column.words), pa.string()) for name, column in self._columns.items()}
        for block in blocks_of(self._rows):
            arrays = [
                _arrow(self.column(name, block), schema.field(name).type, words[name], block.high - block.low)
                for name in self.names
            ]
            batch = pa.RecordBatch.from_arrays(arrays, schema=schema)
            present = self.present(block)
            yield (
                batch if present is None else batch.filter(pa.array(np.broadcast_to(present, batch.num_rows)))
            )
        for stranger in self._strangers:
            yield stranger.select(self.names).cast(schema)


def _arrow(found: Vector, kind: pa.DataType, words: pa.Array, rows: int) -> pa.Array:
    if found.kind == "nothing" or (found.known is not None and not found.known.ndim and not found.known):
        return pa.nulls(rows, kind)
    mask = None if found.known is None else ~np.broadcast_to(found.known, rows)
    made = pa.array(np.broadcast_to(found.values, rows), mask=mask)
    if found.kind == "text":
        return pa.DictionaryArray.from_arrays(made, words)
    return made.view(kind) if found.kind == "day" else made.cast(kind)


class Keeping:
    """Columns of a relation on their way to the shelf, block by block.

    Args:
        relation: whose.
        names: of its columns.
        rows: how many units there are in all blocks.
        shelf: where they go.
    """

    def __init__(self, relation: Relation, names: Sequence[str], rows: int, shelf: Shelf) -> None:
        self.kept = Kept(dict.fromkeys(names, "nothing"), rows)
        """What it comes to; whole after the last block."""
        self._relation, self._shelf = relation, shelf

    def take(self, block: Block) -> None:
        """Keep the columns of the next block.

        Raises:
            UnsupportedError: vectors cannot hold what was found.
        """
        present = self._relation.present(block)
        found = {name: self._relation.column(name, block) for name in self.kept.names}
        self.kept.add(found, present, self._shelf)


def keep(relation: Relation, names: Sequence[str], rows: int, shelf: Shelf) -> Kept:
    """The columns `names` of `relation`, worked out now; `rows` is how many units there are.

    Raises:
        UnsupportedError: vectors cannot hold what was found.
    """
    keeping = Keeping(relation, names, rows, shelf)
    for block in blocks_of(rows):
        keeping.take(block)
    return keeping.kept


def keep_keys(units: Keys, names: Sequence[str]) -> Kept:
    """The keys of all units under each of `names`."""
    kept = Kept(dict.fromkeys(names, "number"), len(units))
    nowhere = Shelf()
    for block in blocks_of(len(units)):
        here = units[block.low : block.high]
        found = Vector("number", here, None, (), int(units[0]), int(units[-1]))
        kept.add(dict.fromkeys(names, found), None, nowhere, names)
    return kept


class DisorderedError(UnsupportedError):
    """A key stands twice or out of order."""


def lay(batches: Iterable[pa.RecordBatch], schema: pa.Schema, units: Keys, shelf: Shelf) -> Kept:
    """Rows in the order of their first column, laid along the keys of all units; others are seen by a reader of all rows alone.

    Args:
        batches: the rows, of `schema`.
        schema: their columns, the key first.
        units: the keys of all units, in order.
        shelf: where they go.

    Raises:
        DisorderedError: a key stands twice or out of order.
        UnsupportedError: vectors do not have a column.
    """
    laying = _Laying(Kept({f.name: kind_of(f.type) for f in schema}, len(units)), schema, units, shelf)
    for batch in batches:
        laying.take(batch)
    whole = {f.name: f.type for f in schema if pa.types.is_integer(f.type)}
    return laying.finish().see(whole, laying.strangers)


class _Laying:
    """Rows on their way into blocks."""

    def __init__(self, kept: Kept, schema: pa.Schema, units: Keys, shelf: Shelf) -> None:
        self._kept, self._schema, self._units, self._shelf = kept, schema, units, shelf
        self._blocks = blocks_of(len(units))
        self._block = next(self._blocks, None)
        self._waiting: list[pa.RecordBatch] = []
        self._last: int | None = None
        self.strangers: list[pa.RecordBatch] = []

    def take(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        keys = read_keys(pa.chunked_array([batch.column(0)]))
        if (self._last is not None and keys[0] <= self._last) or (keys[1:] <= keys[:-1]).any():
            raise DisorderedError("a key out of order")
        self._last = int(keys[-1])
        taken = 0
        while self._block is not None and self._block.high < len(self._units):
            until = int(np.searchsorted(keys, self._units[self._block.high]))
            if until == len(keys):
                break
            if until > taken:
                self._waiting.append(batch.slice(taken, until - taken))
            taken = until
            self._lay_block(self._block)
            self._block = next(self._blocks, None)
        self._waiting.append(batch.slice(taken))

    def finish(self) -> Kept:
        while self._block is not None:
            self._lay_block(self._block)
            self._block = next(self._blocks, None)
        return self._kept

    def _lay_block(self, block: Block) -> None:
        rows = pa.Table.from_batches(self._waiting, self._schema)
        self._waiting = []
        here = self._units[block.low : block.high]
        keys = read_keys(rows.column(0))
        places, present = _places(keys, here)
        if len(keys) > (len(here) if present is None else np.count_nonzero(present)):
            others = pa.array(np.isin(keys, here, assume_unique=True, invert=True))
            self.strangers += rows.filter(others).combine_chunks().to_batches()
        found = {name: _laid_along(read_column(rows[name]), places, present) for name in rows.column_names}
        if len(keys):
            key = rows.column_names[0]
            found[key] = Vector("number", here, found[key].known, (), int(here[0]), int(here[-1]))
            self._kept.add(found, present, self._shelf, {key})
        else:
            self._kept.add(found, present, self._shelf)


def _places(keys: Keys, units: Keys) -> tuple[Keys | None, v.Known]:
    if np.array_equal(keys, units):
        return None, None
    if not len(keys):
        return None, v.FALSE
    places = np.minimum(np.searchsorted(keys, units), len(keys) - 1)
    return places, v.known_or_all(keys[places] == units)


def _laid_along(column: Vector, places: Keys | None, present: v.Known) -> Vector:
    if places is None or column.values.ndim == 0:
        return column
    known = v.both_known(None if column.known is None else column.known[places], present)
    values = column.values[places]
    if column.kind == "truth" and known is not None:
        values = values & known
    return Vector(column.kind, values, known, column.words, column.low, column.high)
