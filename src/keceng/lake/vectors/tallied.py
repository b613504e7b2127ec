"""Heads and sums over all rows of a relation, counted block by block as they are worked out; no row of it is kept for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from keceng.lake.vectors import vector as v
from keceng.lake.vectors.blocks import Block, Relation
from keceng.lake.vectors.vector import UnsupportedError, Vector

_KNOWN_PARTS = {"expressions", "from_", "group"}
_MOST_CELLS = 1 << 20
_LOW_BITS = 32
_COLUMNS = {"text": pa.string(), "truth": pa.bool_(), "nothing": pa.string()}
Group = tuple[str | bool | None, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a query wants: the columns that it groups by, and under which name it counts or sums what."""

    table: str
    by: tuple[str, ...]
    counts: str | None
    sums: tuple[tuple[str, str], ...]
    """Name in the result, and the column."""


class Tallied:
    """The few rows of a query that counts the rows of one relation by texts and truths, or sums its numbers.

    Args:
        query: columns, `count(*)` and sums of columns of one table, grouped by the columns or, of all rows, by nothing.

    Raises:
        UnsupportedError: any other query.
    """

    def __init__(self, query: exp.Expr) -> None:
        self._asked = _read(query)
        self._heads: Counter[Group] = Counter()
        self._totals = dict.fromkeys((name for name, _ in self._asked.sums), 0)
        self._known = dict.fromkeys(self._totals, 0)
        self._kinds: dict[str, v.Kind] = dict.fromkeys(self._asked.by, "nothing")

    @property
    def table(self) -> str:
        """What is counted."""
        return self._asked.table

    def take(self, relation: Relation, block: Block) -> None:
        """Count the rows of the next block.

        Raises:
            UnsupportedError: a column is of a kind that is not counted by.
        """
        rows, present = block.high - block.low, relation.present(block)
        for name, column in self._asked.sums:
            self._add(name, relation.column(column, block), present, rows)
        if self._asked.counts is not None:
            self._count([relation.column(name, block) for name in self._asked.by], present, rows)

    def _add(self, name: str, found: Vector, present: v.Known, rows: int) -> None:
        if found.kind not in ("number", "nothing"):
            raise UnsupportedError(f"the sum of a {found.kind}")
        known = v.both_known(found.known, present)
        heads = rows if known is None else int(np.count_nonzero(np.broadcast_to(known, rows)))
        self._known[name] += heads
        if heads and found.kind == "number":
            self._totals[name] += _whole_sum(found.values, known, rows)

    def _count(self, columns: Sequence[Vector], present: v.Known, rows: int) -> None:
        labels = [_labels(column) for column in columns]
        cells = int(np.prod([len(words) for words in labels], dtype=np.int64)) if labels else 1
        if cells > _MOST_CELLS:
            raise UnsupportedError("too many groups")
        for name, column in zip(self._asked.by, columns, strict=True):
            self._see_kind(name, column.kind)
        place: v.Values = np.zeros((), dtype=np.int32)
        for column, words in zip(columns, labels, strict=True):
            place = place * np.int32(len(words)) + _codes(column)
        place = np.broadcast_to(place, rows)
        heads = np.bincount(
            place if present is None else place[np.broadcast_to(present, rows)], minlength=cells
        )
        for cell in np.flatnonzero(heads).tolist():
            self._heads[_group(cell, labels)] += int(heads[cell])

    def _see_kind(self, name: str, kind: v.Kind) -> None:
        if {kind, self._kinds[name]} == {"text", "truth"}:
            raise UnsupportedError("a column of two kinds")
        if kind != "nothing":
            self._kinds[name] = kind

    def table_of_rows(self) -> pa.Table:
        """The rows of the query, in no order."""
        groups = list(self._heads) if self._asked.by else [()]
        made = {
            name: pa.array([group[place] for group in groups], _COLUMNS[self._kinds[name]])
            for place, name in enumerate(self._asked.by)
        }
        if self._asked.counts is not None:
            made[self._asked.counts] = pa.array([self._heads[group] for group in groups], pa.int64())
        for name, total in self._totals.items():
            made[name] = pa.array([total if self._known[name] else None], pa.decimal128(38, 0))
        return pa.table(made)


def _read(query: exp.Expr) -> _Asked:
    if not isinstance(query, exp.Select) or {k for k, part in query.args.items() if part} - _KNOWN_PARTS:
        raise UnsupportedError("no tally")
    source = query.args["from_"].this
    if not isinstance(source, exp.Table) or source.alias:
        raise UnsupportedError("no tally of a table")
    by, counts, sums = [], [], []
    for node in query.expressions:
        inner = node.this if isinstance(node, exp.Alias) else node
        if isinstance(node, exp.Column):
            by.append(node.name)
        elif isinstance(inner, exp.Count) and isinstance(inner.this, exp.Star):
            counts.append(node.alias_or_name)
        elif isinstance(inner, exp.Sum) and isinstance(summed := _uncast(inner.this), exp.Column):
            sums.append((node.alias_or_name, summed.name))
        else:
            raise UnsupportedError("no tally")
    group = query.args.get("group")
    grouped = [node.name for node in group.expressions if isinstance(node, exp.Column)] if group else []
    if grouped != by or len(counts) > 1 or (by and sums) or not (counts or sums):
        raise UnsupportedError("no tally")
    return _Asked(source.name, tuple(by), counts[0] if counts else None, tuple(sums))


def _uncast(node: exp.Expr) -> exp.Expr:
    is_wide = isinstance(node, exp.Cast) and node.args["to"].this.value in ("INT128", "BIGINT")
    return node.this if is_wide else node


def _labels(column: Vector) -> tuple[str | bool | None, ...]:
    match column.kind:
        case "text":
            return (None, *column.words)
        case "truth":
            return (None, False, True)
        case "nothing":
            return (None,)
    raise UnsupportedError(f"heads by {column.kind}")


def _codes(column: Vector) -> v.Values:
    if column.kind == "nothing":
        return np.zeros((), dtype=np.int32)
    codes = column.values.astype(np.int32) + np.int32(1)
    return codes if column.known is None else codes * column.known


def _group(cell: int, labels: Sequence[tuple[str | bool | None, ...]]) -> Group:
    group: list[str | bool | None] = []
    for words in reversed(labels):
        cell, code = divmod(cell, len(words))
        group.append(words[code])
    return tuple(reversed(group))


def _whole_sum(values: v.Values, known: v.Known, rows: int) -> int:
    if not values.ndim:
        heads = rows if known is None else int(np.count_nonzero(np.broadcast_to(known, rows)))
        return int(values) * heads
    counted: npt.NDArray[np.int64] = values if known is None else values[np.broadcast_to(known, rows)]
    # Halves: a block of numbers of 64 bits does not add up within 64 bits.
    low = counted & ((1 << _LOW_BITS) - 1)
    return (int((counted >> _LOW_BITS).sum()) << _LOW_BITS) + int(low.sum())
