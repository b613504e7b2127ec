"""Log a contact, put a customer off, bring what was logged to the lake.

The order is that of decisions: one transaction holds the visit, its audit row and the last contact in the directory → the
lake commits → the visit is marked delivered, and its text is kept by the lake alone. Whatever waits is delivered again.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.db import connection, transaction

from keceng.collect import Interaction, record_interactions
from keceng.desk.audit.actions import record
from keceng.desk.directory.actions import note_contact
from keceng.desk.directory.models import Entry
from keceng.desk.directory.scope import find_entry
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.desk.visits.models import Postponement, Visit
from keceng.desk.visits.words import Channel, Outcome
from keceng.lake import Lake
from keceng.vocabulary import KecengError, Problem, Text

LONGEST_TEXT = 500
FARTHEST_NEXT_DAYS = 366
LONGEST_DELAY_DAYS = 90
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class VisitLog:
    """What somebody says of a contact.

    Attributes:
        visit_id: 32 hexadecimal digits; saying the same twice logs one contact.
        customer_key: with whom.
        channel, outcome: the words of `Channel` and `Outcome`.
        content: at most 500 characters.
        next_on: when to be in touch again; None to follow the rhythm.
    """

    visit_id: str
    customer_key: int
    outcome: str
    channel: str = Channel.VISIT.value
    content: str = ""
    next_on: dt.date | None = None


def log_visit(said: VisitLog, *, signed: Signature, today: dt.date) -> Visit:
    """Log a contact of today; lists know of it at once, the lake by `deliver_visits`.

    Raises:
        KecengError: everything that is wrong with it, or `signed.by` may not, or there is no such customer for them.
    """
    entry = _require_entry(said.customer_key, signed)
    if problems := _faults(said, today):
        raise KecengError(problems)
    with transaction.atomic():
        visit, is_new = Visit.objects.get_or_create(
            visit_id=said.visit_id,
            defaults={
                "customer_key": said.customer_key,
                "by": signed.by,
                "happened_on": today,
                "logged_at": signed.at,
                "channel": said.channel,
                "outcome": said.outcome,
                "content": said.content.strip(),
                "next_on": said.next_on,
                "earlier_contact_on": entry.last_contact_on,
            },
        )
        if is_new:
            note_contact(said.customer_key, today)
            new = {"outcome": said.outcome, "channel": said.channel, "next_on": _day(said.next_on)}
            record("contact.logged", signed, about="customer", about_id=said.customer_key, new=new)
    return visit


def postpone(customer_key: int, until: dt.date, *, signed: Signature, today: dt.date) -> Postponement:
    """Put a customer off to a later day.

    Raises:
        KecengError: the day is not within the next 90, or `signed.by` may not, or there is no such customer for them.
    """
    _require_entry(customer_key, signed)
    if not today < until <= today + dt.timedelta(days=LONGEST_DELAY_DAYS):
        raise KecengError.of(
            "bad_delay",
            f"请推迟到明天起 {LONGEST_DELAY_DAYS} 天内的一天",
            f"put it off to one of the next {LONGEST_DELAY_DAYS} days",
        )
    with transaction.atomic():
        row = Postponement.objects.create(
            customer_key=customer_key, by=signed.by, made_on=today, made_at=signed.at, until=until
        )
        record(
            "contact.postponed",
            signed,
            about="customer",
            about_id=customer_key,
            new={"until": until.isoformat()},
        )
    return row


def deliver_visits(lake: Lake, *, at: dt.datetime) -> int:
    """Write every logged contact that waits to the lake; how many arrived. Harmless at any time.

    Raises:
        KecengError: another task is writing to the lake; what waits waits on.
        RuntimeError: a transaction is open, so that the lake could have what the desk then forgets.
    """
    if connection.in_atomic_block:
        raise RuntimeError("visits are delivered after the transaction that made them")
    waiting = list(Visit.objects.filter(delivered_at=None).select_related("by").order_by("id"))
    if waiting:
        told = [_interaction(visit) for visit in waiting]
        record_interactions(lake, told, author=waiting[-1].by.username)
        Visit.objects.filter(pk__in=[visit.pk for visit in waiting]).update(delivered_at=at, content="")
    return len(waiting)


def _require_entry(customer_key: int, signed: Signature) -> Entry:
    require_duty(signed.by, Duty.LOG_CONTACTS)
    entry = find_entry(signed.by, customer_key)
    if entry is None:
        raise KecengError.of("unknown_customer", "没有这个客户", "there is no such customer")
    return entry


def _faults(said: VisitLog, today: dt.date) -> list[Problem]:
    last = today + dt.timedelta(days=FARTHEST_NEXT_DAYS)
    checks = (
        (_KEY.fullmatch(said.visit_id), "bad_key", Text("表单已失效，请重新打开", "the form is stale; open it again")),
        (said.outcome in set(Outcome), "no_outcome", Text("请选一个结果", "choose what came of it")),
        (said.channel in set(Channel), "no_channel", Text("请选联系方式", "choose how you were in touch")),
        (
            len(said.content.strip()) <= LONGEST_TEXT,
            "long_text",
            Text(f"记录最多 {LONGEST_TEXT} 字", f"at most {LONGEST_TEXT} characters"),
        ),
        (
            said.next_on is None or today < said.next_on <= last,
            "bad_next",
            Text("下次日期须在今天之后、一年以内", "the next date lies after today and within a year"),
        ),
    )  # fmt: skip
    return [Problem(code, told) for holds, code, told in checks if not holds]


def _interaction(visit: Visit) -> Interaction:
    return Interaction(
        interaction_id=visit.visit_id,
        customer_key=visit.customer_key,
        happened_on=visit.happened_on,
        channel=visit.channel,
        staff=visit.by.username,
        outcome=visit.outcome,
        space=Channel(visit.channel).space,
        content=visit.content,
    )


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
