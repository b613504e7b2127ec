"""The plain forecasts of what customers will bring: past sales carried on, and the lifetime model or its fallback."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keceng.measure.clv import PurchaseHistories, Terms, value_customers
from keceng.measure.foresight import FloatArray
from keceng.measure.standings import CENTS, YEAR, Standing
from keceng.vocabulary import KecengError, Text

PAST_SPEND, BG_NBD_GG, PROPENSITY_VALUE = "past_spend", "bg_nbd_gg", "propensity_value"
"""The names of the forecasts: these two, and the chance of a purchase times what a purchaser spends."""


@dataclass(frozen=True, slots=True)
class LifetimeForecast:
    """What the lifetime model, or its fallback, foretells.

    Attributes:
        horizon_days: the span foretold.
        worth: of each customer within the horizon, undiscounted, less the usual returns, in currency units.
        chances: of a purchase within the horizon; None by a fallback.
        notes: why a fallback was used.
    """

    horizon_days: int
    worth: FloatArray
    chances: FloatArray | None
    notes: tuple[Text, ...]


def carry_on_past_spend(standing: Standing, horizon_days: int) -> FloatArray:
    """Net spend of the last 365 days (of the history, where it is shorter) carried on for the horizon."""
    known_days = max(1, min(YEAR, standing.history_days))
    return standing.numbers("spend_cents") / CENTS * (horizon_days / known_days)


def foretell_by_lifetime(standing: Standing, horizon_days: int) -> LifetimeForecast:
    """BG/NBD × Gamma-Gamma; its documented fallback where the data do not allow it; past spend where nobody ever bought again."""
    repeats = standing.numbers("repeats")
    repeat_gross = (standing.numbers("gross_cents") - standing.numbers("first_day_cents")) / CENTS
    histories = PurchaseHistories(
        repeats,
        standing.numbers("recency_days"),
        standing.numbers("tenure_days"),
        np.where(repeats > 0, repeat_gross / np.maximum(repeats, 1), 0.0),
    )
    try:
        valued = value_customers(histories, Terms(horizon_days, 0.0, _kept_share(standing)))
    except KecengError as error:
        past = np.maximum(carry_on_past_spend(standing, horizon_days), 0.0)
        return LifetimeForecast(horizon_days, past, None, tuple(p.message for p in error.problems))
    chances = None
    if valued.purchases is not None:
        alive = valued.purchases.p_alive(histories.frequency, histories.recency, histories.T)
        some = valued.purchases.chance_if_alive(histories.frequency, histories.T, float(horizon_days))
        chances = alive * some
    return LifetimeForecast(horizon_days, valued.clv, chances, valued.choice.reasons)


def _kept_share(standing: Standing) -> float:
    # the models speak of purchases; what is returned lowers the revenue that is to be foretold
    gross = float(standing.numbers("gross_cents").sum())
    kept = float(standing.numbers("net_cents").sum()) / gross if gross > 0 else 1.0
    return min(kept, 1.0) if kept > 0 else 1.0
