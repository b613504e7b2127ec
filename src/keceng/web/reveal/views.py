"""The persons of a customer in full: one click, one audit row."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keceng.desk.directory.reveal import reveal_persons
from keceng.desk.opening import served_workspace
from keceng.web.frame.people import signature


@require_POST
@never_cache
def reveal(request: HttpRequest, customer_key: int) -> HttpResponse:
    """The names and telephones, in place or as a page; a customer that is not yours to see is not there."""
    lake = served_workspace(settings.WORKSPACE).lake
    persons = reveal_persons(lake, customer_key, signed=signature(request))
    if persons is None:
        raise Http404
    part = getattr(request, "htmx", False)
    context = {"persons": persons, "customer_key": customer_key}
    return render(request, "persons.html" if part else "persons_page.html", context)
