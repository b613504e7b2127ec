"""Whole numbers and days: each result with the bounds between which it lies."""

from __future__ import annotations

import numpy as np

from keceng.lake.vectors.vector import (
    HIGHEST,
    NOTHING,
    Known,
    UnsupportedError,
    Values,
    Vector,
    both_known,
    width_of,
)


def add(a: Vector, b: Vector) -> Vector:
    """`a + b` of numbers.

    Raises:
        UnsupportedError: the sum may not fit, or these are no numbers.
    """
    if "nothing" in (a.kind, b.kind):
        return NOTHING
    low, high = a.low + b.low, a.high + b.high
    x, y = _numbers(low, high, a, b)
    return _number(x + y, both_known(a.known, b.known), low, high)


def subtract(a: Vector, b: Vector) -> Vector:
    """`a - b` of numbers, or the days between two dates.

    Raises:
        UnsupportedError: the difference may not fit, or these kinds have none.
    """
    if "nothing" in (a.kind, b.kind):
        return NOTHING
    low, high = a.low - b.high, a.high - b.low
    if a.kind == b.kind == "day":
        x, y = _wide_enough(low, high, a.values, b.values)
    else:
        x, y = _numbers(low, high, a, b)
    return _number(x - y, both_known(a.known, b.known), low, high)


def multiply(a: Vector, b: Vector) -> Vector:
    """`a * b`."""
    if "nothing" in (a.kind, b.kind):
        return NOTHING
    ends = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    x, y = _numbers(min(ends), max(ends), a, b)
    return _number(x * y, both_known(a.known, b.known), min(ends), max(ends))


def divide(a: Vector, b: Vector) -> Vector:
    """`a // b`, rounded towards zero; NULL where `b` is zero, which a plan asks of no row that it reads."""
    if "nothing" in (a.kind, b.kind):
        return NOTHING
    most = max(abs(a.low), abs(a.high))
    widest = max(most, abs(b.low), abs(b.high))  # each is made positive on the way
    x, y = _numbers(-widest, widest, a, b)
    is_zero = y == 0
    known = both_known(a.known, b.known)
    if is_zero.any():
        known = ~is_zero if known is None else known & ~is_zero
    divisor = np.where(is_zero, y.dtype.type(1), y) if is_zero.any() else y
    if a.low >= 0 and b.low >= 0:
        return _number(x // divisor, known, 0, a.high)
    quotient = np.abs(x) // np.abs(divisor)
    return _number(np.where((x < 0) != (divisor < 0), -quotient, quotient), known, -most, most)


def remainder(a: Vector, b: Vector) -> Vector:
    """`a % b` of a positive number `b`, with the sign of `a`."""
    if "nothing" in (a.kind, b.kind):
        return NOTHING
    _numbers(0, 0, a, b)
    if b.low <= 0:
        raise UnsupportedError("a remainder of zero")
    if max(-a.low, a.high) < b.low:
        return Vector("number", a.values, both_known(a.known, b.known), (), a.low, a.high)
    low, high = (0 if a.low >= 0 else 1 - b.high), (0 if a.high <= 0 else b.high - 1)
    return _number(_remainders(a, b), both_known(a.known, b.known), low, high)


def _remainders(a: Vector, b: Vector) -> Values:
    if a.low < 0 or b.values.ndim:
        return np.fmod(a.values, b.values)
    # By one number, a quotient takes a tenth of the time of a remainder.
    quotients: Values = a.values // b.values
    quotients *= b.values
    found: Values = a.values - quotients
    return found


def absolute(a: Vector) -> Vector:
    """`abs(a)`."""
    if a.kind == "nothing":
        return NOTHING
    low = 0 if a.low <= 0 <= a.high else min(abs(a.low), abs(a.high))
    high = max(abs(a.low), abs(a.high))
    [x] = _numbers(low, high, a)
    return _number(np.abs(x), a.known, low, high)


def _number(values: Values, known: Known, low: int, high: int) -> Vector:
    if low < -HIGHEST or high > HIGHEST:
        raise UnsupportedError("a number that may not fit 64 bits")
    return Vector("number", values, known, (), low, high)


def _numbers(low: int, high: int, *vectors: Vector) -> tuple[Values, ...]:
    """What the vectors hold, wide enough for a result between these bounds."""
    if any(v.kind != "number" for v in vectors):
        raise UnsupportedError("a sum of what are no numbers")
    return _wide_enough(low, high, *(v.values for v in vectors))


def _wide_enough(low: int, high: int, *values: Values) -> tuple[Values, ...]:
    if width_of(low, high) is np.int64:
        return tuple(value.astype(np.int64, copy=False) for value in values)
    return values
