"""Appeals (申诉): a grade is contested, and somebody who did not contest it answers with a reason."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from keceng.desk.outbox.actions import deliver_waiting, new_decision_id, post
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import require_duty
from keceng.desk.runs.events import change, record
from keceng.desk.runs.models import Appeal, ClassRequest
from keceng.desk.runs.notices import answer_notice, appeal_notice
from keceng.desk.runs.published import open_run
from keceng.desk.runs.requests import approve_row, own_approval
from keceng.desk.runs.states import AppealState, RequestKind, RequestState
from keceng.desk.runs.terms import check_term
from keceng.desk.signature import Signature
from keceng.lake import Lake
from keceng.vocabulary import KecengError


def open_appeal(customer_key: int, *, signed: Signature, lake: Lake) -> Appeal:
    """Contest the grade that a customer has in the published run; runs show that it is contested until it is answered.

    Raises:
        KecengError: no reason, an unknown customer, or an appeal that is open already.
    """
    require_duty(signed.by, Duty.ASK_ABOUT_GRADES)
    why = signed.require_why()
    run = open_run(lake.snapshot())
    graded = run.require_customer(customer_key)
    with transaction.atomic(durable=True):
        if Appeal.objects.filter(
            customer_key=customer_key, standard_id=run.standard.id, state=AppealState.OPEN.value
        ).exists():
            raise KecengError.of(
                "appeal_open", "这位客户已有未答复的申诉", "an appeal for this customer is open already"
            )
        appeal = Appeal.objects.create(
            customer_key=customer_key,
            run_id=run.run_id,
            standard_id=run.standard.id,
            grade=graded.grade or "",
            why=why,
            opened_by=signed.by,
            opened_at=signed.at,
            state=AppealState.OPEN.value,
            decision_id=new_decision_id(),
        )
        record(appeal, "open", signed, new={"grade": appeal.grade})
        post(appeal_notice(appeal, run.summary.as_of, signed), at=signed.at)
    deliver_waiting(lake, at=signed.at)
    return appeal


def reject_appeal(appeal_id: int, *, signed: Signature, lake: Lake) -> Appeal:
    """The grade stands, and the answer says why.

    Raises:
        KecengError: no reason, it is answered already, or who answers had opened it.
    """
    require_duty(signed.by, Duty.APPROVE_GRADES)
    run = open_run(lake.snapshot())
    with transaction.atomic(durable=True):
        appeal = lock_open(appeal_id)
        reject_row(appeal, signed.by, run.summary.as_of, signed)
    deliver_waiting(lake, at=signed.at)
    return appeal


def uphold_appeal(
    appeal_id: int, class_id: str, *, expires_on: dt.date, signed: Signature, lake: Lake
) -> Appeal:
    """The customer has another class by hand, asked for by who appealed and approved by who answers.

    Raises:
        KecengError: no reason, no such class, too long a term, it is answered already, or who answers had opened it.
    """
    require_duty(signed.by, Duty.APPROVE_GRADES)
    run = open_run(lake.snapshot())
    run.require_class(class_id)
    check_term(run.summary.as_of, expires_on)
    with transaction.atomic(durable=True):
        appeal = lock_open(appeal_id)
        uphold_row(appeal, (class_id, run.summary.as_of, expires_on), signed.by, signed)
    deliver_waiting(lake, at=signed.at)
    return appeal


def lock_open(appeal_id: int) -> Appeal:
    """An appeal that waits for its answer, held until the transaction ends.

    Raises:
        KecengError: there is none, or it is answered.
    """
    found = Appeal.objects.select_for_update().filter(pk=appeal_id).first()
    if found is None:
        raise KecengError.of("unknown_appeal", "没有这个申诉", "there is no such appeal")
    if found.state != AppealState.OPEN.value:
        raise KecengError.of("wrong_status", "这个申诉已经答复", "this appeal has been answered")
    return found


def reject_row(appeal: Appeal, answered_by: User, effective_on: dt.date, signed: Signature) -> None:
    """Turn an appeal down within the open transaction."""
    _answer(appeal, AppealState.REJECTED, answered_by, signed)
    post(answer_notice(appeal, effective_on, answered_by, signed), at=signed.at)


def uphold_row(
    appeal: Appeal, given: tuple[str, dt.date, dt.date], answered_by: User, signed: Signature
) -> str:
    """Grant an appeal within the open transaction; the id of the decision that gives the class.

    Args:
        appeal: an open one.
        given: the class, its first and its last day.
        answered_by: who answers, never who appealed.
        signed: under which it is written, with the reason.
    """
    class_id, effective_on, expires_on = given
    _answer(appeal, AppealState.UPHELD, answered_by, signed)
    request = ClassRequest.objects.create(
        kind=RequestKind.OVERRIDE.value,
        customer_key=appeal.customer_key,
        standard_id=appeal.standard_id,
        class_id=class_id,
        why=signed.require_why(),
        effective_on=effective_on,
        expires_on=expires_on,
        asked_by=appeal.opened_by,
        asked_at=appeal.opened_at,
        state=RequestState.ASKED.value,
    )
    approve_row(request, answered_by, signed)
    post(answer_notice(appeal, effective_on, answered_by, signed), at=signed.at)
    return request.decision_id


def _answer(appeal: Appeal, state: AppealState, answered_by: User, signed: Signature) -> None:
    if appeal.opened_by_id == answered_by.pk:
        raise own_approval()
    answer = {"state": state.value, "answered_by": answered_by, "answered_at": signed.at}
    change(appeal, state.value, signed, {**answer, "answer": signed.require_why()})
