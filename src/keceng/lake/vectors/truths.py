"""Conditions: and, or, not with three values, comparisons, what is NULL."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from keceng.lake.vectors.vector import FALSE, NOTHING, Known, UnsupportedError, Values, Vector, both_known
from keceng.lake.vectors.words import in_common_words

_COMPARISONS: dict[str, Callable[[Values, Values], Values]] = {
    "=": np.equal, "<>": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip


def negate(a: Vector) -> Vector:
    """`not a`."""
    if a.kind == "nothing":
        return NOTHING
    return _truth(~a.values, a.known)


def conjoin(a: Vector, b: Vector) -> Vector:
    """`a and b`: one that is False decides, whatever the other is."""
    a, b = as_truth(a), as_truth(b)
    known = _decided(a, b, a.known, b.known, lambda v, k: ~v if k is None else k & ~v)
    return Vector("truth", a.values & b.values, known)


def disjoin(a: Vector, b: Vector) -> Vector:
    """`a or b`: one that is True decides, whatever the other is."""
    a, b = as_truth(a), as_truth(b)
    known = _decided(a, b, a.known, b.known, lambda v, _k: v)
    return Vector("truth", a.values | b.values, known)


def is_null(a: Vector) -> Vector:
    """`a is null`, always known."""
    return Vector("truth", FALSE if a.known is None else ~a.known)


def compare(sign: str, a: Vector, b: Vector) -> Vector:
    """`a sign b`; unknown where either side is.

    Raises:
        UnsupportedError: sides of different kinds, or an order of texts.
    """
    if "nothing" in (a.kind, b.kind):
        return Vector("truth", FALSE, FALSE)
    if a.kind != b.kind or (a.kind == "text" and sign not in ("=", "<>")):
        raise UnsupportedError(f"{a.kind} {sign} {b.kind}")
    if a.kind == "text":
        a, b = in_common_words([a, b])
    return _truth(_COMPARISONS[sign](a.values, b.values), both_known(a.known, b.known))


def same(a: Vector, b: Vector) -> Vector:
    """`a is not distinct from b`, always known."""
    equal = compare("=", a, b)
    neither = conjoin(is_null(a), is_null(b))
    return Vector("truth", equal.values | neither.values)


def _truth(values: Values, known: Known) -> Vector:
    return Vector("truth", values if known is None else values & known, known)


def _decided(a: Vector, b: Vector, ka: Known, kb: Known, decides: Callable[[Values, Known], Values]) -> Known:
    if ka is None and kb is None:
        return None
    both = both_known(ka, kb)
    assert both is not None  # noqa: S101  one of them is not None
    return both | decides(a.values, ka) | decides(b.values, kb)


def as_truth(a: Vector) -> Vector:
    """`a`, where it is a truth or nothing.

    Raises:
        UnsupportedError: it is something else.
    """
    if a.kind == "nothing":
        return Vector("truth", FALSE, FALSE)
    if a.kind != "truth":
        raise UnsupportedError(f"{a.kind} as a truth")
    return a
