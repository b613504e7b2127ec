"""Accepted lines against the ledger: which orders are new, unchanged or replaced, and what is written for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from keceng.collect.identity import changed_rows
from keceng.collect.line_content import line_content
from keceng.collect.tables import ORDER_LINES, ORDERS, PRODUCTS
from keceng.lake import Engine, Step, Table, UnitOfWork, sql
from keceng.vocabulary import KecengError, Place, Text

Overlap = Literal["replace", "append"]

_PLACED = """
select a.* exclude (given_order_id, product_name, category, product_line, paid_at, line_no, pieces, unit_price,
        stated_product_id, stated_discount),
    k.customer_key, :content as content,
    coalesce(a.given_order_id,
        '@' || :scope || '/' || coalesce(cast(k.customer_key as varchar), '') || '/' || cast(a.line_on as varchar)
        || coalesce('/' || a.ref_order_id, '')) as order_id
from lines_accepted a left join customer_keys k on k.source_id = a.source_id
"""

_ADOPTED = """
with earlier as (
    select o.customer_key, o.ordered_on, min(o.order_id) as order_id from orders o
    where o.source = :source and split_part(o.order_id, '/', 1) in (select scope from overlapping_scopes)
    group by o.customer_key, o.ordered_on
)
select i.* exclude (order_id), coalesce(e.order_id, i.order_id) as order_id
from incoming_lines i left join earlier e
    on e.customer_key is not distinct from i.customer_key and e.ordered_on = i.line_on and i.ref_order_id is null
"""

_OVERLAPPING = """
with theirs as (
    select split_part(o.order_id, '/', 1) as scope, l.customer_key, l.line_on, l.content, count(*) as pieces
    from order_lines l join orders o on o.order_key = l.order_key
    where o.source = :source and o.order_id like '@%'
    group by all
),
ours as (
    select customer_key, line_on, content, count(*) as pieces from incoming group by all
),
common as (
    select t.scope, sum(least(t.pieces, o.pieces)) as common_rows
    from theirs t join ours o
        on o.customer_key is not distinct from t.customer_key and o.line_on = t.line_on and o.content = t.content
    where t.scope <> '@' || :scope
    group by t.scope
),
sizes as (select scope, sum(pieces) as all_rows from theirs group by scope)
select c.scope, c.common_rows
from common c join sizes s on s.scope = c.scope
where c.common_rows * 2 > least(s.all_rows, (select count(*) from incoming))
"""

_KNOWN_ORDERS = """
select o.order_key, o.order_id from orders o semi join incoming i on i.order_id = o.order_id where o.source = :source
"""

_KNOWN_LINES = """
select l.order_key, k.order_id, l.line_no, l.content, l.customer_key
from order_lines l
join known_orders k on k.order_key = l.order_key
anti join joined_rows j on j.batch_id = l.batch_id and j.row_no = l.row_no
"""

_STATES = """
with ours as (
    select order_id, count(*) as line_count, sum(cast(hash(content) as hugeint)) as fingerprint,
        min(line_on) as first_on
    from incoming group by order_id
),
theirs as (
    select order_id, count(*) as line_count, sum(cast(hash(content) as hugeint)) as fingerprint
    from known_lines group by order_id
),
newest as (select coalesce(max(order_key), 0) as order_key from orders)
select o.order_id,
    case
        when k.order_key is null then 'added'
        when t.line_count = o.line_count and t.fingerprint = o.fingerprint then 'unchanged'
        when :appends then 'appended'
        else 'updated'
    end as state,
    coalesce(k.order_key, n.order_key + row_number() over (
        partition by k.order_key is null order by o.first_on, o.order_id)) as order_key
from ours o cross join newest n
left join known_orders k on k.order_id = o.order_id
left join theirs t on t.order_id = o.order_id
"""

_NUMBERED = """
with copies as (
    select order_id, content, count(*) as known from known_lines group by order_id, content
),
tops as (
    select k.order_id, max(l.line_no) as last_line
    from order_lines l join known_orders k on k.order_key = l.order_key group by k.order_id
),
ordinals as (
    select i.row_no, i.order_id, i.content,
        row_number() over (partition by i.order_id, i.content order by i.row_no) as ordinal
    from incoming i semi join order_states s on s.order_id = i.order_id and s.state = 'appended'
),
appended as (
    select o.row_no, coalesce(t.last_line, 0) as last_line,
        case when o.ordinal <= coalesce(c.known, 0) then 'unchanged' else 'added' end as state
    from ordinals o
    left join copies c on c.order_id = o.order_id and c.content = o.content
    left join tops t on t.order_id = o.order_id
),
judged as (
    select i.*, s.order_key, coalesce(a.state, s.state) as state, coalesce(a.last_line, 0) as last_line
    from incoming i
    join order_states s on s.order_id = i.order_id
    left join appended a on a.row_no = i.row_no
)
select * exclude (last_line),
    cast(last_line + row_number() over (
        partition by order_key, state = 'unchanged' order by given_line_no, row_no) as bigint) as line_no
