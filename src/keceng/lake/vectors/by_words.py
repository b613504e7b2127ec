"""What depends on one text alone, worked out for its words instead of for every row: there are few of them, and they come again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sqlglot import exp

from keceng.lake.vectors import vector as v
from keceng.lake.vectors.vector import UnsupportedError, Vector

if TYPE_CHECKING:
    from keceng.lake.vectors.expressions import Build, Rows, Work

_LEAVES = (exp.Column, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Identifier, exp.DataType, exp.If)
_MANY_NODES = 8
"""From so much work on, looking up each row's word takes less."""
_ROWS_A_WORD = 8


def text_of(node: exp.Expr) -> tuple[str, str] | None:
    """The one column, name and table, that `node` reads, where it is much to work out; None of any other node."""
    columns: set[tuple[str, str]] = set()
    nodes = 0
    for part in node.walk():
        if isinstance(part, exp.Window):
            return None
        if isinstance(part, exp.Column):
            columns.add((part.name, part.text("table")))
        nodes += not isinstance(part, _LEAVES)
    return next(iter(columns)) if len(columns) == 1 and nodes >= _MANY_NODES else None


def by_words(work: Work, build: Build, name: str, table: str) -> Work:
    """`work`, which reads one column: for its words where it is a text of few, else for every row.

    Args:
        work: what is to be worked out.
        build: of the query that it is part of.
        name: of the column.
        table: of the column, or empty.
    """
    last: tuple[tuple[str, ...], Vector] = ((), v.NOTHING)

    def told(rows: Rows) -> Vector:
        nonlocal last
        column = None if isinstance(rows, _Words) else rows.column(name, table)
        if column is None or not _has_few_words(column):
            return work(rows)
        words, found = last
        if words != column.words:
            found = work(_Words(column.words, build))
            last = column.words, found
        return _spread(found, column)

    return told


class _Words:
    """Rows of a single text: each of some words once, and at last none."""

    def __init__(self, words: tuple[str, ...], build: Build) -> None:
        codes = np.arange(len(words) + 1, dtype=np.int32)
        is_word = codes < len(words)
        self._text = Vector("text", np.minimum(codes, len(words) - 1), is_word, words)
        self.made: dict[int, Vector] = {}
        self.work_of = build

    def column(self, _name: str, _table: str) -> Vector:
        return self._text

    def whole(self, node: exp.Expr) -> Vector:
        raise UnsupportedError(type(node).__name__)


def _has_few_words(column: Vector) -> bool:
    is_read = column.kind == "text" and column.values.ndim > 0
    return is_read and 0 < len(column.words) * _ROWS_A_WORD <= len(column.values)


def _spread(found: Vector, column: Vector) -> Vector:
    none = len(column.words)
    if not found.values.ndim and (found.known is None or not found.known.ndim):
        return found
    if column.known is None:
        codes, known = column.values, None if found.known is None else v.known_or_all(found.known[:none])
    else:
        codes = v.picked(column.known, column.values, np.array(none, dtype=column.values.dtype))
        known = found.known
    values = np.broadcast_to(found.values, none + 1).take(codes)
    return Vector(
        found.kind, values, None if known is None else v.known_or_all(known.take(codes)), found.words, found.low, found.high
    )  # fmt: skip
