"""The front of collect: files in, one unit of work, one report out."""

from __future__ import annotations

import datetime as dt
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path

from keceng.collect.answers import Settled
from keceng.collect.batches import BatchOutcome, RowCounts
from keceng.collect.copies import throwaway_copy
from keceng.collect.corrections import collect_corrections, is_rejects_table
from keceng.collect.cursors import keep_cursor, last_cursor
from keceng.collect.database import DatabaseSource, read_database
from keceng.collect.day_changes import update_purchase_days
from keceng.collect.files import read_source
from keceng.collect.interactions import DESK_SOURCE
from keceng.collect.options import CollectOptions, CollectReport
from keceng.collect.order_items import join_order_items
from keceng.collect.preparation import Prepared, list_open_questions, prepare_tables
from keceng.collect.purchase_days import void_returned_orders
from keceng.collect.reasons import reason_of
from keceng.collect.sales import SalesOptions
from keceng.collect.source import SourceTable, TableMapped, sample_cells
from keceng.collect.steps import has_import, keep_steps, sweep_kept_rows
from keceng.collect.taking import ImportTerms, take_tables
from keceng.collect.watching import ShareTold, Watch
from keceng.lake import Lake, Snapshot, SpillPlace, UnitOfWork
from keceng.vocabulary import KecengError, Place, Problem, Text

Look = Callable[[Snapshot, CollectReport], None]

_SHOWN_CODES = 8


def _stay_silent(_message: Text) -> None:
    return None


def _keep_nothing(_work: UnitOfWork) -> None:
    return None


def _look_away(_snapshot: Snapshot, _report: CollectReport) -> None:
    return None


def collect_files(
    lake: Lake,
    paths: Sequence[Path | str],
    options: CollectOptions,
    *,
    import_day: dt.date,
    author: str = "shell",
    watch: Watch = _stay_silent,
) -> CollectReport:
    """Import everything in `paths` as one unit of work: all of it becomes visible, or none.

    Args:
        lake: where the ledger lies.
        paths: CSV, TSV, text, XLSX, XLS or Parquet files, and corrected rejects files.
        options: what the user said.
        import_day: rows dated later than the day after it are rejected.
        author: who is recorded.
        watch: is told each step in words.

    Returns:
        The report; with `questions` and nothing imported where an answer is needed first.

    Raises:
        KecengError: a file cannot be read or mapped, an overlap is not declared, or a file has no usable row.
    """
    if options.source == DESK_SOURCE:
        raise _reserved_source()
    with closing(SpillPlace(lake.root)) as place:
        read = _read_all(paths, options, watch, staging=place.path if place.is_ready else None)
        return _collect_tables(lake, read, options, _Asked(import_day, author, watch))


