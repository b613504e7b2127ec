"""导入: files in, what was seen, what is asked, and then the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router, UploadedFile
from ninja.responses import Status

from keceng.api.bearer import caller, signed_by
from keceng.api.customers_telling import words
from keceng.api.imports_shapes import (
    FileKept,
    ImportTold,
    Said,
    Taken,
    UndoTold,
    Uploaded,
    tell_seen,
    tell_undo,
    tell_unread,
)
from keceng.api.jobs_shapes import tell_job
from keceng.api.operations import asks, gives_file, once
from keceng.api.paging import Page, Turned, page_of_rows
from keceng.api.problems import absent, page_language
from keceng.api.words import Number
from keceng.api.workspace import XLSX, as_file, served
from keceng.desk.jobs.import_reports import read_report, read_unread
from keceng.desk.jobs.models import Job, Upload
from keceng.desk.jobs.rejected import take_error_workbook
from keceng.desk.jobs.states import JobState
from keceng.desk.jobs.undoing import ask_for_undo, ask_for_undo_look, read_undo
from keceng.desk.jobs.uploads import find_upload, receive_files, say, take_in
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.tokens.scopes import Scope

router = Router(tags=["imports"])


@router.get("", **asks(Scope.IMPORTS_READ, Page[ImportTold]))
def list_imports(request: HttpRequest, turn: Turned) -> Page[ImportTold]:
    """全部导入。The newest imports first."""
    require_duty(caller(request), Duty.IMPORT_DATA)
    rows = Upload.objects.select_related(
        "preview__asked_by", "taking__asked_by", "undo_look__asked_by", "undoing__asked_by", "uploaded_by"
    )
    found, following = page_of_rows(request, turn, rows, ["-id"])
    return Page(items=[_tell(row) for row in found], next_cursor=following)


@router.post("", **asks(Scope.IMPORTS_WRITE, ImportTold, 201))
@once
def upload_files(
    request: HttpRequest,
    files: Annotated[list[UploadedFile], File(description="csv, tsv, txt, xlsx, xls")],
    told: Annotated[Uploaded, Form()],
) -> Status[ImportTold]:
    """上传文件并请求查看。Keep files and ask for a look at them."""
    row = receive_files(settings.WORKSPACE, files, source=told.source, signed=signed_by(request))
    return Status(201, _tell(row))


@router.get("/{upload_id}", **asks(Scope.IMPORTS_READ, ImportTold))
def read_import(request: HttpRequest, upload_id: Number) -> ImportTold:
    """一次导入的进展。An import as far as it is: progress, what was seen, what is asked."""
    return _tell(_find(request, upload_id))


@router.post("/{upload_id}/said", **asks(Scope.IMPORTS_WRITE, ImportTold))
@once
def say_what_is_meant(request: HttpRequest, upload_id: Number, body: Said) -> ImportTold:
    """说明后重新查看。Say what columns, files and questions mean; the files are looked at again."""
    row = _find(request, upload_id)
    told = {"overrides": body.overrides, "entities": body.entities, "answers": body.answers}
    return _tell(say(row.pk, **told, signed=signed_by(request)))


@router.post("/{upload_id}/take", **asks(Scope.IMPORTS_WRITE, ImportTold, 202))
@once
def take_into_ledger(request: HttpRequest, upload_id: Number, body: Taken) -> Status[ImportTold]:
    """按预览导入。Into the ledger, as the last look showed it."""
    row = _find(request, upload_id)
    return Status(202, _tell(take_in(row.pk, body.answers, signed=signed_by(request))))


@router.post("/{upload_id}/undo-look", **asks(Scope.IMPORTS_WRITE, ImportTold, 202))
@once
def look_at_undo(request: HttpRequest, upload_id: Number) -> Status[ImportTold]:
    """先看撤销会改变什么。Ask what taking the import back would change."""
    row = _find(request, upload_id)
    return Status(202, _tell(ask_for_undo_look(row.pk, signed=signed_by(request))))


@router.post("/{upload_id}/undo", **asks(Scope.IMPORTS_WRITE, ImportTold, 202))
@once
def undo_import(request: HttpRequest, upload_id: Number) -> Status[ImportTold]:
    """按看过的撤销导入。Take the import back, as the last look showed it."""
    row = _find(request, upload_id)
    return Status(202, _tell(ask_for_undo(row.pk, signed=signed_by(request))))


@router.get("/{upload_id}/rejected", **gives_file(Scope.IMPORTS_READ, XLSX))
def read_rejected(request: HttpRequest, upload_id: Number) -> HttpResponse:
    """退回的行。The refused rows as a workbook, to be corrected."""
    row = _find(request, upload_id)
    content = take_error_workbook(served().lake, row, language=page_language(), signed=signed_by(request))
    return as_file(content, f"rejected-{row.pk}.xlsx", XLSX)


def _find(request: HttpRequest, upload_id: int) -> Upload:
    require_duty(caller(request), Duty.IMPORT_DATA)
    row = find_upload(upload_id)
    if row is None:
        raise absent()
    return row


def _tell(row: Upload) -> ImportTold:
    is_taken = row.taking is not None and row.taking.stands is JobState.DONE
    shown = _result_of(row.taking if is_taken else row.preview)
    unread, problems = read_unread(shown["unread"]) if shown and "unread" in shown else ([], [])
    return ImportTold(
        id=row.pk,
        source=row.source,
        files=[FileKept(name=f["name"], size_bytes=f["bytes"]) for f in row.files],
        uploaded_by=row.uploaded_by.username,
        uploaded_at=row.uploaded_at,
        preview=tell_job(row.preview) if row.preview else None,
        taking=tell_job(row.taking) if row.taking else None,
        undo_look=tell_job(row.undo_look) if row.undo_look else None,
        undoing=tell_job(row.undoing) if row.undoing else None,
        undo=_told_undo(row),
        is_taken=is_taken and not row.is_undone,
        is_undone=row.is_undone,
        seen=tell_seen(read_report(shown)) if shown and "unread" not in shown else None,
        unread=[tell_unread(table) for table in unread],
        problems=[words(text) for text in problems],
    )


def _told_undo(row: Upload) -> UndoTold | None:
    done = _result_of(row.undoing) or _result_of(row.undo_look)
    return tell_undo(read_undo(done)) if done else None


def _result_of(job: Job | None) -> Mapping[str, Any] | None:
    return job.result if job is not None and job.stands is JobState.DONE else None
