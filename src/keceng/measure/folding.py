"""Sums and gaps of purchase days in one compiled pass over the ledger: what the step `folded` says in SQL, for many rows.

`purchase_day` lies customer by customer and day by day, so one pass needs neither a hash nor a sort: it keeps the numbers of one
customer, and writes them down when the next one begins. A law holds both ways equal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from keceng.collect import PURCHASE_DAY
from keceng.lake import Fold, NotInOrderError, sql

_Whole = npt.NDArray[np.int64]
_Days = npt.NDArray[np.int32]

_EPOCH = dt.date(1970, 1, 1)
_NEVER = np.iinfo(np.int32).max
_MOST_GAPS = 50_000
_READ = ("customer_key", "day", "void_on", "orders", "gross", "net", "returned")

FOLDED_TOTALS = (
    "lifetime_spend", "lifetime_gross_spend", "lifetime_order_count", "lifetime_purchase_days", "lifetime_returned",
    "lifetime_largest_day", "spend", "gross_spend", "order_count", "purchase_days", "returned", "largest_day",
    "previous_spend",
)  # fmt: skip
"""What a customer's days add up to, in the order in which the pass keeps it."""
_SUMS = (*FOLDED_TOTALS, "gap_count")
FOLDED_DATES = ("first_purchase_on", "last_purchase_on")
_GAPS = ("personal_gap", "latest_gap")

# What the pass carries from one batch to the next after the sums: the customer, its day, the sums of that day, its dates and gaps,
# and how many customers are written.
_CARRIED = len(_SUMS) + 11
_WRITTEN = _CARRIED - 1
_LAST = np.iinfo(np.int64).max


def fold_days(as_of: dt.date, opens: dt.date, previous: dt.date) -> Fold:
    """The step `folded` of accounts by one pass over `purchase_day`.

    Args:
        as_of: the day; later rows are not looked at, and what is void by then was not bought.
        opens: the last day before the window.
        previous: the last day before the window that precedes it.
    """
    edges = np.array([(day - _EPOCH).days for day in (as_of, opens, previous)], dtype=np.int64)

    def folded(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        fold = _Fold(edges)
        for batch in batches:
            if batch.num_rows:
                yield fold.take(batch)
        yield fold.finish()

    unknown = sql("select customer_key from customers where first_seen_on > :as_of", as_of=as_of)
    return Fold(PURCHASE_DAY, _READ, folded, unknown)


class _Fold:
    """One pass: takes batches, gives the customers that are done."""

    def __init__(self, edges: _Whole) -> None:
        self._edges = edges
        # Loading the compiler takes longer than a small run: see `day_pass`.
        from keceng.measure import day_pass  # noqa: PLC0415

        self._pass_over, self._unknown = day_pass.pass_over, day_pass.UNKNOWN
        self._carried = np.zeros(_CARRIED, dtype=np.int64)
        self._carried[len(_SUMS)] = day_pass.NOBODY
        self._gaps = np.zeros(_MOST_GAPS, dtype=np.int32)

    def take(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        keys, days = _whole(batch, "customer_key"), _whole(batch, "day").view(np.int32)
        orders, gross, net, returned = (_whole(batch, n) for n in ("orders", "gross", "net", "returned"))
        return self._pass(keys, days, _void_days(batch), orders, gross, net, returned)

    def finish(self) -> pa.RecordBatch:
        # A row of nobody's closes the last customer.
        key, nothing = np.array([_LAST]), np.zeros(1, dtype=np.int64)
        day, never = self._edges[:1].astype(np.int32), np.full(1, _NEVER, dtype=np.int32)
        return self._pass(key, day, never, nothing, nothing, nothing, nothing)

    def _pass(  # noqa: PLR0913, PLR0917  the columns of a batch
        self,
        keys: _Whole,
        days: _Days,
        void: _Days,
        orders: _Whole,
        gross: _Whole,
        net: _Whole,
        returned: _Whole,
    ) -> pa.RecordBatch:
        most = int(np.count_nonzero(keys[1:] != keys[:-1])) + 1
        done_keys, done_sums = np.empty(most, dtype=np.int64), np.empty((len(_SUMS), most), dtype=np.int64)
        done_marks = np.empty((4, most), dtype=np.int32)
        is_ordered = self._pass_over(
            keys, days, void, orders, gross, net, returned, self._edges, self._carried, self._gaps,
            done_keys, done_sums, done_marks,
        )  # fmt: skip
        if not is_ordered:
            raise NotInOrderError(PURCHASE_DAY.name)
        return _rows(done_keys, done_sums, done_marks, int(self._carried[_WRITTEN]), self._unknown)


def _whole(batch: pa.RecordBatch, name: str) -> _Whole:
    values = batch.column(name)
    if values.null_count:
        raise NotInOrderError(PURCHASE_DAY.name)
    if pa.types.is_date32(values.type):
        values = values.view(pa.int32())
    return values.to_numpy()  # type: ignore[no-any-return]


def _void_days(batch: pa.RecordBatch) -> _Days:
    void = batch.column("void_on")
    # One element stands for all where nothing is void.
    if void.null_count == len(void):
        return np.full(1, _NEVER, dtype=np.int32)
    return void.view(pa.int32()).fill_null(_NEVER).to_numpy()  # type: ignore[no-any-return]


def _rows(keys: _Whole, sums: _Whole, marks: _Days, count: int, unknown: int) -> pa.RecordBatch:
    columns: dict[str, pa.Array] = {"customer_key": pa.array(keys[:count])}
    for place, name in enumerate(_SUMS):
        columns[name] = pa.array(sums[place, :count])
    for place, name in enumerate((*FOLDED_DATES, *_GAPS)):
        values = marks[place, :count]
        known = pa.array(values, mask=values == unknown)
        columns[name] = known.view(pa.date32()) if name in FOLDED_DATES else known
    return pa.record_batch(columns)
