"""Texts of which each begins as the one before it, such as numbered orders: compiled loops, loaded only where there are many."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keceng.lake.compilation import compiled

Bytes = npt.NDArray[np.uint8]
Starts = npt.NDArray[np.int32]
Whole = npt.NDArray[np.int64]


@compiled
def shared_bytes(data: Bytes, starts: Starts) -> int:
    """How many bytes in all begin texts as they begin the one before."""
    found = 0
    for i in range(1, len(starts) - 1):
        most = min(starts[i + 1] - starts[i], starts[i] - starts[i - 1])
        count = 0
        while count < most and data[starts[i] + count] == data[starts[i - 1] + count]:
            count += 1
        found += count
    return found


@compiled
def share_beginnings(data: Bytes, starts: Starts, shared: Whole, left: Whole, rest: Bytes) -> int:
    """How many bytes each text shares with the one before it, how many are left to it, and those, one text's after another's; how many in all."""
    at = 0
    for i in range(len(starts) - 1):
        begin, length = starts[i], starts[i + 1] - starts[i]
        count = 0
        if i:
            before = starts[i - 1]
            most = min(length, begin - before)
            while count < most and data[begin + count] == data[before + count]:
                count += 1
        shared[i], left[i] = count, length - count
        for place in range(begin + count, begin + length):
            rest[at] = data[place]
            at += 1
    return at
