"""Gamma-Gamma: what a purchase amounts to, independent of how often one buys."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, gammaln, xlogy, zeta

from keceng.measure.clv.convergence import NonConvergence, refuse_fit
from keceng.measure.clv.fitting import FittedModel
from keceng.measure.clv.histories import (
    Column,
    FloatArray,
    PurchaseHistories,
    like_given,
    list_row_problems,
    read_column,
    read_weights,
    require_same_length,
)
from keceng.measure.clv.kernels import sum_gamma_gamma
from keceng.measure.clv.newton import Likelihood, Maximum, Surface, in_logarithms, maximise_over_rows
from keceng.measure.clv.patterns import count_customers
from keceng.measure.clv.simulation import simulate_mean_amounts
from keceng.vocabulary import KecengError, Text

_NAMES = ("p", "q", "v")
_START = (1.0, 1.0, 0.0)


class GammaGammaParameters(NamedTuple):
    """An amount ~ Gamma(shape p, rate ν); ν ~ Gamma(shape q, rate v). v is the γ of the paper."""

    p: float
    q: float
    v: float


class _Amounts(NamedTuple):
    frequency: FloatArray
    mean_amount: FloatArray
    customers: FloatArray

    def take(self, rows: slice | npt.NDArray[np.bool_]) -> _Amounts:
        return _Amounts(*(column[rows] for column in self))


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedGammaGamma(FittedModel[GammaGammaParameters]):
    """A fitted Gamma-Gamma model; see `GammaGamma`. `patterns` counts distinct frequencies."""

    model: ClassVar[str] = "gamma-gamma"

    def expected_spend(self, frequency: Column, monetary_value: Column) -> Column:
        """Expected amount of a purchase of each customer, p(v + x·m̄)/(p·x + q − 1); Arrow when given Arrow.

        Raises:
            KecengError: unusable rows, or customers so little known that p·x + q ≤ 1 leaves the mean undefined.
        """
        x, mean = read_amounts(frequency, monetary_value)
        return like_given(self._expect(x, mean), frequency, monetary_value)

    def expected_amounts(self, customers: PurchaseHistories) -> FloatArray:
        """The same for histories that carry `monetary_value`, as numpy.

        Raises:
            KecengError: as `expected_spend`, or histories without amounts.
        """
        if customers.monetary_value is None:
            raise KecengError.of(
                "no_amounts", "缺少平均金额 (monetary_value)", "the mean amounts (monetary_value) are missing"
            )
        return self._expect(*read_amounts(customers.frequency, customers.monetary_value))

    def rate_posterior(
        self, frequency: FloatArray, monetary_value: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Shape p·x + q and rate v + x·m̄ of what is known of a customer's ν."""
        p, q, v = self.params
        return p * frequency + q, v + np.where(frequency > 0, frequency * monetary_value, 0.0)

    def _expect(self, x: FloatArray, mean: FloatArray) -> FloatArray:
        p, q, v = self.params
        known = q - 1.0 + p * x
        if (known <= 0).any():
            raise KecengError.of(
                "mean_spend_undefined",
                f"金额差异过大 (q = {q:.3g}), 重复购买太少的客户没有期望金额",
                f"amounts differ so much (q = {q:.3g}) that customers with few purchases have no expected amount",
            )
        # with x = 0 the amount read is not used: it may be anything, zero included
        return p * (v + np.where(x > 0, x * mean, 0.0)) / known


class GammaGamma:
    """Gamma-Gamma model of spend.

    Assumptions:
        1. A customer's amounts vary around their own mean by a Gamma distribution with shape p and rate ν.
        2. ν differs between customers by a Gamma distribution with shape q and rate v.
        3. The mean amount is independent of how often the customer buys.

    Source: Fader, Hardie & Lee (2005), RFM and CLV: Using Iso-value Curves, JMR 42; Fader & Hardie (2013), The Gamma-Gamma
    Model of Monetary Value: likelihood eq. 1a, expected amount eq. 5.
    """

    @staticmethod
    def fit(frequency: Column, monetary_value: Column, weights: Column | None = None) -> FittedGammaGamma:
        """The maximum-likelihood fit over customers with a repeat purchase; others tell nothing and are left out.

        Args:
            frequency: repeat purchases, whole numbers.
            monetary_value: mean amount of a repeat purchase, positive where frequency > 0.
            weights: how many customers each row stands for.

        Raises:
            KecengError: unusable rows (negative or zero amounts among them), all named.
            DidNotConverge: the data cannot identify the model; `reason` says why.
        """
        amounts = _select_repeaters(frequency, monetary_value, weights)
        _require_variety(amounts)
        money_scale = float((amounts.mean_amount * amounts.customers).sum() / amounts.customers.sum())
        peak = _climb(amounts._replace(mean_amount=amounts.mean_amount / money_scale))
        parameters = np.exp(peak.log_parameters) * (1.0, 1.0, money_scale)
        covariance = peak.covariance * np.outer(parameters, parameters)
        customers = float(amounts.customers.sum())
        return FittedGammaGamma(
            params=GammaGammaParameters(*parameters.tolist()),
            standard_errors=GammaGammaParameters(*np.sqrt(np.diag(covariance)).tolist()),
            covariance=tuple(tuple(row) for row in covariance.tolist()),
            log_likelihood=float(customers * (peak.surface.mean_log_likelihood - math.log(money_scale))),
            customers=int(customers),
            patterns=len(count_customers(amounts.frequency, amounts.customers)[0]),
            iterations=peak.iterations,
        )

    @staticmethod
    def simulate(params: GammaGammaParameters, *, frequency: Column, rng: np.random.Generator) -> FloatArray:
        """Mean amounts of customers who behave by the three assumptions; 0 where frequency is 0."""
        return simulate_mean_amounts(params, frequency, rng=rng)


