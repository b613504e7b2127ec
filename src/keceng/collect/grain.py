"""What one row is: order totals that repeat on lines, documents whose head stands on their first line only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.aliases import normalize_header
from keceng.collect.profiles import ColumnProfile
from keceng.collect.source import ROW_NO, SourceMapping, SourceTable
from keceng.collect.staged import LOOKED_AT
from keceng.vocabulary import Text

_AGREEING = 0.98
_ENOUGH_ORDERS = 3
_HEAD_FIELDS = ("order_id", "ordered_at", "paid_at", "customer_id", "customer_name")
_FURTHER_HEAD_FIELDS = ("status", "return_mark", "ref_order_id", "channel", "store", "owner")
"""These belong to the whole document too: a mark of return on its first line makes every line a return."""

_PLAIN_NUMBER = r"^\s*[-+]?\d[\d,]*(\.\d*)?\s*$"


@dataclass(frozen=True, slots=True)
class OrderTotals:
    """How a money column behaves inside orders.

    Attributes:
        is_repeated: every line of an order shows the same number although the orders differ.
        equals_lines: that number is the sum of quantity × unit price over the lines.
    """

    is_repeated: bool
    equals_lines: bool


def find_filled_down(data: pa.Table, header_of: Mapping[str, str]) -> tuple[str, ...]:
    """The headers of a document's head that stand on its first line only; empty when the rule does not hold.

    The rule: the document number is missing on some rows but not on the first; on all of these rows the date and
    the customer are missing too; and these rows hold something else. Then status, return mark, channel and owner
    are of the head as well, where they are missing on all of these rows.
    """
    head = [header_of[f] for f in _HEAD_FIELDS if f in header_of]
    if not _has_document_heads(data, header_of):
        return ()
    later = data.filter(pc.is_null(data[header_of["order_id"]]))
    if any(later[h].null_count < later.num_rows for h in head):
        return ()
    further = [header_of[f] for f in _FURTHER_HEAD_FIELDS if f in header_of]
    head += [
        h for h in further if later[h].null_count == later.num_rows and data[h].null_count < data.num_rows
    ]
    others = [h for h in data.column_names if h not in head and h != ROW_NO]
    has_content = any(later[h].null_count < later.num_rows for h in others)
    return tuple(dict.fromkeys(head)) if has_content else ()


def _has_document_heads(data: pa.Table, header_of: Mapping[str, str]) -> bool:
    """Whether number, date and customer are mapped and the number stands on the first row but not on all."""
    named = all(
        any(f in header_of for f in fields)
        for fields in (("order_id",), ("ordered_at", "paid_at"), ("customer_id", "customer_name"))
    )
    if not named or not data.num_rows:
        return False
    numbers = data[header_of["order_id"]]
    return 0 < numbers.null_count < data.num_rows and bool(numbers[0].is_valid)


def fill_down(data: pa.Table, headers: Sequence[str]) -> pa.Table:
    """Each document's head written on all its lines; a head cell that its first line leaves empty stays empty."""
    if not headers:
        return data
    starts = pc.is_valid(data[headers[0]])
    numbers = pa.array(range(data.num_rows), pa.int64())
    first_line = pc.fill_null_forward(pc.if_else(starts, numbers, pa.scalar(None, pa.int64())))
    for header in headers:
        filled = data[header].take(first_line)
        data = data.set_column(data.column_names.index(header), header, filled)
    return data


def inspect_totals(
    data: pa.Table, header_of: Mapping[str, str], field_name: str, *, is_named_total: bool
) -> OrderTotals:
    """Whether the column of `field_name` repeats an order's total on its lines.

    Three orders of several lines must agree, or one where the header says total (`is_named_total`) or where the
    number equals the sum of the lines.
    """
    order, total = header_of.get("order_id"), header_of.get(field_name)
    if order is None or total is None or order == total:
        return OrderTotals(is_repeated=False, equals_lines=False)
    grouped = _orders(data, order, total, header_of)
    several = grouped.filter(pc.greater(grouped["lines"], 1))
    if not several.num_rows or grouped.num_rows < 2:
        return OrderTotals(is_repeated=False, equals_lines=False)
    same = pc.mean(pc.cast(pc.equal(several["totals"], 1), pa.float64())).as_py()
    equal = _share_equal(several) if "sum_of_lines" in several.column_names else 0.0
    varied = len(pc.unique(several["total"])) > 1 or several.num_rows == 1
    enough = is_named_total or equal >= _AGREEING or several.num_rows >= _ENOUGH_ORDERS
    return OrderTotals(is_repeated=same >= _AGREEING and varied and enough, equals_lines=equal >= _AGREEING)


def _orders(data: pa.Table, order: str, total: str, header_of: Mapping[str, str]) -> pa.Table:
    columns = {"order": data[order], "total": data[total]}
    measured = [("total", "count"), ("total", "count_distinct"), ("total", "one")]
    quantity, price = header_of.get("quantity"), header_of.get("unit_price")
    if quantity and price and total not in (quantity, price):
        columns["line"] = pc.multiply(plain_numbers(data[quantity]), plain_numbers(data[price]))
        measured.append(("line", "sum"))
    found = pa.table(columns).filter(pc.is_valid(data[order])).group_by("order").aggregate(measured)
    names = {
        "order": "order", "total_count": "lines", "total_count_distinct": "totals", "total_one": "total",
        "line_sum": "sum_of_lines",
    }  # fmt: skip
    return found.rename_columns([names[name] for name in found.column_names])


