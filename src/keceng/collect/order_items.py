"""Shops export orders and their items as two files: joined by the order number they are lines of sales again.

The order tells who bought, when and for how much; the item tells what. Neither file alone says both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.aliases import aliases_of, normalize_header
from keceng.collect.source import ROW_NO, SourceTable
from keceng.vocabulary import Text

_CUSTOMER = frozenset({"customer_id", "customer_name"})
_DATE = frozenset({"ordered_at", "paid_at"})
_GOODS = frozenset({"product_id", "product_name", "category", "product_line"})
_OF_ITEMS = _GOODS | {"quantity", "unit_price", "line_no"}
_FOUND_SHARE, _UNIQUE_SHARE = 0.8, 0.999
_WRAPPING = r"""^[\s='"]+|[\s'"]+$"""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Places of two tables that belong together, and the order number of each of their rows."""

    orders: int
    items: int
    order_numbers: pa.Array
    item_numbers: pa.Array


def join_order_items(tables: Sequence[SourceTable]) -> list[SourceTable]:
    """The tables, with each file of items and its file of orders in one; orders without any item stay by themselves.

    A file of items names an order and goods, but neither customer nor date; at least four fifths of its rows find
    their order in a file in which every order stands once.
    """
    joined = [table.held() for table in tables] if any(map(_is_of_items, tables)) else list(tables)
    while (pair := _find_pair(joined)) is not None:
        orders, items = joined[pair.orders], joined[pair.items]
        lines, left = _join(orders, items, pair)
        kept = [table for n, table in enumerate(joined) if n not in {pair.orders, pair.items}]
        joined = [*kept, lines, *([left] if left.row_count else [])]
    return joined


def _find_pair(tables: Sequence[SourceTable]) -> _Pair | None:
    for items_at, items in enumerate(tables):
        if not _is_of_items(items):
            continue
        numbers = _order_numbers(items)
        for orders_at, orders in enumerate(tables):
            known = _order_numbers(orders) if orders_at != items_at and _is_of_orders(orders) else None
            if known is not None and numbers is not None and _belong(known, numbers):
                return _Pair(orders_at, items_at, known, numbers)
    return None


def _is_of_items(table: SourceTable) -> bool:
    fields = {field for names in _fields_by_header(table).values() for field in names}
    return "order_id" in fields and bool(fields & _GOODS) and not fields & (_CUSTOMER | _DATE)


def _is_of_orders(table: SourceTable) -> bool:
    fields = {field for names in _fields_by_header(table).values() for field in names}
    return "order_id" in fields and bool(fields & _CUSTOMER) and bool(fields & _DATE)


def _belong(orders: pa.Array, items: pa.Array) -> bool:
    if not len(orders) or not len(items):
        return False
    is_unique = len(pc.unique(orders)) >= _UNIQUE_SHARE * len(orders)
    found = pc.sum(pc.is_in(items, value_set=orders.drop_null())).as_py() or 0
    return is_unique and bool(found >= _FOUND_SHARE * len(items))


def _fields_by_header(table: SourceTable) -> Mapping[str, frozenset[str]]:
    aliases = aliases_of("order_lines")
    return {h: frozenset(name for name, _ in aliases.get(normalize_header(h), ())) for h in table.headers}


def _order_numbers(table: SourceTable) -> pa.Array | None:
    """The order number of each row as it is compared: without the `="…"` around it."""
    fields = _fields_by_header(table)
    header = next((h for h in table.headers if "order_id" in fields[h]), None)
    if header is None:
        return None
    return pc.replace_substring_regex(table.data[header], _WRAPPING, "").combine_chunks()


def _join(orders: SourceTable, items: SourceTable, pair: _Pair) -> tuple[SourceTable, SourceTable]:
    """Lines: each item with its order's columns; and the orders that no item names."""
    place = pc.index_in(pair.item_numbers, value_set=pair.order_numbers)
    told = _fields_by_header(orders)
    given = orders.data.select([h for h in orders.headers if not told[h] & _OF_ITEMS]).take(place)
    columns = {h: items.data[h] for h in items.headers}
    for header in given.column_names:
        both = header in columns
        columns[header] = pc.coalesce(columns[header], given[header]) if both else given[header]
    named = pc.is_in(pair.order_numbers, value_set=pair.item_numbers.drop_null())
    left = orders.data.filter(pc.invert(named))
    note = Text(
        f"「{orders.file}」和「{items.file}」按订单号合并: {orders.data.num_rows:,} 张订单, {items.data.num_rows:,} 行商品",
        f"“{orders.file}” and “{items.file}” are joined by order number: {orders.data.num_rows:,} orders, "
        f"{items.data.num_rows:,} items",
    )
    lines = replace(
        items,
        file=f"{orders.file} + {items.file}",
        headers=tuple(columns),
        data=pa.table(columns | {ROW_NO: items.data[ROW_NO]}),
        digest=sha256(
            f"{orders.digest}|{orders.sheet or ''}|{items.digest}|{items.sheet or ''}".encode()
        ).hexdigest(),
        notes=(note, *orders.notes, *items.notes),
    )
    return lines, replace(orders, data=left, notes=())
