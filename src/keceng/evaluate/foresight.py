"""All rankings of a cut: the plain ones, and those learnt on an inner cut whose future is already known at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from keceng import measure
from keceng.evaluate.rankings import (
    BG_NBD_GG,
    FUTURE_VALUE,
    PAST_SPEND,
    PROPENSITY_VALUE,
    RFM_SCORE,
    LifetimeForecast,
    Ranking,
    carry_on_past_spend,
    foretell_by_lifetime,
)
from keceng.evaluate.standings import Outcome, Standing
from keceng.vocabulary import Text

YEAR = 365


@dataclass(frozen=True, slots=True)
class KnownFuture:
    """A day whose future is already known at the cut."""

    standing: Standing
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Hindsight:
    """What the cut can look back on.

    Attributes:
        inner: halves the history: where models are learnt, chosen and brought to scale.
        last_year: the day a year before the cut, with its horizon: shows the season. None where the history is too short for
            it, or the horizon longer than a year.
    """

    inner: KnownFuture
    last_year: KnownFuture | None = None


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


@dataclass(frozen=True, slots=True)
class _Learnt:
    horizon_days: int
    propensity: measure.FittedPropensity | measure.PropensityRule
    spend_of_buyers: measure.LogPool | None
    future: measure.FittedFutureValue | None


def rank_customers(standing: Standing, horizon_days: int, hindsight: Hindsight | None) -> Foresight:
    """The five rankings of the standing's customers for the horizon after it.

    Args:
        standing: the day of the cut.
        horizon_days: the span foretold.
        hindsight: None where the history is too short for an inner cut; then nothing is learnt, and the notes say so.
    """
    past = carry_on_past_spend(standing, horizon_days)
    lifetime = foretell_by_lifetime(standing, horizon_days)
    plain = (
        Ranking(PAST_SPEND, past, float(past.sum())),
        Ranking(RFM_SCORE, standing.numbers("rfm_points")),
        Ranking(BG_NBD_GG, lifetime.worth, float(lifetime.worth.sum())),
    )
    notes = [_tell_fallback(reason) for reason in lifetime.notes]
    if hindsight is None or not len(hindsight.inner.standing):
        return _rank_unlearnt(standing, plain, notes)
    return _rank_learnt(standing, lifetime, hindsight, plain=plain, notes=notes)


def _rank_unlearnt(standing: Standing, plain: tuple[Ranking, ...], notes: list[Text]) -> Foresight:
    unlearnt = Text(
        "历史太短, 没有内部切分日: 购买倾向用规则, 未来价值即 bg_nbd_gg, 总额未校准",
        "the history is too short for an inner cut: propensity by rule, future value is bg_nbd_gg, its total not calibrated",
    )
    rule = measure.PropensityRule((unlearnt,))
    points = rule.points(measure.read_traits(standing.buyers)) * _average_orders(standing)
    lifetime = plain[-1]
    learnt = (Ranking(PROPENSITY_VALUE, points), Ranking(FUTURE_VALUE, lifetime.ranks, lifetime.predicted))
    return Foresight((*plain, *learnt), (*notes, unlearnt))


def _rank_learnt(
    standing: Standing,
    lifetime: LifetimeForecast,
    hindsight: Hindsight,
    *,
    plain: tuple[Ranking, ...],
    notes: list[Text],
) -> Foresight:
    learnt = _learn(hindsight.inner)
    near = foretell_by_lifetime(standing, learnt.horizon_days)
    growth = _divide(float(lifetime.worth.sum()), float(near.worth.sum()))
    chances = _tell_chances(learnt.propensity, measure.read_traits(standing.buyers))
    forecasts = _foretell(standing, learnt, near, chances)
    worth = forecasts[PROPENSITY_VALUE]
    is_model = isinstance(learnt.propensity, measure.FittedPropensity)
    by_propensity = Ranking(PROPENSITY_VALUE, worth, float(worth.sum()) * growth if is_model else None)
    told = list(_tell_learnt(learnt))
    if learnt.future is None:
        future = Ranking(FUTURE_VALUE, lifetime.worth, float(lifetime.worth.sum()))
    else:
        season, said = _weigh_season(standing, hindsight.last_year, learnt, learnt.future, growth=growth)
        told.append(said)
        value = learnt.future.predict(forecasts) * growth * season
        future = Ranking(FUTURE_VALUE, value, float(value.sum()))
    return Foresight(
        (*plain, by_propensity, future), (*notes, *told), chances if is_model else None, near.chances
    )


def _foretell(
    standing: Standing, learnt: _Learnt, near: LifetimeForecast, chances: measure.FloatArray
) -> dict[str, measure.FloatArray]:
    span = learnt.horizon_days
    return {
        PAST_SPEND: carry_on_past_spend(standing, span),
        BG_NBD_GG: near.worth,
        PROPENSITY_VALUE: chances * _expect_spend(standing, span, learnt.spend_of_buyers),
    }


def _learn(inner: KnownFuture) -> _Learnt:
    standing, outcome = inner.standing, inner.outcome
    span = outcome.horizon_days
    traits = measure.read_traits(standing.buyers)
    propensity = measure.fit_propensity(traits, outcome.bought, span)
    spend = _learn_spend(standing, outcome)
    if float(outcome.net.sum()) <= 0:
        return _Learnt(span, propensity, spend, None)
    # chances that had not seen the customer, or the blend would trust them more than it may at the cut
    unseen = (
        propensity.out_of_fold
        if isinstance(propensity, measure.FittedPropensity)
        else propensity.points(traits)
    )
    forecasts = {
        PAST_SPEND: carry_on_past_spend(standing, span),
        BG_NBD_GG: foretell_by_lifetime(standing, span).worth,
        PROPENSITY_VALUE: unseen * _expect_spend(standing, span, spend),
    }
    carrier = PROPENSITY_VALUE if isinstance(propensity, measure.FittedPropensity) else measure.BLEND
    return _Learnt(span, propensity, spend, measure.fit_future_value(forecasts, outcome.net, carrier))


def _learn_spend(standing: Standing, outcome: Outcome) -> measure.LogPool | None:
    net = outcome.net[outcome.bought]
    if float(net.sum()) <= 0:
        return None
    clues = _spend_clues(standing, outcome.horizon_days)
    return measure.fit_log_pool({name: clue[outcome.bought] for name, clue in clues.items()}, net)


def _spend_clues(standing: Standing, span: int) -> dict[str, measure.FloatArray]:
    return {
        "average_order": _average_orders(standing),
        "past_spend": carry_on_past_spend(standing, span),
        "purchase_days": standing.numbers("purchase_days"),
    }


def _expect_spend(standing: Standing, span: int, pool: measure.LogPool | None) -> measure.FloatArray:
    return _average_orders(standing) if pool is None else pool.predict(_spend_clues(standing, span))


def _average_orders(standing: Standing) -> measure.FloatArray:
    return np.nan_to_num(standing.numbers("lifetime_average_order_value"))


def _tell_chances(
    propensity: measure.FittedPropensity | measure.PropensityRule, traits: measure.FloatArray
) -> measure.FloatArray:
    if isinstance(propensity, measure.FittedPropensity):
        return propensity.chances(traits)
    return propensity.points(traits)


def _divide(whole: float, part: float) -> float:
    return whole / part if part > 0 and whole > 0 else 1.0


def _weigh_season(
    standing: Standing,
    last_year: KnownFuture | None,
    learnt: _Learnt,
    future: measure.FittedFutureValue,
    *,
    growth: float,
) -> tuple[float, Text]:
    days = standing.history_days
    if last_year is None:
        if days < YEAR:
            return 1.0, Text(
                f"历史只有 {days} 天, 预测期所在的季节没有见过: 总额没有季节校正, 仅供参考",
                f"the history is {days} days: the horizon's season was never seen, so totals carry no correction for it "
                "and are a rough guide",
            )
        return 1.0, Text(
            "去年同期的历史不足以校正季节: 总额没有季节校正",
            "the same season last year is known too little to correct for: totals carry no correction for it",
        )
    then = last_year.standing
    near = foretell_by_lifetime(then, learnt.horizon_days)
    chances = _tell_chances(learnt.propensity, measure.read_traits(then.buyers))
    foretold = float(future.predict(_foretell(then, learnt, near, chances)).sum()) * growth
    factor = _divide(float(last_year.outcome.net.sum()), foretold)
    return factor, Text(
        f"未来价值的总额按去年同期的预测与实际校正季节: × {factor:.3f}",
        f"the total of future value is corrected for the season by what the same forecast missed a year before: × {factor:.3f}",
    )


def _tell_fallback(reason: Text) -> Text:
    return Text("bg_nbd_gg 不可用, 改用后备估计: {reason}", "bg_nbd_gg by its fallback: {reason}").fill(
        reason=reason
    )


def _tell_learnt(learnt: _Learnt) -> Iterator[Text]:
    yield Text(
        f"模型在内部切分日之后的 {learnt.horizon_days} 天上学习、选择与校准",
        f"models were learnt, chosen and brought to scale on the {learnt.horizon_days} days after the inner cut",
    )
    if isinstance(learnt.propensity, measure.PropensityRule):
        for reason in learnt.propensity.reasons:
            yield Text("购买倾向用规则: {reason}", "propensity by rule: {reason}").fill(reason=reason)
    if learnt.future is None:
        yield Text(
            "内部切分日之后没有净销售额, 未来价值即 bg_nbd_gg, 总额未校准",
            "no net revenue came after the inner cut: future value is bg_nbd_gg, its total not calibrated",
        )
    else:
        yield learnt.future.sentence
