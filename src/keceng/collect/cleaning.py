"""From raw text columns to a source table: blanks off, empty rows and columns out, totals and repeated headers noted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.cells import clean_text
from keceng.collect.source import ROW_NO, BrokenRow, SourceTable
from keceng.vocabulary import Text

_TOTAL = (
    r"(?i)^(本页|本月|本年|本期|当页|月度|年度|客户|全部)?\s*(合\s*计|小\s*计|总\s*计|共\s*计|累\s*计|grand\s+total|sub-?\s?total|totals?)"
    r"\s*[:：]?$"
)
_LETTERS_OF_TOTAL = ((b"a", b"A"), (b"l", b"L"), (b"o", b"O"), (b"t", b"T"))
_NAMED_TOTAL = r"(合计|小计|总计)\s*[:：]?$"


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as it was cut out of its file.

    Attributes:
        file: the file's name.
        sheet: its sheet, None without sheets.
        digest: of the whole file.
        names: unique column names.
        named: which of them stand in the file; a nameless column without content is left out.
        columns: strings, one per name.
        row_no: row numbers as a user sees them.
        broken_rows: rows that could not be cut.
        title_lines: the texts above the header.
        date_epoch: 1900 or 1904.
    """

    file: str
    sheet: str | None
    digest: str
    names: tuple[str, ...]
    named: tuple[bool, ...]
    columns: tuple[pa.ChunkedArray, ...]
    row_no: pa.Array
    broken_rows: tuple[BrokenRow, ...] = ()
    title_lines: tuple[str, ...] = ()
    date_epoch: int = field(default=1900)


def tidy_table(raw: RawTable, *, is_identity: Callable[[str], bool]) -> SourceTable:
    """The source table of a raw one.

    Args:
        raw: as cut out of its file.
        is_identity: whether a header names what every real row has (a document, a customer, a product): a row
            that says 合计 and has none of these is a total, not a sale.
    """
    cleaned = [clean_text(column) for column in raw.columns]
    kept = [
        index for index, column in enumerate(cleaned) if raw.named[index] or column.null_count < len(column)
    ]
    headers = tuple(raw.names[index] for index in kept)
    data = pa.table({h: cleaned[i] for h, i in zip(headers, kept, strict=True)} | {ROW_NO: raw.row_no})
    data, totals, repeats = drop_unwanted(data, headers, is_identity=is_identity)
    broken = without_broken_totals(raw.broken_rows)
    totals += len(raw.broken_rows) - len(broken)
    return SourceTable(
        file=raw.file,
        sheet=raw.sheet,
        headers=headers,
        data=data.combine_chunks(),
        digest=raw.digest,
        broken_rows=broken,
        notes=note_dropped(totals, repeats),
        date_epoch=raw.date_epoch,
        dropped_rows=totals + repeats,
        title_lines=raw.title_lines,
    )


def drop_unwanted(
    data: pa.Table, headers: Sequence[str], *, is_identity: Callable[[str], bool], may_total: bool = True
) -> tuple[pa.Table, int, int]:
    """The rows that are data, how many were totals, and how many repeated the header; empty rows are gone too.

    `may_total`: False where it is known that no row says 合计 or total.
    """
    if all(data[header].null_count for header in headers):
        data = data.filter(_any_filled(data, headers))
    totals = repeats = 0
    if may_total:
        data, totals = _drop(data, _total_rows(data, headers, is_identity))
    if pc.any(pc.equal(data[headers[0]], headers[0])).as_py():
        data, repeats = _drop(data, _repeated_headers(data, headers))
    return data, totals, repeats


def without_broken_totals(broken: Sequence[BrokenRow]) -> tuple[BrokenRow, ...]:
    """The broken rows that are no totals."""
    return tuple(row for row in broken if not _is_broken_total(row))


def may_hold_totals(text: bytes) -> bool:
    """Whether a piece of UTF-8 text has a word without which no row is a total."""
    if not text.isascii() and "计".encode() in text:
        return True
    # Few texts are made small just to be searched: one without these letters says no total.
    return (
        all(small in text or large in text for small, large in _LETTERS_OF_TOTAL) and b"total" in text.lower()
    )


def _any_filled(data: pa.Table, headers: Sequence[str]) -> pa.ChunkedArray:
    return reduce(pc.or_, [pc.is_valid(data[header]) for header in headers])


def _drop(data: pa.Table, unwanted: pa.ChunkedArray) -> tuple[pa.Table, int]:
    count = pc.sum(unwanted).as_py() or 0
    return (data.filter(pc.invert(unwanted)), count) if count else (data, 0)


def _total_rows(
    data: pa.Table, headers: Sequence[str], is_identity: Callable[[str], bool]
) -> pa.ChunkedArray:
    identities = [h for h in headers if is_identity(h)]
    spoken = list(dict.fromkeys([*identities, *headers[:2]]))
    says_total = reduce(pc.or_, [_matches(data[h], _TOTAL) for h in spoken])
    if identities:
        says_total = pc.or_(says_total, _matches(data[spoken[0]], _NAMED_TOTAL))
    others = [pc.or_(pc.is_null(data[h]), _matches(data[h], _TOTAL + "|" + _NAMED_TOTAL)) for h in identities]
    return reduce(pc.and_, others, says_total)


def _matches(column: pa.ChunkedArray, pattern: str) -> pa.ChunkedArray:
    return pc.fill_null(pc.match_substring_regex(column, pattern), fill_value=False)


def _repeated_headers(data: pa.Table, headers: Sequence[str]) -> pa.ChunkedArray:
    """Rows that print the header again, as page-wise exports do."""
    return reduce(pc.and_, [pc.fill_null(pc.equal(data[h], h), fill_value=False) for h in headers])


def _is_broken_total(row: BrokenRow) -> bool:
    first = pa.array([row.text.replace("\t", ",").split(",")[0].strip(' "')])
    return bool(_matches(first, _TOTAL)[0].as_py())


def note_dropped(totals: int, repeats: int) -> tuple[Text, ...]:
    """How many rows were no data."""
    notes = []
    if totals:
        notes.append(Text(f"{totals} 行合计/小计未当作数据", f"{totals} total rows were not taken for data"))
    if repeats:
        notes.append(Text(f"{repeats} 行重复的表头已略去", f"{repeats} repeated header rows were left out"))
    return tuple(notes)
