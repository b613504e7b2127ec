"""Ours and lifetimes 0.11.3, alternated in one process: CPU seconds of fits and scores on CDNOW and simulated customers.

    python bench/clv.py --customers 10000 100000 --out bench/results/clv.json

Every figure is the median of alternated runs; a peer's run slower than `--slow` CPU seconds is repeated fewer times, and
each row says how often it ran. Ours includes reading, checking and collapsing the columns. Compilation is warmed up first.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter

from keceng.models import (
    BetaGeo,
    BetaGeoParameters,
    FittedBetaGeo,
    FittedGammaGamma,
    GammaGamma,
    GammaGammaParameters,
    ParetoNBD,
    PurchaseHistories,
    Terms,
)

ROOT = Path(__file__).resolve().parents[1]
REAL_DATA = Path(os.environ.get("KECENG_REAL_DATA") or ROOT.parent / "shared" / "data")
LIFE = BetaGeoParameters(r=0.25, alpha=33.0, a=0.8, b=2.5)
SPEND = GammaGammaParameters(p=6.25, q=3.74, v=15.45)
HORIZON_DAYS = 365.0
YEARLY_RATE = 0.1
TARGETS = {
    ("BG/NBD fit", 1_000_000): 100,
    ("BG/NBD fit", 100_000): 80,
    ("Gamma-Gamma fit", 1_000_000): 20,
    ("Pareto/NBD fit", 100_000): 150,
    ("score", 1_000_000): 200,
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row of the table: medians in CPU seconds, their ratio, and how often each side ran."""

    task: str
    customers: int
    ours: float
    peer: float
    ratio: float
    ours_runs: int
    peer_runs: int
    target: int | None


@dataclass(frozen=True, slots=True)
class Book:
    """Customers of a benchmark: integer days, or weeks for CDNOW."""

    name: str
    x: np.ndarray
    t: np.ndarray
    T: np.ndarray
    amounts: np.ndarray

    @property
    def size(self) -> int:
        """How many customers."""
        return len(self.x)


def simulate_book(customers: int) -> Book:
    """Customers who joined over the past year, seen daily, at the parameters above."""
    rng = np.random.default_rng(20_240_101)
    ages = rng.integers(1, 366, customers).astype(float)
    drawn = BetaGeo.simulate(LIFE, customers=customers, T=ages, rng=rng)
    days = np.where(drawn.frequency > 0, np.maximum(np.floor(drawn.recency), 1), 0)
    # purchases of one day count once
    x = np.minimum(drawn.frequency, days)
    amounts = GammaGamma.simulate(SPEND, frequency=x, rng=rng)
    return Book(f"{customers:,}", x.astype(np.int64), days.astype(np.int64), ages.astype(np.int64), amounts)


def read_cdnow() -> Book:
    """The published summary, in weeks."""
    path = REAL_DATA / "cdnow" / "cdnow_customers_summary_with_transactions.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    x, t, age, amounts = (np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar"))
    return Book("CDNOW", x, t, age, amounts)


def cpu_seconds(task: Callable[[], object]) -> float:
    """Process CPU of one run, or of as many as make 20 ms, divided."""
    runs, start = 0, time.process_time()
    while True:
        task()
        runs += 1
        spent = time.process_time() - start
        if spent > 0.02:
            return spent / runs


def compare(
    task: str, book: Book, ours: Callable[[], object], peer: Callable[[], object], *, slow: float
) -> Comparison:
    """Alternates both: five runs each, two for a peer beyond `slow` CPU seconds, one beyond ten times that."""
    cpu_seconds(ours)
    own, theirs = [cpu_seconds(ours)], [cpu_seconds(peer)]
    peer_runs = 1 if theirs[0] > 10 * slow else 2 if theirs[0] > slow else 5
    for run in range(1, 5):
        own.append(cpu_seconds(ours))
        if run < peer_runs:
            theirs.append(cpu_seconds(peer))
    mine, other = statistics.median(own), statistics.median(theirs)
    target = TARGETS.get((task, book.size))
    row = Comparison(task, book.size, mine, other, other / mine, len(own), len(theirs), target)
    print_row(row)
    return row


def print_row(row: Comparison) -> None:
    """One line of the table, at once: the slow rows take minutes."""
    target = f"≥ {row.target}" if row.target else ""
    print(
        f"{row.task:16} {row.customers:>9,} {row.ours * 1e3:>10.2f} {row.peer * 1e3:>12.1f} {row.ratio:>8.0f}× {target:>7}"
        f"   ({row.ours_runs}/{row.peer_runs} runs)",
        flush=True,
    )


