"""What is written: a new draft, a file taken in, the YAML, the numbers."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from keceng.desk.opening import served_workspace
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.standards.actions import edit_draft, import_yaml
from keceng.desk.standards.documents import MAX_BYTES
from keceng.desk.standards.effects import weigh_draft
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.queries import look_over
from keceng.desk.standards.starting import start_draft
from keceng.desk.standards.states import Status
from keceng.desk.standards.thresholds import list_thresholds, set_thresholds
from keceng.standard import Standard
from keceng.vocabulary import KecengError
from keceng.web.frame.people import signature, signed_in
from keceng.web.frame.templatetags.words import say
from keceng.web.standards.page import NUMBERS, YAML, class_looks, find_row, show, status_of, tell
from keceng.web.standards.reading import list_page

PREFIX = "t:"
"""Before the key of a threshold, as the name of its field."""


@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """A draft from a template."""
    require_duty(signed_in(request), Duty.WRITE_STANDARDS)
    start, standard_id = request.POST.get("start", ""), request.POST.get("standard_id", "").strip()
    try:
        row = start_draft(start, standard_id, signed=signature(request))
    except KecengError as error:
        return list_page(request, tell(error), status=status_of(error))
    return redirect("standard", row.pk)


@require_POST
def take_file(request: HttpRequest) -> HttpResponse:
    """A document as it lies in a file, under its own id and number."""
    lake = served_workspace(settings.WORKSPACE).lake
    require_duty(signed_in(request), Duty.WRITE_STANDARDS)
    upload = request.FILES.get("file")
    document = upload.read(MAX_BYTES + 1) if upload is not None else b""
    try:
        row = import_yaml(document, signed=signature(request), lake=lake)
    except KecengError as error:
        return list_page(request, tell(error), status=status_of(error))
    return redirect("standard", row.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest, revision_id: int) -> HttpResponse:
    """The YAML with what is wrong at its lines; checked or saved."""
    row = find_row(revision_id)
    if request.method != "POST":
        return _text_page(request, row, row.yaml_text)
    require_duty(signed_in(request), Duty.WRITE_STANDARDS)
    written = _as_saved(row, request.POST.get("document", ""))
    if request.POST.get("do") != "save":
        return _text_page(request, row, written)
    return _save(request, row, written) or _text_page(request, row, written)


def _as_saved(row: StandardRevision, posted: str) -> str:
    # Browsers send every line end as CR LF; the document keeps its own.
    newline = "\r\n" if b"\r\n" in row.yaml_bytes else "\n"
    return posted.replace("\r\n", "\n").replace("\n", newline)


def _text_page(
    request: HttpRequest,
    row: StandardRevision,
    written: str,
    told: list[str] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    opinion = look_over(written.encode())
    lines = written.splitlines()

    def quoted(line: int | None) -> str:
        return lines[line - 1].strip()[:200] if line and line <= len(lines) else ""

    context = {
        "document": written,
        "based_on": request.POST.get("based_on") or row.document_hash,
        "opinion": opinion,
        "faults": [(p, quoted(p.place.line)) for p in opinion.faults],
        "findings": [(p, True) for p in opinion.blocking] + [(p, False) for p in opinion.advice],
        "rows": min(max(len(lines) + 2, 20), 48),
        "is_checked": request.method == "POST",
        "told": told or [],
    }
    return show(request, row, YAML, context, status=status)


def _save(request: HttpRequest, row: StandardRevision, written: str) -> HttpResponse | None:
    lake = served_workspace(settings.WORKSPACE).lake
    signed = signature(request, request.POST.get("why", ""))
    try:
        saved = edit_draft(
            row.pk, written.encode(), based_on=request.POST.get("based_on", ""), signed=signed, lake=lake
        )
    except KecengError as error:
        return _text_page(request, row, written, tell(error), status=status_of(error))
    _say_saved(request, row, saved)
    return redirect("standard-yaml", saved.pk)


def _say_saved(request: HttpRequest, row: StandardRevision, saved: StandardRevision) -> None:
    if saved.pk == row.pk:
        messages.success(request, say("已保存", "Saved"))
    else:
        told = say(
            "第 {old} 版不能再变，已存为第 {new} 版草稿",
            "Revision {old} is fixed; this is now the draft of revision {new}",
            old=row.revision,
            new=saved.revision,
        )
        messages.success(request, told)


@require_http_methods(["GET", "HEAD", "POST"])
def numbers(request: HttpRequest, revision_id: int) -> HttpResponse:
    """The numbers in a form, their effect beside it; tried or saved."""
    row = find_row(revision_id)
    require_duty(signed_in(request), Duty.WRITE_STANDARDS)
    standard = look_over(row.yaml_bytes).standard
    if standard is None or request.method != "POST":
        return _numbers_page(request, row, standard)
    posted = read_posted(request.POST)
    try:
        written = set_thresholds(row.yaml_text, standard, posted)
        if request.POST.get("do") != "save":
            effect = weigh_draft(read_drafted(written), served_workspace(settings.WORKSPACE).lake)
            return _numbers_page(request, row, standard, {"effect": effect, "is_tried": True}, posted)
        saved = edit_draft(
            row.pk,
            written.encode(),
            based_on=request.POST.get("based_on", ""),
            signed=signature(request, request.POST.get("why", "")),
            lake=served_workspace(settings.WORKSPACE).lake,
        )
    except KecengError as error:
        return _numbers_page(request, row, standard, {"told": tell(error)}, posted, status=status_of(error))
    _say_saved(request, row, saved)
    return redirect("standard-numbers", saved.pk)


def read_posted(posted: QueryDict) -> dict[str, str]:
    """The thresholds of a form by key."""
    return {k.removeprefix(PREFIX): str(v) for k, v in posted.items() if k.startswith(PREFIX)}


def read_drafted(written: str) -> Standard:
    """The standard of a document that is not saved.

    Raises:
        KecengError: every fault, at its line.
    """
    opinion = look_over(written.encode())
    if opinion.standard is None:
        raise KecengError(opinion.faults)
    return opinion.standard


def _numbers_page(
    request: HttpRequest,
    row: StandardRevision,
    standard: Standard | None,
    context: dict[str, object] | None = None,
    posted: dict[str, str] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    found = list_thresholds(row.yaml_text, standard) if standard else ()
    sections: dict[str, list[tuple[object, str]]] = {}
    titles = {}
    for threshold in found:
        titles[threshold.section.zh] = threshold.section
        value = (posted or {}).get(threshold.key, threshold.text)
        sections.setdefault(threshold.section.zh, []).append((threshold, value))
    known = {
        "standard": standard,
        "sections": [(titles[name], fields) for name, fields in sections.items()],
        "saves_here": row.state is Status.DRAFT,
        "saves": row.state is not Status.IN_REVIEW,
        "prefix": PREFIX,
        "tiers": class_looks(standard),
    }
    return show(request, row, NUMBERS, {**known, **(context or {})}, status=status)
