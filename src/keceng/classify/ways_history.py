"""What one customer bought, day by day, as a run saw it: the ground on which a change is tried out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from keceng.collect import PURCHASE_DAY
from keceng.lake import Snapshot

_READ = ("customer_key", "day", "void_on", "orders", "net", "gross", "returned")


@dataclass(frozen=True, slots=True)
class PurchaseDay:
    """One day of one unit: orders with a valid purchase, and amounts in cents.

    Attributes:
        day: the calendar day.
        orders: orders with a valid purchase line, not voided by the date of the run.
        net: all accepted lines, returns deducted.
        gross: valid purchase lines.
        returned: what was returned on this day.
    """

    day: dt.date
    orders: int
    net: int
    gross: int
    returned: int = 0

    def plus(self, other: PurchaseDay) -> PurchaseDay:
        """Both on the day of this one."""
        return replace(
            self,
            orders=self.orders + other.orders,
            net=self.net + other.net,
            gross=self.gross + other.gross,
            returned=self.returned + other.returned,
        )


@dataclass(frozen=True, slots=True)
class PurchaseHistory:
    """The purchase days of one unit, in order; empty where only totals were stated, or nothing was bought."""

    days: tuple[PurchaseDay, ...] = ()

    def plus(self, more: PurchaseDay) -> PurchaseHistory:
        """This history with `more` on its day."""
        same = [d for d in self.days if d.day == more.day]
        joined = same[0].plus(more) if same else more
        others = [d for d in self.days if d.day != more.day]
        return PurchaseHistory(tuple(sorted([*others, joined], key=lambda d: d.day)))


def read_purchase_history(snapshot: Snapshot, keys: Collection[int], as_of: dt.date) -> PurchaseHistory:
    """The days of a unit's members `keys` up to `as_of`; an order wholly returned by then is no purchase any more."""
    return history_of(snapshot.find_rows(PURCHASE_DAY, "customer_key", keys, _READ).to_pylist(), as_of)


def history_of(rows: Iterable[Mapping[str, object]], as_of: dt.date) -> PurchaseHistory:
    """Rows of `purchase_day` added up by day as seen at `as_of`; later ones are not."""
    days: dict[dt.date, PurchaseDay] = {}
    for row in rows:
        seen = _seen(row, as_of)
        if seen.day > as_of:
            continue
        days[seen.day] = days[seen.day].plus(seen) if seen.day in days else seen
    return PurchaseHistory(tuple(days[day] for day in sorted(days)))


def _seen(row: Mapping[str, object], as_of: dt.date) -> PurchaseDay:
    day, void_on = row["day"], row["void_on"]
    assert isinstance(day, dt.date)  # noqa: S101  the key of the table
    is_void = isinstance(void_on, dt.date) and void_on <= as_of
    return PurchaseDay(
        day=day,
        orders=0 if is_void else _cents(row["orders"]),
        net=_cents(row["net"]),
        gross=0 if is_void else _cents(row["gross"]),
        returned=_cents(row["returned"]),
    )


def _cents(stored: object) -> int:
    return 0 if stored is None else int(str(stored))
