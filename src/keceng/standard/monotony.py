"""Whether a better number can ever give a worse class: certain for most methods, proven or not for rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from keceng.standard.condition import LeafNode
from keceng.standard.ladders import Side, read_ladder
from keceng.standard.methods import Matrix, PointBands, Rules, Scorecard, Use
from keceng.standard.model import Dimension, Standard
from keceng.vocabulary import DimensionKind, Direction


def is_monotone(dimension: Dimension, standard: Standard) -> bool:
    """Whether bettering measures, by their directions, can never worsen the class in `dimension`.

    Certain for bands, quantiles and cumulative shares; for scorecards unless points go against their measure; for
    matrices of tiers whose cells never improve downwards. A ladder of rules is monotone when whoever meets one of its
    rules still meets that rule, or one above it, as measures get better. False means not proven. An unknown that stops
    a ladder gives no class, which is neither better nor worse.
    """
    return Orders(standard).is_tier_in_order(dimension)


def doubted_parts(dimension: Dimension, orders: Orders) -> tuple[tuple[str, tuple[LeafNode, ...]], ...]:
    """The classes of a ladder that a better number might lose for a worse one, each with the parts that ask for less.

    Only what evidently asks for a worse number or class and is not caught by a rule above: what is merely not proven,
    such as a cap by a category that has no better side, is no reason for doubt.
    """
    if dimension.kind is not DimensionKind.TIER:
        return ()
    return tuple(read_ladder(dimension, Side(orders.standard, orders.order)).doubts.items())


@dataclass(frozen=True, slots=True)
class Orders:
    """The proven orders of a standard's dimensions, each of them looked for once.

    Attributes:
        standard: the standard.
        known: by dimension, the order that has been found; None where none is proven.
    """

    standard: Standard
    known: dict[str, tuple[str, ...] | None] = field(default_factory=dict)

    def order(self, dimension: Dimension) -> tuple[str, ...] | None:
        """The classes from the one that the best measures give to that of the worst; None where not proven.

        A segment by rules may have such an order too: one whose first class asks for a cause is left as measures
        improve.
        """
        if dimension.id not in self.known:
            self.known[dimension.id] = self._find_order(dimension)
        return self.known[dimension.id]

    def is_tier_in_order(self, dimension: Dimension) -> bool:
        """Whether it is a tier whose classes, best first, follow the measures."""
        return dimension.kind is DimensionKind.TIER and self.order(dimension) == dimension.class_ids

    def _find_order(self, dimension: Dimension) -> tuple[str, ...] | None:
        method = dimension.method
        if isinstance(method, Rules):
            return self._find_rule_order(dimension)
        if dimension.kind is not DimensionKind.TIER or isinstance(method, Use):
            return None
        is_in_order = True
        if isinstance(method, Scorecard):
            points = [part.source for part in method.parts if isinstance(part.source, PointBands)]
            is_in_order = all(_points_follow(source, self.standard) for source in points)
        elif isinstance(method, Matrix):
            axes = [self.standard.dimension(axis) for axis in (method.rows, method.columns)]
            is_in_order = all(map(self.is_tier_in_order, axes)) and _never_falls_back(dimension, method, axes)
        return dimension.class_ids if is_in_order else None

    def _find_rule_order(self, dimension: Dimension) -> tuple[str, ...] | None:
        best_first = Side(self.standard, self.order)
        if not read_ladder(dimension, best_first).unproven:
            return dimension.class_ids
        worst_first = replace(best_first, upwards=False)
        return None if read_ladder(dimension, worst_first).unproven else dimension.class_ids[::-1]


def _points_follow(source: PointBands, standard: Standard) -> bool:
    points = [given for _, given in source.bands]
    falls = standard.scope[source.measure].direction is Direction.LOWER
    # Highest `from` first; below the lowest band there are no points at all.
    ladder = points if falls else [*points, 0]
    return ladder == sorted(ladder, reverse=not falls)


def _never_falls_back(dimension: Dimension, matrix: Matrix, axes: Sequence[Dimension]) -> bool:
    places = {(row, across): dimension.class_ids.index(chosen) for row, across, chosen in matrix.cells}
    rows, columns = (axis.class_ids for axis in axes)
    along = [[places[row, across] for across in columns] for row in rows]
    down = [[places[row, across] for row in rows] for across in columns]
    return all(_never_falls(line) for line in along + down)


def _never_falls(line: Sequence[int]) -> bool:
    return all(before <= after for before, after in pairwise(line))
