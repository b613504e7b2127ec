"""Lists of customers as files: whom somebody may see and no others, masked as on the screen, with no cell that runs."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import xlsxwriter
from django.db import transaction
from django.utils import timezone

from keceng.desk.audit.actions import record
from keceng.desk.directory.models import Entry
from keceng.desk.directory.queries import ORDERS
from keceng.desk.directory.scope import current_edition
from keceng.desk.groups.selection import Selection, select_entries
from keceng.desk.jobs.actions import enqueue
from keceng.desk.jobs.models import Job
from keceng.desk.jobs.progress import Task
from keceng.desk.jobs.states import JobKind, JobState
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError, Language, Text

FORMATS = ("xlsx", "csv")
_BATCH = 5_000
_SHEET_ROWS = 1_000_000
_FORMULA = re.compile(r"[-+=@\t\r\n']")
_COLUMNS: tuple[tuple[str, Text], ...] = (
    ("customer_id", Text("客户编号", "Customer number")),
    ("shown_name", Text("客户", "Customer")),
    ("grade", Text("等级", "Class")),
    ("earlier_grade", Text("上期等级", "Class before")),
    ("state", Text("状态", "State")),
    ("owner", Text("负责人", "Owner")),
    ("region", Text("区域", "Region")),
    ("spend", Text("窗口销售额", "Sales in the window")),
    ("previous_spend", Text("上一窗口销售额", "Sales in the window before")),
    ("overdue_amount", Text("逾期", "Overdue")),
    ("days_since_last_purchase", Text("距上次购买天数", "Days since the last purchase")),
    ("last_contact_on", Text("最近联系", "Last contact")),
    ("reason", Text("理由", "Why")),
)
_CENTS = frozenset({"spend", "previous_spend", "overdue_amount"})
Cell = str | int | float | None


def ask_for_export(
    asked: Selection, *, order: str, file_format: str, language: Language, signed: Signature
) -> Job:
    """Ask for the customers of a list as a file; whom it holds is decided when it is written, by what the asker may see.

    Raises:
        KecengError: no such format, or nothing was classified yet.
    """
    if file_format not in FORMATS:
        raise KecengError.of(
            "unknown_format", "只能导出为 xlsx 或 csv", "lists are written as xlsx or csv", value=file_format
        )
    if current_edition() is None:
        raise KecengError.of("nothing_published", "还没有分级结果", "nothing is classified yet")
    arguments = {
        "asked": asked.as_plain(),
        "order": order if order in ORDERS else "spend",
        "format": file_format,
        "language": language,
    }
    with transaction.atomic():
        job = enqueue(JobKind.EXPORT, arguments, by=signed.by, at=signed.at)
        record("export.asked", signed, about="job", about_id=job.pk, new=arguments)
    return job


def export_path(workspace: Path, job: Job) -> Path:
    """Where the file of an export lies, or will lie."""
    return workspace / "exports" / f"{job.pk}.{job.arguments['format']}"


def is_kept(workspace: Path, job: Job) -> bool:
    """Whether the file of an export is there: it is deleted when its time is over."""
    return job.stands is JobState.DONE and export_path(workspace, job).exists()


def take_export(workspace: Path, job_id: int, *, signed: Signature) -> tuple[Job, Path] | None:
    """An export and its file, for whoever asked for it; None for everybody else and where there is none."""
    job = Job.objects.filter(pk=job_id, kind=JobKind.EXPORT.value, asked_by=signed.by).first()
    if job is None or not is_kept(workspace, job):
        return None
    with transaction.atomic():
        record("export.taken", signed, about="job", about_id=job.pk)
    return job, export_path(workspace, job)


def do_export(task: Task) -> dict[str, object]:
    """Write the file whole, then give it its name.

    Raises:
        KecengError: nothing is classified any more.
    """
    edition = current_edition()
    if edition is None:
        raise KecengError.of("nothing_published", "还没有分级结果", "nothing is classified yet")
    arguments = task.job.arguments
    asked = Selection.from_plain(arguments["asked"])
    entries = select_entries(task.job.asked_by, edition, asked, timezone.localdate())
    total = entries.count()
    path = export_path(task.workspace.directory, task.job)
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f".{path.name}.{task.token}.part")
    language: Language = "en" if arguments["language"] == "en" else "zh"
    rows = _rows(task, entries.order_by(*ORDERS[arguments["order"]]).iterator(_BATCH), total, language)
    try:
        writer = _write_workbook if arguments["format"] == "xlsx" else _write_csv
        writer(part, [title.in_language(language) for _, title in _COLUMNS], rows)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return {"customers": total, "run_id": edition.run_id, "as_of": edition.as_of.isoformat()}


def _rows(task: Task, entries: Iterator[Entry], total: int, language: Language) -> Iterator[list[Cell]]:
    doing = Text(f"写出 {total:,} 家客户", f"writing {total:,} customers")
    for number, entry in enumerate(entries):
        if number % _BATCH == 0:
            task.tell(doing, 990 * number // max(1, total))
        yield [_cell(entry, name, language) for name, _ in _COLUMNS]


def _cell(entry: Entry, name: str, language: Language) -> Cell:
    if name == "reason":
        return entry.reason_zh if language == "zh" else entry.reason_en
    content: str | int | dt.date | None = getattr(entry, name)
    if isinstance(content, dt.date):
        return content.isoformat()
    return content / 100 if name in _CENTS and isinstance(content, int) else content


def _write_csv(path: Path, headings: Sequence[str], rows: Iterator[list[Cell]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows([_inert(cell) for cell in row] for row in rows)


def _inert(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def _write_workbook(path: Path, headings: Sequence[str], rows: Iterator[list[Cell]]) -> None:
    options: Mapping[str, bool] = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "constant_memory": True,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True})
        sheet = None
        for number, row in enumerate(rows):
            place = number % _SHEET_ROWS
            if place == 0:
                sheet = _new_sheet(book, headings, bold)
            assert sheet is not None  # noqa: S101  the first row made it
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(place + 1, column, cell)
                elif cell is not None:
                    sheet.write_number(place + 1, column, cell)
        if sheet is None:
            _new_sheet(book, headings, bold)


def _new_sheet(
    book: xlsxwriter.Workbook, headings: Sequence[str], bold: object
) -> xlsxwriter.worksheet.Worksheet:
    sheet = book.add_worksheet()
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
        sheet.set_column(column, column, 14 if column < len(headings) - 1 else 48)
    sheet.freeze_panes(1, 0)
    return sheet
