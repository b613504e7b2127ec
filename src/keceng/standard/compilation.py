"""A condition as SQL: integers only, NULL where the answer is unknown, and which comparison decided."""

from __future__ import annotations

from functools import reduce

from sqlglot import exp

from keceng.lake import column
from keceng.standard.condition import (
    And,
    Between,
    Comparator,
    Comparison,
    Condition,
    In,
    IsNull,
    Leaf,
    LeafNode,
    Literal,
    Name,
    Node,
    Not,
    Or,
    Quantity,
    leaf_nodes,
)
from keceng.standard.exact import COMPARISONS, comparison_sql, date_sql
from keceng.vocabulary import Kind


def condition_sql(condition: Condition, table: str | None = None) -> exp.Expression:
    """`condition` as a boolean over the measured columns of `table`; NULL where it is unknown."""
    return _node_sql(condition.tree, table)


def leaf_sql(leaf: Leaf, table: str | None = None) -> exp.Expression:
    """One comparison as a boolean; NULL where it is unknown."""
    return _node_sql(leaf.node, table)


def blocking_leaf_sql(condition: Condition, table: str | None = None) -> exp.Expression:
    """The index of the comparison that decides why `condition` is not met (false or unknown); NULL where it is met.

    Of parts joined by `and` it is the first that is not met; of parts joined by `or` the first.
    """
    met = _is_true(_node_sql(condition.tree, table))
    blocking = _blocking(condition.tree, 0, table)
    return exp.Case().when(exp.Not(this=met), blocking).else_(exp.null())


def supporting_leaves_sql(condition: Condition, table: str | None = None) -> exp.Expression:
    """The indexes of the comparisons that make `condition` met, as text `0,2,3`; NULL where it is not met.

    Of parts joined by `and` all of them; of parts joined by `or` the first that is met.
    """
    met = _is_true(_node_sql(condition.tree, table))
    return exp.Case().when(met, _supporting(condition.tree, 0, table)).else_(exp.null())


def _node_sql(node: Node, table: str | None) -> exp.Expression:
    match node:
        case And(parts=parts):
            return _connected(exp.And, [_node_sql(part, table) for part in parts])
        case Or(parts=parts):
            return _connected(exp.Or, [_node_sql(part, table) for part in parts])
        case _:
            return _leaf_sql(node, table)


def _leaf_sql(node: LeafNode, table: str | None) -> exp.Expression:
    match node:
        case Not(operand=operand):
            return exp.Not(this=exp.paren(_node_sql(operand, table), copy=False))
        case Comparison(comparator=comparator, left=left, right=right):
            return _compared(comparator, left, right, table=table)
        case Between(subject=subject, low=low, high=high):
            bounds = [
                _compared(Comparator.GREATER_OR_EQUAL, subject, low, table=table),
                _compared(Comparator.LESS_OR_EQUAL, subject, high, table=table),
            ]
            return _connected(exp.And, bounds)
        case In(subject=subject, items=items):
            equal = [_compared(Comparator.EQUAL, subject, item, table=table) for item in items]
            return _connected(exp.Or, equal)
        case IsNull(subject=name):
            return _unknown(name, table)


def _compared(
    comparator: Comparator, left: Quantity, right: Quantity, *, table: str | None
) -> exp.Expression:
    match left.kind:
        case Kind.DATE:
            sides = [date_sql(side, table) for side in (left, right)]
        case Kind.CATEGORY | Kind.FLAG:
            sides = [_coded(side, table) for side in (left, right)]
        case _:
            return comparison_sql(comparator, left, right, table=table)
    return COMPARISONS[comparator](this=sides[0], expression=sides[1])


def _coded(side: Quantity, table: str | None) -> exp.Expression:
    match side:
        case Name(name=name):
            return column(name, table)
        case Literal(content=bool() as content):
            return exp.true() if content else exp.false()
        case Literal(content=content):
            return exp.Literal.string(str(content))
        case _:
            raise TypeError(f"{side} is neither a category nor a flag")


def _unknown(name: Name, table: str | None) -> exp.Expression:
    if not name.exact:
        return exp.Is(this=column(name.name, table), expression=exp.null())
    numerator, denominator = (column(part, table) for part in name.exact)
    # A denominator of zero leaves the number unknown, as everywhere else.
    nonzero = exp.Nullif(this=denominator, expression=exp.Literal.number(0))
    unknown: list[exp.Expression] = [
        exp.Is(this=part, expression=exp.null()) for part in (numerator, nonzero)
    ]
    return _connected(exp.Or, unknown)


def _connected(connective: type[exp.And | exp.Or], parts: list[exp.Expression]) -> exp.Expression:
    bracketed = (exp.paren(p, copy=False) if isinstance(p, exp.Connector) else p for p in parts)
    return reduce(lambda left, right: connective(this=left, expression=right), bracketed)


def _is_true(node: exp.Expression) -> exp.Expression:
    return exp.Coalesce(this=exp.paren(node, copy=False), expressions=[exp.false()])


def _blocking(node: Node, first: int, table: str | None) -> exp.Expression:
    match node:
        case And(parts=parts):
            case = exp.Case()
            for index, part in _numbered(parts, first):
                unmet = exp.Not(this=_is_true(_node_sql(part, table)))
                case = case.when(unmet, _blocking(part, index, table), copy=False)
            return case
        case Or(parts=parts):
            return _blocking(parts[0], first, table)
        case _:
            return exp.Literal.number(first)


def _supporting(node: Node, first: int, table: str | None) -> exp.Expression:
    match node:
        case And(parts=parts):
            joined: exp.Expression | None = None
            for index, part in _numbered(parts, first):
                text = _supporting(part, index, table)
                comma = exp.Literal.string(",")
                joined = text if joined is None else _concatenated(_concatenated(joined, comma), text)
            return joined or exp.null()
        case Or(parts=parts):
            case = exp.Case()
            for index, part in _numbered(parts, first):
                met = _is_true(_node_sql(part, table))
                case = case.when(met, _supporting(part, index, table), copy=False)
            return case
        case _:
            return exp.Literal.string(str(first))


def _concatenated(left: exp.Expression, right: exp.Expression) -> exp.Expression:
    return exp.DPipe(this=left, expression=right)


def _numbered(parts: tuple[Node, ...], first: int) -> list[tuple[int, Node]]:
    """Each part with the index of its first leaf."""
    numbered = []
    for part in parts:
        numbered.append((first, part))
        first += sum(1 for _ in leaf_nodes(part))
    return numbered
