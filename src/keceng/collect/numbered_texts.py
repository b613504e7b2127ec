"""Texts that come again and again as small numbers: 0 for the first that came, 1 for the next other one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Numbers = npt.NDArray[np.int32]

LONGEST = 63
"""Bytes of a text that can be numbered."""
MOST = 4_000_000
"""So many different texts are held at most."""
_LEAST_SLOTS = 1 << 12


class TooManyTextsError(Exception):
    """There are more different texts, or longer ones, than are held."""


def bytes_of(cells: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """The bytes of strings and where each begins; an empty cell has none."""
    filled = cells.fill_null("") if cells.null_count else cells
    _, starts, data = filled.buffers()
    if not len(filled):
        return np.zeros(0, dtype=np.uint8), np.zeros(1, dtype=np.int32)
    begins = np.frombuffer(starts, dtype=np.int32)[filled.offset : filled.offset + len(filled) + 1]
    return np.frombuffer(data if data is not None else b"", dtype=np.uint8), begins


class NumberedTexts:
    """Different texts and their numbers, in an open hash table that holds the texts themselves."""

    def __init__(self) -> None:
        # Loading the compiler takes longer than a small file.
        from keceng.collect import compiled_cells  # noqa: PLC0415

        self._loops = compiled_cells
        self._width = 2
        self._table = np.zeros(_LEAST_SLOTS * (self._width + 1), dtype=np.uint64)
        self._state = np.zeros(2, dtype=np.int64)

    def __len__(self) -> int:
        """How many different texts there are."""
        return int(self._state[0])

    def take(self, cells: pa.Array) -> Numbers:
        """The number of each cell, -1 for an empty one.

        Raises:
            TooManyTextsError: see `LONGEST` and `MOST`.
        """
        data, starts = bytes_of(cells)
        numbers = np.empty(len(cells), dtype=np.int32)
        if not len(cells):
            return numbers
        longest = int(np.diff(starts).max())
        if longest > LONGEST:
            raise TooManyTextsError
        if longest // 8 + 1 > self._width:
            self._remake(longest // 8 + 1, self._slots)
        words = np.empty(len(cells) * self._width, dtype=np.uint64)
        hashes = np.empty(len(cells), dtype=np.uint64)
        self._loops.pack(data, starts, self._width, words, hashes)
        while not self._loops.find_numbers(words, hashes, self._width, self._table, self._state, numbers):
            if len(self) > MOST:
                raise TooManyTextsError
            self._remake(self._width, self._slots * 2)
        return numbers

    def texts(self) -> pa.Array:
        """The different texts, in the order of their numbers."""
        ends = np.zeros(len(self) + 1, dtype=np.int32)
        self._loops.see_lengths(self._table, self._width, ends)
        np.cumsum(ends, out=ends)
        data = np.empty(int(ends[-1]), dtype=np.uint8)
        self._loops.unpack(self._table, self._width, ends, data)
        return pa.StringArray.from_buffers(len(self), pa.py_buffer(ends), pa.py_buffer(data))

    @property
    def _slots(self) -> int:
        return len(self._table) // (self._width + 1)

    def _remake(self, width: int, slots: int) -> None:
        """The same texts under the same numbers in another table."""
        known, next_cell = self.texts(), self._state[1]
        self._width = width
        self._table = np.zeros(slots * (width + 1), dtype=np.uint64)
        self._state[:] = 0
        if len(known):
            self.take(known)
        self._state[1] = next_cell
