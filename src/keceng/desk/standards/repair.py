"""What is in force is what the lake says: publications that this desk has forgotten (an older copy restored) are taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from keceng.classify import Decision, DecisionKind, read_decisions
from keceng.desk.people.models import User
from keceng.desk.signature import Signature
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.rows import insert_revision, lock_revision, move_revision, supersede_others
from keceng.desk.standards.states import Status, Step
from keceng.lake import Lake
from keceng.vocabulary import KecengError, Problem, Text

_WHY = "按数据湖的记录恢复 / restored from the lake's record"


def adopt_publications(lake: Lake, *, at: dt.datetime) -> int:
    """Take back publications and withdrawals that the lake has and the desk has not, in their order; how many there were.

    Raises:
        KecengError: those that cannot be taken back: their people are unknown here, or the desk holds other bytes.
    """
    known = set(StandardRevision.objects.exclude(publication_id="").values_list("publication_id", flat=True))
    adopted, problems = 0, list[Problem]()
    decisions = read_decisions(lake.snapshot())
    for decision in sorted(decisions, key=lambda d: d.decided_at):
        try:
            if decision.kind is DecisionKind.PUBLICATION and decision.decision_id not in known:
                adopted += _publish(decision, at)
            elif decision.kind is DecisionKind.WITHDRAWAL:
                adopted += _retire(decision, at)
        except KecengError as error:
            problems += error.problems
    if problems:
        raise KecengError(problems)
    return adopted


def _publish(decision: Decision, at: dt.datetime) -> int:
    payload = decision.payload
    if not isinstance(payload.get("document"), str) or decision.standard_id is None:
        return 0  # published by another door, which wrote no document
    people = _people(decision)
    with transaction.atomic():
        row = _find_or_insert(decision.standard_id, payload, people["decided_by"], at)
        supersede_others(row, decision.effective_on, Signature(people["decided_by"], at, _WHY))
        given = {
            "approver": people["approved_by"],
            "impact": row.impact or {"moves_hash": payload["moves_hash"]},
            "moves_hash": payload["moves_hash"],
            "effective_from": decision.effective_on,
            "publication_id": decision.decision_id,
        }
        signed = Signature(people["approved_by"], at, _WHY)
        move_revision(row, Step.PUBLISH, Status.IN_FORCE, signed, given)
    return 1


def _find_or_insert(
    standard_id: str, payload: Mapping[str, object], author: User, at: dt.datetime
) -> StandardRevision:
    number, document = int(str(payload["revision"])), str(payload["document"]).encode()
    found = StandardRevision.objects.filter(standard_id=standard_id, revision=number).first()
    if found is None:
        return insert_revision(
            standard_id, number, document, step=Step.IMPORT, signed=Signature(author, at, _WHY)
        )
    if found.document_hash != payload["document_hash"]:
        raise KecengError.of(
            "another_document",
            f"{standard_id} r{number} 与已发布的内容不同",
            f"{standard_id} r{number} here is not what was published",
            remedy=Text("把这里的草稿另存为新修订版", "save the draft here as another revision"),
        )
    return lock_revision(found.pk)


def _retire(decision: Decision, at: dt.datetime) -> int:
    row = StandardRevision.objects.filter(
        publication_id=decision.about or "-", status=Status.IN_FORCE.value
    ).first()
    by = User.objects.filter(username=decision.decided_by).first()
    if row is None or by is None:
        return 0
    with transaction.atomic():
        ended = {"retired_on": decision.effective_on}
        move_revision(row, Step.RETIRE, Status.RETIRED, Signature(by, at, _WHY), ended)
    return 1


def _people(decision: Decision) -> Mapping[str, User]:
    names = {"decided_by": decision.decided_by, "approved_by": decision.approved_by or ""}
    found = {role: User.objects.filter(username=name).first() for role, name in names.items()}
    people = {role: user for role, user in found.items() if user is not None}
    if len(people) < len(names):
        missing = ", ".join(name for role, name in names.items() if role not in people)
        raise KecengError.of(
            "unknown_user",
            f"没有用户 {missing}，无法恢复 {decision.standard_id} 的发布",
            f"there is no user {missing}; the publication of {decision.standard_id} cannot be restored",
            remedy=Text("先添加这位用户", "add this user first"),
        )
    return people
