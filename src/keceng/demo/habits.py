"""How an organisation buys: its rhythm, its season, the size of its orders, its contract price and its tastes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from keceng.demo.baskets import Tastes
from keceng.demo.customers import Customer, Role
from keceng.demo.history import AS_OF, FIRST_DAY, day_before_end, draw_day
from keceng.demo.products import CATEGORIES

_RHYTHM_EVENNESS = 4
_LEAVER_SHARE = 0.20

# One factor a month from January: dealers stock up before the Spring Festival and in November, public budgets close in
# the fourth quarter, February is quiet for all.
_SEASONS = {
    Role.DEALER: (1.35, 0.60, 0.95, 0.95, 1.0, 1.0, 0.90, 0.90, 1.05, 1.0, 1.30, 1.0),
    Role.ENTERPRISE: (0.95, 0.70, 1.10, 1.05, 1.0, 1.05, 0.95, 0.95, 1.05, 1.0, 1.05, 1.15),
    Role.GOVERNMENT: (0.60, 0.50, 0.80, 0.90, 1.0, 1.0, 0.90, 0.90, 1.10, 1.30, 1.50, 1.50),
}
# median gap in days, its spread, its limits; median order in yuan, its spread
_SCALES = {
    Role.DEALER: (30, 0.45, 12, 90, 9000, 0.7),
    Role.ENTERPRISE: (48, 0.60, 14, 200, 4000, 0.8),
    Role.GOVERNMENT: (110, 0.40, 40, 300, 15000, 0.6),
}
_PRICE_RATES = {
    Role.DEALER: (0.72, 0.78),
    Role.ENTERPRISE: (0.84, 0.92),
    Role.GOVERNMENT: (0.86, 0.94),
}


@dataclass(frozen=True, slots=True)
class Habit:
    """One organisation's way of buying.

    Attributes:
        gap_days: mean days between two orders.
        order_yuan: typical amount of an order.
        ends_on: last day it still buys; the end of the books for those who stay.
        season: factor on the frequency, by month from January.
        price_rate: contract price as a share of list price.
        tastes: category weights.
        late_tastes: category weights of the last 90 days, where they moved.
        last_year_factor: factor on the amounts of the last 365 days.
        net_to_cost: net amount as a share of cost, where discounts pin it.
        has_returns: whether goods may come back at random.
    """

    gap_days: float
    order_yuan: float
    ends_on: date
    season: tuple[float, ...]
    price_rate: float
    tastes: Tastes
    late_tastes: Tastes | None = None
    last_year_factor: float = 1.0
    net_to_cost: float | None = None
    has_returns: bool = True

    def tastes_on(self, day: date) -> Tastes:
        """Category weights on that day."""
        return self.late_tastes if self.late_tastes and day > day_before_end(90) else self.tastes

    def factor_on(self, day: date) -> float:
        """Factor on the amounts of that day."""
        return self.last_year_factor if day > day_before_end(365) else 1.0


def draw_tastes(rng: Random) -> Tastes:
    """Two favourite categories, four at the edge."""
    liked = rng.sample(CATEGORIES, 6)
    return dict(zip(liked, (9, 5, 1, 1, 1, 1), strict=True))


def draw_habit(rng: Random, customer: Customer) -> Habit:
    """An ordinary habit of the customer's role."""
    gap, gap_spread, shortest, longest, order_yuan, order_spread = _SCALES[customer.role]
    leaves = rng.random() < _LEAVER_SHARE
    size = rng.lognormvariate(0, order_spread)
    if leaves or customer.joined_on > FIRST_DAY + timedelta(days=60):
        # a giant that comes or goes would outweigh the planted growth of a province
        size = min(size, 1.0)
    return Habit(
        gap_days=min(longest, max(shortest, gap * rng.lognormvariate(0, gap_spread))),
        order_yuan=order_yuan * size,
        ends_on=draw_day(rng, customer.joined_on, AS_OF) if leaves else AS_OF,
        season=_SEASONS[customer.role],
        price_rate=rng.uniform(*_PRICE_RATES[customer.role]),
        tastes=draw_tastes(rng),
    )


def walk_order_days(rng: Random, habit: Habit, starts_on: date) -> Iterator[date]:
    """The days on which the organisation orders: gaps Gamma-distributed around `gap_days`, shorter in season."""
    day = starts_on
    while day <= habit.ends_on:
        yield day
        gap = habit.gap_days * rng.gammavariate(_RHYTHM_EVENNESS, 1 / _RHYTHM_EVENNESS)
        day += timedelta(days=max(1, round(gap / habit.season[day.month - 1])))
