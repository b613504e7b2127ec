"""A standard in plain language: every class, cut, buffer and strategy in words, so that nobody has to read YAML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keceng.desk.people.duties import Role
from keceng.desk.standards.method_words import describe_method, list_class_rules, list_remarks
from keceng.standard import (
    OWNER_ROLES,
    And,
    Condition,
    Dimension,
    Or,
    PeriodUnit,
    Rules,
    Standard,
    Strategy,
    describe_condition,
    service_title,
)
from keceng.vocabulary import Text

_PERIODS = {
    PeriodUnit.DAY: Text("天", "days"),
    PeriodUnit.WEEK: Text("周", "weeks"),
    PeriodUnit.MONTH: Text("个月", "months"),
    PeriodUnit.YEAR: Text("年", "years"),
}
_ROLES = {role.value: role.title for role in Role}


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that is asked: a sentence, or one of several sentences where it is enough that one holds."""

    told: Text | None
    any_of: Sequence[Text] = ()


@dataclass(frozen=True, slots=True)
class ClassInWords:
    """A class: what it is called for colleagues and for customers, and how somebody gets it and keeps it.

    Attributes:
        demands, keeps: all of these must hold to get it, and to keep it where that is easier; empty for a class that is
            not given by rules.
        rule: the way in where it is a line, a share or the rest.
    """

    class_id: str
    title: Text
    public_title: Text | None
    rule: Text | None
    demands: Sequence[Demand]
    keeps: Sequence[Demand]
    note: Text | None


@dataclass(frozen=True, slots=True)
class DimensionInWords:
    """A way of looking at customers: how classes are given, among whom, and what else holds."""

    dimension_id: str
    title: Text
    method: Text
    remarks: Sequence[Text]
    classes: Sequence[ClassInWords]

    @property
    def is_plain(self) -> bool:
        """Whether its classes are mere names: the categories of a measure."""
        return not any(c.rule or c.demands for c in self.classes)


@dataclass(frozen=True, slots=True)
class StrategyInWords:
    """What is done for a class, or for a class in a state; `state` is None where it holds for all states."""

    grade: str
    state: Text | None
    goal: Text
    rhythm_days: int | None
    service: Text | None
    owner: Text | None = None


@dataclass(frozen=True, slots=True)
class StandardInWords:
    """All that a standard says.

    Attributes:
        basics: the window, who is judged and who is left out.
        grade: the final classes.
        dimensions: what the grade rests on.
        buffer: what keeps a grade from flickering, nominations, reviews.
    """

    title: Text
    basics: Sequence[Text]
    grade: DimensionInWords
    dimensions: Sequence[DimensionInWords]
    buffer: Sequence[Text]
    strategies: Sequence[StrategyInWords]


def put_in_words(standard: Standard) -> StandardInWords:
    """`standard` in both languages."""
    return StandardInWords(
        title=standard.title,
        basics=_basics(standard),
        grade=_dimension(standard, standard.grade),
        dimensions=[_dimension(standard, d) for d in standard.dimensions],
        buffer=[*_stability(standard), *_people(standard)],
        strategies=[_strategy(standard, s) for s in standard.strategy],
    )


def state_title(standard: Standard, state: str) -> Text:
    """The title of a class that strategies are keyed on beside the grade."""
    titles = (
        {c.id: c.title for c in standard.dimension(standard.strategy_by).classes}
        if standard.strategy_by
        else {}
    )
    return titles.get(state, Text(state, state))


def owner_title(written: str) -> Text:
    """Whoever answers for a standard, by the title of their role where what is written is one."""
    return _ROLES.get(written.replace("-", "_"), Text(written, written))


