"""A report of collect as JSON, and as a page reads it again: what was seen, asked, refused, and what would change."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from keceng.collect import ENTITIES, FIELDS, CollectReport, Question, TableMapped
from keceng.desk.jobs.import_changes import ChangeLines, read_change
from keceng.vocabulary import Text

SURE = 0.7
"""A column that is taken for something with less confidence is asked about; aliases of doubtful meaning have just this."""
_SALES = frozenset({"order_lines", "customer_summary"})
_PASSED = ("read", "added", "updated", "unchanged", "rejected")
_OF_THEM = (
    ("duplicate_lines", Text("其中重复的行", "of them repeated lines")),
    ("anonymous", Text("其中没有客户", "of them without a customer")),
)
_PASSED_WORDS = (
    Text("读到", "read"),
    Text("新增", "added"),
    Text("更新", "updated"),
    Text("不变", "unchanged"),
    Text("退回", "rejected"),
)


def tell_report(
    report: CollectReport,
    examples: Mapping[str, Sequence[Mapping[str, object]]],
    change: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """The report in JSON's types, with what becomes of the ledger; without `rows` where a question must be answered before anything can be counted."""
    told: dict[str, object] = {
        "questions": [_tell_question(q) for q in report.questions],
        "answered": [{**_tell_question(q), "default": answer} for q, answer in report.answered],
        "tables": [_tell_table(t) for t in report.tables],
    }
    if not report.files and report.questions:
        return told
    files = [{**asdict(f), "first_on": _iso(f.first_on), "last_on": _iso(f.last_on)} for f in report.files]
    return told | {
        "rows": asdict(report.rows),
        "files": files,
        "rejects": [
            {"code": code, "rows": rows, "examples": list(examples.get(code, ()))}
            for code, rows in sorted(report.rejects.items(), key=lambda item: -item[1])
        ],
        "assumed": [[t.zh, t.en] for t in report.assumed],
        "batch_ids": list(report.batch_ids),
        "import_id": report.import_id,
        "change": change,
    }


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _tell_question(question: Question) -> dict[str, object]:
    return {
        "id": question.id,
        "text": [question.text.zh, question.text.en],
        "why": [question.why.zh, question.why.en],
        "options": [[o.answer, o.title.zh, o.title.en] for o in question.options],
        "default": question.default,
        "evidence": list(question.evidence),
    }


def _tell_table(table: TableMapped) -> dict[str, object]:
    return {
        "name": table.name,
        "sheet": table.sheet,
        "rows": table.rows,
        "entity": table.mapping.entity,
        "columns": [
            {
                "header": c.header,
                "field": c.field,
                "confidence": c.confidence,
                "why": [c.why.zh, c.why.en],
                "samples": list(table.samples.get(c.header, ())),
            }
            for c in table.mapping.columns
        ],
    }


@dataclass(frozen=True, slots=True)
class FileLine:
    """One table of one file: what it holds, in how many rows, of which days and customers, for how much."""

    name: str
    sheet: str | None
    entity: Text
    rows: int
    first_on: str | None
    last_on: str | None
    customers: int
    total_cents: int | None
    is_sales: bool
    column_sums: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column: what it is taken for (None: not used), why, and some of its cells."""

    file: str
    header: str
    field: str | None
    title: Text
    why: Text
    samples: Sequence[str]
    is_sure: bool


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """Rejected rows of one reason: how many, and examples as (row, column, cell)."""

    reason: Text
    rows: int
    examples: Sequence[tuple[int, str, str]]


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """One question with its possible answers as (answer, title)."""

    id: str
    text: Text
    why: Text
    options: Sequence[tuple[str, Text]]
    default: str | None
    evidence: Sequence[str]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a look at files found, or what an import did.

    Attributes:
        has_figures: False where a question must be answered before anything can be counted.
        passed: source rows by what became of them: (word, rows), of which the first is the sum of the others.
        of_them: (word, rows) that are counted among the others and that one should know of; those above zero.
        doubtful: columns about which a person should be asked; `columns` are all.
        change: what becomes of the ledger; None where nothing could be counted.
        answered: questions that were answered now or for an earlier file, with the answer as their default.
        choices: field → title, the fields that a column may be said to be, of the kinds of files seen.
    """

    has_figures: bool
    files: Sequence[FileLine]
    passed: Sequence[tuple[Text, int]]
    of_them: Sequence[tuple[Text, int]]
    columns: Sequence[ColumnLine]
    doubtful: Sequence[ColumnLine]
    questions: Sequence[QuestionLine]
    answered: Sequence[QuestionLine]
    problems: Sequence[ProblemLine]
    assumed: Sequence[Text]
    choices: Mapping[str, Text]
    change: ChangeLines | None = None

    @property
    def total_cents(self) -> int | None:
        """The sum of all sales, which the books should show too; None without a file of sales."""
        sums = [f.total_cents for f in self.files if f.is_sales and f.total_cents is not None]
        return sum(sums) if sums else None


