"""Texts and keys that come again and again as small numbers: 0 for the first that came, 1 for the next other one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Numbers = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]

LONGEST = 63
"""Bytes of a text that can be numbered."""
_LEAST_MOST, _BYTES_EACH = 4_000_000, 225
"""What each takes of the memory, while its table is made wider, too."""
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


class _Table:
    """An open hash table of things that are some words each, and their numbers."""

    def __init__(self, width: int, memory: int | None) -> None:
        self._most = max(_LEAST_MOST, (memory or 0) // _BYTES_EACH)
        # Loading the compiler takes longer than a small file.
        from keceng.collect import compiled_cells  # noqa: PLC0415

        self._loops = compiled_cells
        self._width = width
        self._table = np.zeros(_LEAST_SLOTS * (width + 1), dtype=np.uint64)
        self._state = np.zeros(2, dtype=np.int64)

    def __len__(self) -> int:
        """How many different ones there are."""
        return int(self._state[0])

    @property
    def _slots(self) -> int:
        return len(self._table) // (self._width + 1)

    def _find(self, words: Words, hashes: Words) -> Numbers:
        """The number of each thing; more room is made as they come."""
        numbers = np.empty(len(hashes), dtype=np.int32)
        while not self._loops.find_numbers(words, hashes, self._width, self._table, self._state, numbers):
            if len(self) > self._most:
                raise TooManyTextsError
            self._widen(self._width, self._slots * 2)
        return numbers

    def _widen(self, width: int, slots: int) -> None:
        """The same things under the same numbers in another table."""
        known = self._words()
        at, self._state[1] = int(self._state[1]), 0
        self._width, self._state[0] = width, 0
        self._table = np.zeros(slots * (width + 1), dtype=np.uint64)
        wider = np.zeros((len(known), width), dtype=np.uint64)
        wider[:, : known.shape[1]] = known
        words = wider.ravel()
        hashes = np.empty(len(known), dtype=np.uint64)
        self._loops.hash_words(words, width, hashes)
        self._loops.find_numbers(
            words, hashes, width, self._table, self._state, np.empty(len(known), dtype=np.int32)
        )
        self._state[1] = at

    def _words(self) -> Words:
        """The words of each, in the order of their numbers."""
        words = np.empty((len(self), self._width), dtype=np.uint64)
        self._loops.read_words(self._table, self._width, words)
        return words


class NumberedKeys(_Table):
    """Different whole numbers above zero, and the small ones that stand for them."""

    def __init__(self, memory: int | None = None) -> None:
        """At least 4 million, and as many more as `memory` bytes hold."""
        super().__init__(1, memory)

    def take(self, keys: npt.NDArray[np.int64]) -> Numbers:
        """The number of each key.

        Raises:
            TooManyTextsError: there are more than are held.
        """
        words = keys.view(np.uint64)
        hashes = np.empty(len(words), dtype=np.uint64)
        self._loops.hash_words(words, 1, hashes)
        return self._find(words, hashes)

    def keys(self) -> npt.NDArray[np.int64]:
        """The different keys, in the order of their numbers."""
        return self._words().ravel().view(np.int64)


class NumberedTexts(_Table):
    """Different texts and their numbers; the table holds the texts themselves."""

    def __init__(self, memory: int | None = None) -> None:
        """At least 4 million, and as many more as `memory` bytes hold."""
        super().__init__(2, memory)

    def take(self, cells: pa.Array) -> Numbers:
        """The number of each cell, -1 for an empty one.

        Raises:
            TooManyTextsError: there are more than are held, or one is longer than `LONGEST`.
        """
        data, starts = bytes_of(cells)
        longest = int(np.diff(starts).max()) if len(cells) else 0
        if longest > LONGEST:
            raise TooManyTextsError
        if longest // 8 + 1 > self._width:
            self._widen(longest // 8 + 1, self._slots)
        words = np.empty(len(cells) * self._width, dtype=np.uint64)
        hashes = np.empty(len(cells), dtype=np.uint64)
        self._loops.pack(data, starts, self._width, words)
        self._loops.hash_words(words, self._width, hashes)
        return self._find(words, hashes)

    def texts(self) -> pa.Array:
        """The different texts, in the order of their numbers."""
        written = self._words().view(np.uint8).reshape(len(self), 8 * self._width)
        lengths = written[:, 0]
        starts = np.zeros(len(self) + 1, dtype=np.int32)
        np.cumsum(lengths, out=starts[1:])
        is_text = np.arange(8 * self._width - 1) < lengths[:, None]
        return pa.StringArray.from_buffers(
            len(self), pa.py_buffer(starts), pa.py_buffer(written[:, 1:][is_text])
        )
