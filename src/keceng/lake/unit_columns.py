"""Steps with one row per unit, worked out over the columns of one stored file: what nobody asks for is neither read nor made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from keceng.lake.vectors import Relation, Selected, Stored, UnsupportedError, to_table

if TYPE_CHECKING:
    from keceng.lake.engine import Step

Keys = npt.NDArray[np.int64]


class FileColumns:
    """The columns of a Parquet file, each read once, when it is asked for."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetFile(path)
        self._read: dict[str, pa.ChunkedArray] = {}
        self.column_names: list[str] = self._file.schema_arrow.names

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        """The column of this name."""
        if name not in self._read:
            self._read[name] = self._file.read(columns=[name], use_threads=False)[name]
        return self._read[name]


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
        self.keys: Keys = _in_order(columns[key].to_numpy() if only is None else only)
        self._relations: dict[str, Relation] = {name: Stored(columns, key, self.keys)}
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

    def _relation(self, name: str) -> Relation:
        if name not in self._relations:
            raise UnsupportedError(name)
        return self._relations[name]

    def _table(self, name: str) -> pa.Table:
        if name not in self._given:
            raise UnsupportedError(name)
        return self._given[name]


def _in_order(keys: Keys) -> Keys:
    return keys if bool((keys[1:] > keys[:-1]).all()) else np.sort(keys)
