"""Sums and gaps of the purchase days of a few customers in whole arrays: what the compiled pass gives, without loading a compiler.

A law holds both, and the query, equal.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from keceng.lake import NotInOrderError

Whole = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]

UNKNOWN = np.iinfo(np.int32).min
"""Stands for a date or a gap that a customer has not."""
_MOST = 2.0**60


def fold_few(  # noqa: PLR0913, PLR0917  the columns of a batch, as the compiled pass takes them
    keys: Whole,
    days: Days,
    void: Days,
    orders: Whole,
    gross: Whole,
    net: Whole,
    returned: Whole,
    edges: Whole,
) -> tuple[Whole, Whole, Days]:
    """The customers of whole rows in order: keys, 14 sums of each, and first day, last day, middle and latest gap.

    Args:
        keys: of customers.
        days: from 1970.
        void: the day from which a row was not bought; one element stands for all.
        orders: of the row.
        gross: cents, as the rest.
        net: with returns.
        returned: of these.
        edges: the day itself, the last day before the window, the last day before the one that precedes it.

    Raises:
        NotInOrderError: rows are not in order, or sums might not fit 64 bits.
    """
    if bool((days > edges[0]).any()):
        known = days <= edges[0]
        keys, days, orders, gross, net, returned = (
            c[known] for c in (keys, days, orders, gross, net, returned)
        )
        void = void[known] if len(void) > 1 else void
    if not len(keys):
        return keys, np.empty((14, 0), dtype=np.int64), np.empty((4, 0), dtype=np.int32)
    is_next, is_later = keys[1:] != keys[:-1], days[1:] != days[:-1]
    if bool(((keys[1:] < keys[:-1]) | (~is_next & (days[1:] < days[:-1]))).any()):
        raise NotInOrderError("purchase_day")
    if sum(float(np.abs(c.astype(np.float64)).sum()) for c in (gross, net, returned)) > _MOST:
        raise NotInOrderError("purchase_day")
    if len(void) > 1 or void[0] <= edges[0]:
        stands = void > edges[0]
        orders, gross = orders * stands, gross * stands
    starts = _starts(is_next | is_later)
    orders, gross, net, returned = (_added(c, starts) for c in (orders, gross, net, returned))
    keys, days = keys[starts], days[starts]
    firsts = _starts(keys[1:] != keys[:-1])
    bought, inside, before = orders > 0, days > edges[1], (days > edges[2]) & (days <= edges[1])
    gap_counts, marks = _gaps(days, bought, firsts)
    columns = [
        net, gross, orders, bought, returned, None, net * inside, gross * inside, orders * inside, bought & inside,
        returned * inside, None, net * before,
    ]  # fmt: skip
    sums = np.empty((14, len(firsts)), dtype=np.int64)
    for place, values in enumerate(columns):
        if values is not None:
            sums[place] = _added(values.astype(np.int64, copy=False), firsts)
    sums[5], sums[11] = (_largest(values, firsts) for values in (gross, gross * inside))
    sums[13] = gap_counts
    return keys[firsts], sums, marks


def _starts(is_other: npt.NDArray[np.bool_]) -> Whole:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.flatnonzero(is_other) + 1])


def _added(values: npt.NDArray[Any], starts: Whole) -> Whole:
    return np.asarray(np.add.reduceat(values, starts), dtype=np.int64)


def _largest(values: Whole, starts: Whole) -> Whole:
    return np.asarray(np.maximum(np.maximum.reduceat(values, starts), 0), dtype=np.int64)


def _gaps(days: Days, bought: npt.NDArray[np.bool_], firsts: Whole) -> tuple[Whole, Days]:
    """How many gaps each customer has; first and last day with a purchase, the lower middle and the latest gap."""
    marks = np.full((4, len(firsts)), UNKNOWN, dtype=np.int32)
    places = np.flatnonzero(bought)
    owners = np.searchsorted(firsts, places, side="right") - 1
    counts = np.bincount(owners, minlength=len(firsts))
    ends = np.cumsum(counts)
    has = counts > 0
    on = days[places]
    marks[0, has], marks[1, has] = on[(ends - counts)[has]], on[ends[has] - 1]
    gap_counts = np.maximum(counts - 1, 0)
    is_gap = owners[1:] == owners[:-1]
    gaps, whose = (on[1:] - on[:-1])[is_gap].astype(np.int64), owners[1:][is_gap]
    last = np.cumsum(gap_counts) - 1
    several = gap_counts > 0
    marks[3, several] = gaps[last[several]]
    ordered = np.sort((whose << 32) + gaps)
    middle = (last - gap_counts + 1 + (gap_counts - 1) // 2)[several]
    marks[2, several] = ordered[middle] & 0xFFFFFFFF
    return gap_counts.astype(np.int64), marks
