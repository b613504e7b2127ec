"""Sorted rows from several files as one stream: each file is read once from its beginning, and little of it is held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_Places = npt.NDArray[np.int64]


class UnorderedError(Exception):
    """A column by which rows are to be merged is not of whole numbers or days that are known, or rows do not lie in its order."""


def merge_in_order(
    sources: Sequence[Iterable[pa.RecordBatch]], order: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """The rows of all `sources` in the order of the columns `order`, as batches about as large as those of the first source.

    Of rows of different sources that are equal in it, either may come first. Rows of one source never change places, so one that is not
    in order is seen by whoever looks at what comes out, where it is not seen here.

    Args:
        sources: the largest first; batches of the same columns.
        order: one or two columns of whole numbers or days.

    Raises:
        UnorderedError: while rows are read.
    """
    first, *others = sources
    if not others:
        return iter(first)
    rest = reduce(lambda one, other: _merged(one, other, order), reversed(others))
    return _merged(first, rest, order)


def _merged(
    first: Iterable[pa.RecordBatch], second: Iterable[pa.RecordBatch], order: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    waiting = Waiting(iter(second), order)
    for batch in first:
        if batch.num_rows:
            yield _laid(batch, waiting.until(place_of(batch, order)), order)
    yield from waiting.rest()


@dataclass(slots=True)
class Waiting:
    """Rows of a source that were read and not yet given."""

    source: Iterator[pa.RecordBatch]
    order: Sequence[str]
    held: list[pa.RecordBatch] = field(default_factory=list)

    def until(self, last: tuple[int, ...]) -> pa.RecordBatch | None:
        """The rows that do not come after `last`."""
        while not self.held or place_of(self.held[-1], self.order) <= last:
            batch = next(self.source, None)
            if batch is None:
                break
            if batch.num_rows:
                self.held.append(batch)
        if not self.held:
            return None
        rows = self.held[0] if len(self.held) == 1 else pa.concat_batches(self.held)
        count = _count_until(rows, last, self.order)
        self.held = [rows.slice(count)] if count < rows.num_rows else []
        return rows.slice(0, count) if count else None

    def rest(self) -> Iterator[pa.RecordBatch]:
        """Everything else."""
        yield from self.held
        yield from self.source


def _column(batch: pa.RecordBatch, name: str) -> npt.NDArray[Any]:
    column = batch.column(name)
    if pa.types.is_date32(column.type):
        column = column.view(pa.int32())
    if column.null_count or not pa.types.is_integer(column.type):
        raise UnorderedError(name)
    return column.to_numpy()  # type: ignore[no-any-return]


def place_of(batch: pa.RecordBatch, order: Sequence[str]) -> tuple[int, ...]:
    """Where the last row of `batch` stands."""
    return tuple(int(_column(batch.slice(batch.num_rows - 1), name)[0]) for name in order)


def _count_until(rows: pa.RecordBatch, last: tuple[int, ...], order: Sequence[str]) -> int:
    low, high = 0, rows.num_rows
    for name, value in zip(order, last, strict=True):
        values = _column(rows, name)[low:high]
        found = (np.searchsorted(values, value, side) for side in ("left", "right"))
        low, high = (int(low + count) for count in found)
    return int(high)


def _laid(batch: pa.RecordBatch, come: pa.RecordBatch | None, order: Sequence[str]) -> pa.RecordBatch:
    """`batch` with the rows of `come` at their places."""
    if come is None:
        return batch
    at = _places(batch, come, order) + np.arange(come.num_rows)
    if bool((at[1:] <= at[:-1]).any()):
        raise UnorderedError(order[0])
    is_old = np.ones(batch.num_rows + come.num_rows, dtype=np.bool_)
    is_old[at] = False
    columns = [_with(*sides, at, is_old) for sides in zip(batch.columns, come.columns, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _with(old: pa.Array, new: pa.Array, at: _Places, is_old: npt.NDArray[np.bool_]) -> pa.Array:
    if old.null_count == len(old) and new.null_count == len(new):
        return pa.nulls(len(is_old), old.type)
    is_day = pa.types.is_date32(old.type)
    if old.null_count or new.null_count or not (is_day or pa.types.is_integer(old.type)):
        places: _Places = np.empty(len(is_old), dtype=np.int64)
        places[at], places[is_old] = np.arange(len(old), len(is_old)), np.arange(len(old))
        return pa.concat_arrays([old, new]).take(pa.array(places))
    numbers = [(side.view(pa.int32()) if is_day else side).to_numpy() for side in (old, new)]
    laid = np.empty(len(is_old), dtype=numbers[0].dtype)
    laid[is_old], laid[at] = numbers
    made = pa.array(laid)
    return made.view(old.type) if is_day else made


def _places(batch: pa.RecordBatch, come: pa.RecordBatch, order: Sequence[str]) -> _Places:
    """Before which row of `batch` each row of `come` stands."""
    first = order[0]
    standing, coming = _column(batch, first), _column(come, first)
    if len(order) == 1:
        return np.asarray(np.searchsorted(standing, coming, side="right"), dtype=np.int64)
    low, high = (np.searchsorted(standing, coming, side) for side in ("left", "right"))
    seconds, wanted = _column(batch, order[1]), _column(come, order[1])
    while bool((open_ := low < high).any()):
        middle = np.minimum((low + high) // 2, len(seconds) - 1)
        is_after = open_ & (seconds[middle] <= wanted)
        low, high = np.where(is_after, middle + 1, low), np.where(open_ & ~is_after, middle, high)
    return np.asarray(low, dtype=np.int64)
