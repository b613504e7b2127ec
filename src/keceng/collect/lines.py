"""Typed cells of a sales file → order lines in money: amount, returns, gifts, cancellations, and why a row cannot be one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from keceng.collect.readings import CellKind
from keceng.collect.source import SourceMapping
from keceng.lake import Engine, Step, sql
from keceng.vocabulary import Text

LINE_KINDS: Mapping[str, CellKind] = {
    "customer_id": CellKind.PARTY_CODE,
    "customer_name": CellKind.PARTY_NAME,
    "order_id": CellKind.CODE,
    "line_no": CellKind.CODE,
    "ordered_at": CellKind.MOMENT,
    "paid_at": CellKind.MOMENT,
    "status": CellKind.STATUS,
    "product_id": CellKind.CODE,
    "product_name": CellKind.TEXT,
    "category": CellKind.TEXT,
    "product_line": CellKind.TEXT,
    "quantity": CellKind.QUANTITY,
    "unit_price": CellKind.UNIT_PRICE,
    "amount": CellKind.CENTS,
    "order_amount": CellKind.CENTS,
    "list_amount": CellKind.CENTS,
    "discount": CellKind.CENTS,
    "refund": CellKind.CENTS,
    "cost": CellKind.CENTS,
    "unit_cost": CellKind.UNIT_PRICE,
    "channel": CellKind.TEXT,
    "space": CellKind.TEXT,
    "store": CellKind.TEXT,
    "ref_order_id": CellKind.CODE,
    "is_gift_mark": CellKind.MARK,
    "return_mark": CellKind.MARK,
}
"""The fields of a sales row and how each is read; the customer's own fields stand in `identity`."""

_HABIT = """
select
    count(*) filter (where is_c) as c_rows,
    count(*) filter (where is_c and quantity < 0) as c_negative_rows,
    count(*) as all_rows
from (select quantity, regexp_full_match(order_id, '[Cc][0-9]+') as is_c from line_cells where order_id is not null)
"""

_VALUED = r"""
select c.*,
    case when :paid_counts then c.paid_at else c.ordered_at end as line_at,
    coalesce(c.customer_id, c.customer_name) as source_id,
    case
        when :amount_rule = 'amount' then c.amount
        when :amount_rule = 'product' then try_cast(round(c.quantity * c.unit_price, 2) * 100 as bigint)
        when :amount_rule = 'list' then c.list_amount - abs(coalesce(c.discount, 0))
    end as line_cents,
    try_cast(round(c.quantity * c.unit_price, 2) * 100 as bigint) as weight_cents,
    coalesce(c.return_mark in ('return', 'yes'), false)
        or coalesce(c.status = 'returned', false)
        or (:has_c_habit and coalesce(regexp_full_match(c.order_id, '[Cc][0-9]+'), false)) as has_return_mark,
    coalesce(c.return_mark = 'gift', false)
        or coalesce(c.is_gift_mark in ('gift', 'yes'), false)
        or coalesce(regexp_matches(c.product_name, '赠品|^赠送|[(（\[【]赠'), false) as has_gift_mark,
    coalesce(c.status in ('cancelled', 'refunded', 'unpaid'), false) as is_cancelled
from line_cells c
"""

_ORDER_TOTALS = """
with places as (
    select *, coalesce(order_id, source_id || '|' || cast(cast(line_at as date) as varchar)) as total_of,
        greatest(coalesce(weight_cents, 0), 0) as weight
    from lines_valued
),
sums as (
    select *,
        row_number() over one as place,
        coalesce(sum(weight) over (partition by total_of), 0) as all_weight,
        coalesce(sum(weight) over one, 0) as weight_until
    from places
    window one as (partition by total_of order by product_id, product_name, quantity, unit_price, row_no
        rows between unbounded preceding and current row)
)
select * exclude (total_of, weight, place, all_weight, weight_until, line_cents, list_amount, discount, refund),
    case
        when not :is_total then line_cents
        when all_weight = 0 then case when place = 1 then :total else 0 end
        else cast(round(cast(:total as decimal(38, 0)) * cast(weight_until as decimal(20, 0))
                / cast(all_weight as decimal(20, 0)), 0) as bigint)
            - cast(round(cast(:total as decimal(38, 0)) * cast(weight_until - weight as decimal(20, 0))
                / cast(all_weight as decimal(20, 0)), 0) as bigint)
    end as line_cents,
    case when :once_list and place > 1 then 0 else list_amount end as list_amount,
    case when :once_discount and place > 1 then 0 else discount end as discount,
    case when :once_refund and place > 1 then 0 else refund end as refund
from sums
"""

