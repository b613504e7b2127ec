"""What happens to orders: gifts go along, some are cancelled, goods come back as 退货 or 红字."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from keceng.demo.baskets import make_gift
from keceng.demo.customers import Role
from keceng.demo.history import AS_OF, day_before_end, draw_moment, open_stream
from keceng.demo.orders import CANCELLED_STATUSES, LineType, Order, OrderLine
from keceng.demo.products import Product
from keceng.demo.sales import Sales
from keceng.demo.truths import Truths

_GIFT_SHARE, _CANCELLED_SHARE, _RETURN_SHARE = 0.04, 0.02, 0.03
_WHOLE_RETURN_SHARE, _LINKED_SHARE = 0.3, 0.6
_RETURN_STATUS = "已退货"
_GIFT_CATEGORIES = ("洗手液", "文具", "坚果")
_SPECIAL_ROLES = {Role.RELATED, Role.SUPPLIER, Role.BUCKET}
# the silent customer's later rows, none of which is a purchase: days before the end
_SILENT_RETURN, _SILENT_CANCELLED, _SILENT_GIFT = 480, 100, 40


def add_mishaps(seed: int, sales: Sales, products: Sequence[Product], truths: Truths) -> list[Order]:
    """The sales with their gifts, and every cancelled order and return document beside them."""
    rng = open_stream(seed, "mishaps")
    gifts = [product for product in products if product.category in _GIFT_CATEGORIES]
    happened: list[Order] = []
    for order in sales.orders:
        happened += _meet_mishaps(rng, order, gifts, may_return=_may_return(order, sales))
    silent = [order for order in sales.orders if order.customer.code == truths.silent_customer]
    return [*happened, *_trail_silent_customer(rng, silent[-1], gifts)]


def _may_return(order: Order, sales: Sales) -> bool:
    customer = order.customer
    return customer.role not in _SPECIAL_ROLES and customer.code not in sales.without_returns


def _meet_mishaps(
    rng: Random, order: Order, gifts: Sequence[Product], *, may_return: bool
) -> Iterator[Order]:
    if rng.random() < _CANCELLED_SHARE:
        yield _cancel_attempt(rng, order)
    with_gift = rng.random() < _GIFT_SHARE
    yield replace(order, lines=(*order.lines, make_gift(rng.choice(gifts)))) if with_gift else order
    if may_return and rng.random() < _RETURN_SHARE:
        yield from _return_goods(rng, order)


def _cancel_attempt(rng: Random, order: Order) -> Order:
    """An earlier try at the same order on the same day; nothing was paid."""
    return replace(
        order,
        key=f"{order.key}c",
        placed_at=order.placed_at - timedelta(minutes=rng.randint(3, 50)),
        status=rng.choice(CANCELLED_STATUSES),
        lines=tuple(line._replace(net_cents=0, discount_cents=0) for line in order.lines),
    )


def _return_goods(rng: Random, order: Order) -> Iterator[Order]:
    """Some goods come back days later. Members keep at least one piece, so their purchase days stay what they are."""
    day = order.placed_at.date() + timedelta(days=rng.randint(2, 20))
    if day > AS_OF:
        return
    is_whole = order.customer.role is not Role.MEMBER and rng.random() < _WHOLE_RETURN_SHARE
    lines = order.lines if is_whole else _pick_part(rng, order.lines)
    if lines:
        # a whole return always names its order: it is what takes the order back
        is_linked = is_whole or rng.random() < _LINKED_SHARE
        yield _write_return(rng, order, day, lines=lines, is_linked=is_linked)


def _pick_part(rng: Random, lines: Sequence[OrderLine]) -> tuple[OrderLine, ...]:
    """One line of several, one piece of many, or nothing where there is a single piece."""
    line = rng.choice(lines)
    if len(lines) > 1:
        return (line,)
    if line.quantity == 1:
        return ()
    net, discount = line.net_cents // line.quantity, line.discount_cents // line.quantity
    return (line._replace(quantity=1, net_cents=net, discount_cents=discount),)


def _write_return(
    rng: Random, order: Order, day: date, *, lines: Iterable[OrderLine], is_linked: bool
) -> Order:
    line_type = LineType.RETURN if order.customer.role is Role.MEMBER else LineType.RED
    return replace(
        order,
        key=f"{order.key}r",
        placed_at=draw_moment(rng, day),
        status=_RETURN_STATUS,
        lines=tuple(_negate_line(line, line_type) for line in lines),
        refers_to=order.key if is_linked else None,
    )


def _negate_line(line: OrderLine, line_type: LineType) -> OrderLine:
    return line._replace(
        quantity=-line.quantity,
        net_cents=-line.net_cents,
        discount_cents=-line.discount_cents,
        line_type=line_type,
    )


def _trail_silent_customer(rng: Random, last: Order, gifts: Sequence[Product]) -> Iterator[Order]:
    """Rows after the last purchase that must not be taken for one: part of it comes back, a try is cancelled, a gift."""
    yield _write_return(rng, last, day_before_end(_SILENT_RETURN), lines=last.lines[:1], is_linked=False)
    tried = replace(
        last,
        key=f"{last.key}x",
        placed_at=draw_moment(rng, day_before_end(_SILENT_CANCELLED), opens=10),
    )
    yield _cancel_attempt(rng, tried)
    yield replace(
        last,
        key=f"{last.key}g",
        placed_at=draw_moment(rng, day_before_end(_SILENT_GIFT)),
        lines=(make_gift(rng.choice(gifts)),),
    )
