"""The one way anything gets into a workbook: text is text, numbers are numbers, nothing is ever a formula or a link."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter

from keceng.report.listing import ListColumn, Look
from keceng.report.palette import choose_colours
from keceng.report.phrasing import Phrasing

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
_MAX_NAME = 31
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_BAD_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_WIDTHS = {
    Look.TEXT: 14, Look.LONG_TEXT: 60, Look.MONEY: 15, Look.WHOLE: 11, Look.DECIMAL: 11, Look.PERCENT: 11, Look.DATE: 12,
}  # fmt: skip
_WIDE_COLUMNS = {"customer_id": 16, "customer_name": 26, "strategy_goal": 30, "grade": 9, "provisional": 9}
_NUMBER_FORMATS = {
    Look.WHOLE: "#,##0",
    Look.DECIMAL: "#,##0.00",
    Look.PERCENT: "0.0%",
    Look.DATE: "yyyy-mm-dd",
}
# Numbers typed in, formulas and links are what the writer would guess from text; nothing is left to guess.
_OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip


class Sheet(Protocol):
    """What is used of a sheet; rows and columns count from 0, and rows are written from the top down."""

    def write_string(self, row: int, col: int, string: str, cell_format: object) -> object:
        """Text, whatever it looks like."""

    def write_number(self, row: int, col: int, number: float, cell_format: object) -> object:
        """A number."""

    def write_datetime(self, row: int, col: int, date: dt.datetime, cell_format: object) -> object:
        """A day."""

    def set_row(self, row: int, height: float) -> object:
        """The height of a row, in points."""

    def set_column(self, first_col: int, last_col: int, width: float) -> object:
        """The width of columns, in characters."""

    def freeze_panes(self, row: int, col: int) -> None:
        """Rows above and columns left of this cell stay in sight."""

    def autofilter(self, first_row: int, first_col: int, last_row: int, last_col: int) -> None:
        """Offer filters over this range."""

    def repeat_rows(self, first_row: int) -> None:
        """Print this row at the top of every page."""

    def set_landscape(self) -> None:
        """Print across the page."""

    def hide_gridlines(self, option: int) -> None:
        """Hide the grid: 2 hides it on the screen too."""


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook being written, with its formats by name: those of `_formats`, `grade_0 …`, and one per look."""

    workbook: Any
    formats: Mapping[str, Any]

    def add_sheet(self, title: str) -> Sheet:
        """A sheet whose name a spreadsheet accepts and no other sheet has."""
        plain = " ".join(title.translate(_BAD_IN_NAMES).split())[:_MAX_NAME] or "Sheet"
        taken = {sheet.get_name().lower() for sheet in self.workbook.worksheets()} | {"history"}
        name, number = plain, 2
        while name.lower() in taken:
            suffix = f" {number}"
            name, number = plain[: _MAX_NAME - len(suffix)] + suffix, number + 1
        sheet: Sheet = self.workbook.add_worksheet(name)
        return sheet

    def write_text(self, sheet: Sheet, at: tuple[int, int], text: str, style: str = "text") -> None:
        """Text as text; what a spreadsheet would run once somebody edits the cell keeps its quotation mark."""
        chosen = "quoted" if style == "text" and text.startswith(_FORMULA_STARTS) else style
        sheet.write_string(*at, text[:MAX_TEXT], self.formats[chosen])

    def write_texts(self, sheet: Sheet, row: int, texts: Iterable[str], style: str = "text") -> None:
        """Texts side by side from the first column."""
        for place, text in enumerate(texts):
            self.write_text(sheet, (row, place), text, style)


def open_book(path: Path, *, phrasing: Phrasing, classes: int, made_on: dt.date) -> Book:
    """A new workbook at `path`, written row by row; close `Book.workbook` to finish it.

    Args:
        path: the file to write.
        phrasing: decides the typeface and the currency sign.
        classes: how many classes need a colour.
        made_on: stands in for the clock, so the same run gives the same file.
    """
    workbook = xlsxwriter.Workbook(str(path), _OPTIONS)
    workbook.set_properties({"author": "Keceng", "created": dt.datetime.combine(made_on, dt.time())})
    face = "Microsoft YaHei" if phrasing.language == "zh" else "Calibri"
    font: dict[str, object] = {"font_name": face, "font_size": 10, "valign": "top"}
    styles: dict[str, dict[str, object]] = {
        **_STYLES,
        **{look.value: {"num_format": f} for look, f in _NUMBER_FORMATS.items()},
    }
    styles[Look.MONEY.value] = {"num_format": _money_format(phrasing.currency)}
    for place, colour in enumerate(choose_colours(classes)):
        fill: dict[str, object] = {"bg_color": colour.fill, "font_color": colour.ink}
        styles[f"grade_{place}"] = {**fill, "bold": True, "align": "center"}
    return Book(workbook, {name: workbook.add_format({**font, **style}) for name, style in styles.items()})


_STYLES: dict[str, dict[str, object]] = {
    "text": {},
    "quoted": {"quote_prefix": True},
    "wrapped": {"text_wrap": True},
    "soft": {"font_color": "#566573"},
    "title": {"font_size": 16, "bold": True},
    "section": {"font_size": 12, "bold": True},
    "bold": {"bold": True},
    "heading": {
        "bold": True, "font_color": "#1b2733", "bg_color": "#eef2f4", "bottom": 1, "bottom_color": "#9aa7b2",
        "text_wrap": True, "valign": "vcenter",
    },
}  # fmt: skip


def _money_format(currency: str) -> str:
    sign = '"' + currency.replace('"', "") + '"'
    return f"{sign}#,##0.00;[Red]-{sign}#,##0.00"


def write_heading(book: Book, sheet: Sheet, titles: Sequence[str], *, row: int = 0) -> None:
    """A header row."""
    sheet.set_row(row, 32)
    book.write_texts(sheet, row, titles, "heading")


def write_cell(
    book: Book,
    sheet: Sheet,
    at: tuple[int, int],
    *,
    look: Look,
    scale: int,
    found: object,
) -> None:
    """One cell by its look, a number divided by `scale`; what is unknown stays empty."""
    if found is None:
        return
    if isinstance(found, dt.date):
        sheet.write_datetime(*at, dt.datetime.combine(found, dt.time()), book.formats[look.value])
    elif look in {Look.TEXT, Look.LONG_TEXT}:
        book.write_text(sheet, at, str(found))
    else:
        sheet.write_number(*at, int(str(found)) / scale, book.formats[look.value])


def width_of(listed: ListColumn) -> int:
    """A column's width in characters."""
    return _WIDE_COLUMNS.get(listed.name, _WIDTHS[listed.look])