def _basics(standard: Standard) -> list[Text]:
    said = [Text(f"看最近 {standard.window_days} 天的生意", f"Looks at the last {standard.window_days} days")]
    if standard.unit.value == "group":
        said.append(Text("同一集团的客户合并评级", "Accounts of one group are judged together"))
    include = standard.population.include
    who = describe_condition(include, standard.scope) if include else Text("所有客户", "everybody")
    said.append(Text("参评：{who}", "Judged: {who}").fill(who=who))
    said += [
        Text("不参评：{why}（{when}）", "Left out: {why} ({when})").fill(
            why=e.reason, when=describe_condition(e.when, standard.scope)
        )
        for e in standard.population.exclude
    ]
    if standard.provisional:
        when = describe_condition(standard.provisional, standard.scope)
        said.append(Text("暂定等级：{when}", "Provisional where: {when}").fill(when=when))
    return said


def _dimension(standard: Standard, dimension: Dimension) -> DimensionInWords:
    written = list_class_rules(standard, dimension)
    method = dimension.method
    rules = {r.class_id: r for r in method.rules} if isinstance(method, Rules) else {}
    classes = []
    for c in dimension.classes:
        rule = rules.get(c.id)
        demands = _demands(rule.when, standard) if rule else []
        keeps = _demands(rule.stay, standard) if rule else []
        told = None if demands else written.get(c.id)
        classes.append(ClassInWords(c.id, c.title, c.public_title, told, demands, keeps, c.note))
    return DimensionInWords(
        dimension.id,
        dimension.title,
        describe_method(standard, dimension),
        list_remarks(standard, dimension),
        classes,
    )


def _demands(condition: Condition | None, standard: Standard) -> list[Demand]:
    if condition is None:
        return []
    tree, scope = condition.tree, standard.scope
    demands = []
    for part in tree.parts if isinstance(tree, And) else (tree,):
        choices = part.parts if isinstance(part, Or) else (part,)
        told = [describe_condition(Condition(str(choice), choice), scope) for choice in choices]
        demands.append(Demand(None, told) if len(told) > 1 else Demand(told[0]))
    return demands


def _stability(standard: Standard) -> list[Text]:
    stability = standard.stability
    if stability is None:
        return [
            Text(
                "没有升降级缓冲：每次都按规则定级",
                "No stability rule: the rules alone give the grade each time",
            )
        ]
    said = [
        Text(
            f"连续 {stability.demote_after} 次不达标才降级；在一级至少停留 {stability.min_stay_days} 天",
            f"Down only after {stability.demote_after} reviews in a row below the line; a class is held"
            f" {stability.min_stay_days} days at least",
        )
    ]
    if stability.margin:
        margin = f"{stability.margin / 100:g}%"
        said.append(Text(f"越过分档线 {margin} 才算升降", f"A move counts from {margin} beyond the line"))
    if stability.at_once:
        when = describe_condition(stability.at_once, standard.scope)
        said.append(Text("立即降级：{when}", "Down at once where: {when}").fill(when=when))
    return said


def _people(standard: Standard) -> list[Text]:
    said = []
    if nomination := standard.nomination:
        share = f"{nomination.quota / 100:g}%"
        said.append(
            Text(
                f"可以提名到 {nomination.class_id} 类，总数不超过已分级客户的 {share}，有效 {nomination.months} 个月",
                f"People may nominate to {nomination.class_id}: {share} of the graded customers at most,"
                f" for {nomination.months} months",
            )
        )
    if review := standard.review:
        unit, owner = _PERIODS[review.unit], owner_title(review.owner)
        every = review.every if review.count > 1 else review.unit.value
        said.append(
            Text(
                f"每 {review.count} {unit.zh}回顾一次这份标准，负责人：{owner.zh}",
                f"Looked at again every {every}, by: {owner.en}",
            )
        )
    return said


def _strategy(standard: Standard, strategy: Strategy) -> StrategyInWords:
    return StrategyInWords(
        strategy.grade,
        state_title(standard, strategy.state) if strategy.state is not None else None,
        strategy.goal,
        strategy.rhythm_days,
        service_title(strategy.service) if strategy.service else None,
        OWNER_ROLES[strategy.owner_role] if strategy.owner_role else None,
    )
