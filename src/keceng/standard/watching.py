"""Classes under watch: a customer comes there by a cause, never by a low score, a rank or the rest of a ladder alone."""

from __future__ import annotations

from collections.abc import Mapping

from keceng.measure import Measure
from keceng.standard.causes import is_class_by_cause
from keceng.standard.draft import DimensionDraft
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
    causes = [m.name for m in scope.values() if m.is_cause]
    for found in draft.classes:
        code = found.tier_class.id
        if not found.tier_class.watch or is_class_by_cause(grade, code, scope, dimensions):
            continue
        message = Text(
            f"「{code}」是关注类，只能因事由进入；现在不靠事由也会落进来",
            f"“{code}” is a class under watch: only a cause may lead there, and now one can fall in without any",
        )
        remedy = Text(
            "让它的规则(或它上面一类的规则)以事由为准，得分、名次、其余都不算；事由指标："
            + "、".join(causes),
            "make its rule, or the rule of the class above it, turn on a cause; a score, a rank or the rest is none; "
            "causes: " + ", ".join(causes),
        )
        found.fields["watch"].refuse("watch", message, remedy=remedy)
