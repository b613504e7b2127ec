"""The forecast of a day: every way of telling what customers will bring within a horizon, learnt from what is known on that day.

The back-test judges exactly these numbers; the measure `future_value` publishes exactly these numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from keceng.measure.forecasts import (
    BG_NBD_GG,
    PAST_SPEND,
    PROPENSITY_VALUE,
    LifetimeForecast,
    carry_on_past_spend,
    foretell_by_lifetime,
)
from keceng.measure.foresight import FloatArray, read_traits
from keceng.measure.future_value import FittedFutureValue
from keceng.measure.learning import Learnt, average_orders, learn_forecasts
from keceng.measure.propensity import FittedPropensity, PropensityRule
from keceng.measure.standings import YEAR, Hindsight, KnownFuture, Standing
from keceng.vocabulary import Text

UNCALIBRATED = "uncalibrated"
"""The basis of future value where nothing could be learnt: the lifetime forecast as it is."""


class Season(StrEnum):
    """What is known of the season of the horizon."""

    CORRECTED = "corrected"
    UNCHECKED = "unchecked"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Forecast:
    """One number per customer of a standing.

    Attributes:
        worth: by which customers are ranked; money in currency units where `total` is known.
        total: foretold for all together within the horizon; None for a ranking that is no forecast.
    """

    worth: FloatArray
    total: float | None


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a day can tell of the horizon after it.

    Attributes:
        forecasts: `past_spend`, `bg_nbd_gg`, `propensity_value`, by name.
        future_value: the combined one.
        basis: of future value: `blend`, the name of the one forecast that was taken, or `uncalibrated`.
        season: whether its total is corrected for the season.
        notes: fallbacks, choices and limits.
        chances: of a purchase within the inner horizon's length; None where a rule stood in.
        lifetime_chances: the same by the lifetime model, where it could be fitted.
    """

    forecasts: Mapping[str, Forecast]
    future_value: Forecast
    basis: str
    season: Season
    notes: tuple[Text, ...]
    chances: FloatArray | None = None
    lifetime_chances: FloatArray | None = None


def foretell_customers(standing: Standing, horizon_days: int, hindsight: Hindsight | None) -> Foretold:
    """The forecasts for the standing's customers, of whom there is at least one.

    Args:
        standing: the day.
        horizon_days: the span foretold.
        hindsight: None where the history is too short for an inner cut; then nothing is learnt, and the notes say so.
    """
    past = carry_on_past_spend(standing, horizon_days)
    lifetime = foretell_by_lifetime(standing, horizon_days)
    plain = {
        PAST_SPEND: Forecast(past, float(past.sum())),
        BG_NBD_GG: Forecast(lifetime.worth, float(lifetime.worth.sum())),
    }
    notes = tuple(_tell_fallback(reason) for reason in lifetime.notes)
    if hindsight is None or not len(hindsight.inner.standing):
        return _foretell_unlearnt(standing, plain, notes)
    return _foretell_learnt(standing, lifetime, hindsight, plain=plain, notes=notes)


def _foretell_unlearnt(
    standing: Standing, plain: Mapping[str, Forecast], notes: tuple[Text, ...]
) -> Foretold:
    unlearnt = Text(
        "历史太短, 没有内部切分日: 购买倾向用规则, 未来价值即 bg_nbd_gg, 总额未校准",
        "the history is too short for an inner cut: propensity by rule, future value is bg_nbd_gg, its total not calibrated",
    )
    points = PropensityRule((unlearnt,)).points(read_traits(standing.buyers)) * average_orders(standing)
    return Foretold(
        {**plain, PROPENSITY_VALUE: Forecast(points, None)},
        plain[BG_NBD_GG],
        UNCALIBRATED,
        _see_season(standing),
        (*notes, unlearnt),
    )


def _foretell_learnt(
    standing: Standing,
    lifetime: LifetimeForecast,
    hindsight: Hindsight,
    *,
    plain: Mapping[str, Forecast],
    notes: tuple[Text, ...],
) -> Foretold:
    learnt = learn_forecasts(hindsight.inner)
    near = foretell_by_lifetime(standing, learnt.horizon_days)
    growth = _divide(float(lifetime.worth.sum()), float(near.worth.sum()))
    chances = learnt.chances(standing)
    found = learnt.foretell(standing, near, chances)
    worth = found[PROPENSITY_VALUE]
    is_model = isinstance(learnt.propensity, FittedPropensity)
    by_propensity = Forecast(worth, float(worth.sum()) * growth if is_model else None)
    told = list(learnt.notes)
    value, basis, season = plain[BG_NBD_GG], UNCALIBRATED, _see_season(standing)
    if learnt.future is not None:
        factor, season = _weigh_season(standing, hindsight.last_year, learnt, learnt.future, growth=growth)
        told.append(_tell_season(season, factor, standing.history_days))
        combined = learnt.future.predict(found) * growth * factor
        value, basis = Forecast(combined, float(combined.sum())), learnt.future.chosen
    return Foretold(
        {**plain, PROPENSITY_VALUE: by_propensity},
        value,
        basis,
        season,
        (*notes, *told),
        chances if is_model else None,
        near.chances,
    )


def _divide(whole: float, part: float) -> float:
    return whole / part if part > 0 and whole > 0 else 1.0


def _see_season(standing: Standing) -> Season:
    return Season.UNSEEN if standing.history_days < YEAR else Season.UNCHECKED


def _weigh_season(
    standing: Standing,
    last_year: KnownFuture | None,
    learnt: Learnt,
    future: FittedFutureValue,
    *,
    growth: float,
) -> tuple[float, Season]:
    if last_year is None:
        return 1.0, _see_season(standing)
    then = last_year.standing
    near = foretell_by_lifetime(then, learnt.horizon_days)
    forecasts = learnt.foretell(then, near, learnt.chances(then))
    foretold = float(future.predict(forecasts).sum()) * growth
    return _divide(float(last_year.outcome.net.sum()), foretold), Season.CORRECTED


def _tell_season(season: Season, factor: float, history_days: int) -> Text:
    match season:
        case Season.UNSEEN:
            return Text(
                f"历史只有 {history_days} 天, 预测期所在的季节没有见过: 总额没有季节校正, 仅供参考",
                f"the history is {history_days} days: the horizon's season was never seen, so totals carry no correction for it "
                "and are a rough guide",
            )
        case Season.UNCHECKED:
            return Text(
                "去年同期的历史不足以校正季节: 总额没有季节校正",
                "the same season last year is known too little to correct for: totals carry no correction for it",
            )
        case Season.CORRECTED:
            return Text(
                f"未来价值的总额按去年同期的预测与实际校正季节: × {factor:.3f}",
                f"the total of future value is corrected for the season by what the same forecast missed a year before: × {factor:.3f}",
            )


def _tell_fallback(reason: Text) -> Text:
    return Text("bg_nbd_gg 不可用, 改用后备估计: {reason}", "bg_nbd_gg by its fallback: {reason}").fill(
        reason=reason
    )
