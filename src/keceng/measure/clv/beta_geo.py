"""BG/NBD and MBG/NBD: buying at a rate of one's own, leaving at a purchase with a chance of one's own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from scipy.special import digamma, gammaln, zeta

from keceng.measure.clv.fitting import Estimate, estimate_lifetime
from keceng.measure.clv.histories import Column, FloatArray, SoundHistories, TimeUnit, read_histories
from keceng.measure.clv.kernels import sum_beta_geometric
from keceng.measure.clv.lifetime import FittedLifetime
from keceng.measure.clv.newton import Likelihood, Surface, in_logarithms
from keceng.measure.clv.patterns import Patterns, collapse_histories
from keceng.measure.clv.purchases_ahead import (
    expect_beta_geometric,
    expect_squares_beta_geometric,
    odds_gone_beta_geometric,
)
from keceng.measure.clv.simulation import SimulatedPurchases, simulate_beta_geometric

_NAMES = ("r", "alpha", "a", "b")
_START = (-0.7, -0.7, -0.3, 0.7)


class BetaGeoParameters(NamedTuple):
    """λ ~ Gamma(shape r, rate alpha); p ~ Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedBetaGeo(FittedLifetime[BetaGeoParameters]):
    """A fitted BG/NBD model; see `BetaGeo`."""

    model: ClassVar[str] = "bg-nbd"
    _late_dropout: ClassVar[bool] = True

    def odds_gone(self, histories: SoundHistories) -> FloatArray:
        """a/(b + x − 1)·((α + T)/(α + t_x))^(r + x), 0 without a repeat purchase (Fader, Hardie & Lee 2008, note on P(alive))."""
        return odds_gone_beta_geometric(
            histories.frequency, histories.recency, histories.T, np.array(self.params), self._late_dropout
        )

    def purchases_if_alive(self, frequency: FloatArray, T: FloatArray, horizons: FloatArray) -> FloatArray:
        """The numerator of eq. 10 of the paper, accurate at a = 1 and for any x."""
        return expect_beta_geometric(frequency, T, horizons, np.array(self.params), self._shift)

    def chance_if_alive(self, frequency: FloatArray, T: FloatArray, horizon: float) -> FloatArray:
        """1 − ((α+T)/(α+T+t))^(r+x)."""
        some: FloatArray = -np.expm1(
            -(self.params.r + frequency) * np.log1p(horizon / (self.params.alpha + T))
        )
        return some

    def squares_if_alive(self, frequency: FloatArray, T: FloatArray, horizon: float) -> FloatArray:
        """From p's posterior Beta(a, b + x)."""
        return expect_squares_beta_geometric(frequency, T, horizon, np.array(self.params), self._shift)

    @property
    def _shift(self) -> float:
        return 0.0 if self._late_dropout else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedModifiedBetaGeo(FittedBetaGeo):
    """A fitted MBG/NBD model; see `ModifiedBetaGeo`. P(alive) has b + x in place of b + x − 1, for everybody."""

    model: ClassVar[str] = "mbg-nbd"
    _late_dropout: ClassVar[bool] = False


class BetaGeo:
    """BG/NBD.

    Assumptions:
        1. While active, a customer buys as a Poisson process with rate λ.
        2. λ differs between customers by a Gamma distribution with shape r and rate alpha.
        3. After any *repeat* purchase a customer leaves for good with probability p.
        4. p differs between customers by a Beta distribution with parameters a and b.
        5. λ and p are independent.

    Source: Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2): likelihood eq. 6,
    expected purchases eq. 10. A customer without a repeat purchase is alive with certainty by assumption 3.
    """

    @staticmethod
    def fit(
        frequency: Column,
        recency: Column,
        T: Column,
        weights: Column | None = None,
        *,
        time_unit: TimeUnit = "days",
    ) -> FittedBetaGeo:
        """The maximum-likelihood fit.

        Args:
            frequency: repeat purchases, whole numbers.
            recency: age at the last purchase, 0 without a repeat purchase.
            T: age at the end of the observation, positive.
            weights: how many customers each row stands for.
            time_unit: the unit of `recency` and `T`.

        Raises:
            KecengError: unusable rows, all named.
            DidNotConverge: the data cannot identify the model; `reason` says why.
        """
        patterns = collapse_histories(read_histories(frequency, recency, T, allow_new=False), weights)
        return FittedBetaGeo(**_fit_fields(patterns, FittedBetaGeo), time_unit=time_unit)

    @staticmethod
    def simulate(
        params: BetaGeoParameters,
        *,
        customers: int,
        T: Column,
        rng: np.random.Generator,
        horizon: float = 0.0,
    ) -> SimulatedPurchases:
        """Histories of customers who behave by the five assumptions, observed for T (one, or one each), and what they do next."""
        return simulate_beta_geometric(params, customers, T, rng=rng, horizon=horizon, late_dropout=True)


