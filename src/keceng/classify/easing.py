"""The looser reading of a ladder, for whoever holds a class already: entry and exit apart (`stability.margin`).

Each ordered dimension publishes, beside its class, the class under cuts that are easier by the margin. A rule eased reads
those classes, and its own literals are easier too; a rule's written `stay:` takes the place of its eased form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from keceng.lake import column, sql
from keceng.measure import Measure
from keceng.standard import (
    Bands,
    Condition,
    CumulativeShare,
    Dimension,
    Matrix,
    Quantiles,
    Rule,
    Rules,
    Scorecard,
    condition_sql,
)
from keceng.vocabulary import DimensionKind

WHOLE = 10_000
"""A margin of 100 %."""


@dataclass(frozen=True, slots=True)
class Easing:
    """How much easier, and which dimensions have an eased class by now.

    Attributes:
        margin: in ten-thousandths of a cut; 0 eases nothing.
        eased: ids of dimensions that published an eased class.
    """

    margin: int = 0
    eased: frozenset[str] = field(default_factory=frozenset)

    def after(self, dimension: Dimension) -> Easing:
        """The easing that the next dimension sees."""
        return Easing(self.margin, self.eased | {dimension.id}) if self.applies_to(dimension) else self

    def applies_to(self, dimension: Dimension) -> bool:
        """Whether `dimension` publishes an eased class: it is ordered, has cuts or rules, and the margin is not 0."""
        is_cut = isinstance(
            dimension.method, Rules | Matrix | Bands | Quantiles | CumulativeShare | Scorecard
        )
        return self.margin > 0 and is_cut and bool(dimension.classes) and dimension.kind is DimensionKind.TIER


def eased_name(dimension_id: str) -> str:
    """The column that holds the eased class of a dimension."""
    return f"{dimension_id}__eased"


def eased_column(dimension_id: str, easing: Easing) -> exp.Column:
    """The class column that an eased rule reads."""
    return column(eased_name(dimension_id) if dimension_id in easing.eased else dimension_id)


def eased_condition_sql(condition: Condition, easing: Easing) -> exp.Expr:
    """`condition` with each eased dimension read under its eased name."""

    def renamed(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.name in easing.eased:
            return eased_column(node.name, easing)
        return node

    return condition_sql(condition).transform(renamed)


def held_rule_sql(rule: Rule, easing: Easing, scope: Mapping[str, Measure]) -> exp.Expr | None:
    """What keeps whoever holds the rule's class: its `stay`, else the rule itself or its eased form.

    None where the class has no rule of its own (`otherwise`): nobody can fall below it.
    """
    if rule.when is None:
        return None
    if rule.stay is not None:
        return sql("(:met or :stays)", met=condition_sql(rule.when), stays=condition_sql(rule.stay))
    if easing.margin == 0:
        return condition_sql(rule.when)
    eased = rule.eased(easing.margin, scope)
    assert eased is not None  # noqa: S101  the rule has a condition
    return sql("(:met or :eased)", met=condition_sql(rule.when), eased=eased_condition_sql(eased, easing))


def eased_cut(cut: exp.Expr, margin: int) -> exp.Expr:
    """Ten thousand times a lower cut, eased; compare it with ten thousand times the number."""
    return sql(
        ":whole * cast(:cut as hugeint) - :margin * abs(cast(:cut as hugeint))",
        whole=WHOLE,
        cut=cut,
        margin=margin,
    )
