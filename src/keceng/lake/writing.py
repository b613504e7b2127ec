"""Rows on their way into a table in pieces: one Parquet file, written as they come, that is the table's once it is committed."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from keceng.lake.schema import Storage, Table

_GROUP_ROWS = 65_536
_LOOKED_AT = 8_192
_REPEATING_SHARE = 0.3
_WORTH_PACKING = 0.75


NUMBERS_AS = "DELTA_BINARY_PACKED"
"""How whole numbers and days are written: by their differences, smaller than a dictionary and quicker to write and to read."""


def number_columns(schema: pa.Schema) -> list[str]:
    """The columns of whole numbers and of days."""
    return [f.name for f in schema if pa.types.is_integer(f.type) or pa.types.is_date32(f.type)]


def repeating_columns(data: pa.Table) -> Sequence[str]:
    """The columns of which the first rows hold few different cells, so that a dictionary makes them smaller."""
    top = data.slice(0, _LOOKED_AT)
    most = max(int(top.num_rows * _REPEATING_SHARE), 1)
    return [name for name in top.column_names if len(top[name].unique()) <= most]


def codecs_of(data: pa.Table) -> dict[str, str]:
    """Column → how it is packed: not at all where that would hardly make it smaller."""
    top = data.slice(0, _LOOKED_AT).combine_chunks()
    return {name: "snappy" if _is_packed_well(top[name]) else "none" for name in top.column_names}


def _is_packed_well(column: pa.ChunkedArray) -> bool:
    codec = pa.Codec("snappy")
    plain = [b for chunk in column.chunks for b in chunk.buffers()[1:] if b is not None]
    size = sum(b.size for b in plain)
    return not size or sum(codec.compress(b).size for b in plain) <= _WORTH_PACKING * size


class NewFile(ABC):
    """One new file of a declared table; nobody looks at it before it is committed.

    Args:
        folder: of the table.
        declared: the table.
        is_lean: columns that the first rows have not are left out of the file, where they are read as null; no later row has them.
    """

    def __init__(self, folder: Path, declared: Table, *, is_lean: bool = False) -> None:
        self._folder, self._declared, self._is_lean = folder, declared, is_lean
        self.path = folder / f"part-{uuid.uuid4().hex}.parquet"
        """Where the rows go."""
        self.rows = 0
        """How many were written."""

    @abstractmethod
    def close(self) -> None:
        """Finish the file; there is none where nothing was written."""

    @abstractmethod
    def discard(self) -> None:
        """Leave nothing behind."""


class TableWriter(NewFile):
    """One that is given Arrow tables."""

    def __init__(self, folder: Path, declared: Table, *, is_lean: bool = False) -> None:
        super().__init__(folder, declared, is_lean=is_lean)
        self._writer: pq.ParquetWriter | None = None

    def write(self, data: pa.Table) -> None:
        """Add rows, in their order; absent columns are null.

        Raises:
            ValueError: `data` has a column that the table does not declare.
        """
        if not data.num_rows:
            return
        rows = self._declared.conform(data)
        if self._is_lean:
            rows = rows.select([name for name in rows.column_names if name in data.column_names])
        if self._writer is None:
            self._writer = self._open(rows)
        self._writer.write_table(rows, row_group_size=_GROUP_ROWS)
        self.rows += rows.num_rows

    def close(self) -> None:
        """Finish the file; there is none where nothing was written."""
        if self._writer is not None:
            self._writer.close()

    def discard(self) -> None:
        """Leave nothing behind."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _open(self, first: pa.Table) -> pq.ParquetWriter:
        self._folder.mkdir(parents=True, exist_ok=True)
        told = [c.name for c in self._declared.columns if c.storage is not Storage.TEXT]
        numbers = number_columns(first.schema)
        return pq.ParquetWriter(
            self.path,
            first.schema,
            compression=codecs_of(first) | dict.fromkeys(numbers, "none"),
            use_dictionary=[name for name in repeating_columns(first) if name not in numbers],
            column_encoding=dict.fromkeys(numbers, NUMBERS_AS),
            write_statistics=[name for name in told if name in first.column_names],
        )