_JUDGED = """
with amounts as (
    select *,
        coalesce(line_cents, case when has_gift_mark then 0 end) - abs(coalesce(refund, 0)) as amount_cents
    from lines_valued
),
counted as (
    select *,
        coalesce(quantity, case when amount_cents < 0 then -1 else 1 end) as pieces
    from amounts
)
select *,
    has_return_mark or pieces < 0 as is_return,
    has_gift_mark and amount_cents = 0 as is_gift,
    cast(line_at as date) as line_on,
    coalesce(cost, try_cast(round(unit_cost * pieces, 2) * 100 as bigint)) as cost_cents
from counted
"""

_SUSPECTS = """
select row_no, line_on, amount_cents, quantity, is_return from lines_judged
where line_on is null or line_on > :last_day or amount_cents is null or abs(amount_cents) >= 1000000000000000
    or (is_return and amount_cents > 0)
"""

SUSPECTS = pa.schema(
    [
        ("row_no", pa.int64()),
        ("line_on", pa.date32()),
        ("amount_cents", pa.int64()),
        ("quantity", pa.decimal128(17, 8)),
        ("is_return", pa.bool_()),
    ]
)
"""Rows in doubt: those of which an amount or a date is missing or cannot be."""

_FAILURES = """
select row_no, "column", value, code from cell_failures
union all
select row_no, :date_header, null, 'missing_date' from line_suspects
where line_on is null and row_no not in (select row_no from cell_failures)
union all
select row_no, :date_header, cast(line_on as varchar), 'future_dated' from line_suspects where line_on > :last_day
union all
select row_no, :amount_header, null, case when :needs_quantity and quantity is null then 'missing_quantity' else 'missing_amount' end
from line_suspects
where amount_cents is null and row_no not in (select row_no from cell_failures)
union all
select row_no, :amount_header, cast(cast(amount_cents as decimal(38, 2)) / 100 as varchar), 'too_large' from line_suspects
where abs(amount_cents) >= 1000000000000000
union all
select row_no, :amount_header, cast(cast(amount_cents / 100.0 as decimal(18, 2)) as varchar), 'return_with_positive_amount'
from line_suspects where is_return and amount_cents > 0 and abs(amount_cents) < 1000000000000000
"""

_ACCEPTED = """
select j.row_no, j.source_id, j.order_id as given_order_id, try_cast(j.line_no as bigint) as given_line_no,
    j.line_on, j.line_at, cast(j.paid_at as date) as paid_on,
    j.status, j.channel, j.space, j.store, j.ref_order_id,
    coalesce(j.product_id, j.product_name, j.category) as product_id,
    j.product_name, j.category, j.product_line,
    cast(j.pieces as decimal(18, 4)) as quantity,
    j.amount_cents as amount, j.list_amount, abs(j.discount) as discount, j.cost_cents as cost,
    j.is_return, j.is_gift, j.is_cancelled,
    j.pieces > 0 and j.amount_cents > 0 and not j.is_cancelled and not j.is_return as is_valid,
    j.paid_at, j.line_no, j.pieces, j.unit_price, j.product_id as stated_product_id, j.discount as stated_discount
from lines_judged j anti join line_failures f on f.row_no = j.row_no
"""


@dataclass(frozen=True, slots=True)
class LineRules:
    """What was decided for a whole file before its lines are judged.

    Attributes:
        amount_rule: `amount` (the mapped amount), `product` (quantity × unit price), `total` (an order's total,
            spread over its lines) or `list` (amount before discount − discount).
        paid_counts: the payment date counts, because there is no order date.
        last_day: rows dated later are rejected.
        counted_once: fields that repeat an order's total on each line.
    """

    amount_rule: str
    paid_counts: bool
    last_day: dt.date
    counted_once: frozenset[str] = frozenset()


def choose_rules(mapping: SourceMapping, *, import_day: dt.date) -> LineRules:
    """The rules of MEANINGS for what this file has: which amount, which date, which totals count once."""
    fields = set(mapping.fields)
    once = frozenset(mapping.counted_once)
    if "amount" in fields and "amount" not in once:
        rule = "amount"
    elif "amount" in fields:
        rule = "total"
    elif {"quantity", "unit_price"} <= fields:
        rule = "product"
    elif "order_amount" in fields:
        rule = "total"
    else:
        rule = "list" if "list_amount" in fields else "amount"
    return LineRules(rule, "ordered_at" not in fields, import_day + dt.timedelta(days=1), once)