class ModifiedBetaGeo:
    """MBG/NBD.

    Assumptions 1, 2, 4 and 5 of `BetaGeo`, and
        3. After *every* purchase, the first included, a customer leaves for good with probability p.

    So a one-time buyer may be gone. Source: Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of
    models for customer base analysis, IJRM 24(3), Appendix A (P(alive): eq. 5), with Wagner & Hoppe (2008), Erratum on the
    MBG/NBD model, IJRM 25(3).
    """

    @staticmethod
    def fit(
        frequency: Column,
        recency: Column,
        T: Column,
        weights: Column | None = None,
        *,
        time_unit: TimeUnit = "days",
    ) -> FittedModifiedBetaGeo:
        """The maximum-likelihood fit; arguments and errors as in `BetaGeo.fit`."""
        patterns = collapse_histories(read_histories(frequency, recency, T, allow_new=False), weights)
        return FittedModifiedBetaGeo(**_fit_fields(patterns, FittedModifiedBetaGeo), time_unit=time_unit)

    @staticmethod
    def simulate(
        params: BetaGeoParameters,
        *,
        customers: int,
        T: Column,
        rng: np.random.Generator,
        horizon: float = 0.0,
    ) -> SimulatedPurchases:
        """Histories of customers who behave by the assumptions; arguments as in `BetaGeo.simulate`."""
        return simulate_beta_geometric(params, customers, T, rng=rng, horizon=horizon, late_dropout=False)


def _fit_fields(patterns: Patterns, fitted: type[FittedBetaGeo]) -> dict[str, Any]:
    late_dropout = fitted._late_dropout  # noqa: SLF001  its own module
    estimate = estimate_lifetime(
        _likelihood_with(late_dropout=late_dropout), patterns, start=_START, model=fitted.model, names=_NAMES
    )
    return _fields_of(estimate, patterns)


def _fields_of(estimate: Estimate, patterns: Patterns) -> dict[str, Any]:
    return {
        "params": BetaGeoParameters(*estimate.parameters.tolist()),
        "standard_errors": BetaGeoParameters(*estimate.standard_errors.tolist()),
        "covariance": estimate.covariance_rows,
        "log_likelihood": float(estimate.log_likelihood),
        "customers": int(patterns.total_customers),
        "patterns": len(patterns.customers),
        "iterations": estimate.iterations,
    }


def _likelihood_with(*, late_dropout: bool) -> Callable[[Patterns], Likelihood]:
    def likelihood_of(patterns: Patterns) -> Likelihood:
        frequencies, counts = patterns.count_frequencies()
        customers = patterns.total_customers

        def surface_at(log_parameters: FloatArray) -> Surface:
            parameters = np.exp(log_parameters)
            total, gradient, hessian = sum_beta_geometric(
                patterns.frequency, patterns.recency, patterns.T, patterns.customers, parameters, late_dropout
            )
            total += _add_frequency_terms(
                frequencies, counts, parameters, gradient, hessian, late_dropout=late_dropout
            )
            hessian = hessian + np.triu(hessian, 1).T
            return in_logarithms(total / customers, parameters, gradient / customers, hessian / customers)

        return surface_at

    return likelihood_of


def _add_frequency_terms(
    x: FloatArray,
    counts: FloatArray,
    parameters: FloatArray,
    gradient: FloatArray,
    hessian: FloatArray,
    *,
    late_dropout: bool,
) -> float:
    # Σ [lnΓ(r+x) − lnΓ(r) + r·ln α + ln B(a, b+x+shift) − ln B(a, b)] and its derivatives, upper triangle
    r, alpha, a, b = (float(p) for p in parameters)
    stays = b + x + (0.0 if late_dropout else 1.0)
    customers = counts.sum()
    together = counts @ (digamma(a + b) - digamma(a + stays))
    bend = counts @ (zeta(2.0, a + b) - zeta(2.0, a + stays))
    gradient += (
        counts @ digamma(r + x) + customers * (math.log(alpha) - digamma(r)),
        customers * r / alpha,
        together,
        together + counts @ (digamma(stays) - digamma(b)),
    )
    hessian[0, 0] += counts @ zeta(2.0, r + x) - customers * zeta(2.0, r)
    hessian[0, 1] += customers / alpha
    hessian[1, 1] -= customers * r / alpha**2
    hessian[2, 2] += bend
    hessian[2, 3] += bend
    hessian[3, 3] += bend + counts @ (zeta(2.0, stays) - zeta(2.0, b))
    growth = gammaln(r + x) - gammaln(r) + r * math.log(alpha)
    dropout = gammaln(a + b) + gammaln(stays) - gammaln(b) - gammaln(a + stays)
    return float(counts @ (growth + dropout))