def _climb(amounts: _Amounts) -> Maximum:
    def likelihood_of_rows(rows: slice) -> tuple[Likelihood, float]:
        taken = amounts.take(rows)
        return _likelihood_of(taken), float(taken.customers.sum())

    return maximise_over_rows(
        likelihood_of_rows, len(amounts.frequency), _START, model=FittedGammaGamma.model, names=_NAMES
    )


def _likelihood_of(amounts: _Amounts) -> Likelihood:
    x, mean, weights = amounts
    customers = float(weights.sum())
    frequencies, counts = count_customers(x, weights)
    repeat_spend = x * mean
    # Σ x·ln(x·m̄) and Σ ln m̄ do not depend on the parameters
    weighted_logs = weights * np.log(mean)
    log_amounts = float(weighted_logs.sum())
    log_totals = float((x * weighted_logs).sum()) + float((counts * xlogy(frequencies, frequencies)).sum())

    def surface_at(log_parameters: FloatArray) -> Surface:
        parameters = np.exp(log_parameters)
        total, gradient, hessian = sum_gamma_gamma(x, repeat_spend, weights, parameters)
        total += _add_frequency_terms(frequencies, counts, parameters, gradient, hessian)
        p = float(parameters[0])
        total += p * log_totals - log_amounts
        gradient[0] += log_totals
        hessian = hessian + np.triu(hessian, 1).T
        return in_logarithms(total / customers, parameters, gradient / customers, hessian / customers)

    return surface_at


def _add_frequency_terms(
    x: FloatArray, counts: FloatArray, parameters: FloatArray, gradient: FloatArray, hessian: FloatArray
) -> float:
    # Σ [lnΓ(p·x+q) − lnΓ(p·x) − lnΓ(q) + q·ln v] and its derivatives, upper triangle
    p, q, v = (float(parameter) for parameter in parameters)
    customers = float(counts.sum())
    slope, bend = digamma(p * x + q), zeta(2.0, p * x + q)
    gradient += (
        counts @ (x * (slope - digamma(p * x))),
        counts @ slope + customers * (math.log(v) - digamma(q)),
        customers * q / v,
    )
    hessian[0, 0] += counts @ (x * x * (bend - zeta(2.0, p * x)))
    hessian[0, 1] += counts @ (x * bend)
    hessian[1, 1] += counts @ bend - customers * zeta(2.0, q)
    hessian[1, 2] += customers / v
    hessian[2, 2] -= customers * q / v**2
    return float(counts @ (gammaln(p * x + q) - gammaln(p * x))) + customers * (
        q * math.log(v) - float(gammaln(q))
    )


def read_amounts(frequency: Column, monetary_value: Column) -> tuple[FloatArray, FloatArray]:
    """Frequencies and mean amounts, checked; the amount of a customer without a repeat purchase is not looked at.

    Raises:
        KecengError: counts that are none, or repeat purchases with an amount that is missing, zero or negative.
    """
    x, mean = read_column("frequency", frequency), read_column("monetary_value", monetary_value)
    require_same_length(frequency=x, monetary_value=mean)
    uncounted = ~(np.isfinite(x) & (x >= 0) & (x == np.floor(x)))
    unpaid = (x > 0) & ~((mean > 0) & (mean < np.inf))
    if uncounted.any() or unpaid.any():
        count = Text("次数应为非负整数", "a count is a whole number, not negative")
        amount = Text(
            "重复购买的平均金额应为正数; 负数或零请先按退货处理",
            "the mean amount of repeat purchases is positive; book negative or zero amounts as returns first",
        )
        raise KecengError(
            [
                *list_row_problems("frequency", x, uncounted, message=count),
                *list_row_problems("monetary_value", mean, unpaid, message=amount),
            ]
        )
    return x, mean


def _select_repeaters(frequency: Column, monetary_value: Column, weights: Column | None) -> _Amounts:
    x, mean = read_amounts(frequency, monetary_value)
    counts = np.ones(len(x)) if weights is None else read_weights(weights, len(x))
    amounts = _Amounts(x, mean, counts)
    return amounts if (x > 0).all() else amounts.take(x > 0)


def _require_variety(amounts: _Amounts) -> None:
    if len(amounts.frequency) == 0:
        raise refuse_fit(FittedGammaGamma.model, NonConvergence.NO_REPEATS)
    if amounts.customers.sum() == 1:
        raise refuse_fit(FittedGammaGamma.model, NonConvergence.ONE_CUSTOMER)
    if len(amounts.frequency) == 1 or np.ptp(amounts.mean_amount) == 0:
        raise refuse_fit(FittedGammaGamma.model, NonConvergence.ONE_PATTERN)
