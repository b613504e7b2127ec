"""The compiled pass over purchase days behind `folding`: loaded only where there are many, for the compiler takes seconds to load."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keceng.measure.clv.compilation import compile_exact

Whole = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]
_Sums = tuple[int, ...]

UNKNOWN = np.iinfo(np.int32).min
"""Stands for a date or a gap that a customer has not."""
NOBODY = np.iinfo(np.int64).min
"""The customer before the first."""
_MOST_WEIGHT = 2**50


@compile_exact
def pass_over(  # noqa: C901, PLR0913, PLR0917  one compiled loop: its arrays are its arguments
    keys: Whole, days: Days, void: Days, orders: Whole, gross: Whole, net: Whole, returned: Whole,
    edges: Whole, carried: Whole, gaps: Days, done_keys: Whole, done_sums: Whole, done_marks: Days,
) -> bool:  # fmt: skip
    """Take the rows of a batch, and write down the customers that are done.

    The rows come in columns; one element of `void` says that none is. `edges` are as-of day, the last day before the window and
    the last day before the one that precedes it, as days from 1970. `carried` goes from batch to batch: 14 sums; customer, day, four
    sums of the day; first and last day, latest gap, weight, and how many customers were written. `gaps` is room for those of one
    customer; `done_keys`, `done_sums` and `done_marks` take one column per customer that is done.

    Returns:
        False where rows are not in order, or sums might not fit 64 bits.
    """
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
                if key != NOBODY:
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
    sums: _Sums, day: int, edges: Whole, orders: int, gross: int, net: int, returned: int, has_gap: bool
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
def _unpacked(carried: Whole) -> _Sums:
    return (
        carried[0], carried[1], carried[2], carried[3], carried[4], carried[5], carried[6],
        carried[7], carried[8], carried[9], carried[10], carried[11], carried[12], carried[13],
    )  # fmt: skip


@compile_exact
def _pack(carried: Whole, sums: _Sums) -> None:
    for k in range(len(sums)):
        carried[k] = sums[k]


@compile_exact
def _weight(amount: int) -> int:
    # In 1,024ths, rounded up; an amount that is itself too large weighs too much.
    return abs(amount) // 1024 + 1 if abs(amount) <= 2**60 else _MOST_WEIGHT + 1


@compile_exact
def _write_down(done: Whole, place: int, sums: _Sums) -> None:
    for k in range(len(sums)):
        done[k, place] = sums[k]


@compile_exact
def _write_dates(  # noqa: PLR0913, PLR0917
    done: Days, place: int, first: int, last: int, latest: int, bought: int, gaps: Days, count: int
) -> None:
    done[0, place] = first if bought else UNKNOWN
    done[1, place] = last if bought else UNKNOWN
    done[2, place] = _lower_middle(gaps, count) if count else UNKNOWN
    done[3, place] = latest if count else UNKNOWN


@compile_exact
def _lower_middle(gaps: Days, count: int) -> int:
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
