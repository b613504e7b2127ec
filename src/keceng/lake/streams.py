"""Rows of a file in a stream: of an Arrow file as often as an engine asks, of a Parquet file as it stands."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from keceng.lake.shelf import ShelfFullError

BATCH_ROWS = 1 << 16
"""How many rows of a file are held at once."""


class ArrowFile:
    """Batches in a file of their own, uncompressed; an engine reads one at a time.

    Args:
        path: of the file, which is written now.
        schema: of the batches.
        batches: the rows.
        most: bytes of the file at most; None is whatever the disk holds.

    Raises:
        ShelfFullError: they are more.
    """

    def __init__(
        self, path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch], most: int | None = None
    ) -> None:
        self._path, self._schema = path, schema
        path.parent.mkdir(parents=True, exist_ok=True)
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
                if most is not None and sink.tell() > most:
                    raise ShelfFullError

    @property
    def file_bytes(self) -> int:
        """How long the file is."""
        return self._path.stat().st_size

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The batches as they were written."""
        file = pa.ipc.open_file(pa.OSFile(str(self._path)), options=pa.ipc.IpcReadOptions(use_threads=False))
        batches = (file.get_batch(number) for number in range(file.num_record_batches))
        return pa.RecordBatchReader.from_batches(self._schema, batches).__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        """Their columns."""
        return self._schema.__arrow_c_schema__()


def batches_of(path: Path, names: Sequence[str]) -> Generator[pa.RecordBatch]:
    """The columns `names` of a Parquet file, in the order of its rows."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        yield from read_columns(file, names)


def read_columns(file: pq.ParquetFile, names: Sequence[str]) -> Generator[pa.RecordBatch]:
    """The columns `names` of `file` in batches of at most `BATCH_ROWS`; of those after the first, one that holds nothing is not read."""
    kinds = file.schema_arrow
    empty = {name: kinds.field(name).type for name in names[1:] if _is_empty(file, kinds.names.index(name))}
    told = [name for name in names if name not in empty]
    for group in range(file.num_row_groups):
        # Across groups, rows would be copied together.
        for batch in file.iter_batches(BATCH_ROWS, row_groups=[group], columns=told, use_threads=False):
            columns = [
                pa.nulls(batch.num_rows, empty[name]) if name in empty else batch.column(name)
                for name in names
            ]
            yield pa.RecordBatch.from_arrays(columns, list(names))


def _is_empty(file: pq.ParquetFile, place: int) -> bool:
    groups = (file.metadata.row_group(group).column(place) for group in range(file.num_row_groups))
    found = (group.statistics for group in groups)
    return all(told is not None and told.has_null_count and not told.num_values for told in found)


def in_one(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column in one array, which is copied only where it is in several."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
