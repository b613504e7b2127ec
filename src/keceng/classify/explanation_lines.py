"""Every number of a customer beside the line it is compared with: dimensions with their cuts, rules with their comparisons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from keceng.measure import Measure
from keceng.standard import (
    Bands,
    Bound,
    Comparison,
    Condition,
    CumulativeShare,
    Dimension,
    Leaf,
    Literal,
    Quantiles,
    Row,
    Rules,
    Scorecard,
    Standard,
    Stored,
    describe_leaf,
    evaluate_condition,
)
from keceng.vocabulary import Direction, Kind, Text, money_text

EPOCH = dt.date(1970, 1, 1)
_PERCENT = ("share", "rate", "continuity")


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """One comparison of the grade's rules for one customer.

    Attributes:
        class_id: the class whose rule it belongs to.
        condition: the comparison in words.
        number: the customer's own number in words.
        met: true, false, or None when the number is unknown.
        cut: for a comparison with a class of a dimension, the line of that class in words; None where it has none.
    """

    class_id: str
    condition: Text
    number: Text
    met: bool | None
    cut: Text | None = None

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "class": self.class_id,
            "condition_zh": self.condition.zh,
            "condition_en": self.condition.en,
            "value": self.number.en,
            "met": self.met,
            "cut": None if self.cut is None else self.cut.en,
        }


@dataclass(frozen=True, slots=True)
class CutLine:
    """The line of one class: in words, and whether the customer's number reaches it (None: unknown)."""

    class_id: str
    title: Text
    cut: Text
    reached: bool | None


@dataclass(frozen=True, slots=True)
class DimensionLine:
    """One dimension for one customer.

    Attributes:
        dimension_id: its id.
        title: its title.
        class_title: the class it gave; None where it gave none.
        number: what was laid on, with its title; None where rules or a matrix gave the class.
        number_title: of what the number is.
        cuts: best first; those that applied to the customer's peer group in the run.
    """

    dimension_id: str
    title: Text
    class_title: Text | None
    number_title: Text | None
    number: Text | None
    cuts: tuple[CutLine, ...]

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "id": self.dimension_id,
            "title_zh": self.title.zh,
            "title_en": self.title.en,
            "class_zh": self.class_title.zh if self.class_title else None,
            "class_en": self.class_title.en if self.class_title else None,
            "value": self.number.en if self.number else None,
            "cuts": [{"class": c.class_id, "from": c.cut.en, "reached": c.reached} for c in self.cuts],
        }


def dimension_lines(standard: Standard, row: Row, currency: str) -> Iterator[DimensionLine]:
    """The lines of every dimension, the grade's own last where it has cuts."""
    for dimension in (*standard.dimensions, standard.grade):
        measure = _laid_on(standard, dimension)
        if dimension is standard.grade and measure is None:
            continue
        yield DimensionLine(
            dimension_id=dimension.id,
            title=dimension.title,
            class_title=_class_title(standard, dimension, row),
            number_title=None if measure is None else measure.title,
            number=None if measure is None else spoken_value(measure, row.get(measure.name), currency),
            cuts=() if measure is None else tuple(_cut_lines(dimension, measure, row, currency)),
        )


def _class_title(standard: Standard, dimension: Dimension, row: Row) -> Text | None:
    # The grade that counts may be a person's; its own dimension tells what its cuts gave.
    stored = row.get("grade_by_rules" if dimension is standard.grade else dimension.id)
    if stored is None:
        return None
    known = {c.id: c.title for c in dimension.classes}
    return known.get(str(stored), Text(str(stored), str(stored)))


def _laid_on(standard: Standard, dimension: Dimension) -> Measure | None:
    match dimension.method:
        case Bands(measure=name) | Quantiles(measure=name) | CumulativeShare(measure=name):
            return standard.scope[name]
        case Scorecard():
            return next(m for m in dimension.published if m.name == f"{dimension.id}_score")
        case _:
            return None


