"""客户: the list, narrowed by the address; the address can be kept and passed on."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from keceng.desk.directory.queries import (
    ORDERS,
    count_classes,
    current_edition,
    distinct,
    narrow,
    visible_entries,
)
from keceng.desk.directory.tiers import read_states, read_tiers
from keceng.vocabulary import Text
from keceng.web.customers.asked import read_wanted
from keceng.web.frame.people import signed_in

PAGE_ROWS = 50
SAVED_VIEWS: tuple[tuple[Text, str], ...] = (
    (Text("最好的一级", "Best class"), "?best=1"),
    (Text("本期下降", "Went down"), "?moved=down"),
    (Text("本期上升", "Went up"), "?moved=up"),
    (Text("有逾期", "Overdue"), "?overdue=1&order=overdue"),
    (Text("隔得最久", "Longest silent"), "?order=silence"),
    (Text("人工调整", "Set by a person"), "?by_hand=1"),
)


@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    """The page, or its rows alone when a filter changes."""
    user, edition = signed_in(request), current_edition()
    if edition is None:
        return render(request, "customers.html", {"rows": None})
    tiers = read_tiers(edition)
    seen = visible_entries(user)
    wanted = read_wanted(request.GET, list(tiers))
    order = request.GET.get("order", "spend")
    found = narrow(seen, wanted, list(tiers)).order_by(*ORDERS.get(order, ORDERS["spend"]))
    pages = Paginator(found, PAGE_ROWS)
    context = {
        "rows": pages.get_page(request.GET.get("page")),
        "total": pages.count,
        "seen": seen.count(),
        "wanted": wanted,
        "order": order,
        "classes": count_classes(seen, list(tiers)),
        "states": read_states(edition),
        "owners": distinct(seen, "owner"),
        "regions": distinct(seen, "region"),
        "saved_views": SAVED_VIEWS,
    }
    part = getattr(request, "htmx", False)
    return render(request, "rows.html" if part else "customers.html", context)
