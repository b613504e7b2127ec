"""Steps with one row per unit, worked out over the columns of one stored file: what nobody asks for is neither read nor made.

Columns of all rows are read row group by row group where the file was written block by block: what is forgotten with its block
is read into memory that is in use already, and fresh memory costs more than reading does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from keceng.lake.vectors import (
    Filed,
    Relation,
    Selected,
    Stored,
    UnsupportedError,
    blocks,
    blocks_of,
    lay_block,
    to_table,
)

if TYPE_CHECKING:
    from keceng.lake.engine import Step

Keys = npt.NDArray[np.int64]


class FileColumns:
    """The columns of a Parquet file, each read once, when it is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = pq.ParquetFile(path, pre_buffer=False)
        self._read: dict[str, pa.ChunkedArray] = {}
        self.column_names: list[str] = self._file.schema_arrow.names
        about = self._file.metadata
        sizes = (about.row_group(group).num_rows for group in range(about.num_row_groups))
        self.starts = np.array([0, *accumulate(sizes)], dtype=np.int64)
        """The row that each row group begins with, and how many rows there are."""

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        """The column of this name."""
        if name not in self._read:
            self._read[name] = self._file.read(columns=[name], use_threads=False)[name]
        return self._read[name]

    def read_at(self, name: str, rows: Keys) -> pa.ChunkedArray:
        """The column of some rows alone, in order.

        Args:
            name: of the column.
            rows: their places, in order.
        """
        if name in self._read:
            return self._read[name].take(pa.array(rows))
        edges = np.searchsorted(rows, self.starts)
        chunks: list[pa.Array] = []
        for group in np.flatnonzero(edges[1:] > edges[:-1]).tolist():
            here = pa.array(rows[edges[group] : edges[group + 1]] - self.starts[group])
            whole = self._file.read_row_group(group, columns=[name], use_threads=False)[name]
            chunks += whole.take(here).chunks
        return pa.chunked_array(chunks, self._file.schema_arrow.field(name).type)


class _SomeRows:
    """Some rows of a file, as a table."""

    def __init__(self, columns: FileColumns, rows: Keys) -> None:
        self._columns, self._rows = columns, rows
        self.column_names = columns.column_names

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        return self._columns.read_at(name, self._rows)


class UnitColumns:
    """Relations over the rows of a file that has a row for every unit.

    Args:
        columns: of the file.
        name: under which steps read it.
        key: its column of whole numbers, no two alike.
        only: the units that are wanted; None is all of the file.

    Raises:
        UnsupportedError: the file has two rows of one unit.
    """

    def __init__(self, columns: FileColumns, name: str, key: str, only: Keys | None = None) -> None:
        known: Keys = columns[key].to_numpy()
        self.keys: Keys = _in_order(known if only is None else only)
        self._relations: dict[str, Relation] = {name: _relation_of(columns, key, known, self.keys)}
        self._key, self._given = key, dict[str, pa.Table]()

    def give(self, name: str, rows: pa.Table) -> None:
        """Make a table readable as `name`: of some of the units where it has their key, and else one that is looked up in."""
        if self._key in rows.column_names:
            self._relations[name] = Stored(rows, self._key, self.keys)
        else:
            self._given[name] = rows

    def run(self, steps: Iterable[Step]) -> None:
        """Make the steps readable; nothing is worked out yet.

        Raises:
            UnsupportedError: a step is more than columns can say.
        """
        for step in steps:
            self._relations[step.name] = Selected(step.query, self._relation, self._table, self.keys)

    def fetch(self, name: str, columns: Sequence[str]) -> pa.Table:
        """The columns of a step, in the order of keys, texts as dictionaries.

        Raises:
            UnsupportedError: a number or a text is more than columns can hold.
        """
        return to_table(self._relation(name), columns, len(self.keys))

    def walk(self, asked: Sequence[tuple[str, str]]) -> Iterator[list[pa.Array]]:
        """Columns of several steps, a block of units at a time, in the order of keys.

        Args:
            asked: the step and the column.

        Raises:
            UnsupportedError: as for `fetch`, or a step lacks some of the units.
        """
        relations = [(self._relation(step), name) for step, name in asked]
        for block in blocks_of(len(self.keys)):
            parts = [lay_block(relation, [name], block).column(0) for relation, name in relations]
            if any(len(part) != block.high - block.low for part in parts):
                raise UnsupportedError("not every unit has a row")
            yield [part.chunk(0) for part in parts]

    def _relation(self, name: str) -> Relation:
        if name not in self._relations:
            raise UnsupportedError(name)
        return self._relations[name]

    def _table(self, name: str) -> pa.Table:
        if name not in self._given:
            raise UnsupportedError(name)
        return self._given[name]


def _relation_of(columns: FileColumns, key: str, known: Keys, units: Keys) -> Relation:
    if len(known) > 1 and not bool((known[1:] > known[:-1]).all()):
        return Stored(columns, key, units)
    if np.array_equal(known, units):
        is_by_blocks = np.isin(np.arange(0, len(known), blocks.BLOCK), columns.starts).all()
        return Filed(columns.path, len(known)) if is_by_blocks else Stored(columns, key, units)
    places = np.searchsorted(known, units)
    if len(known) and (known.take(places, mode="clip") == units).all():
        return Stored(_SomeRows(columns, places), key, units)
    return Stored(columns, key, units)


def _in_order(keys: Keys) -> Keys:
    return keys if bool((keys[1:] > keys[:-1]).all()) else np.sort(keys)
