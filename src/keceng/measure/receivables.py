"""What customers owe us: open and overdue amounts, from the pieces of `settlements`.

Without a due date or contract terms nothing is known to be overdue.
"""

from __future__ import annotations

from sqlglot import exp

from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame
from keceng.vocabulary import Direction, Kind, Text

_INPUTS = ("invoices", "payments")


def _owed(name: str, title: Text, definition: Text, *, is_cause: bool = True) -> Measure:
    return Measure(
        name, title, definition, Kind.MONEY, UNITS["money"], Direction.LOWER, _INPUTS, actionable=True, is_cause=is_cause
    )  # fmt: skip


MEASURES: tuple[Measure, ...] = (
    _owed("receivable_amount", Text("应收余额", "Open receivables"),
          Text("截止日未收回的应收; 没有应收记录则未知", "receivables open at the as-of date; unknown without any invoice"), is_cause=False),
    _owed("overdue_amount", Text("逾期金额", "Overdue"),
          Text("已过到期日仍未收回的金额, 争议款除外; 没有任何到期日则未知", "open amounts past their due date, disputed ones apart; unknown without any due date")),
    _owed("overdue_over_30_amount", Text("逾期 30 天以上", "Overdue over 30 days"),
          Text("过到期日 30 天以上仍未收回的金额", "open amounts more than 30 days past due")),
    _owed("overdue_over_90_amount", Text("逾期 90 天以上", "Overdue over 90 days"),
          Text("过到期日 90 天以上仍未收回的金额", "open amounts more than 90 days past due")),
    Measure(
        "max_overdue_days", Text("最长逾期", "Longest overdue"),
        Text("未收回应收中最长的逾期天数", "the most days that an open receivable is past due"),
        Kind.DAYS, UNITS["days"], Direction.LOWER, _INPUTS, is_cause=True,
    ),
)  # fmt: skip


def receivable_steps(frame: Frame) -> list[Step]:
    """`receivables`: one row per unit that has invoices; needs `settlements`."""
    return [Step("receivables", _receivables(frame), Text("应收与逾期", "receivables and overdue amounts"))]


def _receivables(frame: Frame) -> exp.Expr:
    return sql(
        """
        with items as (
          select customer_key, due_on is not null as is_dated, case when settled_on is null then amount else 0 end as open_amount,
            case when settled_on is null and not is_disputed then cast(:as_of as date) - due_on end as overdue_days
          from settlements
        ),
        sums as (
          select customer_key, bool_or(is_dated) as is_dated, sum(open_amount) as receivable_amount,
            coalesce(sum(open_amount) filter (where overdue_days > 0), 0) as overdue_amount,
            coalesce(sum(open_amount) filter (where overdue_days > 30), 0) as overdue_over_30_amount,
            coalesce(sum(open_amount) filter (where overdue_days > 90), 0) as overdue_over_90_amount,
            coalesce(max(overdue_days) filter (where overdue_days > 0), 0) as max_overdue_days
          from items group by customer_key
        )
        select customer_key, cast(receivable_amount as bigint) as receivable_amount,
          case when is_dated then cast(overdue_amount as bigint) end as overdue_amount,
          case when is_dated then cast(overdue_over_30_amount as bigint) end as overdue_over_30_amount,
          case when is_dated then cast(overdue_over_90_amount as bigint) end as overdue_over_90_amount,
          case when is_dated then max_overdue_days end as max_overdue_days
        from sums
        """,
        as_of=frame.as_of,
    )
