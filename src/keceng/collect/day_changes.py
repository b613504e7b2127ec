"""Purchase days after an import: those that it changed go to a small file of their own, the large one stays as it lies.

Whoever reads `purchase_day` reads all its files; each customer's day stands in one of them, and each file is in the order of
customers and days. See docs/decisions/0027-an-import-adds-days.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from keceng.collect.counted_days import NumberedLines
from keceng.collect.purchase_days import rebuild_purchase_days, sum_few_days
from keceng.collect.staged import LOOKED_AT, bounded, count_rows
from keceng.collect.tables import ORDER_LINES, PRODUCTS, PURCHASE_DAY
from keceng.lake import (
    Engine,
    Sides,
    Snapshot,
    Step,
    UnitOfWork,
    column,
    open_engine,
    open_sides,
    sql,
    view_changes,
)
from keceng.vocabulary import Text

LEAST_ROWS = 200_000
"""Fewer purchase days are written anew, in one file."""
APART_DAYS = 62
"""Where days that lie in the large file do change, those of the last two months, which change most, get a file of their own."""
MOST_FILES = 8
_MOST_PART = 4
"""Beyond a quarter of all rows, files beside the large one are written into one with it."""
_GROUP_ROWS = 65_536
_TOUCHED = "touched_days"

COMPARED_AT_ONCE = 1_000_000
"""So many lines of rewritten files are compared at a time."""

_OF_LINES = "select distinct customer_key, line_on as day from :lines where customer_key is not null"
_TOLD_OF_A_LINE = (
    "customer_key", "line_on", "void_on", "product_id", "quantity", "amount", "list_amount", "discount", "cost", "is_return",
    "is_valid", "is_cancelled",
)  # fmt: skip
"""The columns of a line on which its purchase day rests."""
_REWRITTEN = """
select * from (
  select g.customer_key as old_key, g.line_on as old_day, c.customer_key as new_key, c.line_on as new_day
  from (select * from :gone where order_key between :low and :high) as g
  full join (select * from :come where order_key between :low and :high) as c
    on c.order_key = g.order_key and c.line_no = g.line_no
  where :differs
)
"""
_SPAN = """
select coalesce(min(order_key), 0) as low, coalesce(max(order_key), 0) as high, count(*) as lines
from (select order_key from :gone union all select order_key from :come)
"""
_OF_REWRITTEN = """
select old_key as customer_key, old_day as day from rewritten_lines where old_key is not null
union select new_key, new_day from rewritten_lines where new_key is not null
"""
_OF_PRODUCTS = """
select distinct l.customer_key, l.line_on as day from order_lines as l
semi join (select product_id from changed_products where unit_cost is not null) as c on c.product_id = l.product_id
where l.customer_key is not null
"""
_LINES = """
select l.* from order_lines as l semi join touched_days as t on t.customer_key = l.customer_key and t.day = l.line_on
"""
_IN_FILE = """
select count(*) as rows from in_file as f semi join touched_days as t on t.customer_key = f.customer_key and t.day = f.day
"""
_WITH_OTHERS = """
select * from fresh
union all by name
select f.* from beside as f anti join touched_days as t on t.customer_key = f.customer_key and t.day = f.day
order by customer_key, day, void_on
"""


def update_purchase_days(
    work: UnitOfWork,
    before: Snapshot,
    taken: Snapshot,
    voided: pa.Table,
    numbered: NumberedLines | None = None,
) -> None:
    """Bring `purchase_day` up to date with what an import changed.

    Args:
        work: what it writes in.
        before: the lake before the import, with the days of its lines.
        taken: with the lines of the import, before orders were voided.
        voided: lines whose order was voided then, or is void no more.
        numbered: lines of the import that are still at hand.
    """
    files = work.current().files(PURCHASE_DAY)
    large = max(files, key=_rows_of, default=None)
    if large is None or sum(map(_rows_of, files)) < LEAST_ROWS:
        rebuild_purchase_days(work, numbered=numbered)
        return
    snapshot = work.current()
    engine = open_engine(
        bounded(snapshot) if sum(map(_rows_of, files)) > LOOKED_AT else snapshot, [ORDER_LINES, PRODUCTS]
    )
    try:
        if not _find_touched(engine, before, taken, voided) or _is_among(engine, large):
            rebuild_purchase_days(work, apart_days=APART_DAYS)
        else:
            _write_beside(work, engine, [file for file in files if file != large], _rows_of(large))
    finally:
        engine.close()


def _find_touched(engine: Engine, before: Snapshot, taken: Snapshot, voided: pa.Table) -> bool:
    """Make `touched_days`, of every customer's day of which a line or its cost came, went or changed; whether they are few and known."""
    lines = open_sides(engine, before, taken, ORDER_LINES, "lines")
    is_costed = view_changes(engine, before, taken, PRODUCTS, "changed_products")
    if lines is None or is_costed is None:
        return False
    engine.give("voided_lines", voided)
    parts: list[exp.Expr] = [sql(_OF_LINES, lines=exp.to_table("voided_lines"))]
    if lines.is_any and lines.only_added:
        parts.append(sql(_OF_LINES, lines=exp.to_table(lines.come)))
    elif lines.is_any:
        engine.give("rewritten_lines", pa.concat_tables(_rewritten(engine, lines)))
        parts.append(sql(_OF_REWRITTEN))
    parts += [sql(_OF_PRODUCTS)] if is_costed else []
    touched = exp.union(*parts) if len(parts) > 1 else parts[0]
    engine.run([Step(_TOUCHED, touched, Text("有变化的购买日", "purchase days that changed"))])
    [count] = engine.fetch(sql("select count(*) as rows from touched_days"))["rows"].to_pylist()
    return bool(_MOST_PART * count < sum(map(_rows_of, before.files(PURCHASE_DAY))))


