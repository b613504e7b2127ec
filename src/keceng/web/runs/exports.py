"""导出: files of customers that somebody asked for; each is its asker's alone."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from keceng.desk.directory.scope import current_edition
from keceng.desk.directory.tiers import read_tiers
from keceng.desk.groups.selection import Selection
from keceng.desk.jobs.exporting import ask_for_export, is_kept, take_export
from keceng.desk.jobs.queries import list_jobs
from keceng.desk.jobs.states import JobKind
from keceng.vocabulary import KecengError
from keceng.web.customers.asked import read_selection
from keceng.web.frame.people import signature, signed_in
from keceng.web.frame.templatetags.words import page_language


@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: HttpRequest) -> HttpResponse:
    """One's own exports; a POST asks for the list that its fields describe, as the list of customers does."""
    user, told = signed_in(request), list[str]()
    if request.method == "POST":
        try:
            ask_for_export(
                _asked(request),
                order=request.POST.get("order", ""),
                file_format=request.POST.get("format", "xlsx"),
                language=page_language(),
                signed=signature(request),
            )
        except KecengError as error:
            told = [problem.describe(page_language()) for problem in error.problems]
        else:
            return redirect("exports")
    jobs = list_jobs([JobKind.EXPORT], asked_by=user)
    under_way = [job for job in jobs if not job.stands.is_over]
    if getattr(request, "htmx", False):
        if not under_way:
            return HttpResponseClientRefresh()
        return render(request, "run_jobs.html", {"jobs": under_way})
    over = [job for job in jobs if job.stands.is_over]
    shown = {
        "jobs": under_way,
        "over": over,
        "kept": {job.pk for job in over if is_kept(settings.WORKSPACE, job)},
        "told": told,
    }
    return render(request, "exports.html", shown, status=400 if told else 200)


@require_safe
def download(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """The file of an export, to whoever asked for it; another's looks like none."""
    found = take_export(settings.WORKSPACE, job_id, signed=signature(request))
    if found is None:
        raise Http404
    job, path = found
    stem = "客户" if job.arguments["language"] == "zh" else "customers"
    answer = FileResponse(path.open("rb"), as_attachment=True)
    name = quote(f"{stem}-{job.result['as_of']}{path.suffix}")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


def _asked(request: HttpRequest) -> Selection:
    edition = current_edition()
    return read_selection(request.POST, list(read_tiers(edition)) if edition else [])
