"""Numbers found by a hash of them: compiled loops, loaded only where a table of many numbers is asked for many."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keceng.lake.compilation import compiled, frozen

Whole = npt.NDArray[np.int64]
Slots = npt.NDArray[np.int32]

_FREE = -1
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_WORD_BITS, _ONE = np.uint64(64), np.uint64(1)


class NumberIndex:
    """Where each of many numbers stands.

    Args:
        numbers: no two alike, fewer than 2³⁰.
    """

    def __init__(self, numbers: Whole) -> None:
        # At most half of the slots are taken, and there is one at least.
        self._bits = (2 * len(numbers) + 1).bit_length()
        self._numbers = frozen(numbers, np.int64)
        slots = np.full(1 << self._bits, _FREE, dtype=np.int32)
        _fill(self._numbers, self._bits, slots)
        self._slots = frozen(slots, np.int32)

    def find(self, asked: Whole) -> tuple[Whole, npt.NDArray[np.bool_]]:
        """The place of each number that is asked for, 0 where it is none of them; and which are."""
        places, has = np.empty(len(asked), dtype=np.int64), np.empty(len(asked), dtype=np.bool_)
        _find(frozen(asked, np.int64), self._numbers, self._bits, self._slots, places, has)
        return places, has


@compiled
def _fill(numbers: Whole, bits: int, slots: Slots) -> None:
    for place in range(len(numbers)):
        slot = _slot(numbers[place], bits)
        while slots[slot] != _FREE:
            slot = (slot + _ONE) & np.uint64(len(slots) - 1)
        slots[slot] = place


@compiled
def _find(
    asked: Whole, numbers: Whole, bits: int, slots: Slots, places: Whole, has: npt.NDArray[np.bool_]
) -> None:  # fmt: skip
    for i in range(len(asked)):
        slot = _slot(asked[i], bits)
        place = slots[slot]
        while place != _FREE and numbers[place] != asked[i]:
            slot = (slot + _ONE) & np.uint64(len(slots) - 1)
            place = slots[slot]
        has[i] = place != _FREE
        places[i] = max(place, 0)


@compiled
def _slot(number: np.int64, bits: int) -> np.uint64:
    return (np.uint64(number) * _SPREAD) >> (_WORD_BITS - np.uint64(bits))
