"""Post a decision with the change it belongs to; deliver what waits; replay what may not have arrived.

The order is: one database transaction holds the change and its outbox row → the lake commits → the row is done. A process
may die between any two of these: what waits is delivered again, and the lake ignores a decision it has.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import connection
from django.db.models import F

from keceng.classify import Decision, record_decisions
from keceng.desk.outbox.models import OutboxRow
from keceng.desk.outbox.storage import from_json, to_json
from keceng.lake import Lake
from keceng.vocabulary import KecengError, Language, Problem

_LANGUAGES: tuple[Language, ...] = ("zh", "en")


def new_decision_id() -> str:
    """An idempotency key that no other decision has."""
    return uuid.uuid4().hex


def post(decision: Decision, *, at: dt.datetime) -> None:
    """Put `decision` on its way. Only within the transaction of the change that it belongs to.

    Raises:
        RuntimeError: no transaction is open, so that the change and its decision could part.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an outbox row is posted in the transaction of its change")
    OutboxRow.objects.create(decision_id=decision.decision_id, decision=to_json(decision), posted_at=at)


def deliver_waiting(lake: Lake, *, at: dt.datetime) -> int:
    """Write every waiting decision to the lake; how many arrived.

    Raises:
        KecengError: what the lake says of those that it refuses; they wait on, the others have arrived.
        RuntimeError: a transaction is open, so that the lake could have what the desk then forgets.
    """
    if connection.in_atomic_block:
        raise RuntimeError("decisions are delivered after the transaction that made them")
    waiting = list(OutboxRow.objects.filter(done_at=None).order_by("id"))
    if not waiting:
        return 0
    try:
        return _deliver(lake, waiting, at)
    except KecengError:
        return _deliver_singly(lake, waiting, at)


def _deliver(lake: Lake, rows: Sequence[OutboxRow], at: dt.datetime) -> int:
    decisions = [from_json(row.decision) for row in rows]
    record_decisions(lake, decisions, author=decisions[-1].decided_by)
    OutboxRow.objects.filter(pk__in=[row.pk for row in rows]).update(done_at=at)
    return len(rows)


def _deliver_singly(lake: Lake, rows: Sequence[OutboxRow], at: dt.datetime) -> int:
    # One that the lake refuses must not hold up the others.
    delivered, problems = 0, list[Problem]()
    for row in rows:
        try:
            delivered += _deliver(lake, [row], at)
        except KecengError as error:
            problems += error.problems
            _note_refusal(row, error)
    if problems:
        raise KecengError(problems)
    return delivered


def _note_refusal(row: OutboxRow, error: KecengError) -> None:
    said = {language: "\n".join(p.describe(language) for p in error.problems) for language in _LANGUAGES}
    OutboxRow.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1, last_problem=said)
