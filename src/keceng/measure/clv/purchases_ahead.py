"""Expected purchases of a customer who is still there, to twelve digits for any history.

With n = r + x, B = b + x (+ 1 for MBG/NBD), u = t/(α+T), z = u/(1+u) and p ~ Beta(a, B):
E = E_p[(1 − (1 + p·u)^−n)/p], the published (c − 1 …)/(a − 1)·[1 − (1−z)^n·₂F₁(n, B; a+B−1; z)] without its pole at a = 1.

After Euler's transformation ₂F₁ becomes 1 + (a−1)·S(z) with a series S whose powers cancel: no overflow at any x, and
a = 1 is an ordinary point. Where the two terms nearly cancel or the series is slow, the expectation over p is integrated
instead: its integrand is positive, so no digits are lost.
"""

from __future__ import annotations

import math

import numpy as np

from keceng.measure.clv.compilation import compile_exact
from keceng.measure.clv.histories import FloatArray

_MAX_TERMS = 512
_LARGEST_CANCELLATION = 1e3
_FARTHEST_NODE = 14.0


@compile_exact
def _fill_coefficients(coefficients: FloatArray, first: float, excess: float, c: float) -> None:
    # S(z) = Σ_{k≥1} (first)_k (1 + excess)_{k−1} / ((c)_k k!) z^k
    term = first / c
    for k in range(1, _MAX_TERMS):
        coefficients[k] = term
        term *= (first + k) * (excess + k) / ((c + k) * (k + 1.0))


@compile_exact
def _sum_series(coefficients: FloatArray, u: float, excess: float) -> float:
    # NaN says: not accurate here
    z, power, series, size = u / (1.0 + u), 1.0, 0.0, 0.0
    close = 1e-17 / (1.0 + u)
    converged = False
    for k in range(1, _MAX_TERMS):
        power *= z
        term = coefficients[k] * power
        series += term
        size += abs(term)
        if abs(term) <= close * size:
            converged = True
            break
    log_rest = -math.log1p(u)
    exponent = excess * log_rest
    # each form of (1 − z)^excess and (1 − z)^excess − 1 where it keeps its digits
    growth = math.expm1(exponent) if abs(exponent) < 1.0 else math.exp(exponent) - 1.0
    rest = 1.0 + growth if abs(exponent) < 1.0 else math.exp(exponent)
    simple = -log_rest if excess == 0.0 else -growth / excess
    expected = simple - rest * series
    lost = simple + rest * size > _LARGEST_CANCELLATION * expected
    return math.nan if lost or not converged or math.isnan(expected) else expected


@compile_exact
def _integrate(a: float, b: float, n: float, u: float) -> tuple[float, float]:
    # E_p[(1 − (1+pu)^−n)/p] and E_p[2(1−p)/p·((1 − (1+pu)^−n)/p − nu(1+pu)^−(n+1))]: logit p = mode + spread·sinh τ,
    # trapezoids in τ, halved until they agree.
    mode, spread = math.log(a / b), math.sqrt(1 / a + 1 / b + 1 / (a * a) + 1 / (b * b))
    peak = -a * math.log1p(b / a) - b * math.log1p(a / b)
    weight_sum, first, second = 0.0, 0.0, 0.0
    step, estimate = 0.5, 0.0
    for level in range(14):
        for direction in (1.0, -1.0):
            k = 0 if level == 0 and direction > 0 else 1
            while step * k < _FARTHEST_NODE:
                tau = direction * step * k
                y = mode + spread * math.sinh(tau)
                p, rest = 1.0 / (1.0 + math.exp(-y)), 1.0 / (1.0 + math.exp(y))
                log_p = -math.log1p(math.exp(-y)) if y > -700.0 else y
                log_rest = -math.log1p(math.exp(y)) if y < 700.0 else -y
                weight = math.exp(a * log_p + b * log_rest - peak) * math.cosh(tau)
                w = p * u
                log_w = math.log1p(w)
                bought = -math.expm1(-n * log_w) / p if p > 0.0 else n * u
                again = (
                    2.0 * rest * (bought - n * u * math.exp(-(n + 1.0) * log_w)) / p if n * w > 1e-8 else 0.0
                )
                if n * w <= 1e-8:
                    again = rest * n * (n + 1.0) * u * u
                weight_sum += weight
                first += weight * bought
                second += weight * again
                negligible = weight <= 1e-19 * weight_sum and weight * bought <= 1e-19 * first
                if negligible and weight * again <= 1e-19 * second:
                    break
                k += 1 if level == 0 else 2
        previous, estimate = estimate, first / weight_sum
        if level > 2 and abs(estimate - previous) <= 1e-13 * estimate:
            break
        step /= 2.0
    return first / weight_sum, second / weight_sum