from judged
"""

_ORDER_ROWS = """
select n.order_key, :source as source, n.order_id, min(n.customer_key) as customer_key,
    min(n.line_on) as ordered_on, min(n.line_at) as ordered_at, min(n.paid_on) as paid_on,
    case when bool_or(n.status = 'valid') then 'valid' else min(n.status) end as status,
    min(n.channel) as channel, min(n.space) as space, min(n.store) as store, min(n.ref_order_id) as ref_order_id,
    cast(null as date) as void_on, :batch_id as batch_id
from lines_numbered n
semi join order_states s on s.order_id = n.order_id and s.state in ('added', 'updated')
group by n.order_key, n.order_id
order by n.order_key
"""

_LINE_ROWS = """
select order_key, line_no, customer_key, line_on, product_id, quantity, amount, list_amount, discount, cost,
    is_return, is_valid, is_gift, is_cancelled, cast(null as date) as void_on, content,
    :batch_id as batch_id, row_no
from lines_numbered where state <> 'unchanged'
order by order_key, line_no
"""

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

_PRODUCT_ROWS = """
with told as (
    select product_id, product_name, category, product_line, count(*) as told_times
    from lines_accepted where product_id is not null group by all
),
ranked as (
    select *, row_number() over (
        partition by product_id order by told_times desc, product_name, category, product_line) as place
    from told
)
select r.product_id, coalesce(p.name, r.product_name) as name, coalesce(p.category, r.category) as category,
    coalesce(p.product_line, r.product_line) as product_line, p.unit_cost, p.list_price, p.launched_on, p.retired_on
from ranked r left join products p on p.product_id = r.product_id
where r.place = 1
"""

_ROW_COUNTS = """
select state, count(*) as row_count, count(*) filter (where customer_key is null) as anonymous_rows
from lines_numbered group by state
"""


@dataclass(frozen=True, slots=True)
class LineBatch:
    """What identifies the lines of one table of one file.

    Attributes:
        source: the system they come from.
        batch_id: the batch they belong to.
        scope: digest of the file and sheet; orders without an id are known within it.
        fields: that the file feeds.
        appends: an order that comes again gains the lines it does not have, instead of being replaced.
        overlap: what to do with a file without order ids that repeats more than half of another.
        staging: a folder for what is worked out of a file that is too large to be held; None holds it.
        has_different_orders: whether it is known that no two cells with an order id are the same.
        is_in_order: whether the orders may well come in the order of their days and ids.
    """

    source: str
    batch_id: str
    scope: str
    fields: frozenset[str]
    appends: bool = False
    overlap: Overlap | None = None
    staging: Path | None = None
    has_different_orders: bool = False
    is_in_order: bool = False

    @property
    def has_order_ids(self) -> bool:
        """Whether the file says which order a line belongs to."""
        return "order_id" in self.fields


@dataclass(frozen=True, slots=True)
class LineCounts:
    """How many accepted rows are new, changed, unchanged, and how many new ones have no customer.

    Attributes:
        are_new_orders: every row is an order of its own of a source that had none.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    anonymous: int = 0
    are_new_orders: bool = False


def match_lines(engine: Engine, batch: LineBatch, *, file: str) -> LineCounts:
    """From `lines_accepted` and `customer_keys` make `incoming` and, unless all is new, `order_states` and `lines_numbered`.

    Raises:
        KecengError: the file has no order ids and repeats more than half of another, and nothing was declared.
    """
    engine.view("incoming", sql(_PLACED, scope=batch.scope, content=line_content(batch.fields)))
    if batch.has_order_ids:
        if (all_new := _count_new_orders(engine, batch)) is not None:
            return all_new
    _keep(engine, batch, "incoming_lines", sql("select * from incoming"), Text("归入订单", "lines placed in orders"))
    engine.view("incoming", sql("select * from incoming_lines"))
    if not batch.has_order_ids:
        _settle_overlap(engine, batch, file)
    _run(engine, "known_orders", sql(_KNOWN_ORDERS, source=batch.source), Text("已有的订单", "known orders"))
    _run(engine, "known_lines", sql(_KNOWN_LINES), Text("已有的行", "known lines"))
    _run(
        engine,
        "order_states",
        sql(_STATES, appends=batch.appends),
        Text("新增、不变或替换", "new, same or replaced"),
    )
    _keep(engine, batch, "lines_numbered", sql(_NUMBERED), Text("行号", "line numbers"))
    rows = {r["state"]: r for r in engine.fetch(sql(_ROW_COUNTS)).to_pylist()}
    counts = {state: int(row["row_count"]) for state, row in rows.items()}
    return LineCounts(
        counts.get("added", 0),
        counts.get("updated", 0),
        counts.get("unchanged", 0),
        int(rows["added"]["anonymous_rows"]) if "added" in rows else 0,
    )


