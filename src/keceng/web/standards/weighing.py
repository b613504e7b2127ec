"""What a revision would do, and what it would have done: live effect, impact sheet, history test."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keceng.desk.opening import served_workspace
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.standards.effects import weigh_draft
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.queries import look_over
from keceng.desk.standards.sheet import read_sheet
from keceng.desk.standards.simulation import simulate_here
from keceng.desk.standards.thresholds import set_thresholds
from keceng.desk.standards.trial_jobs import ask_for_trial, find_trial, read_result
from keceng.desk.standards.trials import HORIZONS, MOST_CUTS
from keceng.vocabulary import KecengError
from keceng.web.frame.people import signature, signed_in
from keceng.web.standards.editing import read_drafted, read_posted
from keceng.web.standards.page import IMPACT, TRIAL, class_looks, find_row, show, status_of, tell


@require_POST
def effect(request: HttpRequest, revision_id: int) -> HttpResponse:
    """What the numbers of the form would do, as a part of a page; nothing is saved."""
    row = find_row(revision_id)
    require_duty(signed_in(request), Duty.WRITE_STANDARDS)
    lake = served_workspace(settings.WORKSPACE).lake
    try:
        drafted = read_drafted(
            set_thresholds(row.yaml_text, read_drafted(row.yaml_text), read_posted(request.POST))
        )
        context: dict[str, object] = {
            "effect": weigh_draft(drafted, lake),
            "is_tried": True,
            "tiers": class_looks(drafted),
        }
    except KecengError as error:
        # A part of a page: HTMX puts it in place only with status 200.
        context = {"told": tell(error)}
    return render(request, "standard-effect.html", context)


@require_safe
def impact(request: HttpRequest, revision_id: int) -> HttpResponse:
    """The sheet: simulated for a draft, as approved from then on; and the next step of its life."""
    row = find_row(revision_id)
    require_duty(signed_in(request), Duty.WRITE_STANDARDS)
    return impact_page(request, row)


def impact_page(
    request: HttpRequest, row: StandardRevision, told: list[str] | None = None, *, status: int = 200
) -> HttpResponse:
    """The sheet, with what was refused above the step it came from."""
    opinion = look_over(row.yaml_bytes)
    context: dict[str, object] = {
        "opinion": opinion,
        "is_stored": row.impact is not None,
        "tiers": class_looks(opinion.standard),
        "told": told or [],
    }
    if row.impact is not None:
        context["sheet"] = read_sheet(row.impact)
    elif opinion.standard is not None:
        context["sheet"] = read_sheet(simulate_here(row, served_workspace(settings.WORKSPACE)))
    return show(request, row, IMPACT, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def trial(request: HttpRequest, revision_id: int) -> HttpResponse:
    """The form of the history test; on request a job does it, and the page follows it to its result."""
    row = find_row(revision_id)
    require_duty(signed_in(request), Duty.WRITE_STANDARDS)
    if request.method != "POST":
        return _trial_page(request, row)
    cuts, horizon = _chosen(request.POST.get("cuts"), 1), _chosen(request.POST.get("horizon"), 90)
    try:
        ask_for_trial(row, cuts=cuts, horizon_days=horizon, signed=signature(request))
    except KecengError as error:
        return _trial_page(request, row, tell(error), status=status_of(error))
    return redirect("standard-trial", row.pk)


def _trial_page(
    request: HttpRequest, row: StandardRevision, told: list[str] | None = None, *, status: int = 200
) -> HttpResponse:
    job = find_trial(row)
    asked = job.arguments if job else {"cuts": 1, "horizon_days": 90}
    context = {
        "row": row,
        "job": job,
        "trial": read_result(job) if job else None,
        "cuts": asked["cuts"],
        "most_cuts": range(1, MOST_CUTS + 1),
        "horizon": asked["horizon_days"],
        "horizons": HORIZONS,
        "tiers": class_looks(look_over(row.yaml_bytes).standard),
        "told": told or [],
    }
    if getattr(request, "htmx", False):
        return render(request, "standard-trial-result.html", context)
    return show(request, row, TRIAL, context, status=status)


def _chosen(written: str | None, usual: int) -> int:
    return int(written) if written and written.isdecimal() and len(written) < 5 else usual
