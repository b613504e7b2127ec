"""Files as people make them, written for one test each."""

from __future__ import annotations

import datetime as dt
import struct
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


def write_xls(path: Path, rows: Sequence[Sequence[str | float]]) -> Path:
    """An old XLS file (BIFF8 in a compound file) with one sheet named 表1."""
    cells = b"".join(
        _xls_cell(row_index, column_index, cell)
        for row_index, row in enumerate(rows)
        for column_index, cell in enumerate(row)
    )
    start_of_book, end = (
        _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)),
        _record(0x000A, b""),
    )
    name = "表1".encode("utf-16-le")
    sheet_at = len(start_of_book) + 4 + 8 + len(name) + len(end)
    bound = _record(0x0085, struct.pack("<IHBB", sheet_at, 0, 2, 1) + name)
    start_of_sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    return write_bytes(path, _compound_file(start_of_book + bound + end + start_of_sheet + cells + end))


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _xls_cell(row: int, column: int, cell: str | float) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(cell, str):
        return _record(0x0204, place + struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le"))
    return _record(0x0203, place + struct.pack("<d", cell))


def _compound_file(stream: bytes) -> bytes:
    """One stream called Workbook: header, its allocation table, its directory, its sectors of 512 bytes."""
    stream = stream.ljust(4096, b"\0")
    stream += b"\0" * (-len(stream) % 512)
    count, last, free = len(stream) // 512, 0xFFFFFFFE, 0xFFFFFFFF
    fats = next(n for n in range(1, 110) if 128 * n >= n + 1 + count)
    table = [*[0xFFFFFFFD] * fats, last, *range(fats + 2, fats + 1 + count), last]
    header = (
        bytes.fromhex("d0cf11e0a1b11ae1")
        + b"\0" * 16
        + struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fats, fats, 0, 4096, last, 0, last, 0)
    )
    header += struct.pack("<109I", *range(fats), *[free] * (109 - fats))
    entries = [_entry("Root Entry", 5, 1, last, 0), _entry("Workbook", 2, free, fats + 1, len(stream))]
    directory = b"".join(entries).ljust(512, b"\0")
    allocated = struct.pack(f"<{128 * fats}I", *table, *[free] * (128 * fats - len(table)))
    return header + allocated + directory + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    body = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return body + b"\0" * 36 + struct.pack("<III", start, size, 0)
