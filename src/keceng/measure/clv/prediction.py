"""How sure a CLV is: the distribution of what a customer will really bring, not only its mean.

A customer buys nothing with a probability that the models give exactly. Otherwise the discounted contribution is taken
as a Gamma variable with its exact mean and second moment: E[N²] from the purchase model, E[(ΣZ)²|N] = (p²N² + pN)/ν²
from the spend model, discounting at the customer's average factor. What the parameters' own uncertainty adds to the mean
comes by the delta method. So an interval answers "what may happen", and P(contribution > cut) is the confidence of a
class with that cut. On simulated customers these chances are right to about five points in a hundred.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from scipy.special import gammaincc, gammaincinv

from keceng.measure.clv.discounting import Terms, discount_schedule
from keceng.measure.clv.fitting import FittedModel
from keceng.measure.clv.gamma_gamma import FittedGammaGamma
from keceng.measure.clv.histories import (
    DAYS_IN_UNIT,
    FloatArray,
    PurchaseHistories,
    read_column,
    read_histories,
)
from keceng.measure.clv.lifetime import FittedLifetime
from keceng.measure.clv.pairs import index_pairs
from keceng.vocabulary import KecengError

_STEP = 1e-4
_M = TypeVar("_M", bound="FittedModel[Any]")


@dataclass(frozen=True, slots=True)
class ClvPrediction:
    """Per customer, in the order given.

    Attributes:
        clv: the expectation, equal to that of the model's `clv`.
        chance_of_purchase: probability of any purchase within the horizon; otherwise the contribution is 0.
        shape: of the Gamma contribution given a purchase, before the sign of the margin.
        scale: of the same, in money.
        sign: −1 for a negative margin, else 1.
    """

    clv: FloatArray
    chance_of_purchase: FloatArray
    shape: FloatArray
    scale: FloatArray
    sign: float

    @classmethod
    def from_moments(
        cls, clv: FloatArray, chance_of_purchase: FloatArray, deviation: FloatArray
    ) -> ClvPrediction:
        """The distribution that has these moments: what was stored of one is enough to ask it again.

        Args:
            clv: the expectations, all of one sign.
            chance_of_purchase: where it is 0 nothing comes, whatever the other two say.
            deviation: standard deviations, in money.
        """
        sign = -1.0 if (clv < 0).any() else 1.0
        some = np.maximum(chance_of_purchase, 1e-300)
        comes = (chance_of_purchase > 0) & (clv != 0)
        mean = np.where(comes, np.abs(clv) / some, 0.0)
        # E[X²] = chance · mean² · (1 + 1 ÷ shape)
        second = np.where(comes, (deviation**2 + clv**2) / np.where(comes, some * mean**2, 1.0), 2.0)
        shape = 1.0 / np.maximum(second - 1.0, 1e-12)
        return cls(clv, np.where(comes, chance_of_purchase, 0.0), shape, mean / shape, sign)

    @property
    def deviation(self) -> FloatArray:
        """Standard deviation of the contribution, in money: buying nothing is part of it."""
        mean = self.shape * self.scale
        second = self.chance_of_purchase * mean**2 * (1.0 + 1.0 / self.shape)
        spread: FloatArray = np.sqrt(np.maximum(second - (self.chance_of_purchase * mean) ** 2, 0.0))
        return spread

    def interval(self, coverage: float = 0.8) -> tuple[FloatArray, FloatArray]:
        """Equal-tailed bounds that hold the contribution with probability `coverage`.

        Raises:
            KecengError: coverage outside (0, 1).
        """
        if not 0 < coverage < 1:
            raise KecengError.of(
                "unusable_coverage",
                "覆盖率应在 0 与 1 之间",
                "a coverage is between 0 and 1",
                value=f"{coverage:g}",
            )
        tail = (1 - coverage) / 2
        low, high = self._quantile(tail), self._quantile(1 - tail)
        return (low, high) if self.sign > 0 else (-high, -low)

    def chance_above(self, cut: float) -> FloatArray:
        """Probability that the contribution exceeds `cut`, e.g. that the customer belongs above a class's cut."""
        if self.sign > 0:
            return np.ones(len(self.clv)) if cut < 0 else self._size_above(cut)
        return np.zeros(len(self.clv)) if cut >= 0 else 1.0 - self._size_above(-cut)

    def _size_above(self, cut: float) -> FloatArray:
        with np.errstate(divide="ignore"):
            relative = np.where(self.scale > 0, cut / np.maximum(self.scale, 1e-300), np.inf)
        above: FloatArray = self.chance_of_purchase * gammaincc(self.shape, relative)
        return above

    def _quantile(self, probability: float) -> FloatArray:
        nothing = 1.0 - self.chance_of_purchase
        within = np.clip((probability - nothing) / np.maximum(self.chance_of_purchase, 1e-300), 0.0, 1.0)
        return np.where(probability > nothing, gammaincinv(self.shape, within) * self.scale, 0.0)


