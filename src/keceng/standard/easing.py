"""The looser condition that whoever holds a class already is held to: every line moved by a margin, the easy way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

from keceng.measure import Measure
from keceng.standard.condition import (
    And,
    Between,
    Comparator,
    Comparison,
    Condition,
    Literal,
    Name,
    Node,
    Not,
    Or,
    Quantity,
    quantity_names,
)
from keceng.standard.magnitudes import fits_exactly
from keceng.vocabulary import Direction, Kind

Scope = Mapping[str, Measure]

FULL_MARGIN = Kind.RATIO.scale
DECIMALS = 10**6
FLOORS = frozenset({Comparator.GREATER, Comparator.GREATER_OR_EQUAL})
CEILINGS = frozenset({Comparator.LESS, Comparator.LESS_OR_EQUAL})
WHOLE_KINDS = frozenset({Kind.COUNT, Kind.DAYS})


def ease_condition(condition: Condition, margin: int, scope: Scope) -> Condition:
    """`condition` with every written line of a number moved by `margin` to where it is met more easily.

    `x >= L` becomes `x >= L - |L|·m`, `x <= L` becomes `x <= L + |L|·m`, a `between` widens and a `not between`
    narrows. Whole numbers keep their steps: `purchase_days > 2` is `purchase_days >= 3` before it is moved. Left as
    they stand: equality, categories, dates, flags, `is null`, lines that are worked out (`0.2 * compared + 1`), and
    the number of customers compared, which is nobody's merit. Whatever meets `condition` meets the result.

    Args:
        condition: what a newcomer to the class must meet.
        margin: in ten-thousandths of each line.
        scope: the names of the condition.
    """
    tree = _ease(condition.tree, Fraction(margin, FULL_MARGIN), scope)
    return Condition(str(tree), tree)


def _ease(node: Node, margin: Fraction, scope: Scope) -> Node:
    match node:
        case And(parts=parts):
            return And(tuple(_ease(part, margin, scope) for part in parts))
        case Or(parts=parts):
            return Or(tuple(_ease(part, margin, scope) for part in parts))
        case Comparison(left=left) if _may_ease(left, scope):
            return _kept_exact(node, _ease_comparison(node, margin))
        case Between(subject=subject) if _may_ease(subject, scope):
            return _kept_exact(node, _moved(node, margin))
        case Not(operand=Between(subject=subject) as inner) if _may_ease(subject, scope):
            return _kept_exact(node, Not(_moved(inner, -margin)))
        case _:
            return node


def _may_ease(side: Quantity, scope: Scope) -> bool:
    names = [scope[name.name] for name in quantity_names(side)]
    return not any(m.source == "standard" and m.direction is Direction.NEUTRAL for m in names)


def _kept_exact(node: Node, eased: Node) -> Node:
    # A line of more digits could outgrow the integers it is compared in; then it stays where it is.
    return eased if fits_exactly(eased) else node


def _ease_comparison(node: Comparison, margin: Fraction) -> Comparison:
    content = node.right.content if isinstance(node.right, Literal) else None
    if not isinstance(content, Fraction) or node.comparator not in FLOORS | CEILINGS:
        return node
    comparator, line = node.comparator, content
    if _is_whole(node.left):
        comparator, line = _on_whole_numbers(comparator, line)
    eased = _lowered(line, margin) if comparator in FLOORS else _raised(line, margin)
    return Comparison(comparator, node.left, _with_content(node.right, eased))


def _is_whole(side: Quantity) -> bool:
    return isinstance(side, Name) and side.kind in WHOLE_KINDS and side.exact is None


def _on_whole_numbers(comparator: Comparator, line: Fraction) -> tuple[Comparator, Fraction]:
    match comparator:
        case Comparator.GREATER:
            return Comparator.GREATER_OR_EQUAL, Fraction(floor(line) + 1)
        case Comparator.LESS:
            return Comparator.LESS_OR_EQUAL, Fraction(ceil(line) - 1)
        case _:
            return comparator, line


def _moved(node: Between, margin: Fraction) -> Between:
    low, high = (side.content if isinstance(side, Literal) else None for side in (node.low, node.high))
    return Between(
        node.subject,
        _with_content(node.low, _lowered(low, margin)) if isinstance(low, Fraction) else node.low,
        _with_content(node.high, _raised(high, margin)) if isinstance(high, Fraction) else node.high,
    )


def _with_content(side: Quantity, content: Fraction) -> Quantity:
    return replace(side, content=content) if isinstance(side, Literal) else side


def _lowered(line: Fraction, margin: Fraction) -> Fraction:
    return Fraction(floor((line - abs(line) * margin) * DECIMALS), DECIMALS)


def _raised(line: Fraction, margin: Fraction) -> Fraction:
    return Fraction(ceil((line + abs(line) * margin) * DECIMALS), DECIMALS)
