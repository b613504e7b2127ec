"""Whole numbers brought in order digit by digit: a compiled loop, loaded only where there are many."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keceng.lake.compilation import compiled

Whole = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint32]

DIGIT_BITS = 9
"""How many values of a digit are counted beside one another: they stay in the nearest memory."""


@compiled
def sort_by_digits(numbers: Whole, least: int, counts: Whole, rising: Words, spare: Words) -> Words:
    """The numbers less `least`, the smallest of them, in order, which 32 bits hold; `rising` and `spare` have room for all, `counts` a row per digit."""
    bits, low = np.uint64(DIGIT_BITS), np.uint64(counts.shape[1] - 1)
    for i in range(len(numbers)):
        word = np.uint64(numbers[i] - least)
        rising[i] = np.uint32(word)
        for digit in range(len(counts)):
            counts[digit, (word >> (np.uint64(digit) * bits)) & low] += 1
    for digit in range(len(counts)):
        before = 0
        for value in range(counts.shape[1]):
            counts[digit, value], before = before, before + counts[digit, value]
        for i in range(len(numbers)):
            place = (np.uint64(rising[i]) >> (np.uint64(digit) * bits)) & low
            spare[counts[digit, place]] = rising[i]
            counts[digit, place] += 1
        rising, spare = spare, rising
    return rising
