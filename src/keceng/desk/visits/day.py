"""今天: at most fifteen of the customers one looks after, the same ones all day, what was done with them, and why each is there.

The list is that of the morning: what somebody logs or puts off today marks a line as done and brings no other up, so the
day ends. It depends on the books, on what was logged before today, and on the date; equal money is ordered by key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from keceng.desk.directory.models import Edition, Entry
from keceng.desk.directory.scope import current_edition
from keceng.desk.directory.tiers import read_standard_of
from keceng.desk.people.models import User
from keceng.desk.visits.actions import FARTHEST_NEXT_DAYS
from keceng.desk.visits.cells import has_cells, looked_after
from keceng.desk.visits.models import Postponement, Visit
from keceng.desk.visits.reasons import Known, Pile, Why, planned_on, say_why

_Rhythms = Mapping[tuple[str, str | None], int | None]

MOST = 15


@dataclass(frozen=True, slots=True)
class DayItem:
    """One line of the day.

    Attributes:
        why: the pile it comes from, and the sentence.
        stake: cents: the loss to expect, or where nobody computed one the sales of the window.
        visit: what was logged today, if anything.
        delay: to when it was put off today, if it was.
    """

    entry: Entry
    why: Why
    stake: int
    visit: Visit | None = None
    delay: Postponement | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing has to be done about it today any more."""
        return self.visit is not None or self.delay is not None


@dataclass(frozen=True, slots=True)
class Day:
    """The day of one user; every line in it is a customer they look after.

    Attributes:
        owner_names: by which names the books know the user.
        items: at most fifteen: promises first, then by money at stake.
        own: customers they look after.
        has_cells: whether a strategy names a role of theirs, so that there may be some without owner names.
    """

    today: dt.date
    edition: Edition | None
    owner_names: Sequence[str]
    items: Sequence[DayItem]
    own: int
    has_cells: bool = False

    @property
    def open_items(self) -> Sequence[DayItem]:
        """What is left."""
        return [item for item in self.items if not item.is_done]

    @property
    def done_items(self) -> Sequence[DayItem]:
        """What was done today."""
        return [item for item in self.items if item.is_done]


@dataclass(slots=True)
class _Past:
    """What the desk knows of customers: before today, and of today."""

    last: dict[int, Visit] = field(default_factory=dict)
    today: dict[int, Visit] = field(default_factory=dict)
    morning_contact: dict[int, dt.date | None] = field(default_factory=dict)
    delayed: dict[int, Postponement] = field(default_factory=dict)
    delayed_today: dict[int, Postponement] = field(default_factory=dict)


def read_day(user: User, today: dt.date) -> Day:
    """The day of `user`; without a run, or without a name in the books, it is empty."""
    edition = current_edition()
    names = sorted(user.owner_names.values_list("owner", flat=True))
    standard = read_standard_of(edition) if edition else None
    if edition is None or standard is None or not (names or has_cells(user, standard)):
        return Day(today, edition, names, [], 0)
    own = looked_after(user, standard, names)
    past = _read_past(own, today)
    # A day is fifteen lines, so only that many of the dearest are looked at, however many somebody owns.
    promised = [
        item
        for item in _items(_promised(own, past, today), edition, past, today)
        if item.why.pile is Pile.PROMISED
    ]
    promised.sort(key=lambda item: (-item.stake, item.entry.customer_key))
    taken = {item.entry.customer_key for item in promised}
    others = (
        item for item in _items(_dearest(own), edition, past, today) if item.entry.customer_key not in taken
    )
    items = [*promised[:MOST], *islice(others, max(0, MOST - len(promised)))]
    return Day(today, edition, names, items, own.count(), has_cells(user, standard))


@dataclass(frozen=True, slots=True)
class Plan:
    """When somebody is to be in touch with a customer next.

    Attributes:
        on: the day; None where no rhythm belongs to the class and nobody has set one.
        is_agreed: whether a person set the day, or the rhythm of the class does.
    """

    on: dt.date | None
    is_agreed: bool


def read_plan(entry: Entry, today: dt.date) -> Plan:
    """The next contact with one customer, what was logged today included."""
    past = _read_past(Entry.objects.filter(pk=entry.pk), today + dt.timedelta(days=1))
    known = _known(entry, entry.edition, past, today, _rhythms(entry.edition))
    agreed = planned_on(known)
    if agreed is not None or known.rhythm_days is None:
        return Plan(agreed, is_agreed=agreed is not None)
    since = known.last_contact_on
    return Plan(today if since is None else since + dt.timedelta(days=known.rhythm_days), is_agreed=False)


def _dearest(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    staked = entries.annotate(stake=Coalesce(F("expected_loss"), F("spend"), 0))
    return staked.order_by("-stake", "customer_key")


def _promised(own: QuerySet[Entry], past: _Past, today: dt.date) -> QuerySet[Entry]:
    keys = [key for key, visit in past.last.items() if visit.next_on and visit.next_on <= today]
    keys += [key for key, delay in past.delayed.items() if delay.until <= today]
    return _dearest(own.filter(customer_key__in=keys))


def _items(entries: QuerySet[Entry], edition: Edition, past: _Past, today: dt.date) -> Iterable[DayItem]:
    rhythms = _rhythms(edition)
    for entry in entries.iterator(chunk_size=500):
        key = entry.customer_key
        why = say_why(entry, _known(entry, edition, past, today, rhythms))
        if why is not None:
            stake = entry.spend if entry.expected_loss is None else entry.expected_loss
            yield DayItem(entry, why, stake or 0, past.today.get(key), past.delayed_today.get(key))


def _known(entry: Entry, edition: Edition, past: _Past, today: dt.date, rhythms: _Rhythms) -> Known:
    return Known(
        today=today,
        edition=edition,
        rhythm_days=rhythms.get((entry.grade, entry.state), rhythms.get((entry.grade, None))),
        last_contact_on=_morning_contact(entry, past),
        promise=past.last.get(entry.customer_key),
        delay=past.delayed.get(entry.customer_key),
    )


def _rhythms(edition: Edition) -> _Rhythms:
    return {(s.grade, s.state): s.rhythm_days for s in read_standard_of(edition).strategy}


def _morning_contact(entry: Entry, past: _Past) -> dt.date | None:
    key = entry.customer_key
    if key in past.morning_contact:
        return past.morning_contact[key]
    # A new run's directory may have been read before a visit reached the lake.
    known = [entry.last_contact_on, past.last[key].happened_on if key in past.last else None]
    return max((day for day in known if day), default=None)


def _read_past(own: QuerySet[Entry], today: dt.date) -> _Past:
    past = _Past()
    keys, since = own.values("customer_key"), today - dt.timedelta(days=FARTHEST_NEXT_DAYS)
    for visit in Visit.objects.filter(customer_key__in=keys, happened_on__gte=since).order_by("id"):
        key = visit.customer_key
        if visit.happened_on < today:
            past.last[key] = visit
        elif key not in past.today:
            past.today[key] = visit
            past.morning_contact[key] = visit.earlier_contact_on
    for delay in Postponement.objects.filter(customer_key__in=keys, until__gte=since).order_by("id"):
        held = past.delayed if delay.made_on < today else past.delayed_today
        held[delay.customer_key] = delay
    return past
