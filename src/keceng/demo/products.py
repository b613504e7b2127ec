"""What the demo company sells: 6 product lines, 15 categories, 150 articles, each with list price and cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from keceng.demo.history import FIRST_DAY, draw_day, open_stream

ARTICLES_PER_CATEGORY = 10
_COST_SHARE = (0.45, 0.60)

_CATEGORIES = {
    # category: (product line, lowest and highest list price in yuan)
    "纸张": ("办公耗材", 9, 160),
    "墨盒": ("办公耗材", 39, 420),
    "文具": ("办公耗材", 7, 90),
    "打印机": ("办公设备", 590, 3900),
    "办公家具": ("办公设备", 190, 2600),
    "显示器": ("信息设备", 490, 2900),
    "网络设备": ("信息设备", 120, 2200),
    "会议平板": ("信息设备", 2400, 5900),
    "洗手液": ("清洁用品", 8, 70),
    "纸巾": ("清洁用品", 11, 120),
    "茶叶": ("茶饮食品", 29, 680),
    "咖啡": ("茶饮食品", 25, 390),
    "坚果": ("茶饮食品", 15, 210),
    "净水器": ("家居电器", 160, 2700),
    "空气净化器": ("家居电器", 260, 3200),
}
CATEGORIES = tuple(_CATEGORIES)
PRODUCT_LINES = tuple(dict.fromkeys(line for line, _, _ in _CATEGORIES.values()))


@dataclass(frozen=True, slots=True)
class Product:
    """One article; money in cents."""

    code: str
    name: str
    category: str
    product_line: str
    list_cents: int
    cost_cents: int
    launched_on: date


def _make_product(rng: Random, category: str, serial: int) -> Product:
    product_line, lowest, highest = _CATEGORIES[category]
    step = (highest / lowest) ** (1 / (ARTICLES_PER_CATEGORY - 1))
    list_cents = round(lowest * step**serial) * 100 - 10
    return Product(
        code=f"{PRODUCT_LINES.index(product_line) + 1}{CATEGORIES.index(category) + 1:02d}{serial + 1:03d}",
        name=f"示例{category}{serial + 1:02d}型",
        category=category,
        product_line=product_line,
        list_cents=list_cents,
        cost_cents=round(list_cents * rng.uniform(*_COST_SHARE)),
        launched_on=draw_day(rng, date(2020, 1, 1), FIRST_DAY),
    )


def list_products(seed: int) -> tuple[Product, ...]:
    """The whole range, by category; prices within one rise by a constant ratio."""
    rng = open_stream(seed, "products")
    return tuple(
        _make_product(rng, category, serial)
        for category in CATEGORIES
        for serial in range(ARTICLES_PER_CATEGORY)
    )
