"""Rows in an Arrow file that are given to an engine in a stream, as often as it asks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from keceng.lake.shelf import ShelfFullError


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