def _share_equal(orders: pa.Table) -> float:
    difference = pc.abs(pc.subtract(plain_numbers(orders["total"]), orders["sum_of_lines"]))
    equal = pc.fill_null(pc.less(difference, 0.01), fill_value=False)
    return float(pc.mean(pc.cast(equal, pa.float64())).as_py())


def plain_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Cells that are plain numbers as doubles, for comparing only; the others null."""
    plain = pc.if_else(pc.match_substring_regex(column, _PLAIN_NUMBER), column, pa.scalar(None, pa.string()))
    return pc.cast(pc.replace_substring(pc.utf8_trim_whitespace(plain), ",", ""), pa.float64())


def settle_sales_grain(
    table: SourceTable, mapping: SourceMapping, profiles: Mapping[str, ColumnProfile]
) -> SourceMapping:
    """A sales mapping with its amount, its filled-down heads, its repeated totals and its grain decided."""
    mapping = _name_amount(mapping)
    mapping = _fill_heads(table, mapping)
    mapping = _count_totals_once(table, mapping)
    return _tell_orders(table, mapping, profiles)


def _name_amount(mapping: SourceMapping) -> SourceMapping:
    """An amount before discount stands for the amount where a file has nothing nearer to what was paid."""
    has_lines = mapping.column("unit_price") and mapping.column("quantity")
    listed = mapping.column("list_amount")
    if listed is None or mapping.column("amount") or has_lines:
        return mapping
    note = Text(
        f"没有实付金额列, 用「{listed.header}」作为金额",
        f"there is no column of what was paid: “{listed.header}” is taken for the amount",
    )
    columns = tuple(
        replace(c, field="amount", confidence=min(c.confidence, 0.7)) if c is listed else c
        for c in mapping.columns
    )
    return replace(mapping, columns=columns, notes=(*mapping.notes, note))


def _fill_heads(table: SourceTable, mapping: SourceMapping) -> SourceMapping:
    filled = find_filled_down(table.data, _header_of(mapping))
    if not filled:
        return mapping
    note = Text(
        f"单据抬头(单据号、日期、客户)只写在每张单据的第一行, 已用于其后的明细行: {'、'.join(filled)}",
        f"document, date and customer stand on each document's first line and hold for its other lines: {', '.join(filled)}",
    )
    return replace(mapping, filled_down=filled, notes=(*mapping.notes, note))


def _header_of(mapping: SourceMapping) -> dict[str, str]:
    return {c.field: c.header for c in mapping.columns if c.field}


_TOTAL_HEADERS = (
    "订单", "买家实", "买家应", "应付", "实付金额", "实付款", "总金额", "货款合计", "order", "grandtotal", "整单",
)  # fmt: skip
_ORDER_MONEY = ("amount", "list_amount", "discount", "freight", "refund")


def _count_totals_once(table: SourceTable, mapping: SourceMapping) -> SourceMapping:
    """Order totals on every line count once, or give way to quantity × unit price where both say the same."""
    header_of = _header_of(mapping)
    data = fill_down(table.data.slice(0, LOOKED_AT), mapping.filled_down)
    for field_name in _ORDER_MONEY:
        if field_name not in header_of:
            continue
        header = header_of[field_name]
        is_total = any(word in normalize_header(header) for word in _TOTAL_HEADERS)
        totals = inspect_totals(data, header_of, field_name, is_named_total=is_total)
        if totals.is_repeated:
            mapping = _with_total(mapping, field_name, header, equals_lines=totals.equals_lines)
    return mapping


def _with_total(mapping: SourceMapping, field_name: str, header: str, *, equals_lines: bool) -> SourceMapping:
    if field_name == "amount" and equals_lines:
        note = Text(
            f"「{header}」是整单金额, 在每一行重复, 等于数量×单价之和; 按行用数量×单价",
            f"“{header}” is the order's total on every line and equals the lines: quantity × unit price is used",
        )
        columns = tuple(
            replace(c, field="order_amount") if c.field == "amount" else c for c in mapping.columns
        )
        return replace(mapping, columns=columns, notes=(*mapping.notes, note))
    note = Text(
        f"「{header}」是整单数字, 在每一行重复; 每张订单只算一次",
        f"“{header}” is the order's own number on every line: it counts once per order",
    )
    return replace(mapping, counted_once=(*mapping.counted_once, field_name), notes=(*mapping.notes, note))


def _tell_orders(
    table: SourceTable, mapping: SourceMapping, profiles: Mapping[str, ColumnProfile]
) -> SourceMapping:
    """One row is a whole order when nothing speaks of goods and no order number comes twice."""
    of_lines = ("line_no", "product_id", "product_name", "unit_price")
    order = mapping.column("order_id")
    if order is None or any(mapping.column(f) for f in of_lines):
        return mapping
    profile = profiles[order.header]
    is_one_each = profile.distinct_count == profile.filled_count and table.distinct_share(order.header) == 1
    return replace(mapping, grain="order") if is_one_each else mapping
