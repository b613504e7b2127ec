"""Jobs of whoever the token acts for, their end, and what comes again by itself."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field

from keceng.api.bearer import caller, signed_by
from keceng.api.customers_telling import words
from keceng.api.jobs_shapes import JobTold, tell_job
from keceng.api.operations import asks, once
from keceng.api.paging import Page, Turned, page_of_list
from keceng.api.problems import absent
from keceng.api.words import Done, Line, Number, Words
from keceng.desk.jobs.actions import cancel
from keceng.desk.jobs.models import Job, Schedule
from keceng.desk.jobs.queries import find_job, list_schedules
from keceng.desk.jobs.schedules import end_schedule, schedule
from keceng.desk.jobs.states import Every, JobKind
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import may, require_duty
from keceng.desk.signature import Signature
from keceng.desk.tokens.scopes import Scope

router = Router(tags=["jobs"])


class ScheduleTold(Schema):
    """定期任务。A job that comes again."""

    id: int
    title: Words
    kind: str
    rhythm: Words
    every: str
    on_day: int
    at_hour: int
    next_at: dt.datetime
    made_by: str


class ScheduleWanted(Schema):
    """安排定期任务；钟点按本机。A job that shall come again; the hour is the machine's."""

    kind: Literal["classify", "review"]
    every: Literal["day", "week", "month"]
    on_day: int = Field(
        0, ge=0, le=31, description="0–6 in a week (0 is Monday), 1–31 in a month · 周几或几号"
    )
    at_hour: int = Field(2, ge=0, le=23)
    standard_id: Line = ""


@router.get("/jobs/{job_id}", **asks(Scope.RUNS_READ, JobTold))
def read_job(request: HttpRequest, job_id: Number) -> JobTold:
    """任务的进度。How far a job is."""
    return tell_job(_find(request, job_id))


@router.post("/jobs/{job_id}/cancel", **asks(Scope.RUNS_WRITE, Done))
@once
def cancel_job(request: HttpRequest, job_id: Number) -> Done:
    """取消任务。End a job."""
    cancel(_find(request, job_id).pk, signed=signed_by(request))
    return Done()


@router.get("/schedules", **asks(Scope.RUNS_READ, Page[ScheduleTold]))
def list_all_schedules(request: HttpRequest, turn: Turned) -> Page[ScheduleTold]:
    """定期任务。What comes by itself, soonest first."""
    require_duty(caller(request), Duty.START_RUNS)
    found, following = page_of_list(request, turn, list_schedules(), lambda row: row.pk)
    return Page(items=[_tell(row) for row in found], next_cursor=following)


@router.post("/schedules", **asks(Scope.RUNS_WRITE, ScheduleTold, 201))
@once
def make_schedule(request: HttpRequest, body: ScheduleWanted) -> Status[ScheduleTold]:
    """安排定期任务。Let a job come again."""
    kind = JobKind(body.kind)
    arguments: dict[str, object] = {"due_days": 7} if kind is JobKind.REVIEW else {}
    if kind is JobKind.CLASSIFY and body.standard_id:
        arguments["standard_id"] = body.standard_id
    row = schedule(
        kind,
        arguments,
        every=Every(body.every),
        on_day=0 if body.every == "day" else body.on_day,
        at_hour=body.at_hour,
        signed=Signature(caller(request), dt.datetime.now().astimezone()),
    )
    return Status(201, _tell(row))


@router.post("/schedules/{schedule_id}/end", **asks(Scope.RUNS_WRITE, Done))
@once
def stop_schedule(request: HttpRequest, schedule_id: Number) -> Done:
    """停止定期任务。It comes no more."""
    end_schedule(schedule_id, signed=signed_by(request))
    return Done()


def _find(request: HttpRequest, job_id: int) -> Job:
    # One of another's looks like none to whoever may not end it.
    user, job = caller(request), find_job(job_id)
    if job is None or (job.asked_by_id != user.pk and not may(user, Duty.START_RUNS)):
        raise absent()
    return job


def _tell(row: Schedule) -> ScheduleTold:
    return ScheduleTold(
        id=row.pk,
        title=words(row.wording),
        kind=row.kind,
        rhythm=words(row.rhythm),
        every=row.every,
        on_day=row.on_day,
        at_hour=row.at_hour,
        next_at=row.next_at,
        made_by=row.made_by.username,
    )
