"""The first and the last sheet of the workbook: the counts that reconcile, and what every column means."""

from __future__ import annotations

from collections.abc import Sequence

from keceng.report.cells import Book, Sheet, write_cell, write_heading
from keceng.report.figures import ClassFigures
from keceng.report.grading import gather_excluded
from keceng.report.listing import ListColumn, Look
from keceng.report.origins import gather_cuts, split_languages
from keceng.report.phrasing import Phrasing
from keceng.report.subject import Subject

_CLASS_HEADINGS = ("grade", "customers", "share_of_customers", "sales", "share_of_sales", "average")


def write_overview(
    book: Book, subject: Subject, phrasing: Phrasing, *, classes: Sequence[ClassFigures], sheets: int
) -> None:
    """The sheet that comes first; `sheets` is over how many the list of customers runs."""
    sheet = book.add_sheet(phrasing.say("sheet_overview"))
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 5, 17)
    summary = subject.summary
    book.write_text(sheet, (0, 0), phrasing.text(subject.standard.title), "title")
    line = phrasing.say("as_of_line", day=phrasing.day(summary.as_of), window=subject.standard.window_days)
    book.write_text(sheet, (1, 0), line, "soft")
    row = _write_reconciliation(book, sheet, subject, phrasing)
    row = _write_classes(book, sheet, classes, phrasing, first_row=row + 1)
    if sheets > 1:
        book.write_text(sheet, (row + 1, 0), phrasing.say("split_note", n=sheets))


def _write_reconciliation(book: Book, sheet: Sheet, subject: Subject, phrasing: Phrasing) -> int:
    people = subject.summary.population
    lines = [
        (phrasing.say("customers"), people.customers, "bold"),
        (phrasing.say("classified"), people.classified, "text"),
        *[
            (f"{phrasing.say('not_judged')} · {phrasing.text(e.title)}", e.heads, "text")
            for e in gather_excluded(subject)
        ],
        (phrasing.say("insufficient"), people.insufficient, "text"),
        (phrasing.say("provisional"), people.provisional, "soft"),
    ]
    for row, (label, heads, style) in enumerate(lines, start=3):
        book.write_text(sheet, (row, 0), label, style)
        write_cell(book, sheet, (row, 1), look=Look.WHOLE, scale=1, found=heads)
    return 3 + len(lines)


def _write_classes(
    book: Book,
    sheet: Sheet,
    classes: Sequence[ClassFigures],
    phrasing: Phrasing,
    *,
    first_row: int,
) -> int:
    write_heading(book, sheet, [phrasing.say(key) for key in _CLASS_HEADINGS], row=first_row)
    for place, figures in enumerate(classes):
        row = first_row + 1 + place
        book.write_text(sheet, (row, 0), phrasing.text(figures.title), f"grade_{place}")
        write_cell(book, sheet, (row, 1), look=Look.WHOLE, scale=1, found=figures.heads)
        sheet.write_number(row, 2, figures.head_share, book.formats[Look.PERCENT.value])
        write_cell(book, sheet, (row, 3), look=Look.MONEY, scale=100, found=figures.sales_cents)
        sheet.write_number(row, 4, figures.sales_share, book.formats[Look.PERCENT.value])
        write_cell(book, sheet, (row, 5), look=Look.MONEY, scale=100, found=figures.average_cents)
    return first_row + 1 + len(classes)


def write_notes(
    book: Book,
    subject: Subject,
    phrasing: Phrasing,
    *,
    classes: Sequence[ClassFigures],
    columns: Sequence[ListColumn],
) -> None:
    """The sheet that comes last: the ruler, its rules and cuts, what was assumed, and each column's meaning."""
    sheet = book.add_sheet(phrasing.say("sheet_notes"))
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 100)
    row = 0
    for section, lines in _note_sections(subject, phrasing, classes, columns):
        book.write_text(sheet, (row, 0), section, "section")
        for label, told in lines:
            row += 1
            book.write_text(sheet, (row, 0), label)
            book.write_text(sheet, (row, 1), told, "wrapped")
        row += 2


def _note_sections(
    subject: Subject, phrasing: Phrasing, classes: Sequence[ClassFigures], columns: Sequence[ListColumn]
) -> list[tuple[str, list[tuple[str, str]]]]:
    summary, standard = subject.summary, subject.standard
    ruler = [
        (phrasing.text(standard.title), f"{standard.id} · {phrasing.say('revision', n=standard.revision)}"),
        (phrasing.say("as_of"), phrasing.day(summary.as_of)),
        (phrasing.say("run"), summary.run_id),
        (phrasing.say("fingerprint"), summary.result_hash),
    ]
    rules = [(phrasing.text(c.title), phrasing.text(c.rule)) for c in classes if c.rule]
    cuts = [
        (f"{phrasing.text(c.dimension)} · {phrasing.text(c.class_title)}", f"{phrasing.text(c.measure)} {phrasing.text(c.number)}"
         + (f" · {c.peer_group}" if c.peer_group else ""))
        for c in gather_cuts(subject)
    ]  # fmt: skip
    assumed = [("", phrasing.text(split_languages(sentence))) for sentence in summary.assumed]
    meanings = [(phrasing.text(c.title), phrasing.text(c.definition)) for c in columns]
    keys = ("standard", "how_decided", "cuts", "assumptions", "definitions")
    found = zip(keys, (ruler, rules, cuts, assumed, meanings), strict=True)
    return [(phrasing.say(key), lines) for key, lines in found if lines]