def show_line_cells(engine: Engine, fed: Collection[str], kinds: Mapping[str, CellKind]) -> None:
    """Make `line_cells` of `typed_cells`, which has the columns that are `fed`: every other field is empty."""
    columns = [
        f'"{name}"' if name in fed else f'cast(null as {_SQL_TYPES.get(kind, "varchar")}) as "{name}"'
        for name, kind in kinds.items()
    ]
    engine.view("line_cells", sql(f"select row_no, {', '.join(columns)} from typed_cells"))  # noqa: S608


_SQL_TYPES: Mapping[CellKind, str] = {
    CellKind.CENTS: "bigint",
    CellKind.WHOLE: "bigint",
    CellKind.UNIT_PRICE: "decimal(21, 11)",
    CellKind.QUANTITY: "decimal(17, 8)",
    CellKind.MOMENT: "timestamp",
    CellKind.DAY: "date",
}


def judge_lines(engine: Engine, rules: LineRules, mapping: SourceMapping) -> None:
    """From `line_cells` and `cell_failures` make the steps `lines_judged`, `lines_accepted` and `line_failures`.

    Only what is small is computed here: the lines themselves by whoever reads them.
    """
    valued = sql(
        _VALUED,
        paid_counts=rules.paid_counts,
        amount_rule=rules.amount_rule,
        has_c_habit=mapping.column("quantity") is not None and has_c_habit(engine),
    )
    steps = [Step("lines_valued", valued, Text("金额与标记", "amounts and marks"), in_place=True)]
    judged = sql(_JUDGED)
    if rules.amount_rule == "total" or rules.counted_once:
        steps.append(Step("lines_counted", _totals(rules), Text("整单金额分摊", "order totals counted once")))
        judged = sql(_JUDGED.replace("from lines_valued", "from lines_counted"))
    last_day = rules.last_day
    steps += [
        Step(
            "lines_judged", judged, Text("退货、赠品、取消", "returns, gifts, cancellations"), in_place=True
        ),
        Step("line_suspects", sql(_SUSPECTS, last_day=last_day), Text("可疑的行", "rows in doubt")),
        _name_failures(rules, mapping),
        Step("lines_accepted", sql(_ACCEPTED), Text("接受的行", "accepted rows"), in_place=True),
    ]
    engine.run(steps)


def name_failures(engine: Engine, rules: LineRules, mapping: SourceMapping) -> None:
    """From `cell_failures` and `line_suspects` make the step `line_failures`, which the judgement of all lines makes too."""
    engine.run([_name_failures(rules, mapping)])


def _name_failures(rules: LineRules, mapping: SourceMapping) -> Step:
    return Step("line_failures", _failures(rules, mapping), Text("退回的行", "rejected rows"))


def has_c_habit(engine: Engine) -> bool:
    """Whether invoice numbers that start with C mark returns in these rows: they are few and carry negative quantities."""
    row = engine.fetch(sql(_HABIT)).to_pylist()[0]
    is_minority = row["c_rows"] * 2 < row["all_rows"]
    return bool(row["c_negative_rows"]) and is_minority and row["c_negative_rows"] >= 0.9 * row["c_rows"]


def _totals(rules: LineRules) -> exp.Expression:
    total = "amount" if "amount" in rules.counted_once else "order_amount"
    return sql(
        _ORDER_TOTALS,
        is_total=rules.amount_rule == "total",
        total=sql(f"select {total}").expressions[0],
        once_list="list_amount" in rules.counted_once,
        once_discount="discount" in rules.counted_once,
        once_refund="refund" in rules.counted_once,
    )


def _failures(rules: LineRules, mapping: SourceMapping) -> exp.Expression:
    def header(*names: str) -> str | None:
        found = (mapping.column(name) for name in names)
        return next((c.header for c in found if c), None)

    amounts = {"amount": ("amount",), "product": ("unit_price",), "list": ("list_amount",)}
    dates = ("paid_at",) if rules.paid_counts else ("ordered_at", "paid_at")
    return sql(
        _FAILURES,
        date_header=header(*dates),
        amount_header=header(*amounts.get(rules.amount_rule, ("order_amount", "amount"))),
        last_day=rules.last_day,
        needs_quantity=rules.amount_rule == "product",
    )
