"""The inner loops of the likelihoods: one pass over the patterns gives the sum, its gradient and its Hessian.

Only the terms that depend on recency or T are here; what depends on the frequency alone is summed over the few distinct
frequencies by the models.
"""

from __future__ import annotations

import math

import numpy as np

from keceng.measure.clv.compilation import compile_sums
from keceng.measure.clv.histories import FloatArray

Sums = tuple[float, FloatArray, FloatArray]

_NEGLIGIBLE = 45.0  # e⁻⁴⁵ is below rounding


@compile_sums
def sum_beta_geometric(
    x: FloatArray,
    t: FloatArray,
    age: FloatArray,
    customers: FloatArray,
    parameters: FloatArray,
    late_dropout: bool,
) -> Sums:
    """Σ w·ln[(α+T)^−(r+x) + δ·a/c·(α+t_x)^−(r+x)] in (r, α, a, b).

    c = b + x − 1 and δ = [x > 0] when customers drop out after repeat purchases only (BG/NBD, `late_dropout`);
    c = b + x and δ = 1 when the first purchase may be the last (MBG/NBD).
    """
    r, alpha, a, b = parameters
    total, g, h = 0.0, np.zeros(4), np.zeros((4, 4))
    before = 1.0 if late_dropout else 0.0
    per_a = 1.0 / a
    # patterns are sorted: what depends on x or t alone is kept until it changes
    last_x, last_t, per_c, log_ratio, log_t, per_t = -1.0, -1.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(x)):
        w, n = customers[i], r + x[i]
        log_age, per_age = math.log(alpha + age[i]), 1.0 / (alpha + age[i])
        if late_dropout and x[i] == 0.0:
            total -= w * n * log_age
            g[0] -= w * log_age
            g[1] -= w * n * per_age
            h[0, 1] -= w * per_age
            h[1, 1] += w * n * per_age * per_age
            continue
        if x[i] != last_x:
            last_x, per_c = x[i], 1.0 / (b + (x[i] - before))
            log_ratio = math.log(a * per_c)
        if t[i] != last_t:
            last_t, log_t, per_t = t[i], math.log(alpha + t[i]), 1.0 / (alpha + t[i])
        odds = log_ratio + n * (log_age - log_t)
        decay = math.exp(-abs(odds))
        gone = (1.0 if odds > 0.0 else decay) / (1.0 + decay)
        here = 1.0 - gone
        total += w * (max(odds, 0.0) + math.log1p(decay) - n * log_age)
        mean_per = here * per_age + gone * per_t
        g[0] -= w * (here * log_age + gone * log_t)
        g[1] -= w * n * mean_per
        g[2] += w * gone * per_a
        g[3] -= w * gone * per_c
        spread, d0, d1 = w * gone * here, log_age - log_t, n * (per_age - per_t)
        h[0, 0] += spread * d0 * d0
        h[0, 1] += spread * d0 * d1 - w * mean_per
        h[0, 2] += spread * d0 * per_a
        h[0, 3] -= spread * d0 * per_c
        h[1, 1] += spread * d1 * d1 + w * n * (here * per_age * per_age + gone * per_t * per_t)
        h[1, 2] += spread * d1 * per_a
        h[1, 3] -= spread * d1 * per_c
        h[2, 2] -= w * gone * gone * per_a * per_a
        h[2, 3] -= spread * per_a * per_c
        h[3, 3] += (spread + w * gone) * per_c * per_c
    return total, g, h


@compile_sums
def sum_gamma_gamma(
    x: FloatArray, repeat_spend: FloatArray, customers: FloatArray, parameters: FloatArray
) -> Sums:
    """−Σ w·(p·x + q)·ln(v + x·m̄) in (p, q, v)."""
    p, q, v = parameters
    total, g, h = 0.0, np.zeros(3), np.zeros((3, 3))
    for i in range(len(x)):
        w, n, spend = customers[i], p * x[i] + q, v + repeat_spend[i]
        log_spend, per_spend = math.log(spend), 1.0 / spend
        total -= w * n * log_spend
        g[0] -= w * x[i] * log_spend
        g[1] -= w * log_spend
        g[2] -= w * n * per_spend
        h[0, 2] -= w * x[i] * per_spend
        h[1, 2] -= w * per_spend
        h[2, 2] += w * n * per_spend * per_spend
    return total, g, h


