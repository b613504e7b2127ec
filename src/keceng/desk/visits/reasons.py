"""Why a customer is on somebody's list today: one sentence with its numbers, or nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from keceng.desk.directory.models import Edition, Entry
from keceng.desk.directory.tiers import read_tiers
from keceng.desk.visits.models import Postponement, Visit
from keceng.desk.visits.words import Outcome
from keceng.vocabulary import Text

SILENT_FROM = 20_000
"""Ten-thousandths: from twice the usual gap on, somebody is silent."""
QUIET_DAYS = 14
"""So many days after a contact nobody is reminded of a customer's silence again."""


class Pile(StrEnum):
    """Why, in a word."""

    PROMISED = "promised"
    FELL = "fell"
    SILENT = "silent"
    OVERDUE = "overdue"
    ROSE = "rose"

    @property
    def wording(self) -> Text:
        """As on a line."""
        return _PILES[self]


_PILES = {
    Pile.PROMISED: Text("今天到期", "due today"),
    Pile.FELL: Text("等级下降", "went down"),
    Pile.SILENT: Text("久未购买", "silent"),
    Pile.OVERDUE: Text("超期未联系", "contact overdue"),
    Pile.ROSE: Text("等级上升", "went up"),
}


@dataclass(frozen=True, slots=True)
class Why:
    """The pile and the sentence."""

    pile: Pile
    told: Text


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a customer as the day begins.

    Attributes:
        rhythm_days: days between two contacts by the strategy of the class; None where none is planned.
        last_contact_on: before today.
        promise: the last contact that somebody logged before today.
        delay: the last day put off, said before today.
    """

    today: dt.date
    edition: Edition
    rhythm_days: int | None
    last_contact_on: dt.date | None
    promise: Visit | None
    delay: Postponement | None

    @property
    def silent_days(self) -> int | None:
        """Days since the last contact."""
        return None if self.last_contact_on is None else (self.today - self.last_contact_on).days


def say_why(entry: Entry, known: Known) -> Why | None:
    """Why the customer needs somebody today; None when it does not."""
    planned = planned_on(known)
    if planned is not None:
        return _promise(known, planned) if planned <= known.today else None
    for told in (_fall, _silence, _overdue, _rise):
        if (why := told(entry, known)) is not None:
            return why
    return None


def planned_on(known: Known) -> dt.date | None:
    """The day of the next contact that somebody set and that nobody has met since; None when there is none."""
    visit, delay = known.promise, known.delay
    contact = known.last_contact_on
    if delay is not None and visit is not None and visit.logged_at > delay.made_at:
        delay = None
    if delay is not None and (contact is None or contact <= delay.made_on):
        return delay.until
    if visit is not None and visit.next_on and (contact is None or contact <= visit.happened_on):
        return visit.next_on
    return None


def _promise(known: Known, planned: dt.date) -> Why:
    visit = known.promise
    after = Text("", "")
    if visit is not None:
        came = Outcome(visit.outcome).wording
        after = Text(f"；上次 {visit.happened_on} {came.zh}", f"; last time, {visit.happened_on}: {came.en}")
    return Why(
        Pile.PROMISED, Text(f"约定 {planned} 再联系{after.zh}", f"to be called on {planned}{after.en}")
    )


def _fall(entry: Entry, known: Known) -> Why | None:
    return _move(entry, known, Pile.FELL)


def _rise(entry: Entry, known: Known) -> Why | None:
    return _move(entry, known, Pile.ROSE)


def _move(entry: Entry, known: Known, pile: Pile) -> Why | None:
    before, after = entry.earlier_grade, entry.grade
    tiers = read_tiers(known.edition)
    classes = list(tiers)
    if before == after or before not in classes or after not in classes or _was_met(known):
        return None
    if (classes.index(after) > classes.index(before)) != (pile is Pile.FELL):
        return None
    verb = Text("降", "fell") if pile is Pile.FELL else Text("升", "rose")
    told = Text("本期由 {before} {verb}到 {after}，{tail}", "{verb} from {before} to {after}, {tail}")
    labels = {"before": tiers[before].label, "after": tiers[after].label}
    return Why(pile, told.fill(verb=verb, tail=_contact_tail(known), **labels))


def _was_met(known: Known) -> bool:
    """Whether somebody was in touch since the class is known."""
    written = known.edition.written_at.date()
    return known.last_contact_on is not None and known.last_contact_on >= written


def _silence(entry: Entry, known: Known) -> Why | None:
    day = known.edition.as_of
    is_silent = entry.state == "at_risk" or (entry.gap_ratio or 0) >= SILENT_FROM
    days = entry.days_since_last_purchase
    if not is_silent or days is None:
        return None
    if known.silent_days is not None and known.silent_days < QUIET_DAYS:
        return None
    if entry.gap_ratio is None:
        return Why(
            Pile.SILENT,
            Text(
                f"预警：截至 {day} 已 {days} 天没有购买", f"at risk: by {day}, nothing bought for {days} days"
            ),
        )
    gaps = f"{entry.gap_ratio / 10_000:.1f}"
    return Why(
        Pile.SILENT,
        Text(
            f"截至 {day} 已 {days} 天没有购买，是平常间隔的 {gaps} 倍",
            f"by {day}, nothing bought for {days} days, {gaps} times the usual gap",
        ),
    )


def _overdue(entry: Entry, known: Known) -> Why | None:
    rhythm, days = known.rhythm_days, known.silent_days
    if rhythm is None or (days is not None and days <= rhythm):
        return None
    tier = read_tiers(known.edition).get(entry.grade)
    told = Text("{grade}每 {days} 天联系一次，{tail}", "{grade} is called every {days} days; {tail}")
    is_word = tier is not None and tier.label == tier.title
    grade = tier.title if tier and is_word else Text(f"{entry.grade} 类", f"class {entry.grade}")
    return Why(Pile.OVERDUE, told.fill(grade=grade, days=rhythm, tail=_contact_tail(known)))


def _contact_tail(known: Known) -> Text:
    if known.silent_days is None:
        return Text("还没有联系记录", "no contact on record")
    return Text(f"已 {known.silent_days} 天未联系", f"{known.silent_days} days without contact")
