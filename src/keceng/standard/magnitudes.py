"""How large the numbers of a condition may get: what could overflow 128 bits is refused before it runs."""

from __future__ import annotations

from keceng.standard.condition import Between, Comparison, In, Node, Not, Quantity, leaf_nodes
from keceng.standard.exact import MAX_BITS, cross_product, exact_number
from keceng.standard.operands import is_number
from keceng.standard.tokens import Findings
from keceng.vocabulary import Text


def check_sizes(findings: Findings, tree: Node) -> None:
    """Note every comparison that multiplies more than 128 bits can hold."""
    for leaf in leaf_nodes(tree):
        if any(_bits(left, right) > MAX_BITS for left, right in _number_pairs(leaf)):
            message = Text(f"「{leaf}」乘除太多，无法精确计算", f"“{leaf}” multiplies too much to stay exact")
            remedy = Text("拆成几个比较，或去掉一次乘除", "split it, or multiply and divide less")
            findings.add(0, "too_large", message, remedy=remedy)


def fits_exactly(tree: Node) -> bool:
    """Whether no comparison of `tree` multiplies more than 128 bits can hold."""
    return all(
        _bits(left, right) <= MAX_BITS for leaf in leaf_nodes(tree) for left, right in _number_pairs(leaf)
    )


def _number_pairs(leaf: Node) -> list[tuple[Quantity, Quantity]]:
    match leaf:
        case Comparison(left=left, right=right) if is_number(left):
            return [(left, right)]
        case In(subject=subject, items=items) if is_number(subject):
            return [(subject, item) for item in items]
        case Between(subject=subject, low=low, high=high) if is_number(subject):
            return [(subject, low), (subject, high)]
        case Not(operand=operand):
            return _number_pairs(operand)
        case _:
            return []


def _bits(left: Quantity, right: Quantity) -> int:
    return cross_product(exact_number(left), exact_number(right)).bits
