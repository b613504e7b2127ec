"""A class by hand: asked for with a reason and an end, approved by another; key accounts within a quota."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from keceng.desk.outbox.actions import deliver_waiting, post
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import require_duty
from keceng.desk.runs.events import change, record
from keceng.desk.runs.models import ClassRequest
from keceng.desk.runs.notices import class_notice, withdrawal_notice
from keceng.desk.runs.published import PublishedRun, open_run
from keceng.desk.runs.quota import check_quota, nomination_of
from keceng.desk.runs.states import RequestKind, RequestState
from keceng.desk.runs.terms import add_months, check_term
from keceng.desk.signature import Signature
from keceng.lake import Lake
from keceng.vocabulary import KecengError, Text


def ask_for_class(
    customer_key: int, class_id: str, *, expires_on: dt.date, signed: Signature, lake: Lake
) -> ClassRequest:
    """Ask that a customer have a class by hand from the published run's day until `expires_on`.

    Raises:
        KecengError: no reason, no such class or customer, or a term of more than twelve months.
    """
    require_duty(signed.by, Duty.ASK_ABOUT_GRADES)
    run = open_run(lake.snapshot())
    run.require_class(class_id)
    run.require_customer(customer_key)
    check_term(run.summary.as_of, expires_on)
    return _ask(RequestKind.OVERRIDE, run, customer_key, (class_id, expires_on), signed)


def nominate(
    customer_key: int, *, signed: Signature, lake: Lake, expires_on: dt.date | None = None
) -> ClassRequest:
    """Nominate a customer to the class for which the published standard takes nominations (重点客户提名).

    Without `expires_on` it holds as long as the standard lets nominations hold.

    Raises:
        KecengError: no reason, a standard without nominations, an unknown customer, too long a term, or a full class.
    """
    require_duty(signed.by, Duty.ASK_ABOUT_GRADES)
    run = open_run(lake.snapshot())
    nomination = nomination_of(run)
    run.require_customer(customer_key)
    until = expires_on or add_months(run.summary.as_of, nomination.months)
    check_term(run.summary.as_of, until, nomination.months)
    check_quota(run, customer_key)
    return _ask(RequestKind.NOMINATION, run, customer_key, (nomination.class_id, until), signed)


def approve_request(request_id: int, *, signed: Signature, lake: Lake) -> ClassRequest:
    """Approve what another asked for; the lake is told.

    Raises:
        KecengError: the approver asked for it, it is answered already, or the class is full by now.
    """
    require_duty(signed.by, Duty.APPROVE_GRADES)
    run = open_run(lake.snapshot())
    with transaction.atomic(durable=True):
        row = _lock(request_id, RequestState.ASKED)
        if row.asked_by_id == signed.by.pk:
            raise own_approval()
        if row.kind == RequestKind.NOMINATION.value:
            check_quota(run, row.customer_key)
        approve_row(row, signed.by, signed)
    deliver_waiting(lake, at=signed.at)
    return row


def refuse_request(request_id: int, *, signed: Signature) -> ClassRequest:
    """Turn a request down, with a reason.

    Raises:
        KecengError: no reason, or it is answered already.
    """
    require_duty(signed.by, Duty.APPROVE_GRADES)
    why = signed.require_why()
    with transaction.atomic():
        row = _lock(request_id, RequestState.ASKED)
        answer = {"state": RequestState.REFUSED.value, "answered_by": signed.by, "answered_at": signed.at}
        change(row, "refuse", signed, {**answer, "answer": why})
    return row


def end_request(request_id: int, *, on: dt.date, signed: Signature, lake: Lake) -> ClassRequest:
    """End an approved class by hand before its term, from a day on; the lake is told.

    Raises:
        KecengError: no reason, it is not approved, or the day lies outside its term.
    """
    require_duty(signed.by, Duty.APPROVE_GRADES)
    signed.require_why()
    with transaction.atomic(durable=True):
        row = _lock(request_id, RequestState.APPROVED)
        if not row.effective_on <= on <= row.expires_on:
            raise KecengError.of(
                "bad_term",
                f"结束日须在 {row.effective_on} 到 {row.expires_on} 之间",
                f"it ends between {row.effective_on} and {row.expires_on}",
                value=str(on),
            )
        change(row, "end", signed, {"state": RequestState.ENDED.value})
        post(withdrawal_notice(row, on, signed), at=signed.at)
    deliver_waiting(lake, at=signed.at)
    return row


def approve_row(row: ClassRequest, approver: User, signed: Signature) -> None:
    """Write an approval and post it, within the open transaction of whatever decided it."""
    decision = class_notice(row, approver, signed.at)
    answer = {"state": RequestState.APPROVED.value, "answered_by": approver, "answered_at": signed.at}
    change(row, "approve", signed, {**answer, "decision_id": decision.decision_id})
    post(decision, at=signed.at)


def own_approval() -> KecengError:
    """The refusal to approve what one asked for."""
    return KecengError.of(
        "own_approval",
        "不能批准自己提出的请求",
        "nobody approves what they asked for",
        remedy=Text("请另一位有权限的同事批准", "have a colleague with the right approve it"),
    )


def _ask(
    kind: RequestKind, run: PublishedRun, customer_key: int, what: tuple[str, dt.date], signed: Signature
) -> ClassRequest:
    class_id, expires_on = what
    with transaction.atomic():
        row = ClassRequest.objects.create(
            kind=kind.value,
            customer_key=customer_key,
            standard_id=run.standard.id,
            class_id=class_id,
            why=signed.require_why(),
            effective_on=run.summary.as_of,
            expires_on=expires_on,
            asked_by=signed.by,
            asked_at=signed.at,
            state=RequestState.ASKED.value,
        )
        record(row, "ask", signed, new={"class_id": class_id, "expires_on": expires_on.isoformat()})
    return row


def _lock(request_id: int, state: RequestState) -> ClassRequest:
    # Every request under the same standard is held: a quota is about the others too.
    found = ClassRequest.objects.filter(pk=request_id).first()
    if found is None:
        raise KecengError.of("unknown_request", "没有这个请求", "there is no such request")
    rows = ClassRequest.objects.select_for_update().filter(standard_id=found.standard_id)
    row = next(row for row in rows if row.pk == request_id)
    if row.state != state.value:
        raise KecengError.of("wrong_status", "这个请求已经处理过了", "this request is not waiting any more")
    return row
