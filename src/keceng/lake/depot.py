"""What an engine of columns keeps on disk beside what DuckDB spills there, both within one bound."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from keceng.lake.folds import NotInOrderError
from keceng.lake.limits import Limits
from keceng.lake.shelf import Shelf
from keceng.lake.spilling import SpillPlace, share_disk, telling_exhaustion
from keceng.lake.streams import ArrowFile
from keceng.lake.vectors import Keeping, Kept, Relation, UnsupportedError, keep, lay

if TYPE_CHECKING:
    import duckdb

    from keceng.lake.vectors.blocks import Keys


class Depot:
    """Columns on a shelf, and files of rows; without a place to spill to, all of it in memory.

    Args:
        connect: gives the connection of the engine.
        limits: what may be taken.
        place: the engine's own folder.
    """

    def __init__(
        self, connect: Callable[[], duckdb.DuckDBPyConnection], limits: Limits, place: SpillPlace | None
    ) -> None:
        self._connect, self._limits, self._place = connect, limits, place
        self._files: list[ArrowFile] = []
        folder = self._folder()
        self.shelf = Shelf(None if folder is None else folder / "shelf")
        """Where columns go."""

    @property
    def file_bytes(self) -> int:
        """How much lies on disk."""
        return self.shelf.file_bytes + sum(file.file_bytes for file in self._files)

    def _folder(self) -> Path | None:
        return self._place.path if self._place is not None and self._place.is_ready else None

    @contextmanager
    def sharing(self) -> Iterator[int | None]:
        """What is put here and what DuckDB spills are within one bound; gives the bytes that may be put here now.

        Raises:
            KecengError: the disk that may be taken is used up.
        """
        most = share_disk(self._connect, self._limits, self._place, self.file_bytes)
        self.shelf.most = most
        try:
            with telling_exhaustion(self._limits):
                yield most
        finally:
            share_disk(self._connect, self._limits, self._place, self.file_bytes)

    def lay(self, batches: Generator[pa.RecordBatch], schema: pa.Schema, units: Keys) -> Kept:
        """Rows in the order of their first column, laid along `units`; see `keceng.lake.vectors.lay`.

        Raises:
            UnsupportedError: as there; their room is given back.
            NotInOrderError: of whoever makes the batches.
        """
        mark = self.shelf.mark()
        try:
            with closing(batches):
                return lay(batches, schema, units, self.shelf)
        except (UnsupportedError, NotInOrderError):
            self.shelf.forget(mark)
            raise

    def keep(self, relation: Relation, names: Sequence[str], rows: int) -> Kept:
        """Columns of a relation, worked out now."""
        with self.sharing():
            return keep(relation, names or relation.names[:1], rows, self.shelf)

    def keeping(self, relation: Relation, rows: int) -> Keeping:
        """All columns of a relation, to be worked out block by block."""
        return Keeping(relation, relation.names, rows, self.shelf)

    def stream(self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> object:
        """Rows that DuckDB alone will read, as it can register them."""
        folder = self._folder()
        if folder is None:
            return pa.Table.from_batches(batches, schema)
        with self.sharing() as most:
            self._files.append(ArrowFile(folder / f"{name}.{len(self._files)}.arrow", schema, batches, most))
        return self._files[-1]

    def result_path(self, name: str) -> Path | None:
        """Where a whole result is to be written; None where it cannot."""
        folder = self._folder()
        if folder is None:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.parquet"

    def close(self) -> None:
        """Nothing can be asked for any more; the files go with their folder."""
        self.shelf.close()


def link_or_copy(file: Path, path: Path) -> None:
    """Make what `file` holds be at `path` too."""
    try:
        os.link(file, path)
    except OSError:  # another disk, or one that has no links
        shutil.copyfile(file, path)
