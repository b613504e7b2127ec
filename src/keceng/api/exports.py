"""导出: files of customers, each its asker's alone."""

from __future__ import annotations

from typing import Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from keceng.api.bearer import caller, signed_by
from keceng.api.customers_shapes import CustomersOrdered
from keceng.api.customers_telling import read_asked
from keceng.api.jobs_shapes import JobTold, tell_job
from keceng.api.operations import asks, gives_file, once
from keceng.api.paging import Page, Turned, page_of_rows
from keceng.api.problems import absent
from keceng.api.words import Number
from keceng.api.workspace import XLSX, as_file
from keceng.desk.directory.scope import current_edition
from keceng.desk.directory.tiers import read_tiers
from keceng.desk.jobs.exporting import ask_for_export, take_export
from keceng.desk.jobs.models import Job
from keceng.desk.jobs.states import JobKind
from keceng.desk.tokens.scopes import Scope

router = Router(tags=["exports"])
CSV = "text/csv"


class ExportWanted(CustomersOrdered):
    """把一个名单导出为文件。A list of customers as a file."""

    format: Literal["xlsx", "csv"] = "xlsx"
    language: Literal["zh", "en"] = Field("zh", description="of the headings · 表头语言")


@router.get("", **asks(Scope.CUSTOMERS_EXPORT, Page[JobTold]))
def list_exports(request: HttpRequest, turn: Turned) -> Page[JobTold]:
    """自己的导出。One's own exports, the newest first."""
    rows = Job.objects.filter(kind=JobKind.EXPORT.value, asked_by=caller(request)).select_related("asked_by")
    found, following = page_of_rows(request, turn, rows, ["-id"])
    return Page(items=[tell_job(row) for row in found], next_cursor=following)


@router.post("", **asks(Scope.CUSTOMERS_EXPORT, JobTold, 202))
@once
def want_export(request: HttpRequest, body: ExportWanted) -> Status[JobTold]:
    """申请导出。Ask for a file of customers; a job writes it."""
    edition = current_edition()
    wanted = read_asked(body, list(read_tiers(edition)) if edition else [])
    job = ask_for_export(
        wanted,
        order=body.order,
        file_format=body.format,
        language=body.language,
        signed=signed_by(request),
    )
    return Status(202, tell_job(job))


@router.get("/{job_id}", **asks(Scope.CUSTOMERS_EXPORT, JobTold))
def read_export(request: HttpRequest, job_id: Number) -> JobTold:
    """导出的进度。How far an export is."""
    rows = Job.objects.filter(kind=JobKind.EXPORT.value, asked_by=caller(request))
    row = rows.select_related("asked_by").filter(pk=job_id).first()
    if row is None:
        raise absent()
    return tell_job(row)


@router.get("/{job_id}/file", **gives_file(Scope.CUSTOMERS_EXPORT, XLSX, CSV))
def read_export_file(request: HttpRequest, job_id: Number) -> HttpResponse:
    """下载文件。The file, once it is written."""
    found = take_export(settings.WORKSPACE, job_id, signed=signed_by(request))
    if found is None:
        raise absent()
    job, path = found
    kind = XLSX if path.suffix == ".xlsx" else CSV
    return as_file(path.read_bytes(), f"customers-{job.result['as_of']}{path.suffix}", kind)
