"""Books of a simulated company: customers come over time, buy by BG/NBD and spend by Gamma-Gamma."""

from __future__ import annotations

import datetime as dt

import numpy as np

from tests.ledgers import Day

FIRST_DAY = dt.date(2024, 1, 1)


def simulate_days(customers: int, days: int, seed: int) -> list[Day]:
    """Purchase days over `days`; acquisition evenly over all but the last fifth."""
    rng = np.random.default_rng(seed)
    joined = rng.integers(0, int(days * 0.8), customers)
    rates = rng.gamma(0.8, 1 / 25, customers)
    leaves = rng.beta(0.8, 4.0, customers)
    scales = 200 / rng.gamma(4.0, 1.0, customers)
    bought: list[Day] = []
    for customer in range(customers):
        on, last = float(joined[customer]), -1
        while on < days:
            if int(on) != last:
                last = int(on)
                cents = max(1, int(100 * rng.gamma(5.0, scales[customer])))
                bought.append(Day(customer + 1, FIRST_DAY + dt.timedelta(days=last), cents))
                if on > joined[customer] and rng.random() < leaves[customer]:
                    break
            on += rng.exponential(1 / rates[customer])
    return bought
