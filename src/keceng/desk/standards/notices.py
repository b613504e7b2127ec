"""What the lake is told of a standard: that a revision is in force from a day, or is not any more."""

from __future__ import annotations

import datetime as dt

from keceng.classify import Decision, DecisionKind
from keceng.desk.outbox.actions import new_decision_id
from keceng.desk.signature import Signature
from keceng.desk.standards.models import StandardRevision
from keceng.vocabulary import KecengError


def publication_notice(row: StandardRevision, effective_from: dt.date, signed: Signature) -> Decision:
    """The decision by which `row` is in force; it holds the whole document, so the lake alone can tell what it was.

    Raises:
        KecengError: the row has no approver.
    """
    if row.approver is None:
        raise KecengError.of("not_approved", "这一版还没有批准", "this revision has no approval")
    return Decision(
        decision_id=new_decision_id(),
        kind=DecisionKind.PUBLICATION,
        reason=signed.why.strip() or f"{row.standard_id} r{row.revision}",
        decided_by=row.author.username,
        approved_by=row.approver.username,
        decided_at=signed.utc,
        effective_on=effective_from,
        standard_id=row.standard_id,
        payload={
            "revision": row.revision,
            "standard_hash": row.standard_hash,
            "document_hash": row.document_hash,
            "document": row.yaml_bytes.decode(),
            "moves_hash": row.moves_hash,
            "published_by": signed.by.username,
        },
    )


def withdrawal_notice(row: StandardRevision, on: dt.date, signed: Signature) -> Decision:
    """The decision by which `row` is not in force any more."""
    return Decision(
        decision_id=new_decision_id(),
        kind=DecisionKind.WITHDRAWAL,
        reason=signed.require_why(),
        decided_by=signed.by.username,
        decided_at=signed.utc,
        effective_on=on,
        standard_id=row.standard_id,
        about=row.publication_id,
    )
