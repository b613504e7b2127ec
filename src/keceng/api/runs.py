"""运行: classifications and who moved between two, jobs and what comes by itself."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field

from keceng.api.bearer import caller, signed_by
from keceng.api.customers_telling import words, words_or_none
from keceng.api.jobs_shapes import JobTold, tell_job
from keceng.api.operations import asks, once
from keceng.api.paging import Page, Turned, page_of_list
from keceng.api.problems import absent
from keceng.api.words import GREATEST_KEY, Cents, Line, Words
from keceng.api.workspace import served
from keceng.desk.jobs.classifying import start_run
from keceng.desk.jobs.history import RunLine, list_run_jobs, list_stored_runs, read_migration
from keceng.desk.standards.choosing import choose_first_standard
from keceng.desk.standards.queries import find_only_in_force
from keceng.desk.tokens.scopes import Scope

router = Router(tags=["runs"])


class RunTold(Schema):
    """一次运行。A run of the lake."""

    run_id: str
    standard_id: str
    revision: int
    as_of: dt.date
    by: str
    is_published: bool
    kept_word: bool | None = Field(
        description="whether it moved just those whom the approval saw · 是否与批准时所见一致"
    )
    customers: int
    classified: int
    provisional: int
    insufficient: int
    excluded: dict[str, int]
    heads: dict[str, int]
    earlier_run: str | None
    result_hash: str


class RunWanted(Schema):
    """哪一版，哪一天。Which revision, of which day; the only one in force and the last day of the books if not said."""

    revision_id: Annotated[int, Field(ge=1, le=GREATEST_KEY)] | None = None
    as_of: dt.date | None = None
    template: Line = Field(
        "", description="of the first run, while no standard is approved · 首次运行用的模板"
    )


class MoveCell(Schema):
    """从一级到另一级的客户。The customers who went from one state to another."""

    from_state: str
    from_title: Words
    to_state: str
    to_title: Words
    heads: int
    before_cents: Cents
    after_cents: Cents


class Fall(Schema):
    """离开最好一级的客户。A customer who left the best class."""

    customer_key: str
    customer_id: str | None
    customer_name: str | None
    from_class: str
    to_state: str
    before_cents: Cents | None
    after_cents: Cents | None
    reason: Words | None


class Migration(Schema):
    """两次运行之间的迁移。Who moved between two runs."""

    from_run: str
    to_run: str
    moved_heads: int
    fall_heads: int
    cells: list[MoveCell]
    falls: list[Fall]
    notes: list[Words]


@router.get("", **asks(Scope.RUNS_READ, Page[RunTold]))
def list_runs(request: HttpRequest, turn: Turned) -> Page[RunTold]:
    """全部运行。The newest runs first."""
    lines = list_stored_runs(caller(request), served().lake)
    found, following = page_of_list(request, turn, lines, lambda line: line.summary.run_id)
    return Page(items=[_tell(line) for line in found], next_cursor=following)


@router.post("", **asks(Scope.RUNS_WRITE, JobTold, 202))
@once
def start(request: HttpRequest, body: RunWanted) -> Status[JobTold]:
    """运行分级。Ask for a run; a job does it."""
    signed = signed_by(request)
    if body.template:
        choose_first_standard(body.template, signed=signed)
    only = find_only_in_force(signed.day)
    revision_id = body.revision_id or (only.pk if only else None)
    return Status(202, tell_job(start_run(revision_id, signed=signed, as_of=body.as_of)))


@router.get("/under-way", **asks(Scope.RUNS_READ, Page[JobTold]))
def list_under_way(request: HttpRequest, turn: Turned) -> Page[JobTold]:
    """进行中的运行。Runs that wait or are under way, with their progress."""
    jobs = list_run_jobs(caller(request))
    found, following = page_of_list(request, turn, jobs, lambda job: job.pk)
    return Page(items=[tell_job(job) for job in found], next_cursor=following)


@router.get("/migration", **asks(Scope.RUNS_READ, Migration))
def read_moves(
    request: HttpRequest,
    from_run: Line = "",
    to_run: Line = "",
) -> Migration:
    """迁移。Who moved between two runs; the published one and the one before it if none is named."""
    found = read_migration(caller(request), served().lake, from_run or None, to_run or None)
    return Migration(
        from_run=found.before.run_id,
        to_run=found.after.run_id,
        moved_heads=found.moved_heads,
        fall_heads=found.fall_heads,
        cells=[
            MoveCell(
                from_state=before,
                from_title=words(found.title_of(before)),
                to_state=after,
                to_title=words(found.title_of(after)),
                heads=cell.heads,
                before_cents=cell.before_cents,
                after_cents=cell.after_cents,
            )
            for (before, after), cell in found.cells.items()
        ],
        falls=[
            Fall(
                customer_key=str(fall.customer_key),
                customer_id=fall.customer_id,
                customer_name=fall.customer_name,
                from_class=fall.from_class,
                to_state=fall.to_state,
                before_cents=fall.before_cents,
                after_cents=fall.after_cents,
                reason=words_or_none(fall.reason),
            )
            for fall in found.falls
        ],
        notes=[words(text) for text in found.notes],
    )


@router.get("/{run_id}", **asks(Scope.RUNS_READ, RunTold))
def read_run(request: HttpRequest, run_id: str) -> RunTold:
    """一次运行。One run."""
    lines = list_stored_runs(caller(request), served().lake)
    found = next((line for line in lines if line.summary.run_id == run_id), None)
    if found is None:
        raise absent()
    return _tell(found)


def _tell(line: RunLine) -> RunTold:
    summary, heads = line.summary, line.summary.population
    return RunTold(
        run_id=summary.run_id,
        standard_id=summary.standard.id,
        revision=summary.standard.revision,
        as_of=summary.as_of,
        by=line.by,
        is_published=line.is_published,
        kept_word=line.kept_word,
        customers=heads.customers,
        classified=heads.classified,
        provisional=heads.provisional,
        insufficient=heads.insufficient,
        excluded=dict(heads.excluded),
        heads=dict(line.heads),
        earlier_run=summary.earlier_run,
        result_hash=summary.result_hash,
    )
