"""Lifetime models beside a bare group-by of the orders they summarise: CPU seconds, alternated in one process.

    python bench/clv_share.py --orders 10000000 --customers 1000000

Fit (BG/NBD and Gamma-Gamma) and score everybody, against max, min, count and sum per customer in the embedded engine.
The target is a quarter.
"""

from __future__ import annotations

import argparse
import statistics

import duckdb
import numpy as np
import pyarrow as pa
from clv import HORIZON_DAYS, YEARLY_RATE, Book, cpu_seconds, simulate_book

from keceng.models import BetaGeo, GammaGamma, PurchaseHistories, Terms

TARGET = 0.25
_GROUP_BY = "select customer, max(day), min(day), count(*), sum(cents) from orders group by customer"


def simulate_orders(orders: int, customers: int) -> pa.Table:
    """Orders in date order, as a ledger would hold them."""
    rng = np.random.default_rng(3)
    return pa.table(
        {
            "customer": rng.integers(0, customers, orders),
            "day": np.sort(rng.integers(0, 1096, orders).astype(np.int32)),
            "cents": rng.integers(100, 100_000, orders),
        }
    )


def fit_and_score(book: Book) -> object:
    """Everything `keceng clv` computes for a book."""
    purchases, spend = BetaGeo.fit(book.x, book.t, book.T), GammaGamma.fit(book.x, book.amounts)
    customers = PurchaseHistories(book.x, book.t, book.T, book.amounts)
    outlook = purchases.foresee(customers, Terms(HORIZON_DAYS, YEARLY_RATE, 1.0))
    return outlook.discounted_purchases * spend.expected_amounts(customers)


def main() -> None:
    """Prints medians of five alternated runs and their ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=10_000_000)
    parser.add_argument("--customers", type=int, default=1_000_000)
    options = parser.parse_args()
    book = simulate_book(options.customers)
    engine = duckdb.connect()
    engine.register("incoming", simulate_orders(options.orders, options.customers))
    engine.execute("create table orders as select * from incoming")
    fit_and_score(book)
    ours, theirs = [], []
    for _ in range(5):
        ours.append(cpu_seconds(lambda: fit_and_score(book)))
        theirs.append(cpu_seconds(lambda: engine.sql(_GROUP_BY).to_arrow_table()))
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f"fit + score {mine:.3f} s, group-by {other:.3f} s: {mine / other:.2f} × (target ≤ {TARGET})")


if __name__ == "__main__":
    main()
