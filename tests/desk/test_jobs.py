"""Jobs as rows: taken once, kept by beats, done once, put off with growing pauses, cancelled, and coming again."""

from __future__ import annotations

import csv
import datetime as dt
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.conf import settings

from keceng.desk.audit.models import AuditRow
from keceng.desk.directory.actions import give_owner_name
from keceng.desk.directory.queries import Wanted
from keceng.desk.directory.scope import current_edition
from keceng.desk.groups.actions import save_group
from keceng.desk.groups.selection import Selection
from keceng.desk.jobs.actions import (
    DIED,
    LEASE,
    MOST_FAILURES,
    beat,
    cancel,
    enqueue,
    finish,
    put_off,
    take,
)
from keceng.desk.jobs.classifying import start_run
from keceng.desk.jobs.exporting import ask_for_export, export_path
from keceng.desk.jobs.following import enqueue_directory
from keceng.desk.jobs.history import list_failed_runs, list_stored_runs, read_migration
from keceng.desk.jobs.models import Job
from keceng.desk.jobs.schedules import end_schedule, enqueue_due, next_time, schedule
from keceng.desk.jobs.states import Every, JobKind
from keceng.desk.jobs.working import carry_out_next
from keceng.desk.runs.models import RunRecord
from keceng.desk.runs.queries import list_reviews
from keceng.vocabulary import KecengError
from tests.desk.cast import APRIL, CUSTOMERS, MARCH, NOW, Desk
from tests.desk.test_life_of_a_standard import code_of, published

SECOND = dt.timedelta(seconds=1)


def asked(desk: Desk, kind: JobKind = JobKind.DIRECTORY) -> Job:
    return enqueue(kind, {}, by=desk.user("mei"), at=NOW)


def worked(desk: Desk) -> Job:
    job = carry_out_next(desk.workspace, owner="here", clock=lambda: NOW)
    assert job is not None
    return job


def test_a_job_is_taken_by_one_and_a_lane_holds_one(desk: Desk) -> None:
    first, second = asked(desk), asked(desk)
    looks = asked(desk, JobKind.EXPORT)
    taken = take("one", at=NOW)
    assert taken is not None
    assert (taken.pk, taken.attempts, taken.state) == (first.pk, 1, "running")
    beside = take("two", at=NOW)
    assert beside is not None
    assert beside.pk == looks.pk, "another lane goes on"
    assert take("three", at=NOW) is None
    finish(first.pk, 1, {}, at=NOW)
    following = take("three", at=NOW)
    assert following is not None
    assert following.pk == second.pk


def test_a_lease_that_ran_out_is_another_s_and_the_first_one_s_words_count_no_more(desk: Desk) -> None:
    job = asked(desk)
    assert take("one", at=NOW) is not None
    beat(job.pk, 1, at=NOW + 10 * SECOND)
    assert take("two", at=NOW + LEASE) is None, "it was kept"
    again = take("two", at=NOW + LEASE + 10 * SECOND)
    assert again is not None
    assert (again.pk, again.attempts, again.owner) == (job.pk, 2, "two")
    with pytest.raises(KecengError) as error:
        finish(job.pk, 1, {"who": "one"}, at=NOW)
    assert code_of(error) == "lease_lost"
    with pytest.raises(KecengError):
        beat(job.pk, 1, at=NOW)
    finish(job.pk, 2, {"who": "two"}, at=NOW)
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"who": "two"})
    with pytest.raises(KecengError):
        finish(job.pk, 2, {"who": "twice"}, at=NOW)


def test_what_goes_wrong_is_tried_again_later_each_time_and_given_up_in_the_end(desk: Desk) -> None:
    job = asked(desk)
    at, pauses = NOW, []
    for token in range(1, MOST_FAILURES + 1):
        assert take("one", at=at) is not None
        put_off(job.pk, token, [DIED], at=at)
        job.refresh_from_db()
        pauses.append(job.not_before - at)
        if job.state == "queued":
            assert take("one", at=job.not_before - SECOND) is None
            at = job.not_before
    assert pauses[0] < pauses[1]
    assert (job.state, job.problems[0]["code"]) == ("failed", "job_died")
    assert take("one", at=at + dt.timedelta(days=1)) is None


