"""A job's way: enqueued, taken with a lease, kept by beats, then finished, failed, put off or cancelled.

Whoever took a job holds its number of attempts as a token. A lease that ran out lets another take it with the next
number, and from then on the first one's words are refused: a job ends once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from django.db import transaction

from keceng.desk.audit.actions import record
from keceng.desk.jobs.models import Job, Schedule
from keceng.desk.jobs.states import JobKind, JobState, Lane
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import require_duty
from keceng.desk.runs.actions import CANCELLED, drop_request
from keceng.desk.signature import Signature
from keceng.desk.turns import take_turn
from keceng.vocabulary import KecengError, Problem, Text

LEASE = dt.timedelta(seconds=20)
"""How long a worker may be silent before its job is another's."""
MOST_FAILURES = 3
_OPEN = (JobState.QUEUED.value, JobState.RUNNING.value)
_FIRST_PAUSE = dt.timedelta(seconds=5)

DIED = Problem(
    "job_died",
    Text("任务多次中途中断，没有留下任何结果", "the task was interrupted several times; it left no result"),
    Text("请重试；再次中断请告诉管理员", "try again; if it happens again, tell your administrator"),
)


def enqueue(
    kind: JobKind,
    arguments: Mapping[str, object],
    *,
    by: User,
    at: dt.datetime,
    schedule: Schedule | None = None,
) -> Job:
    """A job that waits for a worker. Whether `by` may ask for it is decided by what enqueues it."""
    return Job.objects.create(
        kind=kind.value,
        arguments=dict(arguments),
        state=JobState.QUEUED.value,
        asked_by=by,
        asked_at=at,
        not_before=at,
        schedule=schedule,
    )


def take(owner: str, *, at: dt.datetime, lanes: Collection[Lane] = tuple(Lane)) -> Job | None:
    """The first job that waits, or whose lease ran out, in a lane in which nothing is under way; None where there is none."""
    with transaction.atomic():
        # Whether a lane is free is one question for all workers.
        take_turn("jobs")
        rows = list(Job.objects.filter(state__in=_OPEN).order_by("id"))
        lapsed = [row for row in rows if _is_lapsed(row, at)]
        busy = {
            JobKind(row.kind).lane for row in rows if row.stands is JobState.RUNNING and row not in lapsed
        }
        waiting = [row for row in rows if row.stands is JobState.QUEUED and row.not_before <= at]
        for row in [*lapsed, *waiting]:
            lane = JobKind(row.kind).lane
            if lane in lanes and lane not in busy and (taken := _hand_over(row, owner, at)) is not None:
                return taken
    return None


def beat(
    job_id: int, token: int, *, at: dt.datetime, share: int | None = None, doing: Text | None = None
) -> bool:
    """Keep the lease and say how far it is (thousandths); whether its end is wanted.

    Raises:
        KecengError: the job is another's by now.
    """
    changed: dict[str, object] = {"lease_until": at + LEASE}
    if share is not None:
        changed["share"] = share
    if doing is not None:
        changed |= {"doing_zh": doing.zh[:200], "doing_en": doing.en[:200]}
    _change(job_id, token, changed)
    return Job.objects.values_list("is_cancel_wanted", flat=True).get(pk=job_id)


def keep(job_id: int, token: int, checkpoint: Mapping[str, object]) -> None:
    """Write down what a later attempt must know.

    Raises:
        KecengError: the job is another's by now.
    """
    _change(job_id, token, {"checkpoint": dict(checkpoint)})


def finish(job_id: int, token: int, result: Mapping[str, object], *, at: dt.datetime) -> None:
    """The job is done.

    Raises:
        KecengError: the job is another's by now.
    """
    over = {"state": JobState.DONE.value, "share": 1000, "finished_at": at, "lease_until": None}
    _change(job_id, token, {**over, "result": dict(result), "problems": []})


def fail(job_id: int, token: int, problems: Sequence[Problem], *, at: dt.datetime) -> None:
    """The job cannot be done as it was asked for; trying again would not help.

    Raises:
        KecengError: the job is another's by now.
    """
    over = {"state": JobState.FAILED.value, "finished_at": at, "lease_until": None}
    with transaction.atomic():
        _change(job_id, token, {**over, "problems": tell_problems(problems)})
        _drop_run(job_id, problems, at)


