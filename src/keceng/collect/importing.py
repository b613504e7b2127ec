"""The front of collect: files in, one unit of work, one report out."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path

from keceng.collect.answers import Settled
from keceng.collect.batches import BatchOutcome, RowCounts, SourceBatch, write_batch
from keceng.collect.corrections import collect_corrections, is_rejects_table
from keceng.collect.files import read_source
from keceng.collect.options import CollectOptions, CollectReport
from keceng.collect.preparation import Prepared, list_open_questions, prepare_tables, remember_source
from keceng.collect.purchase_days import rebuild_purchase_days, void_returned_orders
from keceng.collect.reasons import reason_of
from keceng.collect.records import collect_records
from keceng.collect.sales import SalesOptions, collect_sales
from keceng.collect.source import SourceTable, TableMapped, sample_cells
from keceng.collect.tables import BATCHES
from keceng.lake import Lake, Snapshot, UnitOfWork, open_engine, sql
from keceng.vocabulary import KecengError, Place, Problem, Text

Watch = Callable[[Text], None]
Look = Callable[[Snapshot, CollectReport], None]

_FIRST = ("products", "customers", "contacts", "order_lines")
_SHOWN_CODES = 8


def _stay_silent(_message: Text) -> None:
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
    read = _read_all(paths, options, watch)
    corrections = [t for t in read if is_rejects_table(t)]
    prepared = prepare_tables(lake.snapshot(), [t for t in read if not is_rejects_table(t)], options)
    if questions := list_open_questions(prepared, options):
        return CollectReport(questions=questions, tables=_tell_tables(prepared))
    settled = prepared.settle(options)
    with lake.unit_of_work("import", author) as work:
        outcomes = _collect_all(work, prepared, settled, options=options, import_day=import_day, watch=watch)
        for table in corrections:
            watch(Text(f"并入更正的行 {table.file}", f"joining corrected rows of {table.file}"))
            outcomes += collect_corrections(work, table, _sales_options(options, import_day))
        _check_usable(outcomes)
        if any(o.changes_facts for o in outcomes):
            watch(Text("汇总购买日", "summing purchase days"))
            void_returned_orders(work)
            rebuild_purchase_days(work)
    return _report(outcomes, settled, prepared, snapshot_id=lake.snapshot().snapshot_id)


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
    with tempfile.TemporaryDirectory(dir=lake.root.parent, prefix=".preview-") as directory:
        copy = Path(directory) / "lake"
        shutil.copytree(lake.root, copy, copy_function=_link_or_copy)
        report = collect_files(
            Lake(copy), paths, options, import_day=import_day, author="preview", watch=watch
        )
        if not report.questions:
            look(Lake(copy).snapshot(), report)
    return replace(report, snapshot_id=None)


def _link_or_copy(source: str, target: str) -> None:
    """Lake files are never changed once written, so a link is a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _read_all(paths: Sequence[Path | str], options: CollectOptions, watch: Watch) -> list[SourceTable]:
    tables: list[SourceTable] = []
    problems: list[Problem] = []
    for path in paths:
        watch(Text(f"读取 {Path(path).name}", f"reading {Path(path).name}"))
        try:
            tables += read_source(path, sheet=options.sheet, from_shell=options.from_shell)
        except KecengError as error:
            problems += error.problems
    if problems:
        raise KecengError(problems)
    return tables


def _collect_all(
    work: UnitOfWork,
    prepared: Prepared,
    settled: Settled,
    *,
    options: CollectOptions,
    import_day: dt.date,
    watch: Watch,
) -> list[BatchOutcome]:
    imported_at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    sales = _sales_options(options, import_day)
    before = work.current()
    outcomes: dict[int, BatchOutcome] = {}
    fresh: list[tuple[SourceBatch, int]] = []
    for position, batch in sorted(enumerate(prepared.batches(settled, options)), key=lambda p: _turn(p[1])):
        name = batch.table.file
        watch(Text(f"核对并写入 {name}", f"checking and writing {name}"))
        batch, first_import = _recognise(before, batch)  # noqa: PLW2901
        if batch.mapping.entity == "order_lines":
            outcome = collect_sales(work, batch, sales)
        else:
            outcome = collect_records(work, batch, replace(sales, import_day=first_import or import_day))
        outcomes[position] = replace(outcome, assumed=(*settled.assumed, *batch.mapping.notes))
        if outcome.changes_facts or not batch.known_as:
            fresh.append((batch, position))
    changes_facts = any(o.changes_facts for o in outcomes.values())
    for batch, position in fresh:
        # A new file that only repeats the others of its import is counted with them; alone it makes no version.
        if changes_facts or outcomes[position].rejects:
            write_batch(work, batch, outcomes[position], imported_at=imported_at)
    if changes_facts:
        remember_source(work, prepared, settled, options)
    return [outcomes[position] for position in sorted(outcomes)]


def _sales_options(options: CollectOptions, import_day: dt.date) -> SalesOptions:
    return SalesOptions(import_day, options.append_lines, options.overlap, options.rejects_lost_phones)


def _turn(batch: SourceBatch) -> int:
    """Products and customers before the facts that name them."""
    entity = batch.mapping.entity
    return _FIRST.index(entity) if entity in _FIRST else len(_FIRST)


_KNOWN_BATCH = """
select batch_id, imported_at from batches
where source = :source and digest = :scope and entity = :entity order by imported_at, added desc, batch_id limit 1
"""


def _recognise(snapshot: Snapshot, batch: SourceBatch) -> tuple[SourceBatch, dt.date | None]:
    """The batch, marked as known with its first batch's id when this table was imported before, and the day of that."""
    engine = open_engine(snapshot, [BATCHES])
    query = sql(_KNOWN_BATCH, source=batch.source, scope=batch.scope, entity=batch.mapping.entity)
    found = engine.fetch(query).to_pylist()
    engine.close()
    if not found:
        return batch, None
    return replace(batch, known_as=found[0]["batch_id"]), found[0]["imported_at"].date()


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
            "请检查列的对应关系 (--map 字段=列名) 或更正文件后重新导入",
            "check what the columns are taken for (--map field=column), or correct the file and import it again",
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
        tables=_tell_tables(prepared),
    )


def _tell_tables(prepared: Prepared) -> tuple[TableMapped, ...]:
    return tuple(
        TableMapped(table.file, table.sheet, table.row_count, mapping, sample_cells(table))
        for table, mapping in zip(prepared.tables, prepared.mappings, strict=True)
    )
