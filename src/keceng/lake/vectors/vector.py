"""Columns of a few thousand rows as NumPy arrays, with SQL's three-valued logic and its NULLs.

Whole numbers carry the bounds between which they lie, so that a product is only worked out where machine numbers hold it.
Texts are codes into a short list of words: every text of a plan is a class, a state or a reason code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
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
_EPOCH = dt.date(1970, 1, 1)


class Unsupported(Exception):
    """What vectors cannot say or hold; the query says it."""


@dataclass(frozen=True, slots=True)
class Vector:
    """One column of a block of rows; values of one element stand for every row.

    Attributes:
        kind: how values are read: `day` counts from 1970-01-01, `text` is a place in `words`.
        values: anything where a row is not known; a truth that is not known is stored as False.
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


_TRUE, _FALSE = np.array(True), np.array(False)
NOTHING = Vector("nothing", _FALSE, _FALSE)


def unknown(kind: Kind) -> Vector:
    """NULL of a kind for every row."""
    match kind:
        case "number":
            return Vector("number", np.array(0, dtype=np.int64), _FALSE, (), 0, 0)
        case "day":
            return Vector("day", np.array(0, dtype=np.int32), _FALSE, (), 0, 0)
        case "text":
            return Vector("text", np.array(0, dtype=np.int32), _FALSE, ("",))
        case "truth":
            return Vector("truth", _FALSE, _FALSE)
        case "nothing":
            return NOTHING


def number(value: int) -> Vector:
    """A whole number for every row."""
    if abs(value) > HIGHEST:
        raise Unsupported("a number beyond 64 bits")
    return Vector("number", np.array(value, dtype=np.int64), None, (), value, value)


def text(word: str) -> Vector:
    """A text for every row."""
    return Vector("text", np.array(0, dtype=np.int32), None, (word,))


def day(written: str) -> Vector:
    """A date for every row."""
    try:
        days = (dt.date.fromisoformat(written) - _EPOCH).days
    except ValueError as error:
        raise Unsupported("a date in words") from error
    return Vector("day", np.array(days, dtype=np.int32), None, (), days, days)


def truth(value: bool) -> Vector:
    """A truth for every row."""
    return Vector("truth", _TRUE if value else _FALSE)


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


def _truth(values: Values, known: Known) -> Vector:
    return Vector("truth", values if known is None else values & known, known)


def negate(a: Vector) -> Vector:
    """`not a`."""
    if a.kind == "nothing":
        return NOTHING
    return _truth(~a.values, a.known)


def conjoin(a: Vector, b: Vector) -> Vector:
    """`a and b`: one that is False decides, whatever the other is."""
    a, b = _as_truth(a), _as_truth(b)
    known = _decided(a, b, a.known, b.known, lambda v, k: ~v if k is None else k & ~v)
    return Vector("truth", a.values & b.values, known)


def disjoin(a: Vector, b: Vector) -> Vector:
    """`a or b`: one that is True decides, whatever the other is."""
    a, b = _as_truth(a), _as_truth(b)
    known = _decided(a, b, a.known, b.known, lambda v, _k: v)
    return Vector("truth", a.values | b.values, known)


def _decided(a: Vector, b: Vector, ka: Known, kb: Known, decides: Callable[[Values, Known], Values]) -> Known:
    if ka is None and kb is None:
        return None
    both = both_known(ka, kb)
    assert both is not None  # noqa: S101  one of them is not None
    return both | decides(a.values, ka) | decides(b.values, kb)


def _as_truth(a: Vector) -> Vector:
    if a.kind == "nothing":
        return Vector("truth", _FALSE, _FALSE)
    if a.kind != "truth":
        raise Unsupported(f"{a.kind} as a truth")
    return a


def is_null(a: Vector) -> Vector:
    """`a is null`, always known."""
    return Vector("truth", _FALSE if a.known is None else ~a.known)


