"""Jobs that come again: when next, and those that are due."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from keceng.desk.audit.actions import record
from keceng.desk.jobs.actions import enqueue
from keceng.desk.jobs.models import Job, Schedule
from keceng.desk.jobs.states import Every, JobKind
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError, Text

_DUTIES: Mapping[JobKind, Duty] = {
    JobKind.CLASSIFY: Duty.START_RUNS,
    JobKind.REVIEW: Duty.CLOSE_REVIEWS,
}
"""What may be scheduled, and by whom."""
_LAST_DAY = {Every.DAY: 0, Every.WEEK: 6, Every.MONTH: 31}


def next_time(every: Every, on_day: int, at_hour: int, after: dt.datetime) -> dt.datetime:
    """The first time later than `after`, in its zone; a day that a month does not have is its last one."""
    day = after.date()
    # A month and a day hold every rhythm.
    for candidate in (day + dt.timedelta(days=n) for n in range(63)):
        came = dt.datetime.combine(candidate, dt.time(at_hour), after.tzinfo)
        if came > after and _falls_on(every, on_day, candidate):
            return came
    raise AssertionError(every)


def _falls_on(every: Every, on_day: int, day: dt.date) -> bool:
    if every is Every.DAY:
        return True
    if every is Every.WEEK:
        return day.weekday() == on_day
    return day.day == min(on_day, calendar.monthrange(day.year, day.month)[1])


def schedule(
    kind: JobKind,
    arguments: Mapping[str, object],
    *,
    every: Every,
    on_day: int = 0,
    at_hour: int = 2,
    signed: Signature,
) -> Schedule:
    """Let a job come again and again; `signed.at` gives the zone of its hour.

    Raises:
        KecengError: this kind is not scheduled, `signed.by` may not ask for it, or there is no such day or hour.
    """
    if kind not in _DUTIES:
        raise KecengError.of(
            "not_scheduled",
            f"「{kind.wording.zh}」不能定期进行",
            f"“{kind.wording.en}” does not come again by itself",
        )
    require_duty(signed.by, _DUTIES[kind])
    least = 1 if every is Every.MONTH else 0
    if not (least <= on_day <= _LAST_DAY[every] and 0 <= at_hour <= 23):
        raise KecengError.of(
            "bad_rhythm",
            "没有这样的日子或钟点",
            "there is no such day or hour",
            remedy=Text(
                "每周 0–6 (0 是周一)，每月 1–31，钟点 0–23",
                "0–6 in a week (0 is Monday), 1–31 in a month, hours 0–23",
            ),
        )
    with transaction.atomic():
        row = Schedule.objects.create(
            kind=kind.value,
            arguments=dict(arguments),
            every=every.value,
            on_day=on_day,
            at_hour=at_hour,
            next_at=next_time(every, on_day, at_hour, signed.at),
            made_by=signed.by,
            made_at=signed.at,
        )
        rhythm = {"kind": kind.value, "every": every.value, "on_day": on_day, "at_hour": at_hour}
        record("schedule.made", signed, about="schedule", about_id=row.pk, new=rhythm)
    return row


def end_schedule(schedule_id: int, *, signed: Signature) -> None:
    """Let a job come no more; one that ended already stays as it is.

    Raises:
        KecengError: there is no such schedule, or `signed.by` may not.
    """
    row = Schedule.objects.filter(pk=schedule_id).first()
    if row is None:
        raise KecengError.of("unknown_schedule", "没有这个安排", "there is no such schedule")
    require_duty(signed.by, _DUTIES[JobKind(row.kind)])
    with transaction.atomic():
        open_ones = Schedule.objects.filter(pk=schedule_id, ended_at=None)
        if open_ones.update(ended_by=signed.by, ended_at=signed.at):
            record("schedule.ended", signed, about="schedule", about_id=schedule_id)


def enqueue_due(*, at: dt.datetime) -> list[Job]:
    """Enqueue what is due at `at` (whose zone is the machine's): once, however many times were missed."""
    made: list[Job] = []
    with transaction.atomic():
        due = Schedule.objects.select_for_update(of=("self",)).filter(ended_at=None, next_at__lte=at)
        for row in due.select_related("made_by"):
            made.append(enqueue(JobKind(row.kind), row.arguments, by=row.made_by, at=at, schedule=row))
            row.next_at = next_time(Every(row.every), row.on_day, row.at_hour, at)
            row.save(update_fields=["next_at"])
    return made
