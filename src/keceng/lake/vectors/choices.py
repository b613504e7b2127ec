"""One of several columns, row by row: case, coalesce, least, greatest, nullif."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from keceng.lake.vectors.truths import as_truth, compare
from keceng.lake.vectors.vector import (
    FALSE,
    NOTHING,
    TRUE,
    Known,
    UnsupportedError,
    Values,
    Vector,
    known_or_all,
    picked,
)
from keceng.lake.vectors.words import in_common_words


def choose(conditions: Sequence[Vector], branches: Sequence[Vector], otherwise: Vector) -> Vector:
    """The branch of the first condition that is True, else `otherwise`."""
    aligned = _of_one_kind([*branches, otherwise])
    result = aligned[-1]
    for condition, branch in zip(reversed(conditions), reversed(aligned[:-1]), strict=True):
        result = _either(as_truth(condition).values, branch, result)
    return result


def first_known(vectors: Sequence[Vector]) -> Vector:
    """`coalesce`."""
    aligned = _of_one_kind(vectors)
    result = aligned[-1]
    for vector in reversed(aligned[:-1]):
        result = vector if vector.known is None else _either(vector.known, vector, result)
    return result


def extreme(vectors: Sequence[Vector], *, is_least: bool) -> Vector:
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
        either = picked(mine & theirs, values, picked(mine, result.values, other.values))
        result = Vector(result.kind, either, mine | theirs, (), low, high)
    return result


def unless_equal(a: Vector, b: Vector) -> Vector:
    """`nullif(a, b)`."""
    if "nothing" in (a.kind, b.kind):
        return a
    kept = ~compare("=", a, b).values
    known = kept if a.known is None else a.known & kept
    return Vector(a.kind, a.values, known, a.words, a.low, a.high)


def _either(is_first: Values, first: Vector, second: Vector) -> Vector:
    # Most conditions of a plan are met by everybody or by nobody of a block.
    if not is_first.any():
        return second
    if is_first.all():
        return first
    known: Known = None
    if first.known is not None or second.known is not None:
        known = known_or_all(picked(is_first, _flags(first.known), _flags(second.known)))
    return Vector(
        first.kind,
        picked(is_first, first.values, second.values),
        known,
        first.words,
        min(first.low, second.low),
        max(first.high, second.high),
    )


def _flags(known: Known) -> Values:
    return TRUE if known is None else known


def _of_one_kind(vectors: Sequence[Vector]) -> list[Vector]:
    kinds = {v.kind for v in vectors} - {"nothing"}
    if len(kinds) > 1:
        raise UnsupportedError(f"one column of {sorted(kinds)}")
    if not kinds:
        return list(vectors)
    kind = kinds.pop()
    if kind == "text":
        return in_common_words(vectors)
    like = next(v for v in vectors if v.kind == kind)
    nobody = Vector(kind, np.zeros((), like.values.dtype), FALSE, (), like.low, like.high)
    return [nobody if v.kind == "nothing" else v for v in vectors]
