"""Scores of distinct histories as whole numbers, to be joined to the customers in SQL.

An engine joins them exactly and adds the only thing that is the customer's own, the amount: with S the repeat spend in
cents, clv = clv_rate × (spend_offset + S) ÷ 10⁹, because p·(v + S)/(p·x + q − 1) is linear in S for a given x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keceng.measure.clv.discounting import Terms
from keceng.measure.clv.gamma_gamma import FittedGammaGamma
from keceng.measure.clv.histories import Column, FloatArray, PurchaseHistories, read_column
from keceng.measure.clv.lifetime import FittedLifetime
from keceng.vocabulary import KecengError, Kind

CLV_RATE_PARTS = 1_000_000_000

Parts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PatternScores:
    """One row per pattern, in the order given; stored parts as everywhere in the lake.

    Attributes:
        p_alive: × 10,000.
        expected_purchases: within the horizon, × 10,000.
        clv_rate: × 10⁹; times (`spend_offset_cents` + repeat spend in cents) gives the CLV in cents × 10⁹.
        spend_offset_cents: the same for all: v of the spend model.
    """

    p_alive: Parts
    expected_purchases: Parts
    clv_rate: Parts
    spend_offset_cents: int

    def clv_cents(self, repeat_spend_cents: npt.NDArray[np.int64]) -> Parts:
        """What the SQL join computes, one pattern per customer, rounded to the cent (half to even)."""
        exact = self.clv_rate.astype(np.float64) * (self.spend_offset_cents + repeat_spend_cents)
        return _whole(exact / CLV_RATE_PARTS)


def score_patterns(
    model: FittedLifetime[Any], spend: FittedGammaGamma, patterns: PurchaseHistories, terms: Terms
) -> PatternScores:
    """P(alive), purchases within the horizon and the CLV's rate of distinct (frequency, recency, T).

    Args:
        model: of purchases.
        spend: of amounts in the main currency unit.
        patterns: distinct histories; `monetary_value` is not read.
        terms: horizon, discount rate and margin.

    Raises:
        KecengError: unusable patterns, or a mean spend that is undefined for one of them.
    """
    outlook = model.foresee(patterns, terms)
    rate = outlook.discounted_purchases * terms.margin * _spend_rate(spend, patterns.frequency)
    return PatternScores(
        _whole(outlook.p_alive * Kind.RATIO.scale),
        _whole(outlook.expected_purchases * Kind.RATIO.scale),
        _whole(rate * CLV_RATE_PARTS),
        round(100 * spend.params.v),
    )


def _spend_rate(spend: FittedGammaGamma, frequency: Column) -> FloatArray:
    # the expected amount at repeat spend S is this times (v + S)
    x = read_column("frequency", frequency)
    return spend.expected_spend(x, np.ones(len(x))) / (spend.params.v + x)  # type: ignore[no-any-return]


def _whole(numbers: FloatArray) -> Parts:
    if np.abs(numbers).max(initial=0.0) >= 2.0**63:
        raise KecengError.of(
            "score_too_large",
            "分值超出可存储的范围, 请检查期限与毛利率",
            "a score is too large to store: check horizon and margin",
        )
    return np.rint(numbers).astype(np.int64)
