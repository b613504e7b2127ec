"""Runs as people ask for them: queued, running, done or failed. A failed run says why and what stands instead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from django.db import transaction

from keceng.classify import RunSummary, read_summary
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.runs.events import change, record
from keceng.desk.runs.models import RunRecord
from keceng.desk.runs.states import RunState
from keceng.desk.signature import Signature
from keceng.desk.standards.queries import find_by_id, read_standard_of, status_on
from keceng.desk.standards.states import Status
from keceng.desk.standards.uses import note_uses
from keceng.lake import Lake
from keceng.loop import Watch, Workspace
from keceng.vocabulary import KecengError, Problem, Text

Clock = Callable[[], dt.datetime]

RUN_DIED = Problem(
    "run_died",
    Text("运行中途中断, 没有发布任何结果", "the run was interrupted; nothing was published"),
    Text("重新运行", "run it again"),
)
CANCELLED = Problem(
    "run_cancelled", Text("已取消，没有发布任何结果", "it was cancelled; nothing was published")
)


def _stay_silent(_doing: Text) -> None:
    return None


def request_run(revision_id: int, *, signed: Signature, as_of: dt.date | None = None) -> RunRecord:
    """Queue a run of a revision that is in force; without `as_of`, at the last valid order date.

    Raises:
        KecengError: there is no such revision, it is not in force, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.START_RUNS)
    revision = find_by_id(revision_id)
    if revision is None:
        raise KecengError.of("unknown_revision", "没有这个修订版", "there is no such revision")
    if (status := status_on(revision, signed.day)) is not Status.IN_FORCE:
        raise KecengError.of(
            "not_in_force",
            f"{revision.standard_id} r{revision.revision} 是「{status.wording.zh}」，不能用于发布的分级",
            f"{revision.standard_id} r{revision.revision} is {status.wording.en}; only what is in force is published",
            remedy=Text("先批准并发布，或先试算", "approve and publish it first, or simulate it"),
        )
    with transaction.atomic():
        row = RunRecord.objects.create(
            revision=revision,
            as_of=as_of,
            state=RunState.QUEUED.value,
            requested_by=signed.by,
            requested_at=signed.at,
        )
        record(row, "request", signed, new={"as_of": as_of.isoformat() if as_of else None})
    return row


def carry_out(
    record_id: int, workspace: Workspace, *, clock: Clock, watch: Watch = _stay_silent
) -> RunRecord:
    """Do a queued run. What it finds wrong is stored with it, and the run published before stands.

    Args:
        record_id: a queued run; another worker cannot take it twice.
        workspace: whose lake is classified.
        clock: the door's, read before and after.
        watch: told what is being done.

    Returns:
        The row, done or failed.

    Raises:
        KecengError: it is not queued.
        Exception: something that no user did; the row is marked failed first.
    """
    row = _take(record_id, workspace.lake, clock())
    try:
        standard = read_standard_of(row.revision)
        author = row.requested_by.username
        summary = workspace.classify(standard, row.as_of, author=author, watch=watch)
    except KecengError as error:
        return _fail(row, workspace.lake, list(error.problems), clock())
    except Exception:
        _fail(row, workspace.lake, [RUN_DIED], clock())
        raise
    _finish(row, summary, clock())
    note_uses(workspace.lake, at=clock())
    return row


def drop_request(record_id: int, problems: Sequence[Problem], *, at: dt.datetime) -> None:
    """End a run that waits and that nobody will do any more; one that does not wait stays as it is."""
    with transaction.atomic():
        rows = RunRecord.objects.select_for_update(of=("self",)).select_related("requested_by")
        row = rows.filter(pk=record_id, state=RunState.QUEUED.value).first()
        if row is not None:
            _mark_failed(row, problems, at, standing="")


def settle_interrupted(lake: Lake, *, at: dt.datetime, because: Problem = RUN_DIED) -> int:
    """Settle runs whose process died: done if the lake has their run, else failed; how many there were.

    Only by who holds the lane of runs, in which nothing is under way beside it.
    """
    rows = list(RunRecord.objects.filter(state=RunState.RUNNING.value).select_related("revision"))
    for row in rows:
        summary = _find_in_lake(row, lake)
        if summary is None:
            _fail(row, lake, [because], at)
        else:
            _finish(row, summary, at)
    note_uses(lake, at=at)
    return len(rows)


def _take(record_id: int, lake: Lake, at: dt.datetime) -> RunRecord:
    with transaction.atomic():
        rows = RunRecord.objects.select_for_update(of=("self",)).select_related("revision", "requested_by")
        row = rows.filter(pk=record_id, state=RunState.QUEUED.value).first()
        if row is None:
            raise KecengError.of("wrong_status", "这次运行不在等待", "this run is not waiting")
        started = {"started_at": at, "started_on_snapshot": lake.snapshot().snapshot_id}
        change(row, "start", _hand(row, at), {**started, "state": RunState.RUNNING.value})
    return row


def _finish(row: RunRecord, summary: RunSummary, at: dt.datetime) -> None:
    done = {"run_id": summary.run_id, "moves_hash": summary.moves_hash, "finished_at": at}
    with transaction.atomic():
        change(row, "finish", _hand(row, at), {**done, "state": RunState.DONE.value})


def _fail(row: RunRecord, lake: Lake, problems: Sequence[Problem], at: dt.datetime) -> RunRecord:
    return _mark_failed(row, problems, at, standing=lake.snapshot().entry.published_run or "")


def _mark_failed(row: RunRecord, problems: Sequence[Problem], at: dt.datetime, *, standing: str) -> RunRecord:
    told = [{"code": p.code, "zh": p.describe("zh"), "en": p.describe("en")} for p in problems]
    failed = {"problems": told, "finished_at": at, "standing_run": standing}
    with transaction.atomic():
        change(row, "fail", _hand(row, at), {**failed, "state": RunState.FAILED.value})
    return row


def _find_in_lake(row: RunRecord, lake: Lake) -> RunSummary | None:
    taken = set(RunRecord.objects.exclude(run_id="").values_list("run_id", flat=True))
    before: set[str] = set()
    for entry in lake.history():
        if row.started_on_snapshot is not None and entry.snapshot_id <= row.started_on_snapshot:
            before |= set(entry.runs)
    snapshot = lake.snapshot()
    for run_id in sorted(set(snapshot.entry.runs) - before - taken):
        summary = read_summary(snapshot.run_directory(run_id))
        if summary.standard.hash == row.revision.standard_hash and row.as_of in {None, summary.as_of}:
            return summary
    return None


def _hand(row: RunRecord, at: dt.datetime) -> Signature:
    return Signature(row.requested_by, at)
