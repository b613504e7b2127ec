"""How much of what came lay with the customers ranked first."""

from __future__ import annotations

import math

import numpy as np

from keceng.measure.foresight import FloatArray


def count_top(customers: int, share: float) -> int:
    """⌈share · customers⌉, in exact arithmetic as far as the share is written with six decimals."""
    return math.ceil(round(share * customers, 6))


def rank_mid(numbers: FloatArray) -> FloatArray:
    """Ranks from 1, smallest first; equal numbers share the middle of their places."""
    _, place, tied = np.unique(numbers, return_inverse=True, return_counts=True)
    ranks: FloatArray = (np.cumsum(tied) - (tied - 1) / 2.0)[place]
    return ranks


def capture_share(ranks: FloatArray, outcome: FloatArray, share: float) -> float | None:
    """The part of Σ outcome that lies with the top ⌈share · n⌉ customers by `ranks`, greatest first.

    Customers who tie at the edge take their expected part: each of them counts with (places left) ÷ (customers tied).
    None when there is nobody, or the outcome's total is not positive, so that parts of it mean nothing.
    """
    total = float(outcome.sum())
    if len(ranks) == 0 or total <= 0:
        return None
    places = count_top(len(ranks), share)
    edge = np.partition(ranks, len(ranks) - places)[len(ranks) - places]
    above, tied = ranks > edge, ranks == edge
    left = places - int(above.sum())
    return float(outcome[above].sum() + outcome[tied].sum() * left / int(tied.sum())) / total
