"""Turns an amount a customer wants to spend into the lines of an order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from random import Random

from keceng.demo.orders import LineType, OrderLine
from keceng.demo.products import Product

Tastes = Mapping[str, float]
"""How likely a customer picks each category; categories left out are never picked."""

_MOST_PIECES = 4
_NEAR_ENOUGH = 1.15


class Shelf:
    """The range, arranged for finding an article by category and price."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._by_price = sorted(products, key=lambda product: (product.list_cents, product.code))
        self._prices = [product.list_cents for product in self._by_price]
        self._by_category: dict[str, list[Product]] = {}
        for product in self._by_price:
            self._by_category.setdefault(product.category, []).append(product)

    def draw_affordable(self, rng: Random, category: str, budget_cents: float) -> Product:
        """An article of the category within the budget, or its cheapest."""
        articles = self._by_category[category]
        within = [product for product in articles if product.list_cents <= budget_cents]
        return rng.choice(within or articles[:1])

    def find_just_above(self, category: str, floor_cents: int) -> tuple[Product, int]:
        """The article and quantity whose list price exceeds `floor_cents` least, of the category where it comes near."""
        offers = [
            (product.list_cents * pieces, pieces, product)
            for product in self._by_category[category]
            for pieces in range(1, _MOST_PIECES + 1)
            if floor_cents <= product.list_cents * pieces <= floor_cents * _NEAR_ENOUGH
        ]
        if offers:
            _, pieces, product = min(offers, key=lambda offer: offer[:2])
            return product, pieces
        position = bisect_left(self._prices, floor_cents)
        if position < len(self._prices):
            return self._by_price[position], 1
        dearest = self._by_price[-1]
        return dearest, -(-floor_cents // dearest.list_cents)


def draw_category(rng: Random, tastes: Tastes) -> str:
    """A category, by the weights of the tastes."""
    return rng.choices(list(tastes), list(tastes.values()))[0]


def fill_retail_basket(rng: Random, shelf: Shelf, tastes: Tastes, paid_cents: int) -> tuple[OrderLine, ...]:
    """One to three lines at list price whose discounts bring the sum to exactly `paid_cents`."""
    floor_cents = round(paid_cents / (1 - rng.choices((0.0, 0.05, 0.10, 0.20), (70, 12, 12, 6))[0]))
    picked: list[tuple[Product, int]] = []
    for _ in range(rng.choices((0, 1, 2), (50, 32, 18))[0]):
        product = shelf.draw_affordable(rng, draw_category(rng, tastes), floor_cents * 0.6)
        if product.list_cents <= floor_cents * 0.6:
            picked.append((product, 1))
            floor_cents -= product.list_cents
    picked.append(shelf.find_just_above(draw_category(rng, tastes), floor_cents))
    listed = sum(product.list_cents * pieces for product, pieces in picked)
    return _spread_discount(picked, listed - paid_cents, listed)


def _spread_discount(
    picked: Sequence[tuple[Product, int]], discount_cents: int, listed_cents: int
) -> tuple[OrderLine, ...]:
    lines, left = [], discount_cents
    for position, (product, pieces) in enumerate(picked, start=1):
        gross = product.list_cents * pieces
        discount = left if position == len(picked) else discount_cents * gross // listed_cents
        left -= discount
        lines.append(OrderLine(product, pieces, product.list_cents, discount, gross - discount))
    return tuple(lines)


def fill_trade_basket(
    rng: Random, shelf: Shelf, tastes: Tastes, *, wanted_cents: float, price_rate: float
) -> tuple[OrderLine, ...]:
    """One to five lines at contract price (`price_rate` of list), together about `wanted_cents`."""
    count = rng.choices((1, 2, 3, 4, 5), (15, 25, 25, 20, 15))[0]
    lines = []
    for _ in range(count):
        budget = wanted_cents / count
        product = shelf.draw_affordable(rng, draw_category(rng, tastes), budget / price_rate)
        unit = round(product.list_cents * price_rate)
        quantity = max(1, round(budget / unit))
        gross = unit * quantity
        discount = round(gross * 0.03) if rng.random() < 0.15 else 0
        lines.append(OrderLine(product, quantity, unit, discount, gross - discount))
    return tuple(lines)


def sell_below_cost(lines: Sequence[OrderLine], net_to_cost: float) -> tuple[OrderLine, ...]:
    """The same lines, discounted until each brings `net_to_cost` of what it cost."""
    return tuple(
        line._replace(
            net_cents=(net := round(line.cost_cents * net_to_cost)),
            discount_cents=line.unit_cents * line.quantity - net,
        )
        for line in lines
    )


def make_gift(product: Product) -> OrderLine:
    """One piece that goes along for nothing, and costs what it costs."""
    return OrderLine(product, 1, 0, 0, 0, LineType.GIFT)
