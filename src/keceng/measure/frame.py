"""What every family of measures shares: the moment and window it looks through, and exact quotients."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sqlglot import exp

from keceng.lake import Step, column, sql
from keceng.measure.declaration import Measure
from keceng.vocabulary import Kind, Text


class Moment(Protocol):
    """The moment of measuring as steps read it: its dates are days, or trees that stand for a day known only within the plan."""

    @property
    def as_of(self) -> dt.date | exp.Expr:
        """Nothing dated later is seen."""

    @property
    def window_days(self) -> int:
        """Length of the window that ends with `as_of`."""

    @property
    def unit(self) -> Literal["account", "group"]:
        """Who is measured."""

    @property
    def window_opens_on(self) -> dt.date | exp.Expr:
        """The last day before the window."""

    @property
    def previous_window_opens_on(self) -> dt.date | exp.Expr:
        """The last day before the window that precedes this one."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The moment of measuring.

    Attributes:
        as_of: nothing dated later is seen.
        window_days: the window W covers `as_of - W < day <= as_of`.
        unit: `group` rolls accounts up to the top of their `parent_key` chain.
    """

    as_of: dt.date
    window_days: int = 365
    unit: Literal["account", "group"] = "account"

    @property
    def window_opens_on(self) -> dt.date:
        """The last day before the window."""
        return self.as_of - dt.timedelta(days=self.window_days)

    @property
    def previous_window_opens_on(self) -> dt.date:
        """The last day before the window that precedes this one."""
        return self.as_of - dt.timedelta(days=2 * self.window_days)


@dataclass(frozen=True, slots=True)
class PlannedFrame:
    """A moment that the plan itself works out: `as_of` is a tree whose value is a day. The rest is as in `Frame`."""

    as_of: exp.Expr
    window_days: int = 365
    unit: Literal["account", "group"] = "account"

    @property
    def window_opens_on(self) -> exp.Expr:
        """The last day before the window."""
        return sql("(:day - :days)", day=self.as_of, days=self.window_days)

    @property
    def previous_window_opens_on(self) -> exp.Expr:
        """The last day before the window that precedes this one."""
        return sql("(:day - :days)", day=self.as_of, days=2 * self.window_days)


def rounded_quotient(numerator: exp.Expr, denominator: exp.Expr) -> exp.Expr:
    """`numerator / denominator` as a whole number, half away from zero; NULL where the denominator is not positive."""
    return sql(
        """
        case when :denominator > 0 then cast(
          case when :numerator < 0 then -1 else 1 end
          * ((2 * abs(cast(:numerator as hugeint)) + :denominator) // (2 * cast(:denominator as hugeint)))
        as bigint) end
        """,
        numerator=numerator,
        denominator=denominator,
    )


def with_quotients(step: str, measures: Sequence[Measure], title: Text, source: str = "") -> Step:
    """The step `step`: every column of `source` (`<step>_parts`) and each exact measure rounded from its two columns."""
    query = exp.select("*").from_(exp.to_table(source or f"{step}_parts"))
    for measure in measures:
        if measure.exact:
            numerator, denominator = measure.exact
            query = query.select(
                exp.alias_(
                    rounded_quotient(column(numerator), column(denominator)), measure.name, quoted=True
                )
            )
    return Step(step, query, title)


UNITS: dict[str, Text] = {
    "money": Text("元", "CNY"),
    "days": Text("天", "days"),
    "none": Text("", ""),
    "orders": Text("单", "orders"),
    "times": Text("次", "times"),
    "share": Text("", ""),
    "points": Text("分", "points"),
}


def exact_columns(name: str, kind: Kind) -> tuple[str, str] | None:
    """The conventional names of the two integer columns behind a quotient measure."""
    return (f"{name}__num", f"{name}__den") if kind.is_number else None
