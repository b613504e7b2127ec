"""Every order of the three years, before anything goes wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from statistics import median

from keceng.demo.baskets import (
    Shelf,
    Tastes,
    fill_retail_basket,
    fill_trade_basket,
    sell_below_cost,
)
from keceng.demo.casting import adapt_habit, list_planted_gaps
from keceng.demo.customers import ORGANISATIONS, Customer, Role
from keceng.demo.habits import Habit, draw_habit, walk_order_days
from keceng.demo.history import (
    AS_OF,
    FIRST_DAY,
    HISTORY_DAYS,
    day_before_end,
    draw_day,
    draw_moment,
    open_stream,
)
from keceng.demo.lifetimes import LIFETIME, SPEND, draw_order_cents, draw_repeat_days
from keceng.demo.orders import Order, OrderLine, sum_net_cents
from keceng.demo.truths import Truths

_CHANNELS = {
    Role.MEMBER: ("线上商城", "微信小程序", "门店"),
    Role.DEALER: ("经销订货平台", "电话订货"),
    Role.ENTERPRISE: ("直销", "电话订货"),
    Role.GOVERNMENT: ("政府采购",),
    Role.RELATED: ("内部往来",),
    Role.SUPPLIER: ("直销",),
    Role.BUCKET: ("门店",),
}
_RETAIL_TASTES = {
    "纸巾": 3.0, "洗手液": 2.0, "茶叶": 3.0, "咖啡": 3.0, "坚果": 3.0, "文具": 2.0, "纸张": 1.0,
    "墨盒": 1.0, "打印机": 0.5, "净水器": 1.0, "空气净化器": 1.0, "显示器": 0.5,
}  # fmt: skip
_FAVOURITE_FACTOR = 6
_DONE_STATUSES = ("交易成功", "已完成", "已签收")
_UNDELIVERED_STATUS = "已发货"
_WALK_INS_A_DAY = 0.7
# the dark horse against the median dealer's last year: the year before, and the last year
_RISING_BEFORE, _RISING_NOW = 0.25, 0.95
_RISING_ORDERS_A_YEAR = 14


@dataclass(slots=True)
class Seller:
    """Writes orders: holds the range and the random stream of one kind of business, and counts orders by customer."""

    shelf: Shelf
    rng: Random
    _written: dict[str, int] = field(default_factory=dict)

    def write_order(self, customer: Customer, day: date, lines: tuple[OrderLine, ...]) -> Order:
        """An order paid and, unless very young, delivered."""
        serial = self._written[customer.code] = self._written.get(customer.code, 0) + 1
        is_young = day > day_before_end(3)
        closes = 21 if customer.role is Role.MEMBER else 17
        return Order(
            key=f"{customer.code}/{serial:04d}",
            customer=customer,
            placed_at=draw_moment(self.rng, day, closes=closes),
            channel=self.rng.choice(_CHANNELS[customer.role]),
            status=_UNDELIVERED_STATUS if is_young else self.rng.choice(_DONE_STATUSES),
            lines=lines,
        )

    def write_retail_order(self, customer: Customer, day: date, tastes: Tastes, paid_cents: int) -> Order:
        """An order at list price with exactly this amount paid."""
        return self.write_order(customer, day, fill_retail_basket(self.rng, self.shelf, tastes, paid_cents))

    def write_trade_order(self, customer: Customer, day: date, habit: Habit) -> Order:
        """An order of an organisation after its habit."""
        wanted = 100 * habit.order_yuan * habit.factor_on(day) * self.rng.lognormvariate(-0.03, 0.25)
        lines = fill_trade_basket(
            self.rng, self.shelf, habit.tastes_on(day), wanted_cents=wanted, price_rate=habit.price_rate
        )
        if habit.net_to_cost is not None:
            lines = sell_below_cost(lines, habit.net_to_cost)
        return self.write_order(customer, day, lines)


@dataclass(frozen=True, slots=True)
class Sales:
    """All orders, and the organisations whose goods never come back at random."""

    orders: list[Order]
    without_returns: frozenset[str]


def make_sales(seed: int, customers: Sequence[Customer], shelf: Shelf, truths: Truths) -> Sales:
    """Orders of everyone who buys; the dark horse last, since it is measured against the other dealers."""
    organisations = [c for c in customers if c.role in ORGANISATIONS and not c.is_prospect]
    habit_rng = open_stream(seed, "habits")
    habits = {c.code: adapt_habit(draw_habit(habit_rng, c), c, truths) for c in organisations}
    trade = Seller(shelf, open_stream(seed, "trade"))
    orders = list(_sell_to_members(Seller(shelf, open_stream(seed, "members")), customers))
    for customer in organisations:
        if customer.code != truths.rising_dealer:
            orders += _sell_to_organisation(trade, customer, habits[customer.code], truths)
    (rising,) = (c for c in organisations if c.code == truths.rising_dealer)
    orders += _sell_to_rising_dealer(trade, rising, habits[rising.code], _median_dealer_cents(orders))
    orders += _sell_to_special_accounts(Seller(shelf, open_stream(seed, "special")), customers)
    return Sales(orders, frozenset(code for code, habit in habits.items() if not habit.has_returns))


def _sell_to_members(seller: Seller, customers: Iterable[Customer]) -> Iterator[Order]:
    for customer in customers:
        if customer.role is not Role.MEMBER or customer.is_prospect:
            continue
        rng = seller.rng
        age_days = (AS_OF - customer.joined_on).days
        repeats = draw_repeat_days(rng, LIFETIME, age_days)
        days = [customer.joined_on, *(customer.joined_on + timedelta(days=int(r)) for r in repeats)]
        tastes = dict(_RETAIL_TASTES)
        tastes[rng.choice(list(tastes))] *= _FAVOURITE_FACTOR
        for day, paid_cents in zip(days, draw_order_cents(rng, SPEND, len(days)), strict=True):
            yield seller.write_retail_order(customer, day, tastes, paid_cents)


def _sell_to_organisation(
    seller: Seller, customer: Customer, habit: Habit, truths: Truths
) -> Iterator[Order]:
    planted = list_planted_gaps(seller.rng, customer, truths)
    days = (
        walk_order_days(seller.rng, habit, customer.joined_on)
        if planted is None
        else map(day_before_end, planted)
    )
    for day in days:
        yield seller.write_trade_order(customer, day, habit)


def _median_dealer_cents(orders: Iterable[Order]) -> float:
    """The median dealer's net amount of the last 365 days, over dealers who bought."""
    dealers = (order for order in orders if order.customer.role is Role.DEALER)
    return median(sum_net_cents(dealers, after=day_before_end(365), until=AS_OF).values())


