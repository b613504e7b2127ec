"""A condition asked of one row, exactly as the engine asks it of all: met, not met or unknown."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from keceng.standard.condition import (
    And,
    Arithmetic,
    Between,
    Comparator,
    Comparison,
    Condition,
    In,
    IsNull,
    LeafNode,
    Literal,
    Name,
    Negate,
    Node,
    Not,
    Operator,
    Or,
    Quantity,
    leaf_nodes,
)

Stored = int | Decimal | str | bool | dt.date | None
Row = Mapping[str, Stored]
Answer = Fraction | str | bool | dt.date | None

COMPARE: Mapping[Comparator, Callable[[Any, Any], bool]] = {
    Comparator.EQUAL: operator.eq,
    Comparator.NOT_EQUAL: operator.ne,
    Comparator.LESS: operator.lt,
    Comparator.LESS_OR_EQUAL: operator.le,
    Comparator.GREATER: operator.gt,
    Comparator.GREATER_OR_EQUAL: operator.ge,
}


def evaluate_condition(condition: Condition, row: Row) -> bool | None:
    """Whether `row` meets `condition`; None where that is unknown.

    Args:
        condition: the condition.
        row: the stored columns (`condition.columns`): whole stored parts, codes, flags, dates; None is unknown.

    Raises:
        KeyError: the row lacks a column that the condition reads.
        TypeError: a column holds what its kind cannot be, such as a float.
    """
    return _evaluate(condition.tree, row)


def blocking_leaf(condition: Condition, row: Row) -> int | None:
    """The index of the comparison that decides why `row` does not meet `condition`; None where it does."""
    return None if _evaluate(condition.tree, row) else _blocking(condition.tree, 0, row)


def supporting_leaves(condition: Condition, row: Row) -> tuple[int, ...]:
    """The indexes of the comparisons that make `row` meet `condition`; empty where it does not."""
    return _supporting(condition.tree, 0, row) if _evaluate(condition.tree, row) else ()


def _evaluate(node: Node, row: Row) -> bool | None:
    match node:
        case And(parts=parts):
            return _all(_evaluate(part, row) for part in parts)
        case Or(parts=parts):
            return _any(_evaluate(part, row) for part in parts)
        case _:
            return _evaluate_leaf(node, row)


def _evaluate_leaf(node: LeafNode, row: Row) -> bool | None:
    match node:
        case Not(operand=operand):
            return _opposite(_evaluate_leaf(operand, row))
        case Comparison(comparator=comparator, left=left, right=right):
            return _compare(comparator, _quantity(left, row), _quantity(right, row))
        case Between(subject=subject, low=low, high=high):
            number = _quantity(subject, row)
            return _all(
                (
                    _compare(Comparator.GREATER_OR_EQUAL, number, _quantity(low, row)),
                    _compare(Comparator.LESS_OR_EQUAL, number, _quantity(high, row)),
                )
            )
        case In(subject=subject, items=items):
            number = _quantity(subject, row)
            return _any(_compare(Comparator.EQUAL, number, item.content) for item in items)
        case IsNull(subject=name):
            return _quantity(name, row) is None


def _compare(comparator: Comparator, left: Answer, right: Answer) -> bool | None:
    return None if left is None or right is None else COMPARE[comparator](left, right)


def _all(answers: Iterable[bool | None]) -> bool | None:
    known = list(answers)
    if False in known:
        return False
    return None if None in known else True


def _any(answers: Iterable[bool | None]) -> bool | None:
    return _opposite(_all(_opposite(answer) for answer in answers))


def _opposite(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _quantity(quantity: Quantity, row: Row) -> Answer:
    match quantity:
        case Literal(content=content):
            return content
        case Name():
            return _stored(quantity, row)
        case Negate(operand=operand):
            number = _quantity(operand, row)
            return -number if isinstance(number, Fraction) else None
        case Arithmetic(operator=sign, left=left, right=right):
            return _calculate(sign, _quantity(left, row), _quantity(right, row))


def _stored(name: Name, row: Row) -> Answer:
    if name.exact:
        numerator, denominator = (_whole(row[part]) for part in name.exact)
        return numerator / denominator / name.kind.scale if numerator is not None and denominator else None
    stored = row[name.name]
    if name.kind.is_number:
        parts = _whole(stored)
        return None if parts is None else parts / name.kind.scale
    if isinstance(stored, str | bool | dt.date) or stored is None:
        return stored
    raise TypeError(f"{name} holds {stored!r}")


def _whole(stored: Stored) -> Fraction | None:
    if stored is None:
        return None
    # 128-bit integers leave the engine as decimals without a fraction.
    if isinstance(stored, Decimal | int) and not isinstance(stored, bool) and stored == int(stored):
        return Fraction(int(stored))
    raise TypeError(f"{stored!r} is no whole number of stored parts")


def _calculate(sign: Operator, left: Answer, right: Answer) -> Answer:
    if isinstance(left, dt.date) and isinstance(right, dt.date):
        return Fraction((left - right).days)
    if not isinstance(left, Fraction) or not isinstance(right, Fraction):
        return None
    match sign:
        case Operator.ADD:
            return left + right
        case Operator.SUBTRACT:
            return left - right
        case Operator.MULTIPLY:
            return left * right
        case Operator.DIVIDE:
            return left / right if right else None


def _blocking(node: Node, first: int, row: Row) -> int:
    match node:
        case And(parts=parts):
            for part in parts:
                if not _evaluate(part, row):
                    return _blocking(part, first, row)
                first += _leaf_count(part)
            return first
        case Or(parts=parts):
            return _blocking(parts[0], first, row)
        case _:
            return first


def _supporting(node: Node, first: int, row: Row) -> tuple[int, ...]:
    if not isinstance(node, And | Or):
        return (first,)
    supporting: tuple[int, ...] = ()
    for part in node.parts:
        if _evaluate(part, row):
            supporting += _supporting(part, first, row)
            if isinstance(node, Or):
                break
        first += _leaf_count(part)
    return supporting


def _leaf_count(node: Node) -> int:
    return sum(1 for _ in leaf_nodes(node))
