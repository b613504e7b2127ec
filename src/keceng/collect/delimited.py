"""Text tables: which delimiter, where the header stands, rows cut into fields, and the rows that cannot be cut."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from keceng.collect.headers import TOP_ROWS, HeaderPlace, find_header, make_unique
from keceng.collect.source import BrokenRow
from keceng.vocabulary import KecengError, Place, Text

BLANKS = " "
"""Stands for runs of blanks as the delimiter."""

_DELIMITERS = (",", "\t", ";", "|", "，")
QUOTE = '"'
_LONGEST_CELL_LINES = 50
_LONGEST_CELL = 2**31 - 1
"""Characters of a cell: as much as a file may hold, where the default of the csv module is 131,072."""

csv.field_size_limit(_LONGEST_CELL)


class _UncutRecordError(Exception):
    """The record that the csv module refuses, and its reason."""

    def __init__(self, record: str, reason: str) -> None:
        super().__init__(reason)
        self.record = record


@dataclass(frozen=True, slots=True)
class TextBody:
    """The rows below the header of a text table, one string column per field, before any cleaning."""

    header: HeaderPlace
    columns: tuple[pa.ChunkedArray, ...]
    row_no: pa.Array
    broken_rows: tuple[BrokenRow, ...]


def read_text_table(text: str, file: str, *, is_known: Callable[[str], bool]) -> TextBody:
    """The one table of a delimited text.

    Row numbers count records as a spreadsheet shows them: a cell with a line break inside is one row.

    Raises:
        KecengError: `no_header` when no row of the first ones reads as column names, `uncut_row` when a row cannot
            be cut into cells at all.
    """
    try:
        return _read_table(text, file, is_known)
    except _UncutRecordError as error:
        raise KecengError.of(
            "uncut_row", "这一行切不成单元格", "this row cannot be cut into cells",
            remedy=Text("请改正这一行后重新导入", "correct the row and import the file again"),
            place=Place(file=file, row=text.count("\n", 0, max(text.find(error.record), 0)) + 1),
            value=str(error),
        ) from None  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """How a delimited text is cut: where its rows begin, counted in characters, and at what.

    Attributes:
        delimiter: one character, or `BLANKS`.
    """

    header: HeaderPlace
    delimiter: str
    start: int

    @property
    def first_row(self) -> int:
        """The number of the first row below the header, as a user sees it."""
        return self.header.last_row + 2


def find_layout(top_text: str, file: str, *, is_known: Callable[[str], bool]) -> Layout:
    """The layout of a text, told by its beginning.

    Raises:
        KecengError: `no_header`.
    """
    top_lines = list(islice(io.StringIO(top_text), TOP_ROWS * 2))
    delimiter = _detect_delimiter(top_lines)
    top = [_cut(record, delimiter) for record in islice(_split_records(top_lines, delimiter), TOP_ROWS)]
    header = find_header(top, is_known=is_known)
    if header is None:
        raise KecengError.of(
            "no_header", "找不到列名行", "no row reads as column names",
            remedy=Text("请在第一行写上列名, 例如: 客户编号,下单时间,金额",
                        "put the column names into the first row, e.g. customer_id,order_date,amount"),
            place=Place(file=file),
        )  # fmt: skip
    header = _widened(header, top)
    lines_above = sum(len(r.lines) for r in islice(_split_records(top_lines, delimiter), header.last_row + 1))
    return Layout(header, delimiter, sum(len(line) for line in top_lines[:lines_above]))


def _read_table(text: str, file: str, is_known: Callable[[str], bool]) -> TextBody:
    layout = find_layout(text, file, is_known=is_known)
    cut = _cut_blanks if layout.delimiter == BLANKS else _cut_delimited
    return cut(text[layout.start :], layout.header, layout.delimiter)


@dataclass(frozen=True, slots=True)
class _Record:
    """The lines of one row: more than one when a quoted cell has line breaks."""

    lines: tuple[str, ...]
    is_unclosed: bool = False

    @property
    def text(self) -> str:
        return "".join(self.lines).rstrip("\n")


def _split_records(lines: Sequence[str], delimiter: str, *, width: int | None = None) -> Iterator[_Record]:
    """Rows of a text whose quotes may be wrong: a quote that is not closed soon costs its own line only.

    With `width`, a row of several lines that has another number of fields is taken for such a row too.
    """
    position = 0
    while position < len(lines):
        end = position + 1
        while (
            _is_open(lines[position:end], delimiter)
            and end < len(lines)
            and end - position < _LONGEST_CELL_LINES
        ):
            end += 1
        record = _Record(tuple(lines[position:end]))
        is_unclosed = _is_open(record.lines, delimiter) or (
            width is not None and len(record.lines) > 1 and len(_cut(record, delimiter)) != width
        )
        yield _Record((lines[position],), is_unclosed=True) if is_unclosed else record
        position += 1 if is_unclosed else end - position


def _is_open(lines: Sequence[str], delimiter: str) -> bool:
    """Whether a quoted cell goes on after these lines; a quote inside an unquoted cell opens nothing."""
    if delimiter == BLANKS or not any(QUOTE in line for line in lines):
        return False
    before = f"(?:^|(?<={re.escape(delimiter)}))"
    without_cells = re.sub(before + '"(?:[^"]|"")*"', "", "".join(lines))
    return re.search(before + '"', without_cells) is not None


def _cut(record: _Record, delimiter: str) -> list[str]:
    if delimiter == BLANKS:
        return record.text.split()
    try:
        rows = list(csv.reader(io.StringIO(record.text + "\n"), delimiter=delimiter))
    except csv.Error as error:
        raise _UncutRecordError(record.text, str(error)) from None
    return rows[0] if rows else []


def _detect_delimiter(lines: Sequence[str]) -> str:
    """The delimiter that cuts most rows into the same number of fields, more than one."""
    found = max(
        (_agreement(lines, delimiter), -rank, delimiter) for rank, delimiter in enumerate(_DELIMITERS)
    )
    if found[0] > 0:
        return found[2]
    return BLANKS if _agreement(lines, BLANKS) > 0 else ","


def _agreement(lines: Sequence[str], delimiter: str) -> float:
    records = _split_records(lines, delimiter)
    counts = [len(_cut(record, delimiter)) for record in records if record.text.strip()]
    several = [c for c in counts if c > 1]
    if not several:
        return 0.0
    usual = max(set(several), key=several.count)
    share = several.count(usual) / len(counts)
    # A wider cut wins over a narrower one that agrees as well: a decimal comma also "cuts" a `;` file.
    return 0.0 if share < 0.5 else share + usual / 10_000


def _widened(header: HeaderPlace, top: Sequence[Sequence[str]]) -> HeaderPlace:
    """A header for as many fields as the rows below have: some exports end every row but the header with a comma."""
    below = [len(row) for row in top[header.last_row + 1 :] if any(row)]
    usual = max(set(below), key=below.count) if below else 0
    missing = usual - len(header.names)
    if missing <= 0:
        return header
    return HeaderPlace(
        header.first_row,
        header.last_row,
        make_unique([*header.names, *[""] * missing]),
        (*header.named, *[False] * missing),
        header.title_lines,
    )


def _cut_delimited(body: str, header: HeaderPlace, delimiter: str) -> TextBody:
    if delimiter == "，":
        return _cut_carefully(body, header, delimiter)
    if body.count(QUOTE) % 2:
        return _cut_carefully(body, header, delimiter)
    table, broken = _cut_by_arrow(body, header, delimiter)
    if QUOTE in body and has_swallowed_rows(table):
        return _cut_carefully(body, header, delimiter)
    first = header.last_row + 2
    total = table.num_rows + len(broken)
    row_no = pa.array(range(first, first + total), pa.int64())
    if broken:
        row_no = row_no.filter(pc.invert(pc.is_in(row_no, pa.array([r.row_no for r in broken], pa.int64()))))
    return TextBody(header, tuple(table.columns), row_no, tuple(r for r in broken if r.text.strip()))


def _cut_by_arrow(body: str, header: HeaderPlace, delimiter: str) -> tuple[pa.Table, list[BrokenRow]]:
    broken: list[BrokenRow] = []
    names = list(header.names)
    if not body.strip():
        return pa.table({name: pa.array([], pa.string()) for name in names}), broken
    content = body.encode()
    read, parse, convert = cut_options(header, delimiter, has_quotes=QUOTE in body, broken=broken)
    read.block_size = min(max(len(content), 1 << 16), 1 << 26)
    table = arrow_csv.read_csv(
        pa.py_buffer(content), read_options=read, parse_options=parse, convert_options=convert
    )
    return table, broken


def cut_options(
    header: HeaderPlace, delimiter: str, *, has_quotes: bool, broken: list[BrokenRow]
) -> tuple[arrow_csv.ReadOptions, arrow_csv.ParseOptions, arrow_csv.ConvertOptions]:
    """How Arrow cuts the rows below the header into text; those that have too few or too many fields go to `broken`."""

    def keep(row: arrow_csv.InvalidRow) -> str:
        row_no = header.last_row + 1 + row.number
        broken.append(_wrong_count(row_no, row.text or "", row.actual_columns, len(header.names)))
        return "skip"

    names = list(header.names)
    return (
        arrow_csv.ReadOptions(column_names=names, use_threads=False),
        arrow_csv.ParseOptions(
            delimiter=delimiter,
            quote_char=QUOTE if has_quotes else False,
            newlines_in_values=has_quotes,
            ignore_empty_lines=False,
            invalid_row_handler=keep,
        ),
        # What comes here was read as text before.
        arrow_csv.ConvertOptions(
            strings_can_be_null=False, column_types=dict.fromkeys(names, pa.string()), check_utf8=False
        ),
    )


def has_swallowed_rows(table: pa.Table) -> bool:
    """Whether a stray pair of quotes made one cell of many rows."""
    longest = (pc.max(pc.count_substring(column, "\n")).as_py() for column in table.columns)
    return any((lines or 0) >= _LONGEST_CELL_LINES for lines in longest)


def _cut_carefully(body: str, header: HeaderPlace, delimiter: str) -> TextBody:
    """Row by row, for texts whose quotes do not match: slower, and only the damaged rows are lost."""
    width = len(header.names)
    rows: list[list[str]] = []
    numbers: list[int] = []
    broken: list[BrokenRow] = []
    records = _split_records(list(io.StringIO(body)), delimiter, width=width)
    for row_no, record in enumerate(records, start=header.last_row + 2):
        if not record.text.strip():
            continue
        if record.is_unclosed:
            broken.append(_unclosed(row_no, record.text))
            continue
        fields = _cut(record, delimiter)
        if len(fields) == width:
            rows.append(fields)
            numbers.append(row_no)
        else:
            broken.append(_wrong_count(row_no, record.text, len(fields), width))
    columns = tuple(pa.chunked_array([pa.array([r[i] for r in rows], pa.string())]) for i in range(width))
    return TextBody(header, columns, pa.array(numbers, pa.int64()), tuple(broken))


def _cut_blanks(body: str, header: HeaderPlace, _delimiter: str) -> TextBody:
    """Rows cut at runs of blanks, the whole file at once."""
    width = len(header.names)
    lines = pa.array(body.split("\n"), pa.string())
    row_no = pa.array(range(header.last_row + 2, header.last_row + 2 + len(lines)), pa.int64())
    filled = pc.not_equal(pc.utf8_trim_whitespace(lines), "")
    lines, row_no = lines.filter(filled), row_no.filter(filled)
    fields = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(lines))
    counts = pc.list_value_length(fields)
    is_whole = pc.equal(counts, width)
    is_broken = pc.invert(is_whole)
    broken = tuple(
        _wrong_count(number, line, count, width)
        for number, line, count in zip(
            row_no.filter(is_broken).to_pylist(), lines.filter(is_broken).to_pylist(),
            counts.filter(is_broken).to_pylist(), strict=True,
        )
    )  # fmt: skip
    whole = fields.filter(is_whole)
    columns = tuple(pa.chunked_array([pc.list_element(whole, i)]) for i in range(width))
    return TextBody(header, columns, row_no.filter(is_whole), broken)


def _wrong_count(row_no: int, text: str, found: int, wanted: int) -> BrokenRow:
    code = "too_many_fields" if found > wanted else "too_few_fields"
    problem = Text(
        f"这一行有 {found} 个字段, 表头有 {wanted} 列; 请检查引号和分隔符",
        f"this row has {found} fields, the header {wanted}; check its quotes and delimiters",
    )
    return BrokenRow(row_no, text, code, problem)


def _unclosed(row_no: int, text: str) -> BrokenRow:
    problem = Text(
        "这一行的引号没有成对; 请补上或删去", "a quote of this row is not closed; close it or take it out"
    )
    return BrokenRow(row_no, text, "unclosed_quote", problem)
