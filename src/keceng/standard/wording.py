"""A condition in words a manager reads: titles instead of names, ¥ and % instead of stored parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction

from keceng.measure import Measure
from keceng.standard.condition import (
    And,
    Arithmetic,
    Between,
    Comparator,
    Comparison,
    Condition,
    In,
    IsNull,
    Leaf,
    Literal,
    Name,
    Negate,
    Node,
    Not,
    Operator,
    Or,
    Quantity,
    decimal_text,
)
from keceng.vocabulary import Kind, Text, money_text

Scope = Mapping[str, Measure]

SIGNS = {
    Comparator.EQUAL: "=",
    Comparator.NOT_EQUAL: "≠",
    Comparator.LESS: "<",
    Comparator.LESS_OR_EQUAL: "≤",
    Comparator.GREATER: ">",
    Comparator.GREATER_OR_EQUAL: "≥",
}
IS = Text("{left} 是 {right}", "{left} is {right}")
IS_NOT = Text("{left} 不是 {right}", "{left} is not {right}")
COMPARED = Text("{left} {sign} {right}", "{left} {sign} {right}")
AMONG = Text("{left} 属于 {right}", "{left} is one of {right}")
NOT_AMONG = Text("{left} 不属于 {right}", "{left} is none of {right}")
WITHIN = Text("{left} 在 {low} 与 {high} 之间", "{left} is between {low} and {high}")
OUTSIDE = Text("{left} 不在 {low} 与 {high} 之间", "{left} is not between {low} and {high}")
UNKNOWN = Text("{left} 未知", "{left} is unknown")
KNOWN = Text("{left} 已知", "{left} is known")
YES = Text("{left}", "{left}")
NO = Text("不是 {left}", "not {left}")
BRACKETED = Text("（{inner}）", "({inner})")


def describe_condition(condition: Condition, scope: Scope) -> Text:
    """`condition` in both languages, with the titles of `scope`: `消费额 > ¥10,000 且 生命周期 不是 流失`."""
    return _describe(condition.tree, scope, outer=True)


def describe_leaf(leaf: Leaf, scope: Scope) -> Text:
    """One comparison in both languages."""
    return _describe(leaf.node, scope, outer=True)


def describe_literal(literal: Literal, measure: Measure | None = None) -> Text:
    """Something written out, in its unit; `measure` gives a category code its title and a number its unit."""
    match literal.content:
        case bool():
            return Text("是", "yes") if literal.content else Text("否", "no")
        case dt.date():
            return Text(literal.content.isoformat(), literal.content.isoformat())
        case str():
            return measure.category_title(literal.content) if measure else _same(literal.content)
        case Fraction():
            return _number(literal.content, literal.kind, measure)


def _same(words: str) -> Text:
    return Text(words, words)


def _number(content: Fraction, kind: Kind | None, measure: Measure | None) -> Text:
    match kind:
        case Kind.MONEY:
            parts = content * kind.scale
            words = money_text(int(parts)) if parts.denominator == 1 else decimal_text(content)
            return _same(f"-¥{words[1:]}" if words.startswith("-") else f"¥{words}")
        case Kind.RATIO if measure is None or not measure.unit.en:
            return _same(f"{decimal_text(content * 100)}%")
        case Kind.DAYS:
            return Text(f"{decimal_text(content)} 天", f"{decimal_text(content)} days")
        case _:
            unit = measure.unit if measure and kind else Text("", "")
            number = decimal_text(content)
            return Text(f"{number} {unit.zh}".strip(), f"{number} {unit.en}".strip())


def _describe(node: Node, scope: Scope, *, outer: bool) -> Text:
    match node:
        case And(parts=parts):
            return _joined(parts, Text(" 且 ", " and "), scope, outer=outer)
        case Or(parts=parts):
            return _joined(parts, Text(" 或 ", " or "), scope, outer=outer)
        case Comparison():
            return _comparison(node, scope)
        case Not(operand=operand):
            return _leaf(operand, scope, held=False)
        case In() | Between() | IsNull():
            return _leaf(node, scope, held=True)


def _joined(parts: tuple[Node, ...], word: Text, scope: Scope, *, outer: bool) -> Text:
    texts = [_describe(part, scope, outer=False) for part in parts]
    joined = Text(word.zh.join(t.zh for t in texts), word.en.join(t.en for t in texts))
    return joined if outer else BRACKETED.fill(inner=joined)


def _comparison(node: Comparison, scope: Scope) -> Text:
    measure = _measure(node.left, scope) or _measure(node.right, scope)
    left, right = (_quantity(side, scope, measure) for side in (node.left, node.right))
    if isinstance(node.right, Literal) and isinstance(node.right.content, bool):
        return (YES if node.right.content else NO).fill(left=left)
    if node.left.kind is Kind.CATEGORY:
        return (IS if node.comparator is Comparator.EQUAL else IS_NOT).fill(left=left, right=right)
    return COMPARED.fill(left=left, sign=SIGNS[node.comparator], right=right)


def _leaf(node: In | Between | IsNull, scope: Scope, *, held: bool) -> Text:
    measure = _measure(node.subject, scope)
    left = _quantity(node.subject, scope, measure)
    match node:
        case In(items=items):
            texts = [describe_literal(item, measure) for item in items]
            right = Text("、".join(t.zh for t in texts), ", ".join(t.en for t in texts))
            return (AMONG if held else NOT_AMONG).fill(left=left, right=right)
        case Between(low=low, high=high):
            bounds = [_quantity(side, scope, measure) for side in (low, high)]
            return (WITHIN if held else OUTSIDE).fill(left=left, low=bounds[0], high=bounds[1])
        case IsNull():
            return (UNKNOWN if held else KNOWN).fill(left=left)


def _measure(side: Quantity, scope: Scope) -> Measure | None:
    return scope[side.name] if isinstance(side, Name) else None


def _quantity(side: Quantity, scope: Scope, measure: Measure | None) -> Text:
    match side:
        case Name(name=name):
            return scope[name].title
        case Literal():
            return describe_literal(side, measure)
        case Negate(operand=operand):
            return Text("-{inner}", "-{inner}").fill(inner=_quantity(operand, scope, None))
        case Arithmetic(operator=operator, left=left, right=right):
            sides = [_operand(part, scope) for part in (left, right)]
            sign = {Operator.MULTIPLY: "×", Operator.DIVIDE: "÷", Operator.SUBTRACT: "−"}.get(operator, "+")
            return Text("{left} {sign} {right}", "{left} {sign} {right}").fill(
                left=sides[0], sign=sign, right=sides[1]
            )


def _operand(side: Quantity, scope: Scope) -> Text:
    words = _quantity(side, scope, None)
    return BRACKETED.fill(inner=words) if isinstance(side, Arithmetic) else words
