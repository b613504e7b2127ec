"""One Parquet file, row group by row group, of columns that are packed already.

It is what any reader of Parquet reads: every column may be NULL, nothing is compressed beyond how it is packed, bounds are told
where they are given. What the columns are is written behind them, so it need not be known before the last.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pyarrow as pa

from keceng.lake.thrift_compact import Part, binary, large, listed, record, small, tiny

Packed = bytes | memoryview

Packing = Literal[0, 3, 5, 6, 7, 8]
"""How a page is packed, as Parquet numbers it."""
PLAIN: Final = 0
RUNS: Final = 3
DIFFERENCES: Final = 5
LENGTHS: Final = 6
"""Texts: their lengths by differences, then all of them one after another."""
SHARED_BEGINNINGS: Final = 7
"""Texts: how many bytes each shares with the one before it, by differences; what is left of them as under `LENGTHS`."""
DICTIONARY: Final = 8

_MAGIC = b"PAR1"
_BUFFER = 1 << 20
_DATA_PAGE, _DICTIONARY_PAGE = 0, 2
_OPTIONAL, _UNCOMPRESSED = 1, 0
_VERSION = 2
_EMPTY, _NOT_SO = record({}), Part(2, b"")
_SHAPES: dict[str, tuple[int, dict[int, Part]]] = {
    "bool": (0, {}),
    "int64": (2, {}),
    "date32[day]": (1, {6: small(6), 10: record({6: _EMPTY})}),
    "string": (6, {6: small(0), 10: record({1: _EMPTY})}),
    "timestamp[us]": (2, {10: record({8: record({1: _NOT_SO, 2: record({2: _EMPTY})})})}),
    "decimal128(18, 4)": (
        2, {6: small(5), 7: small(4), 8: small(18), 10: record({5: record({1: small(4), 2: small(18)})})},
    ),
}  # fmt: skip
_BOUND_BYTES = {1: 4, 2: 8}
"""Of what Parquet calls a shape, where bounds are told of it."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One column of one row group: one page, and the page of its words where it has one.

    Attributes:
        rows: how many there are.
        packing: of its page.
        page: what lies in the file, headers included.
        words: the page of words that lies before it; empty where there is none.
    """

    rows: int
    packing: Packing
    page: tuple[Packed, ...]
    words: bytes = b""

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return len(self.words) + sum(len(part) for part in self.page)


def data_page(rows: int, packing: Packing, parts: Sequence[Packed]) -> tuple[Packed, ...]:
    """The page of what `parts` come to: the length of what says which rows are known, that, and the values of those."""
    size = small(sum(len(part) for part in parts))
    about = record({1: small(rows), 2: small(packing), 3: small(RUNS), 4: small(RUNS)})
    head = record({1: small(_DATA_PAGE), 2: size, 3: size, 5: about})
    return head.written, *parts


def words_page(words: Sequence[str]) -> bytes:
    """The page of the words that codes stand for, in their order."""
    written = [word.encode() for word in words]
    return _dictionary_page(len(words), b"".join(len(word).to_bytes(4, "little") + word for word in written))


def numbers_page(numbers: Sequence[int]) -> bytes:
    """The page of the numbers that codes stand for, in their order."""
    return _dictionary_page(len(numbers), b"".join(n.to_bytes(8, "little", signed=True) for n in numbers))


def _dictionary_page(count: int, body: bytes) -> bytes:
    size = small(len(body))
    about = record({1: small(count), 2: small(PLAIN)})
    return record({1: small(_DICTIONARY_PAGE), 2: size, 3: size, 7: about}).written + body


@dataclass(frozen=True, slots=True)
class _Laid:
    """What is told of a chunk that was written."""

    rows: int
    packing: Packing
    start: int
    words_length: int
    length: int
    bounds: tuple[int, int] | None


class ColumnFile(AbstractContextManager["ColumnFile"]):
    """A file that is being written; it can be read once `finish` is done.

    Args:
        path: of the file; one that is there is written over.

    Raises:
        OSError: it cannot be written; so for every method.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=_BUFFER)
        self._file.write(_MAGIC)
        self._end = len(_MAGIC)
        self._groups: list[list[_Laid]] = []

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def begin_group(self) -> None:
        """What is put from now on has other rows."""
        self._groups.append([])

    def put(self, chunk: Chunk, bounds: tuple[int, int] | None = None) -> None:
        """Write the next column of the row group; what it is made of may be used again afterwards.

        Args:
            chunk: the column.
            bounds: its least and its greatest number, where those are to be told; all rows of it are known.
        """
        start = self._end
        for part in (chunk.words, *chunk.page):
            self._file.write(part)
            self._end += len(part)
        length = self._end - start
        self._groups[-1].append(_Laid(chunk.rows, chunk.packing, start, len(chunk.words), length, bounds))

    def finish(self, schema: pa.Schema) -> None:
        """Say what the columns are: of texts, truths, days, times, quantities and whole numbers of 64 bits, in the order in which they were put."""
        columns = [_described(field) for field in schema]
        root = record({3: small(0), 4: binary(b"schema"), 5: small(len(schema))})
        groups = [_group(group, columns, number) for number, group in enumerate(self._groups)]
        rows = sum(group[0].rows for group in self._groups)
        arrow = base64.b64encode(schema.serialize())
        about = {
            1: small(_VERSION),
            2: listed([root, *(column.element for column in columns)]),
            3: large(rows),
            4: listed(groups),
            5: listed([record({1: binary(b"ARROW:schema"), 2: binary(arrow)})]),
            6: binary(b"keceng version 1 (build 1)"),
            7: listed([record({1: _EMPTY})] * len(columns)),
        }
        footer = record(about).written
        self._file.write(footer + len(footer).to_bytes(4, "little") + _MAGIC)


