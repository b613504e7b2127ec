"""Where an engine keeps arrays of numbers: the first in memory, the others in a file, from which each is read when it is asked for."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]
Load = Callable[[], Values]
"""Gives an array that was put away."""

_HELD = 32_000_000
_NARROWER = (np.int8, np.int16, np.int32)


class ShelfFullError(OSError):
    """The disk that may be taken is used up."""

    def __init__(self) -> None:
        super().__init__(errno.ENOSPC, "No space left of what may be taken")


class Shelf:
    """Arrays of one engine. What was put away is never changed.

    They are read into memory of their own: a mapped file would count as the process's memory.

    Args:
        path: of the file, which is made once memory is not to hold more; None holds everything in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.most: int | None = None
        """Bytes of the file at most; None is whatever the disk holds."""
        self._lock = threading.Lock()
        self._file: FileIO | None = None
        self._held = self._end = 0

    @property
    def file_bytes(self) -> int:
        """How many bytes lie in the file."""
        return self._end

    def put(self, values: Values, bounds: tuple[int, int] | None = None) -> Load:
        """Put away `values`, whole numbers between `bounds` in as few bytes as those need; how to get them again, in 32 bits if they fit.

        Raises:
            ShelfFullError: the disk that may be taken is used up.
            OSError: it cannot be written.
        """
        dtype = values.dtype
        narrow = np.ascontiguousarray(values if bounds is None else _narrowed(values, *bounds))
        if narrow.dtype.itemsize < dtype.itemsize:
            dtype = np.dtype(np.int32)
        if self._path is None or self._held + narrow.nbytes <= _HELD:
            self._held += narrow.nbytes
            return lambda: narrow.astype(dtype, copy=False)
        offset, count, stored = self._write(narrow), len(narrow), narrow.dtype
        return lambda: self._read(offset, count, stored).astype(dtype, copy=False)

    def _write(self, values: Values) -> int:
        if self.most is not None and self._end + values.nbytes > self.most:
            raise ShelfFullError
        file, offset, rest = self._opened(), self._end, values.data.cast("B")
        with self._lock:
            file.seek(offset)
            while rest:
                rest = rest[file.write(rest) :]
        self._end = offset + values.nbytes
        return offset

    def _opened(self) -> FileIO:
        if self._file is None:
            assert self._path is not None  # noqa: S101  the caller looked
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = FileIO(self._path, "x+b")
        return self._file

    def _read(self, offset: int, count: int, dtype: np.dtype[Any]) -> Values:
        file, found = self._opened(), np.empty(count, dtype=dtype)
        with self._lock:
            file.seek(offset)
            if file.readinto(found.data.cast("B")) != found.nbytes:
                raise OSError(f"{self._path}: cut off")
        return found

    def mark(self) -> int:
        """Where the file ends just now; see `forget`."""
        return self._end

    def forget(self, mark: int) -> None:
        """Give back the room of all that was put into the file since `mark`; nobody may ask for it any more."""
        self._end = mark

    def close(self) -> None:
        """Nothing can be asked for any more; whose folder it is removes the file."""
        if self._file is not None:
            self._file.close()


def _narrowed(values: Values, low: int, high: int) -> Values:
    for dtype in _NARROWER:
        ends = np.iinfo(dtype)
        if ends.min <= low and high <= ends.max and values.dtype.itemsize > np.dtype(dtype).itemsize:
            return values.astype(dtype)
    return values
