"""The compiled pass over purchase days behind `folding`: loaded only where there are many, for the compiler takes seconds to load.

What `pass_over` is given beside rows: `has_returned`, without which what `returned` adds up to is zero; `edges`, as-of day, the last day
before the window and the last day before the one that precedes it, as days from 1970; `carried`, which goes from call to call and
begins with the customer; `gaps` and `buckets`, room for one customer; and `done_keys`, `done_sums` and `done_marks`, each of which
takes one number per customer that is done.
"""

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
CARRIED, WRITTEN = 23, 22
"""How many numbers the pass carries from one call to the next, and which of them tells how many customers are written."""
_MOST = 2**62
_FEW_GAPS = 16


@compile_exact
def pass_over(  # noqa: PLR0913, PLR0917  one compiled loop: its arrays are its arguments
    keys: Whole, days: Days, orders: Whole, gross: Whole, net: Whole, returned: Whole, has_returned: bool,
    edges: Whole, carried: Whole, gaps: Days, buckets: Days,
    done_keys: Whole, done_sums: tuple[Whole, ...], done_marks: tuple[Days, ...],
) -> int:  # fmt: skip
    """Take rows in columns, and write down the customers that are done; how many rows were taken before there was no more room.

    -1 where rows are not in order, or are so many or so large that a customer's might not fit.
    """
    as_of, opens, previous = edges
    key, day, day_orders, day_gross, bought, in_days, first, last, largest, in_largest = carried[:10]
    all_net, all_gross, all_orders, all_returned, in_net, in_gross, in_orders, in_returned = carried[10:18]
    before, rows, most_rows, size, written = carried[18:23]
    taken, room = len(keys), len(done_keys)
    for i in range(len(keys)):
        on = np.int64(days[i])
        if on > as_of:
            continue  # not known yet
        if keys[i] != key or on != day:
            # Without branches: whether somebody bought on a day is not to be foreseen.
            has_bought, was_in = day_orders > 0, day > opens
            gaps[bought] = day - last
            first, last = day if bought == 0 else first, day if has_bought else last
            bought, in_days = bought + has_bought, in_days + (has_bought & was_in)
            largest, in_largest = max(largest, day_gross), max(in_largest, day_gross if was_in else 0)
            day_orders = day_gross = 0
            if keys[i] != key:
                if keys[i] < key or written == room:
                    taken = i if keys[i] > key else -1
                    break
                if key != NOBODY:
                    done_keys[written] = key
                    _write_down(done_sums, written, (
                        all_net, all_gross, all_orders, bought, all_returned, largest, in_net, in_gross, in_orders, in_days,
                        in_returned, in_largest, before, max(bought - 1, 0),
                    ))  # fmt: skip
                    _write_dates(done_marks, written, first, last, bought, gaps, buckets)
                    written += 1
                key, most_rows = keys[i], max(most_rows, rows)
                rows = bought = in_days = largest = in_largest = before = 0
                all_net = all_gross = all_orders = all_returned = 0
                in_net = in_gross = in_orders = in_returned = 0
            elif on < day or bought == len(gaps) - 1:
                return -1
            day = on
        is_in, is_before = on > opens, (on > previous) & (on <= opens)
        rows, day_orders, day_gross = rows + 1, day_orders + orders[i], day_gross + gross[i]
        all_net, all_gross, all_orders = all_net + net[i], all_gross + gross[i], all_orders + orders[i]
        in_net, in_gross = in_net + (net[i] if is_in else 0), in_gross + (gross[i] if is_in else 0)
        in_orders, before = in_orders + (orders[i] if is_in else 0), before + (net[i] if is_before else 0)
        if has_returned:
            all_returned += returned[i]
            in_returned += returned[i] if is_in else 0
    size |= _size(orders) | _size(gross) | _size(net) | _size(returned)
    _pack(carried, (
        key, day, day_orders, day_gross, bought, in_days, first, last, largest, in_largest, all_net, all_gross, all_orders,
        all_returned, in_net, in_gross, in_orders, in_returned, before, rows, most_rows, size, written,
    ))  # fmt: skip
    # What one row may tell, as often as a customer has rows.
    return taken if size < _MOST // max(most_rows, rows, 1) else -1


@compile_exact
def _size(amounts: Whole) -> int:
    # As large as the largest, or a little larger.
    size = 0
    for k in range(len(amounts)):
        size |= amounts[k] ^ (amounts[k] >> 63)
    return size


@compile_exact
def _pack(carried: Whole, numbers: _Sums) -> None:
    for k in range(len(carried)):
        carried[k] = numbers[k]


@compile_exact
def _write_down(done: tuple[Whole, ...], place: int, sums: _Sums) -> None:
    # One after another: a loop would lay the arrays' places down for each.
    done[0][place] = sums[0]
    done[1][place] = sums[1]
    done[2][place] = sums[2]
    done[3][place] = sums[3]
    done[4][place] = sums[4]
    done[5][place] = sums[5]
    done[6][place] = sums[6]
    done[7][place] = sums[7]
    done[8][place] = sums[8]
    done[9][place] = sums[9]
    done[10][place] = sums[10]
    done[11][place] = sums[11]
    done[12][place] = sums[12]
    done[13][place] = sums[13]


@compile_exact
def _write_dates(  # noqa: PLR0913, PLR0917
    done: tuple[Days, ...], place: int, first: int, last: int, bought: int, gaps: Days, buckets: Days
) -> None:
    latest = gaps[bought - 1] if bought > 1 else UNKNOWN
    done[0][place] = first if bought else UNKNOWN
    done[1][place] = last if bought else UNKNOWN
    done[2][place] = _lower_middle(gaps, bought, last - first, buckets) if bought > 1 else UNKNOWN
    done[3][place] = latest


@compile_exact
def _lower_middle(gaps: Days, end: int, span: int, buckets: Days) -> int:
    """The lower middle one of `gaps` from the second up to `end`, which come to `span`."""
    half = end // 2
    if end > _FEW_GAPS + 1:
        return _counted_middle(gaps, end, span, half, buckets)
    # The lesser half stands in order before the others; whatever comes goes past it, and drops the greatest.
    for i in range(1, half + 1):
        gap = gaps[i]
        for j in range(1, i):
            lower = min(gaps[j], gap)
            gap = max(gaps[j], gap)
            gaps[j] = lower
        gaps[i] = gap
    for i in range(half + 1, end):
        gap = gaps[i]
        for j in range(1, half + 1):
            lower = min(gaps[j], gap)
            gap = max(gaps[j], gap)
            gaps[j] = lower
    return gaps[half]  # type: ignore[no-any-return]


@compile_exact
def _counted_middle(gaps: Days, end: int, span: int, half: int, buckets: Days) -> int:
    # As many as stand at the middle or after it come to no more than all do.
    most = span // (end - half)
    if most >= len(buckets):
        return np.sort(gaps[1:end])[half - 1]  # type: ignore[no-any-return]
    buckets[: most + 1] = 0
    for i in range(1, end):
        if gaps[i] <= most:
            buckets[gaps[i]] += 1
    gap = upto = 0
    while upto < half:
        gap += 1
        upto += buckets[gap]
    return gap
