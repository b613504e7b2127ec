"""Money later is worth less: monthly discounting at a yearly rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from keceng.measure.clv.histories import FloatArray
from keceng.vocabulary import KecengError, Place, Problem, Text

DAYS_IN_MONTH = 30.4375
DAYS_IN_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Terms:
    """How purchases become money of today.

    Attributes:
        horizon_days: how far ahead we count, in days.
        discount_rate: per year; .1 makes ¥110 in a year worth ¥100 today.
        margin: share of an amount that is kept; may be negative.

    Raises:
        KecengError: a horizon that is not positive (or over 100 years), a rate of −1 or less, a margin above 1.
    """

    horizon_days: float
    discount_rate: float
    margin: float

    def __post_init__(self) -> None:
        problems = list(_list_problems(self))
        if problems:
            raise KecengError(problems)


@dataclass(frozen=True, slots=True)
class DiscountSchedule:
    """Months of a horizon. Σ factors × (expected purchases up to each end) = discounted purchases.

    Attributes:
        ends_days: end of each month in days from today; the last is the horizon's.
        factors: weight of the purchases *up to* each end.
    """

    ends_days: FloatArray
    factors: FloatArray


def discount_schedule(terms: Terms) -> DiscountSchedule:
    """Month ends and weights of `terms`."""
    months = int(np.ceil(terms.horizon_days / DAYS_IN_MONTH - 1e-9))
    ends = np.minimum(np.arange(1, months + 1) * DAYS_IN_MONTH, terms.horizon_days)
    present = (1.0 + terms.discount_rate) ** (-ends / DAYS_IN_YEAR)
    # Σ present_m (E_m − E_{m−1}), summed by parts
    factors = present - np.append(present[1:], 0.0)
    return DiscountSchedule(ends, factors)


def _list_problems(terms: Terms) -> Iterator[Problem]:
    if not 0 < terms.horizon_days <= 100 * DAYS_IN_YEAR:
        text = Text(
            "期限(天)应为正数, 不超过 100 年", "a horizon is a positive number of days, at most 100 years"
        )
        yield Problem(
            "unusable_horizon", text, place=Place(path="horizon_days"), value=f"{terms.horizon_days:g}"
        )
    if not -1 < terms.discount_rate < np.inf:
        text = Text("年折现率应大于 −1, 例如 0.1", "a yearly discount rate is above −1, for example 0.1")
        yield Problem(
            "unusable_discount_rate",
            text,
            place=Place(path="discount_rate"),
            value=f"{terms.discount_rate:g}",
        )
    if not -np.inf < terms.margin <= 1:
        text = Text(
            "毛利率是保留的比例, 不超过 1, 例如 0.3", "a margin is the share kept, at most 1, for example 0.3"
        )
        yield Problem("unusable_margin", text, place=Place(path="margin"), value=f"{terms.margin:g}")
