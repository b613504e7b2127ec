"""Rows on their way into a table in pieces, packed by compiled loops as they stand in arrays: for millions of rows.

What `writing` does by way of Arrow's writer, in a fraction of its time; whoever reads the file notices nothing. Loading the loops takes
longer than some hundred thousand rows, so fewer are written there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from keceng.lake.column_file import (
    DICTIONARY,
    LENGTHS,
    PLAIN,
    SHARED_BEGINNINGS,
    Chunk,
    ColumnFile,
    Packed,
    data_page,
    numbers_page,
)
from keceng.lake.compilation import frozen
from keceng.lake.schema import Storage, Table
from keceng.lake.vectors import vector as v
from keceng.lake.vectors.filing import Packer, alike, all_alike, all_unknown
from keceng.lake.vectors.vector import Vector
from keceng.lake.writing import NewFile

_GROUP_ROWS = 65_536
_LOOKED_AT = 1_024
_KINDS: Mapping[Storage, v.Kind] = {
    Storage.INTEGER: "number",
    Storage.CENTS: "number",
    Storage.DATE: "day",
    Storage.TIMESTAMP: "number",
    Storage.FLAG: "truth",
    Storage.QUANTITY: "number",
    Storage.TEXT: "text",
}
Values = npt.NDArray[np.int64] | npt.NDArray[np.int32] | npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts one after another: their bytes, and where each begins; the last entry is where the last one ends."""

    data: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class SomeNumbers:
    """Numbers of which some are not known."""

    values: Values
    known: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class EitherOf:
    """One of two numbers."""

    numbers: tuple[int, int]
    is_second: npt.NDArray[np.bool_]


PackedColumn = Values | int | str | bool | Texts | SomeNumbers | EitherOf
"""A column of some rows: days count from 1970, times are microseconds from then, quantities ten thousandths; one value stands for every row."""


class PackedRows(NewFile):
    """One that is given arrays."""

    def __init__(self, folder: Path, declared: Table, *, is_lean: bool = False) -> None:
        super().__init__(folder, declared, is_lean=is_lean)
        self._file: ColumnFile | None = None
        self._packer = _RowsPacker()
        self._storage = {c.name: c.storage for c in declared.columns}
        self._names: list[str] = []

    def write(self, columns: Mapping[str, PackedColumn], count: int) -> None:
        """Add `count` rows, in their order; absent columns are null.

        Raises:
            ValueError: there is a column that the table does not declare, or that the first rows had not.
            OSError: the file cannot be written.
        """
        if not count:
            return
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = ColumnFile(self.path)
            told = set(columns) if self._is_lean else set(self._storage)
            self._names = [name for name in self._storage if name in told]
        if unknown := set(columns) - set(self._names):
            raise ValueError(f"table {self._declared.name} takes no {sorted(unknown)}")
        for low in range(0, count, _GROUP_ROWS):
            high = min(low + _GROUP_ROWS, count)
            self._file.begin_group()
            for name in self._names:
                self._put(self._file, name, columns.get(name), low, high)
        self.rows += count

    def _put(self, file: ColumnFile, name: str, column: PackedColumn | None, low: int, high: int) -> None:
        kind, rows = _KINDS[self._storage[name]], high - low
        if column is None:
            file.put(all_unknown(rows))
        elif isinstance(column, Texts):
            file.put(self._packer.texts(name, column, low, high))
        elif isinstance(column, EitherOf):
            file.put(self._packer.either(column.numbers, column.is_second[low:high], rows))
        elif isinstance(column, SomeNumbers):
            file.put(self._packer.numbers(kind, column.values[low:high], column.known[low:high]))
        elif isinstance(column, (int, str)):
            file.put(all_alike(kind, column, rows))
        else:
            values = column[low:high]
            bounds = None if kind == "truth" else (int(values.min()), int(values.max()))
            file.put(self._packer.numbers(kind, values, None), bounds)

    def close(self) -> None:
        """Finish the file; there is none where nothing was written."""
        if self._file is not None:
            schema = self._declared.arrow_schema
            self._file.finish(pa.schema([schema.field(name) for name in self._names]))
            self._file.__exit__()
            self._file = None

    def discard(self) -> None:
        """Leave nothing behind."""
        if self._file is not None:
            self._file.__exit__()
        self.path.unlink(missing_ok=True)


class _RowsPacker:
    """Columns as chunks of a file; one chunk stands until the next is asked for."""

    def __init__(self) -> None:
        # Loaded where it is needed: the compiler takes a while.
        from keceng.lake import bit_packing, text_packing  # noqa: PLC0415

        self._packer, self._loops, self._texts = Packer(), bit_packing, text_packing
        self._scratch = np.empty(bit_packing.SCRATCH_SHAPE, dtype=np.uint64)
        self._shares: dict[str, bool] = {}

    def numbers(self, kind: v.Kind, values: Values, known: v.Known) -> Chunk:
        chunk = self._packer.chunk(Vector(kind, values, known), len(values))
        if (
            kind == "number" and known is None and chunk.size > values.nbytes
        ):  # as keys are, which lead nowhere
            whole = np.ascontiguousarray(values, dtype=np.int64).view(np.uint8)
            return Chunk(chunk.rows, PLAIN, data_page(chunk.rows, PLAIN, [alike(1, chunk.rows), whole.data]))
        return chunk

    def either(self, numbers: tuple[int, int], is_second: npt.NDArray[np.bool_], rows: int) -> Chunk:
        codes = self._packer.runs(is_second)
        page = data_page(rows, DICTIONARY, [alike(1, rows), b"\1", codes])
        return Chunk(rows, DICTIONARY, page, _numbers_page(numbers))

    def texts(self, name: str, texts: Texts, low: int, high: int) -> Chunk:
        data, starts, rows = texts.data, frozen(texts.starts[low : high + 1], np.int32), high - low
        if name not in self._shares:
            self._shares[name] = self._texts.shared_bytes(data, starts[:_LOOKED_AT]) > 2 * _LOOKED_AT
        if not self._shares[name]:
            lengths = self._whole(np.diff(starts))
            body: list[Packed] = [alike(1, rows), lengths, data[starts[0] : starts[-1]].data]
            return Chunk(rows, LENGTHS, data_page(rows, LENGTHS, body))
        shared, lengths_left = (np.empty(rows, dtype=np.int64) for _ in range(2))
        left = np.empty(int(starts[-1] - starts[0]), dtype=np.uint8)
        size = self._texts.share_beginnings(data, starts, shared, lengths_left, left)
        body = [alike(1, rows), self._whole(shared), self._whole(lengths_left), left[:size].data]
        return Chunk(rows, SHARED_BEGINNINGS, data_page(rows, SHARED_BEGINNINGS, body))

    def _whole(self, numbers: npt.NDArray[np.signedinteger]) -> bytes:
        out = np.empty(self._loops.most_bytes(len(numbers)), dtype=np.uint8)
        size = self._loops.pack_differences(frozen(numbers, np.int64), self._scratch, out)
        return out[:size].tobytes()


_numbers_page = lru_cache(maxsize=16)(numbers_page)
