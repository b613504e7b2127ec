"""What a standard says besides the classes: strategies, stability and review."""

from __future__ import annotations

from collections.abc import Sequence

from keceng.standard.document import Entry
from keceng.standard.draft import DimensionDraft
from keceng.standard.method_reading import Scope, read_condition
from keceng.standard.model import Nomination, Review, Stability, Strategy
from keceng.standard.owner_roles import OWNER_ROLES
from keceng.standard.periods import read_days, read_spacing
from keceng.standard.publication import MethodName
from keceng.vocabulary import Kind, Text

STATE_MEASURE = "lifecycle_state"
USUAL_QUOTA = Kind.RATIO.scale // 5
USUAL_MONTHS = 12


def default_state_dimension(drafts: Sequence[DimensionDraft]) -> DimensionDraft | None:
    """The dimension that uses the lifecycle state, which refines strategies unless another is named."""
    uses = (d for d in drafts if d.by is MethodName.USE and d.fields["use"].scalar == STATE_MEASURE)
    return next(uses, None)


def read_strategies(
    entry: Entry | None,
    grade: DimensionDraft | None,
    state: DimensionDraft | None,
    *,
    is_state_told: bool = False,
) -> tuple[Strategy, ...]:
    """The strategies under `A` or `A/at_risk`; every class of the grade has one of its own.

    With `is_state_told` the dimension that refines them could not be read, which has been told where it stands.
    """
    if entry is None or grade is None:
        return ()
    grades = [c.tier_class.id for c in grade.classes]
    if grade.is_in_doubt:
        # What is written for a class says that the class was meant.
        grades = list(dict.fromkeys(key.partition("/")[0] for key in entry.keys))
    before = len(entry.problems.found)
    entries = entry.entries()
    if not entries and len(entry.problems.found) > before:
        return ()
    strategies = [
        _read_strategy(found, grades, state, is_state_told=is_state_told) for found in entries.values()
    ]
    known = tuple(strategy for strategy in strategies if strategy)
    for missing in [g for g in grades if g not in entries and not entry.repeats_keys]:
        message = Text(f"类「{missing}」没有策略", f"class “{missing}” has no strategy")
        remedy = Text(f"在 strategy 下写 {missing}: 目标、节奏、服务", f"write `{missing}:` under `strategy`")
        entry.refuse("strategy", message, remedy=remedy, written=missing)
    return known


def _read_strategy(
    entry: Entry, grades: list[str], state: DimensionDraft | None, *, is_state_told: bool
) -> Strategy | None:
    grade, separator, state_class = _key_of(entry).partition("/")
    fields = entry.fields(("goal", "rhythm", "service", "owner"), required=("goal",))
    goal = fields["goal"].read_bilingual() if "goal" in fields else None
    rhythm = read_days(fields["rhythm"]) if "rhythm" in fields else None
    service = fields["service"].read_text() if "service" in fields else None
    owner = fields["owner"].read_choice(tuple(OWNER_ROLES)) if "owner" in fields else None
    if grade not in grades:
        message = Text(f"分级里没有「{grade}」", f"the grade has no class “{grade}”")
        remedy = Text("可用：" + "、".join(grades), "it has: " + ", ".join(grades))
        entry.refuse("strategy", message, remedy=remedy, written=_key_of(entry))
    if separator and not is_state_told:
        _check_state_class(entry, state_class, state)
    state_id = state_class if separator else None
    return Strategy(grade, state_id, goal, rhythm, service, owner) if goal else None


def _check_state_class(entry: Entry, state_class: str, state: DimensionDraft | None) -> None:
    if state is None:
        message = Text("没有可供细分策略的维度", "no dimension can refine strategies")
        remedy = Text(
            "加一个 use: lifecycle_state 的维度，或写 strategy_by",
            "add a dimension with `use: lifecycle_state`, or write `strategy_by`",
        )
        entry.refuse("strategy", message, remedy=remedy, written=_key_of(entry))
        return
    known = [c.tier_class.id for c in state.classes]
    if known and not state.is_in_doubt and state_class not in known:
        message = Text(
            f"「{state.title.zh}」（{state.id}）没有「{state_class}」这一类",
            f"“{state.title.en}” ({state.id}) has no class “{state_class}”",
        )
        titles = [c.tier_class.title for c in state.classes]
        pairs = list(zip(known, titles, strict=True))
        remedy = Text(
            "可用：" + "、".join(f"{code}（{title.zh}）" for code, title in pairs),
            "it has: " + ", ".join(f"{code} ({title.en})" for code, title in pairs),
        )
        entry.refuse("strategy", message, remedy=remedy, written=_key_of(entry))


def _key_of(entry: Entry) -> str:
    return entry.path.partition(".")[2]


def read_stability(entry: Entry, scope: Scope) -> Stability | None:
    """The buffer against flicker; `off` switches it off."""
    if (entry.scalar or "").lower() in {"off", "false"}:
        return None
    keys = ("demote_after", "margin", "min_stay")
    fields = entry.fields((*keys, "at_once"), required=keys)
    at_once = read_condition(fields["at_once"], scope) if "at_once" in fields else None
    after = fields["demote_after"].read_whole(low=1, high=24) if "demote_after" in fields else None
    margin = fields["margin"].read_stored(Kind.RATIO, low=0, high=1) if "margin" in fields else None
    stay = read_days(fields["min_stay"]) if "min_stay" in fields else None
    if after is None or margin is None or stay is None:
        return None
    return Stability(after, margin, stay, at_once)


def read_review(entry: Entry) -> Review | None:
    """How often the standard is looked at again, and by whom."""
    keys = ("every", "owner")
    fields = entry.fields(keys, required=keys)
    spacing = read_spacing(fields["every"]) if "every" in fields else None
    owner = fields["owner"].read_text() if "owner" in fields else None
    return Review(spacing[0], spacing[1], owner) if spacing and owner else None


def read_nomination(entry: Entry, grade: DimensionDraft | None) -> Nomination | None:
    """The class to which people may nominate, how full it may get, and how long a nomination holds."""
    fields = entry.fields(("class", "quota", "months"), required=("class",))
    quota: int | None = USUAL_QUOTA
    months: int | None = USUAL_MONTHS
    if "quota" in fields:
        quota = fields["quota"].read_stored(Kind.RATIO, low=0, high=1)
    if "months" in fields:
        months = fields["months"].read_whole(low=1, high=USUAL_MONTHS)
    if grade is None or grade.is_in_doubt or "class" not in fields:
        return None
    classes = [c.tier_class for c in grade.classes]
    chosen = fields["class"].read_choice([c.id for c in classes])
    if chosen and next(c for c in classes if c.id == chosen).watch:
        message = Text("不能提名到关注类", "nobody is nominated to a class under watch")
        fields["class"].refuse("nomination", message, remedy=Text("换一类", "choose another class"))
        return None
    if "quota" in fields and quota == 0:
        message = Text("名额不能是 0", "a quota of 0 admits nobody")
        fields["quota"].refuse(
            "range", message, remedy=Text("例如 0.20，即两成", "for example 0.20, a fifth")
        )
        return None
    return Nomination(chosen, quota, months) if chosen and quota and months else None