def bench_book(book: Book, *, slow: float, largest_pareto: int) -> list[Comparison]:
    """All tasks on one book."""
    repeaters = book.x > 0
    x1, amounts1 = book.x[repeaters], book.amounts[repeaters]
    rows = [
        compare(
            "BG/NBD fit",
            book,
            lambda: BetaGeo.fit(book.x, book.t, book.T),
            lambda: BetaGeoFitter().fit(book.x, book.t, book.T),
            slow=slow,
        ),
        compare(
            "Gamma-Gamma fit",
            book,
            lambda: GammaGamma.fit(x1, amounts1),
            lambda: GammaGammaFitter().fit(x1, amounts1),
            slow=slow,
        ),
        compare_scores(book, slow=slow),
    ]
    if book.size <= largest_pareto:
        rows.append(
            compare(
                "Pareto/NBD fit",
                book,
                lambda: ParetoNBD.fit(book.x, book.t, book.T),
                lambda: ParetoNBDFitter().fit(book.x, book.t, book.T),
                slow=slow,
            )
        )
    return rows


def compare_scores(book: Book, *, slow: float) -> Comparison:
    """E[365 days], P(alive) and the 12-month CLV of everybody, at the same parameters."""
    ours, spend = fitted_at_truth()
    peer, peer_spend = BetaGeoFitter(), GammaGammaFitter()
    peer.params_, peer_spend.params_ = pd.Series(LIFE._asdict()), pd.Series(SPEND._asdict())
    peer.predict = peer.conditional_expected_number_of_purchases_up_to_time
    x, t, age, amounts = (
        pd.Series(column.astype(float)) for column in (book.x, book.t, book.T, book.amounts)
    )
    customers = PurchaseHistories(book.x, book.t, book.T, book.amounts)
    terms = Terms(HORIZON_DAYS, YEARLY_RATE, 1.0)

    def score() -> object:
        outlook = ours.foresee(customers, terms)
        return outlook, outlook.discounted_purchases * spend.expected_amounts(customers)

    def score_peer() -> object:
        expected = peer.conditional_expected_number_of_purchases_up_to_time(HORIZON_DAYS, x, t, age)
        alive = peer.conditional_probability_alive(x, t, age)
        monthly = (1 + YEARLY_RATE) ** (1 / 12) - 1
        worth = peer_spend.customer_lifetime_value(
            peer, x, t, age, amounts, time=12, discount_rate=monthly, freq="D"
        )
        return expected, alive, worth

    return compare("score", book, score, score_peer, slow=slow)


def fitted_at_truth() -> tuple[FittedBetaGeo, FittedGammaGamma]:
    """Models at the simulation's parameters: scoring does not depend on how they were found."""
    facts = {"covariance": (), "log_likelihood": 0.0, "customers": 0, "patterns": 0, "iterations": 0}
    return (
        FittedBetaGeo(params=LIFE, standard_errors=LIFE, **facts),
        FittedGammaGamma(params=SPEND, standard_errors=SPEND, **facts),
    )


def main() -> None:
    """Runs, prints the table, writes JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument(
        "--slow", type=float, default=10.0, help="CPU seconds beyond which a peer runs twice only"
    )
    parser.add_argument(
        "--largest-pareto", type=int, default=100_000, help="lifetimes needs minutes beyond this"
    )
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # the peer's own, about its numpy
    print(f"{'task':16} {'customers':>9} {'ours ms':>10} {'lifetimes ms':>12} {'ratio':>9} {'target':>7}")
    rows = [
        row
        for book in list_books(options.customers)
        for row in bench_book(book, slow=options.slow, largest_pareto=options.largest_pareto)
    ]
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        host = {"processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
        report = {
            "unit": "CPU seconds, median",
            "peer": "lifetimes 0.11.3",
            "host": host,
            "rows": [asdict(row) for row in rows],
        }
        options.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def list_books(sizes: list[int]) -> list[Book]:
    """CDNOW where the real data are, then the simulated sizes."""
    cdnow = [read_cdnow()] if (REAL_DATA / "cdnow").exists() else []
    return cdnow + [simulate_book(size) for size in sizes]


if __name__ == "__main__":
    main()
