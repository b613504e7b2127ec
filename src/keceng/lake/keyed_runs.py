"""The rows of some customers from several files at once, customer by customer and day by day: what a fold over a few of them reads.

Every file is asked where the rows of a customer begin and how many they are; from that follows where each row goes, and a column is
copied there file by file. Nothing is compared or sorted, unless one file's days lie between another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from keceng.lake.compilation import frozen
from keceng.lake.mapped import Keys, Numbers, Places, Spans, spread

_NO_PLACES = np.zeros(0, dtype=np.int64)


class Lane(Protocol):
    """A file whose rows lie in the order of a key."""

    def spans(self, keys: Keys) -> Spans:
        """Where the rows of each of `keys` begin, and how many they are."""

    def has(self, columns: Sequence[str]) -> bool:
        """Whether all of `columns` are there."""

    def numbers(self, name: str) -> Numbers:
        """A column of numbers, days or truths."""


class HeldLane:
    """The same of rows at hand, which lie in the order of `keys`."""

    def __init__(self, keys: Keys, rows: pa.Table) -> None:
        self._keys, self._rows = keys, rows

    def spans(self, keys: Keys) -> Spans:
        """Where the rows of each of `keys` begin, and how many they are."""
        low, high = (np.searchsorted(self._keys, keys, side) for side in ("left", "right"))
        return Spans(low.astype(np.int64), (high - low).astype(np.int64))

    def has(self, columns: Sequence[str]) -> bool:
        """Whether all of `columns` are there."""
        return set(columns) <= set(self._rows.column_names)

    def numbers(self, name: str) -> Numbers:
        """A column of numbers or days."""
        column = self._rows[name].combine_chunks()
        if column.null_count == len(column):
            return Numbers(None, None)
        known = column.is_valid().to_numpy(zero_copy_only=False) if column.null_count else None
        whole = column.view(pa.int32()) if pa.types.is_date32(column.type) else column
        return Numbers((whole.fill_null(0) if column.null_count else whole).to_numpy(), known)


@dataclass(frozen=True, slots=True)
class _Route:
    """From which rows of a file to which rows of the result: runs, and for whoever has no compiled loop row by row."""

    lane: Lane
    spans: Spans
    start: Places
    rows: Places
    to: Places

    @classmethod
    def of(cls, lane: Lane, spans: Spans, start: Places, *, by_loops: bool) -> _Route:
        if by_loops:
            return cls(lane, spans, start, _NO_PLACES, _NO_PLACES)
        return cls(lane, spans, start, spread(spans), spread(Spans(start, spans.counts)))

    def numbers(self, name: str) -> Numbers:
        """A column of the file; nothing where it lacks it."""
        return self.lane.numbers(name) if self.lane.has([name]) else Numbers(None, None)

    def copy(self, values: npt.NDArray[Any], into: npt.NDArray[Any]) -> None:
        """Bring what lies in the file to its place."""
        if len(self.rows):
            into[self.to] = values[self.rows]
        elif len(values):
            from keceng.lake.run_copies import copy_runs  # noqa: PLC0415  loading the compiler takes longer than few rows

            copy_runs(
                frozen(values, values.dtype.type), self.spans.first, self.spans.counts, self.start, into
            )


def runs_in_order(
    lanes: Sequence[Lane], keys: Keys, schema: pa.Schema, by: str, *, by_loops: bool
) -> pa.RecordBatch:
    """The rows of `keys`, which ascend, key after key, and of one key in the order of `by`.

    Args:
        lanes: files, each in the order of the key.
        keys: some of them.
        schema: the key, and columns of whole numbers or days.
        by: a column of days that are known.
        by_loops: whether to load the compiled loop, which pays for many rows, or where the compiler is loaded.
    """
    spans = [lane.spans(keys) for lane in lanes]
    counts = np.zeros(len(keys), dtype=np.int64)
    for span in spans:
        counts += span.counts
    ends = np.cumsum(counts)
    start, routes = ends - counts, list[_Route]()
    for lane, span in zip(lanes, spans, strict=True):
        if span.counts.any():
            routes.append(_Route.of(lane, span, start, by_loops=by_loops))
        start = start + span.counts
    total = int(ends[-1]) if len(keys) else 0
    arrays = [pa.array(np.repeat(keys, counts))]
    arrays += [_column(routes, field, total) for field in list(schema)[1:]]
    made = pa.RecordBatch.from_arrays(arrays, schema=schema)
    if len(routes) < 2:
        return made
    whose = np.repeat(np.arange(len(keys), dtype=np.int64) << 32, counts)
    places = whose + made.column(by).view(pa.int32()).to_numpy()
    if not bool((places[1:] < places[:-1]).any()):
        return made
    return made.take(pa.array(np.argsort(places, kind="stable")))


def _column(routes: Sequence[_Route], field: pa.Field, total: int) -> pa.Array:
    sides = [(route, route.numbers(field.name)) for route in routes]
    if all(numbers.values is None for _, numbers in sides):
        return pa.nulls(total, field.type)
    is_day = pa.types.is_date32(field.type)
    values = np.empty(total, dtype=np.int32 if is_day else np.int64)
    known: npt.NDArray[np.bool_] | None = None
    if any(numbers.values is None or numbers.known is not None for _, numbers in sides):
        known = np.zeros(total, dtype=np.bool_)
    for route, numbers in sides:
        if numbers.values is None:
            continue
        route.copy(numbers.values, values)
        if known is not None:
            there = np.ones(len(numbers.values), np.bool_) if numbers.known is None else numbers.known
            route.copy(there.view(np.int8), known.view(np.int8))
    made = pa.array(values, mask=None if known is None else ~known)
    return made.view(field.type) if is_day else made.cast(field.type)
