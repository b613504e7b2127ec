"""The history test as a job: it takes minutes, so nobody waits for a page; its result stays with the document it judged."""

from __future__ import annotations

from django.db import transaction

from keceng.desk.jobs.actions import enqueue
from keceng.desk.jobs.models import Job
from keceng.desk.jobs.progress import Task
from keceng.desk.jobs.states import JobKind
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.queries import read_standard_of
from keceng.desk.standards.trials import Trial, read_trial, try_on_the_past


def ask_for_trial(row: StandardRevision, *, cuts: int, horizon_days: int, signed: Signature) -> Job:
    """Ask for the history test of a revision; one that is under way already is the answer.

    Raises:
        KecengError: `signed.by` may not write standards, or every fault of the document.
    """
    require_duty(signed.by, Duty.WRITE_STANDARDS)
    read_standard_of(row)
    found = find_trial(row)
    if found is not None and not found.stands.is_over:
        return found
    arguments = {
        "revision": row.pk,
        "document_hash": row.document_hash,
        "cuts": cuts,
        "horizon_days": horizon_days,
    }
    with transaction.atomic():
        return enqueue(JobKind.TRIAL, arguments, by=signed.by, at=signed.at)


def find_trial(row: StandardRevision) -> Job | None:
    """The last test of the document as it is now; None when there was none."""
    rows = Job.objects.filter(kind=JobKind.TRIAL.value, arguments__revision=row.pk)
    return rows.filter(arguments__document_hash=row.document_hash).order_by("-id").first()


def read_result(job: Job) -> Trial | None:
    """What a test found; None while it is not done, and where it failed."""
    return read_trial(job.result) if job.result else None


def do_trial(task: Task) -> dict[str, object]:
    """Do the test, telling each day on which the standard is laid.

    Raises:
        KecengError: the document has faults, or the books do not hold so much of the past.
    """
    asked = task.job.arguments
    row = StandardRevision.objects.get(pk=asked["revision"])
    trial = try_on_the_past(
        row,
        task.workspace.lake,
        cuts=int(asked["cuts"]),
        horizon_days=int(asked["horizon_days"]),
        watch=task.tell,
    )
    return trial.to_document()
