"""The rankings that are judged: what a company might sort its customers by, from what was known on the day of the cut."""

from __future__ import annotations

from dataclasses import dataclass

from keceng import measure

PAST_SPEND, RFM_SCORE, BG_NBD_GG = "past_spend", "rfm_score", "bg_nbd_gg"
PROPENSITY_VALUE, FUTURE_VALUE = "propensity_value", "future_value"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Customers of a standing ranked, greatest first.

    Attributes:
        name: as in the result.
        ranks: one number per customer, in the standing's order.
        predicted: the total it foretells for the horizon, in currency units; None for a ranking that is no forecast.
    """

    name: str
    ranks: measure.FloatArray
    predicted: float | None = None
