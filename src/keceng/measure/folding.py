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
from keceng.lake import Fold, NotInOrder, sql
from keceng.measure.clv.compilation import compile_exact

_Whole = npt.NDArray[np.int64]
_Days = npt.NDArray[np.int32]

_EPOCH = dt.date(1970, 1, 1)
_NEVER = np.iinfo(np.int32).max
_UNKNOWN = np.iinfo(np.int32).min
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

    def _pass(  # noqa: PLR0913  the columns of a batch
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
            raise NotInOrder(PURCHASE_DAY.name)
        return _rows(done_keys, done_sums, done_marks, int(self._carried[_WRITTEN]))


def _whole(batch: pa.RecordBatch, name: str) -> _Whole:
    values = batch.column(name)
    if values.null_count:
        raise NotInOrder(PURCHASE_DAY.name)
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
def _fold(  # noqa: PLR0912, PLR0913, PLR0915  one compiled loop whose numbers stay in registers
    keys: _Whole,
    days: _Days,
    void: _Days,
    orders: _Whole,
    gross: _Whole,
    net: _Whole,
    returned: _Whole,
    edges: _Whole,
    carried: _Whole,
    gaps: _Days,
    done_keys: _Whole,
    done_sums: _Whole,
    done_marks: _Days,
) -> bool:
    as_of, opens, previous = edges
    is_void = len(void) > 1 or void[0] <= as_of
    (
        all_net, all_gross, all_orders, all_days, all_returned, all_largest,
        in_net, in_gross, in_orders, in_days, in_returned, in_largest, before_net, gap_count,
        key, day, day_orders, day_gross, day_net, day_returned, first, last, latest, weight, _,
    ) = carried  # fmt: skip
    written = 0
    for i in range(len(keys)):
        if days[i] > as_of:
            continue
        is_next = keys[i] != key
        if is_next or days[i] != day:
            if keys[i] < key or (not is_next and days[i] < day):
                return False
            all_net += day_net
            all_gross += day_gross
            all_orders += day_orders
            all_returned += day_returned
            all_largest = max(all_largest, day_gross)
            if day > opens:
                in_net += day_net
                in_gross += day_gross
                in_orders += day_orders
                in_returned += day_returned
                in_largest = max(in_largest, day_gross)
            elif day > previous:
                before_net += day_net
            if day_orders > 0:
                all_days += 1
                in_days += day > opens
                if all_days == 1:
                    first = day
                else:
                    if gap_count == len(gaps):
                        return False
                    latest = day - last
                    gaps[gap_count] = latest
                    gap_count += 1
                last = day
            # What all rows add up to bounds what one customer's do.
            weight += abs(day_gross) // 1024 + abs(day_net) // 1024 + abs(day_returned) // 1024 + 3
            if weight > 2**50 or abs(day_gross) > 2**60 or abs(day_net) > 2**60 or abs(day_returned) > 2**60:
                return False
            if is_next:
                if key != _NOBODY:
                    done_keys[written] = key
                    done_sums[0, written] = all_net
                    done_sums[1, written] = all_gross
                    done_sums[2, written] = all_orders
                    done_sums[3, written] = all_days
                    done_sums[4, written] = all_returned
                    done_sums[5, written] = all_largest
                    done_sums[6, written] = in_net
                    done_sums[7, written] = in_gross
                    done_sums[8, written] = in_orders
                    done_sums[9, written] = in_days
                    done_sums[10, written] = in_returned
                    done_sums[11, written] = in_largest
                    done_sums[12, written] = before_net
                    done_sums[13, written] = gap_count
                    done_marks[0, written] = first if all_days else _UNKNOWN
                    done_marks[1, written] = last if all_days else _UNKNOWN
                    done_marks[2, written] = _lower_middle(gaps, gap_count) if gap_count else _UNKNOWN
                    done_marks[3, written] = latest if gap_count else _UNKNOWN
                    written += 1
                key = keys[i]
                all_net = all_gross = all_orders = all_days = all_returned = all_largest = 0
                in_net = in_gross = in_orders = in_days = in_returned = in_largest = before_net = (
                    gap_count
                ) = 0
            day = days[i]
            day_orders = day_gross = day_net = day_returned = 0
        if not is_void or void[i] > as_of:
            day_orders += orders[i]
            day_gross += gross[i]
        day_net += net[i]
        day_returned += returned[i]
    carried[:] = (
        all_net, all_gross, all_orders, all_days, all_returned, all_largest,
        in_net, in_gross, in_orders, in_days, in_returned, in_largest, before_net, gap_count,
        key, day, day_orders, day_gross, day_net, day_returned, first, last, latest, weight, written,
    )  # fmt: skip
    return True


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
