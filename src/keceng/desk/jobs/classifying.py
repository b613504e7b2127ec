"""Runs as jobs: asked for, done once, and the directory after them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from keceng.classify import RunSummary, read_summary
from keceng.desk.directory.actions import follow_published_run
from keceng.desk.jobs.actions import enqueue
from keceng.desk.jobs.models import Job
from keceng.desk.jobs.progress import Task
from keceng.desk.jobs.states import JobKind
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.runs.actions import carry_out, open_review, request_run, settle_interrupted
from keceng.desk.runs.models import RunRecord
from keceng.desk.runs.states import RunState
from keceng.desk.signature import Signature
from keceng.desk.standards.queries import find_in_force, list_in_force
from keceng.vocabulary import KecengError, Problem, Text

_DIRECTORY = Text("更新客户名录", "bringing the directory of customers up to date")


def start_run(revision_id: int | None, *, signed: Signature, as_of: dt.date | None = None) -> Job:
    """Ask for a run of a revision in force; without one, of the workspace's standard as set up.

    Raises:
        KecengError: the revision is not in force, `signed.by` may not, or a standard is in force and must be named.
    """
    require_duty(signed.by, Duty.START_RUNS)
    day = as_of.isoformat() if as_of else None
    if revision_id is None:
        if list_in_force(signed.day):
            raise KecengError.of(
                "standard_needed", "请选择一份生效的标准", "choose one of the standards in force"
            )
        with transaction.atomic():
            return enqueue(JobKind.CLASSIFY, {"as_of": day}, by=signed.by, at=signed.at)
    with transaction.atomic():
        record = request_run(revision_id, signed=signed, as_of=as_of)
        return enqueue(JobKind.CLASSIFY, {"record": record.pk, "as_of": day}, by=signed.by, at=signed.at)


def do_classification(task: Task) -> dict[str, object]:
    """Do the run, then make the directory its.

    Raises:
        KecengError: why it cannot be done.
    """
    task.steps = _count_steps(task)
    arguments: Mapping[str, object] = task.job.arguments
    is_as_set_up = "record" not in arguments and "standard_id" not in arguments
    summary = _as_set_up(task) if is_as_set_up else _of_revision(task)
    return {"run_id": summary.run_id, "as_of": summary.as_of.isoformat(), **do_directory(task)}


def do_directory(task: Task) -> dict[str, object]:
    """Make the directory the published run's; harmless where it is already."""
    task.tell(_DIRECTORY, 990)
    edition = follow_published_run(task.workspace.lake, at=task.clock())
    return {"customers": edition.customers if edition else 0}


def do_review(task: Task) -> dict[str, object]:
    """Open the review of the published run, as a schedule says; one that has its review is left alone.

    Raises:
        KecengError: nothing is published, or whoever made the schedule may not any more.
    """
    at = task.clock()
    due_on = at.date() + dt.timedelta(days=int(task.job.arguments.get("due_days", 7)))
    try:
        review = open_review(due_on=due_on, signed=Signature(task.job.asked_by, at), lake=task.workspace.lake)
    except KecengError as error:
        if error.problems[0].code != "review_exists":
            raise
        return {}
    return {"review": review.pk}


def _count_steps(task: Task) -> int:
    """How many steps the run before had; 0 where there was none, so that nobody can say how far this one is."""
    snapshot = task.workspace.lake.snapshot()
    if snapshot.entry.published_run is None:
        return 0
    return len(read_summary(snapshot.run_directory()).seconds)


def _of_revision(task: Task) -> RunSummary:
    lake = task.workspace.lake
    if task.is_again:
        # Nothing else is under way in this lane, so what still runs in the books died.
        settle_interrupted(lake, at=task.clock())
    record = _record_of(task)
    if record.state == RunState.QUEUED.value:
        record = carry_out(record.pk, task.workspace, clock=task.clock, watch=task.tell)
    if record.state != RunState.DONE.value:
        raise KecengError([Problem(p["code"], Text(p["zh"], p["en"])) for p in record.problems])
    return read_summary(lake.snapshot().run_directory(record.run_id))


def _record_of(task: Task) -> RunRecord:
    """The run asked for; another one where it died with its process or a schedule asks for one."""
    number = task.job.checkpoint.get("record", task.job.arguments.get("record"))
    record = RunRecord.objects.filter(pk=number).first()
    died = record is not None and any(p["code"] == "run_died" for p in record.problems)
    if record is not None and not died:
        return record
    signed = Signature(task.job.asked_by, task.clock())
    with transaction.atomic():
        revision = record.revision_id if record else _in_force(task, signed)
        day = task.job.arguments.get("as_of")
        record = request_run(revision, signed=signed, as_of=dt.date.fromisoformat(day) if day else None)
        task.remember({"record": record.pk})
    return record


def _in_force(task: Task, signed: Signature) -> int:
    standard_id = task.job.arguments["standard_id"]
    found = find_in_force(standard_id, signed.day)
    if found is None:
        raise KecengError.of(
            "not_in_force",
            f"标准 {standard_id} 今天没有生效的版本",
            f"the standard {standard_id} has no revision in force today",
        )
    return found.pk


def _as_set_up(task: Task) -> RunSummary:
    workspace = task.workspace
    author = task.job.asked_by.username
    started = task.job.checkpoint.get("snapshot")
    if started is None:
        task.remember({"snapshot": workspace.lake.snapshot().snapshot_id})
    else:
        for entry in workspace.lake.history():
            is_ours = entry.snapshot_id > started and (entry.kind, entry.author) == ("run", author)
            if is_ours and entry.published_run:
                return read_summary(workspace.lake.snapshot().run_directory(entry.published_run))
    day = task.job.arguments.get("as_of")
    standard = workspace.standard_in_force(task.clock().date())
    as_of = dt.date.fromisoformat(day) if day else None
    return workspace.classify(standard, as_of, author=author, watch=task.tell)
