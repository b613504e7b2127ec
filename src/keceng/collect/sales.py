"""One table of sales rows → orders, lines, customers and products in the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.batches import BatchOutcome, FileSeen, RowCounts, SourceBatch, count_duplicates
from keceng.collect.conversion import NotInPiecesError, convert_cells, refuse_lost_phones, stage_cells
from keceng.collect.counted_days import NumberedLines
from keceng.collect.identity import CUSTOMER_KINDS, key_customers, see_customers, write_customers
from keceng.collect.ledger import match_lines, write_lines
from keceng.collect.line_batches import LineBatch, LineCounts, Overlap
from keceng.collect.lines import (
    LINE_KINDS,
    LineRules,
    choose_rules,
    judge_lines,
    name_failures,
    show_line_cells,
)
from keceng.collect.plain_orders import see_plain_customers, source_is_new, write_plain_orders
from keceng.collect.plain_sales import NotPlainError, PlainLines, may_be_plain, read_plain_lines
from keceng.collect.rejects import Rejected, note_rejects, write_reject_rows
from keceng.collect.source import ROW_NO, SourceTable
from keceng.collect.staged import bounded
from keceng.collect.tables import BATCHES, CUSTOMERS, ORDER_LINES, ORDERS, PERSONS, PRODUCTS, REJECTS
from keceng.lake import Engine, Snapshot, Step, UnitOfWork, open_engine, sql
from keceng.vocabulary import Text

_JOINED = """
select r.batch_id, r.row_no from rejects r join batches b on b.batch_id = r.batch_id
where r.fixed_by is not null and b.source = :source and b.digest = :scope
"""

_SEEN_ROWS = """
select j.* from lines_judged j anti join line_failures f on f.row_no = j.row_no where j.source_id is not null
"""

_SUMMARY = """
select min(line_on) as first_on, max(line_on) as last_on, (select count(*) from seen_rows) as customers,
    cast(coalesce(sum(amount) filter (where not is_cancelled), 0) as bigint) as total_cents
from lines_accepted
"""


@dataclass(frozen=True, slots=True)
class SalesOptions:
    """What holds for every sales file of an import, and what an order that comes again means."""

    import_day: dt.date
    appends: bool = False
    overlap: Overlap | None = None
    rejects_lost_phones: bool = False


def collect_sales(work: UnitOfWork, batch: SourceBatch, options: SalesOptions) -> BatchOutcome:
    """Judge every row of the table, then write what is new or changed.

    Of a table that is too large to be held nothing is held, unless it is read otherwise when seen whole.

    Raises:
        KecengError: the overlap with an earlier file without order ids is not declared.
    """
    try:
        return _collect(work, batch, options)
    except NotInPiecesError:
        return _collect(work, replace(batch, table=batch.table.held()), options)


def _collect(work: UnitOfWork, batch: SourceBatch, options: SalesOptions) -> BatchOutcome:
    engine = open_for_sales(work.current(), batch)
    try:
        judged = judge_rows(engine, batch, options)
        rejected = note_rejects(engine, batch)
        if judged.plain is not None:
            return _take_plain(engine, work, batch, judged.plain, rejected)
        _see(engine, batch)
        staged, order = batch.table.staged, batch.mapping.column("order_id")
        lines = LineBatch(
            batch.source,
            batch.batch_id,
            batch.scope,
            frozenset(batch.mapping.fields),
            appends=options.appends or batch.correction_of is not None,
            overlap=options.overlap,
            staging=staged.path.parent if staged else None,
            is_in_order=judged.is_in_order,
            has_different_orders=bool(staged and order and staged.has_different_cells(order.header)),
        )
        counts = match_lines(engine, lines, file=batch.table.file)
        outcome = _outcome(engine, batch, rejected, counts)
        _write(engine, work, batch, outcome, lambda: write_lines(engine, work, lines, counts))
        return outcome
    finally:
        engine.close()


def _take_plain(
    engine: Engine, work: UnitOfWork, batch: SourceBatch, lines: PlainLines, rejected: Rejected
) -> BatchOutcome:
    """The same for lines that were judged in one pass."""
    told = see_plain_customers(engine, batch, lines)
    counts = LineCounts(added=lines.count, anonymous=lines.anonymous, are_new_orders=True)
    days = pa.array([lines.first_day, lines.last_day], pa.int32()).cast(pa.date32()).to_pylist()
    seen = _Summary(days[0], days[1], len(lines.customers), lines.total_cents)
    outcome = _told_outcome(batch, rejected, counts, seen)
    written: list[NumberedLines] = []
    _write(
        engine,
        work,
        batch,
        outcome,
        lambda: written.append(write_plain_orders(engine, work, batch, lines, told)),
    )
    return replace(outcome, numbered=next(iter(written), None))


def open_for_sales(snapshot: Snapshot, batch: SourceBatch) -> Engine:
    """An engine with the tables that a file of sales is compared with, bounded where the file is not held."""
    if batch.table.staged is not None:
        snapshot = bounded(snapshot)
    return open_engine(snapshot, [CUSTOMERS, PERSONS, PRODUCTS, ORDERS, ORDER_LINES, BATCHES, REJECTS])


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows that were judged.

    Attributes:
        is_in_order: whether they are known to stand in the order of time.
        plain: the accepted lines, where all were judged in one pass; None where `lines_judged` and `lines_accepted` are made.
    """

    is_in_order: bool
    plain: PlainLines | None = None


