"""导入: files are kept and looked at in the background; what is asked and what would change stands on one page."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from urllib.parse import quote

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from keceng.desk.jobs.import_reports import ImportReport, list_kinds_of_files, read_report, read_unread
from keceng.desk.jobs.models import Job, Upload
from keceng.desk.jobs.rejected import take_error_workbook
from keceng.desk.jobs.states import JobState
from keceng.desk.jobs.undoing import ask_for_undo, ask_for_undo_look, drop_undo_look, read_undo
from keceng.desk.jobs.uploads import FORMATS, find_upload, list_uploads, receive_files, say, take_in
from keceng.desk.opening import served_workspace
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import may, require_duty
from keceng.desk.standards.choosing import list_first_standards
from keceng.vocabulary import KecengError
from keceng.web.frame.people import signature, signed_in
from keceng.web.frame.templatetags.words import page_language

_AS, _KIND, _NEED, _ANSWER = "as:", "kind:", "need:", "answer:"
_NOT_USED = "-"


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """The list of imports and the form for files; files that cannot be taken are told beside it."""
    require_duty(signed_in(request), Duty.IMPORT_DATA)
    told: list[str] = []
    if request.method == "POST":
        try:
            upload = receive_files(
                settings.WORKSPACE,
                [file for file in request.FILES.getlist("files") if isinstance(file, UploadedFile)],
                source=request.POST.get("source", ""),
                signed=signature(request),
            )
        except KecengError as error:
            told = [problem.describe(page_language()) for problem in error.problems]
        else:
            return redirect("import", upload.pk)
    context = {"uploads": list_uploads(), "told": told, "formats": FORMATS}
    return render(request, "imports.html", context, status=400 if told else 200)


@require_safe
def one_import(request: HttpRequest, upload_id: int) -> HttpResponse:
    """One import as far as it is; while work goes on, its progress alone for whoever asks again."""
    user = signed_in(request)
    upload = _find(request, upload_id)
    job = upload.latest
    is_over = job is None or job.stands.is_over
    if getattr(request, "htmx", False):
        return HttpResponseClientRefresh() if is_over else render(request, "job.html", {"job": job})
    context: dict[str, object] = {"upload": upload, "job": None if is_over else job}
    if is_over and job is not None:
        context |= _over(upload, job)
        context |= {"may_run": may(user, Duty.START_RUNS), "fits": list_first_standards()}
    if isinstance(report := context.get("report"), ImportReport):
        context |= _reconciled(request, report)
    context["currency"] = served_workspace(settings.WORKSPACE).settings.currency
    return render(request, "import.html", context)


@require_POST
def said(request: HttpRequest, upload_id: int) -> HttpResponse:
    """What columns, files and questions mean; the files are looked at again."""
    upload = _find(request, upload_id)
    posted = {name: str(told) for name, told in request.POST.items()}
    say(
        upload.pk,
        overrides={**_overrides(upload, posted), **_told(posted, _NEED)},
        entities=_told(posted, _KIND),
        answers=_told(posted, _ANSWER),
        signed=signature(request),
    )
    return redirect("import", upload.pk)


@require_POST
def take(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Into the ledger, with the answers of the form."""
    upload = _find(request, upload_id)
    posted = {name: str(told) for name, told in request.POST.items()}
    take_in(upload.pk, _told(posted, _ANSWER), signed=signature(request))
    return redirect("import", upload.pk)


@require_POST
def undo(request: HttpRequest, upload_id: int) -> HttpResponse:
    """First a look at what taking the import back changes; with `do` the undo itself, with `leave` nothing."""
    upload = _find(request, upload_id)
    said = request.POST.get("say", "")
    act = {"do": ask_for_undo, "leave": drop_undo_look}.get(said, ask_for_undo_look)
    act(upload.pk, signed=signature(request))
    return redirect("import", upload.pk)


@require_safe
def rejected(request: HttpRequest, upload_id: int) -> HttpResponse:
    """The refused rows as a workbook."""
    upload = _find(request, upload_id)
    lake = served_workspace(settings.WORKSPACE).lake
    answer = HttpResponse(
        take_error_workbook(lake, upload, language=page_language(), signed=signature(request)),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    name = f"退回行-{upload.pk}.xlsx" if page_language() == "zh" else f"rejected-{upload.pk}.xlsx"
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer


def _find(request: HttpRequest, upload_id: int) -> Upload:
    require_duty(signed_in(request), Duty.IMPORT_DATA)
    upload = find_upload(upload_id)
    if upload is None:
        raise Http404
    return upload


def _over(upload: Upload, job: Job) -> dict[str, object]:
    """What the page shows once nothing is under way: the result, the look, the undo, or what is wrong."""
    taking = upload.taking
    is_in = taking is not None and taking.stands is JobState.DONE
    shown = taking if is_in else upload.preview
    context: dict[str, object] = {
        "is_taken": is_in and not upload.is_undone,
        "is_undone": upload.is_undone,
        "failed": job if job.stands is JobState.FAILED else None,
        "may_be_undone": upload.may_be_undone,
    }
    if job.stands is JobState.DONE and job in {upload.undoing, upload.undo_look}:
        context["undo"] = read_undo(job.result)
    if shown is None or shown.stands is not JobState.DONE or upload.is_undone:
        return context
    if "unread" in shown.result:
        tables, problems = read_unread(shown.result["unread"])
        return context | {"unread": tables, "problems": problems, "kinds": list_kinds_of_files()}
    return context | {"report": read_report(shown.result), "answers": upload.said.get("answers", {})}


def _reconciled(request: HttpRequest, report: ImportReport) -> dict[str, object]:
    """What the books say, as typed, and how far our sum is from it in cents."""
    typed = request.GET.get("books", "").strip()
    total = report.total_cents
    if not typed or total is None:
        return {"books": typed}
    try:
        books = Decimal(typed.replace(",", "").replace("，", "").lstrip("¥￥$€£ "))
        difference = total - int((books * 100).to_integral_value())
    except (InvalidOperation, ValueError, OverflowError):
        return {"books": typed, "is_no_number": True}
    return {
        "books": typed,
        "difference": difference,
        "distance": abs(difference),
        "is_equal": difference == 0,
    }


def _told(posted: dict[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): told for name, told in posted.items() if name.startswith(prefix) and told
    }


def _overrides(upload: Upload, posted: dict[str, str]) -> dict[str, str]:
    """Field → column; a column that is said to be something else leaves the field that it fed."""
    look = upload.preview
    report = read_report(look.result) if look is not None and look.stands is JobState.DONE else None
    fed = {column.header: column.field for column in report.columns} if report else {}
    meant = _told(posted, _AS)
    if posted.get("column") and posted.get("meaning"):
        meant[posted["column"]] = posted["meaning"]
    left = {
        field: ""
        for header, said in meant.items()
        if (field := fed.get(header)) not in {None, "declared", said}
    }
    now = {said: header for header, said in meant.items() if said != _NOT_USED}
    return {str(field): header for field, header in [*left.items(), *now.items()]}
