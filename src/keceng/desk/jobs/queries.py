"""What jobs there are, how far they are, and what comes by itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from keceng.desk.jobs.models import Job, Schedule
from keceng.desk.jobs.states import JobKind, JobState
from keceng.desk.people.models import User


def find_job(job_id: int) -> Job | None:
    """One job; None when there is none."""
    return Job.objects.select_related("asked_by").filter(pk=job_id).first()


def list_jobs(kinds: Collection[JobKind], *, asked_by: User | None = None, most: int = 50) -> Sequence[Job]:
    """The newest jobs of these kinds first: of everybody, or those that one person asked for."""
    rows = Job.objects.filter(kind__in=[kind.value for kind in kinds]).select_related("asked_by", "schedule")
    return list((rows if asked_by is None else rows.filter(asked_by=asked_by)).order_by("-id")[:most])


def is_anything_under_way(kinds: Collection[JobKind]) -> bool:
    """Whether a job of these kinds waits or is being done."""
    states = [JobState.QUEUED.value, JobState.RUNNING.value]
    return Job.objects.filter(kind__in=[kind.value for kind in kinds], state__in=states).exists()


def list_schedules() -> Sequence[Schedule]:
    """What comes again by itself, soonest first."""
    return list(Schedule.objects.filter(ended_at=None).select_related("made_by"))