def test_who_asked_may_cancel_and_so_may_whoever_starts_runs(desk: Desk) -> None:
    waiting, under_way = asked(desk), asked(desk, JobKind.EXPORT)
    with pytest.raises(KecengError) as error:
        cancel(waiting.pk, signed=desk.signed("rui"))
    assert code_of(error) == "not_permitted"
    cancel(waiting.pk, signed=desk.signed("dong"))
    assert take("one", at=NOW) is not None
    cancel(under_way.pk, signed=desk.signed("mei"))
    assert beat(under_way.pk, 1, at=NOW) is True
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"


@pytest.mark.parametrize(
    ("every", "on_day", "after", "following"),
    [
        (Every.DAY, 0, "2026-03-02T01:59", "2026-03-02T02:00"),
        (Every.DAY, 0, "2026-03-02T02:00", "2026-03-03T02:00"),
        (Every.WEEK, 0, "2026-03-02T03:00", "2026-03-09T02:00"),
        (Every.WEEK, 4, "2026-03-02T03:00", "2026-03-06T02:00"),
        (Every.MONTH, 1, "2026-03-02T03:00", "2026-04-01T02:00"),
        (Every.MONTH, 31, "2026-02-02T03:00", "2026-02-28T02:00"),
        (Every.MONTH, 31, "2026-02-28T02:00", "2026-03-31T02:00"),
        (Every.MONTH, 30, "2026-12-30T02:00", "2027-01-30T02:00"),
    ],
)
def test_when_a_rhythm_comes_next(every: Every, on_day: int, after: str, following: str) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    came = next_time(every, on_day, 2, dt.datetime.fromisoformat(after).replace(tzinfo=zone))
    assert came == dt.datetime.fromisoformat(following).replace(tzinfo=zone)


def test_a_schedule_runs_what_is_in_force_and_then_opens_the_review(desk: Desk) -> None:
    published(desk)
    # The book has purchase days and no orders, from which a run would take its day.
    run = {"standard_id": "plain", "as_of": MARCH.isoformat()}
    made = schedule(JobKind.CLASSIFY, run, every=Every.MONTH, on_day=3, signed=desk.signed("mei"))
    with pytest.raises(KecengError) as error:
        schedule(JobKind.REVIEW, {}, every=Every.MONTH, on_day=4, signed=desk.signed("mei"))
    assert code_of(error) == "not_permitted"
    schedule(JobKind.REVIEW, {"due_days": 5}, every=Every.MONTH, on_day=4, signed=desk.signed("dong"))
    assert enqueue_due(at=NOW) == []
    month_later = NOW + dt.timedelta(days=45)
    jobs = enqueue_due(at=month_later)
    assert [job.kind for job in jobs] == ["classify", "review"], "once, however often it was missed"
    assert enqueue_due(at=month_later) == []
    for _ in jobs:
        job = carry_out_next(desk.workspace, owner="here", clock=lambda: month_later)
        assert job is not None
        assert job.state == "done", job.problems
    assert RunRecord.objects.get().state == "done"
    assert [review.due_on for review in list_reviews()] == [(month_later + dt.timedelta(days=5)).date()]
    end_schedule(made.pk, signed=desk.signed("mei"))
    assert [job.kind for job in enqueue_due(at=month_later + dt.timedelta(days=40))] == ["review"]


def test_a_run_as_a_job_publishes_and_the_directory_follows(desk: Desk) -> None:
    revision = published(desk)
    with pytest.raises(KecengError) as error:
        start_run(None, signed=desk.signed("mei"))
    assert code_of(error) == "standard_needed"
    start_run(revision.pk, as_of=MARCH, signed=desk.signed("mei"))
    job = worked(desk)
    assert (job.state, job.share) == ("done", 1000)
    edition = current_edition()
    assert edition is not None
    assert edition.run_id == job.result["run_id"] == desk.lake.snapshot().entry.published_run
    assert job.result["customers"] == edition.customers == CUSTOMERS
    [line] = list_stored_runs(desk.user("mei"), desk.lake)
    assert (line.by, line.is_published, sum(line.heads.values())) == ("mei", True, CUSTOMERS)


def test_the_directory_follows_a_run_that_was_made_beside_the_desk(graded_desk: Desk) -> None:
    assert current_edition() is None
    job = enqueue_directory(graded_desk.lake, at=NOW)
    assert job is not None
    assert enqueue_directory(graded_desk.lake, at=NOW) is None, "one is under way"
    assert worked(graded_desk).state == "done"
    edition = current_edition()
    assert edition is not None
    assert edition.run_id == graded_desk.lake.snapshot().entry.published_run == job.arguments["run_id"]
    assert enqueue_directory(graded_desk.lake, at=NOW) is None