def predict_clv(
    model: FittedLifetime[Any], spend: FittedGammaGamma, customers: PurchaseHistories, terms: Terms
) -> ClvPrediction:
    """The predictive distribution of each customer's discounted contribution within the horizon.

    Raises:
        KecengError: unusable rows, or amounts that differ so much (p·x + q ≤ 2) that the spread is undefined.
    """
    histories = read_histories(customers.frequency, customers.recency, customers.T)
    amounts = spend.expected_amounts(customers)
    pairs = index_pairs(histories)
    buying = _describe_buying(model, pairs.frequency, pairs.T, terms)
    horizon = terms.horizon_days / DAYS_IN_UNIT[model.time_unit]
    some_if_alive = model.chance_if_alive(pairs.frequency, pairs.T, horizon)
    squares = model.squares_if_alive(pairs.frequency, pairs.T, horizon)
    mean = buying.discounted[pairs.position] * amounts * abs(terms.margin)
    spread = _second_moment_of_amounts(spend, customers)
    discount = (buying.discounted / buying.purchases * abs(terms.margin)) ** 2
    p = spend.params.p
    second = (discount * p * p * squares)[pairs.position] + (discount * p * buying.purchases)[pairs.position]
    some = some_if_alive[pairs.position]
    uncertain = 1.0 + _parameter_variance(model, spend, customers, terms=terms)
    mean, second = mean / some, second * spread / some * uncertain
    # a second moment can undercut the mean's square by rounding only
    variance = np.maximum(second - mean**2, 1e-12 * mean**2)
    alive = 1.0 / (1.0 + model.odds_gone(histories))
    has_worth = mean > 0
    shape = np.where(has_worth, mean**2 / np.where(has_worth, variance, 1.0), 1.0)
    sign = -1.0 if terms.margin < 0 else 1.0
    return ClvPrediction(sign * alive * some * mean, alive * some, shape, mean / shape, sign)


@dataclass(frozen=True, slots=True)
class _Buying:
    purchases: FloatArray
    discounted: FloatArray
    mean_given_some: FloatArray


def _describe_buying(
    model: FittedLifetime[Any], frequency: FloatArray, T: FloatArray, terms: Terms
) -> _Buying:
    schedule = discount_schedule(terms)
    horizons = schedule.ends_days / DAYS_IN_UNIT[model.time_unit]
    ahead = model.purchases_if_alive(frequency, T, horizons)
    some = model.chance_if_alive(frequency, T, float(horizons[-1]))
    discounted = ahead @ schedule.factors
    return _Buying(ahead[:, -1], discounted, discounted / some)


def _second_moment_of_amounts(spend: FittedGammaGamma, customers: PurchaseHistories) -> FloatArray:
    # E[1/ν²] under the posterior Gamma(shape, rate)
    x = read_column("frequency", customers.frequency)
    shape, rate = spend.rate_posterior(x, read_column("monetary_value", customers.monetary_value))
    if (shape <= 2).any():
        raise KecengError.of(
            "spend_variance_undefined",
            f"金额差异过大 (q = {spend.params.q:.3g}), 重复购买太少的客户没有可用的区间",
            f"amounts differ so much (q = {spend.params.q:.3g}) that customers with few purchases have no interval",
        )
    return rate**2 / ((shape - 1) * (shape - 2))


def _parameter_variance(
    model: FittedLifetime[Any], spend: FittedGammaGamma, customers: PurchaseHistories, *, terms: Terms
) -> FloatArray:
    # relative variance of the mean given a purchase; the chance of a purchase is its own expectation to first order
    pairs = index_pairs(read_histories(customers.frequency, customers.recency, customers.T))
    buying = _relative_variance(
        model, lambda moved: _describe_buying(moved, pairs.frequency, pairs.T, terms).mean_given_some
    )
    amounts = _relative_variance(spend, lambda moved: moved.expected_amounts(customers))
    return buying[pairs.position] + amounts


def _relative_variance(model: _M, mean_at: Callable[[_M], FloatArray]) -> FloatArray:
    slopes = []
    for position, parameter in enumerate(model.params):
        up, down = (
            np.log(mean_at(_moved(model, position, parameter * (1.0 + change)))) for change in (_STEP, -_STEP)
        )
        slopes.append((up - down) / (2 * _STEP * parameter))
    gradient = np.array(slopes)
    variance: FloatArray = np.einsum("in,ij,jn->n", gradient, np.array(model.covariance), gradient)
    return np.maximum(variance, 0.0)


def _moved(model: _M, position: int, parameter: float) -> _M:
    names: tuple[str, ...] = model.params._fields
    return replace(model, params=model.params._replace(**{names[position]: parameter}))
