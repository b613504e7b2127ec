"""What a condition can be met by, as boxes: a range per number and a set per category, met together.

Only what is certain is said: a comparison that is no range or set is kept as it is written, and a box that holds it is
inside another only where the other holds the same one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import ceil, floor

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
    Quantity,
)
from keceng.vocabulary import Kind

MAX_BOXES = 128
WHOLE_KINDS = frozenset({Kind.COUNT, Kind.DAYS})
Scope = Mapping[str, Measure]
Codes = frozenset[str]


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`; None is no bound, an open bound is not included."""

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no number lies in it."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def meet(self, other: Range) -> Range:
        """The numbers in both."""
        low, low_open = _tighter((self.low, self.low_open), (other.low, other.low_open), upwards=True)
        high, high_open = _tighter((self.high, self.high_open), (other.high, other.high_open), upwards=False)
        return Range(low, high, low_open, high_open)

    def is_inside(self, other: Range) -> bool:
        """Whether every number of this lies in `other`."""
        return self.meet(other) == self


def _tighter(
    one: tuple[Fraction | None, bool], other: tuple[Fraction | None, bool], *, upwards: bool
) -> tuple[Fraction | None, bool]:
    if one[0] is None or other[0] is None:
        return other if one[0] is None else one
    if one[0] == other[0]:
        return one[0], one[1] or other[1]
    return one if (one[0] > other[0]) is upwards else other


