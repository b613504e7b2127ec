"""What a customer is worth when a lifetime model cannot be trusted: shrunk purchase rates and amounts, and retention.

Little data say little about one customer, so each customer's rate and amount lean on everybody's, the more the less is
known of them (empirical Bayes, by moments).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keceng.measure.clv.convergence import NonConvergence, refuse_fit
from keceng.measure.clv.discounting import DAYS_IN_YEAR, Terms
from keceng.measure.clv.histories import DAYS_IN_UNIT, FloatArray, SoundHistories, TimeUnit

ENOUGH_COHORT = 30
"""A yearly retention is measured on at least this many customers."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Share of customers first seen one to two years ago who bought again in the last year."""

    rate: float
    customers: int


def measure_retention(histories: SoundHistories, time_unit: TimeUnit) -> Retention | None:
    """The yearly retention, or None when fewer than 30 customers are between one and two years old."""
    year = DAYS_IN_YEAR / DAYS_IN_UNIT[time_unit]
    age = histories.T
    cohort = (age >= year) & (age < 2 * year)
    size = int(cohort.sum())
    if size < ENOUGH_COHORT:
        return None
    kept = cohort & (histories.recency > histories.T - year) & (histories.frequency > 0)
    return Retention(float(kept.sum()) / size, size)


def estimate_yearly_spend(
    histories: SoundHistories, mean_amounts: FloatArray, time_unit: TimeUnit
) -> FloatArray:
    """Repeat spend per year of each customer: shrunk rate × shrunk amount, positive for everybody.

    Args:
        histories: checked histories.
        mean_amounts: mean amount of repeat purchases, read where frequency > 0.
        time_unit: of the histories.

    Raises:
        DidNotConverge: nobody ever bought again, so not even the average is known.
    """
    if not histories.frequency.any():
        raise refuse_fit("retention", NonConvergence.NO_REPEATS)
    rates = _shrink_rates(histories.frequency, histories.T)
    years = DAYS_IN_YEAR / DAYS_IN_UNIT[time_unit]
    return rates * years * _shrink_amounts(histories.frequency, mean_amounts)


def sum_retained_years(retention_rate: float, terms: Terms) -> float:
    """Σ_{k=1..H} rᵏ/(1+d)ᵏ, the last year in part where the horizon ends within it (Gupta & Lehmann 2003)."""
    years = terms.horizon_days / DAYS_IN_YEAR
    k = np.arange(1, int(np.ceil(years)) + 1)
    parts = np.clip(years - (k - 1), 0.0, 1.0)
    return float((parts * (retention_rate / (1.0 + terms.discount_rate)) ** k).sum())


def sum_known_years(history_days: float, terms: Terms) -> float:
    """Discounted years ahead, but no longer than the history that the rates were seen in."""
    years = min(terms.horizon_days, history_days) / DAYS_IN_YEAR
    force = np.log1p(terms.discount_rate)
    return float(years if force == 0 else -np.expm1(-force * years) / force)


def _shrink_rates(frequency: FloatArray, T: FloatArray) -> FloatArray:
    # Gamma–Poisson: rate ~ Gamma(k, k/mean), so Var(x) = m + m²/k with m = mean·T
    mean = frequency.sum() / T.sum()
    expected = mean * T
    excess = float(((frequency - expected) ** 2 - expected).sum())
    if excess <= 0:
        return np.full(len(T), mean)
    k = float((expected**2).sum()) / excess
    rates: FloatArray = (frequency + k) / (T + k / mean)
    return rates


def _shrink_amounts(frequency: FloatArray, mean_amounts: FloatArray) -> FloatArray:
    # Var(m̄) = between + within/x; a customer's own mean counts x, everybody's within/between
    repeaters = frequency > 0
    x, own = frequency[repeaters], mean_amounts[repeaters]
    everybody = float(x @ own / x.sum())
    squares, inverse = (own - everybody) ** 2, 1.0 / x
    spread = float(np.var(inverse))
    if spread == 0:
        within = between = float(squares.mean()) / (1.0 + float(inverse.mean()))
    else:
        within = float(np.mean((inverse - inverse.mean()) * squares)) / spread
        between = float(squares.mean()) - within * float(inverse.mean())
    if between <= 0:
        return np.full(len(frequency), everybody)
    k = max(within, 0.0) / between
    total = np.where(repeaters, frequency * mean_amounts, 0.0)
    # k = 0: amounts do not vary within customers; who has none yet still takes everybody's mean
    weight = np.maximum(frequency + k, 1e-12)
    return np.where(repeaters | (k > 0), (total + k * everybody) / weight, everybody)
