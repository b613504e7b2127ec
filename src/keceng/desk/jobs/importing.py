"""The two jobs of an import: a look at what it would do, and the import itself, once."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect import (
    BATCHES,
    ENTITIES,
    REJECTS,
    CollectOptions,
    CollectReport,
    RowCounts,
    collect_files,
    has_import,
    preview_files,
    read_source,
    sample_cells,
)
from keceng.desk.jobs.import_changes import tell_import
from keceng.desk.jobs.import_reports import tell_report
from keceng.desk.jobs.models import Upload
from keceng.desk.jobs.progress import Task
from keceng.desk.jobs.uploads import upload_paths
from keceng.lake import Snapshot
from keceng.vocabulary import KecengError, Text

_EXAMPLES = 3
_BY_HAND = frozenset({"missing_field", "unknown_column", "unknown_field"})
"""Problems that whoever looks can settle by saying what a column is."""


def do_preview(task: Task) -> dict[str, object]:
    """Look at the files as the answers make them.

    Questions that have a default are open with the figures in sight; one without a default comes before any figure.

    Raises:
        KecengError: what is wrong with a file and cannot be settled by saying what its columns are.
    """
    upload = Upload.objects.get(pk=task.job.arguments["upload"])
    options = _options(upload)
    task.steps = 2 * len(upload.files) + 3
    found: dict[str, dict[str, Any]] = {}
    before = task.workspace.lake.snapshot()

    def look(snapshot: Snapshot, report: CollectReport) -> None:
        found["examples"] = read_examples(snapshot, report)
        found["change"] = tell_import(before, snapshot, report.batch_ids)

    def previewed(said: CollectOptions) -> CollectReport:
        return preview_files(
            task.workspace.lake,
            upload_paths(task.workspace.directory, upload),
            said,
            import_day=_today(task),
            watch=task.tell,
            look=look,
        )

    try:
        report = previewed(options)
        questions = report.questions
        if questions and all(q.default is not None for q in questions):
            report = replace(previewed(replace(options, assume_defaults=True)), questions=questions)
            open_ids = {q.id for q in questions}
            report = replace(report, answered=tuple(a for a in report.answered if a[0].id not in open_ids))
    except MemoryError:
        raise _too_large_for_memory() from None
    except KecengError as error:
        if not {p.code for p in error.problems} & _BY_HAND:
            raise
        return {"unread": _tell_headers(task, upload, error)}
    return tell_report(report, found.get("examples", {}), found.get("change"))


def do_import(task: Task) -> dict[str, object]:
    """Take the files in, all of them or none; an attempt after one that arrived tells what that one did.

    Raises:
        KecengError: what is wrong with a file.
    """
    upload = Upload.objects.get(pk=task.job.arguments["upload"])
    lake = task.workspace.lake
    task.steps = 2 * len(upload.files) + 2
    if "import" not in task.job.checkpoint:
        task.remember({"snapshot": lake.snapshot().snapshot_id, "import": secrets.token_hex(8)})
    import_id = task.job.checkpoint["import"]
    before = lake.snapshot(task.job.checkpoint["snapshot"])
    has_arrived = has_import(lake.snapshot(), import_id)
    try:
        report = collect_files(
            lake,
            upload_paths(task.workspace.directory, upload),
            # What was open when it was looked at was shown with its default.
            replace(_options(upload), assume_defaults=True, import_id=import_id),
            import_day=_today(task),
            author=task.job.asked_by.username,
            watch=task.tell,
        )
    except MemoryError:
        raise _too_large_for_memory() from None
    snapshot = lake.snapshot()
    if has_arrived:
        report = replace(report, rows=_counts_of_batches(snapshot, report))
    change = tell_import(before, snapshot, report.batch_ids)
    return tell_report(report, read_examples(snapshot, report), change)


def _too_large_for_memory() -> KecengError:
    return KecengError.of(
        "out_of_memory",
        "文件太大，这台机器的内存读不下",
        "the file is too large for the memory of this machine",
        remedy=Text("请按月份拆成几个文件，或另存为 CSV", "split it by month, or save it as CSV"),
    )


def _options(upload: Upload) -> CollectOptions:
    said: Mapping[str, Mapping[str, str]] = upload.said
    return CollectOptions(
        source=upload.source,
        overrides=said.get("overrides", {}),
        entities=said.get("entities", {}),
        answers=said.get("answers", {}),
        rejects_lost_phones=True,
        from_shell=False,
    )


def _today(task: Task) -> dt.date:
    return task.clock().astimezone().date()


def read_examples(snapshot: Snapshot, report: CollectReport) -> dict[str, list[dict[str, object]]]:
    """Code → its first rejected rows."""
    if not report.rejects:
        return {}
    rejects = snapshot.read(REJECTS)
    ours = pc.is_in(rejects["batch_id"], value_set=pa.array(report.batch_ids, pa.string()))
    names = ("sheet", "row_no", "column", "value", "reason_zh", "reason_en")
    found: dict[str, list[dict[str, object]]] = {}
    for code in report.rejects:
        of_code = rejects.filter(pc.and_(ours, pc.equal(rejects["code"], code))).sort_by("row_no")
        found[code] = of_code.select(list(names)).slice(0, _EXAMPLES).to_pylist()
    return found


def _counts_of_batches(snapshot: Snapshot, report: CollectReport) -> RowCounts:
    names = ("read", "added", "updated", "unchanged", "rejected", "anonymous", "duplicate_lines")
    batches = snapshot.read(BATCHES)
    ours = batches.filter(pc.is_in(batches["batch_id"], value_set=pa.array(report.batch_ids, pa.string())))
    return RowCounts(**{name: pc.sum(ours[name]).as_py() or 0 for name in names})


def _tell_headers(task: Task, upload: Upload, error: KecengError) -> dict[str, object]:
    """What cannot be read by itself, and the columns from which a person chooses."""
    said = upload.said.get("entities", {})
    tables = [
        {
            "name": table.file,
            "sheet": table.sheet,
            "samples": {header: list(cells) for header, cells in sample_cells(table).items()},
            "entity": said.get(table.file, next(iter(ENTITIES))),
        }
        for path in upload_paths(task.workspace.directory, upload)
        for table in read_source(path, from_shell=False)
    ]
    problems = [
        {"file": p.place.file, "zh": p.message.zh, "en": p.message.en, "value": p.value}
        for p in error.problems
    ]
    return {"tables": tables, "problems": problems}
