"""总览: parsed, asked, rendered."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from keceng.desk.directory.overview import STATES, read_overview
from keceng.web.frame.people import signed_in
from keceng.web.frame.templatetags.words import page_language


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The page of the day; without a run it says which file fills it."""
    found = read_overview(signed_in(request))
    flows = [[_named(f.source), _named(f.target), f.heads] for f in found.flows] if found else []
    return render(request, "overview.html", {"overview": found, "flows": flows})


def _named(class_id: str) -> str:
    return STATES[class_id].in_language(page_language()) if class_id in STATES else class_id