def judge_rows(engine: Engine, batch: SourceBatch, options: SalesOptions) -> Judged:
    """From the rows make `line_failures`, and `lines_judged` and `lines_accepted` unless they are plain.

    Raises:
        KecengError: telephone numbers lost their digits in a spreadsheet.
        NotInPiecesError: the rows of a table that is not held must be seen whole.
    """
    kinds = dict(LINE_KINDS) | {
        name: kind for name, kind in CUSTOMER_KINDS.items() if batch.mapping.column(name)
    }
    fed = {name: kind for name, kind in kinds.items() if batch.mapping.column(name)}
    table, in_order = _without_joined(engine, batch), frozenset[str]()
    rules = choose_rules(batch.mapping, import_day=options.import_day)
    if (plain := _judge_plain(engine, batch, table, rules)) is not None:
        return Judged(is_in_order=True, plain=plain)
    if table.staged is None:
        converted = convert_cells(engine, table, batch.mapping, kinds=fed)
        engine.give("typed_cells", converted.data)
        failures = converted.failures
    else:
        path = table.staged.path.with_suffix(".typed")
        staged = stage_cells(engine, table, batch.mapping, kinds=fed, path=path)
        failures, in_order = staged.failures, staged.in_order
        engine.scan("typed_cells", path)
    if not options.rejects_lost_phones:
        refuse_lost_phones(failures, batch.table, batch.mapping)
    engine.give("cell_failures", failures)
    show_line_cells(engine, fed, kinds)
    judge_lines(engine, rules, batch.mapping)
    return Judged(("paid_at" if rules.paid_counts else "ordered_at") in in_order)


def _judge_plain(
    engine: Engine, batch: SourceBatch, table: SourceTable, rules: LineRules
) -> PlainLines | None:
    """The lines of a table that is judged in one pass, and of it `line_failures`; None for any other table."""
    if (
        table.staged is None
        or batch.correction_of is not None
        or not may_be_plain(table, batch.mapping, rules)
    ):
        return None
    if not source_is_new(engine, batch.source):
        return None
    try:
        path = table.staged.path.with_suffix(".lines")
        lines, doubts = read_plain_lines(engine, table, batch.mapping, rules, path)
    except NotPlainError:
        return None
    engine.give("cell_failures", doubts.failures)
    engine.give("line_suspects", doubts.suspects)
    name_failures(engine, rules, batch.mapping)
    return lines


def _without_joined(engine: Engine, batch: SourceBatch) -> SourceTable:
    """The table without the rows that were rejected in its first import and have been corrected since."""
    scope = "" if batch.correction_of else batch.scope
    joined = sql(_JOINED, source=batch.source, scope=scope)
    engine.run([Step("joined_rows", joined, Text("已更正的行", "rows corrected before"))])
    row_no = engine.fetch(sql("select row_no from joined_rows"))[ROW_NO]
    if not len(row_no):
        return batch.table
    table = batch.table.held()
    is_joined = pc.is_in(table.data[ROW_NO], value_set=row_no)
    return replace(table, data=table.data.filter(pc.invert(is_joined)))


def _see(engine: Engine, batch: SourceBatch) -> None:
    engine.view("seen_cells", sql(_SEEN_ROWS))
    mapped = [name for name in ("customer_name", *CUSTOMER_KINDS) if batch.mapping.column(name)]
    see_customers(engine, "seen_cells", mapped, first_on="line_on")
    key_customers(engine, batch)


@dataclass(frozen=True, slots=True)
class _Summary:
    """What the accepted lines of a file hold; see `FileSeen`."""

    first_on: dt.date | None
    last_on: dt.date | None
    customers: int
    total_cents: int


def _outcome(engine: Engine, batch: SourceBatch, rejected: Rejected, counts: LineCounts) -> BatchOutcome:
    summary = _Summary(**engine.fetch(sql(_SUMMARY)).to_pylist()[0])
    joined = replace(counts, unchanged=counts.unchanged + _joined_count(engine))
    duplicates = count_duplicates(engine, batch.table, batch.mapping.column("order_id"))
    return _told_outcome(batch, rejected, joined, summary, duplicates)


def _told_outcome(
    batch: SourceBatch, rejected: Rejected, counts: LineCounts, summary: _Summary, duplicates: int = 0
) -> BatchOutcome:
    table = batch.table
    rows = RowCounts(
        table.row_count,
        counts.added,
        counts.updated,
        counts.unchanged,
        sum(rejected.codes.values()),
        counts.anonymous,
        duplicates,
    )
    seen = FileSeen(table.file, table.sheet, batch.mapping.entity, table.row_count, **asdict(summary))
    is_changed = bool(counts.added or counts.updated)
    return BatchOutcome(
        batch.batch_id if is_changed else batch.known_as or batch.batch_id,
        rows,
        rejected.codes,
        seen,
        changes_facts=is_changed,
        first_reject=rejected.first,
        rejected_row_no=rejected.row_no,
    )


def _joined_count(engine: Engine) -> int:
    return int(engine.fetch(sql("select count(*) as row_count from joined_rows"))["row_count"][0].as_py())


def _write(
    engine: Engine, work: UnitOfWork, batch: SourceBatch, outcome: BatchOutcome, write: Callable[[], None]
) -> None:
    """What the outcome says; `write` writes orders and lines."""
    if outcome.changes_facts:
        write_customers(engine, work, batch.source, flags_parties=batch.flags_parties)
        write()
    if outcome.rejects and batch.correction_of is None and (outcome.changes_facts or not batch.known_as):
        write_reject_rows(engine, work)
