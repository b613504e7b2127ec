"""Where a table begins: the header row below titles and blank rows, two-row headers, repeated and missing names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from keceng.collect.source import ROW_NO

TOP_ROWS = 60
"""How many rows are looked at to find the header."""

_SEARCHED_ROWS = 30
_KNOWN_SHARE = 0.25
_NUMBER = re.compile(r"^[-+(（]?[¥￥$£€]?\s*[\d０-９][\d０-９,，.．]*(e[+-]?\d+)?%?[)）]?$", re.IGNORECASE)
_DATE = re.compile(
    r"^\d{1,4}[-/.年]\d{1,2}([-/.月]\d{1,4}日?)?([ T]\d{1,2}:.*)?$|^\d{1,2}[a-z]{3}\d{2}:", re.IGNORECASE
)
_PERIOD = re.compile(r"^((19|20)\d\d|\d\d)年?(度)?(0?[1-9]|1[0-2])?月?$|^(19|20)\d\d[-/.](0?[1-9]|1[0-2])$")

Span = tuple[int, int, int, int]
"""A merged range: first row, first column, last row, last column, counted from 0, ends included."""


@dataclass(frozen=True, slots=True)
class HeaderPlace:
    """A found header.

    Attributes:
        first_row: its first row, counted from 0.
        last_row: its last row; the body starts below.
        names: one per column, unique; `column_3` for the third column when it has no name.
        named: which columns carry a name of their own.
        title_lines: the texts above it.
    """

    first_row: int
    last_row: int
    names: tuple[str, ...]
    named: tuple[bool, ...]
    title_lines: tuple[str, ...]


def find_header(
    top: Sequence[Sequence[str]], *, is_known: Callable[[str], bool], merges: Sequence[Span] = ()
) -> HeaderPlace | None:
    """The header among the first rows, None when there is none.

    Args:
        top: the first rows as text.
        is_known: whether a text is a known column name; a quarter of the cells decides, else the first row of words.
        merges: the merged ranges of the sheet.
    """
    rows = [[cell.strip() for cell in row] for row in top]
    first = _choose_row(rows, is_known)
    if first is None:
        return None
    cells, last = rows[first], first
    if first + 1 < len(rows) and _is_second_row(rows, first, merges):
        cells, last = _join_rows(rows[first], rows[first + 1], first, merges), first + 1
    titles = tuple(cell for row in rows[:first] for cell in row if cell)
    return HeaderPlace(first, last, make_unique(cells), tuple(bool(c) for c in cells), titles)


def _choose_row(rows: list[list[str]], is_known: Callable[[str], bool]) -> int | None:
    widths = [sum(bool(c) for c in row) for row in rows]
    if not rows or not (usual := _usual_width(widths)):
        return None
    candidates = [
        (_known_share(row, is_known) >= _KNOWN_SHARE, -index)
        for index, row in enumerate(rows[:_SEARCHED_ROWS])
        if widths[index] * 2 >= usual and widths[index] >= min(2, usual) and _reads_as_names(row)
    ]
    return -max(candidates)[1] if candidates else None


def _known_share(row: Sequence[str], is_known: Callable[[str], bool]) -> float:
    cells = [c for c in row if c]
    return sum(map(is_known, cells)) / len(cells) if cells else 0.0


def _usual_width(widths: Sequence[int]) -> int:
    """The width of the table: that of most rows below the widest start."""
    filled = [w for w in widths if w]
    return max(set(filled), key=lambda w: (filled.count(w), w)) if filled else 0


def _reads_as_names(row: Sequence[str]) -> bool:
    """Names are words: no numbers and dates, except years and months, and nearly all different."""
    cells = [c for c in row if c]
    if not all(_is_name(c) for c in cells):
        return False
    return bool(cells) and len(set(cells)) * 2 >= len(cells) and any(not _PERIOD.match(c) for c in cells)


def _is_name(cell: str) -> bool:
    return bool(_PERIOD.match(cell)) or (
        len(cell) <= 60 and not _NUMBER.match(cell) and not _DATE.match(cell)
    )


def _is_second_row(rows: list[list[str]], first: int, merges: Sequence[Span]) -> bool:
    """Whether the next row names the columns of merged group headings such as 2024年 over 合同额 and 回款."""
    upper, lower = _padded(rows[first], rows[first + 1])
    if not any(lower) or not all(_is_name(c) for c in lower if c):
        return False
    groups = _groups(upper, first, merges)
    spanned = {column for group in groups if len(group) > 1 for column in group}
    if not spanned or not all(lower[column] for column in spanned):
        return False
    alone = [column for column, cell in enumerate(upper) if cell and column not in spanned]
    if any(lower[column] for column in alone):
        return False
    return bool(alone) or bool(merges) or len(set(lower)) < len(lower)


def _groups(upper: Sequence[str], first: int, merges: Sequence[Span]) -> list[list[int]]:
    """Columns under one heading: as merged, or, where a format has no merges, a heading and the blanks after it."""
    merged = [list(range(left, right + 1)) for top, left, _, right in merges if top == first and right > left]
    if merged:
        return merged
    groups: list[list[int]] = []
    for column, cell in enumerate(upper):
        if cell:
            groups.append([column])
        elif groups:
            groups[-1].append(column)
    return groups


def _join_rows(upper: Sequence[str], lower: Sequence[str], first: int, merges: Sequence[Span]) -> list[str]:
    upper, lower = _padded(upper, lower)
    joined = [above or below for above, below in zip(upper, lower, strict=True)]
    for group in _groups(upper, first, merges):
        for column in group if len(group) > 1 else ():
            joined[column] = f"{upper[group[0]]}{lower[column]}"
    return joined


def _padded(upper: Sequence[str], lower: Sequence[str]) -> tuple[list[str], list[str]]:
    width = max(len(upper), len(lower))
    return [*upper, *[""] * (width - len(upper))], [*lower, *[""] * (width - len(lower))]


def make_unique(names: Sequence[str]) -> tuple[str, ...]:
    """Names in order, each once: a nameless column becomes `column_3`, a repeated name gets `_2`."""
    seen: set[str] = {ROW_NO}
    unique: list[str] = []
    for position, name in enumerate(names, start=1):
        wanted = " ".join(name.split()) or f"column_{position}"
        candidate, count = wanted, 1
        while candidate in seen:
            count += 1
            candidate = f"{wanted}_{count}"
        seen.add(candidate)
        unique.append(candidate)
    return tuple(unique)
