"""The rows of a relation into a Parquet file, block by block: numbers by their differences, texts as codes, both as they stand in vectors.

A column that is everywhere the same in a block is packed once for all blocks and columns of which that is so.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from keceng.lake.column_file import (
    DICTIONARY,
    DIFFERENCES,
    PLAIN,
    RUNS,
    Chunk,
    ColumnFile,
    Packed,
    Packing,
    data_page,
    words_page,
)
from keceng.lake.compilation import frozen
from keceng.lake.thrift_compact import varint
from keceng.lake.vectors import vector as v
from keceng.lake.vectors.blocks import Block, Relation, blocks_of
from keceng.lake.vectors.laying import only
from keceng.lake.vectors.stored import read_column
from keceng.lake.vectors.vector import UnsupportedError, Vector

_TYPES: dict[v.Kind, pa.DataType] = {
    "number": pa.int64(), "day": pa.date32(), "truth": pa.bool_(), "nothing": pa.int64(),
    "text": pa.dictionary(pa.int32(), pa.string()),
}  # fmt: skip
_CODES = pa.dictionary(pa.int32(), pa.string())
_FILED_AS_THEY_ARE = ("int64", "date32[day]", "bool", "string", str(_CODES))
_FARTHEST = 1 << 30
"""Days from 1970 beyond which a difference of two would not fit the 32 bits that a day has."""
_CACHED = 256


class Filing(AbstractContextManager["Filing"]):
    """A file of all rows of a relation that is being written; it can be read once `finish` is done.

    Args:
        relation: whose.
        path: of the file.

    Raises:
        OSError: it cannot be written; so for every method.
    """

    def __init__(self, relation: Relation, path: Path) -> None:
        self._relation, self._file = relation, ColumnFile(path)
        self._packer = Packer()
        self._kinds: dict[str, v.Kind] = dict.fromkeys(relation.names, "nothing")

    def __exit__(self, *_: object) -> None:
        self._file.__exit__()

    def take(self, block: Block) -> None:
        """Write the rows of the next block.

        Raises:
            UnsupportedError: vectors cannot hold them.
        """
        present = self._relation.present(block)
        rows = block.high - block.low if present is None else int(np.count_nonzero(_spread(present, block)))
        if not rows:
            return
        self._file.begin_group()
        for place, name in enumerate(self._kinds):
            found = self._relation.column(name, block)
            self._see_kind(name, found)
            if present is not None:
                found = only(found, _spread(present, block))
            self._file.put(self._packer.chunk(found, rows), None if place else _bounds(found))

    def _see_kind(self, name: str, found: Vector) -> None:
        if self._kinds[name] == "nothing":
            self._kinds[name] = found.kind
        elif found.kind not in (self._kinds[name], "nothing"):
            raise UnsupportedError("a column of two kinds")

    def finish(self) -> None:
        """All blocks were taken; texts are read back as codes and words."""
        self.finish_as(pa.schema([(name, _TYPES[kind]) for name, kind in self._kinds.items()]))

    def finish_as(self, schema: pa.Schema) -> None:
        """All blocks were taken; columns are read back in the types of `schema`, of which those that they were filed in are others."""
        self._file.finish(schema)


def file_table(table: pa.Table, path: Path) -> bool:
    """Write the rows of `table` as they stand; whether columns of its types can be filed.

    Raises:
        OSError: the file cannot be written.
    """
    if any(str(kind) not in _FILED_AS_THEY_ARE for kind in table.schema.types):
        return False
    try:
        with Filing(_Rows(table), path) as filing:
            for block in blocks_of(table.num_rows):
                filing.take(block)
            filing.finish_as(table.schema.remove_metadata())
    except UnsupportedError:
        return False
    return True


class _Rows(Relation):
    """The rows of a table, in their order."""

    def __init__(self, table: pa.Table) -> None:
        self.names = tuple(table.column_names)
        self._columns = {name: read_column(table[name]) for name in self.names}

    def column(self, name: str, block: Block) -> Vector:
        found, here = self._columns[name], slice(block.low, block.high)
        if not found.values.ndim:
            return found
        known = found.known if found.known is None else found.known[here]
        return Vector(found.kind, found.values[here], known, found.words, found.low, found.high)

    def present(self, _block: Block) -> v.Known:
        return None


def _spread(flags: v.Values, block: Block) -> v.Values:
    return np.broadcast_to(flags, block.high - block.low)


def _bounds(found: Vector) -> tuple[int, int] | None:
    if found.kind != "number" or found.known is not None:
        return None
    return int(found.values.min()), int(found.values.max())


class Packer:
    """Vectors as chunks of a file; one chunk stands until the next is asked for."""

    def __init__(self) -> None:
        # Loaded where it is needed: the compiler takes a while.
        from keceng.lake import bit_packing  # noqa: PLC0415

        self._loops = bit_packing
        self._scratch = np.empty(bit_packing.SCRATCH_SHAPE, dtype=np.uint64)
        self._out = np.empty(0, dtype=np.uint8)

    def chunk(self, found: Vector, rows: int) -> Chunk:
        """A column of `rows` rows.

        Raises:
            UnsupportedError: a day cannot be held.
        """
        known = None if found.known is None or found.known.all() else found.known
        if found.kind == "nothing" or (known is not None and not known.any()):
            return all_unknown(rows)
        if known is None and not found.values.ndim:
            value = int(found.values)
            return all_alike(found.kind, found.words[value] if found.kind == "text" else value, rows)
        values, levels = np.broadcast_to(found.values, rows), alike(1, rows)
        if known is not None:
            values = values[known]
            levels = self._flags(known)
        packing, body = self._body(found.kind, values, len(found.words))
        words = _words_page(found.words) if found.kind == "text" else b""
        return Chunk(rows, packing, data_page(rows, packing, [levels, *body]), words)

    def _body(self, kind: v.Kind, values: v.Values, words: int) -> tuple[Packing, list[Packed]]:
        if kind == "truth":
            return RUNS, [self._flags(values)]
        self._make_room(len(values))
        if kind == "text":
            width = max((words - 1).bit_length(), 1)
            size = self._loops.pack_codes(frozen(values, np.int32), width, self._scratch, self._out)
            return DICTIONARY, [bytes([width]) + _in_groups(len(values)), self._out[:size].data]
        if kind == "day" and max(-int(values.min()), int(values.max())) > _FARTHEST:
            raise UnsupportedError("a day beyond all calendars")
        size = self._loops.pack_differences(frozen(values, np.int64), self._scratch, self._out)
        return DIFFERENCES, [self._out[:size].data]

    def _flags(self, flags: v.Values) -> bytes:
        return _with_length(self.runs(flags))

    def runs(self, flags: v.Values) -> bytes:
        """One bit for each of `flags`, long runs as such."""
        self._make_room(len(flags))
        packed = np.packbits(flags.astype(np.bool_, copy=False), bitorder="little")
        size = self._loops.pack_flags(packed, len(flags), self._out)
        return self._out[:size].tobytes()

    def _make_room(self, count: int) -> None:
        most = self._loops.most_bytes(count)
        if most > len(self._out):
            self._out = np.empty(most, dtype=np.uint8)


@lru_cache(maxsize=_CACHED)
def all_unknown(rows: int) -> Chunk:
    """A column of which nothing is known."""
    return Chunk(rows, PLAIN, (b"".join(data_page(rows, PLAIN, [alike(0, rows)])),))


@lru_cache(maxsize=_CACHED)
def all_alike(kind: v.Kind, value: int | str, rows: int) -> Chunk:
    """A column that is everywhere `value`."""
    if isinstance(value, str):
        codes = b"\1" + varint(rows << 1) + b"\0"
        page = data_page(rows, DICTIONARY, [alike(1, rows), codes])
        return Chunk(rows, DICTIONARY, (b"".join(page),), words_page([value]))
    packing, body = Packer()._body(kind, np.full(rows, value, dtype=np.int64), 0)  # noqa: SLF001  one mechanism
    return Chunk(rows, packing, (b"".join(data_page(rows, packing, [alike(1, rows), *body])),))


_words_page = lru_cache(maxsize=_CACHED)(words_page)


@lru_cache(maxsize=_CACHED)
def alike(level: int, rows: int) -> bytes:
    """That all rows are known, or none."""
    return _with_length(varint(rows << 1) + bytes([level]))


def _in_groups(rows: int) -> bytes:
    """That what follows is of so many rows, bit by bit, in groups of eight."""
    return varint((rows + 7) // 8 << 1 | 1)


def _with_length(body: bytes) -> bytes:
    return len(body).to_bytes(4, "little") + body