def _cut_lines(dimension: Dimension, measure: Measure, row: Row, currency: str) -> Iterator[CutLine]:
    stored = row.get(measure.name)
    at_most = measure.direction is Direction.LOWER
    if isinstance(dimension.method, Bands):
        at_most = dimension.method.bound is Bound.TO
    for tier in dimension.classes[:-1]:
        cut = row.get(f"{dimension.id}__cut_{tier.id}")
        if cut is None:
            continue
        number = _on_scale(stored)
        reached = (
            None if number is None else (number <= int(str(cut)) if at_most else number >= int(str(cut)))
        )
        spoken = spoken_value(measure, _as_stored(measure, cut), currency)
        sign = "≤ " if at_most else "≥ "
        yield CutLine(tier.id, tier.title, Text(sign + spoken.zh, sign + spoken.en), reached)


def _on_scale(stored: Stored) -> int | None:
    if isinstance(stored, dt.date):
        return (stored - EPOCH).days
    return None if stored is None else int(str(stored))


def _as_stored(measure: Measure, cut: Stored) -> Stored:
    return EPOCH + dt.timedelta(days=int(str(cut))) if measure.kind is Kind.DATE else cut


def condition_lines(standard: Standard, row: Row, currency: str) -> Iterator[ConditionLine]:
    """The comparisons of every rule of the grade, in the order in which they are asked."""
    method, scope = standard.grade.method, standard.scope
    for rule in method.rules if isinstance(method, Rules) else ():
        for leaf in rule.when.leaves if rule.when else ():
            name = leaf.names[0]
            yield ConditionLine(
                rule.class_id,
                describe_leaf(leaf, scope),
                spoken_value(scope[name], row.get(name), currency),
                evaluate_condition(Condition(str(leaf.node), leaf.node), row),
                cut_of_leaf(standard, leaf, row, currency),
            )


def cut_of_leaf(standard: Standard, leaf: Leaf, row: Row, currency: str) -> Text | None:
    """For `dimension = 'class'`, the line of that class with the customer's number: `近12个月销售额 ≥ ¥884`; else None."""
    dimension = next((d for d in standard.dimensions if d.id == leaf.names[0]), None)
    match leaf.node:
        case Comparison(right=Literal(content=str(wanted))):
            pass
        case _:
            wanted = _last_named(leaf)
    measure = None if dimension is None else _laid_on(standard, dimension)
    if dimension is None or measure is None or wanted not in dimension.class_ids[:-1]:
        return None
    line = next((c for c in _cut_lines(dimension, measure, row, currency) if c.class_id == wanted), None)
    if line is None:
        return None
    own = spoken_value(measure, row.get(measure.name), currency)
    return Text(
        f"{measure.title.zh} {own.zh}（线 {line.cut.zh}）",
        f"{measure.title.en} {own.en} (line {line.cut.en})",
    )


def _last_named(leaf: Leaf) -> str:
    # `in (…)` names classes best first; the lowest of them is the one to reach.
    items = getattr(leaf.node, "items", ())
    return str(items[-1].content) if items else ""


def spoken_value(measure: Measure, stored: Stored, currency: str) -> Text:
    """One stored number as a person reads it."""
    if stored is None:
        return Text("未知", "unknown")
    if measure.kind is Kind.MONEY:
        cents = int(str(stored))
        return Text(*["-" * (cents < 0) + currency + money_text(abs(cents))] * 2)
    if measure.kind is Kind.RATIO and measure.name.endswith(_PERCENT) and not measure.unit.en:
        return Text(*[f"{int(str(stored)) / 100:,.2f}".rstrip("0").rstrip(".") + "%"] * 2)
    if measure.kind in {Kind.RATIO, Kind.SCORE}:
        number = f"{int(stored) / measure.kind.scale:,.4f}".rstrip("0").rstrip(".")  # type: ignore[arg-type]
        return Text(f"{number} {measure.unit.zh}".strip(), f"{number} {measure.unit.en}".strip())
    if measure.kind is Kind.CATEGORY:
        return measure.category_title(str(stored))
    if measure.kind is Kind.FLAG:
        return Text("是", "yes") if stored else Text("否", "no")
    return Text(f"{stored} {measure.unit.zh}".strip(), f"{stored} {measure.unit.en}".strip())