def put_off(job_id: int, token: int, problems: Sequence[Problem], *, at: dt.datetime) -> None:
    """Something went wrong through nobody's fault: it is tried again, each time later, and in the end given up.

    Raises:
        KecengError: the job is another's by now.
    """
    failures = Job.objects.values_list("failures", flat=True).get(pk=job_id) + 1
    if failures >= MOST_FAILURES:
        fail(job_id, token, problems, at=at)
        return
    pause = _FIRST_PAUSE * 4 ** (failures - 1)
    waiting = {"state": JobState.QUEUED.value, "not_before": at + pause, "lease_until": None}
    _change(job_id, token, {**waiting, "failures": failures, "problems": tell_problems(problems)})


def hand_back(job_id: int, token: int, *, at: dt.datetime) -> None:
    """The worker stops: the job waits for the next one, and nothing is held against it.

    Raises:
        KecengError: the job is another's by now.
    """
    _change(job_id, token, {"state": JobState.QUEUED.value, "not_before": at, "lease_until": None})


def cancel(job_id: int, *, signed: Signature) -> None:
    """End a job: at once where it waits, as soon as its worker hears of it where it is under way.

    Raises:
        KecengError: there is no such job, or it is neither `signed.by`'s nor are runs theirs to start.
    """
    with transaction.atomic():
        row = Job.objects.select_for_update(of=("self",)).filter(pk=job_id).first()
        if row is None:
            raise KecengError.of("unknown_job", "没有这个任务", "there is no such task")
        if row.asked_by_id != signed.by.pk:
            require_duty(signed.by, Duty.START_RUNS)
        if row.stands is JobState.QUEUED:
            row.state, row.finished_at = JobState.CANCELLED.value, signed.at
            _drop_run(row.pk, [CANCELLED], signed.at)
        elif row.stands is JobState.RUNNING:
            row.is_cancel_wanted = True
        row.save(update_fields=["state", "finished_at", "is_cancel_wanted"])
        record("job.cancelled", signed, about="job", about_id=row.pk, new={"kind": row.kind})


def end_cancelled(job_id: int, token: int, *, at: dt.datetime) -> None:
    """The work of a job whose end was wanted has stopped.

    Raises:
        KecengError: the job is another's by now.
    """
    over = {"state": JobState.CANCELLED.value, "finished_at": at, "lease_until": None}
    with transaction.atomic():
        _change(job_id, token, over)
        _drop_run(job_id, [CANCELLED], at)


def tell_problems(problems: Sequence[Problem]) -> list[dict[str, str]]:
    """Problems as they are kept: {code, zh, en}."""
    return [{"code": p.code, "zh": p.describe("zh"), "en": p.describe("en")} for p in problems]


def _is_lapsed(row: Job, at: dt.datetime) -> bool:
    return row.stands is JobState.RUNNING and (row.lease_until is None or row.lease_until <= at)


def _hand_over(seen: Job, owner: str, at: dt.datetime) -> Job | None:
    # Who has it in hand just now, to cancel it or to beat once more, is not waited for: the next step comes soon.
    rows = Job.objects.select_for_update(of=("self",), skip_locked=True)
    row = rows.filter(
        pk=seen.pk, state=seen.state, attempts=seen.attempts, lease_until=seen.lease_until
    ).first()
    if row is None:
        return None
    row.state, row.owner, row.lease_until = JobState.RUNNING.value, owner, at + LEASE
    row.attempts += 1
    row.share, row.doing_zh, row.doing_en = None, "", ""
    row.started_at = row.started_at or at
    row.save()
    return row


def _drop_run(job_id: int, problems: Sequence[Problem], at: dt.datetime) -> None:
    # A run that waited for a job that is over would wait for ever.
    job = Job.objects.get(pk=job_id)
    number = job.checkpoint.get("record", job.arguments.get("record"))
    if job.kind == JobKind.CLASSIFY.value and number is not None:
        drop_request(number, problems, at=at)


def _change(job_id: int, token: int, changed: Mapping[str, object]) -> None:
    held = Job.objects.filter(pk=job_id, attempts=token, state=JobState.RUNNING.value)
    if not held.update(**changed):
        raise KecengError.of("lease_lost", "这个任务已由别处接手", "this task is another worker's by now")
