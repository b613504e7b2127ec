"""The purchase_day table: one row per customer and day, which most measures read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from keceng.collect.counted_days import (
    LEAST_LINES,
    MOST_LINES,
    NotCountedError,
    NumberedLines,
    count_days,
    count_numbered_days,
)
from keceng.collect.purchase_day_runs import SORTED_LINES, sum_runs
from keceng.collect.staged import LOOKED_AT, bounded, count_rows
from keceng.collect.tables import ORDER_LINES, ORDERS, PRODUCTS, PURCHASE_DAY
from keceng.lake import Engine, PackedColumn, Snapshot, Step, UnitOfWork, open_engine, sql
from keceng.vocabulary import Text

_COSTED = """
select l.*, coalesce(l.cost, cast(round(p.unit_cost * l.quantity, 0) as bigint)) as known_cost
from order_lines l left join products p on p.product_id = l.product_id and p.unit_cost is not null
where l.customer_key is not null and not l.is_cancelled
"""
_COSTED_BY_LINE = """
select l.*, l.cost as known_cost from order_lines l where l.customer_key is not null and not l.is_cancelled
"""
"""The same where no product has a cost of its own."""

_PURCHASE_DAYS = """
select customer_key, line_on as day, void_on,
    :orders as orders,
    count(*) filter (where is_valid) as lines,
    cast(sum(amount) as bigint) as net,
    cast(coalesce(sum(amount) filter (where is_valid), 0) as bigint) as gross,
    :cost as cost,
    :costed_net as costed_net,
    :discount as discount,
    :list_amount as list_amount,
    cast(coalesce(sum(-amount) filter (where is_return), 0) as bigint) as returned
from costed
group by customer_key, line_on, void_on
order by customer_key, day, void_on
"""

_ORDERS = "select count(distinct order_key) filter (where is_valid)"
_SUMS = {
    "cost": "select cast(sum(known_cost) as bigint)",
    "costed_net": "select cast(sum(amount) filter (where known_cost is not null) as bigint)",
    "discount": "select cast(sum(discount) filter (where is_valid) as bigint)",
    "list_amount": "select cast(sum(list_amount) filter (where is_valid) as bigint)",
}
_TOLD = """
select max(line_no) as last_line, count(*) as lines, max(abs(amount)) as largest,
    exists (select 1 from products where unit_cost is not null) as products_cost,
    exists (select 1 from order_lines where cost is not null) as lines_cost,
    exists (select 1 from order_lines where discount is not null) as discount,
    exists (select 1 from order_lines where list_amount is not null) as list_amount,
    exists (select 1 from order_lines where void_on is not null) as is_voided
