"""Folds: one pass over a large table that lies in the order of its key, as a second way to the rows of a step."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlglot import exp

from keceng.lake.merging import UnorderedError, merge_in_order
from keceng.lake.schema import Table
from keceng.lake.streams import BATCH_ROWS, read_columns

LEAST_ROWS = 500_000
"""Below so many rows the query is as fast as a pass that must be loaded, or compiled once, first."""


class NotInOrderError(Exception):
    """A fold met rows that are not in the order of their table's key, or more than it can hold; the query gives the same."""


@dataclass(frozen=True, slots=True)
class Fold:
    """A second way to the rows of a step: one compiled pass over a large table of the ledger in the order of its key.

    An engine may take it where the table lies in that order; both ways give the same rows.

    Attributes:
        table: what is passed over.
        columns: those that are read.
        compute: its batches in, the step's batches out; raises `NotInOrderError`.
        without: a query of the values of the first key column whose rows are left out.
        order: the columns in whose order rows lie; by itself the first of `columns`.
        few: the same as `compute` for one batch of all rows of a few customers in order, without a compiler; None where it needs none.
        narrowed: the same for somebody who asks for these columns of the step: the others may be NULL, and `columns` fewer.
    """

    table: Table
    columns: tuple[str, ...]
    compute: Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]
    without: exp.Expr
    order: tuple[str, ...] = ()
    few: Callable[[pa.RecordBatch], pa.RecordBatch] | None = None
    narrowed: Callable[[frozenset[str]], Fold] | None = None


def see_rising(batch: pa.RecordBatch, last: int | None) -> int | None:
    """The last of the keys in the first column of `batch`, none of which stands twice.

    Args:
        batch: rows.
        last: the last key before them, None where they are the first.

    Raises:
        NotInOrderError: a key is unknown, or is not greater than the one before it.
    """
    if not batch.num_rows:
        return last
    if batch.column(0).null_count:
        raise NotInOrderError(batch.schema.names[0])
    keys = batch.column(0).to_numpy(zero_copy_only=False)
    if (last is not None and keys[0] <= last) or (keys[1:] <= keys[:-1]).any():
        raise NotInOrderError(batch.schema.names[0])
    return int(keys[-1])


def read_in_order(fold: Fold, files: Sequence[str], least: int) -> Iterator[pa.RecordBatch] | None:
    """The columns of `fold` from the Parquet `files` of its table, key after key; None where there are fewer rows than `least`.

    Files whose keys follow one another are read one after another, others side by side; whether the rows of each are in order, the
    pass itself sees.
    """
    # Read ahead, a file of any size would stand in memory whole.
    opened = [pq.ParquetFile(file, pre_buffer=False) for file in files]
    if sum(file.metadata.num_rows for file in opened) < max(least, 1) or not all(
        set(fold.columns) <= set(file.schema_arrow.names) for file in opened
    ):
        return None
    return _in_order(fold, opened)


def fit_fold(fold: Fold, files: Sequence[str]) -> tuple[Fold, Iterator[pa.RecordBatch]] | None:
    """`fold` in the way that suits the rows of its table, and those rows; None where they cannot be read in order, or there are none.

    Below `LEAST_ROWS` no compiler is loaded.
    """
    batches = read_in_order(fold, files, 1 if fold.few is None else LEAST_ROWS)
    if batches is not None:
        return fold, batches
    batches = None if fold.few is None else read_in_order(fold, files, 1)
    return None if batches is None else (replace(fold, compute=partial(_at_once, fold)), batches)


def _at_once(fold: Fold, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    assert fold.few is not None  # noqa: S101  the caller looked
    for whole in pa.Table.from_batches(batches).combine_chunks().to_batches():
        yield fold.few(whole)


def fold_rows(
    fold: Fold, batches: Iterator[pa.RecordBatch], left_out: pa.Array, read: frozenset[str] | None
) -> tuple[pa.Schema, Generator[pa.RecordBatch]]:
    """The rows of a step by its fold, and their columns.

    Args:
        fold: of the step.
        batches: of its table, as `read_in_order` gives them.
        left_out: keys whose rows are none of the step's.
        read: the columns that are kept beside the first; None keeps all.

    Raises:
        NotInOrderError: now, or while the rows are read.
    """
    rows = _rows(fold, batches, left_out, read)
    first = next(rows)
    return first.schema, _put_first(first, rows)


def _rows(
    fold: Fold, batches: Iterator[pa.RecordBatch], left_out: pa.Array, read: frozenset[str] | None
) -> Generator[pa.RecordBatch]:
    for batch in fold.compute(batches):
        rows = batch.filter(pc.invert(pc.is_in(batch.column(0), left_out))) if len(left_out) else batch
        kept = [n for n in rows.schema.names if read is None or n == fold.columns[0] or n in read]
        yield rows.select(kept)


def _put_first(first: pa.RecordBatch, rows: Generator[pa.RecordBatch]) -> Generator[pa.RecordBatch]:
    yield first
    yield from rows


def _in_order(fold: Fold, files: Sequence[pq.ParquetFile]) -> Iterator[pa.RecordBatch]:
    try:
        yield from files_in_order(files, fold.columns, fold.order or fold.columns[:1])
    except UnorderedError as error:
        raise NotInOrderError(fold.table.name) from error


def files_in_order(
    files: Sequence[pq.ParquetFile], columns: Sequence[str], order: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """The rows of `files` in their order, each of which lies in it.

    Raises:
        UnorderedError: while rows are read; rows of one file that are not in order are not always seen.
    """
    lanes = _lanes([file for file in files if file.metadata.num_rows], order[0])
    if not lanes:
        return iter(())
    large, *small = lanes
    return merge_in_order(
        [_batches(large, columns), *(_put_in_order(lane, columns, order) for lane in small)], order
    )


def _batches(files: Sequence[pq.ParquetFile], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    for file in files:
        yield from read_columns(file, columns)


def _put_in_order(
    files: Sequence[pq.ParquetFile], columns: Sequence[str], order: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """The rows of small files sorted, for whoever added a few may not have kept an order; those of others as they lie."""
    if sum(file.metadata.num_rows for file in files) > BATCH_ROWS:
        yield from _batches(files, columns)
        return
    rows = pa.Table.from_batches(_batches(files, columns)).sort_by([(name, "ascending") for name in order])
    yield from rows.combine_chunks().to_batches()


def _lanes(files: Sequence[pq.ParquetFile], key: str) -> list[list[pq.ParquetFile]]:
    """`files` in as few sequences as can be read one after another by their keys; that with most rows first."""
    lanes: list[list[pq.ParquetFile]] = []
    ends: list[int] = []
    for first, last, file in sorted(((*_ends(f, key), f) for f in files), key=lambda found: found[:2]):
        place = next((k for k, end in enumerate(ends) if end < first), len(lanes))
        if place == len(lanes):
            lanes.append([])
            ends.append(last)
        lanes[place].append(file)
        ends[place] = last
    return sorted(lanes, key=lambda lane: -sum(file.metadata.num_rows for file in lane))


def _ends(file: pq.ParquetFile, key: str) -> tuple[int, int]:
    """The first and the last key of a file in order."""
    first = next(file.iter_batches(batch_size=1, columns=[key])).column(0)
    last = file.read_row_group(file.num_row_groups - 1, columns=[key], use_threads=False)[key]
    return int(first[0].as_py()), int(last[-1].as_py())
