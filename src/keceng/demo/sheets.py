"""A business file before it is written, and how CSV and Excel files are written the same every time."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from keceng.demo.history import AS_OF

Cell = str | int | Decimal | date | datetime | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file: what each row is (`entity`, a table of the ledger), its name, headers and rows.

    Attributes:
        encoding: of a CSV file; Excel files have none.
        title: a line above the header, as accounting systems print it; Excel only.
        total_column: the header summed in a last 合计 row; Excel only.
    """

    entity: str
    file_name: str
    headers: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    encoding: str = "utf-8-sig"
    title: str | None = None
    total_column: str | None = None


def yuan(cents: int) -> Decimal:
    """Cents as an exact amount in yuan with two decimals."""
    return Decimal(cents).scaleb(-2)


def write_sheet(sheet: Sheet, directory: Path) -> Path:
    """Write one file, replacing one of that name.

    Raises:
        OSError: the directory cannot be written.
    """
    path = directory / sheet.file_name
    if path.suffix == ".csv":
        _write_csv(sheet, path)
    else:
        _write_workbook(sheet, path)
    return path


def _write_csv(sheet: Sheet, path: Path) -> None:
    with path.open("w", encoding=sheet.encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(sheet.headers)
        writer.writerows(sheet.rows)


def _write_workbook(sheet: Sheet, path: Path) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(str(path), options) as book:
        # the moment of writing would make two equal files differ
        book.set_properties({"created": datetime.combine(AS_OF, time())})
        page = book.add_worksheet(path.stem)
        header_row = 0
        if sheet.title:
            page.write_string(0, 0, sheet.title)
            header_row = 1
        page.write_row(header_row, 0, sheet.headers, book.add_format({"bold": True}))
        for number, row in enumerate(sheet.rows, start=header_row + 1):
            _write_cells(page, number, row)
        page.freeze_panes(header_row + 1, 0)
        if sheet.total_column:
            _write_cells(page, header_row + 1 + len(sheet.rows), _total_row(sheet, sheet.total_column))


def _total_row(sheet: Sheet, column: str) -> tuple[Cell, ...]:
    position = sheet.headers.index(column)
    amounts = (row[position] for row in sheet.rows)
    total = sum((amount for amount in amounts if isinstance(amount, Decimal)), Decimal(0))
    return ("合计", *(total if place == position else None for place in range(1, len(sheet.headers))))


def _write_cells(page: Any, row_number: int, cells: tuple[Cell, ...]) -> None:  # noqa: ANN401 -- xlsxwriter carries no types
    for column, cell in enumerate(cells):
        if isinstance(cell, Decimal | int):
            page.write_number(row_number, column, cell)
        elif isinstance(cell, date):
            page.write_datetime(row_number, column, cell)
        elif cell:
            page.write_string(row_number, column, cell)
