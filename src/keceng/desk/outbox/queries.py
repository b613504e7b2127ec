"""What is still on its way to the lake."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from keceng.classify import DecisionKind
from keceng.desk.outbox.models import OutboxRow


def count_waiting() -> int:
    """Decisions that the lake does not have yet, as far as the desk knows."""
    return OutboxRow.objects.filter(done_at=None).count()


def find_rows(decision_ids: Collection[str]) -> Mapping[str, OutboxRow]:
    """The outbox rows of these decisions, by decision."""
    rows = OutboxRow.objects.filter(decision_id__in=list(decision_ids))
    return {row.decision_id: row for row in rows}


def find_answers(appeal_ids: Collection[str]) -> Mapping[str, OutboxRow]:
    """The outbox rows that answer these appeals, by the appeal's decision."""
    if not appeal_ids:
        return {}
    kind = DecisionKind.APPEAL_ANSWER.value
    rows = OutboxRow.objects.filter(decision__kind=kind, decision__about__in=list(appeal_ids))
    return {row.decision["about"]: row for row in rows}
