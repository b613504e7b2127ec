"""How members buy: BG/NBD for when, Gamma-Gamma for how much.

When (Fader, Hardie & Lee 2005, "Counting your customers the easy way"):
1. while active, a customer buys as a Poisson process of rate λ; 2. λ differs by Gamma(shape r, rate alpha);
3. after every repeat purchase the customer leaves for good with probability p; 4. p differs by Beta(a, b); 5. λ and p are
independent. The first purchase opens the account and is not a repeat.

How much (Fader, Hardie & Lee 2005, "RFM and CLV"): an order's amount is Gamma(shape p, rate ν), ν differs by Gamma(shape q,
rate v), and neither depends on how often a customer buys.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class LifetimeParameters:
    """BG/NBD, named as in the paper; time in days."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class SpendParameters:
    """Gamma-Gamma, named as in the paper (v is its γ); money in yuan."""

    p: float
    q: float
    v: float

    @property
    def mean_order_yuan(self) -> float:
        """The expected amount of an order over all customers: p·v ÷ (q − 1)."""
        return self.p * self.v / (self.q - 1)


LIFETIME = LifetimeParameters(r=0.60, alpha=45.0, a=0.60, b=3.0)
SPEND = SpendParameters(p=6.0, q=4.0, v=130.0)


def draw_repeat_days(rng: Random, parameters: LifetimeParameters, age_days: float) -> list[float]:
    """Days after the first purchase on which one random customer of age `age_days` buys again, ascending."""
    rate = rng.gammavariate(parameters.r, 1 / parameters.alpha)
    leaves = rng.betavariate(parameters.a, parameters.b)
    elapsed, repeats = 0.0, list[float]()
    while rate > 0:
        elapsed += rng.expovariate(rate)
        if elapsed > age_days:
            break
        repeats.append(elapsed)
        if rng.random() < leaves:
            break
    return repeats


def draw_order_cents(rng: Random, parameters: SpendParameters, orders: int) -> list[int]:
    """The amounts of `orders` orders of one random customer, in cents, at least one yuan each."""
    rate = rng.gammavariate(parameters.q, 1 / parameters.v)
    return [max(100, round(100 * rng.gammavariate(parameters.p, 1 / rate))) for _ in range(orders)]
