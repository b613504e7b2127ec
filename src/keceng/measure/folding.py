"""Sums and gaps of purchase days in one compiled pass over the ledger: what the step `folded` says in SQL, for many rows.

`purchase_day` lies customer by customer and day by day, so one pass needs neither a hash nor a sort: it keeps the numbers of one
customer, and writes them down when the next one begins. A law holds both ways equal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from keceng.collect import PURCHASE_DAY
from keceng.lake import Fold, NotInOrderError, sql
from keceng.measure.few_days import UNKNOWN, fold_few

_Whole = npt.NDArray[np.int64]
_Days = npt.NDArray[np.int32]
_Number = TypeVar("_Number", np.int64, np.int32)

_EPOCH = dt.date(1970, 1, 1)
_NEVER = np.iinfo(np.int32).max
_MOST_GAPS, _BUCKETS = 50_000, 8_192
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
_MADE = frozenset((*_SUMS, *FOLDED_DATES, *_GAPS))
_RETURNS = frozenset(("returned", "lifetime_returned"))

# As many customers as an engine lays together.
_ROOM, _APART = 1 << 16, 72
_LAST = np.iinfo(np.int64).max
_NONE = np.zeros(0, dtype=np.int64)


def fold_days(as_of: dt.date, opens: dt.date, previous: dt.date, asked: frozenset[str] = _MADE) -> Fold:
    """The step `folded` of accounts by one pass over `purchase_day`.

    Args:
        as_of: the day; later rows are not looked at, and what is void by then was not bought.
        opens: the last day before the window.
        previous: the last day before the window that precedes it.
        asked: the columns that are made; others are NULL.
    """
    edges = np.array([(day - _EPOCH).days for day in (as_of, opens, previous)], dtype=np.int64)

    def folded(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        fold = _Fold(edges, asked)
        for batch in batches:
            if batch.num_rows:
                yield from fold.take(batch)
        yield fold.finish()

    unknown = sql("select customer_key from customers where first_seen_on > :as_of", as_of=as_of)
    return Fold(
        PURCHASE_DAY,
        tuple(name for name in _READ if name != "returned" or asked & _RETURNS),
        folded,
        unknown,
        order=("customer_key", "day"),
        few=partial(_fold_few, edges, asked),
        narrowed=partial(fold_days, as_of, opens, previous),
    )


def _fold_few(edges: _Whole, asked: frozenset[str], batch: pa.RecordBatch) -> pa.RecordBatch:
    days, void = _whole(batch, "day").view(np.int32), _void_days(batch)
    orders, gross, net = (_whole(batch, name) for name in ("orders", "gross", "net"))
    returned = _whole(batch, "returned") if asked & _RETURNS else np.zeros_like(net)
    keys, sums, marks = fold_few(
        _whole(batch, "customer_key"), days, void, orders, gross, net, returned, edges
    )
    return _rows(keys, [*sums], [*marks], len(keys), asked)


class _Fold:
    """One pass: takes batches, gives the customers that are done, many at a time."""

    def __init__(self, edges: _Whole, asked: frozenset[str]) -> None:
        self._edges, self._asked = edges, asked
        # Loading the compiler takes longer than a small run: see `day_pass`.
        from keceng.measure import day_pass  # noqa: PLC0415

        self._pass = day_pass
        self._carried = np.zeros(day_pass.CARRIED, dtype=np.int64)
        self._carried[0] = day_pass.NOBODY
        self._gaps, self._buckets = np.zeros(_MOST_GAPS, dtype=np.int32), np.zeros(_BUCKETS, dtype=np.int32)
        self._room = _room(asked)

    def take(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        keys, days, void = (
            _whole(batch, "customer_key"),
            _whole(batch, "day").view(np.int32),
            _void_days(batch),
        )
        orders, gross, net = (_whole(batch, name) for name in ("orders", "gross", "net"))
        returned = _whole(batch, "returned") if self._asked & _RETURNS else _NONE
        if len(void) > 1 or void[0] <= self._edges[0]:
            stands = void > self._edges[0]
            orders, gross = orders * stands, gross * stands
        at = self._over(keys, days, (orders, gross, net, returned))
        while at < len(keys):
            yield self._written()
            at += self._over(keys[at:], days[at:], tuple(c[at:] for c in (orders, gross, net, returned)))

    def finish(self) -> pa.RecordBatch:
        # A row of nobody's closes the last customer.
        key, day, nothing = np.array([_LAST]), self._edges[:1].astype(np.int32), np.zeros(1, dtype=np.int64)
        if not self._over(key, day, (nothing, nothing, nothing, _NONE)):
            return pa.concat_batches([self._written(), self.finish()])
        return self._written()

    def _over(self, keys: _Whole, days: _Days, numbers: tuple[_Whole, ...]) -> int:
        orders, gross, net, returned = numbers
        taken = self._pass.pass_over(
            keys, days, orders, gross, net, returned, len(returned) > 0,
            self._edges, self._carried, self._gaps, self._buckets, *self._room,
        )  # fmt: skip
        if taken < 0:
            raise NotInOrderError(PURCHASE_DAY.name)
        return taken

    def _written(self) -> pa.RecordBatch:
        rows = _rows(*self._room, int(self._carried[self._pass.WRITTEN]), self._asked)
        self._carried[self._pass.WRITTEN], self._room = 0, _room(self._asked)
        return rows


def _room(asked: frozenset[str]) -> tuple[_Whole, tuple[_Whole, ...], tuple[_Days, ...]]:
    """For the numbers of so many customers, each in an array of its own, which whoever keeps it keeps alone."""
    unread = np.empty(_ROOM, dtype=np.int64)
    sums = [_apart(place, np.int64) if name in asked else unread for place, name in enumerate(_SUMS, 1)]
    return _apart(0, np.int64), tuple(sums), tuple(_apart(place, np.int32) for place in range(4))


def _apart(place: int, dtype: type[_Number]) -> npt.NDArray[_Number]:
    # Where all begin at the same place of a page, the processor's cache holds few at a time.
    before = _APART * place * 8 // np.dtype(dtype).itemsize
    return np.empty(_ROOM + before, dtype=dtype)[before:]


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


def _rows(
    keys: _Whole, sums: Sequence[_Whole], marks: Sequence[_Days], count: int, asked: frozenset[str]
) -> pa.RecordBatch:
    columns: dict[str, pa.Array] = {"customer_key": pa.array(keys[:count])}
    for place, name in enumerate(_SUMS):
        columns[name] = pa.array(sums[place][:count]) if name in asked else pa.nulls(count, pa.int64())
    for place, name in enumerate((*FOLDED_DATES, *_GAPS)):
        values = marks[place][:count]
        known = pa.array(values, mask=values == UNKNOWN) if name in asked else pa.nulls(count, pa.int32())
        columns[name] = known.view(pa.date32()) if name in FOLDED_DATES else known
    return pa.record_batch(columns)
