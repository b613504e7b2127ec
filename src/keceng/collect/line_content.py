"""What makes a line the same line when it comes again: one short text per line, the same for the same content.

Numbers are folded into two chains of remainders, words (where a file has any) into a SHA-1; neither depends on an engine's
version nor on random keys.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from keceng.lake import sql

CHAINS = ((2_147_483_647, 1_000_003), (2_147_483_629, 999_983))
"""Prime and factor of each chain; a remainder times a factor fits into 64 bits."""
NOTHING = 7_046_029_254_386
"""Stands for an empty number."""
_SEPARATOR = "chr(31)"

_NUMBERS: tuple[tuple[tuple[str, ...], str], ...] = (
    ((), "k.told_id"),
    ((), "epoch_us(a.line_at)"),
    ((), "a.amount"),
    ((), "cast(a.is_return as bigint) + 2 * cast(a.is_gift as bigint)"),
    (("paid_at",), "epoch_us(a.paid_at)"),
    (("list_amount",), "a.list_amount"),
    (("discount",), "a.stated_discount"),
    (("cost", "unit_cost"), "a.cost"),
)
"""The fields that feed a number (none: it is always there), and the number."""

_WORDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("quantity",), "cast(a.pieces as varchar)"),
    (("unit_price",), "cast(a.unit_price as varchar)"),
    (("line_no",), "a.line_no"),
    (("product_id",), "a.stated_product_id"),
    (("product_name",), "a.product_name"),
    (("category",), "a.category"),
    (("product_line",), "a.product_line"),
    (("status",), "a.status"),
    (("channel",), "a.channel"),
    (("space",), "a.space"),
    (("store",), "a.store"),
    (("ref_order_id",), "a.ref_order_id"),
)
"""The same for words, and for numbers of many decimals."""

TOLD_ID = "cast('0x' || substring(sha1({id}), 1, 15) as bigint)"
"""A number for a source id, the same wherever the id is the same."""


def line_content(fields: Collection[str]) -> exp.Expr:
    """The expression of a line's content: over an accepted line `a` of a file that feeds `fields`, of the customer `k`."""
    numbers = [part for names, part in _NUMBERS if _is_fed(names, fields)]
    words = [(place, part) for place, (names, part) in enumerate(_WORDS) if _is_fed(names, fields)]
    told = [f"cast({_folded(numbers)} as varchar)"]
    if words:
        marked = ", ".join(f"'{place:x}', coalesce({part}, ''), {_SEPARATOR}" for place, part in words)
        told.append(f"substring(sha1(concat({marked})), 1, 16)")
    content: exp.Expr = sql(f"select concat({', '.join(told)})").expressions[0]
    return content


def _is_fed(names: Collection[str], fields: Collection[str]) -> bool:
    return not names or any(name in fields for name in names)


def _folded(numbers: Collection[str]) -> str:
    """One number of 62 bits for all of them, in their order."""
    halves = []
    for prime, factor in CHAINS:
        chain = "0"
        for number in numbers:
            chain = f"(({chain}) * {factor} + coalesce({number}, {NOTHING}) % {prime}) % {prime}"
        halves.append(f"(({chain} + {prime}) % {prime})")
    return f"{halves[0]} * 4294967296 + {halves[1]}"
