"""What is asked about a customer's grade, and what is answered: appeals, a class by hand, nominations."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from keceng.desk.directory.scope import find_entry
from keceng.desk.opening import served_workspace
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.runs.actions import (
    approve_request,
    ask_for_class,
    end_request,
    nominate,
    open_appeal,
    refuse_request,
    reject_appeal,
    uphold_appeal,
)
from keceng.desk.runs.dossier import is_about
from keceng.desk.signature import Signature
from keceng.lake import Lake
from keceng.vocabulary import KecengError
from keceng.web.customer.views import customer_page
from keceng.web.frame.parsing import read_day, refusal_status, sentences, way_back
from keceng.web.frame.people import signature, signed_in

_LONGEST_REASON = 500


@require_POST
def ask(request: HttpRequest, customer_key: int) -> HttpResponse:
    """Appeal, ask for another class, or nominate; a refusal stands beside the form."""
    _require_visible(request, customer_key)
    signed = _signed(request)
    kind = request.POST.get("kind", "")
    try:
        _ask(request, kind, customer_key, signed)
    except KecengError as error:
        said = sentences(error)
        return customer_page(request, customer_key, said=(kind, said), status=refusal_status(error))
    return redirect(reverse("customer", args=[customer_key]) + "#asked")


@require_POST
def answer(request: HttpRequest, customer_key: int) -> HttpResponse:
    """Answer an appeal or a request, or end a class by hand."""
    _require_visible(request, customer_key)
    try:
        _answer(request, customer_key, _signed(request))
    except KecengError as error:
        said = sentences(error)
        return customer_page(request, customer_key, said=("answer", said), status=refusal_status(error))
    return redirect(way_back(request, reverse("customer", args=[customer_key]) + "#asked"))


def _ask(request: HttpRequest, kind: str, customer_key: int, signed: Signature) -> None:
    require_duty(signed.by, Duty.ASK_ABOUT_GRADES)
    lake, sent = _lake(), request.POST
    match kind:
        case "appeal":
            open_appeal(customer_key, signed=signed, lake=lake)
        case "nomination":
            written = sent.get("expires_on", "")
            until = read_day(written) if written else None
            nominate(customer_key, signed=signed, lake=lake, expires_on=until)
        case _:
            expires_on = read_day(sent.get("expires_on", ""))
            ask_for_class(
                customer_key, sent.get("class_id", ""), expires_on=expires_on, signed=signed, lake=lake
            )


def _answer(request: HttpRequest, customer_key: int, signed: Signature) -> None:
    require_duty(signed.by, Duty.APPROVE_GRADES)
    lake, sent = _lake(), request.POST
    wanted = sent.get("answer", "")
    is_appeal = wanted in {"uphold", "reject"}
    number = sent.get("appeal" if is_appeal else "request", "")
    if not number.isdecimal() or not is_about(int(number), customer_key, is_appeal=is_appeal):
        raise KecengError.of("unknown_request", "没有这个请求", "there is no such request")
    match wanted:
        case "reject":
            reject_appeal(int(number), signed=signed, lake=lake)
        case "uphold":
            expires_on = read_day(sent.get("expires_on", ""))
            class_id = sent.get("class_id", "")
            uphold_appeal(int(number), class_id, expires_on=expires_on, signed=signed, lake=lake)
        case "approve":
            approve_request(int(number), signed=signed, lake=lake)
        case "refuse":
            refuse_request(int(number), signed=signed)
        case "end":
            end_request(int(number), on=read_day(sent.get("on", "")), signed=signed, lake=lake)
        case other:
            raise KecengError.of(
                "unknown_answer", f"没有这种答复：{other}", f"there is no such answer: {other}"
            )


def _require_visible(request: HttpRequest, customer_key: int) -> None:
    if find_entry(signed_in(request), customer_key) is None:
        raise Http404


def _signed(request: HttpRequest) -> Signature:
    return signature(request, request.POST.get("why", "")[:_LONGEST_REASON])


def _lake() -> Lake:
    return served_workspace(settings.WORKSPACE).lake