def test_a_run_that_cannot_be_done_says_why_and_is_not_tried_again(desk: Desk) -> None:
    revision = published(desk)
    start_run(revision.pk, as_of=dt.date(1999, 1, 1), signed=desk.signed("mei"))
    job = worked(desk)
    assert (job.state, job.problems[0]["code"], job.attempts) == ("failed", "no_customers", 1)
    [failed] = list_failed_runs(desk.user("mei"))
    assert failed.told[0].en in job.problems[0]["en"]


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("approved", [True, False])
def test_a_run_whose_process_died_is_done_once(desk: Desk, arrived: bool, approved: bool) -> None:
    revision = published(desk).pk if approved else None
    job = start_run(revision, as_of=APRIL, signed=desk.signed("mei"))
    if arrived:
        # It dies after the lake has the run and before the books say so.
        worked(desk)
        RunRecord.objects.update(state="running", run_id="")
    else:
        assert take("dead", at=NOW) is not None
        RunRecord.objects.update(state="running", started_at=NOW, started_on_snapshot=0)
    Job.objects.update(state="running", lease_until=NOW - SECOND)
    if not approved:
        Job.objects.update(checkpoint={"snapshot": job.checkpoint.get("snapshot", 0)})
    again = worked(desk)
    assert (again.pk, again.state, again.attempts) == (job.pk, "done", 2)
    assert len(desk.lake.snapshot().entry.runs) == 1
    assert RunRecord.objects.filter(state="done").count() == int(approved)


def test_an_export_holds_what_its_asker_may_see_masked_and_inert(
    graded_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = graded_desk
    asked(desk)
    worked(desk)
    monkeypatch.setattr(settings, "WORKSPACE", desk.workspace.directory)
    found = current_edition()
    assert found is not None
    group = save_group("小", "spend < 1000", is_shared=True, edition=found, signed=desk.signed("dong"))
    for name, chosen, heads in (
        ("dong", Selection(), CUSTOMERS),
        ("rui", Selection(group_id=group.pk), 0),
        ("dong", Selection(Wanted(grade="C"), group_id=group.pk), 9),
    ):
        job = ask_for_export(
            chosen, order="spend", file_format="csv", language="zh", signed=desk.signed(name)
        )
        done = worked(desk)
        assert (done.pk, done.state, done.result["customers"]) == (job.pk, "done", heads)
        with export_path(desk.workspace.directory, done).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0][0] == "客户编号"
        assert len(rows) == 1 + heads
    give_owner_name(desk.user("rui"), "=cmd()", signed=desk.signed("root"))
    current_edition().entry_set.filter(customer_key__lte=2).update(owner="=cmd()")  # type: ignore[union-attr]
    ask_for_export(Selection(), order="name", file_format="csv", language="en", signed=desk.signed("rui"))
    path = export_path(desk.workspace.directory, worked(desk))
    assert "'=cmd()" in path.read_text("utf-8-sig")
    assert ",=cmd()" not in path.read_text("utf-8-sig")
    ask_for_export(Selection(), order="name", file_format="xlsx", language="en", signed=desk.signed("rui"))
    book = openpyxl.load_workbook(export_path(desk.workspace.directory, worked(desk)))
    cells = [cell for row in book.active.iter_rows(min_row=2) for cell in row]
    assert {cell.data_type for cell in cells if cell.value == "=cmd()"} == {"s"}


def test_two_runs_are_compared_by_whoever_may_see_everybody(graded_desk: Desk) -> None:
    found = read_migration(graded_desk.user("dong"), graded_desk.lake, None, None)
    assert sum(cell.heads for cell in found.cells.values()) == CUSTOMERS
    assert found.moved_heads > 0
    with pytest.raises(KecengError) as error:
        read_migration(graded_desk.user("rui"), graded_desk.lake, None, None)
    assert code_of(error) == "not_permitted"


def test_what_people_do_with_jobs_is_in_the_audit(desk: Desk) -> None:
    job = asked(desk)
    cancel(job.pk, signed=desk.signed("dong"))
    made = schedule(JobKind.CLASSIFY, {}, every=Every.DAY, signed=desk.signed("mei"))
    end_schedule(made.pk, signed=desk.signed("dong"))
    end_schedule(made.pk, signed=desk.signed("dong"))
    told = [(row.action, row.by) for row in AuditRow.objects.order_by("id")]
    assert told[-3:] == [("job.cancelled", "dong"), ("schedule.made", "mei"), ("schedule.ended", "dong")]
