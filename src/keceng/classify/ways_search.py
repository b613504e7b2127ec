"""The smallest amount that does, and the first day on which something holds: by halving, then checked below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

_PROBES = 8
_MOST_STOPS = 40


def smallest_that_works(most: int, works: Callable[[int], bool]) -> int | None:
    """The least whole n from 1 to `most` with `works(n)`, where more never harms; None when none was found.

    Where more may harm, n is still one that works while n − 1 and ⌊0.9 · n⌋ do not.
    """
    if most < 1:
        return None
    reached: int | None = most if works(most) else None
    if reached is None:
        steps = sorted({most * k // _PROBES for k in range(1, _PROBES)} - {0})
        reached = next((n for n in steps if works(n)), None)
    while reached is not None:
        found = _boundary(0, reached, works)
        lower = [n for n in (9 * found // 10, found // 2, found // 4, found // 16, 1) if 0 < n < found]
        reached = next((n for n in lower if works(n)), None)
        if reached is None:
            return found
    return None


def _boundary(fails: int, holds: int, works: Callable[[int], bool]) -> int:
    while holds - fails > 1:
        middle = (fails + holds) // 2
        if works(middle):
            holds = middle
        else:
            fails = middle
    return holds


def first_day(
    start: dt.date, end: dt.date, stops: Sequence[dt.date], holds: Callable[[dt.date], bool]
) -> dt.date | None:
    """The first day after `start`, up to `end`, on which `holds`; None when it does not hold on any stop.

    Args:
        start: a day on which it does not hold.
        end: the last day that is looked at.
        stops: days on which more than age changes; between two of them what holds goes on holding.
        holds: the question.
    """
    between = sorted({day for day in stops if start < day < end})
    step = -(-len(between) // _MOST_STOPS) or 1
    before = 0
    for day in [*between[::step], end]:
        reached = (day - start).days
        if holds(day):
            days = _boundary(before, reached, lambda n: holds(start + dt.timedelta(days=n)))
            return start + dt.timedelta(days=days)
        before = reached
    return None
