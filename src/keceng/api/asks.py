"""What is asked about a customer's grade, and what is answered: appeals, a class by hand, nominations."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from keceng.api.asks_shapes import (
    AppealAnswered,
    Appealed,
    Asked,
    ClassWanted,
    Nominated,
    RequestAnswered,
    RequestEnded,
)
from keceng.api.asks_shapes import Dossier as DossierTold
from keceng.api.bearer import caller, signed_by
from keceng.api.customers_telling import words
from keceng.api.operations import asks, once
from keceng.api.paging import Page, Turned, page_of_list
from keceng.api.problems import absent
from keceng.api.words import CustomerKey, Done, Number, key_of
from keceng.api.workspace import served
from keceng.desk.directory.models import Entry
from keceng.desk.directory.scope import current_edition, find_entry
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import require_duty
from keceng.desk.runs import dossier
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
from keceng.desk.runs.models import Appeal, ClassRequest
from keceng.desk.runs.states import RequestKind
from keceng.desk.tokens.scopes import Scope
from keceng.vocabulary import KecengError

router = Router(tags=["asks"])


@router.get("/waiting", **asks(Scope.CUSTOMERS_READ, Page[Asked]))
def list_waiting(request: HttpRequest, turn: Turned) -> Page[Asked]:
    """待答复。What waits for an answer, of the customers one may see."""
    waiting = dossier.list_waiting(caller(request)) if current_edition() else []
    rows, following = page_of_list(request, turn, waiting, lambda a: f"{type(a.row).__name__} {a.row.pk}")
    return Page(items=[_tell(row) for row in rows], next_cursor=following)


@router.get("/customers/{customer_key}/asks", **asks(Scope.CUSTOMERS_READ, DossierTold))
def read_asks(request: HttpRequest, customer_key: CustomerKey) -> DossierTold:
    """关于一位客户的请求。What was asked about a customer."""
    entry = _visible(request, customer_key)
    found = dossier.read_dossier(caller(request), entry.customer_key, entry.edition)
    return DossierTold(
        asked=[_tell(asked) for asked in found.asked],
        may_ask=found.may_ask,
        takes_nominations=found.nomination is not None,
        first_day=found.first_day,
        last_day=found.last_day,
    )


@router.post("/customers/{customer_key}/appeals", **asks(Scope.CUSTOMERS_WRITE, Asked, 201))
@once
def appeal(request: HttpRequest, customer_key: CustomerKey, body: Appealed) -> Status[Asked]:
    """申诉。Contest the grade."""
    entry = _visible(request, customer_key)
    row = open_appeal(entry.customer_key, signed=signed_by(request, body.why), lake=served().lake)
    return Status(201, _told(caller(request), row))


@router.post("/customers/{customer_key}/class-requests", **asks(Scope.CUSTOMERS_WRITE, Asked, 201))
@once
def want_class(request: HttpRequest, customer_key: CustomerKey, body: ClassWanted) -> Status[Asked]:
    """申请人工调整。Ask for another class until a day."""
    entry, signed = _visible(request, customer_key), signed_by(request, body.why)
    row = ask_for_class(
        entry.customer_key, body.class_id, expires_on=body.expires_on, signed=signed, lake=served().lake
    )
    return Status(201, _told(caller(request), row))


@router.post("/customers/{customer_key}/nominations", **asks(Scope.CUSTOMERS_WRITE, Asked, 201))
@once
def nominate_customer(request: HttpRequest, customer_key: CustomerKey, body: Nominated) -> Status[Asked]:
    """提名重点客户。Nominate a key account."""
    entry, signed = _visible(request, customer_key), signed_by(request, body.why)
    row = nominate(entry.customer_key, signed=signed, lake=served().lake, expires_on=body.expires_on)
    return Status(201, _told(caller(request), row))


@router.post("/customers/{customer_key}/appeals/{appeal_id}/answer", **asks(Scope.CUSTOMERS_WRITE, Done))
@once
def answer_appeal(
    request: HttpRequest, customer_key: CustomerKey, appeal_id: Number, body: AppealAnswered
) -> Done:
    """答复申诉。Answer an appeal."""
    _require_about(request, customer_key, appeal_id, is_appeal=True)
    signed, lake = signed_by(request, body.why), served().lake
    if body.answer == "reject":
        reject_appeal(appeal_id, signed=signed, lake=lake)
    else:
        uphold_appeal(appeal_id, body.class_id, expires_on=_day(body.expires_on), signed=signed, lake=lake)
    return Done()


@router.post(
    "/customers/{customer_key}/class-requests/{request_id}/answer", **asks(Scope.CUSTOMERS_WRITE, Done)
)
@once
def answer_request(
    request: HttpRequest, customer_key: CustomerKey, request_id: Number, body: RequestAnswered
) -> Done:
    """批准或不批准。Approve or refuse what another asked for."""
    _require_about(request, customer_key, request_id, is_appeal=False)
    signed = signed_by(request, body.why)
    if body.answer == "approve":
        approve_request(request_id, signed=signed, lake=served().lake)
    else:
        refuse_request(request_id, signed=signed)
    return Done()


@router.post("/customers/{customer_key}/class-requests/{request_id}/end", **asks(Scope.CUSTOMERS_WRITE, Done))
@once
def end_class(
    request: HttpRequest, customer_key: CustomerKey, request_id: Number, body: RequestEnded
) -> Done:
    """提前结束人工定级。End a class by hand before its term."""
    _require_about(request, customer_key, request_id, is_appeal=False)
    end_request(request_id, on=body.on, signed=signed_by(request, body.why), lake=served().lake)
    return Done()


def _visible(request: HttpRequest, customer_key: str) -> Entry:
    entry = find_entry(caller(request), key_of(customer_key))
    if entry is None:
        raise absent()
    return entry


def _require_about(request: HttpRequest, customer_key: str, number: int, *, is_appeal: bool) -> None:
    entry = _visible(request, customer_key)
    # Whoever may not answer learns nothing of what there is to answer.
    require_duty(caller(request), Duty.APPROVE_GRADES)
    if not dossier.is_about(number, entry.customer_key, is_appeal=is_appeal):
        raise absent()


def _day(day: dt.date | None) -> dt.date:
    if day is None:
        raise KecengError.of("bad_date", "请写到期日 expires_on", "give the last day, `expires_on`")
    return day


def _told(user: User, row: Appeal | ClassRequest) -> Asked:
    (asked,) = dossier.tell_rows(user, [row])
    return _tell(asked)


def _tell(asked: dossier.Asked) -> Asked:
    row = asked.row
    return Asked(
        id=row.pk,
        kind=_kind(row),
        customer_key=str(row.customer_key),
        title=words(asked.title),
        state=words(asked.state),
        is_open=asked.is_open,
        class_id=asked.class_id,
        why=row.why,
        asked_by=asked.asked_by.username,
        asked_at=row.opened_at if isinstance(row, Appeal) else row.asked_at,
        effective_on=row.effective_on if isinstance(row, ClassRequest) else None,
        expires_on=row.expires_on if isinstance(row, ClassRequest) else None,
        answer=row.answer,
        answered_by=row.answered_by.username if row.answered_by else None,
        answered_at=row.answered_at,
        can_answer=asked.can_answer,
        can_end=asked.can_end,
    )


def _kind(row: Appeal | ClassRequest) -> Literal["appeal", "override", "nomination"]:
    if isinstance(row, Appeal):
        return "appeal"
    return "nomination" if row.kind == RequestKind.NOMINATION.value else "override"
