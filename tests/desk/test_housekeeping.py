"""What the worker sees to by itself: old files go, what waits arrives, runs that nobody will do any more end."""

from __future__ import annotations

import datetime as dt
import os

import pytest
from django.db import transaction

from keceng.collect import INTERACTIONS
from keceng.desk.audit.models import AuditRow
from keceng.desk.directory.actions import follow_published_run
from keceng.desk.jobs.actions import DIED as JOB_DIED
from keceng.desk.jobs.actions import MOST_FAILURES, beat, cancel, end_cancelled, put_off, take
from keceng.desk.jobs.classifying import start_run
from keceng.desk.jobs.exporting import export_path
from keceng.desk.jobs.models import Job, Upload
from keceng.desk.jobs.presence import FOLDER, SILENT, list_workers
from keceng.desk.jobs.retention import EXPORTS_KEPT, UPLOADS_KEPT, forget_old_files
from keceng.desk.jobs.states import JobKind
from keceng.desk.jobs.uploads import receive_files, upload_folder, upload_paths
from keceng.desk.jobs.worker import Worker
from keceng.desk.outbox.actions import post
from keceng.desk.outbox.queries import count_waiting
from keceng.desk.runs.models import RunRecord
from keceng.desk.visits.actions import VisitLog, log_visit
from keceng.desk.visits.models import Visit
from keceng.vocabulary import KecengError
from tests.desk.cast import MARCH, NOW, Desk
from tests.desk.test_jobs import SECOND
from tests.desk.test_life_of_a_standard import code_of, published
from tests.desk.test_outbox import publication

HOUR = dt.timedelta(hours=1)


class Sheet:
    name = "orders.csv"
    size = 4

    def chunks(self) -> list[bytes]:
        return [b"a,b\n"]


def uploaded(desk: Desk) -> Upload:
    return receive_files(desk.workspace.directory, [Sheet()], source="erp", signed=desk.signed("mei"))  # type: ignore[list-item]


def over(upload: Upload, at: dt.datetime, state: str = "done") -> None:
    assert upload.preview is not None
    Job.objects.filter(pk=upload.preview.pk).update(state=state, finished_at=at)


def told(action: str) -> list[tuple[str, str]]:
    return list(AuditRow.objects.filter(action=action).values_list("by", "about_id"))


def test_uploads_go_when_their_time_is_over_and_the_audit_says_so(desk: Desk) -> None:
    directory = desk.workspace.directory
    early, late, waiting = uploaded(desk), uploaded(desk), uploaded(desk)
    over(early, NOW)
    over(late, NOW + HOUR)
    assert forget_old_files(directory, at=NOW + UPLOADS_KEPT - SECOND) == 0
    assert forget_old_files(directory, at=NOW + UPLOADS_KEPT) == 1
    assert [upload_folder(directory, u).exists() for u in (early, late, waiting)] == [False, True, True]
    assert told("import.forgotten") == [("(keceng)", str(early.pk))]
    with pytest.raises(KecengError) as error:
        upload_paths(directory, early)
    assert code_of(error) == "files_gone"
    assert forget_old_files(directory, at=NOW + UPLOADS_KEPT) == 0, "once"


def test_exports_and_what_a_dead_process_left_go(graded_desk: Desk) -> None:
    desk, directory = graded_desk, graded_desk.workspace.directory
    arguments = {"format": "csv"}
    job = Job.objects.create(
        kind=JobKind.EXPORT.value,
        arguments=arguments,
        state="done",
        asked_by=desk.user("dong"),
        asked_at=NOW,
        not_before=NOW,
        finished_at=NOW,
    )
    file = export_path(directory, job)
    file.parent.mkdir()
    file.write_text("x", encoding="utf-8")
    stray, fresh = file.parent / ".9.csv.1.part", file.parent / ".10.csv.1.part"
    for part in (stray, fresh):
        part.write_text("x", encoding="utf-8")
    long_ago = (NOW - dt.timedelta(days=3)).timestamp()
    os.utime(stray, (long_ago, long_ago))
    os.utime(fresh, (NOW.timestamp(), NOW.timestamp()))
    assert forget_old_files(directory, at=NOW + HOUR) == 0
    assert [path.exists() for path in (file, stray, fresh)] == [True, False, True]
    assert forget_old_files(directory, at=NOW + EXPORTS_KEPT) == 1
    assert not file.exists()
    assert told("export.forgotten") == [("(keceng)", str(job.pk))]


@pytest.mark.parametrize("is_under_way", [False, True])
def test_a_run_that_is_cancelled_does_not_wait_for_ever(desk: Desk, is_under_way: bool) -> None:
    job = start_run(published(desk).pk, as_of=MARCH, signed=desk.signed("mei"))
    worker = Worker(desk.workspace.directory, lambda: NOW)
    if is_under_way:
        assert take(worker.name, at=NOW) is not None
    cancel(job.pk, signed=desk.signed("mei"))
    if is_under_way:
        assert beat(job.pk, 1, at=NOW) is True
        end_cancelled(job.pk, 1, at=NOW)
    record = RunRecord.objects.get()
    assert (record.state, record.problems[0]["code"]) == ("failed", "run_cancelled")


def test_a_run_whose_job_is_given_up_does_not_wait_for_ever(desk: Desk) -> None:
    job = start_run(published(desk).pk, as_of=MARCH, signed=desk.signed("mei"))
    at = NOW
    for token in range(1, MOST_FAILURES + 1):
        assert take("one", at=at) is not None
        put_off(job.pk, token, [JOB_DIED], at=at)
        job.refresh_from_db()
        at = max(at, job.not_before)
    assert (job.state, RunRecord.objects.get().state) == ("failed", "failed")


def test_what_waits_for_the_lake_arrives_while_the_worker_works(graded_desk: Desk) -> None:
    desk = graded_desk
    follow_published_run(desk.lake, at=NOW)
    log_visit(VisitLog("0" * 32, 1, "interested"), signed=desk.signed("mei"), today=NOW.date())
    with transaction.atomic():
        post(publication(), at=NOW)
    assert (count_waiting(), Visit.objects.filter(delivered_at=None).count()) == (1, 1)
    Worker(desk.workspace.directory, lambda: NOW).step()
    assert (count_waiting(), Visit.objects.filter(delivered_at=None).count()) == (0, 0)
    assert desk.lake.snapshot().read(INTERACTIONS).num_rows == 1


def test_a_worker_shows_itself_and_takes_its_leave(desk: Desk) -> None:
    directory = desk.workspace.directory
    worker = Worker(directory, lambda: NOW)
    worker.step()
    now = dt.datetime.now(dt.UTC)
    [seen] = list_workers(directory, at=now)
    assert (seen.name, seen.is_alive(now), seen.is_alive(now + SILENT)) == (worker.name, True, False)
    worker.stop()
    worker.run()
    assert list_workers(directory, at=now) == []
    assert not list((directory / FOLDER).iterdir())
