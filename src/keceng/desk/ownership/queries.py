"""What was handed over: one's own hand-overs, and the owners a customer has had."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from keceng.desk.jobs.models import Job
from keceng.desk.ownership.large import find_job
from keceng.desk.ownership.models import HandOver, HandOverLine
from keceng.desk.ownership.states import HandOverState
from keceng.desk.people.models import User

MOST_LISTED = 30


@dataclass(frozen=True, slots=True)
class Told:
    """A hand-over as its page lists it.

    Attributes:
        job: where it was one and did not end well or is under way; else None.
        can_undo: whether it may be taken back today.
    """

    row: HandOver
    job: Job | None
    can_undo: bool


@dataclass(frozen=True, slots=True)
class OwnerStep:
    """A customer came from one owner to another, and perhaps back."""

    row: HandOver
    from_owner: str
    is_undone: bool


def list_hand_overs(user: User, today: dt.date) -> Sequence[Told]:
    """The newest hand-overs that `user` made, first."""
    rows = HandOver.objects.filter(by=user).order_by("-id")[:MOST_LISTED]
    return [_tell(row, today) for row in rows]


def list_owner_steps(customer_key: int) -> Sequence[OwnerStep]:
    """The hand-overs of a customer, the latest first; for somebody who may see the customer."""
    lines = HandOverLine.objects.filter(customer_key=customer_key).select_related("hand_over__by")
    lines = lines.exclude(hand_over__state=HandOverState.ASKED.value).order_by("-id")
    return [OwnerStep(line.hand_over, line.from_owner, line.is_undone) for line in lines]


def _tell(row: HandOver, today: dt.date) -> Told:
    job = find_job(row) if row.stands is HandOverState.ASKED else None
    return Told(row, job, row.stands is HandOverState.DONE and row.day == today)
