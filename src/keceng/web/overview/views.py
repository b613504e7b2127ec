"""总览: parsed, asked, rendered."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from keceng.desk.directory.overview import STATES, Overview, read_overview
from keceng.desk.directory.tiers import Tier, read_tiers
from keceng.desk.jobs.beginning import read_beginning
from keceng.desk.ownership.choosing import left_behind
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import may
from keceng.web.frame.people import signed_in
from keceng.web.frame.templatetags.words import labelled, spoken

_FIFTH = 0.2


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The page of the day; without a run it says which file fills it."""
    user = signed_in(request)
    found = read_overview(user)
    if found is None:
        return _before_the_first_run(request, user)
    if getattr(request, "htmx", False):
        # Somebody watched the first run: what it made is the whole page.
        return HttpResponseClientRefresh()
    left = sum(heads for _, _, heads in left_behind(user)) if may(user, Duty.HAND_OVER) else 0
    drawn = {"overview": found, "flows": _flows(found), "leaders": _leaders(found), "left": left}
    return render(request, "overview.html", drawn)


def _before_the_first_run(request: HttpRequest, user: User) -> HttpResponse:
    beginning = read_beginning(user)
    if getattr(request, "htmx", False):
        return (
            render(request, "run_jobs.html", {"jobs": beginning.jobs})
            if beginning.jobs
            else HttpResponseClientRefresh()
        )
    return render(request, "overview.html", {"beginning": beginning, "may_run": may(user, Duty.START_RUNS)})


def _flows(found: Overview) -> dict[str, object]:
    """Links between classes, and the place of each class in the ramp of colours; best first."""
    tiers = read_tiers(found.edition)
    links = [[_named(f.source, tiers), _named(f.target, tiers), f.heads] for f in found.flows]
    return {"links": links, "places": {_named(name, tiers): tier.place for name, tier in tiers.items()}}


def _leaders(found: Overview) -> float | None:
    """The share of sales of the first fifth of the customers; None where the curve has no point there."""
    for (before, less), (after, more) in pairwise(found.pareto):
        if before <= _FIFTH <= after and after > before:
            return less + (more - less) * (_FIFTH - before) / (after - before)
    return None


def _named(class_id: str, tiers: Mapping[str, Tier]) -> str:
    return spoken(STATES[class_id]) if class_id in STATES else labelled(class_id, tiers)
