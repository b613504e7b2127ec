"""Before the first classification: whether there are customers, by which standard they can be classified, and what is under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keceng.classify import FittingStandard
from keceng.desk.jobs.history import FailedRun, list_failed_runs, list_run_jobs
from keceng.desk.jobs.models import Job
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import may
from keceng.desk.standards.choosing import list_first_standards


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a workspace stands before its first run.

    Attributes:
        fits: the shipped standards that fit its customers, the proposed one first; none while it has no customers.
        jobs: runs under way; none for whoever may not start them.
        failed: the run that failed last.
    """

    fits: Sequence[FittingStandard]
    jobs: Sequence[Job]
    failed: FailedRun | None

    @property
    def has_customers(self) -> bool:
        """Whether a file with customers has been imported."""
        return bool(self.fits)


def read_beginning(user: User) -> Beginning:
    """What `user` is shown before the first run."""
    fits = list_first_standards()
    if not may(user, Duty.START_RUNS):
        return Beginning(fits, (), None)
    return Beginning(fits, list_run_jobs(user), next(iter(list_failed_runs(user, most=1)), None))
