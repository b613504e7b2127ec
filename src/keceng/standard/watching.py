"""Classes under watch: a customer comes there by a cause, never by a low score, a rank or the rest of a ladder alone."""

from __future__ import annotations

from collections.abc import Mapping

from keceng.measure import Measure
from keceng.standard.causes import is_class_by_cause
from keceng.standard.draft import DimensionDraft
from keceng.standard.methods import Rules
from keceng.standard.model import Dimension
from keceng.vocabulary import Text


def check_watch_classes(
    grade: Dimension,
    draft: DimensionDraft,
    dimensions: Mapping[str, Dimension],
    scope: Mapping[str, Measure],
) -> None:
    """Note every class marked `watch: true` that can be reached without a cause.

    Args:
        grade: the grade as read.
        draft: its entries, where problems are noted.
        dimensions: the other dimensions, by id.
        scope: every name that conditions may use.
    """
    for found in draft.classes:
        code = found.tier_class.id
        if found.tier_class.watch and not is_class_by_cause(grade, code, scope, dimensions):
            message = Text(
                f"「{code}」是关注类，只能因事由进入；现在不靠事由也会落进来",
                f"“{code}” is a class under watch: only a cause may lead there, and now one can fall in without any",
            )
            found.fields["watch"].refuse("watch", message, remedy=_remedy(grade, dimensions, scope))


def _remedy(grade: Dimension, dimensions: Mapping[str, Dimension], scope: Mapping[str, Measure]) -> Text:
    causes = [m.name for m in scope.values() if m.is_cause]
    places = _loose_places(grade, dimensions, scope)
    look = (
        Text("看 " + "、".join(places) + "；", "look at " + ", ".join(places) + "; ")
        if places
        else Text("", "")
    )
    return Text(
        "让它的规则(或它上面一类的规则)以事由为准，得分、名次、其余都不算；"
        f"{look.zh}事由指标：{'、'.join(causes)}",
        "make its rule, or the rule of the class above it, turn on a cause; a score, a rank or the rest is none; "
        f"{look.en}causes: {', '.join(causes)}",
    )


def _loose_places(
    grade: Dimension, dimensions: Mapping[str, Dimension], scope: Mapping[str, Measure]
) -> list[str]:
    """Rules that the grade builds on and that name a cause, but can be met without one."""
    return [
        f"dimensions.{dimension.id}.classes.{rule.class_id}.when"
        for dimension in dimensions.values()
        if dimension.id in grade.names and isinstance(dimension.method, Rules)
        for rule in dimension.method.rules
        if rule.when
        and any(scope[name].is_cause for name in rule.when.names)
        and not is_class_by_cause(dimension, rule.class_id, scope, dimensions)
    ]
