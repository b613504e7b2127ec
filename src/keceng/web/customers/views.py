"""客户: the list, narrowed by the address; the address can be kept and passed on."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from keceng.desk.directory.listing import Listing, group_of
from keceng.desk.directory.measured import read_measured
from keceng.desk.directory.models import Entry
from keceng.desk.directory.queries import ORDERS, count_classes, distinct
from keceng.desk.directory.scope import current_edition, visible_entries
from keceng.desk.directory.tiers import read_states, read_tiers
from keceng.desk.groups.choices import list_measures
from keceng.desk.groups.queries import usable_groups
from keceng.desk.groups.selection import count_unknown, select_entries
from keceng.vocabulary import KecengError
from keceng.web.customers.asked import kept_address, read_selection
from keceng.web.customers.filters import explain_nobody, list_active
from keceng.web.customers.saved import list_tabs
from keceng.web.frame.parsing import sentences
from keceng.web.frame.people import signed_in

PAGE_ROWS = 50
IN_THE_FORM = frozenset(
    {"q", "grade", "best", "state", "owner", "region", "silent", "measure", "sign", "number", "group"}
)
"""Filters with a field of their own; the others travel on unseen while a field is changed."""


@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    """The page, or its rows alone when a filter changes."""
    user, edition, today = signed_in(request), current_edition(), timezone.localdate()
    if edition is None:
        return render(request, "customers.html", {"rows": None})
    tiers = read_tiers(edition)
    seen = group_of(visible_entries(user))
    measured = read_measured(edition)
    asked = read_selection(request.GET, list(tiers))
    kept = kept_address(request.GET)
    order = request.GET.get("order", "spend")
    told: list[str] = []
    unknown = 0
    try:
        found = select_entries(user, edition, asked, today)
        unknown = count_unknown(user, edition, asked, today)
    except KecengError as error:
        found, told = Entry.objects.none(), sentences(error)
    pages = Paginator(Listing(found, order if order in ORDERS else "spend"), PAGE_ROWS)
    context = {
        "rows": pages.get_page(request.GET.get("page")),
        "total": pages.count,
        "unknown": unknown,
        "seen": seen.heads,
        "asked": asked,
        "wanted": asked.wanted,
        "told": told,
        "order": order,
        "kept": kept,
        "kept_query": urlencode(kept),
        "unseen": {name: value for name, value in kept.items() if name not in {*IN_THE_FORM, "order"}},
        "active": list_active(request.GET, user, edition),
        "nobody": explain_nobody(request.GET, user, edition, today) if not pages.count else [],
        "classes": count_classes(seen, list(tiers)),
        "states": read_states(edition),
        "owners": distinct(seen, "owner"),
        "regions": distinct(seen, "region"),
        "measures": list_measures(edition),
        "measured": measured,
        "groups": usable_groups(user),
        "tabs": list_tabs(user, tiers, kept, measured),
    }
    part = getattr(request, "htmx", False)
    return render(request, "rows.html" if part else "customers.html", context)
