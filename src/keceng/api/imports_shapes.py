"""What is told of an import: its files, what was seen, what is asked, what became of the rows."""

from __future__ import annotations

import datetime as dt

from ninja import Schema
from pydantic import Field

from keceng.api.customers_telling import words
from keceng.api.jobs_shapes import JobTold
from keceng.api.words import Cents, Line, Words
from keceng.desk.jobs import import_reports as reports
from keceng.desk.jobs.undoing import UndoLines


class FileKept(Schema):
    """收到的文件。A file as it was kept."""

    name: str
    size_bytes: int


class FileLine(Schema):
    """一个表。One table of one file."""

    name: str
    sheet: str | None
    entity: Words
    rows: int
    first_on: str | None
    last_on: str | None
    customers: int
    total_cents: Cents | None


class ColumnLine(Schema):
    """一列被当作什么。A column, and what it is taken for."""

    file: str
    header: str
    field: str | None
    title: Words
    why: Words
    is_sure: bool


class Choice(Schema):
    """可选的回答。A possible answer."""

    answer: str
    title: Words


class QuestionLine(Schema):
    """一个问题。A question."""

    id: str
    told: Words
    why: Words
    options: list[Choice]
    default: str | None


class Refused(Schema):
    """退回的行。Rows that were turned away for one reason."""

    reason: Words
    rows: int


class Passed(Schema):
    """行数。Source rows by what became of them."""

    word: Words
    rows: int


class Seen(Schema):
    """看到了什么，或做了什么。What a look found, or what an import did."""

    has_figures: bool
    total_cents: Cents | None = Field(
        description="of all sales, to compare with the books · 销售合计，与账对"
    )
    files: list[FileLine]
    passed: list[Passed]
    columns: list[ColumnLine]
    questions: list[QuestionLine]
    refused: list[Refused]
    assumed: list[Words]


class Unread(Schema):
    """需要先说明的表。A table that must be said something about first."""

    name: str
    sheet: str | None
    entity: str
    headers: list[str]
    needs: list[Choice]


class UndoTold(Schema):
    """撤销改变什么。What taking an import back changes."""

    files: list[str]
    later_files: list[str]
    customers_kept: int


class ImportTold(Schema):
    """一次导入。An import as far as it is."""

    id: int
    source: str
    files: list[FileKept]
    uploaded_by: str
    uploaded_at: dt.datetime
    preview: JobTold | None
    taking: JobTold | None
    undo_look: JobTold | None
    undoing: JobTold | None
    undo: UndoTold | None = Field(description="what the undo changes, once it was looked at · 撤销会改变什么")
    is_taken: bool
    is_undone: bool
    seen: Seen | None
    unread: list[Unread]
    problems: list[Words]


class Uploaded(Schema):
    """文件来自哪个系统。From which system files come."""

    source: Line = Field("", max_length=60)


class Said(Schema):
    """列、文件和问题的说明。What columns, files and questions mean."""

    overrides: dict[Line, Line] = Field({}, description="field → column · 字段 → 列")
    entities: dict[Line, Line] = Field({}, description="file → kind · 文件 → 种类")
    answers: dict[Line, Line] = Field({}, description="question → answer · 问题 → 回答")


class Taken(Schema):
    """导入时的回答。The last answers, with which it is taken in."""

    answers: dict[Line, Line] = Field({})


def tell_seen(found: reports.ImportReport) -> Seen:
    """A report in its shape; the cells of columns are not repeated."""
    return Seen(
        has_figures=found.has_figures,
        total_cents=found.total_cents,
        files=[_file(line) for line in found.files],
        passed=[Passed(word=words(word), rows=rows) for word, rows in found.passed],
        columns=[_column(line) for line in found.columns],
        questions=[_question(question) for question in found.questions],
        refused=[Refused(reason=words(p.reason), rows=p.rows) for p in found.problems],
        assumed=[words(text) for text in found.assumed],
    )


def tell_undo(found: UndoLines) -> UndoTold:
    """What an undo changes."""
    return UndoTold(
        files=list(found.files),
        later_files=list(found.later_files),
        customers_kept=found.customers_kept,
    )


def tell_unread(found: reports.UnreadTable) -> Unread:
    """A table that nobody could read by itself."""
    return Unread(
        name=found.name,
        sheet=found.sheet,
        entity=found.entity,
        headers=list(found.samples),
        needs=[Choice(answer=name, title=words(title)) for name, title in found.needs],
    )


def _file(line: reports.FileLine) -> FileLine:
    return FileLine(
        name=line.name,
        sheet=line.sheet,
        entity=words(line.entity),
        rows=line.rows,
        first_on=line.first_on,
        last_on=line.last_on,
        customers=line.customers,
        total_cents=line.total_cents,
    )


def _column(line: reports.ColumnLine) -> ColumnLine:
    return ColumnLine(
        file=line.file,
        header=line.header,
        field=line.field,
        title=words(line.title),
        why=words(line.why),
        is_sure=line.is_sure,
    )


def _question(line: reports.QuestionLine) -> QuestionLine:
    return QuestionLine(
        id=line.id,
        told=words(line.text),
        why=words(line.why),
        options=[Choice(answer=answer, title=words(title)) for answer, title in line.options],
        default=line.default,
    )
