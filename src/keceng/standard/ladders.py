"""A ladder of rules as measures move to one side: which rules are kept or left for one above, and which parts are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from keceng.standard.condition import (
    Between,
    Comparator,
    Comparison,
    In,
    IsNull,
    LeafNode,
    Literal,
    Name,
    Node,
    Not,
    Quantity,
    leaf_nodes,
    quantity_names,
)
from keceng.standard.methods import Rules, Use
from keceng.standard.model import Dimension, Standard
from keceng.standard.reach import Box, Codes, Range, bounded_box, list_boxes
from keceng.standard.relaxation import Widening, relax_boxes
from keceng.vocabulary import Direction, Kind

RISING = frozenset({Comparator.GREATER, Comparator.GREATER_OR_EQUAL})
FALLING = frozenset({Comparator.LESS, Comparator.LESS_OR_EQUAL})
Order = Callable[[Dimension], tuple[str, ...] | None]


@dataclass(frozen=True, slots=True)
class Ladder:
    """What is known of a ladder as measures move to one side.

    Attributes:
        unproven: the classes whose rule might be left for a class below.
        doubts: by class, the parts of its rule that evidently point to the other side and are not caught above.
    """

    unproven: tuple[str, ...] = ()
    doubts: Mapping[str, tuple[LeafNode, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Side:
    """The side to which measures move: all to their better side, or all to their worse one.

    Attributes:
        standard: whose names conditions use.
        order: the classes of a dimension from best to worst, where that is proven.
        upwards: whether measures get better.
    """

    standard: Standard
    order: Order
    upwards: bool = True

    def rises(self, name: str) -> bool | None:
        """Whether the number or flag called so grows; None where it has no better side."""
        direction = self.standard.scope[name].direction
        if direction is Direction.NEUTRAL:
            return None
        return (direction is Direction.HIGHER) is self.upwards

    def moving_dimension(self, name: str) -> Dimension | None:
        """The dimension called so whose classes measures move; None for all other names."""
        found = next((d for d in self.standard.dimensions if d.id == name), None)
        return None if found is None or isinstance(found.method, Use) else found

    def is_settled(self, side: Node | Quantity) -> bool:
        """Whether moving measures leaves it as it is: it names nothing that has a better side."""
        return all(
            self.rises(name.name) is None and self.moving_dimension(name.name) is None
            for name in quantity_names(side)
        )


def read_ladder(dimension: Dimension, side: Side) -> Ladder:
    """Which rules of `dimension` are kept, or left for one above, as measures move to `side`; empty for no rules."""
    if not isinstance(dimension.method, Rules):
        return Ladder()
    taken: list[Box] = []
    unproven, doubts = [], {}
    for rule in dimension.method.rules:
        if rule.when is None:
            continue
        reading = _RuleReading(rule.when.tree, side)
        relaxed = reading.relaxed(taken)
        if not reading.is_kept(relaxed):
            unproven.append(rule.class_id)
            if doubted := reading.doubted(relaxed):
                doubts[rule.class_id] = doubted
        taken += relaxed or ()
    return Ladder(tuple(unproven), doubts)


@dataclass(frozen=True, slots=True)
class _RuleReading:
    tree: Node
    side: Side

    def relaxed(self, taken: Sequence[Box]) -> tuple[Box, ...] | None:
        boxes = list_boxes(self.tree, self.side.standard.scope)
        return None if boxes is None else relax_boxes(boxes, taken, self._widenings)

    def is_kept(self, relaxed: Sequence[Box] | None) -> bool:
        if relaxed is None:
            # Too many ways to look at: each part by itself must be kept.
            return all(self._is_leaf_kept(leaf) for leaf in leaf_nodes(self.tree))
        return all(self._is_box_kept(box) for box in relaxed)

    def doubted(self, relaxed: Sequence[Box] | None) -> tuple[LeafNode, ...]:
        loose = [leaf for leaf in leaf_nodes(self.tree) if not self._is_leaf_kept(leaf)]
        if relaxed is not None:
            held = {w.name for box in relaxed for w in self._widenings(box)}
            held |= {other for box in relaxed for other in box.others}
            loose = [leaf for leaf in loose if held & {str(leaf), *(n.name for n in quantity_names(leaf))}]
        return tuple(dict.fromkeys(leaf for leaf in loose if self._points_away(leaf)))

    def _points_away(self, leaf: LeafNode) -> bool:
        names = [n for n in quantity_names(leaf) if not self.side.is_settled(n)]
        if len(names) != 1:
            return False
        dimension = self.side.moving_dimension(names[0].name)
        return dimension is None or self.side.order(dimension) is not None

    def _is_leaf_kept(self, leaf: LeafNode) -> bool:
        boxes = list_boxes(leaf, self.side.standard.scope) or ()
        relaxed = relax_boxes(boxes, (), self._widenings)
        own = {str(leaf)}
        return all(
            self._is_bounds_kept(box) and (box.others != own or _is_written_kept(leaf, self.side))
            for box in relaxed
        )

    def _is_box_kept(self, box: Box) -> bool:
        kept = {str(leaf) for leaf in leaf_nodes(self.tree) if _is_written_kept(leaf, self.side)}
        return self._is_bounds_kept(box) and box.others <= kept

    def _is_bounds_kept(self, box: Box) -> bool:
        scope = self.side.standard.scope
        if any(not w.gained.is_empty for w in self._widenings(box)):
            return False
        sides = {str(side): side for leaf in leaf_nodes(self.tree) for side in _compared(leaf)}
        calculated = [sides[key] for key in box.ranges if key not in scope]
        moving = [d for key in box.allowed if (d := self.side.moving_dimension(key))]
        return all(self.side.is_settled(found) for found in calculated) and all(
            self.side.order(dimension) for dimension in moving
        )

    def _widenings(self, box: Box) -> Iterator[Widening]:
        for name, found in box.ranges.items():
            if name in self.side.standard.scope:
                yield from self._wider_range(box, name, found)
        for name, codes in box.allowed.items():
            if gained := self._wider_codes(name, codes):
                yield Widening(
                    name,
                    replace(box, allowed={**box.allowed, name: codes | gained}),
                    replace(box, allowed={**box.allowed, name: gained}),
                )

    def _wider_range(self, box: Box, name: str, found: Range) -> Iterator[Widening]:
        rises = self.side.rises(name)
        measure = self.side.standard.scope[name]
        named = Name(name, measure.kind, measure.exact)
        bound = found.high if rises else found.low
        if rises is None or bound is None:
            return
        open_range = (
            replace(found, high=None, high_open=False) if rises else replace(found, low=None, low_open=False)
        )
        rest = (
            Range(low=bound, low_open=not found.high_open)
            if rises
            else Range(high=bound, high_open=not found.low_open)
        )
        wider, gained = (
            replace(box, ranges={**box.ranges, **bounded_box(named, part, self.side.standard.scope).ranges})
            for part in (open_range, rest)
        )
        if not gained.is_empty:
            yield Widening(name, wider, gained)

    def _wider_codes(self, name: str, codes: Codes) -> Codes:
        if self.side.standard.scope[name].kind is Kind.FLAG:
            rises = self.side.rises(name)
            return frozenset() if rises is None else frozenset({str(rises)}) - codes
        dimension = self.side.moving_dimension(name)
        order = self.side.order(dimension) if dimension else None
        if not order:
            return frozenset()
        towards = order if self.side.upwards else order[::-1]
        last = max((towards.index(code) for code in codes), default=-1)
        return frozenset(towards[: last + 1]) - codes


def _compared(leaf: LeafNode) -> tuple[Quantity, ...]:
    match leaf:
        case Comparison(left=left, right=right):
            return (left, right)
        case In(subject=subject) | Between(subject=subject) | IsNull(subject=subject):
            return (subject,)
        case Not(operand=operand):
            return _compared(operand)


def _is_written_kept(leaf: LeafNode, side: Side) -> bool:
    """Whether a comparison that is no range or set stays met."""
    if side.is_settled(leaf):
        return True
    match leaf:
        case Not(operand=IsNull()):
            return True
        case Comparison(left=left, right=right, comparator=comparator):
            if not isinstance(left, Name):
                left, right, comparator = right, left, comparator.mirrored
            if not isinstance(left, Name) or isinstance(right, Literal) or not side.is_settled(right):
                return False
            rises = side.rises(left.name)
            return rises is not None and comparator in (RISING if rises else FALLING)
        case _:
            return False
