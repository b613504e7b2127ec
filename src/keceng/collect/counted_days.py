"""Purchase days of plain lines that lie in the order of their days: laid customer by customer by counting, without a sort.

The same rows as those of `purchase_day_runs`, for as many lines as can be held; a law holds both together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keceng.collect.numbered_texts import NumberedKeys, TooManyTextsError

LEAST_LINES, MOST_LINES = 500_000, 16_000_000
"""Fewer are sorted before the loops are loaded; more would take more memory than a sort that spills."""

_EPOCH = dt.date(1970, 1, 1)
_READ = ["customer_key", "line_on", "amount", "is_valid", "is_return", "is_cancelled"]
_DAY = 86_400_000_000
_GROUPS, _ROWS = 8, 131_072
Whole = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]


class NotCountedError(Exception):
    """The lines do not lie in the order of their days, or are of too many customers; a sort gives the same."""


def count_days(files: Sequence[str], lines: int) -> Iterator[pa.Table]:
    """The rows of `purchase_day` of the `lines` in the files of `order_lines`, in the order of customers and days, in pieces.

    Raises:
        NotCountedError: before the first piece.
    """
    # Loading the compiler takes longer than a small ledger.
    from keceng.collect import compiled_lines as loops  # noqa: PLC0415

    yield from _days_of(loops, *_read(files, lines))


@dataclass(frozen=True, slots=True)
class NumberedLines:
    """The lines of a file of `order_lines` whose customers have small numbers already, in the order of their days; none is cancelled.

    Attributes:
        file: the file.
        keys: of customers, by their numbers.
        count: of the lines.
        pieces: the lines again: number (-1 for nobody), time in microseconds, cents.
    """

    file: str
    keys: Whole
    count: int
    pieces: Callable[[], Iterator[tuple[Numbers, Whole, Whole]]]


def count_numbered_days(lines: NumberedLines) -> Iterator[pa.Table]:
    """The same of such lines, which need not be read and numbered again.

    Raises:
        NotCountedError: before the first piece: two numbers are one customer's.
    """
    # Loading the compiler takes longer than a small ledger.
    from keceng.collect import compiled_lines as loops  # noqa: PLC0415

    numbers, marks = np.empty(lines.count, dtype=np.int32), np.empty(lines.count, dtype=np.int32)
    amounts, at = np.empty(lines.count, dtype=np.int64), 0
    for who, moments, cents in lines.pieces():
        told = (moments // _DAY * 4).astype(np.int32) + (cents > 0) * np.int32(2) + (cents < 0)
        is_known = who >= 0
        end = at + int(np.count_nonzero(is_known))
        for kept, column in ((numbers, who), (marks, told), (amounts, cents)):
            kept[at:end] = column if end - at == len(who) else column[is_known]
        at = end
    yield from _days_of(loops, lines.keys, numbers[:at], marks[:at], amounts[:at])


def _days_of(
    loops: ModuleType, keys: Whole, numbers: Numbers, marks: Numbers, amounts: Whole
) -> Iterator[pa.Table]:
    by_key = np.argsort(keys)
    if (keys[by_key[1:]] == keys[by_key[:-1]]).any():
        raise NotCountedError
    ranks = np.empty(len(keys), dtype=np.int32)
    ranks[by_key] = np.arange(len(keys), dtype=np.int32)
    ends = np.zeros(len(keys), dtype=np.int32)
    laid_marks, laid_amounts = np.empty_like(marks), np.empty_like(amounts)
    loops.lay_by_customer(ranks[numbers], marks, amounts, ends, laid_marks, laid_amounts)
    del numbers, marks, amounts
    keys = keys[by_key]
    first = 0
    while first < len(keys):
        begin = int(ends[first - 1]) if first else 0
        last = max(int(np.searchsorted(ends, begin + _ROWS, side="right")), first + 1)
        most = int(ends[last - 1]) - begin
        made, days = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
        sums = np.empty(4 * most, dtype=np.int64)
        count = loops.sum_days(first, last, ends, laid_marks, laid_amounts, made, days, sums)
        yield _told(keys[made[:count]], days[:count], sums[: 4 * count].reshape(-1, 4))
        first = last


def _told(keys: Whole, days: Numbers, sums: Whole) -> pa.Table:
    orders, net, gross, returned = (np.ascontiguousarray(sums[:, place]) for place in range(4))
    return pa.table(
        {
            "customer_key": keys,
            "day": pa.array(days).cast(pa.date32()),
            "orders": orders,
            "lines": orders,
            "net": net,
            "gross": gross,
            "returned": returned,
        }
    )


def _read(files: Sequence[str], lines: int) -> tuple[Whole, Numbers, Numbers, Whole]:
    """The keys of customers by their numbers; number, mark and amount of each line of a customer, in their order."""
    known = NumberedKeys()
    numbers, marks = np.empty(lines, dtype=np.int32), np.empty(lines, dtype=np.int32)
    amounts = np.empty(lines, dtype=np.int64)
    at = last_day = 0
    for rows in _pieces(files):
        days = rows["line_on"].cast(pa.int32()).to_numpy()
        if not len(days):
            continue
        if (at and days[0] < last_day) or (days[1:] < days[:-1]).any():
            raise NotCountedError
        last_day, end = int(days[-1]), at + len(days)
        is_valid, is_return = (np.asarray(rows[name]) for name in ("is_valid", "is_return"))
        marks[at:end] = days * 4 + is_valid * 2 + is_return
        amounts[at:end] = rows["amount"].to_numpy()
        try:
            numbers[at:end] = known.take(rows["customer_key"].to_numpy())
        except TooManyTextsError:
            raise NotCountedError from None
        at = end
    return known.keys(), numbers[:at], marks[:at], amounts[:at]


def _pieces(files: Sequence[str]) -> Iterator[pa.Table]:
    """The lines that count, in pieces of one chunk a column."""
    for file in sorted(files, key=_first_day):
        with pq.ParquetFile(Path(file)) as lines:
            for first in range(0, lines.num_row_groups, _GROUPS):
                groups = list(range(first, min(first + _GROUPS, lines.num_row_groups)))
                rows = lines.read_row_groups(groups, columns=_READ, use_threads=False)
                if rows["customer_key"].null_count or pc.any(rows["is_cancelled"]).as_py():
                    counts = pc.and_not(rows["customer_key"].is_valid(), rows["is_cancelled"])
                    rows = rows.filter(counts)
                yield rows.combine_chunks()


def _first_day(file: str) -> int:
    """The first day of a file in days from 1970, as far as it tells."""
    told = pq.read_metadata(file)
    place = told.schema.names.index("line_on")
    found = told.row_group(0).column(place).statistics if told.num_row_groups else None
    return (found.min - _EPOCH).days if found is not None and found.has_min_max else 0
