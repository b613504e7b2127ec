"""客户全景: one page, five facts, the reason and the way up."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from keceng.desk.directory.profile import read_profile
from keceng.desk.directory.tiers import read_states
from keceng.desk.opening import served_workspace
from keceng.web.frame.people import signed_in


@require_safe
def customer(request: HttpRequest, customer_key: int) -> HttpResponse:
    """The page; one that is not yours to see is not there."""
    profile = read_profile(served_workspace(settings.WORKSPACE), signed_in(request), customer_key)
    if profile is None:
        raise Http404
    states = read_states(profile.entry.edition)
    return render(
        request,
        "customer.html",
        {
            "p": profile,
            "e": profile.entry,
            "x": profile.explanation,
            "state": states.get(profile.entry.state),
        },
    )
