"""What must be true before a standard is approved, and before it is in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from keceng.desk.people.models import User
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.states import Step
from keceng.measure import catalogue
from keceng.standard import BLOCKING_LINTS, Standard, lint_standard
from keceng.vocabulary import KecengError, Text

_WRITING = (Step.CREATE.value, Step.IMPORT.value, Step.EDIT.value)


def check_approver(row: StandardRevision, approver: User) -> None:
    """Let an approver pass who wrote nothing of this revision.

    Raises:
        KecengError: they did.
    """
    if row.author_id == approver.pk or row.events.filter(step__in=_WRITING, by=approver).exists():
        raise KecengError.of(
            "own_approval",
            "不能批准自己编写的标准",
            "nobody approves a standard they wrote",
            remedy=Text("请另一位有权限的同事批准", "have a colleague with the right approve it"),
        )


def check_impact(row: StandardRevision, impact: Mapping[str, object]) -> str:
    """The `moves_hash` of `impact`, which must be the simulation of this very revision.

    Raises:
        KecengError: it is none, or another draft's.
    """
    moves_hash, draft, moves = (impact.get(key) for key in ("moves_hash", "draft", "moves"))
    if not isinstance(moves_hash, str) or not isinstance(moves, Mapping) or bool(moves) != bool(moves_hash):
        raise KecengError.of(
            "impact_missing",
            "没有试算结果，不能批准",
            "there is no simulation to approve",
            remedy=Text("先试算这一版", "simulate this revision first"),
        )
    if not isinstance(draft, Mapping) or draft.get("hash") != row.standard_hash:
        raise KecengError.of(
            "impact_of_another",
            "试算的不是这一版",
            "the simulation is of another draft",
            remedy=Text("重新试算这一版", "simulate this revision again"),
        )
    return moves_hash


def check_current(impact: Mapping[str, object], published_run: str | None) -> None:
    """Let a simulation pass that looked at the run published now, so that what is approved is what would happen.

    Raises:
        KecengError: it looked at another one, or at none although there is one.
    """
    against = impact.get("against")
    seen = against.get("run_id") if isinstance(against, Mapping) else None
    if seen != published_run:
        raise KecengError.of(
            "impact_outdated",
            "试算之后又发布了新的分级结果",
            "another run has been published since the simulation",
            remedy=Text("重新试算这一版", "simulate this revision again"),
        )


def check_publishable(standard: Standard) -> None:
    """Let a standard pass that may be in force: every class has a strategy, and no finding forbids it.

    Raises:
        KecengError: every class without one, and every such finding.
    """
    problems = [p for p in lint_standard(standard, catalogue()) if p.code in BLOCKING_LINTS]
    with_strategy = {s.grade for s in standard.strategy if s.state is None}
    for class_id in standard.grade.class_ids:
        if class_id not in with_strategy:
            problems += KecengError.of(
                "standard.strategy",
                f"类「{class_id}」没有策略，不能发布",
                f"class “{class_id}” has no strategy; it cannot be published",
                remedy=Text(f"在 strategy 下写 {class_id}", f"write `{class_id}:` under `strategy`"),
            ).problems
    if problems:
        raise KecengError(problems)


def check_effective(day: dt.date, today: dt.date) -> None:
    """Let a day pass that is not over: the past does not change.

    Raises:
        KecengError: it is.
    """
    if day < today:
        raise KecengError.of(
            "day_in_the_past",
            f"{day} 已经过去",
            f"{day} is in the past",
            remedy=Text(f"从 {today} 或以后开始", f"choose {today} or later"),
        )
