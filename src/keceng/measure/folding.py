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
from keceng.measure.clv.compilation import compile_exact

_Whole = npt.NDArray[np.int64]
_Days = npt.NDArray[np.int32]
_Sums = tuple[int, ...]

_EPOCH = dt.date(1970, 1, 1)
_NEVER = np.iinfo(np.int32).max
_UNKNOWN = np.iinfo(np.int32).min
_MOST_GAPS = 50_000
_MOST_WEIGHT = 2**50
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
_NOBODY = np.iinfo(np.int64).min
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
        self._carried = np.zeros(_CARRIED, dtype=np.int64)
        self._carried[len(_SUMS)] = _NOBODY
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
        is_ordered = _fold(
            keys, days, void, orders, gross, net, returned, self._edges, self._carried, self._gaps,
            done_keys, done_sums, done_marks,
        )  # fmt: skip
        if not is_ordered:
            raise NotInOrderError(PURCHASE_DAY.name)
        return _rows(done_keys, done_sums, done_marks, int(self._carried[_WRITTEN]))


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


def _rows(keys: _Whole, sums: _Whole, marks: _Days, count: int) -> pa.RecordBatch:
    columns: dict[str, pa.Array] = {"customer_key": pa.array(keys[:count])}
    for place, name in enumerate(_SUMS):
        columns[name] = pa.array(sums[place, :count])
    for place, name in enumerate((*FOLDED_DATES, *_GAPS)):
        values = marks[place, :count]
        known = pa.array(values, mask=values == _UNKNOWN)
        columns[name] = known.view(pa.date32()) if name in FOLDED_DATES else known
    return pa.record_batch(columns)


@compile_exact
def _fold(  # noqa: C901, PLR0913, PLR0917  one compiled loop: its arrays are its arguments
    keys: _Whole, days: _Days, void: _Days, orders: _Whole, gross: _Whole, net: _Whole, returned: _Whole,
    edges: _Whole, carried: _Whole, gaps: _Days, done_keys: _Whole, done_sums: _Whole, done_marks: _Days,
) -> bool:  # fmt: skip
    is_void = len(void) > 1 or void[0] <= edges[0]
    sums = _unpacked(carried)
    key, day, day_orders, day_gross, day_net, day_returned = carried[14:20]
    first, last, latest, weight = carried[20:24]
    written = 0
    for i in range(len(keys)):
        if days[i] > edges[0]:
            continue  # not known yet
        is_next = keys[i] != key
        if is_next or days[i] != day:
            # What all rows add up to bounds what one customer's do.
            weight += _weight(day_gross) + _weight(day_net) + _weight(day_returned)
            is_behind = keys[i] < key or (not is_next and days[i] < day)
            if is_behind or weight > _MOST_WEIGHT or sums[13] == len(gaps):
                return False
            has_gap = day_orders > 0 and sums[3] > 0
            if has_gap:
                gaps[sums[13]] = latest = day - last
            elif day_orders > 0:
                first = day
            if day_orders > 0:
                last = day
            sums = _with_day(sums, day, edges, day_orders, day_gross, day_net, day_returned, has_gap)
            if is_next:
                if key != _NOBODY:
                    done_keys[written] = key
                    _write_down(done_sums, written, sums)
                    _write_dates(done_marks, written, first, last, latest, sums[3], gaps, sums[13])
                    written += 1
                key = keys[i]
                sums = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
            day = days[i]
            day_orders = day_gross = day_net = day_returned = 0
        if not is_void or void[i] > edges[0]:
            day_orders, day_gross = day_orders + orders[i], day_gross + gross[i]
        day_net, day_returned = day_net + net[i], day_returned + returned[i]
    _pack(carried, sums)
    carried[14:20] = key, day, day_orders, day_gross, day_net, day_returned
    carried[20:25] = first, last, latest, weight, written
    return True


@compile_exact
def _with_day(  # noqa: PLR0913, PLR0917
    sums: _Sums, day: int, edges: _Whole, orders: int, gross: int, net: int, returned: int, has_gap: bool
) -> _Sums:
    (
        all_net, all_gross, all_orders, all_days, all_returned, all_largest,
        in_net, in_gross, in_orders, in_days, in_returned, in_largest, before_net, gap_count,
    ) = sums  # fmt: skip
    has_bought = 1 if orders > 0 else 0
    if day > edges[1]:
        in_net, in_gross, in_orders = in_net + net, in_gross + gross, in_orders + orders
        in_days, in_returned, in_largest = (
            in_days + has_bought,
            in_returned + returned,
            max(in_largest, gross),
        )
    elif day > edges[2]:
        before_net += net
    return (
        all_net + net, all_gross + gross, all_orders + orders, all_days + has_bought, all_returned + returned,
        max(all_largest, gross), in_net, in_gross, in_orders, in_days, in_returned, in_largest, before_net,
        gap_count + (1 if has_gap else 0),
    )  # fmt: skip


@compile_exact
def _unpacked(carried: _Whole) -> _Sums:
    return (
        carried[0], carried[1], carried[2], carried[3], carried[4], carried[5], carried[6],
        carried[7], carried[8], carried[9], carried[10], carried[11], carried[12], carried[13],
    )  # fmt: skip


@compile_exact
def _pack(carried: _Whole, sums: _Sums) -> None:
    for k in range(len(sums)):
        carried[k] = sums[k]


@compile_exact
def _weight(amount: int) -> int:
    # In 1,024ths, rounded up; an amount that is itself too large weighs too much.
    return abs(amount) // 1024 + 1 if abs(amount) <= 2**60 else _MOST_WEIGHT + 1


@compile_exact
def _write_down(done: _Whole, place: int, sums: _Sums) -> None:
    for k in range(len(sums)):
        done[k, place] = sums[k]


@compile_exact
def _write_dates(  # noqa: PLR0913, PLR0917
    done: _Days, place: int, first: int, last: int, latest: int, bought: int, gaps: _Days, count: int
) -> None:
    done[0, place] = first if bought else _UNKNOWN
    done[1, place] = last if bought else _UNKNOWN
    done[2, place] = _lower_middle(gaps, count) if count else _UNKNOWN
    done[3, place] = latest if count else _UNKNOWN


@compile_exact
def _lower_middle(gaps: _Days, count: int) -> int:
    middle = (count - 1) // 2
    if count > 40:
        return np.sort(gaps[:count])[middle]  # type: ignore[no-any-return]
    for i in range(1, count):
        gap = gaps[i]
        j = i - 1
        while j >= 0 and gaps[j] > gap:
            gaps[j + 1] = gaps[j]
            j -= 1
        gaps[j + 1] = gap
    return gaps[middle]  # type: ignore[no-any-return]