_COMPARISONS: dict[str, Callable[[Values, Values], Values]] = {
    "=": np.equal, "<>": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip


def compare(sign: str, a: Vector, b: Vector) -> Vector:
    """`a sign b`; unknown where either side is.

    Raises:
        Unsupported: sides of different kinds, or an order of texts.
    """
    if "nothing" in (a.kind, b.kind):
        return Vector("truth", _FALSE, _FALSE)
    if a.kind != b.kind or (a.kind == "text" and sign not in ("=", "<>")):
        raise Unsupported(f"{a.kind} {sign} {b.kind}")
    if a.kind == "text":
        a, b = _in_common_words([a, b])
    return _truth(_COMPARISONS[sign](a.values, b.values), both_known(a.known, b.known))


def same(a: Vector, b: Vector) -> Vector:
    """`a is not distinct from b`, always known."""
    equal = compare("=", a, b)
    neither = conjoin(is_null(a), is_null(b))
    return Vector("truth", equal.values | neither.values)


def add(a: Vector, b: Vector, sign: int = 1) -> Vector:
    """`a + b`, or `a - b` with `sign` -1; of a day only another day is taken away.

    Raises:
        Unsupported: the sum may not fit, or these kinds have none.
    """
    if "nothing" in (a.kind, b.kind):
        return NOTHING
    known = both_known(a.known, b.known)
    match a.kind, b.kind, sign:
        case ("day", "day", -1):
            return _number(a.values.astype(np.int64) - b.values, known, a.low - b.high, a.high - b.low)
        case ("number", "number", _):
            low, high = (a.low + b.low, a.high + b.high) if sign > 0 else (a.low - b.high, a.high - b.low)
            return _number(a.values + b.values if sign > 0 else a.values - b.values, known, low, high)
    raise Unsupported(f"{a.kind} + {b.kind}")


def multiply(a: Vector, b: Vector) -> Vector:
    """`a * b`."""
    if "nothing" in (a.kind, b.kind):
        return NOTHING
    _numbers(a, b)
    ends = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    return _number(a.values * b.values, both_known(a.known, b.known), min(ends), max(ends))


def divide(a: Vector, b: Vector) -> Vector:
    """`a // b`, rounded towards zero; NULL where `b` is zero, which a plan asks of no row that it reads."""
    if "nothing" in (a.kind, b.kind):
        return NOTHING
    _numbers(a, b)
    is_zero = b.values == 0
    known = both_known(a.known, b.known)
    if is_zero.any():
        known = ~is_zero if known is None else known & ~is_zero
    divisor = np.where(is_zero, 1, b.values)
    if a.low >= 0 and b.low >= 0:
        return _number(a.values // divisor, known, 0, a.high)
    most = max(abs(a.low), abs(a.high))
    quotient = np.abs(a.values) // np.abs(divisor)
    return _number(np.where((a.values < 0) != (divisor < 0), -quotient, quotient), known, -most, most)


def remainder(a: Vector, b: Vector) -> Vector:
    """`a % b` of a positive number `b`, with the sign of `a`."""
    if "nothing" in (a.kind, b.kind):
        return NOTHING
    _numbers(a, b)
    if b.low <= 0:
        raise Unsupported("a remainder of zero")
    low, high = (0 if a.low >= 0 else 1 - b.high), (0 if a.high <= 0 else b.high - 1)
    values = a.values % b.values if a.low >= 0 else np.fmod(a.values, b.values)
    return _number(values, both_known(a.known, b.known), low, high)


def absolute(a: Vector) -> Vector:
    """`abs(a)`."""
    if a.kind == "nothing":
        return NOTHING
    _numbers(a)
    low = 0 if a.low <= 0 <= a.high else min(abs(a.low), abs(a.high))
    return _number(np.abs(a.values), a.known, low, max(abs(a.low), abs(a.high)))


def _number(values: Values, known: Known, low: int, high: int) -> Vector:
    if low < -HIGHEST or high > HIGHEST:
        raise Unsupported("a number that may not fit 64 bits")
    return Vector("number", values, known, (), low, high)


def _numbers(*vectors: Vector) -> None:
    if any(v.kind != "number" for v in vectors):
        raise Unsupported("a sum of what are no numbers")


def choose(conditions: Sequence[Vector], branches: Sequence[Vector], otherwise: Vector) -> Vector:
    """The branch of the first condition that is True, else `otherwise`."""
    aligned = _of_one_kind([*branches, otherwise])
    result = aligned[-1]
    for condition, branch in zip(reversed(conditions), reversed(aligned[:-1]), strict=True):
        result = _either(_as_truth(condition).values, branch, result)
    return result


def _either(is_first: Values, first: Vector, second: Vector) -> Vector:
    # Most conditions of a plan are met by everybody or by nobody of a block.
    if not is_first.any():
        return second
    if is_first.all():
        return first
    known: Known = None
    if first.known is not None or second.known is not None:
        known = known_or_all(np.where(is_first, _flags(first.known), _flags(second.known)))
    return Vector(
        first.kind,
        np.where(is_first, first.values, second.values),
        known,
        first.words,
        min(first.low, second.low),
        max(first.high, second.high),
    )


def _flags(known: Known) -> Values:
    return _TRUE if known is None else known


def look_up(a: Vector, numbers: Mapping[str, int], otherwise: int | None) -> Vector:
    """The number that each text stands for, `otherwise` for any other and for NULL."""
    every = [*numbers.values(), *([] if otherwise is None else [otherwise])] or [0]
    filling = 0 if otherwise is None else otherwise
    low, high = min(*every, filling), max(*every, filling)
    listed = np.array([numbers.get(word, filling) for word in a.words], dtype=np.int64)
    has = np.array([otherwise is not None or word in numbers for word in a.words], dtype=np.bool_)
    values, known = listed[a.values], None if has.all() else has[a.values]
    if a.known is not None:
        values = np.where(a.known, values, filling)
        known = None if otherwise is not None else both_known(a.known, known)
    return Vector("number", values, known, (), low, high)


def first_known(vectors: Sequence[Vector]) -> Vector:
    """`coalesce`."""
    aligned = _of_one_kind(vectors)
    result = aligned[-1]
    for vector in reversed(aligned[:-1]):
        result = vector if vector.known is None else _either(vector.known, vector, result)
    return result


def extreme(vectors: Sequence[Vector], is_least: bool) -> Vector:
    """`least` or `greatest` of those that are known."""
    result, *others = [v for v in _of_one_kind(vectors) if v.kind != "nothing"] or [NOTHING]
    for other in others:
        values = (np.minimum if is_least else np.maximum)(result.values, other.values)
        low, high = min(result.low, other.low), max(result.high, other.high)
        if result.known is None and other.known is None:
            low, high = (
                (low, min(result.high, other.high)) if is_least else (max(result.low, other.low), high)
            )
            result = Vector(result.kind, values, None, (), low, high)
            continue
        mine, theirs = _flags(result.known), _flags(other.known)
        picked = np.where(mine & theirs, values, np.where(mine, result.values, other.values))
        result = Vector(result.kind, picked, mine | theirs, (), low, high)
    return result


def unless_equal(a: Vector, b: Vector) -> Vector:
    """`nullif(a, b)`."""
    if "nothing" in (a.kind, b.kind):
        return a
    kept = ~compare("=", a, b).values
    known = kept if a.known is None else a.known & kept
    return Vector(a.kind, a.values, known, a.words, a.low, a.high)


def _of_one_kind(vectors: Sequence[Vector]) -> list[Vector]:
    kinds = {v.kind for v in vectors} - {"nothing"}
    if len(kinds) > 1:
        raise Unsupported(f"one column of {sorted(kinds)}")
    if not kinds:
        return list(vectors)
    kind = kinds.pop()
    if kind == "text":
        return _in_common_words(vectors)
    like = next(v for v in vectors if v.kind == kind)
    nobody = Vector(kind, np.zeros((), like.values.dtype), _FALSE, (), like.low, like.high)
    return [nobody if v.kind == "nothing" else v for v in vectors]


def _in_common_words(vectors: Sequence[Vector]) -> list[Vector]:
    words: dict[str, int] = {}
    for vector in vectors:
        for word in vector.words:
            words.setdefault(word, len(words))
    _few(words)
    listed = tuple(words)
    return [_recoded(vector, words, listed) for vector in vectors]


def _recoded(vector: Vector, words: dict[str, int], listed: tuple[str, ...]) -> Vector:
    if vector.kind == "nothing":
        return Vector("text", np.array(0, dtype=np.int32), _FALSE, listed)
    if vector.words == listed[: len(vector.words)]:
        return Vector("text", vector.values, vector.known, listed)
    places = np.array([words[word] for word in vector.words], dtype=np.int32)
    return Vector("text", places[vector.values], vector.known, listed)


def _few(words: Sequence[str] | dict[str, int]) -> None:
    if len(words) > MOST_WORDS:
        raise Unsupported("too many different texts")


def reword(a: Vector, change: Callable[[str], str]) -> Vector:
    """Each text changed."""
    if a.kind == "nothing":
        return NOTHING
    if a.kind != "text":
        raise Unsupported(f"the words of a {a.kind}")
    changed = [change(word) for word in a.words]
    words = {word: place for place, word in enumerate(dict.fromkeys(changed))}
    places = np.array([words[word] for word in changed], dtype=np.int32)
    return Vector("text", places[a.values], a.known, tuple(words))


def as_text(a: Vector) -> Vector:
    """`cast(a as varchar)` of a number or a text."""
    if a.kind in ("text", "nothing"):
        return a
    if a.kind != "number":
        raise Unsupported(f"the text of a {a.kind}")
    values = a.values if a.known is None else np.where(a.known, a.values, 0)
    least = int(values.min()) if values.size else 0
    found, codes = _distinct(values - least)
    return Vector("text", codes, a.known, tuple(str(least + place) for place in found))


def join_texts(a: Vector, b: Vector, *, skips_unknown: bool) -> Vector:
    """`concat(a, b)`, which takes a NULL for nothing, or `a || b`, which is NULL then."""
    if skips_unknown:
        a, b = (first_known([as_text(v), text("")]) for v in (a, b))
    elif "nothing" in (a.kind, b.kind):
        return unknown("text")
    a, b = as_text(a), as_text(b)
    # Only pairs that occur become words.
    found, codes = _distinct(a.values.astype(np.int64) * len(b.words) + b.values)
    words = [a.words[p // len(b.words)] + b.words[p % len(b.words)] for p in found]
    joined = Vector("text", codes, both_known(a.known, b.known), tuple(words))
    return reword(joined, lambda word: word) if len(set(words)) < len(words) else joined


_MOST_PLACES = 1 << 20


def _distinct(places: Values) -> tuple[list[int], Values]:
    """The different places, of which there are few, and which of them each row has."""
    if places.ndim == 0:
        return [int(places)], np.array(0, dtype=np.int32)
    most = int(places.max(initial=0)) + 1
    if most > _MOST_PLACES:
        raise Unsupported("too many different texts")
    occurs = np.zeros(most, dtype=np.bool_)
    occurs[places] = True
    found = np.flatnonzero(occurs)
    _few([""] * len(found))
    return found.tolist(), (np.cumsum(occurs, dtype=np.int32) - 1)[places]
