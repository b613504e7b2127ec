"""What people decide about a grade: overrides, nominations, appeals and their answers, as rows of the lake.

A decision is appended once and never changed; it is ended by a later row that names it (`about`). A run sees those that
are effective on its date, so a decision of tomorrow cannot change the grade of today.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa
from sqlglot import exp

from keceng.collect import DECISIONS
from keceng.lake import Lake, Snapshot, Step, column, empty_without, literal, sql
from keceng.standard import Standard
from keceng.vocabulary import KecengError, Place, Text

LONGEST_OVERRIDE_DAYS = 366
"""A class given by a person lasts a year at most; then the ruler speaks again."""


class DecisionKind(StrEnum):
    """What was decided."""

    OVERRIDE = "override"
    NOMINATION = "nomination"
    APPEAL = "appeal"
    APPEAL_ANSWER = "appeal_answer"
    WITHDRAWAL = "withdrawal"
    PUBLICATION = "publication"


_GIVES_CLASS = frozenset({DecisionKind.OVERRIDE, DecisionKind.NOMINATION})
_NAMES_ANOTHER = frozenset({DecisionKind.APPEAL_ANSWER, DecisionKind.WITHDRAWAL})


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of a person that changes a result.

    Attributes:
        decision_id: the idempotency key; recording it twice changes nothing.
        kind: what was decided.
        reason: why, in the words of whoever decided.
        decided_by: who asked for it.
        decided_at: when, in UTC, without a zone.
        effective_on: the first day on which a run sees it.
        customer_key: whom it concerns; None for a publication.
        standard_id: under which standard; None is every standard that has the class.
        class_id: the class that an override or a nomination gives.
        about: the decision that an answer or a withdrawal ends.
        approved_by: who approved it, never who asked.
        expires_on: the last day on which it holds.
        payload: whatever else belongs to it, as JSON values.
    """

    decision_id: str
    kind: DecisionKind
    reason: str
    decided_by: str
    decided_at: dt.datetime
    effective_on: dt.date
    customer_key: int | None = None
    standard_id: str | None = None
    class_id: str | None = None
    about: str | None = None
    approved_by: str | None = None
    expires_on: dt.date | None = None
    payload: Mapping[str, object] = field(default_factory=dict)

    def to_row(self) -> dict[str, object]:
        """The row of the lake's table of decisions."""
        return {
            "decision_id": self.decision_id,
            "decision_type": self.kind.value,
            "customer_key": self.customer_key,
            "standard_id": self.standard_id,
            "class_id": self.class_id,
            "about": self.about,
            "payload": json.dumps(dict(self.payload), ensure_ascii=False, sort_keys=True),
            "reason": self.reason,
            "decided_by": self.decided_by,
            "approved_by": self.approved_by,
            "decided_at": self.decided_at,
            "effective_on": self.effective_on,
            "expires_on": self.expires_on,
        }


def record_decisions(lake: Lake, decisions: Sequence[Decision], *, author: str = "shell") -> int:
    """Write decisions to the lake, all or none; how many of them were new.

    Those whose `decision_id` is there already are left as they are, so a replay is harmless.

    Raises:
        KecengError: a decision is not one that may be made (no reason, own approval, no end, no class, unknown customer).
    """
    for decision in decisions:
        check_decision(decision)
    with lake.unit_of_work("decision", author) as work:
        current = work.current()
        known = set(current.read(DECISIONS)["decision_id"].to_pylist())
        fresh = {d.decision_id: d for d in decisions if d.decision_id not in known}
        rows = [d.to_row() for d in fresh.values()]
        work.append(DECISIONS, pa.Table.from_pylist(rows, DECISIONS.arrow_schema))
    return len(fresh)