def _count_new_orders(engine: Engine, batch: LineBatch) -> LineCounts | None:
    """The counts where every line is an order of its own and the source has none yet; None where it must be looked at closer."""
    if engine.fetch(sql(_KNOWN_OF_SOURCE, source=batch.source))["orders"][0].as_py():
        return None
    different = "select count(*)" if batch.has_different_orders else _DIFFERENT
    row = engine.fetch(sql(_NEW_ORDERS, orders=sql(different).expressions[0])).to_pylist()[0]
    if not row["lines"] == row["named"] == row["orders"]:
        return None
    return LineCounts(added=row["lines"], anonymous=row["anonymous"], are_new_orders=True)


def write_lines(engine: Engine, work: UnitOfWork, batch: LineBatch, counts: LineCounts) -> None:
    """Write the new and replaced orders, their lines, and the products they name."""
    if counts.are_new_orders:
        _write_new_orders(engine, work, batch)
    else:
        _write_changed_orders(engine, work, batch)
    products = changed_rows(engine, PRODUCTS, engine.fetch(sql(_PRODUCT_ROWS)))
    work.merge(PRODUCTS, products)


def _write_new_orders(engine: Engine, work: UnitOfWork, batch: LineBatch) -> None:
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
    with work.writing(ORDERS) as orders, work.writing(ORDER_LINES) as lines:
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


def _write_changed_orders(engine: Engine, work: UnitOfWork, batch: LineBatch) -> None:
    replaced = engine.fetch(sql("select order_key from order_states where state = 'updated'"))
    work.delete(ORDER_LINES, replaced)
    work.delete(ORDERS, replaced)
    for table, rows in (
        (ORDERS, sql(_ORDER_ROWS, source=batch.source, batch_id=batch.batch_id)),
        (ORDER_LINES, sql(_LINE_ROWS, batch_id=batch.batch_id)),
    ):
        with work.writing(table) as writer:
            for piece in engine.stream(rows):
                writer.write(pa.Table.from_batches([piece]))


def _settle_overlap(engine: Engine, batch: LineBatch, file: str) -> None:
    query = sql(_OVERLAPPING, source=batch.source, scope=batch.scope)
    _run(engine, "overlapping_scopes", query, Text("重复的文件", "files repeated"))
    repeated = engine.fetch(sql("select sum(common_rows) as row_count from overlapping_scopes"))["row_count"][
        0
    ].as_py()
    if not repeated:
        return
    if batch.overlap is None:
        raise _undeclared_overlap(file, int(repeated))
    if batch.overlap == "replace":
        adopted = sql(_ADOPTED, source=batch.source)
        _keep(engine, batch, "lines_adopted", adopted, Text("替换的订单", "orders replaced"))
        engine.view("incoming", sql("select * from lines_adopted"))


def _undeclared_overlap(file: str, repeated: int) -> KecengError:
    return KecengError.of(
        "overlap_undeclared",
        f"这个文件没有订单号，其中 {repeated} 行与以前导入的文件相同，分不清是更正还是新的购买",
        f"this file has no order ids and {repeated} of its rows stand in a file imported before; "
        "whether they correct it or are new purchases cannot be told",
        remedy=Text(
            "用 --overlap replace 表示替换同一客户同一天的旧数据，--overlap append 表示全部追加",
            "say --overlap replace to replace the same customers' days, or --overlap append to add all rows",
        ),
        place=Place(file=file),
    )


def _keep(engine: Engine, batch: LineBatch, name: str, query: exp.Expression, title: Text) -> None:
    """Make the step `name`, on disk where its file is too large to be held."""
    if batch.staging is None:
        _run(engine, name, query, title)
        return
    path = batch.staging / f"{batch.batch_id}-{name}.parquet"
    engine.save(query, path)
    engine.scan(name, path)


def _run(engine: Engine, name: str, query: exp.Expression, title: Text) -> None:
    engine.run([Step(name, query, title)])
