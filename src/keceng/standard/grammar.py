"""Text to condition: sqlglot parses, and its tree is converted at once into ours or refused at its position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError

from keceng.measure import Measure
from keceng.standard.condition import (
    And,
    Between,
    Comparator,
    Comparison,
    Condition,
    In,
    IsNull,
    Literal,
    Node,
    Not,
    Or,
    Quantity,
)
from keceng.standard.kinds import kind_title
from keceng.standard.magnitudes import check_sizes
from keceng.standard.operands import OperandReader, position_of
from keceng.standard.tokens import LANGUAGE, Findings, read_tokens
from keceng.vocabulary import KecengError, Kind, Place, Text

COMPARATORS: Mapping[type[exp.Expression], Comparator] = {
    exp.EQ: Comparator.EQUAL,
    exp.NEQ: Comparator.NOT_EQUAL,
    exp.LT: Comparator.LESS,
    exp.LTE: Comparator.LESS_OR_EQUAL,
    exp.GT: Comparator.GREATER,
    exp.GTE: Comparator.GREATER_OR_EQUAL,
}


def parse_condition(
    text: str, scope: Mapping[str, Measure], path: str = "", *, line: int | None = None
) -> Condition:
    """The condition that `text` writes, with every name of it found in `scope`.

    Args:
        text: as a person writes it, e.g. `spend > 10000 and state <> 'lost'`; numbers in their main unit.
        scope: the measures and published names it may use.
        path: where it stands in its document, for the problems.
        line: the document's line, for the problems.

    Raises:
        KecengError: every problem of the condition, each with its character position.
    """
    findings = Findings(text, Place(path=path or None, line=line))
    tree = _read_tree(findings, scope)
    if tree is None or findings.problems:
        raise KecengError(findings.problems)
    return Condition(text, tree)


def _read_tree(findings: Findings, scope: Mapping[str, Measure]) -> Node | None:
    tokens = read_tokens(findings, scope)
    if not tokens:
        return None
    try:
        parsed = DuckDB().parser().parse(tokens, findings.text)
    except (SqlglotError, RecursionError):
        parsed = []
    operands = OperandReader(findings, scope)
    root = parsed[0] if len(parsed) == 1 else None
    if not isinstance(root, exp.Expression):
        operands.refuse(None)
        return None
    tree = _ConditionReader(operands).read_condition(root, negated=False)
    if tree is not None and not findings.problems:
        check_sizes(findings, tree)
    return tree


@dataclass(frozen=True, slots=True)
class _ConditionReader:
    """One pass over the parsed tree. A method returns None after it has noted what is wrong."""

    operands: OperandReader

    def read_condition(self, node: exp.Expression, *, negated: bool) -> Node | None:
        match node:
            case exp.Paren():
                return self.read_condition(node.this, negated=negated)
            case exp.Not():
                return self.read_condition(node.this, negated=not negated)
            case exp.And() | exp.Or():
                return self._read_connection(node, negated=negated)
            case _:
                return self._read_leaf(node, negated=negated)

    def _read_leaf(self, node: exp.Expression, *, negated: bool) -> Node | None:
        leaf: In | Between | IsNull | None
        match node:
            case exp.In():
                leaf = self._read_membership(node)
            case exp.Between():
                leaf = self._read_range(node)
            case exp.Is():
                leaf = self._read_unknown(node)
            case exp.Column():
                return self._read_flag(node, negated=negated)
            case _ if type(node) in COMPARATORS:
                return self._read_comparison(node, negated=negated)
            case _:
                self.operands.refuse(node)
                return None
        return Not(leaf) if leaf and negated else leaf

    def _read_connection(self, node: exp.Expression, *, negated: bool) -> Node | None:
        parts = [self.read_condition(part, negated=negated) for part in _chained(node)]
        together = isinstance(node, exp.And) is not negated
        joined: list[Node] = []
        for part in parts:
            if part is None:
                return None
            # One flat row of parts, however it was bracketed: `a and (b and c)` asks the same as `a and b and c`.
            same = And if together else Or
            joined.extend(part.parts if isinstance(part, same) else (part,))
        return And(tuple(joined)) if together else Or(tuple(joined))

    def _read_flag(self, node: exp.Column, *, negated: bool) -> Comparison | None:
        name = self.operands.read_name(node)
        if name is None:
            return None
        if name.kind is not Kind.FLAG:
            message = Text(
                f"{name} 是{kind_title(name.kind).zh}，单独写不成条件",
                f"{name} is {kind_title(name.kind).en}; alone it is no condition",
            )
            self.operands.findings.add(position_of(node), "not_a_flag", message, remedy=LANGUAGE)
            return None
        return Comparison(Comparator.EQUAL, name, Literal(not negated, Kind.FLAG))

    def _read_comparison(self, node: exp.Expression, *, negated: bool) -> Comparison | None:
        left, right = self.operands.read_quantity(node.this), self.operands.read_quantity(node.expression)
        if left is None or right is None:
            return None
        comparator = COMPARATORS[type(node)]
        if isinstance(left, Literal) and not isinstance(right, Literal):
            left, right, comparator = right, left, comparator.mirrored
        sides = self.operands.match_sides(node, left, right)
        if sides is None:
            return None
        left, right = sides
        kind = left.kind
        if kind and not kind.is_ordered and comparator not in {Comparator.EQUAL, Comparator.NOT_EQUAL}:
            message = Text(f"{kind_title(kind).zh}没有大小之分", f"{kind_title(kind).en} has no order")
            remedy = Text("用 =、<> 或 in", "use =, <> or in")
            self.operands.findings.add(position_of(node), "no_order", message, remedy=remedy)
            return None
        return _plain_comparison(comparator.negated if negated else comparator, left, right)

    def _read_membership(self, node: exp.In) -> In | None:
        if not node.expressions:
            self.operands.refuse(node)
            return None
        subject = self.operands.read_quantity(node.this)
        items: list[Literal] = []
        for written in node.expressions:
            item = self.operands.read_quantity(written)
            if subject is None or item is None:
                return None
            if isinstance(subject, Literal) or not isinstance(item, Literal):
                self.operands.refuse(written)
                return None
            matched = self.operands.match_sides(written, subject, item)
            if matched is None:
                return None
            subject = matched[0]
            items.append(matched[1])  # type: ignore[arg-type]  # a literal stays one
        return In(subject, tuple(items)) if subject is not None else None

    def _read_range(self, node: exp.Between) -> Between | None:
        subject = self.operands.read_quantity(node.this)
        low, high = (
            self.operands.read_quantity(node.args["low"]),
            self.operands.read_quantity(node.args["high"]),
        )
        if subject is None or low is None or high is None:
            return None
        lower = self.operands.match_sides(node.args["low"], subject, low)
        upper = self.operands.match_sides(node.args["high"], lower[0] if lower else subject, high)
        if lower is None or upper is None:
            return None
        if subject.kind and not subject.kind.is_ordered:
            message = Text(
                f"{kind_title(subject.kind).zh}没有大小之分", f"{kind_title(subject.kind).en} has no order"
            )
            self.operands.findings.add(position_of(node), "no_order", message, remedy=Text("用 in", "use in"))
            return None
        return Between(upper[0], lower[1], upper[1])

    def _read_unknown(self, node: exp.Is) -> IsNull | None:
        if not isinstance(node.expression, exp.Null) or not isinstance(node.this, exp.Column):
            self.operands.refuse(node)
            return None
        name = self.operands.read_name(node.this)
        return IsNull(name) if name else None


def _chained(node: exp.Expression) -> list[exp.Expression]:
    """The parts of a chain of one connective, left to right, without descending once per part."""
    parts, rest = [], node
    while type(rest) is type(node):
        parts.append(rest.args["expression"])
        rest = rest.this
    return [rest, *reversed(parts)]


def _plain_comparison(comparator: Comparator, left: Quantity, right: Quantity) -> Comparison:
    """`flag <> true` is kept as `flag = false`, so that a flag is written in one way."""
    if left.kind is Kind.FLAG and comparator is Comparator.NOT_EQUAL and isinstance(right, Literal):
        return Comparison(Comparator.EQUAL, left, Literal(not right.content, Kind.FLAG))
    return Comparison(comparator, left, right)
