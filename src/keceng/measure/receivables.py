"""What organisations owe us: open and overdue amounts, matched by invoice number, else oldest due first."""

from __future__ import annotations

from sqlglot import exp

from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame
from keceng.vocabulary import Direction, Kind, Text

_INPUTS = ("invoices", "payments")


def _owed(name: str, title: Text, definition: Text) -> Measure:
    return Measure(
        name, title, definition, Kind.MONEY, UNITS["money"], Direction.LOWER, _INPUTS, actionable=True
    )


MEASURES: tuple[Measure, ...] = (
    _owed("receivable_amount", Text("应收余额", "Open receivables"),
          Text("截止日未收回的应收; 没有应收记录则未知", "receivables open at the as-of date; unknown without any invoice")),
    _owed("overdue_amount", Text("逾期金额", "Overdue"),
          Text("已过到期日仍未收回的金额, 争议款除外", "open amounts past their due date, disputed ones apart")),
    _owed("overdue_over_30_amount", Text("逾期 30 天以上", "Overdue over 30 days"),
          Text("过到期日 30 天以上仍未收回的金额", "open amounts more than 30 days past due")),
    _owed("overdue_over_90_amount", Text("逾期 90 天以上", "Overdue over 90 days"),
          Text("过到期日 90 天以上仍未收回的金额", "open amounts more than 90 days past due")),
    Measure(
        "max_overdue_days", Text("最长逾期", "Longest overdue"),
        Text("未收回应收中最长的逾期天数", "the most days that an open receivable is past due"),
        Kind.DAYS, UNITS["days"], Direction.LOWER, _INPUTS,
    ),
)  # fmt: skip


def receivable_steps(frame: Frame) -> list[Step]:
    """`receivables`: one row per unit that has invoices; needs `units`."""
    return [Step("receivables", _receivables(frame), Text("应收与逾期", "receivables and overdue amounts"))]


def _receivables(frame: Frame) -> exp.Expr:
    return sql(
        """
        with named as (
          select source, invoice_id, sum(amount) as paid from payments
          where received_on <= :as_of and invoice_id is not null group by source, invoice_id
        ),
        owed as (
          select u.unit_key as customer_key, i.source, i.invoice_id, i.issued_on, coalesce(i.due_on, i.issued_on) as due_on,
            coalesce(i.is_disputed, false) as is_disputed, greatest(i.amount - coalesce(n.paid, 0), 0) as unpaid
          from invoices as i join units as u using (customer_key)
          left join named as n on n.source = i.source and n.invoice_id = i.invoice_id
          where i.issued_on <= :as_of
        ),
        unnamed as (
          select u.unit_key as customer_key, sum(p.amount) as paid
          from payments as p join units as u using (customer_key)
          where p.received_on <= :as_of and p.invoice_id is null group by u.unit_key
        ),
        queued as (
          select o.*, coalesce(p.paid, 0) as pool,
            sum(unpaid) over (partition by o.customer_key order by due_on, issued_on, invoice_id
              rows between unbounded preceding and current row) as upto
          from owed as o left join unnamed as p using (customer_key)
        ),
        open_items as (
          select customer_key, cast(:as_of as date) - due_on as overdue_days, is_disputed,
            least(unpaid, greatest(upto - pool, 0)) as open_amount
          from queued
        )
        select customer_key,
          cast(sum(open_amount) as bigint) as receivable_amount,
          cast(coalesce(sum(open_amount) filter (where overdue_days > 0 and not is_disputed), 0) as bigint) as overdue_amount,
          cast(coalesce(sum(open_amount) filter (where overdue_days > 30 and not is_disputed), 0) as bigint) as overdue_over_30_amount,
          cast(coalesce(sum(open_amount) filter (where overdue_days > 90 and not is_disputed), 0) as bigint) as overdue_over_90_amount,
          coalesce(max(overdue_days) filter (where overdue_days > 0 and open_amount > 0 and not is_disputed), 0) as max_overdue_days
        from open_items group by customer_key
        """,
        as_of=frame.as_of,
    )
