"""Orders as the company's books hold them: lines, numbering, and what a customer's orders add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from keceng.demo.customers import Customer
from keceng.demo.products import Product


class LineType(StrEnum):
    """What a line is, as the column 单据类型 says it."""

    SALE = "销售"
    RETURN = "退货"
    RED = "红字"
    GIFT = "赠品"


CANCELLED_STATUSES = ("已取消", "交易关闭")


class OrderLine(NamedTuple):
    """One line; money in cents, `cost_cents` for the whole quantity, returns negative."""

    product: Product
    quantity: int
    unit_cents: int
    discount_cents: int
    net_cents: int
    line_type: LineType = LineType.SALE

    @property
    def cost_cents(self) -> int:
        """What the whole quantity cost us; negative when it came back."""
        return self.product.cost_cents * self.quantity

    @property
    def is_purchase(self) -> bool:
        """A valid purchase line: something was bought for money."""
        return self.quantity > 0 and self.net_cents > 0


@dataclass(frozen=True, slots=True)
class Order:
    """One order, or one return document. `key` is ours; the number on paper comes from `number_orders`."""

    key: str
    customer: Customer
    placed_at: datetime
    channel: str
    status: str
    lines: tuple[OrderLine, ...]
    refers_to: str | None = None

    @property
    def net_cents(self) -> int:
        """What the order brings, returns negative."""
        return sum(line.net_cents for line in self.lines)

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled or closed unpaid."""
        return self.status in CANCELLED_STATUSES

    @property
    def is_purchase(self) -> bool:
        """Whether it has a valid purchase line and was not cancelled."""
        return not self.is_cancelled and any(line.is_purchase for line in self.lines)


def sort_orders(orders: Iterable[Order]) -> list[Order]:
    """By time, then by key, so that the books read the same on every machine."""
    return sorted(orders, key=lambda order: (order.placed_at, order.key))


def number_orders(orders: Sequence[Order]) -> Mapping[str, str]:
    """Order number by key: SO, TH for returns, the day, a serial within the day."""
    serials: Counter[date] = Counter()
    numbers: dict[str, str] = {}
    for order in orders:
        day = order.placed_at.date()
        serials[day] += 1
        prefix = "TH" if order.lines[0].quantity < 0 else "SO"
        numbers[order.key] = f"{prefix}{day:%Y%m%d}{serials[day]:04d}"
    return numbers


def sum_net_cents(orders: Iterable[Order], *, after: date, until: date) -> Counter[str]:
    """Net amount by customer code over the days `after` < day ≤ `until`."""
    totals: Counter[str] = Counter()
    for order in orders:
        if after < order.placed_at.date() <= until:
            totals[order.customer.code] += order.net_cents
    return totals
