"""数据: what came in, what is missing, what was turned away, and what every number means."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from keceng.api.bearer import caller, signed_by
from keceng.api.customers_telling import words
from keceng.api.operations import asks, gives_file
from keceng.api.paging import Page, Turned, page_of_list
from keceng.api.words import Line, Words
from keceng.api.workspace import XLSX, as_file, served, written
from keceng.desk.directory import inflow
from keceng.desk.tokens.scopes import Scope

router = Router(tags=["data"])


class Source(Schema):
    """一个来源。Everything of one kind from one system."""

    source: str
    entity: str
    title: Words
    file: str
    imported_at: dt.datetime
    batches: int
    read: int
    added: int
    rejected: int
    first_on: dt.date | None
    last_on: dt.date | None


class Filled(Schema):
    """字段完整度。How complete a field is."""

    table: str
    column: str
    title: Words
    needed_for: Words
    filled: int
    total: int


class TurnedAway(Schema):
    """退回的行。Rows turned away for one reason in one file."""

    batch_id: str
    file: str
    reason: Words
    rows: int


class State(Schema):
    """数据状况。The state of the data."""

    sources: list[Source]
    filled: list[Filled]
    turned: list[TurnedAway]
    contacts_logged: int
    last_contact_on: dt.date | None


class Measure(Schema):
    """一项指标。A number of the catalogue."""

    name: str
    title: Words
    definition: Words
    kind: str
    unit: Words
    is_windowed: bool


class Origin(Schema):
    """数字来自的表和文件。A table that a number reads, and its files."""

    table: str
    title: Words
    files: list[Source]


@router.get("", **asks(Scope.DATA_READ, State))
def read_state(request: HttpRequest) -> State:
    """来源、完整度、退回的行。Sources, completeness, rows turned away."""
    found = inflow.read_data(served().lake, caller(request))
    logged, last_on = found.logged
    return State(
        sources=[_source(source) for source in found.sources],
        filled=[
            Filled(
                table=f.field.table,
                column=f.field.column,
                title=words(f.field.title),
                needed_for=words(f.field.needed_for),
                filled=f.filled,
                total=f.total,
            )
            for f in found.filled
        ],
        turned=[
            TurnedAway(batch_id=t.batch_id, file=t.file, reason=words(t.reason), rows=t.rows)
            for t in found.turned
        ],
        contacts_logged=logged,
        last_contact_on=last_on,
    )


@router.get("/measures", **asks(Scope.DATA_READ, Page[Measure]))
def list_measures(request: HttpRequest, turn: Turned) -> Page[Measure]:
    """指标目录。Every number of the catalogue."""
    found, following = page_of_list(request, turn, inflow.list_measures(), lambda measure: measure.name)
    told = [
        Measure(
            name=m.name,
            title=words(m.title),
            definition=words(m.definition),
            kind=m.kind.value,
            unit=words(m.unit),
            is_windowed=m.windowed,
        )
        for m in found
    ]
    return Page(items=told, next_cursor=following)


@router.get("/origins", **asks(Scope.DATA_READ, Page[Origin]))
def list_origins(request: HttpRequest, turn: Turned, measure: Line = "spend") -> Page[Origin]:
    """一个数字来自哪些文件。From which files a number comes."""
    origins = inflow.list_origins(served().lake, caller(request), measure)
    found, following = page_of_list(request, turn, origins, lambda origin: origin.table)
    told = [
        Origin(table=o.table, title=words(o.title), files=[_source(file) for file in o.files]) for o in found
    ]
    return Page(items=told, next_cursor=following)


@router.get("/rejects", **gives_file(Scope.DATA_READ, XLSX))
def read_rejects(request: HttpRequest, batch: Line = "") -> HttpResponse:
    """退回行工作簿。The rows that are still rejected, of one file or of all."""
    signed = signed_by(request)
    content = written(
        "rejects.xlsx",
        lambda path: inflow.save_rejects(served().lake, path, batch_id=batch[:40], signed=signed),
    )
    return as_file(content, "rejects.xlsx", XLSX)


def _source(found: inflow.Source) -> Source:
    return Source(
        source=found.source,
        entity=found.entity,
        title=words(found.title),
        file=found.file,
        imported_at=found.imported_at.replace(tzinfo=dt.UTC),
        batches=found.batches,
        read=found.read,
        added=found.added,
        rejected=found.rejected,
        first_on=found.first_on,
        last_on=found.last_on,
    )
