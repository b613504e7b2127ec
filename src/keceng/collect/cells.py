"""Typed cells as the one text form every source shares: exact, without a format's accidents such as `.0`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

SPREADSHEET_LIMIT = 10.0**15
"""From here a spreadsheet number has lost digits: it keeps fifteen."""
DOUBLE_LIMIT = 2.0**53
"""From here neighbouring whole numbers share one double."""

_TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


def clean_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Outer blanks and zero-width characters off; an empty cell is null."""
    return trim_text(pc.replace_substring_regex(column, "[\ufeff\u200b\u200c\u200d\u2060]", ""))


def trim_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The same for a column that has no zero-width characters."""
    return blank_to_null(pc.utf8_trim_whitespace(column))


def blank_to_null(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Empty text becomes null."""
    is_blank = pc.equal(column, "")
    if not pc.any(is_blank).as_py():
        return column
    return pc.if_else(is_blank, pa.scalar(None, pa.string()), column)


def float_text(column: pa.ChunkedArray, *, exact_below: float) -> pa.ChunkedArray:
    """Shortest text that reads back as the same double; whole numbers below `exact_below` without point or exponent.

    A whole number from `exact_below` on has lost digits: it is written with an exponent so that nobody takes it
    for an exact one. Not-a-number is null.
    """
    column = pc.if_else(pc.is_nan(column), pa.scalar(None, pa.float64()), column)
    is_whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), exact_below))
    whole = pc.cast(pc.cast(pc.if_else(is_whole, column, 0.0), pa.int64()), pa.string())
    is_worn = pc.greater_equal(pc.abs(column), exact_below)
    text = pc.if_else(is_whole, whole, pc.cast(column, pa.string()))
    if not pc.any(is_worn).as_py():
        return text
    worn = pa.chunked_array([pa.array([_exponent_text(x) for x in column.to_pylist()], pa.string())])
    return pc.if_else(is_worn, worn, text)


def _exponent_text(number: float | None) -> str | None:
    if number is None or abs(number) < SPREADSHEET_LIMIT:
        return None
    digits, _, exponent = f"{number:.16E}".partition("E")
    short = repr(number)
    if "e" in short:
        digits, _, exponent = short.upper().partition("E")
    return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits}E{exponent}"


def column_text(
    column: pa.ChunkedArray, *, exact_float_below: float = DOUBLE_LIMIT
) -> pa.ChunkedArray | None:
    """A typed Arrow column as text; None for types that are not single values (lists, structs, bytes)."""
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    kind = column.type
    for holds, write in _WRITERS:
        if holds(kind):
            return write(column)
    if pa.types.is_floating(kind):
        return float_text(pc.cast(column, pa.float64()), exact_below=exact_float_below)
    return None


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.cast(column, pa.string())


def _timestamp_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """To the second; a zone is kept as its offset, because the values stage decides what it means."""
    zone = column.type.tz
    to_second = pc.cast(pc.floor_temporal(column, unit="second"), pa.timestamp("s", tz=zone))
    return pc.strftime(to_second, format=_TIME_FORMAT + ("%z" if zone else ""))


def _boolean_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_upper(pc.cast(column, pa.string()))


_WRITERS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.ChunkedArray], pa.ChunkedArray]], ...] = (
    (lambda t: pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_string_view(t), _plain),
    (lambda t: pa.types.is_integer(t) or pa.types.is_decimal(t), _plain),
    (lambda t: pa.types.is_null(t) or pa.types.is_date32(t) or pa.types.is_time(t), _plain),
    (pa.types.is_date64, lambda c: pc.cast(pc.cast(c, pa.date32()), pa.string())),
    (pa.types.is_timestamp, _timestamp_text),
    (pa.types.is_boolean, _boolean_text),
)


def spreadsheet_text(cells: Sequence[object]) -> pa.ChunkedArray:
    """One column of spreadsheet cells as text; the cells of each type go through Arrow together."""
    kinds = set(map(type, cells))
    parts = [_part_text(cells, kind) for kind in sorted(kinds, key=lambda k: k.__name__)]
    if not parts:
        return pa.chunked_array([pa.array([], pa.string())])
    return parts[0] if len(parts) == 1 else pc.coalesce(*parts)


def _part_text(cells: Sequence[object], kind: type) -> pa.ChunkedArray:
    """The cells of one type as text, the others null."""
    if kind is float or kind is int:
        numbers = pa.array([c if type(c) is kind else None for c in cells], pa.float64())
        return float_text(pa.chunked_array([numbers]), exact_below=SPREADSHEET_LIMIT)
    if kind is dt.datetime:
        # Serial dates are fractions of a day: 11:44:10 arrives as 11:44:09.9999.
        times = pa.array([c if type(c) is kind else None for c in cells], pa.timestamp("us"))
        return _timestamp_text(pa.chunked_array([pc.add(times, pa.scalar(500_000, pa.duration("us")))]))
    texts = pa.array([cell_text(c) if type(c) is kind else None for c in cells], pa.string())
    return pa.chunked_array([texts])


def cell_text(cell: object) -> str:
    """One spreadsheet cell as text, in the same form as `spreadsheet_text`."""
    match cell:
        case str():
            return cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case dt.datetime() | float() | int():
            return str(_part_text([cell], type(cell))[0].as_py())
        case dt.date() | dt.time():
            return cell.isoformat()
        case None:
            return ""
    return str(cell)
