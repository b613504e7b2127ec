"""Whether a condition can only be met through a cause: money overdue, a bad credit grade, a loss, a listing.

A score, a rank or an unknown is no cause, however low. What the catalogue marks `is_cause` counts, from its bad side.
"""

from __future__ import annotations

from collections.abc import Mapping

from keceng.measure import Measure
from keceng.standard.condition import (
    And,
    Between,
    Comparator,
    Comparison,
    In,
    IsNull,
    Literal,
    Name,
    Node,
    Not,
    Or,
    quantity_names,
)
from keceng.standard.methods import Rules, Use
from keceng.standard.model import Dimension
from keceng.vocabulary import Direction, Kind

ABOVE = frozenset({Comparator.GREATER, Comparator.GREATER_OR_EQUAL})
BELOW = frozenset({Comparator.LESS, Comparator.LESS_OR_EQUAL})

Scope = Mapping[str, Measure]
Dimensions = Mapping[str, Dimension]


def is_class_by_cause(dimension: Dimension, class_id: str, scope: Scope, dimensions: Dimensions) -> bool:
    """Whether every way into the class leads through a cause.

    A class with a rule of its own: its rule. The class that takes the rest: one of the rules above it cannot fail but
    by a cause. Only ladders of rules have such classes.

    Args:
        dimension: whose class.
        class_id: the class.
        scope: every name its conditions use.
        dimensions: by id, those that its conditions refer to.
    """
    if not isinstance(dimension.method, Rules):
        return False
    rules = dimension.method.rules
    own = next(rule for rule in rules if rule.class_id == class_id)
    if own.when is not None:
        return is_by_cause(own.when.tree, scope, dimensions)
    # An unknown that is passed on would lead to the rest without any cause.
    above = [rule.when for rule in rules if rule.when and not rule.unknown_is_not_met]
    return any(is_by_cause(_opposite(when.tree), scope, dimensions) for when in above)


def is_by_cause(node: Node, scope: Scope, dimensions: Dimensions) -> bool:
    """Whether the condition can only be met where a cause is known."""
    match node:
        case And(parts=parts):
            return any(is_by_cause(part, scope, dimensions) for part in parts)
        case Or(parts=parts):
            return all(is_by_cause(part, scope, dimensions) for part in parts)
        case IsNull() | Not(operand=IsNull()):
            return False
        case Comparison(left=Name(kind=Kind.CATEGORY) as name) | In(subject=Name(kind=Kind.CATEGORY) as name):
            return _is_category_cause(name, _chosen(node, scope), scope, dimensions)
        case Not(operand=In(subject=Name(kind=Kind.CATEGORY) as name) as inner):
            return _is_category_cause(name, _others(name, _chosen(inner, scope), scope), scope, dimensions)
        case Comparison():
            return _is_number_cause(node, scope)
        case In() | Between() | Not():
            return all(scope[name.name].is_cause for name in quantity_names(node))


def _opposite(node: Node) -> Node:
    match node:
        case And(parts=parts):
            return Or(tuple(map(_opposite, parts)))
        case Or(parts=parts):
            return And(tuple(map(_opposite, parts)))
        case Not(operand=operand):
            return operand
        case Comparison(comparator=comparator, left=left, right=Literal(content=bool() as content)):
            return Comparison(comparator, left, Literal(not content, Kind.FLAG))
        case Comparison(comparator=comparator, left=left, right=right):
            return Comparison(comparator.negated, left, right)
        case _:
            return Not(node)


def _chosen(node: Comparison | In, scope: Scope) -> list[str]:
    match node:
        case In(items=items):
            return [str(item.content) for item in items]
        case Comparison(comparator=Comparator.NOT_EQUAL, left=Name() as name, right=right):
            return _others(name, [str(right).strip("'")], scope)
        case Comparison(right=Literal(content=content)):
            return [str(content)]
        case _:
            return []


def _others(name: Name, classes: list[str], scope: Scope) -> list[str]:
    return [code for code, _ in scope[name.name].categories if code not in classes]


def _is_category_cause(name: Name, classes: list[str], scope: Scope, dimensions: Dimensions) -> bool:
    dimension = dimensions.get(name.name)
    if dimension is None or isinstance(dimension.method, Use):
        # Catalogue categories go from the best down; the best one is no cause for anything.
        measure = scope[_catalogue_name(name, dimension)]
        codes = [code for code, _ in measure.categories]
        return measure.is_cause and bool(classes) and not set(codes[:1]) & set(classes)
    known = [code for code in classes if code in dimension.class_ids]
    return bool(known) and all(is_class_by_cause(dimension, code, scope, dimensions) for code in known)


def _catalogue_name(name: Name, dimension: Dimension | None) -> str:
    return dimension.method.measure if dimension and isinstance(dimension.method, Use) else name.name


def _is_number_cause(node: Comparison, scope: Scope) -> bool:
    # `overdue_amount > 10000` and `contribution < 0` are causes; `overdue_amount < 5` is none.
    if not isinstance(node.left, Name):
        return False
    measure = scope[node.left.name]
    if measure.kind is Kind.FLAG:
        return measure.is_cause and isinstance(node.right, Literal) and node.right.content is True
    bad = BELOW if measure.direction is Direction.HIGHER else ABOVE
    return measure.is_cause and node.comparator in bad
