"""A Parquet file with a row for every unit as a relation: what a block needs of it is read when it is asked for."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

import pyarrow.parquet as pq

from keceng.lake.vectors.blocks import Block, Relation
from keceng.lake.vectors.stored import read_column
from keceng.lake.vectors.vector import Known, UnsupportedError, Vector


class Filed(Relation):
    """The columns of a file that was written block by block.

    Args:
        path: of the file, in the order of keys.
        rows: how many units there are.

    Raises:
        UnsupportedError: some units have no row.
    """

    def __init__(self, path: Path, rows: int) -> None:
        self._file = pq.ParquetFile(path, pre_buffer=False)
        about = self._file.metadata
        if about.num_rows != rows:
            raise UnsupportedError("not every unit has a row")
        self.names = tuple(self._file.schema_arrow.names)
        sizes = (about.row_group(group).num_rows for group in range(about.num_row_groups))
        self._starts = [0, *accumulate(sizes)]

    def column(self, name: str, block: Block) -> Vector:
        """The column as it was written."""
        return block.kept((id(self), name), lambda: self._read(name, block))

    def _read(self, name: str, block: Block) -> Vector:
        groups = [g for g, start in enumerate(self._starts[:-1]) if block.low <= start < block.high]
        return read_column(self._file.read_row_groups(groups, columns=[name], use_threads=False)[name])

    def present(self, _block: Block) -> Known:
        """Every unit has a row."""
        return None
