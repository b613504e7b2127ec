"""The time the demo company lives in: three years of business, ending on a fixed day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

FIRST_DAY = date(2023, 7, 1)
AS_OF = date(2026, 6, 30)
"""The last day of the company's books; its last valid order falls on it."""
HISTORY_DAYS = (AS_OF - FIRST_DAY).days


def day_before_end(days: int) -> date:
    """The day that lies `days` days before the end of the books."""
    return AS_OF - timedelta(days=days)


def draw_day(rng: Random, earliest: date, latest: date) -> date:
    """A day, both ends included; `earliest` where the span is empty."""
    return earliest + timedelta(days=rng.randint(0, max(0, (latest - earliest).days)))


def draw_moment(rng: Random, day: date, *, opens: int = 9, closes: int = 17) -> datetime:
    """A second of `day` between two hours, the closing hour included."""
    clock = time(rng.randint(opens, closes), rng.randrange(60), rng.randrange(60))
    return datetime.combine(day, clock)


def open_stream(seed: int, topic: str) -> Random:
    """A random stream of its own for one topic, so that changing one part of the company leaves the others as they were."""
    return Random(f"{seed}/{topic}")
