"""All rankings of a cut: what `keceng.measure` foretells there, and the RFM score beside it."""

from __future__ import annotations

from dataclasses import dataclass

from keceng import measure
from keceng.evaluate.rankings import (
    BG_NBD_GG,
    FUTURE_VALUE,
    PAST_SPEND,
    PROPENSITY_VALUE,
    RFM_SCORE,
    Ranking,
)
from keceng.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Foresight:
    """Every ranking of a cut, and what is to be said of them.

    Attributes:
        rankings: in the order shown.
        notes: fallbacks, choices and limits.
        chances: of a purchase within the inner horizon's length from the cut; None where a rule stood in.
        lifetime_chances: the same by the lifetime model, where it could be fitted.
    """

    rankings: tuple[Ranking, ...]
    notes: tuple[Text, ...]
    chances: measure.FloatArray | None = None
    lifetime_chances: measure.FloatArray | None = None


def rank_customers(
    standing: measure.Standing, horizon_days: int, hindsight: measure.Hindsight | None
) -> Foresight:
    """The five rankings of the standing's customers for the horizon after it.

    Args:
        standing: the day of the cut.
        horizon_days: the span foretold.
        hindsight: None where the history is too short for an inner cut; then nothing is learnt, and the notes say so.
    """
    foretold = measure.foretell_customers(standing, horizon_days, hindsight)
    forecasts = {**foretold.forecasts, FUTURE_VALUE: foretold.future_value}
    rankings = {name: Ranking(name, f.worth, f.total) for name, f in forecasts.items()}
    rankings[RFM_SCORE] = Ranking(RFM_SCORE, standing.numbers("rfm_points"))
    shown = (PAST_SPEND, RFM_SCORE, BG_NBD_GG, PROPENSITY_VALUE, FUTURE_VALUE)
    return Foresight(
        tuple(rankings[name] for name in shown), foretold.notes, foretold.chances, foretold.lifetime_chances
    )
