"""One customer of a run, on whom changes are tried out while everybody else stays as the run found them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from keceng.classify.judgement import Judge, Verdict
from keceng.classify.ways_history import PurchaseDay, PurchaseHistory
from keceng.classify.ways_measures import Norms, remeasure
from keceng.classify.ways_profit import earn
from keceng.measure import Measure, catalogue
from keceng.standard import Row, Standard, Stored
from keceng.vocabulary import Direction, Kind

OVERDUE = ("overdue_amount", "overdue_over_30_amount", "overdue_over_90_amount", "max_overdue_days")


@dataclass(frozen=True, slots=True)
class Change:
    """What is tried out, all of it on one day.

    Attributes:
        orders: whole orders more, each of `order_value`; below 0 never.
        order_value: the customer's own average order value, in cents.
        money: sales more (or, below 0, fewer) without a further order, in cents.
        clears_overdue: everything overdue is paid.
        makes_contact: somebody of ours is in touch with the customer.
        meets_decider: the decider becomes known.
    """

    orders: int = 0
    order_value: int = 0
    money: int = 0
    clears_overdue: bool = False
    makes_contact: bool = False
    meets_decider: bool = False

    @property
    def purchase(self) -> int:
        """The sales it adds, in cents."""
        return self.orders * self.order_value + self.money

    def has_less_of(self, other: Change) -> bool:
        """Whether it asks for no more than `other` in every respect."""
        flags = ("clears_overdue", "makes_contact", "meets_decider")
        fewer = all(getattr(self, flag) <= getattr(other, flag) for flag in flags)
        return fewer and self.orders <= other.orders and self.money <= other.money


@dataclass(frozen=True, slots=True)
class Moved:
    """A measure that a change moves: stored values before and after."""

    measure: Measure
    before: Stored
    after: Stored


NOTHING = Change()


@dataclass(frozen=True)
class Case:
    """A customer's stored row with what is needed to judge it anew.

    Attributes:
        judge: of the run.
        row: as the run stored it.
        history: its purchase days as the run saw them.
        norms: what it was compared with.
        run_day: the date of the run.
    """

    judge: Judge
    row: Row
    history: PurchaseHistory
    norms: Norms
    run_day: dt.date
    _tried: dict[tuple[Change, dt.date], Verdict] = field(default_factory=dict, compare=False, repr=False)

    @property
    def standard(self) -> Standard:
        """The ruler of the run."""
        return self.judge.standard

    @cached_property
    def verdict(self) -> Verdict:
        """The run's own verdict: the grade by the rules."""
        return self.judge.judge(self.row)

    def after(self, change: Change, day: dt.date | None = None) -> Verdict:
        """The verdict on `day` (the day of the run) when `change` is made on that day and nothing else happens."""
        key = (change, day or self.run_day)
        if key not in self._tried:
            self._tried[key] = self.judge.judge(self._changed_row(*key), self.verdict)
        return self._tried[key]

    def is_better(self, verdict: Verdict) -> bool:
        """Whether a class that the ladder writes above the run's own is reached."""
        return verdict.grade is not None and self._place(verdict) < self._place(self.verdict)

    def is_worse(self, verdict: Verdict) -> bool:
        """Whether the run's own class is lost: to one written below it, or to no class at all."""
        return verdict.grade is None or self._place(verdict) > self._place(self.verdict)

    def moved_by(self, change: Change) -> tuple[Moved, ...]:
        """The actionable measures that `change`, made on the day of the run, moves."""
        after = self._changed_row(change, self.run_day)
        return tuple(
            Moved(measure, self.row.get(name), after[name])
            for name, measure in _actionable().items()
            if name in after and after[name] != self.row.get(name)
        )

    @cached_property
    def order_value(self) -> int | None:
        """Its own average order value in cents, of the window or else of all time; None before a first order."""
        for name in ("average_order_value", "lifetime_average_order_value"):
            stored = self.row.get(name)
            if self.history.days and stored is not None and int(str(stored)) > 0:
                return int(str(stored))
        return None

    @property
    def most_money(self) -> int:
        """Sales may at most double (MEANINGS 30); in cents."""
        return max(self._number("spend"), 0)

    @property
    def most_orders(self) -> int:
        """Orders, sales and purchase days may at most double (MEANINGS 30)."""
        if not self.order_value or self._number("purchase_days") < 1:
            return 0
        return max(min(self._number("order_count"), self.most_money // self.order_value), 0)

    def reads(self, change: Change) -> bool:
        """Whether `change` moves anything that the ruler reads."""
        after = self._changed_row(change, self.run_day)
        read = {name for m in self.standard.inputs for name in (m.name, *(m.exact or ()))}
        return any(after.get(name) != self.row.get(name) for name in read)

    def _number(self, name: str) -> int:
        stored = self.row.get(name)
        return 0 if stored is None else int(str(stored))

    def _place(self, verdict: Verdict) -> int:
        ids = self.standard.grade.class_ids
        return len(ids) if verdict.grade is None else ids.index(verdict.grade)

    def _changed_row(self, change: Change, day: dt.date) -> dict[str, Stored]:
        row, history = dict(self.row), self.history
        if change.purchase:
            earn(row, change.orders, change.purchase)
        if change.purchase and history.days:
            bought = change.orders * change.order_value
            history = history.plus(PurchaseDay(day, change.orders, change.purchase, bought))
        elif change.money:
            _add_sales(row, change.money)
        if not change.purchase and day == self.run_day:
            found = row
        else:
            found = remeasure(row, history, self.norms, run_day=self.run_day, day=day)
        if change.clears_overdue:
            _clear(found)
        for made, name in (
            (change.makes_contact, "procurement_recent_24m"),
            (change.meets_decider, "decider_known"),
        ):
            if made and found.get(name) is not None:
                found[name] = True
        return found


def _add_sales(found: dict[str, Stored], money: int) -> None:
    # Only totals are known of this customer, no days.
    for name in ("spend", "lifetime_spend"):
        stored = found.get(name)
        if stored is not None:
            found[name] = int(str(stored)) + money


def _clear(found: dict[str, Stored]) -> None:
    owed, overdue = found.get("receivable_amount"), found.get("overdue_amount")
    if owed is not None and overdue is not None:
        found["receivable_amount"] = int(str(owed)) - int(str(overdue))
    for name in OVERDUE:
        if found.get(name) is not None:
            found[name] = 0


def _actionable() -> Mapping[str, Measure]:
    return {name: measure for name, measure in catalogue().items() if measure.actionable}


def double_exceeded(moved: Moved) -> bool:
    """Whether a measure of which more is better goes above twice its value of today."""
    if moved.measure.direction is not Direction.HIGHER or moved.measure.kind is Kind.FLAG:
        return False
    before = 0 if moved.before is None else int(str(moved.before))
    return int(str(moved.after)) > 2 * max(before, 0)
