"""Pareto/NBD: buying at a rate of one's own, leaving at any moment at a rate of one's own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from scipy.special import digamma, gammaln, zeta

from keceng.measure.clv.fitting import estimate_lifetime
from keceng.measure.clv.histories import Column, FloatArray, SoundHistories, TimeUnit, read_histories
from keceng.measure.clv.kernels import sum_pareto
from keceng.measure.clv.lifetime import FittedLifetime
from keceng.measure.clv.newton import Likelihood, Surface, in_logarithms
from keceng.measure.clv.patterns import Patterns, collapse_histories
from keceng.measure.clv.purchases_ahead import odds_gone_pareto
from keceng.measure.clv.simulation import SimulatedPurchases, simulate_pareto

_NAMES = ("r", "alpha", "s", "beta")
_START = (-0.7, -0.7, -0.7, -0.7)


def _gauss_legendre(points: int) -> FloatArray:
    nodes, weights = np.polynomial.legendre.leggauss(points)
    return np.vstack([(nodes + 1.0) / 2.0, weights / 2.0])


_FINE_RULE = _gauss_legendre(32)
_RULES = np.vstack([np.pad(_gauss_legendre(16), ((0, 0), (0, 16))), _FINE_RULE])


class ParetoParameters(NamedTuple):
    """λ ~ Gamma(shape r, rate alpha); μ ~ Gamma(shape s, rate beta)."""

    r: float
    alpha: float
    s: float
    beta: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedParetoNBD(FittedLifetime[ParetoParameters]):
    """A fitted Pareto/NBD model; see `ParetoNBD`."""

    model: ClassVar[str] = "pareto-nbd"

    def odds_gone(self, histories: SoundHistories) -> FloatArray:
        """s·∫_{t_x}^{T} ((α+T)/(α+y))^(r+x)·((β+T)/(β+y))^s dy/(β+y): P(alive) is 1/(1 + this), eqs 36–37 of the note."""
        return odds_gone_pareto(
            histories.frequency, histories.recency, histories.T, np.array(self.params), _FINE_RULE
        )

    def purchases_if_alive(self, frequency: FloatArray, T: FloatArray, horizons: FloatArray) -> FloatArray:
        """(r+x)(β+T)/((α+T)(s−1))·[1 − ((β+T)/(β+T+t))^(s−1)], eq. 41 of the note, with its limit at s = 1."""
        r, alpha, s, beta = self.params
        grown = np.log1p(horizons[None, :] / (beta + T)[:, None])
        years = grown if s == 1.0 else -np.expm1(-(s - 1.0) * grown) / (s - 1.0)
        expected: FloatArray = ((r + frequency) * (beta + T) / (alpha + T))[:, None] * years
        return expected

    def chance_if_alive(self, frequency: FloatArray, T: FloatArray, horizon: float) -> FloatArray:
        """By Gauss–Legendre over the moment of leaving."""
        r, alpha, s, beta = self.params
        n, a, b = r + frequency, alpha + T, beta + T
        staying = np.exp(-n * np.log1p(horizon / a) - s * np.log1p(horizon / b))
        leaving = np.zeros(len(T))
        for elapsed, step in _leave_within(horizon, np.minimum(a, b)):
            remains = np.exp(-s * np.log1p(elapsed / b))
            leaving += step * s / (b + elapsed) * remains * np.exp(-n * np.log1p(elapsed / a))
        # never quite zero, so that what is divided by it stays finite
        some: FloatArray = np.maximum(1.0 - staying - leaving, np.finfo(np.float64).tiny)
        return some

    def squares_if_alive(self, frequency: FloatArray, T: FloatArray, horizon: float) -> FloatArray:
        """By Gauss–Legendre over the moment of leaving; E[λ²] = (r+x)(r+x+1)/(α+T)²."""
        r, alpha, s, beta = self.params
        n, a, b = r + frequency, alpha + T, beta + T
        exposure = np.zeros(len(T))
        for elapsed, step in _leave_within(horizon, np.minimum(a, b)):
            exposure += step * 2 * elapsed * np.exp(-s * np.log1p(elapsed / b))
        mean: FloatArray = self.purchases_if_alive(frequency, T, np.array([horizon]))[:, 0]
        return mean + n * (n + 1) / a**2 * exposure


def _leave_within(horizon: float, low: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    # panels in ln(1 + y/min(α+T, β+T)), where both factors are smooth
    width = np.log1p(horizon / low)
    for panel in range(4):
        for node, weight in _FINE_RULE.T:
            elapsed = low * np.expm1(width * (panel + node) / 4)
            yield elapsed, weight * width / 4 * (low + elapsed)


class ParetoNBD:
    """Pareto/NBD.

    Assumptions:
        1. While active, a customer buys as a Poisson process with rate λ.
        2. λ differs between customers by a Gamma distribution with shape r and rate alpha.
        3. A customer is active for an exponential time with rate μ, then leaves for good.
        4. μ differs between customers by a Gamma distribution with shape s and rate beta.
        5. λ and μ are independent.

    Source: Schmittlein, Morrison & Colombo (1987), Counting Your Customers, Management Science 33(1), as in
    Fader & Hardie (2005), A Note on Deriving the Pareto/NBD Model and Related Expressions: likelihood eqs 18–20, P(alive)
    eqs 36–37, expected purchases eq. 41. The hypergeometric functions there are integrals, which are taken directly here.
    """

    @staticmethod
    def fit(
        frequency: Column,
        recency: Column,
        T: Column,
        weights: Column | None = None,
        *,
        time_unit: TimeUnit = "days",
    ) -> FittedParetoNBD:
        """The maximum-likelihood fit; arguments and errors as in `BetaGeo.fit`."""
        patterns = collapse_histories(read_histories(frequency, recency, T, allow_new=False), weights)
        estimate = estimate_lifetime(
            _likelihood_of, patterns, start=_START, model=FittedParetoNBD.model, names=_NAMES
        )
        return FittedParetoNBD(
            params=ParetoParameters(*estimate.parameters.tolist()),
            standard_errors=ParetoParameters(*estimate.standard_errors.tolist()),
            covariance=estimate.covariance_rows,
            log_likelihood=float(estimate.log_likelihood),
            customers=int(patterns.total_customers),
            patterns=len(patterns.customers),
            iterations=estimate.iterations,
            time_unit=time_unit,
        )

    @staticmethod
    def simulate(
        params: ParetoParameters, *, customers: int, T: Column, rng: np.random.Generator, horizon: float = 0.0
    ) -> SimulatedPurchases:
        """Histories of customers who behave by the five assumptions, observed for T (one, or one each), and what they do next."""
        return simulate_pareto(params, customers, T, rng=rng, horizon=horizon)


def _likelihood_of(patterns: Patterns) -> Likelihood:
    frequencies, counts = patterns.count_frequencies()
    customers = patterns.total_customers

    def surface_at(log_parameters: FloatArray) -> Surface:
        parameters = np.exp(log_parameters)
        total, gradient, hessian = sum_pareto(
            patterns.frequency, patterns.recency, patterns.T, patterns.customers, parameters, _RULES
        )
        total += _add_frequency_terms(frequencies, counts, parameters, gradient, hessian)
        hessian = hessian + np.triu(hessian, 1).T
        return in_logarithms(total / customers, parameters, gradient / customers, hessian / customers)

    return surface_at


def _add_frequency_terms(
    x: FloatArray, counts: FloatArray, parameters: FloatArray, gradient: FloatArray, hessian: FloatArray
) -> float:
    # Σ [lnΓ(r+x) − lnΓ(r) + r·ln α + s·ln β] and its derivatives, upper triangle
    r, alpha, s, beta = (float(p) for p in parameters)
    customers = float(counts.sum())
    gradient += (
        counts @ digamma(r + x) + customers * (math.log(alpha) - digamma(r)),
        customers * r / alpha,
        customers * math.log(beta),
        customers * s / beta,
    )
    hessian[0, 0] += counts @ zeta(2.0, r + x) - customers * zeta(2.0, r)
    hessian[0, 1] += customers / alpha
    hessian[1, 1] -= customers * r / alpha**2
    hessian[2, 3] += customers / beta
    hessian[3, 3] -= customers * s / beta**2
    return float(counts @ gammaln(r + x)) + customers * (
        r * math.log(alpha) + s * math.log(beta) - float(gammaln(r))
    )
