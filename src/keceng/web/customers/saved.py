"""The views above the list: four that everybody has, and those that people keep."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from keceng.desk.directory.tiers import Tier
from keceng.desk.groups.models import SavedView
from keceng.desk.groups.queries import usable_views
from keceng.desk.groups.saved_views import change_view, delete_view, save_view
from keceng.desk.people.models import User
from keceng.vocabulary import KecengError, Text
from keceng.web.customers.asked import kept_address
from keceng.web.frame.parsing import sentences
from keceng.web.frame.people import signature, signed_in

EVERYBODY_S: tuple[tuple[Text, Mapping[str, str]], ...] = (
    (Text("我的 {best}", "My {best}"), {"best": "1", "mine": "1"}),
    (Text("有流失风险", "At risk"), {"risk": "1"}),
    (Text("逾期", "Overdue"), {"overdue": "1", "order": "overdue"}),
    (Text("30 天未联系", "30 days without contact"), {"silent": "30"}),
)
"""Titles and filters; `best` is the best class of the grade, whatever it is called."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A view as a link above the list.

    Attributes:
        by: who shares it, where it is another's.
        is_here: whether the list shows just this.
    """

    title: Text
    address: str
    is_here: bool
    by: str = ""


def list_tabs(
    user: User, tiers: Mapping[str, Tier], kept: Mapping[str, str], measured: Collection[str]
) -> list[Tab]:
    """Everybody's views, one's own, and those that others share.

    Args:
        user: who looks.
        tiers: the classes of the grade, the best first.
        kept: what the list shows now.
        measured: what the run measured; a view of anything else would hold nobody, and is left out.
    """
    best = next((tier.label for tier in tiers.values()), Text("A", "A"))
    tabs = [
        Tab(title.fill(best=best), "?" + urlencode(query), dict(query) == dict(kept))
        for title, query in EVERYBODY_S
        if "overdue" not in query or "overdue_amount" in measured
    ]
    rows = sorted(usable_views(user), key=lambda row: (row.owner_id != user.pk, row.pk))
    return tabs + [_tab(row, user, kept) for row in rows]


def _tab(row: SavedView, user: User, kept: Mapping[str, str]) -> Tab:
    by = "" if row.owner_id == user.pk else row.owner.shown_name
    return Tab(Text(row.name, row.name), "?" + row.address, dict(parse_qsl(row.address)) == dict(kept), by)


@require_http_methods(["GET", "HEAD", "POST"])
def saved_views(request: HttpRequest) -> HttpResponse:
    """One's own views, to rename, share and delete; a POST keeps the filters that come with it."""
    if request.method != "POST":
        return _page(request)
    try:
        row = save_view(
            request.POST.get("name", ""),
            kept_address(request.POST),
            is_shared=bool(request.POST.get("shared")),
            signed=signature(request),
        )
    except KecengError as error:
        return _page(request, sentences(error), kept_address(request.POST))
    return redirect(f"{reverse('customers')}?{row.address}")


@require_POST
def saved_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Rename, share, take back or delete one of one's own views; another's looks like none."""
    row = (
        SavedView.objects.filter(pk=view_id, owner=signed_in(request))
        .select_related("owner", "group")
        .first()
    )
    if row is None:
        raise Http404
    try:
        if request.POST.get("act") == "delete":
            delete_view(row, signed=signature(request))
        else:
            name, is_shared = request.POST.get("name", ""), bool(request.POST.get("shared"))
            change_view(row, name=name, is_shared=is_shared, signed=signature(request))
    except KecengError as error:
        return _page(request, sentences(error))
    return redirect("saved_views")


def _page(
    request: HttpRequest, told: Sequence[str] = (), unsaved: Mapping[str, str] | None = None
) -> HttpResponse:
    user = signed_in(request)
    context = {
        "views": SavedView.objects.filter(owner=user).select_related("group"),
        "shared": usable_views(user).exclude(owner=user),
        "told": told,
        "unsaved": unsaved or {},
        "name": request.POST.get("name", ""),
    }
    return render(request, "saved_views.html", context, status=400 if told else 200)
