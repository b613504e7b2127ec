"""The purchase_day table: one row per customer and day, which most measures read."""

from __future__ import annotations

import datetime as dt

from keceng.collect.tables import ORDER_LINES, ORDERS, PRODUCTS, PURCHASE_DAY
from keceng.lake import Snapshot, Step, UnitOfWork, open_engine, sql
from keceng.vocabulary import Text

_PURCHASE_DAYS = """
with costed as (
    select l.*,
        coalesce(l.cost, cast(round(p.unit_cost * l.quantity, 0) as bigint)) as known_cost
    from order_lines l left join products p on p.product_id = l.product_id and p.unit_cost is not null
    where l.customer_key is not null and not l.is_cancelled
)
select customer_key, line_on as day, void_on,
    count(distinct order_key) filter (where is_valid) as orders,
    count(*) filter (where is_valid) as lines,
    cast(sum(amount) as bigint) as net,
    cast(coalesce(sum(amount) filter (where is_valid), 0) as bigint) as gross,
    cast(sum(known_cost) as bigint) as cost,
    cast(sum(amount) filter (where known_cost is not null) as bigint) as costed_net,
    cast(sum(discount) filter (where is_valid) as bigint) as discount,
    cast(sum(list_amount) filter (where is_valid) as bigint) as list_amount,
    cast(coalesce(sum(-amount) filter (where is_return), 0) as bigint) as returned
from costed
group by customer_key, line_on, void_on
order by customer_key, day, void_on
"""

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


def void_returned_orders(work: UnitOfWork) -> None:
    """Date every order whose linked returns reach its gross: from that day on it does not count as bought."""
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
        work.merge(ORDER_LINES, engine.fetch(sql(_CHANGED_LINES)))
    engine.close()


def rebuild_purchase_days(work: UnitOfWork) -> None:
    """Write `purchase_day` anew from the lines, sorted by customer and day."""
    engine = open_engine(work.current(), [ORDER_LINES, PRODUCTS])
    work.replace(PURCHASE_DAY, engine.fetch(sql(_PURCHASE_DAYS)))
    engine.close()


def last_valid_order_date(snapshot: Snapshot) -> dt.date | None:
    """The last day with a valid purchase line of a known customer; None in an empty ledger."""
    engine = open_engine(snapshot, [ORDER_LINES])
    found = engine.fetch(sql(_LAST_VALID))["last_on"][0].as_py()
    engine.close()
    return found if isinstance(found, dt.date) else None
