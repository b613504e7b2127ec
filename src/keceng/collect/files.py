"""The door for files: what a file is by its content, never by its name; then its tables as text."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from keceng.collect.aliases import is_identity_header, is_known_header
from keceng.collect.cleaning import RawTable, tidy_table
from keceng.collect.columnar import read_columnar
from keceng.collect.delimited import read_text_table
from keceng.collect.encodings import decode_text
from keceng.collect.far_cells import find_far_cell
from keceng.collect.headers import HeaderPlace, make_unique
from keceng.collect.large_text import stage_text
from keceng.collect.source import BrokenRow, SourceTable
from keceng.collect.workbooks import SheetBody, read_workbook
from keceng.vocabulary import KecengError, Place, Problem, Text


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be: beyond it the file is refused before it is unpacked.

    Attributes:
        file_bytes: of the file itself.
        unpacked_bytes: of everything inside a workbook.
        unpack_ratio: unpacked over packed bytes of one member; more is a decompression bomb.
        columns: of one table.
        cells: of one sheet, counted as the rectangle from its first cell to its last, which is what reading it takes.
        held_bytes: a text of more is not held in memory, where there is a place for its rows.
    """

    file_bytes: int = 2 * 1024**3
    unpacked_bytes: int = 4 * 1024**3
    unpack_ratio: int = 1_000
    columns: int = 2_000
    cells: int = 100_000_000
    held_bytes: int = 32 * 1024**2


LIMITS = Limits()
_TOP_BYTES, _TOP_LINES = 4_000_000, 5
# A text may hold many commas too; so many more than columns may be are no text.
_CERTAINLY = 5
_QUOTED = re.compile(rb'"[^"]*"')


ReadWatch = Callable[[int, int], None]
"""Is told how many bytes were read, and of how many."""


class Format(Enum):
    """What a file is."""

    TEXT = "text"
    WORKBOOK = "workbook"
    PARQUET = "parquet"


_FOREIGN = (
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"SQLite format 3", "SQLite"),
)
_MARKUP = re.compile(rb"^\s*(<!doctype|<html|<head|<body|<table|<\?xml|<meta|<style)", re.IGNORECASE)
_RESAVE = Text(
    "请用 Excel 打开后另存为 .xlsx 或“CSV UTF-8”再试",
    "open it in a spreadsheet and save it as .xlsx or “CSV UTF-8”",
)


def read_source(
    path: Path | str, *, sheet: str | None = None, from_shell: bool = True, limits: Limits | None = None,
    staging: Path | None = None, watch: ReadWatch | None = None,
) -> list[SourceTable]:  # fmt: skip
    """The tables of a CSV, TSV, blank-separated, XLSX, XLS or (from the shell) Parquet file.

    Args:
        path: the file.
        sheet: read this sheet only, hidden or not; else every visible sheet that holds a table.
        from_shell: whether Parquet is accepted; files that arrive over the web are not.
        limits: sizes beyond which a file is refused.
        staging: a folder for the rows of a text that is too large to be held; None holds every file.
        watch: told the bytes of such a text read so far and those to be read, which is twice its size.

    Raises:
        KecengError: the file is missing, empty, a folder, too large, not what its name says, or holds no table.
    """
    path, limits = Path(path), limits or LIMITS
    if staging is not None and (table := _stage(path, staging, limits, watch)) is not None:
        _check_tables([table], path.name, limits)
        return [table]
    content = _read_bytes(path, limits)
    digest = hashlib.sha256(content).hexdigest()
    match _detect_format(content, path.name, limits):
        case Format.WORKBOOK:
            tables = _read_sheets(content, path.name, digest=digest, sheet=sheet)
        case Format.PARQUET:
            tables = [_read_parquet(content, path.name, digest=digest, from_shell=from_shell)]
        case Format.TEXT:
            _check_width(content, path.name, limits)
            tables = [_read_text(content, path.name, digest=digest)]
    _check_tables(tables, path.name, limits)
    return tables


