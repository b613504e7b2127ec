"""Runs as the screen lists them: those of the lake, and those that failed or are on their way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keceng.classify import RunSummary, read_summary
from keceng.desk.jobs.models import Job
from keceng.desk.jobs.queries import list_jobs
from keceng.desk.jobs.states import JobKind
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import require_duty
from keceng.desk.runs.models import RunRecord
from keceng.desk.runs.queries import kept_its_word, list_runs
from keceng.desk.runs.states import RunState
from keceng.evaluate import Migration, choose_pair, migration_matrix
from keceng.lake import Lake
from keceng.vocabulary import Text

_MOST = 60


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run of the lake.

    Attributes:
        summary: its own record.
        by: who started it; `shell` where it was the command line.
        record: how it was asked for at the desk; None for one of the command line.
        kept_word: whether it moved just those whom the approval saw; None where nothing was approved with figures.
        is_published: whether it stands now.
    """

    summary: RunSummary
    by: str
    record: RunRecord | None
    kept_word: bool | None
    is_published: bool

    @property
    def heads(self) -> Mapping[str, int]:
        """Heads by class, best first."""
        return self.summary.classes["grade"]


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run that did not come to a result: whose it was, why, and what stands instead."""

    standard: str
    by: str
    at: dt.datetime | None
    told: Sequence[Text]
    standing_run: str


def list_stored_runs(user: User, lake: Lake) -> list[RunLine]:
    """The newest runs of the lake first.

    Raises:
        KecengError: `user` may not see runs.
    """
    require_duty(user, Duty.START_RUNS)
    snapshot = lake.snapshot()
    records = {record.run_id: record for record in list_runs() if record.run_id}
    authors: dict[str, str] = {}
    known: set[str] = set()
    for entry in lake.history():
        for run_id in set(entry.runs) - known:
            authors[run_id] = entry.author
        known |= set(entry.runs)
    newest = sorted(snapshot.entry.runs, reverse=True)[:_MOST]
    return [
        _line(
            read_summary(snapshot.run_directory(r)),
            authors.get(r, ""),
            records.get(r),
            snapshot.entry.published_run,
        )
        for r in newest
    ]


def list_failed_runs(user: User, most: int = 10) -> list[FailedRun]:
    """The newest runs that failed, first.

    Raises:
        KecengError: `user` may not see runs.
    """
    require_duty(user, Duty.START_RUNS)
    records = [row for row in list_runs() if row.state == RunState.FAILED.value]
    failed = [
        FailedRun(
            f"{row.revision.standard_id} r{row.revision.revision}",
            row.requested_by.shown_name,
            row.finished_at,
            [Text(p["zh"], p["en"]) for p in row.problems],
            row.standing_run,
        )
        for row in records[:most]
    ]
    jobs = [j for j in list_jobs([JobKind.CLASSIFY]) if j.state == "failed" and "record" not in j.arguments]
    failed += [FailedRun("", j.asked_by.shown_name, j.finished_at, j.told, "") for j in jobs]
    return sorted(failed, key=lambda f: f.at.timestamp() if f.at else 0.0, reverse=True)[:most]


def list_run_jobs(user: User) -> Sequence[Job]:
    """Runs that wait or are under way, and directories that are being written.

    Raises:
        KecengError: `user` may not see runs.
    """
    require_duty(user, Duty.START_RUNS)
    kinds = [JobKind.CLASSIFY, JobKind.DIRECTORY, JobKind.REVIEW]
    return [job for job in list_jobs(kinds) if not job.stands.is_over]


def read_migration(user: User, lake: Lake, from_run: str | None, to_run: str | None) -> Migration:
    """Who moved between two runs; by default the published one and the one before it.

    Raises:
        KecengError: `user` may not see everybody, there is no such run, or nothing to compare with.
    """
    require_duty(user, Duty.START_RUNS)
    before, after = choose_pair(lake, from_run, to_run)
    return migration_matrix(lake.snapshot(), before, after)


def _line(summary: RunSummary, author: str, record: RunRecord | None, published: str | None) -> RunLine:
    is_first = record is not None and bool(record.revision.moves_hash)
    return RunLine(
        summary=summary,
        by=record.requested_by.shown_name if record else author,
        record=record,
        kept_word=kept_its_word(record) if record is not None and is_first else None,
        is_published=summary.run_id == published,
    )
