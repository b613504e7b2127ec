"""The rows of a staged table once more, as they stand in memory, in a file of the engine's spill.

They are read several times while they are taken in, which takes less time than unpacking those that are kept. Where the disk
has no room for them there are none, and those that are kept are read instead.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa

_LEAST_FREE = 4
"""So many times what is to be written must be free on the disk, which others want too."""


class RowsAtHand:
    """A file of rows, written piece by piece and read piece by piece; `row_no` rises."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pa.RecordBatchFileWriter | None = None
        self._bytes, self._has_room = 0, True

    @property
    def is_whole(self) -> bool:
        """Whether all rows that came are in it."""
        return self._has_room

    def write(self, rows: pa.Table) -> None:
        """Add a piece, which is read as one."""
        if not self._has_room:
            return
        self._bytes += rows.nbytes
        try:
            if self._writer is None:
                self._writer = pa.ipc.new_file(str(self._path), rows.schema)
            if shutil.disk_usage(self._path.parent).free < _LEAST_FREE * self._bytes:
                self.drop()
                return
            self._writer.write_table(rows.combine_chunks())
        except OSError:
            self.drop()

    def close(self) -> None:
        """Finish the file."""
        if self._writer is None:
            return
        try:
            self._writer.close()
        except OSError:
            self.drop()

    def drop(self) -> None:
        """Do without it."""
        self._has_room = False
        if self._writer is not None:
            with suppress(OSError):
                self._writer.close()
        self._path.unlink(missing_ok=True)

    def pieces(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The rows in the pieces in which they came, each column in one."""
        with pa.OSFile(str(self._path), "rb") as file:
            with pa.ipc.open_file(file) as whole:
                names = whole.schema.names
            wanted = names if columns is None else list(columns)
            options = pa.ipc.IpcReadOptions(included_fields=sorted(names.index(name) for name in set(wanted)))
            with pa.ipc.open_file(file, options=options) as reader:
                for place in range(reader.num_record_batches):
                    yield pa.Table.from_batches([reader.get_batch(place)]).select(wanted)

    def find(self, numbers: pa.Array, row_no: str) -> pa.Table:
        """The rows of which the column `row_no` is among `numbers`; nothing else is read."""
        wanted = np.unique(np.asarray(numbers))
        with pa.memory_map(str(self._path)) as file, pa.ipc.open_file(file) as reader:
            found = [reader.schema.empty_table()]
            for place in range(reader.num_record_batches):
                rows = pa.Table.from_batches([reader.get_batch(place)])
                known = rows[row_no].to_numpy()
                here = wanted[(wanted >= known[0]) & (wanted <= known[-1])]
                at = np.searchsorted(known, here)
                found.append(rows.take(pa.array(at[known[at] == here])))
            return pa.concat_tables(found).combine_chunks()
