"""A roster put together part by part: the columns wait on the disk until all rows are there, so that many millions are never held."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from keceng.desk.directory.finding import memory_of
from keceng.desk.directory.roster import (
    DAYS,
    FLAGS,
    NUMBERS,
    SORTED_BY,
    TEXTS,
    UNKNOWN,
    WORDS,
    Coded,
    Integers,
    Roster,
    Seen,
    narrowed,
    sort_rows,
)

_Kind = TypeVar("_Kind", bound=np.generic)


class RosterParts:
    """The rows of an edition on their way to its roster; a context, which leaves nothing on the disk.

    Args:
        folder: in which its files wait; made where it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix=".parts-", dir=folder))
        self._open = ExitStack()
        self._files: dict[str, BinaryIO] = {}
        self._words: dict[str, dict[str, int]] = {name: {} for name in WORDS}
        self._ends = dict.fromkeys(TEXTS, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what waits."""
        self._open.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, rows: pa.Table) -> None:
        """Rows behind those that were added before, in the order of keys; numbers and days may be null."""
        self._append("key-", rows["customer_key"].to_numpy())
        for name in (*NUMBERS, *DAYS):
            self._append(f"number-{name}", _whole(rows[name]))
        for name in FLAGS:
            self._append(f"flag-{name}", pc.fill_null(rows[name].cast(pa.bool_()), False).to_numpy())
        for name in WORDS:
            self._append(f"word-{name}", self._codes(name, rows[name]))
        for name in TEXTS:
            self._append_texts(name, rows[name])

    def finish(self, edition_id: int, seen: Seen) -> Roster:
        """The roster of all rows, mapped where it can be: it lasts as long as this context."""
        self._open.close()
        keys = self._mapped("key-", np.int64)
        numbers = {name: self._mapped(f"number-{name}", np.int64) for name in (*NUMBERS, *DAYS)}
        texts = {name: self._texts(name) for name in TEXTS}
        return Roster(
            edition_id=edition_id,
            seen=seen,
            keys=keys,
            words={name: self._coded(name) for name in WORDS},
            numbers=numbers,
            flags={name: self._mapped(f"flag-{name}", np.bool_) for name in FLAGS},
            texts=texts,
            orders={
                order: sort_rows(keys, numbers.get(name), texts.get(name))
                for order, name in SORTED_BY.items()
            },
        )

    def _append(self, name: str, cells: npt.NDArray[np.generic]) -> None:
        if name not in self._files:
            self._files[name] = self._open.enter_context((self._folder / name).open("wb"))
        self._files[name].write(np.ascontiguousarray(cells).data)

    def _append_texts(self, name: str, cells: pa.ChunkedArray) -> None:
        texts = cells.cast(pa.large_string()).combine_chunks()
        ends, content = memory_of(texts)
        self._append(f"text-{name}", content)
        self._append(f"end-{name}", ends[1:] + self._ends[name])
        self._ends[name] += len(content)

    def _codes(self, name: str, cells: pa.ChunkedArray) -> npt.NDArray[np.int32]:
        coded = cells.combine_chunks().dictionary_encode()
        words = self._words[name]
        places = [words.setdefault(word, len(words)) for word in coded.dictionary.to_pylist()]
        found: npt.NDArray[np.int32] = np.array(places, dtype=np.int32)[coded.indices.to_numpy()]
        return found

    def _coded(self, name: str) -> Coded:
        words = tuple(self._words[name])
        return Coded(narrowed(self._mapped(f"word-{name}", np.int32), len(words)), words)

    def _texts(self, name: str) -> pa.LargeStringArray:
        ends = self._mapped(f"end-{name}", np.int64)
        starts = np.concatenate([np.zeros(1, dtype=np.int64), ends])
        content = self._mapped(f"text-{name}", np.uint8)
        return pa.LargeStringArray.from_buffers(len(ends), pa.py_buffer(starts), pa.py_buffer(content))

    def _mapped(self, name: str, kind: type[_Kind]) -> npt.NDArray[_Kind]:
        path = self._folder / name
        if not path.exists() or not path.stat().st_size:
            return np.zeros(0, dtype=kind)
        return np.memmap(path, dtype=kind, mode="r")


def _whole(cells: pa.ChunkedArray) -> Integers:
    numbers = cells.cast(pa.int32()) if pa.types.is_date32(cells.type) else cells
    found: Integers = pc.fill_null(numbers.cast(pa.int64()), UNKNOWN).to_numpy()
    return found
