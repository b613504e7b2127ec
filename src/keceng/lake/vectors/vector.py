"""Columns of a few thousand rows as NumPy arrays, with SQL's three-valued logic and its NULLs.

Whole numbers carry the bounds between which they lie, so that a product is only worked out where machine numbers hold it.
Texts are codes into a short list of words: every text of a plan is a class, a state or a reason code.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Kind = Literal["number", "truth", "day", "text", "nothing"]
Values = npt.NDArray[Any]
Known = npt.NDArray[np.bool_] | None
"""Which rows are not NULL; None where none is."""

MOST_WORDS = 4_096
HIGHEST = 2**63 - 1
"""The bound of a number that has none of its own."""
HIGHEST_SHORT = 2**31 - 1
"""Up to here a number may be stored in 32 bits, which take half the time."""
_EPOCH = dt.date(1970, 1, 1)


class UnsupportedError(Exception):
    """What vectors cannot say or hold; the query says it."""


@dataclass(frozen=True, slots=True)
class Vector:
    """One column of a block of rows; values of one element stand for every row.

    Attributes:
        kind: how values are read: `day` counts from 1970-01-01, `text` is a place in `words`.
        values: anything where a row is not known; a truth that is not known is stored as False. A number has 64 bits, or 32 where its
            bounds fit them.
        known: which rows are.
        words: of a text.
        low, high: the bounds of a number, or of a day as a number.
    """

    kind: Kind
    values: Values
    known: Known = None
    words: tuple[str, ...] = ()
    low: int = -HIGHEST
    high: int = HIGHEST


TRUE, FALSE = np.array(True), np.array(False)
NOTHING = Vector("nothing", FALSE, FALSE)


def width_of(low: int, high: int) -> type[np.int32 | np.int64]:
    """The type that numbers between these bounds are stored in."""
    return np.int32 if low >= -HIGHEST_SHORT and high <= HIGHEST_SHORT else np.int64


def unknown(kind: Kind) -> Vector:
    """NULL of a kind for every row."""
    match kind:
        case "number":
            return Vector("number", np.array(0, dtype=np.int32), FALSE, (), 0, 0)
        case "day":
            return Vector("day", np.array(0, dtype=np.int32), FALSE, (), 0, 0)
        case "text":
            return Vector("text", np.array(0, dtype=np.int32), FALSE, ("",))
        case "truth":
            return Vector("truth", FALSE, FALSE)
        case "nothing":
            return NOTHING


def number(value: int) -> Vector:
    """A whole number for every row."""
    if abs(value) > HIGHEST:
        raise UnsupportedError("a number beyond 64 bits")
    return Vector("number", np.array(value, dtype=width_of(value, value)), None, (), value, value)


def text(word: str) -> Vector:
    """A text for every row."""
    return Vector("text", np.array(0, dtype=np.int32), None, (word,))


def day(written: str) -> Vector:
    """A date for every row."""
    try:
        days = (dt.date.fromisoformat(written) - _EPOCH).days
    except ValueError as error:
        raise UnsupportedError("a date in words") from error
    return Vector("day", np.array(days, dtype=np.int32), None, (), days, days)


def truth(value: bool) -> Vector:
    """A truth for every row."""
    return Vector("truth", TRUE if value else FALSE)


def known_or_all(known: Known) -> Known:
    """`known`, or None where it is everywhere."""
    return None if known is None or known.all() else known


def both_known(*known: Known) -> Known:
    """Where all are known."""
    found: Known = None
    for one in known:
        if one is not None:
            found = one if found is None else found & one
    return found


def picked(is_first: Values, first: Values, second: Values) -> Values:
    """`first` where that is so, else `second`: `np.where`, which takes several times as long for what has fewer than 64 bits."""
    if first.dtype == second.dtype == np.bool_:
        return (first & is_first) | (second & ~is_first)
    if first.dtype != np.int32 or second.dtype != np.int32:
        return np.where(is_first, first, second)
    all_bits_or_none = -is_first.astype(np.int32)
    return ((first ^ second) & all_bits_or_none) ^ second
