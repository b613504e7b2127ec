"""The nearest way down: when the class is lost if nothing more is bought, and how much less in sales would lose it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from keceng.classify.ways import fall_out_days
from keceng.classify.ways_case import NOTHING, Case, Change
from keceng.classify.ways_search import first_day, smallest_that_works
from keceng.standard import Stored

HORIZON_DAYS = 730
"""So far ahead a silent customer is followed."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """The class is lost by silence.

    Attributes:
        falls_on: the first day on which the frozen ruler gives a lower class, if nothing more is bought.
        to_class: the class of that day; None where the customer is no longer judged.
        days_since_last_purchase: on that day; None where nothing was ever bought.
        sales_before: of the window on the day of the run, in stored parts.
        sales_then: of the window on that day.
    """

    falls_on: dt.date
    to_class: str | None
    days_since_last_purchase: int | None
    sales_before: int | None
    sales_then: int | None


@dataclass(frozen=True, slots=True)
class Loss:
    """The class is lost by less in sales, as by returns: the least loss in cents, and the class it leads to."""

    money: int
    to_class: str | None


@dataclass(frozen=True, slots=True)
class WayDown:
    """How near the next lower class is; a part is None where that way leads nowhere within what is looked at."""

    lapse: Lapse | None = None
    loss: Loss | None = None


def find_way_down(case: Case) -> WayDown:
    """What the customer of `case` would lose its class by; nothing for a customer without a class."""
    if case.verdict.grade is None:
        return WayDown()
    return WayDown(_lapse(case), _loss(case))


def _lapse(case: Case) -> Lapse | None:
    last = case.run_day + dt.timedelta(days=HORIZON_DAYS)
    stops = fall_out_days(case, last)
    falls_on = first_day(case.run_day, last, stops, lambda day: case.is_worse(case.after(NOTHING, day)))
    if falls_on is None:
        return None
    then = case.after(NOTHING, falls_on)
    return Lapse(
        falls_on=falls_on,
        to_class=then.grade,
        days_since_last_purchase=_whole(then.columns.get("days_since_last_purchase")),
        sales_before=_whole(case.row.get("spend")),
        sales_then=_whole(then.columns.get("spend")),
    )


def _loss(case: Case) -> Loss | None:
    if not case.reads(Change(money=-1)):
        return None
    money = smallest_that_works(case.most_money, lambda n: case.is_worse(case.after(Change(money=-n))))
    return None if money is None else Loss(money, case.after(Change(money=-money)).grade)


def _whole(stored: Stored) -> int | None:
    return None if stored is None else int(str(stored))