def _rewritten(engine: Engine, lines: Sides) -> Iterator[pa.Table]:
    """Customers and days of the lines that differ, as they were and as they are, some orders at a time: a ledger of lines is not held."""
    sides = {"gone": exp.to_table(lines.gone), "come": exp.to_table(lines.come)}
    differs = [
        sql("(:old) is distinct from (:new)", old=column(name, "g"), new=column(name, "c"))
        for name in _TOLD_OF_A_LINE
    ]
    [span] = engine.fetch(sql(_SPAN, **sides)).to_pylist()
    step = max((span["high"] - span["low"]) * COMPARED_AT_ONCE // max(span["lines"], 1), 1) + 1
    for low in range(span["low"], span["high"] + 1, step):
        yield engine.fetch(sql(_REWRITTEN, **sides, low=low, high=low + step - 1, differs=exp.or_(*differs)))


def _write_beside(work: UnitOfWork, engine: Engine, beside: Sequence[str], large_rows: int) -> None:
    """Write the touched days to a new file, with the rows of the files `beside` the large one that held some of them."""
    replaced = [file for file in beside if _is_among(engine, file)]
    if len(beside) - len(replaced) + 2 > MOST_FILES:
        replaced = list(beside)
    engine.run([Step("touched_lines", sql(_LINES), Text("这些日子的订单行", "lines of those days"))])
    engine.view("order_lines", sql("select * from touched_lines"))
    engine.give("fresh", PURCHASE_DAY.conform(sum_few_days(engine)))
    held = [PURCHASE_DAY.conform(pq.read_table(file, use_threads=False)) for file in replaced]
    engine.give("beside", pa.concat_tables([PURCHASE_DAY.arrow_schema.empty_table(), *held]))
    rows = engine.fetch(sql(_WITH_OTHERS))
    others = sum(_rows_of(file) for file in beside if file not in replaced)
    if _MOST_PART * (others + rows.num_rows) > large_rows:
        rebuild_purchase_days(work, apart_days=APART_DAYS)
        return
    with work.writing(PURCHASE_DAY, instead_of=replaced) as writer:
        for piece in _pieces(rows):
            writer.write(piece)


def _pieces(rows: pa.Table) -> Iterator[pa.Table]:
    for low in range(0, rows.num_rows, _GROUP_ROWS):
        yield rows.slice(low, _GROUP_ROWS)


def _is_among(engine: Engine, file: str) -> bool:
    """Whether `file` holds one of the touched days."""
    first = engine.fetch(sql("select min(day) as day from touched_days"))["day"][0].as_py()
    last = _last_day(file)
    if first is None or (last is not None and first > last):
        return False
    engine.scan("in_file", Path(file))
    return bool(engine.fetch(sql(_IN_FILE))["rows"][0].as_py())


def _last_day(file: str) -> dt.date | None:
    """The last day that stands in `file`, as far as the file tells."""
    told = pq.read_metadata(file)
    place = told.schema.names.index("day")
    found = [told.row_group(k).column(place).statistics for k in range(told.num_row_groups)]
    days = [one.max for one in found if one is not None and one.has_min_max]
    return max(days, default=None) if len(days) == len(found) else None


def _rows_of(file: str) -> int:
    return count_rows(Path(file))
