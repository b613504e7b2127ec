"""What the lake is told of people's decisions about grades."""

from __future__ import annotations

import datetime as dt

from keceng.classify import Decision, DecisionKind
from keceng.desk.outbox.actions import new_decision_id
from keceng.desk.people.models import User
from keceng.desk.runs.models import Appeal, ClassRequest
from keceng.desk.runs.states import RequestKind
from keceng.desk.signature import Signature

_KINDS = {
    RequestKind.OVERRIDE: DecisionKind.OVERRIDE,
    RequestKind.NOMINATION: DecisionKind.NOMINATION,
}


def class_notice(request: ClassRequest, approver: User, at: dt.datetime) -> Decision:
    """A customer has a class by hand, asked for by one and approved by another."""
    return Decision(
        decision_id=new_decision_id(),
        kind=_KINDS[RequestKind(request.kind)],
        reason=request.why,
        decided_by=request.asked_by.username,
        approved_by=approver.username,
        decided_at=at.astimezone(dt.UTC).replace(tzinfo=None),
        effective_on=request.effective_on,
        expires_on=request.expires_on,
        customer_key=request.customer_key,
        standard_id=request.standard_id,
        class_id=request.class_id,
    )


def appeal_notice(appeal: Appeal, effective_on: dt.date, signed: Signature) -> Decision:
    """A grade is contested; what was said about it stays at the desk, it may name persons."""
    return Decision(
        decision_id=appeal.decision_id,
        kind=DecisionKind.APPEAL,
        reason="申诉 / appeal",
        decided_by=signed.by.username,
        decided_at=signed.utc,
        effective_on=effective_on,
        customer_key=appeal.customer_key,
        standard_id=appeal.standard_id,
        payload={"run_id": appeal.run_id, "grade": appeal.grade},
    )


def answer_notice(appeal: Appeal, effective_on: dt.date, answered_by: User, signed: Signature) -> Decision:
    """An appeal is answered; how, the payload says."""
    return Decision(
        decision_id=new_decision_id(),
        kind=DecisionKind.APPEAL_ANSWER,
        reason="答复申诉 / answer to an appeal",
        decided_by=answered_by.username,
        decided_at=signed.utc,
        effective_on=effective_on,
        customer_key=appeal.customer_key,
        standard_id=appeal.standard_id,
        about=appeal.decision_id,
        payload={"state": appeal.state},
    )


def withdrawal_notice(request: ClassRequest, effective_on: dt.date, signed: Signature) -> Decision:
    """A class given by hand ends before its term."""
    return Decision(
        decision_id=new_decision_id(),
        kind=DecisionKind.WITHDRAWAL,
        reason=signed.require_why(),
        decided_by=signed.by.username,
        decided_at=signed.utc,
        effective_on=effective_on,
        customer_key=request.customer_key,
        standard_id=request.standard_id,
        about=request.decision_id,
    )
