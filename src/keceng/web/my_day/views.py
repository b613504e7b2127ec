"""今日: parsed, asked, rendered; what is logged goes on to the lake after it is kept."""

from __future__ import annotations

import datetime as dt
import logging
import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from keceng.desk.directory.scope import find_entry
from keceng.desk.opening import served_workspace
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import may, require_duty
from keceng.desk.visits.actions import LONGEST_TEXT, VisitLog, deliver_visits, log_visit, postpone
from keceng.desk.visits.day import read_day as read_my_day
from keceng.desk.visits.words import Channel, Outcome
from keceng.vocabulary import KecengError
from keceng.web.frame.parsing import read_day, refusal_status, sentences, way_back
from keceng.web.frame.people import signature, signed_in

_log = logging.getLogger(__name__)


@require_safe
def my_day(request: HttpRequest) -> HttpResponse:
    """The day of whoever asks; it never has more than fifteen lines."""
    return _page(request)


@require_POST
def log_contact(request: HttpRequest, customer_key: int) -> HttpResponse:
    """Log a contact of today; what is wrong with it is said beside the form."""
    _require_customer(request, customer_key)
    try:
        log_visit(_said(request, customer_key), signed=signature(request), today=timezone.localdate())
    except KecengError as error:
        return _page(request, error, customer_key)
    _bring_to_lake()
    return redirect(way_back(request, reverse("my_day")))


@require_POST
def put_off(request: HttpRequest, customer_key: int) -> HttpResponse:
    """Put a customer off to another day."""
    _require_customer(request, customer_key)
    try:
        until = read_day(request.POST.get("until", ""))
        postpone(customer_key, until, signed=signature(request), today=timezone.localdate())
    except KecengError as error:
        return _page(request, error, customer_key)
    return redirect(way_back(request, reverse("my_day")))


def _require_customer(request: HttpRequest, customer_key: int) -> None:
    if find_entry(signed_in(request), customer_key) is None:
        raise Http404
    require_duty(signed_in(request), Duty.LOG_CONTACTS)


def _said(request: HttpRequest, customer_key: int) -> VisitLog:
    asked = request.POST
    return VisitLog(
        visit_id=asked.get("visit_id", ""),
        customer_key=customer_key,
        outcome=asked.get("outcome", ""),
        channel=asked.get("channel", Channel.VISIT.value),
        content=asked.get("content", ""),
        next_on=read_day(asked["next_on"]) if asked.get("next_on") else None,
    )


def _bring_to_lake() -> None:
    # A run may be writing to the lake for minutes; what was logged is kept, and follows by the next delivery.
    try:
        deliver_visits(served_workspace(settings.WORKSPACE).lake, at=timezone.now())
    except KecengError as error:
        _log.warning("a logged contact waits for the lake: %s", error.problems[0].code)


def _page(request: HttpRequest, error: KecengError | None = None, about: int | None = None) -> HttpResponse:
    user, today = signed_in(request), timezone.localdate()
    day = read_my_day(user, today)
    context = {
        "here": "my_day",
        "day": day,
        "items": [(item, uuid.uuid4().hex) for item in day.open_items],
        "may_log": may(user, Duty.LOG_CONTACTS),
        "outcomes": list(Outcome),
        "channels": list(Channel),
        "longest": LONGEST_TEXT,
        "tomorrow": today + dt.timedelta(days=1),
        "told": sentences(error) if error else [],
        "about": about,
        "is_listed": about in {item.entry.customer_key for item in day.open_items},
        "said": request.POST if error else {},
    }
    return render(request, "my_day.html", context, status=refusal_status(error) if error else 200)
