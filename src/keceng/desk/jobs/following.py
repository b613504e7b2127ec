"""A run that was published beside the desk, from the shell or by a program, and the directory that follows it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from keceng.desk.directory.scope import current_edition
from keceng.desk.jobs.actions import enqueue
from keceng.desk.jobs.models import Job
from keceng.desk.jobs.queries import is_anything_under_way
from keceng.desk.jobs.states import JobKind
from keceng.desk.people.models import User
from keceng.desk.turns import take_turn
from keceng.lake import Lake


def enqueue_directory(lake: Lake, *, at: dt.datetime) -> Job | None:
    """A job that makes the directory the published run's, where it is another's and nothing is under way that would.

    Asked once a run, and in the name of whoever set the workspace up: nobody at the desk did. None where nothing is to be done.
    """
    run_id = lake.snapshot().entry.published_run
    edition = current_edition()
    if run_id is None or (edition is not None and edition.run_id == run_id):
        return None
    arguments = {"run_id": run_id}
    with transaction.atomic():
        take_turn("jobs")
        if is_anything_under_way([JobKind.CLASSIFY, JobKind.DIRECTORY]):
            return None
        kind = JobKind.DIRECTORY
        if any(job.arguments == arguments for job in Job.objects.filter(kind=kind.value)):
            return None
        first = User.objects.order_by("pk").first()
        return None if first is None else enqueue(kind, arguments, by=first, at=at)
