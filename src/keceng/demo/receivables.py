"""What organisations owe and pay: one receivable a month for what was delivered, and the payments on it."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from keceng.demo.customers import ORGANISATIONS, Customer, Role
from keceng.demo.history import AS_OF, day_before_end, open_stream
from keceng.demo.orders import Order
from keceng.demo.truths import Truths

TERMS_DAYS = {Role.DEALER: 45, Role.ENTERPRISE: 30, Role.GOVERNMENT: 30}
_METHODS = ("银行转账", "承兑汇票", "支票")
_PART_PAID_SHARE, _DISPUTED_SHARE = 0.08, 0.01
_LATEST_ORDINARY_DAYS = 25
# late, but always settled within 90 days of the due date: only `long_overdue` goes beyond
_LATE_DAYS = (62, 85)
_STOPPED_PAYING_DAYS = 330


@dataclass(frozen=True, slots=True)
class Receivable:
    """One monthly receivable of one organisation; money in cents."""

    number: str
    customer: Customer
    issued_on: date
    due_on: date
    amount_cents: int
    is_disputed: bool


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received on one receivable."""

    number: str
    receivable: Receivable
    received_on: date
    amount_cents: int
    method: str


def issue_receivables(seed: int, orders: Iterable[Order], truths: Truths) -> list[Receivable]:
    """At each month's end what was delivered less what came back; a negative month is carried into the next."""
    rng = open_stream(seed, "receivables")
    months: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    customers: dict[str, Customer] = {}
    for order in orders:
        if order.customer.role in ORGANISATIONS and order.net_cents:
            customers[order.customer.code] = order.customer
            months[order.customer.code][_month_end(order.placed_at.date())] += order.net_cents
    drafts = [
        (issued_on, customers[code], amount)
        for code in sorted(customers)
        for issued_on, amount in _carry_credits(months[code])
    ]
    drafts.sort(key=lambda draft: (draft[0], draft[1].code))
    return [
        Receivable(
            number=f"YS{issued_on:%Y%m}{serial:06d}",
            customer=customer,
            issued_on=issued_on,
            due_on=issued_on + timedelta(days=TERMS_DAYS[customer.role]),
            amount_cents=amount,
            is_disputed=customer.code not in truths.late_payers and rng.random() < _DISPUTED_SHARE,
        )
        for serial, (issued_on, customer, amount) in enumerate(drafts, start=1)
    ]


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _carry_credits(months: dict[date, int]) -> Iterator[tuple[date, int]]:
    balance = 0
    for month_end in sorted(months):
        balance += months[month_end]
        if balance > 0:
            yield month_end, balance
            balance = 0


def collect_payments(seed: int, receivables: Sequence[Receivable], truths: Truths) -> list[Payment]:
    """What arrived up to the end of the books, in the order it arrived."""
    rng = open_stream(seed, "payments")
    paid = [
        (received_on, receivable, amount)
        for receivable in receivables
        for received_on, amount in _pay_receivable(rng, receivable, truths)
        if received_on <= AS_OF
    ]
    paid.sort(key=lambda payment: (payment[0], payment[1].number))
    return [
        Payment(f"HK{received_on:%Y%m}{serial:06d}", receivable, received_on, amount, rng.choice(_METHODS))
        for serial, (received_on, receivable, amount) in enumerate(paid, start=1)
    ]


def _pay_receivable(rng: Random, receivable: Receivable, truths: Truths) -> Iterator[tuple[date, int]]:
    """Days and amounts of the instalments; nothing where payment stopped."""
    code, amount = receivable.customer.code, receivable.amount_cents
    if code == truths.long_overdue and receivable.issued_on > day_before_end(_STOPPED_PAYING_DAYS):
        return
    if code in truths.late_payers:
        yield receivable.due_on + timedelta(days=rng.randint(*_LATE_DAYS)), amount
        return
    days_late = min(_LATEST_ORDINARY_DAYS, round(rng.gauss(2, 9)))
    received_on = max(receivable.issued_on, receivable.due_on + timedelta(days=days_late))
    if rng.random() < _PART_PAID_SHARE:
        yield max(receivable.issued_on, received_on - timedelta(days=15)), amount // 3
        amount -= amount // 3
    yield received_on, amount
