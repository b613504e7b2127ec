"""How a customer's grade came about over time: every move with the reason its run stored, every decision of a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keceng.classify import MOVES, SENTENCES, DecisionKind, find_customers
from keceng.collect import DECISIONS
from keceng.desk.people.models import User
from keceng.lake import Snapshot
from keceng.vocabulary import Text

MOST_MOVES = 24
_TITLES: Mapping[DecisionKind, Text] = {
    DecisionKind.OVERRIDE: Text("人工调整", "set by a person"),
    DecisionKind.NOMINATION: Text("重点客户提名", "key-account nomination"),
    DecisionKind.APPEAL: Text("申诉", "appeal"),
    DecisionKind.APPEAL_ANSWER: Text("答复申诉", "appeal answered"),
    DecisionKind.WITHDRAWAL: Text("提前结束人工定级", "class by hand ended early"),
}

# The words of an appeal stay at the desk: the lake has only that there was one.
_KEPT_AT_THE_DESK = frozenset({DecisionKind.APPEAL, DecisionKind.APPEAL_ANSWER})
_MOVE = ("run_id", "as_of", "from_class", "to_class")
_DECISION = (
    "decision_type", "class_id", "reason", "decided_by", "approved_by", "effective_on", "expires_on", "decided_at",
    "decision_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GradeStep:
    """One line of the history of a grade.

    Attributes:
        on: the day from which it counts; of an appeal and its answer, the day on which they were made.
        title: what happened.
        from_class, to_class: the classes of a move; of a decision, the class given, or empty.
        reason: why, as stored with the run or in the words of who decided; None where the run is not kept.
        people: who decided and who approved, as they are shown; empty for a move.
        until: the last day of a class by hand; None otherwise.
    """

    on: dt.date
    title: Text
    from_class: str
    to_class: str
    reason: Text | None
    people: tuple[str, ...]
    until: dt.date | None


def read_grade_history(snapshot: Snapshot, customer_key: int, run_id: str) -> Sequence[GradeStep]:
    """Moves and decisions about a customer, the latest first; of runs after `run_id`, which the page does not show yet, nothing."""
    keys = [customer_key]
    told = snapshot.find_rows(MOVES, "customer_key", keys, _MOVE).to_pylist()
    # The id of a run begins with the moment at which it was made.
    moves = [row for row in told if row["run_id"] <= run_id]
    moves.sort(key=lambda row: (row["as_of"], row["run_id"]), reverse=True)
    decisions = snapshot.find_rows(DECISIONS, "customer_key", keys, _DECISION).to_pylist()
    decisions.sort(key=lambda row: (row["effective_on"], row["decided_at"], row["decision_id"]))
    steps = [*_moves(snapshot, customer_key, moves[:MOST_MOVES]), *_decisions(decisions)]
    return sorted(steps, key=lambda step: step.on, reverse=True)


def _moves(snapshot: Snapshot, customer_key: int, rows: Sequence[Mapping[str, Any]]) -> Iterator[GradeStep]:
    for row in rows:
        yield GradeStep(
            on=row["as_of"],
            title=Text("分级", "classified"),
            from_class=_class_or_none(row["from_class"]),
            to_class=_class_or_none(row["to_class"]),
            reason=_stored_reason(snapshot, row["run_id"], customer_key),
            people=(),
            until=None,
        )


def _class_or_none(name: str) -> str:
    # `(new)` and its like are no classes: they show as a dash.
    return "" if name.startswith("(") else name


def _stored_reason(snapshot: Snapshot, run_id: str, customer_key: int) -> Text | None:
    if run_id not in snapshot.entry.runs:
        return None
    rows = find_customers(snapshot, snapshot.run_directory(run_id), [customer_key], SENTENCES).to_pylist()
    return Text(rows[0]["reason_zh"] or "", rows[0]["reason_en"] or "") if rows else None


def _said_on(moment: dt.datetime) -> dt.date:
    # The lake keeps UTC without a zone; people think of the day as their machine has it.
    return moment.replace(tzinfo=dt.UTC).astimezone().date()


def _decisions(rows: Sequence[Mapping[str, Any]]) -> Iterator[GradeStep]:
    names = {name for row in rows for name in (row["decided_by"], row["approved_by"])}
    shown = {user.username: user.shown_name for user in User.objects.filter(username__in=names - {None})}
    for row in rows:
        kind = DecisionKind(row["decision_type"])
        if kind in _TITLES:
            yield GradeStep(
                on=_said_on(row["decided_at"]) if kind in _KEPT_AT_THE_DESK else row["effective_on"],
                title=_TITLES[kind],
                from_class="",
                to_class=row["class_id"] or "",
                reason=None if kind in _KEPT_AT_THE_DESK else Text(row["reason"], row["reason"]),
                people=tuple(
                    shown.get(name, name) for name in (row["decided_by"], row["approved_by"]) if name
                ),
                until=row["expires_on"],
            )
