"""What peers classify by: the retail standard's numbers, written out once for everybody who does the same in another engine.

From orders as the ledger keeps them: purchase days and returns, sums of the window, the lower median of each customer's gaps, its
state by them, value by exact share of sales with both caps, the grade, a reason code out of some thirty, and a zstd Parquet file by
customer. A test holds their grades equal to ours. What they leave out, ours does besides: sentences, moves, a hash, a publication.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from keceng.bench.book import Orders

Work = Callable[[], object]
WINDOW_DAYS, NEW_DAYS = 365, 90
LOST_SILENCE, LOST_AFTER_ONE, LOST_AFTER_MORE = 540, 365, 180
LEAST_GAP, MOST_GAP = 20 * 14, 20 * 365
"""In twentieths of a day, as every gap below."""
CUTS = ((8_000, 0.20, "high"), (9_500, 0.50, "mid"))
"""Ten-thousandths of the sales before a customer, the most of all customers, and the class."""
STATES = ("new", "lost", "returned", "active", "at_risk", "dormant")
REASONS = tuple(
    (grade, value, state)
    for grade, values in (("A", ("high",)), ("B", ("high", "mid")), ("C", ("high", "mid", "low")))
    for value in values
    for state in STATES
    if grade == "C" or state != "lost"
)
"""Each a branch of its own: a grade, a value, a state."""


@dataclass(frozen=True, slots=True)
class Helped:
    """Work that another process does a part of.

    Attributes:
        work: what is asked of this one.
        helper: the other's id; what it takes counts too.
    """

    work: Work
    helper: int

    def __call__(self) -> object:
        """Do it."""
        return self.work()


def pandas_class(made: Orders) -> Work | None:
    """In pandas, one core; None where it is not installed."""
    return _peer("pandas", made)


def polars_class(made: Orders) -> Work | None:
    """In Polars, lazy, its streaming engine; None where it is not installed."""
    return _peer("polars", made)


def pyspark_class(made: Orders) -> Work | None:
    """In Spark on two cores of this machine, warm; None where PySpark or Java is not installed."""
    if find_spec("pyspark") is None:
        return None
    spark = importlib.import_module("keceng.bench.peer_pyspark")
    if not spark.has_java():
        return None
    session = spark.open_session()

    def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            spark.write_classes(session, made, Path(folder) / "customers")

    return Helped(work, spark.java_process(session))


def _peer(package: str, made: Orders) -> Work | None:
    if find_spec(package) is None:
        return None
    write = importlib.import_module(f"keceng.bench.peer_{package}").write_classes

    def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            write(made, Path(folder) / "customers.parquet")

    return work
