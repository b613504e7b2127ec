"""Naive rulers of the same class sizes: what a plain ranking, cut where the standard cuts, would have done."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from keceng import measure


def share_of_places(ranks: measure.FloatArray, first: int, last: int) -> measure.FloatArray:
    """How much of each customer stands on the places `first` (from 0) up to and without `last`, greatest rank first.

    Those who tie share the places of their group alike, so the shares add up to the places.
    """
    _, group, tied = np.unique(-ranks, return_inverse=True, return_counts=True)
    ends = np.cumsum(tied)
    taken = np.minimum(ends, last) - np.maximum(ends - tied, first)
    shares: measure.FloatArray = (np.maximum(taken, 0) / tied)[group]
    return shares


def mean_by_equal_classes(
    ranks: measure.FloatArray, outcome: measure.FloatArray, sizes: Sequence[int]
) -> list[float | None]:
    """The mean outcome of classes of `sizes`, best first, filled along `ranks`; None for an empty class."""
    means: list[float | None] = []
    first = 0
    for size in sizes:
        shares = share_of_places(ranks, first, first + size)
        means.append(float((shares * outcome).sum()) / size if size else None)
        first += size
    return means
