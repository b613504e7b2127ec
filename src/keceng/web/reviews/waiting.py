"""待办: appeals and requests that wait for an answer, answered where they stand."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from keceng.desk.directory.scope import current_edition, visible_entries
from keceng.desk.runs.board import count_undecided, find_open_review
from keceng.desk.runs.dossier import list_waiting
from keceng.desk.runs.terms import LONGEST_MONTHS, add_months
from keceng.web.frame.people import signed_in


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Everything open about the customers one may see; the open review above it."""
    user, edition, review = signed_in(request), current_edition(), find_open_review()
    asked = list_waiting(user) if edition else []
    keys = [each.row.customer_key for each in asked]
    entries = {entry.customer_key: entry for entry in visible_entries(user).filter(customer_key__in=keys)}
    day = edition.as_of if edition else timezone.localdate()
    context = {
        "rows": [(each, entries.get(each.row.customer_key)) for each in asked],
        "review": review,
        "undecided": count_undecided(review, user) if review else 0,
        "first_day": day,
        "last_day": add_months(day, LONGEST_MONTHS),
    }
    return render(request, "waiting.html", context)