@dataclass(frozen=True, slots=True)
class _Described:
    """A column of the schema, and what is said of it in every row group."""

    element: Part
    shape: Part
    path: Part
    bound_bytes: int


def _described(field: pa.Field) -> _Described:
    is_text = pa.types.is_dictionary(field.type)
    shape, meaning = _SHAPES["string" if is_text else str(field.type)]
    name = binary(field.name.encode())
    element = record({1: small(shape), 3: small(_OPTIONAL), 4: name, **meaning})
    return _Described(element, small(shape), listed([name]), _BOUND_BYTES.get(shape, 0))


def _group(group: Sequence[_Laid], columns: Sequence[_Described], number: int) -> Part:
    size = large(sum(laid.length for laid in group))
    about = [_chunk(laid, column) for laid, column in zip(group, columns, strict=True)]
    rows, start = large(group[0].rows), large(group[0].start)
    return record({1: listed(about), 2: size, 3: rows, 5: start, 6: size, 7: tiny(number)})


def _chunk(laid: _Laid, column: _Described) -> Part:
    packings = [small(packing) for packing in sorted({RUNS, laid.packing})]
    words: dict[int, Part] = {}
    if laid.words_length:
        packings.append(small(PLAIN))
        words = {11: large(laid.start)}
    size, rows = large(laid.length), large(laid.rows)
    about = {
        1: column.shape, 2: listed(packings), 3: column.path, 4: small(_UNCOMPRESSED), 5: rows, 6: size, 7: size,
        9: large(laid.start + laid.words_length), **words, **_bounds(laid, column.bound_bytes),
    }  # fmt: skip
    return record({2: large(laid.start), 3: record(about)})


def _bounds(laid: _Laid, size: int) -> dict[int, Part]:
    if laid.bounds is None:
        return {}
    least, greatest = (binary(end.to_bytes(size, "little", signed=True)) for end in laid.bounds)
    return {12: record({3: large(0), 5: greatest, 6: least})}