@compile_sums
def _accumulate(
    f: float,
    slopes: tuple[float, float, float, float],
    per: tuple[float, float],
    bend: float,
    m: FloatArray,
    q: FloatArray,
) -> None:
    # adds f·(α+y)^… and its first and second derivatives in (r, α, s, β), given those of its logarithm
    d0, d1, d2, d3 = slopes
    per_a, per_b = per
    m[0] += f * d0
    m[1] += f * d1
    m[2] += f * d2
    m[3] += f * d3
    q[0, 0] += f * d0 * d0
    q[0, 1] += f * (d0 * d1 - per_a)
    q[0, 2] += f * d0 * d2
    q[0, 3] += f * d0 * d3
    q[1, 1] += f * d1 * (d1 - per_a)
    q[1, 2] += f * d1 * d2
    q[1, 3] += f * d1 * d3
    q[2, 2] += f * (d2 * d2 - bend)
    q[2, 3] += f * (d2 * d3 - per_b)
    q[3, 3] += f * d3 * (d3 - per_b)


@compile_sums
def sum_pareto(
    x: FloatArray,
    t: FloatArray,
    age: FloatArray,
    customers: FloatArray,
    parameters: FloatArray,
    rules: FloatArray,
) -> Sums:
    """Σ w·ln[(α+T)^−(r+x) (β+T)^−s + s·∫_{t_x}^{T} (α+y)^−(r+x) (β+y)^−(s+1) dy] in (r, α, s, β).

    The integral is the published difference of two hypergeometric functions. It is taken by Gauss–Legendre in
    ln(min(α, β) + y), where the integrand is analytic, and its derivatives under the integral sign. `rules` holds nodes
    and weights on (0, 1): rows 0–1 of 16 points, rows 2–3 of 32.
    """
    r, alpha, s, beta = parameters
    low, high = min(alpha, beta), max(alpha, beta)
    total, g, h = 0.0, np.zeros(4), np.zeros((4, 4))
    m, q = np.zeros(4), np.zeros((4, 4))
    for i in range(len(x)):
        w, n = customers[i], r + x[i]
        log_a0, log_b0 = math.log(alpha + t[i]), math.log(beta + t[i])
        log_a, log_b = math.log(alpha + age[i]), math.log(beta + age[i])
        per_a, per_b = 1.0 / (alpha + age[i]), 1.0 / (beta + age[i])
        mass = math.exp(n * (log_a0 - log_a) + s * (log_b0 - log_b))
        m[:], q[:] = 0.0, 0.0
        _accumulate(mass, (-log_a, -n * per_a, -log_b, -s * per_b), (per_a, per_b), 0.0, m, q)
        end = min(age[i], (alpha + t[i]) * math.exp(_NEGLIGIBLE / n) - alpha)
        start = math.log(low + t[i])
        width = math.log(low + end) - start
        fine = width > 2.5 or n * (math.log(alpha + end) - log_a0) > 15.0
        row, points = (2, 32) if fine else (0, 16)
        panels = 1 + int(width / 8.0) if end > t[i] else 0
        for k in range(panels * points):
            log_low = start + (k // points + rules[row, k % points]) * width / panels
            reach = math.exp(log_low)
            log_high, per_high = math.log(high - low + reach), 1.0 / (high - low + reach)
            per_low = 1.0 / reach
            log_a, per_a = (log_low, per_low) if low == alpha else (log_high, per_high)
            log_b, per_b = (log_high, per_high) if low == alpha else (log_low, per_low)
            weight = rules[row + 1, k % points] * width / panels * s * reach * per_b
            f = weight * math.exp(n * (log_a0 - log_a) + s * (log_b0 - log_b))
            slopes = (-log_a, -n * per_a, 1.0 / s - log_b, -(s + 1.0) * per_b)
            _accumulate(f, slopes, (per_a, per_b), 1.0 / (s * s), m, q)
            mass += f
        total += w * (math.log(mass) - n * log_a0 - s * log_b0)
        for j in range(4):
            g[j] += w * m[j] / mass
            for k in range(j, 4):
                h[j, k] += w * (q[j, k] / mass - m[j] * m[k] / (mass * mass))
    return total, g, h
