"""The customer file that was given, given back: the same columns and rows in the same order, our columns appended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlglot import exp

from keceng.collect import SourceTable, read_source
from keceng.lake import Snapshot, column, sql
from keceng.report.cells import Book, Sheet, open_book, width_of, write_cell, write_heading
from keceng.report.grading import gather_classes
from keceng.report.listing import ListColumn, list_columns
from keceng.report.phrasing import Phrasing
from keceng.report.placement import place_whole
from keceng.report.subject import Subject, open_subject
from keceng.vocabulary import KecengError, Language, Place, Text

ENOUGH_KNOWN = 0.5
"""The share of rows that must name a customer of the run for a column to be the one that says who a row is about."""

_APPENDED = ("grade", "provisional", "reason", "strategy_goal", "rhythm_days")
# Eleven digits print whole in a spreadsheet; a longer code or one with a leading zero stays the text it was.
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,10})(\.\d{1,6})?")

_KNOWN = """
select :reference as reference, min(customer_key) as customer_key from persons
where :reference is not null group by :reference having count(distinct customer_key) = 1
"""

_FOUND = """
with keyed as (
  select given.row_no as given_row_no, known.customer_key as found_key
  from given left join known on known.reference = given.reference
)
select given_row_no, shown.* from keyed left join shown on shown.customer_key = keyed.found_key
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file that goes out: their cells, then ours."""

    row_no: int
    given: Sequence[str | None]
    appended: Sequence[object]


def annotate_customers_file(
    source: Path, run_directory: Path, snapshot: Snapshot, path: Path, *, language: Language
) -> None:
    """Write `source`, a file with one row per customer, to the workbook `path` with each row's result appended.

    Appended are the grade, whether it is provisional, a column per dimension, the reason, the goal and the rhythm.
    Rows whose customer is not in the run stay, and say so. Total rows, which are not customers, are left out.

    Args:
        source: CSV, text or workbook as `collect` reads it.
        run_directory: the files of the run.
        snapshot: the ledger the run was made from.
        path: the `.xlsx` file to write; an older one is replaced whole or not at all.
        language: of what is appended.

    Raises:
        KecengError: the file cannot be read, or no column of a table in it names customers of the run.
    """
    tables = read_source(source)
    with open_subject(run_directory, snapshot) as subject, place_whole(path) as part:
        phrasing = Phrasing(language, subject.summary.currency)
        classes = {c.class_id: c.title for c in gather_classes(subject)}
        appended = [
            c
            for c in list_columns(subject, language, classes)
            if c.name in _APPENDED or c.name.startswith("dimension_")
        ]
        found = [(table, _match_rows(subject, table, appended)) for table in tables]
        book = open_book(part, phrasing=phrasing, classes=len(classes), made_on=subject.summary.as_of)
        for table, results in found:
            _write_table(book, table, _join_rows(table, results, appended, phrasing), appended, phrasing)
        book.workbook.close()


def _match_rows(subject: Subject, table: SourceTable, appended: Sequence[ListColumn]) -> pa.Table:
    """`row_no`, whether a customer was found, and the appended columns, in file order."""
    header = _find_customer_column(subject, table)
    given = pa.table({"row_no": table.data["row_no"], "reference": table.data[header]})
    subject.engine.give("given", given)
    query = (
        exp.select("given_row_no", sql("customer_key is not null as is_found"))
        .select(*[exp.alias_(c.node.copy(), f"shown_{c.name}", quoted=True) for c in appended])
        .from_(exp.Subquery(this=sql(_FOUND), alias="matched"))
        .order_by("given_row_no")
    )
    return subject.engine.fetch(query)


def _find_customer_column(subject: Subject, table: SourceTable) -> str:
    """The column whose cells most often are ids of known customers, else their names; `known` stands ready for it."""
    rows = max(table.data.num_rows, 1)
    for reference in ("source_id", "name"):
        known = subject.engine.fetch(sql(_KNOWN, reference=column(reference)))
        subject.engine.give("known", known)
        matches = {header: _count_known(subject, table, header) for header in table.headers}
        best = max(matches, key=lambda header: matches[header], default=None)
        if best is not None and matches[best] >= ENOUGH_KNOWN * rows:
            return best
    raise KecengError.of(
        "customers_not_found",
        "文件里没有一列能认出本次分级的客户",
        "no column of the file names the customers of this run",
        remedy=Text(
            "请给出导入时用的那个客户文件，客户编号或名称的写法要一致",
            "give the customer file that was imported, with ids or names written the same way",
        ),
        place=Place(file=table.file, sheet=table.sheet),
    )


def _count_known(subject: Subject, table: SourceTable, header: str) -> int:
    subject.engine.give("tried", pa.table({"reference": table.data[header]}))
    query = sql("select count(*) as heads from tried semi join known on known.reference = tried.reference")
    return int(subject.engine.fetch(query)["heads"][0].as_py())


def _join_rows(
    table: SourceTable, results: pa.Table, appended: Sequence[ListColumn], phrasing: Phrasing
) -> Iterator[Row]:
    """Their rows with ours beside them, broken rows in their place with what is wrong with them as the reason."""
    given = table.data.select(list(table.headers)).to_pydict()
    rows = zip(*given.values(), strict=True)
    nothing = [None] * len(appended)
    reason = next(place for place, listed in enumerate(appended) if listed.name == "reason")
    joined = []
    for cells, (row_no, is_found, *ours) in zip(rows, _tuples(results), strict=True):
        if not is_found:
            ours[reason] = phrasing.say("not_in_run")
        joined.append(Row(row_no, cells, ours))
    for broken in table.broken_rows:
        told: list[object] = [*nothing]
        told[reason] = phrasing.text(broken.problem)
        joined.append(Row(broken.row_no, (broken.text,), told))
    return iter(sorted(joined, key=lambda row: row.row_no))


def _tuples(results: pa.Table) -> Iterator[list[Any]]:
    columns = [results.column(place).to_pylist() for place in range(results.num_columns)]
    return (list(row) for row in zip(*columns, strict=True))


def _write_table(
    book: Book, table: SourceTable, rows: Iterator[Row], appended: Sequence[ListColumn], phrasing: Phrasing
) -> None:
    sheet = book.add_sheet(table.sheet or Path(table.file).stem)
    top = len(table.title_lines)
    for row, line in enumerate(table.title_lines):
        book.write_text(sheet, (row, 0), line)
    write_heading(book, sheet, [*table.headers, *(phrasing.text(c.title) for c in appended)], row=top)
    sheet.freeze_panes(top + 1, 1)
    width = len(table.headers)
    sheet.autofilter(top, 0, top + max(table.row_count, 1), width + len(appended) - 1)
    sheet.set_column(0, width - 1, 16)
    for place, listed in enumerate(appended, start=width):
        sheet.set_column(place, place, width_of(listed))
    numeric = [_is_numeric(table.data[header]) for header in table.headers]
    for row, joined in enumerate(rows, start=top + 1):
        _write_given(book, sheet, row, joined.given, numeric)
        for place, (listed, cell) in enumerate(zip(appended, joined.appended, strict=True), start=width):
            write_cell(book, sheet, (row, place), look=listed.look, scale=listed.scale, found=cell)


def _write_given(
    book: Book, sheet: Sheet, row: int, cells: Sequence[str | None], numeric: Sequence[bool]
) -> None:
    for place, cell in enumerate(cells):
        if cell is None:
            continue
        if numeric[place] and _NUMBER.fullmatch(cell):
            sheet.write_number(row, place, float(cell), book.formats["text"])
        else:
            book.write_text(sheet, (row, place), cell)


def _is_numeric(cells: pa.ChunkedArray) -> bool:
    """Whether every filled cell is a number that a spreadsheet shows as it was written."""
    return all(_NUMBER.fullmatch(cell) for cell in cells.to_pylist() if cell is not None)
