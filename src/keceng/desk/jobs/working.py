"""A job carried out in this process, and how it ended told in the books."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection

from keceng.desk.jobs.actions import DIED, fail, finish, put_off, take
from keceng.desk.jobs.kinds import WORK
from keceng.desk.jobs.models import Job
from keceng.desk.jobs.progress import Task
from keceng.desk.jobs.states import JobKind, Lane
from keceng.loop import Workspace
from keceng.vocabulary import KecengError

_PASSING = frozenset({"workspace_busy", "run_died"})
"""Problems that are gone after a while."""
_LOST = "lease_lost"


def carry_out_job(job: Job, workspace: Workspace, *, clock: Callable[[], dt.datetime]) -> None:
    """Do a job that was taken, and say how it ended; nothing is said where another has it by now.

    Raises:
        Exception: a fault of ours; the job is put off first.
    """
    task = Task(job, workspace, clock)
    try:
        result = WORK[JobKind(job.kind)](task)
        finish(job.pk, task.token, result, at=clock())
    except KecengError as error:
        codes = {problem.code for problem in error.problems}
        if _LOST in codes:
            return
        say = put_off if codes & _PASSING else fail
        say(job.pk, task.token, error.problems, at=clock())
    except Exception:
        put_off(job.pk, task.token, [DIED], at=clock())
        raise


def carry_out_next(
    workspace: Workspace,
    *,
    owner: str,
    clock: Callable[[], dt.datetime],
    lanes: Collection[Lane] = tuple(Lane),
) -> Job | None:
    """Take the next job and do it in this process; None where none waits.

    Raises:
        Exception: a fault of ours; the job is put off first.
    """
    job = take(owner, at=clock(), lanes=lanes)
    if job is None:
        return None
    carry_out_job(job, workspace, clock=clock)
    job.refresh_from_db()
    return job
