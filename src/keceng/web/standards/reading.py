"""What is read: the list, a standard in words, its revisions and what changed between them, its document."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import may
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.queries import (
    compare_revisions,
    list_history,
    list_revisions,
    look_over,
    status_on,
    title_of,
)
from keceng.desk.standards.reading import put_in_words
from keceng.desk.standards.starting import list_starts
from keceng.desk.standards.states import Step
from keceng.vocabulary import KecengError
from keceng.web.frame.people import signed_in
from keceng.web.standards.page import HISTORY, WORDS, class_looks, find_row, show, tell


@require_safe
def standards(request: HttpRequest) -> HttpResponse:
    """Every standard with its revisions, the newest first, and where a new one starts."""
    return list_page(request)


def list_page(request: HttpRequest, told: list[str] | None = None, *, status: int = 200) -> HttpResponse:
    """The list, with what was refused above the form it came from."""
    today = timezone.localdate()
    groups = []
    for standard_id, found in groupby(list_revisions(), key=lambda row: row.standard_id):
        rows = list(found)[::-1]
        groups.append((standard_id, title_of(rows[0]), [(row, status_on(row, today)) for row in rows]))
    context = {
        "groups": groups,
        "starts": list_starts(),
        "writes": may(signed_in(request), Duty.WRITE_STANDARDS),
        "told": told or [],
        "today": today,
    }
    return render(request, "standards.html", context, status=status)


@require_safe
def standard(request: HttpRequest, revision_id: int) -> HttpResponse:
    """A revision in words; a faulty one says what is wrong and where."""
    row = find_row(revision_id)
    opinion = look_over(row.yaml_bytes)
    context = {
        "opinion": opinion,
        "words": put_in_words(opinion.standard) if opinion.standard else None,
        "tiers": class_looks(opinion.standard),
    }
    return show(request, row, WORDS, context)


@require_safe
def history(request: HttpRequest, revision_id: int) -> HttpResponse:
    """The revisions of its standard, what changed from one to this one, and who did what."""
    row = find_row(revision_id)
    rows = list(list_revisions(row.standard_id))
    others = [other for other in rows if other.pk != row.pk]
    against = _against(request.GET.get("against", ""), row, others)
    changes, told = [], []
    if against is not None:
        try:
            changes = [c for c in compare_revisions(against, row) if c.path != "revision"]
        except KecengError as error:
            told = tell(error)
    today = timezone.localdate()
    context = {
        "revisions": [(other, status_on(other, today)) for other in rows[::-1]],
        "others": others[::-1],
        "against": against,
        "movers": [change for change in changes if change.can_move],
        "others_changed": [change for change in changes if not change.can_move],
        "told": told,
        "events": [(e, Step(e.step).wording) for e in list_history(row.standard_id)[::-1]],
    }
    return show(request, row, HISTORY, context)


def _against(wanted: str, row: StandardRevision, others: list[StandardRevision]) -> StandardRevision | None:
    chosen = [other for other in others if str(other.pk) == wanted]
    earlier = [other for other in others if other.revision < row.revision]
    return next(iter(chosen or earlier[::-1]), None)


@require_safe
def export(request: HttpRequest, revision_id: int) -> HttpResponse:
    """The document, every byte as its author saved it."""
    del request
    row = find_row(revision_id)
    told = HttpResponse(row.yaml_bytes, content_type="application/yaml; charset=utf-8")
    name = f"{row.standard_id}-r{row.revision}.yaml"
    told["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return told