from order_lines
"""
_MOST = 9 * 10**18
_ORDERS_OF_LINES = "select count(*) filter (where is_valid)"
"""The same where every order has one line."""

_VOIDS = """
with gross as (
    select order_key, sum(amount) as gross_cents from order_lines where is_valid group by order_key having sum(amount) > 0
),
returned as (
    select o.order_key, l.line_on, sum(-l.amount) as returned_cents
    from orders r
    join order_lines l on l.order_key = r.order_key and l.is_return and not l.is_cancelled
    join orders o on o.source = r.source and o.order_id = r.ref_order_id
    where r.ref_order_id is not null
    group by o.order_key, l.line_on
),
running as (
    select order_key, line_on, sum(returned_cents) over (partition by order_key order by line_on) as returned_until
    from returned
)
select r.order_key, min(r.line_on) as void_on
from running r join gross g on g.order_key = r.order_key
where r.returned_until >= g.gross_cents
group by r.order_key
"""

_CHANGED_ORDERS = """
select o.* exclude (void_on), v.void_on as void_on
from orders o left join voids v on v.order_key = o.order_key
where o.void_on is distinct from v.void_on
"""

_CHANGED_LINES = """
select l.* exclude (void_on), v.void_on as void_on
from order_lines l
join changed_orders c on c.order_key = l.order_key
left join voids v on v.order_key = l.order_key
where not l.is_return
"""

_LAST_VALID = "select max(line_on) as last_on from order_lines where is_valid and customer_key is not null"


def void_returned_orders(work: UnitOfWork) -> pa.Table:
    """Date every order whose linked returns reach its gross: from that day on it does not count as bought.

    Returns:
        The lines that changed, as they are now.
    """
    changed = ORDER_LINES.arrow_schema.empty_table()
    engine = open_engine(work.current(), [ORDERS, ORDER_LINES])
    linked = engine.fetch(
        sql("select count(*) as n from orders where ref_order_id is not null or void_on is not null")
    )
    if linked["n"][0].as_py():
        engine.run(
            [
                Step("voids", sql(_VOIDS), Text("整单退回的订单", "orders wholly returned")),
                Step("changed_orders", sql(_CHANGED_ORDERS), Text("状态有变的订单", "orders that change")),
            ]
        )
        work.merge(ORDERS, engine.fetch(sql("select * from changed_orders")))
        changed = engine.fetch(sql(_CHANGED_LINES))
        work.merge(ORDER_LINES, changed)
    engine.close()
    return changed


def rebuild_purchase_days(
    work: UnitOfWork, *, apart_days: int = 0, numbered: NumberedLines | None = None
) -> None:
    """Write `purchase_day` anew from the lines, sorted by customer and day, in one file.

    With `apart_days`, the last days up to so many go to a file of their own. `numbered` are lines still at hand; where the ledger has
    no others they are not read again.
    """
    snapshot = work.current()
    engine = open_engine(
        bounded(snapshot) if _count_lines(snapshot) > LOOKED_AT else snapshot, [ORDER_LINES, PRODUCTS]
    )
    last = last_valid_order_date(snapshot) if apart_days else None
    edge = None if last is None else last - dt.timedelta(days=apart_days)
    told = engine.fetch(sql(_TOLD)).to_pylist()[0]
    try:
        if not (_are_plain(told) and LEAST_LINES <= told["lines"] <= MOST_LINES):
            raise NotCountedError
        _pack_days(work, _count(snapshot, told["lines"], numbered), edge)
    except NotCountedError:
        _write_days(work, _sum_days(engine, told), edge)
    engine.close()


def _write_days(work: UnitOfWork, pieces: Iterable[pa.Table], edge: dt.date | None) -> None:
    """Make these all purchase days; those after `edge` go to a file of their own."""
    with work.writing(PURCHASE_DAY) as recent, work.writing(PURCHASE_DAY, replaces=True) as earlier:
        for rows in pieces:
            before, after = _parted(rows, edge)
            earlier.write(before)
            recent.write(after)


def _pack_days(work: UnitOfWork, pieces: Iterable[pa.Table], edge: dt.date | None) -> None:
    """The same for so many that they are packed by loops."""
    with work.packing(PURCHASE_DAY) as recent, work.packing(PURCHASE_DAY, replaces=True) as earlier:
        for rows in pieces:
            before, after = _parted(rows, edge)
            earlier.write(_arrays(before), before.num_rows)
            recent.write(_arrays(after), after.num_rows)


def _count(snapshot: Snapshot, lines: int, numbered: NumberedLines | None) -> Iterator[pa.Table]:
    files = snapshot.files(ORDER_LINES)
    if numbered is not None and files == [numbered.file]:
        with suppress(NotCountedError):
            yield from count_numbered_days(numbered)
            return
    yield from count_days(files, lines)


def _parted(rows: pa.Table, edge: dt.date | None) -> tuple[pa.Table, pa.Table]:
    """The days up to `edge`, which are all where there is none, and those after it."""
    if edge is None:
        return rows, rows.slice(0, 0)
    is_recent = pc.greater(rows["day"], pa.scalar(edge, pa.date32()))
    return rows.filter(pc.invert(is_recent)), rows.filter(is_recent)


def _arrays(rows: pa.Table) -> dict[str, PackedColumn]:
    days = rows.set_column(rows.column_names.index("day"), "day", rows["day"].cast(pa.int32()))
    return {name: days[name].to_numpy() for name in days.column_names}


def sum_few_days(engine: Engine) -> pa.Table:
    """The purchase days of the `order_lines` in `engine`, in order."""
    told = engine.fetch(sql(_TOLD)).to_pylist()[0]
    return engine.fetch(days_query(engine, told))


def _sum_days(engine: Engine, told: Mapping[str, Any]) -> Iterator[pa.Table]:
    """All purchase days, in pieces."""
    if _are_plain(told):
        yield from sum_runs(engine.stream(sql(SORTED_LINES)))
    else:
        for piece in engine.stream(days_query(engine, told)):
            yield pa.Table.from_batches([piece])


def _are_plain(told: Mapping[str, Any]) -> bool:
    """Whether lines tell nothing but amounts, few and small enough that no sum can leave 64 bits."""
    extras = ("products_cost", "lines_cost", "discount", "list_amount", "is_voided")
    is_small = (told["largest"] or 0) * told["lines"] < _MOST
    return told["last_line"] == 1 and is_small and not any(told[name] for name in extras)


def days_query(engine: Engine, told: Mapping[str, Any]) -> exp.Expression:
    """The query of all purchase days; what no line tells is not summed."""
    has_cost = told["products_cost"] or told["lines_cost"]
    is_told = {"cost": has_cost, "costed_net": has_cost} | {n: told[n] for n in ("discount", "list_amount")}
    engine.view("costed", sql(_COSTED if told["products_cost"] else _COSTED_BY_LINE))
    sums = {
        name: sql(query if is_told[name] else "select cast(null as bigint)").expressions[0]
        for name, query in _SUMS.items()
    }
    orders = sql(_ORDERS_OF_LINES if told["last_line"] == 1 else _ORDERS).expressions[0]
    return sql(_PURCHASE_DAYS, orders=orders, **sums)


def _count_lines(snapshot: Snapshot) -> int:
    return sum(count_rows(Path(file)) for file in snapshot.files(ORDER_LINES))


def last_valid_order_date(snapshot: Snapshot) -> dt.date | None:
    """The last day with a valid purchase line of a known customer; None in an empty ledger."""
    engine = open_engine(snapshot, [ORDER_LINES])
    found = engine.fetch(sql(_LAST_VALID))["last_on"][0].as_py()
    engine.close()
    return found if isinstance(found, dt.date) else None
