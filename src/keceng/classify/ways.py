"""The way up: the least that a customer would have to do today for a better class, everybody else frozen (MEANINGS 30).

The grade is the one by the rules, before stability. Tried are whole orders at the customer's own average order value, money
alone, paying what is overdue, a contact, meeting the decider; nothing that would more than double a number of today. Least
money comes first, then fewest measures; at most two ways, each with the last day on which doing it would still help.
Where the classes are segments, better means written above: the ladder asks for those first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from keceng.classify.ways_case import NOTHING, Case, Change, Moved, double_exceeded
from keceng.classify.ways_obstacles import Obstacle, find_obstacle
from keceng.classify.ways_search import first_day, smallest_that_works
from keceng.standard import PeriodUnit, Review

MOST_WAYS = 2
_DAYS_OF = {PeriodUnit.DAY: 1, PeriodUnit.WEEK: 7, PeriodUnit.MONTH: 30, PeriodUnit.YEAR: 365}
_UNREVIEWED_DAYS = 90
"""How long a way is promised where the standard names no review."""
_FLAGS = ("clears_overdue", "makes_contact", "meets_decider")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a better class.

    Attributes:
        change: what has to happen.
        money: what it takes in cents: sales, and what is paid of what is overdue.
        moved: the actionable measures it moves, as they would be on the day of the run.
        to_class: the class it leads to.
        expires_on: the last day on which doing all of it would still lead to a better class, or the next review.
    """

    change: Change
    money: int
    moved: tuple[Moved, ...]
    to_class: str
    expires_on: dt.date


@dataclass(frozen=True, slots=True)
class WaysUp:
    """At most two ways, or why there is none."""

    ways: tuple[Way, ...] = ()
    obstacle: Obstacle | None = None


def find_ways_up(case: Case) -> WaysUp:
    """The ways to a better class for the customer of `case`, the cheapest first."""
    if case.verdict.grade is None or not case.standard.grade.class_ids.index(case.verdict.grade):
        return WaysUp(obstacle=find_obstacle(case, NOTHING))
    clears = Change(clears_overdue=True)
    if case.reads(clears) and case.is_better(case.after(clears)):
        # A cap: the one thing to clear, whatever else could be done.
        return WaysUp((_way(case, clears),))
    found = _least(_changes(case))
    ways = sorted(
        (_way(case, change) for change in found), key=lambda w: (w.money, len(w.moved), w.change.orders)
    )
    if ways:
        return WaysUp(tuple(ways[:MOST_WAYS]))
    return WaysUp(obstacle=find_obstacle(case, _everything(case)))


def next_review(run_day: dt.date, review: Review | None) -> dt.date:
    """The day on which cuts and distributions may be set anew, up to which a promise is made."""
    days = _UNREVIEWED_DAYS if review is None else review.count * _DAYS_OF[review.unit]
    return run_day + dt.timedelta(days=days)


def _changes(case: Case) -> Iterator[Change]:
    for flags in _flag_sets(case):
        if case.is_better(case.after(flags)):
            yield flags
            continue
        for candidate in (_by_money(case, flags), _by_orders(case, flags)):
            if candidate is not None:
                yield candidate


def _flag_sets(case: Case) -> list[Change]:
    # Every combination of what can be done once, fewer things first.
    useful = [flag for flag in _FLAGS if case.reads(replace(NOTHING, **{flag: True}))]
    found = [NOTHING]
    for flag in useful:
        found += [replace(made, **{flag: True}) for made in found]
    return sorted(found, key=lambda c: sum(getattr(c, flag) for flag in _FLAGS))


def _by_money(case: Case, flags: Change) -> Change | None:
    return _smallest(case, case.most_money, lambda n: replace(flags, money=n))


def _by_orders(case: Case, flags: Change) -> Change | None:
    value = case.order_value
    if value is None:
        return None
    return _smallest(case, case.most_orders, lambda n: replace(flags, orders=n, order_value=value))


def _smallest(case: Case, most: int, change: Callable[[int], Change]) -> Change | None:
    if most < 1 or not case.reads(change(most)):
        return None
    least = smallest_that_works(most, lambda n: case.is_better(case.after(change(n))))
    if least is None or any(double_exceeded(moved) for moved in case.moved_by(change(least))):
        return None
    return change(least)


def _least(changes: Iterator[Change]) -> Sequence[Change]:
    found: list[Change] = []
    for change in changes:
        if not any(known.has_less_of(change) for known in found):
            found.append(change)
    return found


def _everything(case: Case) -> Change:
    # The most that may be asked for: what still fails then is the obstacle.
    all_flags = _flag_sets(case)[-1]
    if case.order_value is not None and case.most_orders:
        return replace(all_flags, orders=case.most_orders, order_value=case.order_value)
    return replace(all_flags, money=case.most_money)


def _way(case: Case, change: Change) -> Way:
    grade = case.after(change).grade
    assert grade is not None  # noqa: S101  a better class is a class
    owed = case.row.get("overdue_amount") if change.clears_overdue else None
    return Way(
        change=change,
        money=change.purchase + (0 if owed is None else int(str(owed))),
        moved=case.moved_by(change),
        to_class=grade,
        expires_on=_expires_on(case, change),
    )


def _expires_on(case: Case, change: Change) -> dt.date:
    last = next_review(case.run_day, case.standard.review)
    stops = fall_out_days(case, last)
    too_late = first_day(case.run_day, last, stops, lambda day: not case.is_better(case.after(change, day)))
    return last if too_late is None else too_late - dt.timedelta(days=1)


def fall_out_days(case: Case, last: dt.date) -> list[dt.date]:
    """The days after the run, up to `last`, on which a purchase day leaves the window or the one before it."""
    window = case.norms.window_days
    shifted = [d.day + dt.timedelta(days=n) for d in case.history.days for n in (window, 2 * window)]
    return [day for day in shifted if case.run_day < day <= last]
