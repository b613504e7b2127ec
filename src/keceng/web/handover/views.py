"""转交: look at whom it concerns, say to whom and why, confirm; what was done stands in a list."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from keceng.desk.directory.models import Entry
from keceng.desk.directory.scope import current_edition
from keceng.desk.directory.tiers import read_tiers
from keceng.desk.groups.selection import Selection
from keceng.desk.opening import served_workspace
from keceng.desk.ownership.actions import (
    LONGEST_WHY,
    Order,
    deliver_hand_overs,
    hand_over,
    undo_hand_over,
)
from keceng.desk.ownership.choosing import Chosen, choose_entries, left_behind, list_receivers, weigh
from keceng.desk.ownership.large import MOST_AT_ONCE, ask_for_hand_over
from keceng.desk.ownership.queries import list_hand_overs
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError, Text
from keceng.web.customers.asked import FILTERS, read_selection
from keceng.web.frame.messages import say_done
from keceng.web.frame.parsing import refusal_status, sentences
from keceng.web.frame.people import signature, signed_in
from keceng.web.frame.templatetags.words import page_language

MOST_TICKED = 1_000
_LONGEST_KEY = 19


@require_safe
def hand_overs(request: HttpRequest) -> HttpResponse:
    """One's own hand-overs, and the customers of those who have left.

    Raises:
        KecengError: not for whoever asks.
    """
    user = signed_in(request)
    require_duty(user, Duty.HAND_OVER)
    rows = list_hand_overs(user, _today())
    jobs = [told.job for told in rows if told.job is not None and not told.job.stands.is_over]
    if getattr(request, "htmx", False):
        return render(request, "run_jobs.html", {"jobs": jobs}) if jobs else HttpResponseClientRefresh()
    return render(request, "handovers.html", {"rows": rows, "jobs": jobs, "left": left_behind(user)})


@require_http_methods(["GET", "HEAD", "POST"])
def new_hand_over(request: HttpRequest) -> HttpResponse:
    """Whom it concerns and the form; a POST confirms it.

    Raises:
        KecengError: not for whoever asks.
    """
    require_duty(signed_in(request), Duty.HAND_OVER)
    if request.method != "POST":
        return _page(request, request.GET)
    try:
        told = _carry_out(request)
    except KecengError as error:
        return _page(request, request.POST, error)
    say_done(request, told)
    return redirect("hand_overs")


@require_POST
def undo(request: HttpRequest, hand_over_id: int) -> HttpResponse:
    """Take one of today's hand-overs back; another's looks like none.

    Raises:
        KecengError: not for whoever asks, or its day is over.
    """
    require_duty(signed_in(request), Duty.HAND_OVER)
    try:
        made = undo_hand_over(hand_over_id, signed=signature(request), today=_today())
    except KecengError as error:
        if error.problems[0].code == "unknown_hand_over":
            raise Http404 from None
        raise
    _deliver()
    say_done(request, Text(f"给 {made.owner} 的转交已撤回", f"the hand-over to {made.owner} is taken back"))
    return redirect("hand_overs")


def _carry_out(request: HttpRequest) -> Text:
    order, today = _order(request.POST), _today()
    signed: Signature = signature(request, request.POST.get("why", ""))
    if (order.expected or 0) > MOST_AT_ONCE:
        ask_for_hand_over(order, signed=signed, today=today)
        return Text("已开始转交，进度见下", "the hand-over has begun; see its progress below")
    workspace = served_workspace(settings.WORKSPACE)
    made = hand_over(order, signed=signed, today=today, lake=workspace.lake)
    _deliver()
    n = made.customers
    stayed = (order.expected or n) - n
    zh = f"，另 {stayed} 家本来就是" if stayed else ""
    en = f"; {stayed} more had that owner already" if stayed else ""
    return Text(f"已把 {n} 家转交给 {made.owner}{zh}", f"{n} customers went to {made.owner}{en}")


def _today() -> dt.date:
    # The day ends when the clock on the wall says so: times are shown in the machine's zone.
    return timezone.now().astimezone().date()


def _deliver() -> None:
    try:
        deliver_hand_overs(served_workspace(settings.WORKSPACE).lake, at=timezone.now())
    except KecengError as error:
        # Somebody else writes to the lake; the worker tells it later.
        if error.problems[0].code != "workspace_busy":
            raise


def _order(said: QueryDict) -> Order:
    expected = said.get("expected", "")
    if not expected.isdecimal():
        raise KecengError.of("not_confirmed", "请先看一遍再确认", "look at it first, then confirm")
    return Order(said.get("receiver", ""), _chosen(said), int(expected))


def _chosen(said: QueryDict) -> Chosen:
    keys = [int(k) for k in said.getlist("keys")[:MOST_TICKED] if k.isdecimal() and len(k) <= _LONGEST_KEY]
    edition = current_edition()
    asked = read_selection(said, list(read_tiers(edition))) if edition else Selection()
    return Chosen(frozenset(keys), asked, timezone.localdate())


def _page(request: HttpRequest, said: QueryDict, error: KecengError | None = None) -> HttpResponse:
    user, chosen = signed_in(request), _chosen(said)
    is_ticked = bool(said.get("ticked"))
    told = sentences(error) if error else []
    if is_ticked and not chosen.keys:
        told.append(_TICK_FIRST.in_language(page_language()))
        weighed = weigh(Entry.objects.none())
    else:
        try:
            weighed = weigh(choose_entries(user, chosen))
        except KecengError as refused:
            told += sentences(refused)
            weighed = weigh(Entry.objects.none())
    kept = {name: said[name] for name in FILTERS if said.get(name)} if not chosen.keys else {}
    context = {
        "here": "customers",
        "weighed": weighed,
        "receivers": list_receivers(user),
        "keys": sorted(chosen.keys),
        "kept": kept,
        "receiver": said.get("receiver", ""),
        "why": said.get("why", "")[:LONGEST_WHY],
        "most_why": LONGEST_WHY,
        "is_large": weighed.heads > MOST_AT_ONCE,
        "told": told,
    }
    return render(request, "handover.html", context, status=refusal_status(error) if error else 200)


_TICK_FIRST = Text("请先在列表里勾选客户", "tick customers in the list first")
