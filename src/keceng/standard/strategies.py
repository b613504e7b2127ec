"""What a standard says besides the classes: strategies, stability and review."""

from __future__ import annotations

from collections.abc import Sequence

from keceng.standard.document import Entry
from keceng.standard.draft import DimensionDraft
from keceng.standard.model import Review, Stability, Strategy
from keceng.standard.periods import read_days, read_spacing
from keceng.standard.publication import MethodName
from keceng.vocabulary import Kind, Text

STATE_MEASURE = "lifecycle_state"


def default_state_dimension(drafts: Sequence[DimensionDraft]) -> DimensionDraft | None:
    """The dimension that uses the lifecycle state, which refines strategies unless another is named."""
    uses = (d for d in drafts if d.by is MethodName.USE and d.fields["use"].scalar == STATE_MEASURE)
    return next(uses, None)


def read_strategies(
    entry: Entry | None, grade: DimensionDraft | None, state: DimensionDraft | None
) -> tuple[Strategy, ...]:
    """The strategies under `A` or `A/at_risk`; every class of the grade has one of its own."""
    if entry is None or grade is None:
        return ()
    grades = [c.tier_class.id for c in grade.classes]
    strategies = [_read_strategy(found, grades, state) for found in entry.entries().values()]
    known = tuple(strategy for strategy in strategies if strategy)
    for missing in [
        g for g in grades if f"{entry.path}.{g}" not in {e.path for e in entry.entries().values()}
    ]:
        message = Text(f"类「{missing}」没有策略", f"class “{missing}” has no strategy")
        remedy = Text(f"在 strategy 下写 {missing}: 目标、节奏、服务", f"write `{missing}:` under `strategy`")
        entry.refuse("strategy", message, remedy=remedy)
    return known


def _read_strategy(entry: Entry, grades: list[str], state: DimensionDraft | None) -> Strategy | None:
    grade, separator, state_class = entry.path.partition(".")[2].partition("/")
    fields = entry.fields(("goal", "rhythm", "service"), required=("goal",))
    goal = fields["goal"].read_bilingual() if "goal" in fields else None
    rhythm = read_days(fields["rhythm"]) if "rhythm" in fields else None
    service = fields["service"].read_text() if "service" in fields else None
    if grade not in grades:
        message = Text(f"分级里没有「{grade}」", f"the grade has no class “{grade}”")
        remedy = Text("可用：" + "、".join(grades), "it has: " + ", ".join(grades))
        entry.refuse("strategy", message, remedy=remedy)
    if separator:
        _check_state_class(entry, state_class, state)
    return Strategy(grade, state_class if separator else None, goal, rhythm, service) if goal else None


def _check_state_class(entry: Entry, state_class: str, state: DimensionDraft | None) -> None:
    if state is None:
        message = Text("没有可供细分策略的维度", "no dimension can refine strategies")
        remedy = Text(
            "加一个 use: lifecycle_state 的维度，或写 strategy_by",
            "add a dimension with `use: lifecycle_state`, or write `strategy_by`",
        )
        entry.refuse("strategy", message, remedy=remedy)
        return
    known = [c.tier_class.id for c in state.classes]
    if known and state_class not in known:
        message = Text(f"{state.id} 没有「{state_class}」", f"{state.id} has no class “{state_class}”")
        remedy = Text("可用：" + "、".join(known), "it has: " + ", ".join(known))
        entry.refuse("strategy", message, remedy=remedy)


def read_stability(entry: Entry) -> Stability | None:
    """The buffer against flicker; `off` switches it off."""
    if (entry.scalar or "").lower() in {"off", "false"}:
        return None
    keys = ("demote_after", "margin", "min_stay")
    fields = entry.fields(keys, required=keys)
    after = fields["demote_after"].read_whole(low=1, high=24) if "demote_after" in fields else None
    margin = fields["margin"].read_stored(Kind.RATIO, low=0, high=1) if "margin" in fields else None
    stay = read_days(fields["min_stay"]) if "min_stay" in fields else None
    if after is None or margin is None or stay is None:
        return None
    return Stability(after, margin, stay)


def read_review(entry: Entry) -> Review | None:
    """How often the standard is looked at again, and by whom."""
    keys = ("every", "owner")
    fields = entry.fields(keys, required=keys)
    spacing = read_spacing(fields["every"]) if "every" in fields else None
    owner = fields["owner"].read_text() if "owner" in fields else None
    return Review(spacing[0], spacing[1], owner) if spacing and owner else None
