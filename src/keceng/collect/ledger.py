"""Accepted lines against the ledger: which orders are new, unchanged or replaced, and what is written for them."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp

from keceng.collect.identity import changed_rows
from keceng.collect.line_batches import LineBatch, LineCounts
from keceng.collect.line_content import line_content
from keceng.collect.new_orders import count_new_orders, write_new_orders
from keceng.collect.tables import ORDER_LINES, ORDERS, PRODUCTS
from keceng.lake import Engine, Step, UnitOfWork, sql
from keceng.vocabulary import KecengError, Place, Text

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


def match_lines(engine: Engine, batch: LineBatch, *, file: str) -> LineCounts:
    """From `lines_accepted` and `customer_keys` make `incoming` and, unless all is new, `order_states` and `lines_numbered`.

    Raises:
        KecengError: the file has no order ids and repeats more than half of another, and nothing was declared.
    """
    engine.view("incoming", sql(_PLACED, scope=batch.scope, content=line_content(batch.fields)))
    if batch.has_order_ids and (all_new := count_new_orders(engine, batch)) is not None:
        return all_new
    _keep(
        engine,
        batch,
        "incoming_lines",
        sql("select * from incoming"),
        Text("归入订单", "lines placed in orders"),
    )
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


def write_lines(engine: Engine, work: UnitOfWork, batch: LineBatch, counts: LineCounts) -> None:
    """Write the new and replaced orders, their lines, and the products they name."""
    if counts.are_new_orders:
        write_new_orders(engine, work, batch)
    else:
        _write_changed_orders(engine, work, batch)
    products = changed_rows(engine, PRODUCTS, engine.fetch(sql(_PRODUCT_ROWS)))
    work.merge(PRODUCTS, products)


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
