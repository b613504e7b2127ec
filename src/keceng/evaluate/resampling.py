"""Intervals for means per customer, by resampling customers with all that happened to them.

Percentile bootstrap (Efron & Tibshirani 1993, ch. 13) with Poisson weights (Chamandy et al. 2012); a customer seen at several
cuts is resampled whole (cluster bootstrap: Cameron, Gelbach & Miller 2008). Above `MOST_BLOCKS` customers, random groups of
them are resampled instead (Wolter 2007, ch. 2), so the work does not grow with the books.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keceng import measure

RESAMPLES = 1_000
MOST_BLOCKS = 5_000
FEWEST_CUSTOMERS = 10
"""A class of fewer distinct customers gets no interval."""
COVERAGE = 0.95
_SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class Interval:
    """The bounds of a 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Observations:
    """What was seen of customers, one entry per customer and cut.

    Attributes:
        customer: whole numbers from 0 that tell customers apart.
        place: the class, from 0.
        outcome: the amount.
    """

    customer: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    outcome: measure.FloatArray


class ResampledMeans:
    """The mean outcome per entry of each class, in every resample. The same observations give the same bits."""

    def __init__(self, seen: Observations, classes: int) -> None:
        distinct, customer = np.unique(seen.customer, return_inverse=True)
        rng = np.random.default_rng(_SEED)
        blocks = min(len(distinct), MOST_BLOCKS)
        block = (rng.permutation(len(distinct)) % max(blocks, 1))[customer]
        cell = block * classes + seen.place
        shape = (blocks, classes)
        sums = np.bincount(cell, weights=seen.outcome, minlength=blocks * classes).reshape(shape)
        counts = np.bincount(cell, minlength=blocks * classes).reshape(shape).astype(np.float64)
        weights = rng.poisson(1.0, size=(RESAMPLES, blocks)).astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            self._means = (weights @ sums) / (weights @ counts)
        pairs = np.unique(customer * classes + seen.place)
        self._customers = np.bincount(pairs % classes, minlength=classes) if len(pairs) else np.zeros(classes)

    def mean_interval(self, place: int) -> Interval | None:
        """Of the mean of one class; None for a class too small."""
        return self._bounds(self._means[:, place]) if self._is_enough(place) else None

    def difference_interval(self, better: int, worse: int) -> Interval | None:
        """Of the mean of one class less that of another; None where one is too small."""
        if not (self._is_enough(better) and self._is_enough(worse)):
            return None
        return self._bounds(self._means[:, better] - self._means[:, worse])

    def _is_enough(self, place: int) -> bool:
        return bool(self._customers[place] >= FEWEST_CUSTOMERS)

    def _bounds(self, draws: measure.FloatArray) -> Interval | None:
        sound = draws[np.isfinite(draws)]
        tail = 50 * (1 - COVERAGE)
        low, high = np.percentile(sound, [tail, 100 - tail])
        return Interval(float(low), float(high))
