"""What every page of one revision shows: its head, its tabs, and who may do what with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from keceng.desk.directory.scope import current_edition
from keceng.desk.directory.tiers import Tier, read_tiers, tiers_of
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import may
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.queries import find_by_id, status_on, title_of
from keceng.desk.standards.states import Status
from keceng.standard import Standard
from keceng.vocabulary import KecengError, Text
from keceng.web.frame.people import signed_in
from keceng.web.frame.templatetags.words import page_language


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a revision."""

    route: str
    title: Text


WORDS = Tab("standard", Text("白话", "In words"))
NUMBERS = Tab("standard-numbers", Text("数字与试算", "Numbers and live effect"))
YAML = Tab("standard-yaml", Text("YAML", "YAML"))
IMPACT = Tab("standard-impact", Text("影响单与审批", "Impact and approval"))
HISTORY = Tab("standard-history", Text("修订与历史", "Revisions and history"))
TRIAL = Tab("standard-trial", Text("历史检验", "History test"))
_FOR_ALL, _FOR_WRITERS = (WORDS, YAML, HISTORY), (WORDS, NUMBERS, YAML, IMPACT, HISTORY, TRIAL)


def find_row(revision_id: int) -> StandardRevision:
    """The revision of the address.

    Raises:
        Http404: there is none.
    """
    found = find_by_id(revision_id)
    if found is None:
        raise Http404
    return found


def class_looks(standard: Standard | None) -> Mapping[str, Tier]:
    """The colours of a standard's classes, and of those of the published run."""
    edition = current_edition()
    run = read_tiers(edition) if edition else {}
    return {**run, **(tiers_of(standard) if standard else {})}


def tell(error: KecengError) -> list[str]:
    """Its problems in the language of the page."""
    return [problem.describe(page_language()) for problem in error.problems]


def status_of(error: KecengError) -> int:
    """403 for what somebody may not do, 400 for what cannot be done."""
    return 403 if any(problem.code == "not_permitted" for problem in error.problems) else 400


def show(
    request: HttpRequest,
    row: StandardRevision,
    tab: Tab,
    context: Mapping[str, object] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The page `tab` of `row`; its template is called like its route."""
    user, today = signed_in(request), timezone.localdate()
    writes, approves = may(user, Duty.WRITE_STANDARDS), may(user, Duty.APPROVE_STANDARDS)
    known = {
        "here": "standards",
        "row": row,
        "title": title_of(row),
        "status": status_on(row, today),
        "is_draft": row.state is Status.DRAFT,
        "today": today,
        "writes": writes,
        "approves": approves,
        "tabs": _FOR_WRITERS if writes or approves else _FOR_ALL,
        "tab": tab,
        "tiers": class_looks(None),
    }
    return render(request, f"{tab.route}.html", {**known, **(context or {})}, status=status)