def check_decision(decision: Decision) -> None:
    """Let a decision pass that may be made.

    Raises:
        KecengError: it has no reason, its own approval, no class, no approver or no end; or it names nothing to end.
    """
    place = Place(path=decision.decision_id)
    if not decision.reason.strip():
        raise KecengError.of(
            "decision_without_reason",
            "决定必须写明理由",
            "a decision needs a reason",
            remedy=Text("写一句为什么", "say why in a sentence"),
            place=place,
        )
    if decision.approved_by is not None and decision.approved_by == decision.decided_by:
        raise KecengError.of(
            "own_approval",
            "不能批准自己提出的决定",
            "nobody approves what they asked for",
            remedy=Text("请另一位有权限的同事批准", "have a colleague with the right approve it"),
            place=place,
        )
    if decision.kind in _GIVES_CLASS:
        _check_given_class(decision, place)
    if decision.kind in _NAMES_ANOTHER and not decision.about:
        raise KecengError.of(
            "decision_about_nothing",
            "须指明所答复或撤回的决定",
            "an answer or a withdrawal names the decision it ends",
            place=place,
        )


def _check_given_class(decision: Decision, place: Place) -> None:
    if decision.class_id is None or decision.customer_key is None or decision.approved_by is None:
        raise KecengError.of(
            "incomplete_override",
            "人工定级须有客户、等级和批准人",
            "a class given by hand needs a customer, a class and an approver",
            place=place,
        )
    latest = decision.effective_on + dt.timedelta(days=LONGEST_OVERRIDE_DAYS)
    if decision.expires_on is None or not decision.effective_on <= decision.expires_on <= latest:
        raise KecengError.of(
            "override_without_end",
            f"人工定级须在 {latest} 前到期",
            f"a class given by hand ends by {latest}",
            remedy=Text("写明到期日, 最长一年", "give an expiry of at most a year"),
            place=place,
            value=str(decision.expires_on),
        )


def decision_steps(standard: Standard, as_of: dt.date) -> list[Step]:
    """`decided`: per unit the class given by a person that holds on `as_of`, and whether an appeal is open.

    Columns: customer_key (the unit), decision_id, decided_class, decision_expires_on, is_appealed.
    """
    open_ones = sql(
        """
        select d.*, units.unit_key from decisions as d
        join units on units.customer_key = d.customer_key
        where d.effective_on <= :as_of and (d.expires_on is null or d.expires_on >= :as_of)
          and (d.standard_id is null or d.standard_id = :standard)
          and not exists (select 1 from decisions as e
            where e.about = d.decision_id and e.effective_on <= :as_of)
        """,
        as_of=as_of,
        standard=standard.id,
    )
    query = sql(
        """
        with held as (select * from :open_ones as o),
        given_classes as (
          select unit_key, decision_id, class_id, expires_on,
            row_number() over (partition by unit_key order by effective_on desc, decided_at desc, decision_id) as latest
          from held where decision_type in ('override', 'nomination') and :is_class
        ),
        appealing as (select distinct unit_key from held where decision_type = 'appeal')
        select coalesce(g.unit_key, a.unit_key) as customer_key, g.decision_id, g.class_id as decided_class,
          g.expires_on as decision_expires_on, a.unit_key is not null as is_appealed
        from (select * from given_classes where latest = 1) as g
        full join appealing as a on a.unit_key = g.unit_key
        """,
        open_ones=exp.Subquery(this=open_ones),
        is_class=exp.In(this=column("class_id"), expressions=[literal(c) for c in standard.grade.class_ids]),
    )
    title = Text("人的决定", "what people decided")
    return [Step("decided", query, title, kernel=empty_without(DECISIONS.name, "customer_key", _DECIDED_OF))]


_DECIDED_OF = pa.schema(
    [
        ("customer_key", pa.int64()),
        ("decision_id", pa.string()),
        ("decided_class", pa.string()),
        ("decision_expires_on", pa.date32()),
        ("is_appealed", pa.bool_()),
    ]
)


def read_decisions(snapshot: Snapshot) -> list[Decision]:
    """Every decision ever recorded, in the order of their effect."""
    rows = snapshot.read(DECISIONS).sort_by([("effective_on", "ascending"), ("decided_at", "ascending")])
    return [_decision(row) for row in rows.to_pylist()]


def _decision(row: Mapping[str, object]) -> Decision:
    kept = {name: row[name] for name in row if name not in {"decision_type", "payload"}}
    payload = json.loads(str(row["payload"])) if row["payload"] else {}
    return Decision(kind=DecisionKind(str(row["decision_type"])), payload=payload, **kept)  # type: ignore[arg-type]
