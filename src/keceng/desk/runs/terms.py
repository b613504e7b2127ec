"""How long a class given by hand may hold: until a day, twelve months after it began at most."""

from __future__ import annotations

import datetime as dt

from keceng.vocabulary import KecengError, Text

LONGEST_MONTHS = 12


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of the month `months` later, or that month's last day."""
    ahead = day.month - 1 + months
    first = dt.date(day.year + ahead // 12, ahead % 12 + 1, 1)
    following = dt.date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - dt.timedelta(days=1)).day))


def check_term(effective_on: dt.date, expires_on: dt.date | None, months: int = LONGEST_MONTHS) -> dt.date:
    """`expires_on`, when it lies after `effective_on` and within `months` months of it.

    Raises:
        KecengError: it does not, or there is none.
    """
    latest = add_months(effective_on, min(months, LONGEST_MONTHS))
    if expires_on is not None and effective_on <= expires_on <= latest:
        return expires_on
    raise KecengError.of(
        "bad_term",
        f"到期日须在 {effective_on} 到 {latest} 之间",
        f"the last day must lie between {effective_on} and {latest}",
        remedy=Text("人工定级最长 12 个月", "a class given by hand holds for twelve months at most"),
        value=str(expires_on),
    )
