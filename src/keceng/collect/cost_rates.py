"""What one unit of service costs the company: rates it declares itself, each from a day on, the older ones kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pyarrow as pa

from keceng.collect.tables import COST_RATES
from keceng.lake import Lake
from keceng.vocabulary import KecengError, Place, Problem, Text

ACTIVITIES: tuple[str, ...] = ("order", "delivery", "return", "visit", "ticket", "holding")
"""Activities with a rate: cents an order, a delivery, a return, an hour of visits, a ticket; for `holding`,
ten-thousandths of the open receivables a year."""


def declare_cost_rates(
    lake: Lake, rates: Mapping[str, int], *, since_on: dt.date, author: str = "shell"
) -> None:
    """Write `rates` (activity → whole rate, see `ACTIVITIES`) into the ledger; they hold from `since_on` on.

    Raises:
        KecengError: an activity is not one of `ACTIVITIES`, or a rate is negative; nothing is written.
    """
    problems = [p for activity, rate in rates.items() if (p := _problem(activity, rate))]
    if problems:
        raise KecengError(problems)
    rows = [
        {"activity": activity, "since_on": since_on, "rate": rate, "set_by": author}
        for activity, rate in rates.items()
    ]
    with lake.unit_of_work("declare", author) as work:
        work.merge(COST_RATES, pa.Table.from_pylist(rows, COST_RATES.arrow_schema))


def _problem(activity: str, rate: int) -> Problem | None:
    place = Place(path=f"cost_rates.{activity}")
    if activity not in ACTIVITIES:
        return Problem(
            "unknown_activity",
            Text("没有这种服务活动", "there is no such activity"),
            Text(f"可用: {', '.join(ACTIVITIES)}", f"use one of {', '.join(ACTIVITIES)}"),
            place,
            activity,
        )
    if rate < 0:
        return Problem(
            "negative_rate",
            Text("费率不能为负", "a rate is not negative"),
            Text("填 0 或更大的数", "give 0 or more"),
            place,
            str(rate),
        )
    return None
