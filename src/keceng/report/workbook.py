"""`customers.xlsx`: the whole result as a workbook that a sales manager would keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from keceng.lake import Snapshot, column, sql
from keceng.report.cells import MAX_ROWS, Book, Sheet, open_book, width_of, write_cell, write_heading
from keceng.report.grading import gather_classes
from keceng.report.listing import ListColumn, Look, count_by_grade, fetch_list, list_columns
from keceng.report.overview import write_notes, write_overview
from keceng.report.phrasing import Phrasing
from keceng.report.placement import place_whole
from keceng.report.subject import Subject, open_subject
from keceng.vocabulary import Language

CHUNK = 10_000
FROZEN_COLUMNS = 2

# A telephone number is never shown, not even one that is to be corrected: the file of rejects has it.
_REJECTED = """
select coalesce(b.file, '') as file, coalesce(r.sheet, '') as sheet, r.row_no, coalesce(r."column", '') as header,
  coalesce(case when r.code = 'bad_phone' then concat(left(r.value, 2), '…') else r.value end, '') as content,
  coalesce(:reason, r.code) as reason
from rejects as r left join batches as b on b.batch_id = r.batch_id
where r.fixed_by is null order by b.file, r.batch_id, r.row_no limit :rows
"""
_REJECTED_WIDTHS = (28, 14, 9, 18, 30, 70)


@dataclass(frozen=True, slots=True)
class Layout:
    """How customers are listed on every sheet; `places` is each class's place in the order of the grade."""

    columns: Sequence[ListColumn]
    phrasing: Phrasing
    places: Mapping[str, int]


def write_workbook(run_directory: Path, snapshot: Snapshot, path: Path, *, language: Language) -> None:
    """Write the workbook of one run: overview, all customers, a sheet per class, rejected rows, notes.

    Args:
        run_directory: the files of the run.
        snapshot: the ledger the run was made from.
        path: the file to write; an older one is replaced whole or not at all.
        language: of every title, class and reason.

    Raises:
        KecengError: the stored ruler of the run cannot be read.
    """
    with open_subject(run_directory, snapshot) as subject, place_whole(path) as part:
        phrasing = Phrasing(language, subject.summary.currency)
        classes = len(subject.standard.grade.classes)
        book = open_book(part, phrasing=phrasing, classes=classes, made_on=subject.summary.as_of)
        _write_sheets(book, subject, phrasing)
        book.workbook.close()


def _write_sheets(book: Book, subject: Subject, phrasing: Phrasing) -> None:
    classes = gather_classes(subject)
    titles = {c.class_id: c.title for c in classes}
    columns = list_columns(subject, phrasing.language, titles)
    fetched = fetch_list(subject, columns)
    layout = Layout(columns, phrasing, {class_id: place for place, class_id in enumerate(titles)})
    write_overview(book, subject, phrasing, classes=classes, sheets=len(list(split_rows(fetched.num_rows))))
    write_customers(book, phrasing.say("sheet_all"), fetched, layout)
    counts, first = count_by_grade(fetched), 0
    for class_id, title in titles.items():
        # The list is sorted by grade, so each class is one slice of it.
        heads = counts.get(class_id, 0)
        write_customers(book, phrasing.text(title), fetched.slice(first, heads), layout)
        first += heads
    _write_rejected(book, subject, phrasing)
    write_notes(book, subject, phrasing, classes=classes, columns=columns)


def split_rows(rows: int, room: int = MAX_ROWS - 1) -> Iterator[tuple[int, int]]:
    """Start and length of the parts that sheets of `room` rows hold; one empty part when there is nothing."""
    for start in range(0, max(rows, 1), room):
        yield start, min(room, rows - start)


def write_customers(book: Book, title: str, fetched: pa.Table, layout: Layout) -> None:
    """`fetched` on one sheet called `title`, or on as many as it needs."""
    for start, length in split_rows(fetched.num_rows):
        _write_sheet(book, title, fetched.slice(start, length), layout)


def _write_sheet(book: Book, title: str, part: pa.Table, layout: Layout) -> None:
    sheet = book.add_sheet(title)
    for place, listed in enumerate(layout.columns):
        sheet.set_column(place, place, width_of(listed))
    sheet.freeze_panes(1, FROZEN_COLUMNS)
    sheet.autofilter(0, 0, max(part.num_rows, 1), len(layout.columns) - 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    write_heading(book, sheet, [layout.phrasing.text(c.title) for c in layout.columns])
    row = 1
    for batch in part.to_batches(max_chunksize=CHUNK):
        row = _write_rows(book, sheet, batch, layout, first_row=row)


def _write_rows(book: Book, sheet: Sheet, batch: pa.RecordBatch, layout: Layout, *, first_row: int) -> int:
    # A workbook is made of cells, so this is the one place that visits customers one by one.
    grades, *cells = (batch.column(place).to_pylist() for place in range(batch.num_columns))
    row = first_row
    for grade_id, *found in zip(grades, *cells, strict=True):
        for place, (listed, cell) in enumerate(zip(layout.columns, found, strict=True)):
            if listed.name == "grade" and grade_id is not None:
                book.write_text(sheet, (row, place), str(cell), f"grade_{layout.places[grade_id]}")
            else:
                write_cell(book, sheet, (row, place), look=listed.look, scale=listed.scale, found=cell)
        row += 1
    return row


def _write_rejected(book: Book, subject: Subject, phrasing: Phrasing) -> None:
    sheet = book.add_sheet(phrasing.say("sheet_rejected"))
    for place, width in enumerate(_REJECTED_WIDTHS):
        sheet.set_column(place, place, width)
    reason = column(f"reason_{phrasing.language}", "r")
    rows = subject.engine.fetch(sql(_REJECTED, reason=reason, rows=MAX_ROWS - 4))
    if rows.num_rows == 0:
        book.write_text(sheet, (0, 0), phrasing.say("no_rejected"))
        return
    told = phrasing.say("rejected_all", n=phrasing.count(subject.summary.rows.rejected))
    book.write_text(sheet, (0, 0), told)
    keys = ("file", "sheet", "row", "column", "cell", "why_and_fix")
    write_heading(book, sheet, [phrasing.say(key) for key in keys], row=2)
    sheet.freeze_panes(3, 0)
    sheet.autofilter(2, 0, rows.num_rows + 2, len(keys) - 1)
    for row, rejected in enumerate(rows.to_pylist(), start=3):
        for place, cell in enumerate(rejected.values()):
            look = Look.WHOLE if isinstance(cell, int) else Look.TEXT
            write_cell(book, sheet, (row, place), look=look, scale=1, found=cell)
