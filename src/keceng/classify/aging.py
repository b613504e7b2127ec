"""What the mere passing of days does to a stored row whose customer did nothing: ages grow, everything else stays.

An increment stores the rows that change. Of every other customer the row of the run that it stands on is read, with its ages
carried forward to the increment's date, by the same arithmetic by which a run measures them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from keceng.lake import column, sql
from keceng.measure import rounded_quotient

AGES = ("tenure_days", "days_since_last_purchase")
"""Measures that grow by one each day."""
HISTORY = "history_days"
RATIO, RATIO_PARTS = "gap_ratio", ("gap_ratio__num", "gap_ratio__den")
_RATIO_A_DAY = 20 * 10_000
"""Its numerator is the days of silence in twentieths, in ten-thousandths."""
AGED_MEASURES = frozenset({*AGES, HISTORY, RATIO})
"""Measures that change from day to day for customers who do nothing."""
_NEEDS: Mapping[str, tuple[str, ...]] = {
    RATIO: RATIO_PARTS,
    "grade_since": ("grade_by_system",),
    "reviewed_on": ("grade_by_system",),
}


@dataclass(frozen=True, slots=True)
class Aging:
    """How far rows are carried forward.

    Attributes:
        as_of: the day to which.
        elapsed_days: since the day of the rows.
        history_days: from the first purchase of anybody to `as_of`; None while nobody bought anything.
        is_held: whether units hold their grades from review to review; without that every run is the first one.
    """

    as_of: dt.date
    elapsed_days: int
    history_days: int | None
    is_held: bool

    def columns(self, present: Collection[str]) -> dict[str, exp.Expr]:
        """Those of the columns `present` that change, as trees over the row as stored."""
        aged = {name: _later(column(name), self.elapsed_days) for name in AGES}
        aged[HISTORY] = exp.cast(
            exp.null() if self.history_days is None else exp.Literal.number(str(self.history_days)), "bigint"
        )
        numerator = sql(
            "cast(:n + cast(:days as hugeint) as hugeint)",
            n=column(RATIO_PARTS[0]),
            days=_RATIO_A_DAY * self.elapsed_days,
        )
        aged[RATIO_PARTS[0]] = numerator
        aged[RATIO] = rounded_quotient(numerator.copy(), column(RATIO_PARTS[1]))
        aged["reviewed_on"] = self._reviewed_on()
        if not self.is_held:
            aged["grade_since"] = sql(
                "case when grade_by_system is not null then cast(:day as date) end", day=self.as_of
            )
        return {name: node for name, node in aged.items() if name in present}

    def _reviewed_on(self) -> exp.Expr:
        # Whoever holds no grade is looked at anew by every run.
        if not self.is_held:
            return sql("cast(:day as date)", day=self.as_of)
        return sql(
            "case when grade_by_system is null then cast(:day as date) else reviewed_on end", day=self.as_of
        )


def with_what_ages_need(names: Sequence[str], present: Collection[str]) -> list[str]:
    """`names` and the columns of `present` from which those of them that age are worked out."""
    behind = [other for name in names for other in _NEEDS.get(name, ())]
    return [*names, *dict.fromkeys(n for n in behind if n in present and n not in set(names))]


def _later(node: exp.Expr, days: int) -> exp.Expr:
    return sql("cast(:age + :days as bigint)", age=node, days=days)
