"""Excel workbooks: sheets as text columns, merged cells, serial dates."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from keceng.collect.cells import cell_text, spreadsheet_text
from keceng.collect.headers import TOP_ROWS, HeaderPlace, Span, find_header
from keceng.vocabulary import KecengError, Place, Text

_PANIC = "PanicException"
_EPOCH_1904 = re.compile(rb'<workbookPr[^>]*\bdate1904="(1|true)"')


@dataclass(frozen=True, slots=True)
class SheetBody:
    """The rows below the header of one sheet, before any cleaning; `header` is None on a sheet without a table."""

    sheet: str
    header: HeaderPlace | None
    columns: tuple[pa.ChunkedArray, ...]
    row_no: pa.Array
    date_epoch: int
    is_hidden: bool
    filled_cells: int


def read_workbook(
    content: bytes, file: str, *, is_known: Callable[[str], bool], is_identity: Callable[[str], bool]
) -> list[SheetBody]:
    """Every sheet of an XLSX or XLS workbook.

    A cell merged downwards holds for all its rows when it is text or a date, or a number in a column that names
    something (`is_identity`); a merged amount stays on its first row, where it counts once.

    Raises:
        KecengError: `unreadable_workbook` or `workbook_has_password`.
    """
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        epoch = _read_epoch(content)
        return [
            _read_sheet(
                workbook.get_sheet_by_name(about.name),
                is_known=is_known,
                is_identity=is_identity,
                is_hidden=about.visible is not SheetVisibleEnum.Visible,
                date_epoch=epoch,
            )
            for about in workbook.sheets_metadata
        ]
    except PasswordError:
        raise KecengError.of(
            "workbook_has_password", "工作簿有密码", "the workbook has a password",
            remedy=Text("请去掉密码后另存再试", "save it without the password and try again"),
            place=Place(file=file),
        ) from None  # fmt: skip
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile, NotImplementedError, KeyError) as error:
        raise _unreadable(file, error) from None
    except BaseException as error:
        # A panic of the native reader derives from BaseException and cannot be imported by name.
        if type(error).__name__ != _PANIC:
            raise
        raise _unreadable(file, error) from None


def _unreadable(file: str, error: BaseException) -> KecengError:
    return KecengError.of(
        "unreadable_workbook", "Excel 文件读不出来, 可能已损坏", "the workbook cannot be read; it may be damaged",
        remedy=Text("请用 Excel 打开并另存为 .xlsx 后再试", "open it in a spreadsheet, save it as .xlsx and try again"),
        place=Place(file=file), value=type(error).__name__,
    )  # fmt: skip


def _read_epoch(content: bytes) -> int:
    """1904 for workbooks of old Macs; XLS files convert their dates themselves."""
    if not content.startswith(b"PK"):
        return 1900
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return 1904 if _EPOCH_1904.search(archive.read("xl/workbook.xml")) else 1900


def _read_sheet(
    sheet: CalamineSheet,
    *,
    is_known: Callable[[str], bool],
    is_identity: Callable[[str], bool],
    is_hidden: bool,
    date_epoch: int,
) -> SheetBody:
    rows: list[list[object]] = sheet.to_python(skip_empty_area=False)
    merges = _spans(sheet)
    top = [[cell_text(cell) for cell in row] for row in rows[:TOP_ROWS]]
    header = find_header(top, is_known=is_known, merges=merges)
    filled = sum(bool(cell) for row in top for cell in row)
    empty = SheetBody(sheet.name, None, (), pa.array([], pa.int64()), date_epoch, is_hidden, filled)
    if header is None:
        return empty
    body = rows[header.last_row + 1 :]
    _fill_merged(rows, header, merges, is_identity)
    cells: Iterator[Sequence[object]] = zip(*body, strict=True) if body else iter([()] * len(header.names))
    return replace(
        empty,
        header=header,
        columns=tuple(spreadsheet_text(column) for column in cells),
        row_no=pa.array(range(header.last_row + 2, len(rows) + 1), pa.int64()),
    )


def _spans(sheet: CalamineSheet) -> list[Span]:
    return [(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()]


def _fill_merged(
    rows: list[list[object]], header: HeaderPlace, merges: Sequence[Span], is_identity: Callable[[str], bool]
) -> None:
    for top, left, bottom, _ in merges:
        if top <= header.last_row or bottom == top or left >= len(header.names):
            continue
        cell = rows[top][left]
        if isinstance(cell, int | float) and not is_identity(header.names[left]):
            continue
        for row in rows[top + 1 : bottom + 1]:
            row[left] = cell