@compile_exact
def expect_beta_geometric(
    x: FloatArray, age: FloatArray, horizons: FloatArray, parameters: FloatArray, shift: float
) -> FloatArray:
    """Expected purchases within each horizon (columns) of customers who are alive with history (x, T) (rows).

    Args:
        x: frequencies; runs of equal ones share their series.
        age: T, in the unit of `horizons`.
        horizons: spans after T, > 0.
        parameters: (r, α, a, b).
        shift: 0 for BG/NBD, 1 for MBG/NBD.
    """
    r, alpha, a, b = parameters
    excess = a - 1.0
    coefficients = np.zeros(_MAX_TERMS)
    expected = np.empty((len(x), len(horizons)))
    for i in range(len(x)):
        chances, n = b + shift + x[i], r + x[i]
        if i == 0 or x[i] != x[i - 1]:
            _fill_coefficients(coefficients, b + shift + excess - r, excess, chances + excess)
        for j in range(len(horizons)):
            u = horizons[j] / (alpha + age[i])
            part = _sum_series(coefficients, u, excess)
            expected[i, j] = part * (chances + excess) if part > 0.0 else _integrate(a, chances, n, u)[0]
    return expected


@compile_exact
def expect_squares_beta_geometric(
    x: FloatArray, age: FloatArray, horizon: float, parameters: FloatArray, shift: float
) -> FloatArray:
    """E[N²] of the purchases N within `horizon` of customers who are alive with history (x, T)."""
    r, alpha, a, b = parameters
    squares = np.empty(len(x))
    for i in range(len(x)):
        mean, pairs = _integrate(a, b + shift + x[i], r + x[i], horizon / (alpha + age[i]))
        squares[i] = mean + pairs
    return squares


@compile_exact
def odds_gone_beta_geometric(
    x: FloatArray, t: FloatArray, age: FloatArray, parameters: FloatArray, late_dropout: bool
) -> FloatArray:
    """Odds that the customer is gone: a/c·((α+T)/(α+t_x))^(r+x), 0 for a one-time buyer of BG/NBD; may be infinite."""
    r, alpha, a, b = parameters
    before = 1.0 if late_dropout else 0.0
    odds = np.empty(len(x))
    for i in range(len(x)):
        if late_dropout and x[i] == 0.0:
            odds[i] = 0.0
        else:
            silence = math.log1p((age[i] - t[i]) / (alpha + t[i]))
            odds[i] = a / (b + (x[i] - before)) * math.exp((r + x[i]) * silence)
    return odds


@compile_exact
def odds_gone_pareto(
    x: FloatArray, t: FloatArray, age: FloatArray, parameters: FloatArray, rule: FloatArray
) -> FloatArray:
    """Odds that the customer is gone: s·∫_{t_x}^{T} ((α+T)/(α+y))^(r+x) ((β+T)/(β+y))^s dy/(β+y); may be infinite.

    `rule`: 32 Gauss–Legendre nodes and weights on (0, 1).
    """
    r, alpha, s, beta = parameters
    low, high = min(alpha, beta), max(alpha, beta)
    odds = np.empty(len(x))
    for i in range(len(x)):
        n = r + x[i]
        span = age[i] - t[i]
        end = min(span, (alpha + t[i]) * math.expm1(45.0 / n))
        width = math.log1p(end / (low + t[i]))
        total = n * math.log1p(span / (alpha + t[i])) + s * math.log1p(span / (beta + t[i]))
        panels = 1 + int(width / 8.0) if end > 0.0 else 0
        integral = 0.0
        for panel in range(panels):
            for k in range(rule.shape[1]):
                along = (panel + rule[0, k]) * width / panels
                elapsed = (low + t[i]) * math.expm1(along)
                log_other = math.log1p(elapsed / (high + t[i]))
                grown_a = along if low == alpha else log_other
                grown_b = log_other if low == alpha else along
                jacobian = (low + t[i]) * math.exp(along) / (beta + t[i] + elapsed)
                integral += rule[1, k] * jacobian * math.exp(-n * grown_a - s * grown_b)
        odds[i] = s * math.exp(total) * integral * width / panels if panels else 0.0
    return odds
