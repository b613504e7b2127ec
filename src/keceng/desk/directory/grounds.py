"""On what a grade rests, sorted for reading: the comparisons that decide first, everything else behind a fold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from keceng.classify import ConditionLine, Explanation
from keceng.standard import Condition, Rules, blocking_leaf, supporting_leaves
from keceng.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Ground:
    """A comparison, and whether it decides."""

    line: ConditionLine
    decides: bool


@dataclass(frozen=True, slots=True)
class ClassGrounds:
    """The comparisons of one class.

    Attributes:
        class_id: the class.
        is_held: whether the rules give this class.
        met: whether its rule is met; None when that is unknown.
        grounds: its comparisons in the order in which they are asked.
    """

    class_id: str
    is_held: bool
    met: bool | None
    grounds: Sequence[Ground]

    @property
    def deciding(self) -> Sequence[ConditionLine]:
        """The comparisons by which this class is held or missed."""
        return [ground.line for ground in self.grounds if ground.decides]


@dataclass(frozen=True, slots=True)
class Basis:
    """What a figure is measured on.

    Attributes:
        as_of: the day judged.
        since: the first day of the window.
        before_since, before_until: the window before it.
        last_purchase_on: None for somebody who never bought.
    """

    as_of: dt.date
    since: dt.date
    before_since: dt.date
    before_until: dt.date
    last_purchase_on: dt.date | None


def group_conditions(explanation: Explanation) -> Sequence[ClassGrounds]:
    """The rules of the grade class by class, the held class and the next better one with what decides them."""
    method = explanation.standard.grade.method
    if not isinstance(method, Rules):
        return []
    lines = _lines_by_class(explanation)
    held = explanation.standing.by_rules
    ids = explanation.standard.grade.class_ids
    above = ids[ids.index(held) - 1] if held in ids[1:] else None
    groups = []
    for rule in method.rules:
        if rule.when is None:
            continue
        own = lines.get(rule.class_id, [])
        deciding = _deciding(explanation, rule.when, rule.class_id, (held, above))
        groups.append(
            ClassGrounds(
                class_id=rule.class_id,
                is_held=rule.class_id == held,
                met=True if rule.class_id == held else None if held is None else False,
                grounds=[Ground(line, place in deciding) for place, line in enumerate(own)],
            )
        )
    return [g for g in groups if g.is_held or held is None or ids.index(g.class_id) < ids.index(held)]


def list_numbers(explanation: Explanation) -> Iterator[tuple[Text, Text, Text]]:
    """Title, number and definition of every measure the standard reads, in the catalogue's order."""
    for measure in explanation.standard.inputs:
        yield measure.title, explanation.numbers[measure.name], measure.definition


def basis_of(explanation: Explanation, days_since_last_purchase: int | None) -> Basis:
    """The days on which the figures of a page rest."""
    as_of, days = explanation.run.as_of, explanation.standard.window_days
    since = as_of - dt.timedelta(days=days - 1)
    silent = days_since_last_purchase
    return Basis(
        as_of=as_of,
        since=since,
        before_since=since - dt.timedelta(days=days),
        before_until=since - dt.timedelta(days=1),
        last_purchase_on=None if silent is None else as_of - dt.timedelta(days=silent),
    )


def _lines_by_class(explanation: Explanation) -> Mapping[str, list[ConditionLine]]:
    found: dict[str, list[ConditionLine]] = {}
    for line in explanation.conditions:
        found.setdefault(line.class_id, []).append(line)
    return found


def _deciding(
    explanation: Explanation, when: Condition, class_id: str, places: tuple[str | None, str | None]
) -> frozenset[int]:
    held, above = places
    if class_id == held:
        return frozenset(supporting_leaves(when, explanation.facts))
    if class_id == above:
        blocking = blocking_leaf(when, explanation.facts)
        return frozenset() if blocking is None else frozenset({blocking})
    return frozenset()
