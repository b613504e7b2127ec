"""How good a ranking was, judged by what came: capture, Gini, rank correlation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keceng import measure


@dataclass(frozen=True, slots=True)
class RankingQuality:
    """Each None where it means nothing: nobody, no positive revenue, or ranks or outcomes that are all equal.

    Attributes:
        capture_top10, capture_top20: part of the revenue that lay with the first tenth and fifth of customers.
        gini: of the revenue along the ranking, 0 for a ranking that says nothing; its most is the revenue's own Gini.
        spearman: rank correlation of the ranking and the revenue, ties at mid-rank.
    """

    capture_top10: float | None
    capture_top20: float | None
    gini: float | None
    spearman: float | None


def judge_ranking(ranks: measure.FloatArray, outcome: measure.FloatArray) -> RankingQuality:
    """The quality of `ranks` (greatest first) against the revenue that came."""
    return RankingQuality(
        measure.capture_share(ranks, outcome, 0.1),
        measure.capture_share(ranks, outcome, 0.2),
        gini_along(ranks, outcome),
        correlate_ranks(ranks, outcome),
    )


def gini_along(ranks: measure.FloatArray, outcome: measure.FloatArray) -> float | None:
    """2 · (area under the curve of cumulative revenue, best ranked first) − 1; a tie group is a straight line.

    None when there is nobody or the revenue's total is not positive.
    """
    total = float(outcome.sum())
    if len(ranks) == 0 or total <= 0:
        return None
    # the mean of the places of a tie group stands for each of its members
    places = measure.rank_mid(-ranks)
    return 1.0 - float(((2.0 * places - 1.0) * outcome).sum()) / (len(ranks) * total)


def correlate_ranks(ranks: measure.FloatArray, outcome: measure.FloatArray) -> float | None:
    """Spearman's correlation; None where one of the two does not vary."""
    a, b = measure.rank_mid(ranks), measure.rank_mid(outcome)
    if len(ranks) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.corrcoef(a, b)[0, 1])