@dataclass(frozen=True, slots=True)
class Box:
    """One way to meet a condition.

    Attributes:
        ranges: by number as written.
        allowed: by category or flag, the codes that will do.
        excluded: by category of an open list, the codes that will not do.
        unknown: names that must be unknown.
        others: comparisons kept as written.
    """

    ranges: Mapping[str, Range] = field(default_factory=dict)
    allowed: Mapping[str, Codes] = field(default_factory=dict)
    excluded: Mapping[str, Codes] = field(default_factory=dict)
    unknown: Codes = frozenset()
    others: Codes = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether nothing can meet it."""
        known = {*self.ranges, *self.allowed, *self.excluded}
        return (
            any(found.is_empty for found in self.ranges.values())
            or any(not codes for codes in self.allowed.values())
            or any(self.allowed[n] <= codes for n, codes in self.excluded.items() if n in self.allowed)
            or bool(known & self.unknown)
        )

    def meet(self, other: Box) -> Box:
        """Both together."""
        ranges = dict(self.ranges)
        for name, found in other.ranges.items():
            ranges[name] = ranges[name].meet(found) if name in ranges else found
        allowed = dict(self.allowed)
        for name, codes in other.allowed.items():
            allowed[name] = allowed[name] & codes if name in allowed else codes
        excluded = dict(self.excluded)
        for name, codes in other.excluded.items():
            excluded[name] = excluded.get(name, frozenset()) | codes
        return Box(ranges, allowed, excluded, self.unknown | other.unknown, self.others | other.others)

    def is_inside(self, other: Box) -> bool:
        """Whether whatever meets this surely meets `other`."""
        return (
            other.others <= self.others
            and other.unknown <= self.unknown
            and all(n in self.ranges and self.ranges[n].is_inside(r) for n, r in other.ranges.items())
            and all(n in self.allowed and self.allowed[n] <= codes for n, codes in other.allowed.items())
            and all(self._avoids(name, codes) for name, codes in other.excluded.items())
        )

    def _avoids(self, name: str, codes: Codes) -> bool:
        if name in self.allowed:
            return not self.allowed[name] & codes
        return codes <= self.excluded.get(name, frozenset())


def list_boxes(node: Node, scope: Scope) -> tuple[Box, ...] | None:
    """The ways to meet a condition, impossible ones left out; None where there are too many to look at."""
    match node:
        case Or(parts=parts):
            found = [list_boxes(part, scope) for part in parts]
            boxes = [box for some in found if some is not None for box in some]
            return None if None in found or len(boxes) > MAX_BOXES else tuple(boxes)
        case And(parts=parts):
            return _together([list_boxes(part, scope) for part in parts])
        case _:
            return tuple(box for box in _leaf_boxes(node, scope) if not box.is_empty)


def _together(found: Sequence[tuple[Box, ...] | None]) -> tuple[Box, ...] | None:
    boxes: tuple[Box, ...] = (Box(),)
    for some in found:
        if some is None or len(boxes) * len(some) > MAX_BOXES:
            return None
        met = (one.meet(other) for one, other in product(boxes, some))
        boxes = tuple(box for box in met if not box.is_empty)
    return boxes


def _leaf_boxes(node: Node, scope: Scope) -> Iterator[Box]:
    match node:
        case IsNull(subject=name):
            yield Box(unknown=frozenset({name.name}))
        case Comparison(left=Name(kind=Kind.CATEGORY) as name, right=Literal(content=str() as code)):
            yield _coded(name, frozenset({code}), scope, is_in=node.comparator is Comparator.EQUAL)
        case Comparison(left=Name(kind=Kind.FLAG) as name, right=Literal(content=bool() as flag)):
            yield Box(allowed={name.name: frozenset({str(flag)})})
        case Comparison(left=left, right=Literal(content=Fraction() | dt.date() as content)):
            for found in _ranges(node.comparator, _number(content)):
                yield bounded_box(left, found, scope)
        case In(subject=Name(kind=Kind.CATEGORY) as name, items=items):
            yield _coded(name, frozenset(str(i.content) for i in items), scope, is_in=True)
        case Not(operand=In(subject=Name(kind=Kind.CATEGORY) as name, items=items)):
            yield _coded(name, frozenset(str(i.content) for i in items), scope, is_in=False)
        case Between(subject=subject, low=Literal() as low, high=Literal() as high):
            yield bounded_box(subject, Range(_number(low.content), _number(high.content)), scope)
        case _:
            yield Box(others=frozenset({str(node)}))


def _number(content: object) -> Fraction:
    return Fraction(content.toordinal()) if isinstance(content, dt.date) else Fraction(str(content))


def _ranges(comparator: Comparator, line: Fraction) -> tuple[Range, ...]:
    below, above = Range(high=line, high_open=True), Range(low=line, low_open=True)
    return {
        Comparator.EQUAL: (Range(line, line),),
        Comparator.NOT_EQUAL: (below, above),
        Comparator.LESS: (below,),
        Comparator.LESS_OR_EQUAL: (Range(high=line),),
        Comparator.GREATER: (above,),
        Comparator.GREATER_OR_EQUAL: (Range(low=line),),
    }[comparator]


def _coded(name: Name, codes: Codes, scope: Scope, *, is_in: bool) -> Box:
    known = frozenset(code for code, _ in scope[name.name].categories)
    if is_in:
        return Box(allowed={name.name: codes})
    return Box(allowed={name.name: known - codes}) if known else Box(excluded={name.name: codes})


def bounded_box(side: Quantity, found: Range, scope: Scope) -> Box:
    """The box of one number within `found`: whole numbers and what the number can be at all are heeded."""
    if isinstance(side, Name):
        if side.kind in WHOLE_KINDS and side.exact is None:
            found = _whole(found)
        found = found.meet(domain_of(side, scope))
    return Box(ranges={str(side): found})


def _whole(found: Range) -> Range:
    low, high = found.low, found.high
    if low is not None:
        low = Fraction(floor(low) + 1 if found.low_open else ceil(low))
    if high is not None:
        high = Fraction(ceil(high) - 1 if found.high_open else floor(high))
    return Range(low, high)


def domain_of(name: Name, scope: Scope) -> Range:
    """The numbers that a name can take at all, as far as that is certain."""
    if scope[name.name].source == "standard":
        best = {Kind.SCORE: 100, Kind.RATIO: 1}.get(name.kind)
        return Range(Fraction(0), None if best is None else Fraction(best))
    return Range(low=Fraction(0)) if name.kind is Kind.COUNT else Range()