def _stage(path: Path, staging: Path, limits: Limits, watch: ReadWatch | None) -> SourceTable | None:
    """The table of a large text, its rows on disk; None for everything else."""
    if not path.is_file() or (size := path.stat().st_size) <= limits.held_bytes:
        return None
    with path.open("rb") as file:
        top = file.read(_TOP_BYTES)
    if top.startswith((b"PAR1", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
        return None
    if _detect_format(top, path.name, limits) is not Format.TEXT:
        return None
    _check_width(top, path.name, limits)
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        if watch is not None:
            watch(min(done, 2 * size), 2 * size)

    return stage_text(path, staging, advance=advance)


def _read_bytes(path: Path, limits: Limits) -> bytes:
    place = Place(file=path.name)
    if not path.exists():
        raise KecengError.of("no_such_file", "没有这个文件", "there is no such file", place=place, value=str(path),
                             remedy=Text("请检查文件名和所在文件夹", "check its name and folder"))  # fmt: skip
    if path.is_dir():
        raise KecengError.of("is_a_folder", "这是文件夹, 不是文件", "this is a folder, not a file", place=place,
                             remedy=Text("请写出里面的文件", "name the files inside it"))  # fmt: skip
    try:
        size = path.stat().st_size
        if size > limits.file_bytes:
            raise KecengError(_too_large(path.name, f"{size:,} > {limits.file_bytes:,}"))
        content = path.read_bytes()
    except OSError as error:
        raise KecengError.of("unreadable_file", "文件打不开", "the file cannot be opened", place=place,
                             value=error.strerror,
                             remedy=Text("请关闭占用它的程序并检查权限", "close the program that uses it and check its rights"),
                             ) from None  # fmt: skip
    if not content.strip():
        raise KecengError.of("empty_file", "文件是空的", "the file is empty", place=place,
                             remedy=Text("请重新导出", "export it again"))  # fmt: skip
    return content


def _too_large(file: str, sizes: str) -> Problem:
    return Problem(
        "too_large",
        Text("文件太大", "the file is too large"),
        remedy=Text("请按月份或列拆分, 或转成 CSV", "split it by month, or save it as CSV"),
        place=Place(file=file),
        value=sizes,
    )


def _detect_format(content: bytes, file: str, limits: Limits) -> Format:
    if content.startswith(b"PAR1"):
        return Format.PARQUET
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _check_archive(content, file, limits)
        return Format.WORKBOOK
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return Format.WORKBOOK
    for mark, name in _FOREIGN:
        if content.startswith(mark):
            raise KecengError(_mislabelled(file, Text(f"{name} 文件", f"{name} file")))
    if _MARKUP.match(content[:4096].removeprefix(b"\xef\xbb\xbf")):
        raise KecengError(_mislabelled(file, Text("网页或 XML", "web page or XML")))
    return Format.TEXT


def _mislabelled(file: str, what: Text) -> Problem:
    return Problem(
        "mislabelled_file",
        Text("内容是{what}, 不是表格文件", "its content is a {what}, not a table").fill(what=what),
        remedy=_RESAVE,
        place=Place(file=file),
    )


_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError,
)  # fmt: skip
"""What reading a damaged or locked archive may end in."""


def _check_archive(content: bytes, file: str, limits: Limits) -> None:
    """A workbook is a zip archive with a workbook inside, whole and of a sane size."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except _DAMAGED:
        raise KecengError(_damaged_archive(file)) from None
    names = {m.filename for m in members}
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        listed = ", ".join(sorted(n for n in names if not n.endswith("/"))[:5])
        raise KecengError.of(
            "mislabelled_file", "这是压缩包, 不是 Excel 工作簿", "this is a zip archive, not a workbook",
            remedy=Text("请先解压, 再给出里面的表格文件", "unpack it and name the tables inside"),
            place=Place(file=file), value=listed,
        )  # fmt: skip
    if "xl/workbook.xml" not in names:
        raise KecengError(
            _mislabelled(file, Text("别种工作簿(xlsb/ods)", "workbook of another kind (xlsb/ods)"))
        )
    unpacked = sum(m.file_size for m in members)
    bomb = any(m.file_size > limits.unpack_ratio * max(m.compress_size, 1_000) for m in members)
    if bomb or unpacked > limits.unpacked_bytes:
        raise KecengError(_too_large(file, f"{unpacked:,} > {limits.unpacked_bytes:,}"))
    try:
        far = find_far_cell(content, limits.cells)
    except _DAMAGED:
        raise KecengError(_damaged_archive(file)) from None
    if far:
        raise KecengError(_far_cell(file, far))


def _damaged_archive(file: str) -> Problem:
    return Problem(
        "truncated_file",
        Text("文件不完整(压缩结构损坏)", "the file is cut off (its archive is damaged)"),
        remedy=Text("请重新下载或导出", "download or export it again"),
        place=Place(file=file),
    )


def _far_cell(file: str, cell: str) -> Problem:
    return Problem(
        "far_cell",
        Text(
            "工作表大得读不下: 有单元格离表格很远",
            "the sheet is too large to be read: a cell stands far from its table",
        ),
        remedy=Text(
            f"请把 {cell} 附近多余的行列删掉再保存, 或另存为 CSV",
            f"delete the rows and columns around {cell} and save it again, or save it as CSV",
        ),
        place=Place(file=file),
        value=cell,
    )


def _check_width(content: bytes, file: str, limits: Limits) -> None:
    """Refuse a line of far too many fields before it is cut into them."""
    for line in content[:_TOP_BYTES].split(b"\n", _TOP_LINES)[:_TOP_LINES]:
        plain = _QUOTED.sub(b"", line)
        fields = max(plain.count(mark) for mark in (b",", b"\t", b";", b"|"))
        if fields > _CERTAINLY * limits.columns:
            raise KecengError(_too_large(file, f"{fields:,} > {limits.columns:,} columns"))


def _read_text(content: bytes, file: str, *, digest: str) -> SourceTable:
    body = read_text_table(decode_text(content, file), file, is_known=is_known_header)
    raw = RawTable(
        file, None, digest, body.header.names, body.header.named, body.columns, body.row_no,
        broken_rows=body.broken_rows, title_lines=body.header.title_lines,
    )  # fmt: skip
    return tidy_table(raw, is_identity=is_identity_header)


def _read_parquet(content: bytes, file: str, *, digest: str, from_shell: bool) -> SourceTable:
    if not from_shell:
        raise KecengError.of(
            "parquet_from_shell_only", "网页上传不接受 Parquet 文件", "Parquet files are not accepted over the web",
            remedy=Text("请改用 CSV 或 .xlsx, 或由管理员在命令行导入", "use CSV or .xlsx, or import it from the shell"),
            place=Place(file=file),
        )  # fmt: skip
    body = read_columnar(content, file)
    raw = RawTable(
        file, None, digest, make_unique(body.names), tuple(map(bool, body.names)), body.columns, body.row_no
    )
    return tidy_table(raw, is_identity=is_identity_header)


def _read_sheets(content: bytes, file: str, *, digest: str, sheet: str | None) -> list[SourceTable]:
    bodies = read_workbook(content, file, is_known=is_known_header, is_identity=is_identity_header)
    if sheet is not None:
        names = [body.sheet for body in bodies]
        bodies = [body for body in bodies if body.sheet == sheet]
        if not bodies:
            raise KecengError.of(
                "no_such_sheet", "没有这张工作表", "there is no such sheet", place=Place(file=file), value=sheet,
                remedy=Text("现有: {names}", "there are: {names}").fill(names=", ".join(names)),
            )  # fmt: skip
    tables, skipped = [], []
    for body in bodies:
        is_wanted = sheet is not None or not body.is_hidden
        table = (
            _tidy_sheet(body, body.header, file=file, digest=digest) if body.header and is_wanted else None
        )
        if table is not None and table.row_count:
            tables.append(table)
        elif body.filled_cells:
            skipped.append(_skipped_note(body))
    return [replace(tables[0], notes=(*tables[0].notes, *skipped)), *tables[1:]] if tables else []


def _tidy_sheet(body: SheetBody, header: HeaderPlace, *, file: str, digest: str) -> SourceTable:
    raw = RawTable(
        file, body.sheet, digest, header.names, header.named, body.columns, body.row_no,
        title_lines=header.title_lines, date_epoch=body.date_epoch,
    )  # fmt: skip
    return tidy_table(raw, is_identity=is_identity_header)


def _skipped_note(body: SheetBody) -> Text:
    if body.is_hidden and body.header:
        return Text(
            f"隐藏的工作表「{body.sheet}」没有读; 需要时用 --sheet 指定",
            f"the hidden sheet “{body.sheet}” was not read; name it with --sheet to read it",
        )
    return Text(f"工作表「{body.sheet}」里没有表格", f"the sheet “{body.sheet}” holds no table")


def _check_tables(tables: list[SourceTable], file: str, limits: Limits) -> None:
    if not any(table.row_count for table in tables):
        raise KecengError.of(
            "no_rows", "里面没有一行数据", "there is not a single row of data in it", place=Place(file=file),
            remedy=Text("请确认导出时选了正确的范围", "check that the right range was exported"),
        )  # fmt: skip
    for table in tables:
        if len(table.headers) > limits.columns:
            raise KecengError(_too_large(file, f"{len(table.headers):,} > {limits.columns:,} columns"))
        if table.broken_rows and not table.data.num_rows:
            raise KecengError(_broken_problem(table, row) for row in table.broken_rows[:3])


def _broken_problem(table: SourceTable, row: BrokenRow) -> Problem:
    return Problem(row.code, row.problem, place=Place(table.file, table.sheet, row.row_no))
