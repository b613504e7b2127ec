"""What an inner day teaches: who buys, what buyers spend, and how the forecasts are best put together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from keceng.measure.forecasts import (
    BG_NBD_GG,
    PAST_SPEND,
    PROPENSITY_VALUE,
    LifetimeForecast,
    carry_on_past_spend,
    foretell_by_lifetime,
)
from keceng.measure.foresight import FloatArray, read_traits
from keceng.measure.future_value import BLEND, FittedFutureValue, fit_future_value
from keceng.measure.log_pool import LogPool, fit_log_pool
from keceng.measure.propensity import FittedPropensity, PropensityRule, fit_propensity
from keceng.measure.standings import KnownFuture, Outcome, Standing
from keceng.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt from an inner day and the days after it.

    Attributes:
        horizon_days: how many days after it were looked at; what is foretold by it is foretold for as long.
        propensity: of a purchase, a model or the rule.
        spend_of_buyers: what somebody who buys spends; None where nothing came.
        future: how the forecasts are put together; None where nothing came.
    """

    horizon_days: int
    propensity: FittedPropensity | PropensityRule
    spend_of_buyers: LogPool | None
    future: FittedFutureValue | None

    def chances(self, standing: Standing) -> FloatArray:
        """Of a purchase within the horizon; the rule's points where it stands in."""
        traits = read_traits(standing.buyers)
        if isinstance(self.propensity, FittedPropensity):
            return self.propensity.chances(traits)
        return self.propensity.points(traits)

    def foretell(
        self, standing: Standing, lifetime: LifetimeForecast, chances: FloatArray
    ) -> dict[str, FloatArray]:
        """The three forecasts that are put together, by name, for the horizon after the standing's day."""
        span = self.horizon_days
        return {
            PAST_SPEND: carry_on_past_spend(standing, span),
            BG_NBD_GG: lifetime.worth,
            PROPENSITY_VALUE: chances * expect_spend(standing, span, self.spend_of_buyers),
        }

    @property
    def notes(self) -> Iterator[Text]:
        """What was learnt on, and what could not be."""
        yield Text(
            f"模型在内部切分日之后的 {self.horizon_days} 天上学习、选择与校准",
            f"models were learnt, chosen and brought to scale on the {self.horizon_days} days after the inner cut",
        )
        if isinstance(self.propensity, PropensityRule):
            for reason in self.propensity.reasons:
                yield Text("购买倾向用规则: {reason}", "propensity by rule: {reason}").fill(reason=reason)
        if self.future is None:
            yield Text(
                "内部切分日之后没有净销售额, 未来价值即 bg_nbd_gg, 总额未校准",
                "no net revenue came after the inner cut: future value is bg_nbd_gg, its total not calibrated",
            )
        else:
            yield self.future.sentence


def learn_propensity(inner: KnownFuture) -> FittedPropensity | PropensityRule:
    """The model of who bought after the inner day, or the rule where there is too little to learn from."""
    traits = read_traits(inner.standing.buyers)
    return fit_propensity(traits, inner.outcome.bought, inner.outcome.horizon_days)


def learn_forecasts(inner: KnownFuture) -> Learnt:
    """Everything that the inner day teaches."""
    standing, outcome = inner.standing, inner.outcome
    span = outcome.horizon_days
    propensity = learn_propensity(inner)
    spend = _learn_spend(standing, outcome)
    if float(outcome.net.sum()) <= 0:
        return Learnt(span, propensity, spend, None)
    # chances that had not seen the customer, or the blend would trust them more than it may at the cut
    is_model = isinstance(propensity, FittedPropensity)
    unseen = (
        propensity.out_of_fold
        if isinstance(propensity, FittedPropensity)
        else propensity.points(read_traits(standing.buyers))
    )
    forecasts = {
        PAST_SPEND: carry_on_past_spend(standing, span),
        BG_NBD_GG: foretell_by_lifetime(standing, span).worth,
        PROPENSITY_VALUE: unseen * expect_spend(standing, span, spend),
    }
    future = fit_future_value(forecasts, outcome.net, PROPENSITY_VALUE if is_model else BLEND)
    return Learnt(span, propensity, spend, future)


def expect_spend(standing: Standing, horizon_days: int, pool: LogPool | None) -> FloatArray:
    """What each customer would spend within the horizon, should they buy, in currency units; without a pool, one average order."""
    return average_orders(standing) if pool is None else pool.predict(_spend_clues(standing, horizon_days))


def average_orders(standing: Standing) -> FloatArray:
    """The average order of each customer in currency units; 0 where it is unknown."""
    known: FloatArray = np.nan_to_num(standing.numbers("lifetime_average_order_value"))
    return known


def _learn_spend(standing: Standing, outcome: Outcome) -> LogPool | None:
    net = outcome.net[outcome.bought]
    if float(net.sum()) <= 0:
        return None
    clues = _spend_clues(standing, outcome.horizon_days)
    return fit_log_pool({name: clue[outcome.bought] for name, clue in clues.items()}, net)


def _spend_clues(standing: Standing, span: int) -> dict[str, FloatArray]:
    return {
        "average_order": average_orders(standing),
        "past_spend": carry_on_past_spend(standing, span),
        "purchase_days": standing.numbers("purchase_days"),
    }
