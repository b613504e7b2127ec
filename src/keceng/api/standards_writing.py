"""标准 as they are written and weighed: drafts, documents, numbers, effects, the history test."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from ninja.responses import Status

from keceng.api import standards_effects_shapes as weighed
from keceng.api import standards_shapes as shapes
from keceng.api.bearer import caller, signed_by
from keceng.api.customers_telling import words
from keceng.api.operations import asks, gives_file, once
from keceng.api.paging import Page, Turned, page_of_list
from keceng.api.standards import find_row
from keceng.api.standards_telling import tell_effect, tell_opinion, tell_revision
from keceng.api.words import Number
from keceng.api.workspace import as_file, served
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.standards.actions import edit_draft, import_yaml
from keceng.desk.standards.effects import weigh_draft
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.queries import look_over, read_standard_of
from keceng.desk.standards.starting import start_draft
from keceng.desk.standards.thresholds import list_thresholds, set_thresholds
from keceng.desk.standards.trial_jobs import ask_for_trial, find_trial, read_result
from keceng.desk.tokens.scopes import Scope
from keceng.vocabulary import KecengError

router = Router(tags=["standards"])
YAML = "application/yaml"


@router.post("/validate", **asks(Scope.STANDARDS_READ, shapes.Opinion))
@once
def validate_standard(request: HttpRequest, body: shapes.DocumentGiven) -> shapes.Opinion:
    """检查文件，不保存。Everything to be said about a document; nothing is saved."""
    require_duty(caller(request), Duty.WRITE_STANDARDS)
    return tell_opinion(look_over(body.document.encode()))


@router.post("/drafts", **asks(Scope.STANDARDS_WRITE, shapes.Revision, 201))
@once
def start_standard(request: HttpRequest, body: shapes.DraftStarted) -> Status[shapes.Revision]:
    """从模板新建草稿。A draft from a template, or from the published standard."""
    require_duty(caller(request), Duty.WRITE_STANDARDS)
    return _made(start_draft(body.start, body.standard_id.strip(), signed=signed_by(request)))


@router.post("/import", **asks(Scope.STANDARDS_WRITE, shapes.Revision, 201))
@once
def import_standard(request: HttpRequest, body: shapes.DocumentGiven) -> Status[shapes.Revision]:
    """按文件自带的编号导入。A document under the id and number it gives itself."""
    document = body.document.encode()
    return _made(import_yaml(document, signed=signed_by(request), lake=served().lake))


@router.get("/{revision_id}/yaml", **gives_file(Scope.STANDARDS_READ, YAML))
def read_yaml(request: HttpRequest, revision_id: Number) -> HttpResponse:
    """YAML 原文。The document, every byte as its author saved it."""
    del request
    row = find_row(revision_id)
    return as_file(row.yaml_bytes, f"{row.standard_id}-r{row.revision}.yaml", YAML)


@router.put("/{revision_id}/yaml", **asks(Scope.STANDARDS_WRITE, shapes.Revision))
def edit_standard(request: HttpRequest, revision_id: Number, body: shapes.DocumentEdited) -> shapes.Revision:
    """保存修改。Save another document: in the draft, or as the next revision."""
    row = find_row(revision_id)
    saved = edit_draft(
        row.pk,
        body.document.encode(),
        based_on=body.based_on,
        signed=signed_by(request, body.why),
        lake=served().lake,
    )
    return tell_revision(saved, timezone.localdate())


@router.get("/{revision_id}/thresholds", **asks(Scope.STANDARDS_READ, Page[weighed.Threshold]))
def list_numbers(request: HttpRequest, revision_id: Number, turn: Turned) -> Page[weighed.Threshold]:
    """可以调的数字。The numbers that people turn."""
    row = find_row(revision_id)
    require_duty(caller(request), Duty.WRITE_STANDARDS)
    found = list_thresholds(row.yaml_text, read_standard_of(row))
    shown, following = page_of_list(request, turn, found, lambda threshold: threshold.key)
    told = [
        weighed.Threshold(
            key=t.key, section=words(t.section), label=words(t.label), unit=words(t.unit), text=t.text
        )
        for t in shown
    ]
    return Page(items=told, next_cursor=following)


@router.post("/{revision_id}/effect", **asks(Scope.STANDARDS_READ, weighed.Effect))
@once
def weigh_standard(
    request: HttpRequest, revision_id: Number, body: weighed.ThresholdsTurned
) -> weighed.Effect:
    """试算，不保存。What the revision would do with other numbers; nothing is saved."""
    row = find_row(revision_id)
    require_duty(caller(request), Duty.WRITE_STANDARDS)
    written = set_thresholds(row.yaml_text, read_standard_of(row), body.thresholds)
    opinion = look_over(written.encode())
    if opinion.standard is None:
        raise KecengError(opinion.faults)
    return tell_effect(weigh_draft(opinion.standard, served().lake, is_hashed=True))


@router.post("/{revision_id}/trial", **asks(Scope.STANDARDS_WRITE, weighed.Trial, 202))
@once
def want_trial(request: HttpRequest, revision_id: Number, body: weighed.TrialWanted) -> Status[weighed.Trial]:
    """申请历史检验。Ask for the history test; a job does it."""
    row = find_row(revision_id)
    ask_for_trial(row, cuts=body.cuts, horizon_days=body.horizon_days, signed=signed_by(request))
    return Status(202, _trial(row))


@router.get("/{revision_id}/trial", **asks(Scope.STANDARDS_READ, weighed.Trial))
def read_trial(request: HttpRequest, revision_id: Number) -> weighed.Trial:
    """最近一次历史检验。The last test of the document as it is."""
    row = find_row(revision_id)
    require_duty(caller(request), Duty.WRITE_STANDARDS)
    return _trial(row)


def _trial(row: StandardRevision) -> weighed.Trial:
    job = find_trial(row)
    if job is None:
        return weighed.Trial(job_id=None, state=None, result=None)
    found = read_result(job)
    return weighed.Trial(job_id=job.pk, state=job.state, result=found.to_document() if found else None)


def _made(row: StandardRevision) -> Status[shapes.Revision]:
    return Status(201, tell_revision(row, timezone.localdate()))
