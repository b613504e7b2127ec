"""Files as people make them, written for one test each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

Cell = str | float | int | dt.date | None
Merge = tuple[int, int, int, int, str | float]


def write_bytes(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def write_csv(path: Path, text: str, encoding: str = "utf-8") -> Path:
    return write_bytes(path, text.encode(encoding))


def write_workbook(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[Cell]]],
    *,
    merges: Sequence[Merge] = (),
    hidden: Sequence[str] = (),
    date_1904: bool = False,
) -> Path:
    """An XLSX file; merges are laid on the first sheet."""
    book = xlsxwriter.Workbook(path, {"date_1904": date_1904})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for position, (name, rows) in enumerate(sheets.items()):
        sheet = book.add_worksheet(name)
        for row_index, row in enumerate(rows):
            for column_index, cell in enumerate(row):
                match cell:
                    case None:
                        continue
                    case dt.datetime():
                        sheet.write_datetime(row_index, column_index, cell, time)
                    case dt.date():
                        sheet.write_datetime(row_index, column_index, cell, day)
                    case str():
                        sheet.write_string(row_index, column_index, cell)
                    case _:
                        sheet.write_number(row_index, column_index, cell)
        for merge in merges if position == 0 else ():
            sheet.merge_range(*merge)
        if name in hidden:
            sheet.hide()
    book.close()
    return path
