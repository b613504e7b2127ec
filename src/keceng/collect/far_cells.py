"""Sheets whose cells stand so far apart that the rectangle around them would fill the memory."""

from __future__ import annotations

import io
import re
import zipfile
from typing import IO

_PART = 4_000_000
_OVERLAP = 64
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml$")
_ROW = re.compile(rb'<row [^>]{0,200}?r="(\d{1,7})"')
_CELL = re.compile(rb'<c r="[A-Z]{1,3}(\d{4,7})"')
_WIDE = re.compile(rb'<c r="([A-Z]{2,3})\d')
_LETTERS = 26


def find_far_cell(workbook: bytes, most_cells: int) -> str | None:
    """The last corner, such as `XFD1048576`, of the first sheet that spans more than `most_cells`; None where none does.

    Cells are looked for without reading the sheet as XML: rows by the last number in each part, columns by their letters.
    """
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        for name in archive.namelist():
            if _SHEET.match(name):
                with archive.open(name) as sheet:
                    row, letters = _last_corner(sheet)
                if row * _number(letters) > most_cells:
                    return f"{letters.decode()}{row}"
    return None


def _last_corner(sheet: IO[bytes]) -> tuple[int, bytes]:
    last_row, widest, tail = 1, b"Z", b""
    while part := sheet.read(_PART):
        part = tail + part
        last_row = max(last_row, _last_row(part))
        widest = max({widest, *_WIDE.findall(part)}, key=_number)
        tail = part[-_OVERLAP:]
    return last_row, widest


def _last_row(part: bytes) -> int:
    return max((int(number) for pattern in (_ROW, _CELL) for number in pattern.findall(part)), default=1)


def _number(letters: bytes) -> int:
    """A column's number: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * _LETTERS + letter - ord("A") + 1
    return number
