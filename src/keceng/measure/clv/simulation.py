"""Customers who behave exactly as the models assume: the judge of every fit and forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keceng.measure.clv.histories import Column, FloatArray


@dataclass(frozen=True, slots=True)
class SimulatedPurchases:
    """Histories as they are observed, and the truth that is not.

    Attributes:
        frequency: repeat purchases up to T.
        recency: age at the last of them, 0 if there is none.
        T: age at the end of the observation.
        is_alive: whether the customer is still active at T.
        future_purchases: purchases in (T, T + horizon].
    """

    frequency: FloatArray
    recency: FloatArray
    T: FloatArray
    is_alive: npt.NDArray[np.bool_]
    future_purchases: FloatArray


def simulate_beta_geometric(
    params: tuple[float, float, float, float],
    customers: int,
    T: Column,
    *,
    rng: np.random.Generator,
    horizon: float,
    late_dropout: bool,
) -> SimulatedPurchases:
    """BG/NBD (`late_dropout`) or MBG/NBD customers; all of them buy their next purchase together, round by round."""
    r, alpha, a, b = params
    age = np.broadcast_to(np.asarray(T, dtype=np.float64), customers).copy()
    rate, leaves = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    x, t, future, clock = (np.zeros(customers) for _ in range(4))
    alive_at_end = np.ones(customers, dtype=np.bool_)
    if not late_dropout:
        alive_at_end = rng.random(customers) >= leaves
    # a rate can underflow to zero: such a customer never buys again
    buying = np.flatnonzero(alive_at_end & (rate > 0))
    while len(buying):
        clock[buying] += rng.exponential(1.0, len(buying)) / rate[buying]
        buying = buying[clock[buying] <= age[buying] + horizon]
        is_seen = clock[buying] <= age[buying]
        seen = buying[is_seen]
        x[seen] += 1
        t[seen] = clock[seen]
        future[buying[~is_seen]] += 1
        leaving = rng.random(len(buying)) < leaves[buying]
        alive_at_end[buying[leaving & is_seen]] = False
        buying = buying[~leaving]
    return SimulatedPurchases(x, t, age, alive_at_end, future)


def simulate_pareto(
    params: tuple[float, float, float, float],
    customers: int,
    T: Column,
    *,
    rng: np.random.Generator,
    horizon: float,
) -> SimulatedPurchases:
    """Pareto/NBD customers: given the lifetime, purchases are Poisson and their times uniform."""
    r, alpha, s, beta = params
    age = np.broadcast_to(np.asarray(T, dtype=np.float64), customers).copy()
    rate, mortality = rng.gamma(r, 1 / alpha, customers), rng.gamma(s, 1 / beta, customers)
    lifetime = rng.exponential(1.0, customers) / np.maximum(mortality, 1e-300)
    observed = np.minimum(lifetime, age)
    x = rng.poisson(rate * observed).astype(np.float64)
    t = np.where(x > 0, observed * rng.random(customers) ** (1 / np.maximum(x, 1)), 0.0)
    ahead = np.clip(lifetime - age, 0.0, horizon)
    return SimulatedPurchases(x, t, age, lifetime > age, rng.poisson(rate * ahead).astype(np.float64))


def simulate_mean_amounts(
    params: tuple[float, float, float], frequency: Column, *, rng: np.random.Generator
) -> FloatArray:
    """Mean amounts of `frequency` purchases of Gamma-Gamma customers; 0 where there are none."""
    p, q, v = params
    x = np.asarray(frequency, dtype=np.float64)
    rate = rng.gamma(q, 1 / v, len(x))
    drawn = rng.gamma(p * np.maximum(x, 1), 1 / (rate * np.maximum(x, 1)))
    return np.where(x > 0, drawn, 0.0)
