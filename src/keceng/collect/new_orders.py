"""Orders of one line each, of a source that had none: nothing to compare, so they are written as they stream past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.line_batches import LineBatch, LineCounts
from keceng.collect.tables import ORDER_LINES, ORDERS
from keceng.lake import Engine, Table, UnitOfWork, sql

_NEW_ORDERS = """
select count(*) as lines, count(given_order_id) as named, :orders as orders,
    count(*) filter (where source_id is null) as anonymous
from lines_accepted
"""
_DIFFERENT = "select count(distinct hash(given_order_id))"

_KNOWN_OF_SOURCE = "select count(*) as orders from orders where source = :source"

_ONE_LINE_ORDERS = "select {columns} from incoming"
_IN_ORDER = " order by line_on, order_id"
_ALWAYS = (
    "order_id", "customer_key", "line_on", "line_at", "quantity", "amount", "is_return", "is_valid", "is_gift",
    "is_cancelled", "content", "row_no",
)  # fmt: skip
_WHERE_FED = {
    "paid_on": ("paid_at",),
    "status": ("status",),
    "channel": ("channel",),
    "space": ("space",),
    "store": ("store",),
    "ref_order_id": ("ref_order_id",),
    "product_id": ("product_id", "product_name", "category"),
    "list_amount": ("list_amount",),
    "discount": ("discount",),
    "cost": ("cost", "unit_cost"),
}
"""Columns of lines that are empty unless one of these fields is in the file."""


def count_new_orders(engine: Engine, batch: LineBatch) -> LineCounts | None:
    """The counts where every line is an order of its own and the source has none yet; None where it must be looked at closer."""
    if engine.fetch(sql(_KNOWN_OF_SOURCE, source=batch.source))["orders"][0].as_py():
        return None
    different = "select count(*)" if batch.has_different_orders else _DIFFERENT
    row = engine.fetch(sql(_NEW_ORDERS, orders=sql(different).expressions[0])).to_pylist()[0]
    if not row["lines"] == row["named"] == row["orders"]:
        return None
    return LineCounts(added=row["lines"], anonymous=row["anonymous"], are_new_orders=True)


def write_new_orders(engine: Engine, work: UnitOfWork, batch: LineBatch) -> None:
    """Orders of one line each, in the order of their keys, both tables in one go.

    A file whose orders come in that order, as most do, is not sorted; whether they do is seen as they are written.
    """
    try:
        _write_in_order(engine, work, batch, is_sorted=batch.is_in_order)
    except _OutOfOrderError:
        _write_in_order(engine, work, batch, is_sorted=False)


def _write_in_order(engine: Engine, work: UnitOfWork, batch: LineBatch, *, is_sorted: bool) -> None:
    newest = engine.fetch(sql("select coalesce(max(order_key), 0) as order_key from orders"))
    first = newest["order_key"][0].as_py() + 1
    same: dict[str, str | int] = {"source": batch.source, "batch_id": batch.batch_id, "line_no": 1}
    fed = [name for name, fields in _WHERE_FED.items() if not batch.fields.isdisjoint(fields)]
    query = _ONE_LINE_ORDERS.format(columns=", ".join([*_ALWAYS, *fed])) + ("" if is_sorted else _IN_ORDER)
    with work.writing(ORDERS, is_lean=True) as orders, work.writing(ORDER_LINES, is_lean=True) as lines:
        last = None
        for piece in engine.stream(sql(query), in_order=is_sorted):
            rows = pa.Table.from_batches([piece])
            if is_sorted:
                last = _last_in_order(rows, last)
            keys = pa.array(np.arange(first, first + rows.num_rows, dtype=np.int64))
            first += rows.num_rows
            orders.write(_columns_of(ORDERS, rows, {"order_key": keys}, same, _ORDER_FROM_LINE))
            lines.write(_columns_of(ORDER_LINES, rows, {"order_key": keys}, same, {}))


class _OutOfOrderError(Exception):
    """The orders of a file do not come in the order of their days and ids."""


def _last_in_order(rows: pa.Table, before: tuple[dt.date, str] | None) -> tuple[dt.date, str]:
    """Day and id of the last order of a piece.

    Raises:
        _OutOfOrderError: one does not come after the one before it.
    """
    days, ids = rows["line_on"].combine_chunks(), rows["order_id"].combine_chunks()
    is_later = pc.greater(days[1:], days[:-1])
    is_next = pc.and_(pc.equal(days[1:], days[:-1]), pc.greater(ids[1:], ids[:-1]))
    comes_after = before is None or (days[0].as_py(), ids[0].as_py()) > before
    if not (comes_after and pc.all(pc.or_(is_later, is_next), min_count=0).as_py()):
        raise _OutOfOrderError
    return days[-1].as_py(), ids[-1].as_py()


_ORDER_FROM_LINE = {"ordered_on": "line_on", "ordered_at": "line_at"}


def _columns_of(
    table: Table,
    rows: pa.Table,
    made: Mapping[str, pa.Array],
    same: Mapping[str, str | int],
    renamed: Mapping[str, str],
) -> pa.Table:
    """The columns of `table`: made here, the same for all rows, or of `rows`; the others stay empty."""
    columns: dict[str, pa.Array | pa.ChunkedArray] = {}
    for name in table.column_names:
        if name in made:
            columns[name] = made[name]
        elif name in same:
            columns[name] = pa.repeat(same[name], rows.num_rows)
        elif (source := renamed.get(name, name)) in rows.column_names:
            columns[name] = rows[source]
    return pa.table(columns)
