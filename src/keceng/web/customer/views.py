"""客户全景: one page, five facts, the reason and the way up."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from keceng.desk.directory.circle import read_circle
from keceng.desk.directory.grounds import basis_of, group_conditions, list_numbers
from keceng.desk.directory.history import read_grade_history
from keceng.desk.directory.measured import read_measured
from keceng.desk.directory.profile import read_profile
from keceng.desk.directory.sources import read_sources
from keceng.desk.directory.tiers import read_states
from keceng.desk.opening import served_workspace
from keceng.desk.ownership.queries import list_owner_steps
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import may
from keceng.desk.runs.dossier import read_dossier
from keceng.desk.visits.day import read_plan
from keceng.web.frame.people import signed_in


@require_safe
def customer(request: HttpRequest, customer_key: int) -> HttpResponse:
    """The page; one that is not yours to see is not there."""
    return customer_page(request, customer_key)


def customer_page(
    request: HttpRequest,
    customer_key: int,
    *,
    said: tuple[str, Sequence[str]] = ("", ()),
    status: int = 200,
) -> HttpResponse:
    """The page, with what was refused of one of its forms: which form, and the sentences."""
    user, workspace = signed_in(request), served_workspace(settings.WORKSPACE)
    profile = read_profile(workspace, user, customer_key)
    if profile is None:
        raise Http404
    entry, explanation = profile.entry, profile.explanation
    dossier = read_dossier(user, customer_key, entry.edition)
    context = {
        "p": profile,
        "e": entry,
        "x": explanation,
        "measured": read_measured(entry.edition),
        "state": read_states(entry.edition).get(entry.state),
        "grounds": group_conditions(explanation),
        "numbers": list(list_numbers(explanation)),
        "basis": basis_of(explanation, profile.facts["days_since_last_purchase"]),
        "history": read_grade_history(workspace.lake.snapshot(), customer_key, entry.edition.run_id),
        "circle": read_circle(workspace.lake.snapshot(), user, entry),
        "plan": read_plan(entry, timezone.localdate()),
        "owner_steps": list_owner_steps(customer_key),
        "dossier": dossier,
        "may_reveal": may(user, Duty.SEE_PERSONS),
        "first_day": dossier.first_day,
        "last_day": dossier.last_day,
        "refused": said[0],
        "said": said[1],
    }
    return render(request, "customer.html", context, status=status)


@require_safe
def sources(request: HttpRequest, customer_key: int) -> HttpResponse:
    """The files and rows under the figures, as a page or for the fold that asks for them."""
    snapshot = served_workspace(settings.WORKSPACE).lake.snapshot()
    found = read_sources(snapshot, signed_in(request), customer_key)
    if found is None:
        raise Http404
    is_part = bool(getattr(request, "htmx", False))
    context = {"sources": found, "customer_key": customer_key}
    return render(request, "sources.html" if is_part else "sources_page.html", context)