def read_report(told: Mapping[str, Any]) -> ImportReport:
    """What `tell_report` kept."""
    rows = told.get("rows", {})
    # A column that feeds two fields, such as a mark of returns and gifts, was taken so for what its cells say.
    told_once = Counter((t["name"], c["header"]) for t in told.get("tables", ()) for c in t["columns"])
    columns = [_column(t["name"], c) for t in told.get("tables", ()) for c in t["columns"]]
    return ImportReport(
        has_figures="rows" in told,
        files=[_file(f) for f in told.get("files", ())],
        passed=[(word, rows.get(name, 0)) for name, word in zip(_PASSED, _PASSED_WORDS, strict=True)],
        of_them=[(word, rows[name]) for name, word in _OF_THEM if rows.get(name)],
        columns=columns,
        doubtful=[c for c in columns if not c.is_sure and told_once[c.file, c.header] == 1],
        questions=[_question(q) for q in told.get("questions", ())],
        answered=[_question(q) for q in told.get("answered", ())],
        problems=[_problem(p) for p in told.get("rejects", ())],
        assumed=[Text(*t) for t in told.get("assumed", ())],
        choices={name: field.title for name, field in FIELDS.items()},
        change=read_change(told["change"]) if told.get("change") else None,
    )


def _file(told: Mapping[str, Any]) -> FileLine:
    is_sales = told["entity"] in _SALES
    return FileLine(**{**told, "entity": _entity(told["entity"]), "is_sales": is_sales})


def _entity(name: str) -> Text:
    known = ENTITIES.get(name)
    return known.title if known else Text(name, name)


def _column(file: str, told: Mapping[str, Any]) -> ColumnLine:
    name = told["field"]
    known = FIELDS.get(name or "")
    declared = Text("客户的一个数", "a number of the customer")
    return ColumnLine(
        file=file,
        header=told["header"],
        field=name,
        title=known.title if known else declared if name else Text("不用", "not used"),
        why=Text(*told["why"]),
        samples=told["samples"],
        is_sure=name is None or name == "declared" or told["confidence"] > SURE,
    )


def _question(told: Mapping[str, Any]) -> QuestionLine:
    return QuestionLine(
        id=told["id"],
        text=Text(*told["text"]),
        why=Text(*told["why"]),
        options=[(answer, Text(zh, en)) for answer, zh, en in told["options"]],
        default=told["default"],
        evidence=told["evidence"],
    )


def _problem(told: Mapping[str, Any]) -> ProblemLine:
    examples = told["examples"]
    reason = (
        Text(examples[0]["reason_zh"], examples[0]["reason_en"])
        if examples
        else Text(told["code"], told["code"])
    )
    cells = [(e["row_no"], e["column"] or "", e["value"] or "") for e in examples]
    return ProblemLine(reason, told["rows"], cells)


@dataclass(frozen=True, slots=True)
class UnreadTable:
    """A table that cannot be read by itself: its columns with some cells, and what each kind of file needs."""

    name: str
    sheet: str | None
    samples: Mapping[str, Sequence[str]]
    entity: str
    needs: Sequence[tuple[str, Text]]


def read_unread(told: Mapping[str, Any]) -> tuple[list[UnreadTable], list[Text]]:
    """The tables of a look that found something to be said first, and what it found."""
    tables = [
        UnreadTable(t["name"], t["sheet"], t["samples"], t["entity"], _needs(t["entity"]))
        for t in told["tables"]
    ]
    problems = [Text(_at(p, p["zh"], "："), _at(p, p["en"], ": ")) for p in told["problems"]]
    return tables, problems


def _at(problem: Mapping[str, Any], sentence: str, separator: str) -> str:
    return f"{problem['file']}{separator}{sentence}" if problem["file"] else sentence


def _needs(entity: str) -> list[tuple[str, Text]]:
    names = [name for needs in ENTITIES[entity].needs for name in needs if name in FIELDS]
    return [(name, FIELDS[name].title) for name in dict.fromkeys(names)]


def list_kinds_of_files() -> list[tuple[str, Text]]:
    """What a file may be, for a person to choose from."""
    return [(entity.name, entity.title) for entity in ENTITIES.values()]
