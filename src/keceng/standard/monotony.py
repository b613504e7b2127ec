"""Whether a better number can ever give a worse class: certain for most methods, proven or not for rules."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from keceng.standard.condition import (
    And,
    Comparator,
    Comparison,
    In,
    IsNull,
    Literal,
    Name,
    Node,
    Not,
    Or,
    Quantity,
    quantity_names,
)
from keceng.standard.methods import (
    Bands,
    CumulativeShare,
    Matrix,
    PointBands,
    Quantiles,
    Rules,
    Scorecard,
    Use,
)
from keceng.standard.model import Dimension, Standard
from keceng.vocabulary import DimensionKind, Direction, Kind

RISING = frozenset({Comparator.GREATER, Comparator.GREATER_OR_EQUAL})
FALLING = frozenset({Comparator.LESS, Comparator.LESS_OR_EQUAL})


def is_monotone(dimension: Dimension, standard: Standard) -> bool:
    """Whether bettering measures, by their directions, can never worsen the class in `dimension`.

    Certain for bands, quantiles and cumulative shares; for scorecards unless points go against their measure; for
    matrices of tiers whose cells never improve downwards. A ladder of rules is monotone when every one of its
    conditions stays met as measures get better: then an earlier rule can only become met. False means not proven.
    """
    match dimension.method:
        case Bands() | Quantiles() | CumulativeShare():
            return dimension.kind is DimensionKind.TIER
        case Scorecard(parts=parts):
            points = [part.source for part in parts if isinstance(part.source, PointBands)]
            return all(_points_follow(source, standard) for source in points)
        case Matrix():
            return _is_matrix_monotone(dimension, dimension.method, standard)
        case Rules(rules=rules):
            conditions = [rule.when for rule in rules if rule.when]
            return dimension.kind is DimensionKind.TIER and all(
                _holds_upwards(c.tree, standard) for c in conditions
            )
        case Use():
            return False


def unproven_classes(dimension: Dimension, standard: Standard) -> tuple[str, ...]:
    """The classes of a ladder whose rule could stop being met as measures get better; empty for other methods."""
    rules = dimension.method.rules if isinstance(dimension.method, Rules) else ()
    return tuple(r.class_id for r in rules if r.when and not _holds_upwards(r.when.tree, standard))


def _points_follow(source: PointBands, standard: Standard) -> bool:
    points = [given for _, given in source.bands]
    falls = standard.scope[source.measure].direction is Direction.LOWER
    # Highest `from` first; below the lowest band there are no points at all.
    ladder = points if falls else [*points, 0]
    return ladder == sorted(ladder, reverse=not falls)


def _is_matrix_monotone(dimension: Dimension, matrix: Matrix, standard: Standard) -> bool:
    axes = [standard.dimension(matrix.rows), standard.dimension(matrix.columns)]
    if dimension.kind is not DimensionKind.TIER or not all(is_monotone(axis, standard) for axis in axes):
        return False
    places = {(row, across): dimension.class_ids.index(chosen) for row, across, chosen in matrix.cells}
    rows, columns = axes[0].class_ids, axes[1].class_ids
    along = [[places[row, across] for across in columns] for row in rows]
    down = [[places[row, across] for row in rows] for across in columns]
    return all(_never_falls(line) for line in along + down)


def _never_falls(line: Sequence[int]) -> bool:
    return all(before <= after for before, after in pairwise(line))


def _holds_upwards(node: Node, standard: Standard) -> bool:
    """Whether the condition, once met, stays met as measures get better."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            return all(_holds_upwards(part, standard) for part in parts)
        case IsNull():
            return True
        case Comparison():
            return _comparison_holds(node, standard)
        case In(subject=Name() as name, items=items) if name.kind is Kind.CATEGORY:
            return _classes_hold(name, [str(item.content) for item in items], standard, negated=False)
        case Not(operand=In(subject=Name() as name, items=items)) if name.kind is Kind.CATEGORY:
            return _classes_hold(name, [str(item.content) for item in items], standard, negated=True)
        case Not(operand=IsNull()):
            return True
        case _:
            return _is_settled(node, standard)


def _comparison_holds(node: Comparison, standard: Standard) -> bool:
    if _is_settled(node, standard):
        return True
    left, right, comparator = node.left, node.right, node.comparator
    if not isinstance(left, Name):
        left, right, comparator = right, left, comparator.mirrored
    if not isinstance(left, Name) or not _is_quantity_settled(right, standard):
        return False
    if left.kind is Kind.CATEGORY and isinstance(right, Literal):
        negated = comparator is Comparator.NOT_EQUAL
        return _classes_hold(left, [str(right.content)], standard, negated=negated)
    direction = standard.scope[left.name].direction
    if left.kind is Kind.FLAG and isinstance(right, Literal):
        return right.content is (direction is Direction.HIGHER)
    return comparator in (RISING if direction is Direction.HIGHER else FALLING)


def _classes_hold(name: Name, classes: Sequence[str], standard: Standard, *, negated: bool) -> bool:
    """Whether the named classes are the best ones of a monotone tier, or of something no measure moves."""
    dimension = next((d for d in standard.dimensions if d.id == name.name), None)
    if dimension is None or isinstance(dimension.method, Use):
        return True
    if dimension.kind is not DimensionKind.TIER or not is_monotone(dimension, standard):
        return False
    chosen = [(class_id in classes) is not negated for class_id in dimension.class_ids]
    return chosen == sorted(chosen, reverse=True)


def _is_settled(node: Node, standard: Standard) -> bool:
    return all(_is_quantity_settled(name, standard) for name in quantity_names(node))


def _is_quantity_settled(quantity: Quantity, standard: Standard) -> bool:
    """Whether bettering measures leaves it as it is: it names nothing that has a better side."""
    names = [standard.scope[name.name] for name in quantity_names(quantity)]
    dimensions = {d.id for d in standard.dimensions if not isinstance(d.method, Use)}
    return all(m.direction is Direction.NEUTRAL and m.name not in dimensions for m in names)