def collect_database(
    lake: Lake,
    source: DatabaseSource,
    options: CollectOptions,
    *,
    import_day: dt.date,
    author: str = "shell",
    watch: Watch = _stay_silent,
) -> CollectReport:
    """Import a table or query of a database as one unit of work, from where its cursor stood after the last import on.

    Rows at the cursor itself come again; where rows have ids that changes nothing.

    Raises:
        KecengError: see `read_database` and `collect_files`; there is no row at all.
    """
    if options.source == DESK_SOURCE:
        raise _reserved_source()
    since = last_cursor(lake.snapshot(), options.source, source) if source.cursor else None
    with closing(SpillPlace(lake.root)) as place:
        rows = read_database(source, place.path, since=since, watch=watch)
        if rows.table is None and since is None:
            raise KecengError.of(
                "no_rows", "里面没有一行数据", "there is not a single row of data in it", place=Place(file=source.name),
                remedy=Text("请确认表名或查询条件", "check the table or the query"),
            )  # fmt: skip
        if rows.table is None:
            return CollectReport(snapshot_id=lake.snapshot().snapshot_id)

        def keep(work: UnitOfWork) -> None:
            keep_cursor(work, options.source, source, rows.cursor)

        return _collect_tables(lake, [rows.table], options, _Asked(import_day, author, watch, keep))


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asked for an import and when, who is told, and what is kept beside the rows."""

    import_day: dt.date
    author: str
    watch: Watch
    also: Callable[[UnitOfWork], None] = _keep_nothing


def _collect_tables(
    lake: Lake, read: Sequence[SourceTable], options: CollectOptions, asked: _Asked
) -> CollectReport:
    corrections = [t.held() for t in read if is_rejects_table(t)]
    fresh = join_order_items([t for t in read if not is_rejects_table(t)])
    prepared = prepare_tables(lake.snapshot(), fresh, options)
    if questions := list_open_questions(prepared, options):
        return CollectReport(questions=questions, tables=_tell_tables(prepared))
    settled = prepared.settle(options)
    terms = _terms(options, asked.import_day)
    with lake.unit_of_work("import", asked.author) as work:
        before = work.current()
        sweep_kept_rows(work)
        taken = take_tables(work, prepared.batches(settled, options), terms, watch=asked.watch)
        keep_steps(work, [one.batch for one in taken if one.stands], terms)
        outcomes = [one.outcome for one in taken]
        for table in corrections:
            asked.watch(Text(f"并入更正的行 {table.file}", f"joining corrected rows of {table.file}"))
            joined = collect_corrections(work, table, terms.sales)
            keep_steps(work, [one.batch for one in joined if one.stands], terms)
            outcomes += [one.outcome for one in joined]
        _check_usable(outcomes)
        if any(o.changes_facts for o in outcomes):
            asked.watch(Text("汇总购买日", "summing purchase days"))
            with_lines = work.current()
            numbered = next((o.numbered for o in outcomes if o.numbered), None)
            update_purchase_days(work, before, with_lines, void_returned_orders(work), numbered)
        asked.also(work)
        is_kept = has_import(work.current(), terms.import_id)
    report = _report(outcomes, settled, prepared, snapshot_id=lake.snapshot().snapshot_id)
    return replace(report, import_id=terms.import_id if is_kept else None)


def _reserved_source() -> KecengError:
    return KecengError.of(
        "reserved_source",
        f"「{DESK_SOURCE}」是工作台自己的记录的来源名",
        f"“{DESK_SOURCE}” is the source of what the workbench itself writes down",
        remedy=Text("换一个来源名", "choose another name for the source"),
    )


def _terms(options: CollectOptions, import_day: dt.date) -> ImportTerms:
    sales = SalesOptions(import_day, options.append_lines, options.overlap, options.rejects_lost_phones)
    imported_at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    return ImportTerms(options.import_id or secrets.token_hex(8), imported_at, sales)


def preview_files(
    lake: Lake,
    paths: Sequence[Path | str],
    options: CollectOptions,
    *,
    import_day: dt.date,
    watch: Watch = _stay_silent,
    look: Look = _look_away,
) -> CollectReport:
    """What `collect_files` would report, without writing to `lake`: it runs on a copy that is thrown away.

    `look` sees the copy with the report before that, where nothing is left to be asked.
    """
    with throwaway_copy(lake) as copy:
        report = collect_files(copy, paths, options, import_day=import_day, author="preview", watch=watch)
        if not report.questions:
            look(copy.snapshot(), report)
    return replace(report, snapshot_id=None, import_id=None)


def _read_all(
    paths: Sequence[Path | str], options: CollectOptions, watch: Watch, *, staging: Path | None
) -> list[SourceTable]:
    tables: list[SourceTable] = []
    problems: list[Problem] = []
    for path in paths:
        name = Path(path).name
        watch(Text(f"读取 {name}", f"reading {name}"))
        share = ShareTold(watch, Text(f"读取 {name}", f"reading {name}"))
        try:
            tables += read_source(
                path, sheet=options.sheet, from_shell=options.from_shell, staging=staging, watch=share.tell
            )
        except KecengError as error:
            problems += error.problems
    if problems:
        raise KecengError(problems)
    return tables


def _check_usable(outcomes: Iterable[BatchOutcome]) -> None:
    """A file of which nothing can be used is refused as a whole."""
    problems = [_unusable(o) for o in outcomes if o.rows.usable == 0]
    if problems:
        raise KecengError(problems)


def _unusable(outcome: BatchOutcome) -> Problem:
    first = outcome.first_reject
    shown = sorted(outcome.rejects.items(), key=lambda item: -item[1])[:_SHOWN_CODES]
    zh = "；".join(f"{n} 行{reason_of(code).zh}" for code, n in shown)
    en = "; ".join(f"{n} rows: {reason_of(code).en}" for code, n in shown)
    return Problem(
        "no_usable_row",
        Text(f"没有一行能用。{zh}", f"not one row can be used. {en}"),
        remedy=Text(
            "请检查列的对应关系（命令行里用 --map 字段=列名），或更正文件后重新导入",
            "check what the columns are taken for (--map field=column in the shell), or correct the file and import it again",
        ),
        place=first.place if first else Place(file=outcome.seen.name, sheet=outcome.seen.sheet),
        value=first.value if first else None,
    )


def _report(
    outcomes: Sequence[BatchOutcome], settled: Settled, prepared: Prepared, *, snapshot_id: int
) -> CollectReport:
    rejects: Counter[str] = Counter()
    for outcome in outcomes:
        rejects.update(outcome.rejects)
    notes = [note for table in prepared.tables for note in table.notes]
    notes += [note for mapping in prepared.mappings for note in mapping.notes]
    assumed = dict.fromkeys((*settled.assumed, *notes))
    return CollectReport(
        rows=reduce(add, (o.rows for o in outcomes), RowCounts()),
        rejects=dict(sorted(rejects.items())),
        assumed=tuple(assumed),
        files=tuple(o.seen for o in outcomes),
        batch_ids=tuple(o.batch_id for o in outcomes),
        snapshot_id=snapshot_id,
        answered=tuple((q, settled.answers[q.id]) for q in prepared.questions),
        tables=_tell_tables(prepared),
    )


def _tell_tables(prepared: Prepared) -> tuple[TableMapped, ...]:
    return tuple(
        TableMapped(table.file, table.sheet, table.row_count, mapping, sample_cells(table))
        for table, mapping in zip(prepared.tables, prepared.mappings, strict=True)
    )
