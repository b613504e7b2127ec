"""Points of a scorecard for one row, rounded exactly as the engine rounds them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from keceng.classify.judgement_ranks import Position
from keceng.standard import Cut, Stored

FULL = 1_000_000
"""100 points in stored parts."""


def round_quotient(numerator: int, denominator: int) -> int | None:
    """`numerator / denominator` as a whole number, half away from zero; None where the denominator is not positive."""
    if denominator <= 0:
        return None
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -size if numerator < 0 else size


def points_of_percentile(position: Position) -> int | None:
    """The mid-rank percentile (worse + equal / 2) / n, in stored parts of a score."""
    worse_twice = 2 * (position.compared - position.upto) + position.tied
    return round_quotient(FULL * worse_twice, 2 * position.compared)


def points_of_bands(stored: Stored, bands: Sequence[tuple[Cut, int]]) -> int | None:
    """The points of the first band reached, 0 below the lowest; None where the measure is unknown."""
    if stored is None:
        return None
    for lowest, points in bands:
        if _reaches(stored, lowest):
            return points
    return 0


def _reaches(stored: Stored, lowest: Cut) -> bool:
    if isinstance(lowest, dt.date):
        return isinstance(stored, dt.date) and stored >= lowest
    return int(str(stored)) >= lowest


def combine_points(points: Sequence[tuple[int, int | None]]) -> tuple[int | None, int]:
    """The weighted mean of what is known, and the share of the weight that is known in ten-thousandths.

    Args:
        points: (weight, points or None) of each part.
    """
    known = [(weight, p) for weight, p in points if p is not None]
    weight = sum(w for w, _ in known)
    score = round_quotient(sum(w * p for w, p in known), weight)
    return score, 10_000 * weight // sum(w for w, _ in points)