def _sell_to_rising_dealer(
    seller: Seller, customer: Customer, habit: Habit, median_cents: float
) -> Iterator[Order]:
    """The same number of orders every year at even distances; the amounts of the last year are what rises."""
    step = 365 / _RISING_ORDERS_A_YEAR
    for serial in range(3 * _RISING_ORDERS_A_YEAR):
        ago = round(3 * 365 - step * serial) - 5
        level = _RISING_NOW if ago < 365 else _RISING_BEFORE
        wanted = median_cents * level / _RISING_ORDERS_A_YEAR
        lines = fill_trade_basket(
            seller.rng, seller.shelf, habit.tastes, wanted_cents=wanted, price_rate=habit.price_rate
        )
        yield seller.write_order(customer, day_before_end(ago), lines)


def _sell_to_special_accounts(seller: Seller, customers: Iterable[Customer]) -> Iterator[Order]:
    """Walk-ins nearly every day and on the last, a related party every month, a supplier twice."""
    accounts = {c.role: c for c in customers}
    rng = seller.rng
    for ago in range(HISTORY_DAYS, -1, -1):
        if ago == 0 or rng.random() < _WALK_INS_A_DAY:
            (paid_cents,) = draw_order_cents(rng, SPEND, 1)
            yield seller.write_retail_order(
                accounts[Role.BUCKET], day_before_end(ago), _RETAIL_TASTES, paid_cents
            )
    related = [day_before_end(30 * month + rng.randrange(10)) for month in range(36)]
    supplied = [draw_day(rng, FIRST_DAY, AS_OF) for _ in range(2)]
    for role, days in ((Role.RELATED, related), (Role.SUPPLIER, supplied)):
        for day in days:
            lines = fill_trade_basket(
                rng, seller.shelf, _RETAIL_TASTES, wanted_cents=rng.uniform(2e6, 8e6), price_rate=0.7
            )
            yield seller.write_order(accounts[role], day, lines)
