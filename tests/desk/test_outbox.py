"""Decisions arrive in the lake once, whatever dies in between."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from keceng.classify import Decision, DecisionKind, read_decisions
from keceng.desk.opening import repair_desk
from keceng.desk.outbox.actions import deliver_waiting, new_decision_id, post
from keceng.desk.outbox.models import OutboxRow
from keceng.desk.outbox.queries import count_waiting
from keceng.desk.outbox.storage import from_json, to_json
from keceng.vocabulary import KecengError
from tests.desk.cast import NOW, Desk
from tests.desk.test_life_of_a_standard import approved

DAYS = st.dates(min_value=dt.date(2000, 1, 1), max_value=dt.date(2100, 1, 1))


def publication(reason: str = "发布") -> Decision:
    return Decision(
        new_decision_id(), DecisionKind.PUBLICATION, reason, "mei", NOW.replace(tzinfo=None), NOW.date()
    )


@given(
    st.builds(
        Decision,
        decision_id=st.text(min_size=1, max_size=64),
        kind=st.sampled_from(DecisionKind),
        reason=st.text(),
        decided_by=st.text(),
        decided_at=st.datetimes(),
        effective_on=DAYS,
        customer_key=st.none() | st.integers(),
        class_id=st.none() | st.text(),
        expires_on=st.none() | DAYS,
        payload=st.dictionaries(st.text(), st.integers() | st.text() | st.none()),
    )
)
def test_a_decision_comes_back_from_json_as_it_went(decision: Decision) -> None:
    assert from_json(to_json(decision)) == decision


def test_a_crash_between_the_commit_and_the_lake_loses_nothing(desk: Desk) -> None:
    row = approved(desk)
    program = f"""
import datetime as dt, os, signal
from pathlib import Path
os.environ.pop("KECENG_WORKSPACE", None)
from keceng.desk.opening import open_desk
workspace = open_desk(Path({str(desk.workspace.directory)!r}))
from keceng.desk.people.queries import find_user
from keceng.desk.signature import Signature
from keceng.desk.standards import actions
actions.deliver_waiting = lambda lake, at: os.kill(os.getpid(), signal.SIGKILL)
signed = Signature(find_user("dong"), dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC), "发布")
actions.publish({row.pk}, effective_from=dt.date(2026, 3, 2), signed=signed, lake=workspace.lake)
"""
    died = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    row.refresh_from_db()
    assert (row.status, count_waiting()) == ("in_force", 1)
    assert not read_decisions(desk.lake.snapshot())
    assert repair_desk(desk.workspace, at=NOW) == 1
    assert repair_desk(desk.workspace, at=NOW) == 0
    arrived = read_decisions(desk.lake.snapshot())
    assert [d.decision_id for d in arrived] == [row.publication_id]


def test_a_crash_after_the_lake_repeats_nothing(desk: Desk) -> None:
    with transaction.atomic():
        post(publication(), at=NOW)
    deliver_waiting(desk.lake, at=NOW)
    version = desk.lake.snapshot().snapshot_id
    OutboxRow.objects.update(done_at=None)  # the process died before it could write this down
    assert repair_desk(desk.workspace, at=NOW) == 1
    assert len(read_decisions(desk.lake.snapshot())) == 1
    assert desk.lake.snapshot().snapshot_id == version
    assert count_waiting() == 0


def test_a_change_that_is_rolled_back_tells_the_lake_nothing(desk: Desk) -> None:
    with transaction.atomic():
        post(publication(), at=NOW)
        transaction.set_rollback(True)
    assert deliver_waiting(desk.lake, at=NOW) == 0


def test_posting_and_delivering_stay_on_their_sides_of_the_transaction(desk: Desk) -> None:
    with pytest.raises(RuntimeError):
        post(publication(), at=NOW)
    with transaction.atomic(), pytest.raises(RuntimeError):
        deliver_waiting(desk.lake, at=NOW)


def test_what_the_lake_refuses_waits_and_does_not_hold_up_the_others(desk: Desk) -> None:
    with transaction.atomic():
        post(publication(), at=NOW)
        post(publication(reason=" "), at=NOW)
        post(publication(), at=NOW)
    with pytest.raises(KecengError) as error:
        deliver_waiting(desk.lake, at=NOW)
    assert [p.code for p in error.value.problems] == ["decision_without_reason"]
    assert len(read_decisions(desk.lake.snapshot())) == 2
    waiting = OutboxRow.objects.get(done_at=None)
    assert waiting.attempts == 1
    assert "理由" in waiting.last_problem["zh"]
    assert "reason" in waiting.last_problem["en"]
