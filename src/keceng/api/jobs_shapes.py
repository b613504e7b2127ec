"""What is told of jobs: how far one is, and why it failed."""

from __future__ import annotations

import datetime as dt

from ninja import Schema
from pydantic import Field

from keceng.api.customers_telling import words
from keceng.api.words import Words
from keceng.desk.jobs.models import Job


class JobTold(Schema):
    """一个任务。A piece of work."""

    id: int
    kind: str
    title: Words
    state: str = Field(description="queued, running, done, failed, cancelled · 状态")
    share: float | None = Field(description="how much is done, 0–1 · 完成的比例")
    doing: Words
    problems: list[Words]
    asked_by: str
    asked_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    is_cancel_wanted: bool


def tell_job(job: Job) -> JobTold:
    """A job as it stands."""
    return JobTold(
        id=job.pk,
        kind=job.kind,
        title=words(job.wording),
        state=job.state,
        share=None if job.share is None else job.share / 1000,
        doing=words(job.doing),
        problems=[words(text) for text in job.told],
        asked_by=job.asked_by.username,
        asked_at=job.asked_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        is_cancel_wanted=job.is_cancel_wanted,
    )
