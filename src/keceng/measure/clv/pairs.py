"""Distinct (frequency, T): what the purchases ahead of a live customer depend on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keceng.measure.clv.compilation import compile_exact
from keceng.measure.clv.histories import FloatArray, SoundHistories

_LARGEST_TABLE = 2**24

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Distinct (frequency, T) ascending; `position` points from each customer to theirs."""

    frequency: FloatArray
    T: FloatArray
    position: Positions


def index_pairs(histories: SoundHistories) -> Pairs:
    """The distinct pairs of `histories`."""
    width = int(histories.limits[2]) + 1
    if histories.whole and (histories.limits[0] + 1) * width <= _LARGEST_TABLE:
        size = (int(histories.limits[0]) + 1) * width
        distinct, position = _index_by_table(histories.frequency, histories.T, width, size)
        return Pairs((distinct // width).astype(np.float64), (distinct % width).astype(np.float64), position)
    order = np.lexsort((histories.T, histories.frequency))
    x, age = histories.frequency[order], histories.T[order]
    starts = np.ones(len(order), dtype=np.bool_)
    starts[1:] = (x[1:] != x[:-1]) | (age[1:] != age[:-1])
    position = np.empty(len(order), np.int64)
    position[order] = np.cumsum(starts) - 1
    return Pairs(x[starts], age[starts], position)


@compile_exact
def _index_by_table(x: FloatArray, age: FloatArray, width: int, size: int) -> tuple[Positions, Positions]:
    seen = np.zeros(size, np.int32)
    position = np.empty(len(x), np.int64)
    for i in range(len(x)):
        position[i] = np.int64(x[i]) * width + np.int64(age[i])
        seen[position[i]] = 1
    distinct = np.flatnonzero(seen)
    for k in range(len(distinct)):
        seen[distinct[k]] = k
    for i in range(len(x)):
        position[i] = seen[position[i]]
    return distinct, position
