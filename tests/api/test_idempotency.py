"""The same request twice does its work once: repeated, at the same time, after a refusal, after a death in between."""

from __future__ import annotations

import datetime as dt
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from keceng.desk.audit.models import AuditRow
from keceng.desk.jobs.models import Schedule, Upload
from keceng.desk.runs.models import Appeal
from keceng.desk.tokens import once
from keceng.desk.tokens.models import KeptAnswer, Token
from keceng.desk.visits.models import Visit
from keceng.loop import Workspace
from keceng.vocabulary import KecengError
from tests.api.conftest import ActsFor, Program

VISIT = {"outcome": "interested", "content": "asked for a price"}
RHYTHM = {"kind": "review", "every": "month", "on_day": 1}


def told(answer: Any) -> Any:
    return json.loads(answer.content)


def test_a_request_repeated_under_its_key_is_answered_as_before_and_done_once(acts_for: ActsFor) -> None:
    program = acts_for("rui")
    first, again = (program.post("/customers/3/visits", VISIT, key="one") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Visit.objects.count() == 1
    assert AuditRow.objects.filter(action="contact.logged").count() == 1
    assert program.post("/customers/3/visits", VISIT).status_code == 201
    assert program.post("/customers/3/visits", VISIT, key="two").status_code == 201
    assert Visit.objects.count() == 3


def test_a_key_is_for_one_request_of_one_token(acts_for: ActsFor) -> None:
    program = acts_for("rui")
    assert program.post("/customers/3/visits", VISIT, key="one").status_code == 201
    for path, body in (("/customers/3/visits", {"outcome": "trouble"}), ("/customers/5/visits", VISIT)):
        other = program.post(path, body, key="one")
        assert (other.status_code, told(other)["code"]) == (422, "key_reused")
    assert acts_for("rui").post("/customers/3/visits", VISIT, key="one").status_code == 201
    assert Visit.objects.count() == 2
    for bad in ("", "é", "x" * 201):
        assert told(program.ask("post", "/customers/3/visits", VISIT, headers={"idempotency-key": bad}))[
            "code"
        ] == ("bad_key")


def test_a_refusal_that_wrote_nothing_is_asked_anew(acts_for: ActsFor) -> None:
    program = acts_for("rui")
    for _ in range(2):
        refused = program.post("/customers/3/appeals", {"why": " "}, key="one")
        assert (refused.status_code, told(refused)["code"]) == (422, "reason_required")
        assert "Idempotency-Replayed" not in refused
    assert not KeptAnswer.objects.exists()


def test_files_uploaded_again_under_the_key_are_kept_once(acts_for: ActsFor) -> None:
    program = acts_for("mei")

    def send(content: bytes) -> Any:
        file = SimpleUploadedFile("orders.csv", content)
        return program.ask("post", "/imports", form={"files": file}, headers={"idempotency-key": "one"})

    first, again = (send(b"customer,day,amount\nA,2026-01-02,3\n") for _ in range(2))
    assert first.status_code == 201
    assert first.content == again.content
    assert told(send(b"customer,day,amount\nB,2026-01-02,3\n"))["code"] == "key_reused"
    assert Upload.objects.count() == 1


def test_an_answer_is_kept_for_a_day(acts_for: ActsFor) -> None:
    program = acts_for("dong")
    assert program.post("/schedules", RHYTHM, key="one").status_code == 201
    KeptAnswer.objects.update(begun_at=timezone.now() - dt.timedelta(hours=24, minutes=1))
    assert program.post("/schedules", RHYTHM, key="one").status_code == 201
    assert Schedule.objects.count() == 2
    tomorrow = timezone.now() + once.KEPT
    assert (once.forget_answers(at=tomorrow - dt.timedelta(minutes=1)), KeptAnswer.objects.count()) == (0, 1)
    assert (once.forget_answers(at=tomorrow + dt.timedelta(minutes=1)), KeptAnswer.objects.count()) == (1, 0)


@pytest.mark.parametrize("path", ["/customers/3/visits", "/customers/3/appeals"])
def test_twins_at_the_same_time_have_one_effect(acts_for: ActsFor, path: str) -> None:
    program, gate = acts_for("rui"), threading.Barrier(6)
    body = VISIT if path.endswith("visits") else {"why": "it is wrong"}

    def send(_: int) -> Any:
        gate.wait()
        try:
            return program.post(path, body, key="twin")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    done = {answer.content for answer in answers if answer.status_code == 201}
    rest = {(answer.status_code, told(answer)["code"]) for answer in answers if answer.status_code != 201}
    assert len(done) == 1
    assert rest <= {(409, "in_progress")}
    assert Visit.objects.count() + Appeal.objects.count() == 1
    assert program.post(path, body, key="twin").content in done


def begun(program: Program) -> tuple[Token, KeptAnswer]:
    token = Token.objects.get(prefix=program.secret[:13])
    row = once.claim(token, "one", "f", at=timezone.now())
    assert isinstance(row, KeptAnswer)
    return token, row


def later() -> dt.datetime:
    return timezone.now() + once.LEASE + dt.timedelta(seconds=1)


def code_of(token: Token, at: dt.datetime) -> str:
    with pytest.raises(KecengError) as error:
        once.claim(token, "one", "f", at=at)
    return error.value.problems[0].code


def test_whoever_dies_before_writing_leaves_a_request_that_is_done_again(acts_for: ActsFor) -> None:
    token, row = begun(acts_for("dong"))
    assert code_of(token, timezone.now()) == "in_progress"
    again = once.claim(token, "one", "f", at=later())
    assert isinstance(again, KeptAnswer)
    # Whoever was only slow can write nothing any more.
    with pytest.raises(KecengError), once.marking(row):
        Token.objects.filter(pk=token.pk).update(name="too late")
    with once.marking(again):
        Token.objects.filter(pk=token.pk).update(name="in time")
    token.refresh_from_db()
    assert token.name == "in time"


def test_whoever_dies_after_writing_leaves_a_request_that_nobody_does_again(acts_for: ActsFor) -> None:
    token, row = begun(acts_for("dong"))
    with once.marking(row):
        Token.objects.filter(pk=token.pk).update(name="written")
    assert code_of(token, later()) == "answer_lost"


def test_what_is_undone_leaves_no_mark(acts_for: ActsFor, served: Workspace) -> None:
    token, row = begun(acts_for("dong"))
    with once.marking(row):
        with transaction.atomic():
            Token.objects.filter(pk=token.pk).update(name="undone")
            transaction.set_rollback(True)
        row.refresh_from_db()
        assert not row.has_effect
        with transaction.atomic():
            Token.objects.filter(pk=token.pk).update(name="done")
        row.refresh_from_db()
        assert row.has_effect
