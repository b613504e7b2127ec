"""How steady grades are from review to review: flaps, who leaves the best class, and how many of the biggest stand outside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from keceng import measure
from keceng.evaluate.equal_classes import share_of_places
from keceng.evaluate.replay import UNGRADED, Places

BEST = 0
TOP_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How steady one reading of the grades was over all reviews.

    Attributes:
        flaps: grades that were left and regained within two reviews.
        customer_reviews: grades given, over all reviews.
        leaving_best: mean over the reviews of the share of the best class that had left it at the next; None below two
            reviews, or where nobody was ever in it.
    """

    flaps: int
    customer_reviews: int
    leaving_best: float | None

    @property
    def flap_rate(self) -> float | None:
        """Flaps ÷ customer-reviews (MEANINGS 29); None without a review."""
        return self.flaps / self.customer_reviews if self.customer_reviews else None


def judge_steadiness(reviews: Sequence[Places]) -> Steadiness:
    """The steadiness of the grades in `reviews`: one array per review, the same units in the same order in each.

    A grade is left at the first review that gives another one or none; it is regained within two reviews when one of the
    two after that gives it again.
    """
    flaps = 0
    for at in range(1, len(reviews)):
        before, now = reviews[at - 1], reviews[at]
        left = (before != UNGRADED) & (now != before)
        regained = np.zeros(len(before), dtype=np.bool_)
        for later in reviews[at + 1 : at + 3]:
            regained |= later == before
        flaps += int((left & regained).sum())
    given = sum(int((grades != UNGRADED).sum()) for grades in reviews)
    return Steadiness(flaps, given, _leaving(reviews))


def _leaving(reviews: Sequence[Places]) -> float | None:
    shares = []
    for before, after in pairwise(reviews):
        best = before == BEST
        if best.any():
            shares.append(float((after[best] != BEST).mean()))
    return float(np.mean(shares)) if shares else None


def outside_best(places: Places, spend: measure.FloatArray) -> float | None:
    """The share of the top 1 % by spend, rounded up to whole customers, that is not in the best class.

    Who ties at the edge counts with the expected share. None where nobody is graded.
    """
    graded = places != UNGRADED
    if not graded.any():
        return None
    top = measure.count_top(int(graded.sum()), TOP_SHARE)
    weight = share_of_places(spend[graded], 0, top)
    return float(weight[places[graded] != BEST].sum()) / top
