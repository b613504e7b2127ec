"""Texts: joined, changed, made of numbers, and the numbers that they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np

from keceng.lake.vectors.choices import first_known
from keceng.lake.vectors.vector import (
    NOTHING,
    UnsupportedError,
    Values,
    Vector,
    both_known,
    picked,
    text,
    unknown,
    width_of,
)
from keceng.lake.vectors.words import check_few

_MOST_PLACES = 1 << 20
_FEW_PAIRS = 64
_DIGITS = re.compile("0x[0-9a-f]{1,15}")


def reword(a: Vector, change: Callable[[str], str]) -> Vector:
    """Each text changed."""
    if a.kind == "nothing":
        return NOTHING
    if a.kind != "text":
        raise UnsupportedError(f"the words of a {a.kind}")
    changed = [change(word) for word in a.words]
    words = {word: place for place, word in enumerate(dict.fromkeys(changed))}
    if len(words) == len(changed):
        return Vector("text", a.values, a.known, tuple(changed))
    places = np.array([words[word] for word in changed], dtype=np.int32)
    return Vector("text", places.take(a.values), a.known, tuple(words))


def as_text(a: Vector) -> Vector:
    """`cast(a as varchar)` of a number or a text."""
    if a.kind in ("text", "nothing"):
        return a
    if a.kind != "number":
        raise UnsupportedError(f"the text of a {a.kind}")
    values = a.values if a.known is None else picked(a.known, a.values, np.zeros((), dtype=a.values.dtype))
    least = int(values.min()) if values.size else 0
    found, codes = _distinct(values - least)
    return Vector("text", codes, a.known, tuple(str(least + place) for place in found))


def read_digits(a: Vector) -> Vector:
    """`cast(a as bigint)` of hexadecimal digits behind 0x; NULL of any other text, which a plan asks of no row that it reads."""
    is_number = [_DIGITS.fullmatch(word) is not None for word in a.words]
    numbers = [int(word, 16) if fits else 0 for word, fits in zip(a.words, is_number, strict=True)]
    listed = np.array(numbers, dtype=width_of(0, max(numbers)))
    has = None if all(is_number) else np.array(is_number).take(a.values)
    return Vector("number", listed.take(a.values), both_known(a.known, has), (), 0, int(listed.max()))


def join_texts(a: Vector, b: Vector, *, skips_unknown: bool) -> Vector:
    """`concat(a, b)`, which takes a NULL for nothing, or `a || b`, which is NULL then."""
    if skips_unknown:
        a, b = (first_known([as_text(v), text("")]) for v in (a, b))
    elif "nothing" in (a.kind, b.kind):
        return unknown("text")
    a, b = as_text(a), as_text(b)
    if a.values.ndim == 0 and a.known is None:
        first = a.words[int(a.values)]
        return reword(b, lambda word: first + word)
    pairs = len(a.words) * len(b.words)
    if pairs <= _FEW_PAIRS:
        found, codes = list(range(pairs)), a.values * np.int32(len(b.words)) + b.values
    else:  # only pairs that occur become words
        found, codes = _distinct(a.values.astype(np.int64) * len(b.words) + b.values)
    words = [a.words[p // len(b.words)] + b.words[p % len(b.words)] for p in found]
    joined = Vector("text", codes, both_known(a.known, b.known), tuple(words))
    return reword(joined, lambda word: word) if len(set(words)) < len(words) else joined


def look_up(a: Vector, numbers: Mapping[str, int], otherwise: int | None) -> Vector:
    """The number that each text stands for, `otherwise` for any other and for NULL."""
    every = [*numbers.values(), *([] if otherwise is None else [otherwise])] or [0]
    filling = 0 if otherwise is None else otherwise
    low, high = min(*every, filling), max(*every, filling)
    listed = np.array([numbers.get(word, filling) for word in a.words], dtype=width_of(low, high))
    has = np.array([otherwise is not None or word in numbers for word in a.words], dtype=np.bool_)
    values, known = listed.take(a.values), None if has.all() else has.take(a.values)
    if a.known is not None:
        values = picked(a.known, values, np.array(filling, dtype=listed.dtype))
        known = None if otherwise is not None else both_known(a.known, known)
    return Vector("number", values, known, (), low, high)


def _distinct(places: Values) -> tuple[list[int], Values]:
    """The different places, of which there are few, and which of them each row has."""
    if places.ndim == 0:
        return [int(places)], np.array(0, dtype=np.int32)
    most = int(places.max(initial=0)) + 1
    if most > _MOST_PLACES:
        raise UnsupportedError("too many different texts")
    occurs = np.zeros(most, dtype=np.bool_)
    occurs[places] = True
    found = np.flatnonzero(occurs)
    check_few([""] * len(found))
    return found.tolist(), (np.cumsum(occurs, dtype=np.int32) - 1)[places]
