"""What may be added, multiplied, divided and compared: money with money, never money with days."""

from __future__ import annotations

from keceng.standard.condition import Operator
from keceng.vocabulary import Kind, Text

KIND_TITLES = {
    Kind.MONEY: Text("金额", "money"),
    Kind.COUNT: Text("次数", "a count"),
    Kind.DAYS: Text("天数", "days"),
    Kind.RATIO: Text("比率", "a ratio"),
    Kind.SCORE: Text("得分", "a score"),
    Kind.DATE: Text("日期", "a date"),
    Kind.FLAG: Text("是否", "a yes/no flag"),
    Kind.CATEGORY: Text("类别", "a category"),
}
PLAIN_NUMBER = Text("数字", "a number")
SCALING = frozenset({Kind.RATIO, Kind.COUNT, None})


def kind_title(kind: Kind | None) -> Text:
    """A kind in words; None is a plain number."""
    return KIND_TITLES[kind] if kind else PLAIN_NUMBER


def result_kind(operator: Operator, left: Kind | None, right: Kind | None) -> Kind | None:
    """The kind of `left operator right`; None is a plain number.

    Raises:
        ValueError: the operation has no meaning for these kinds.
    """
    if operator is Operator.MULTIPLY:
        return _product_kind(left, right)
    if operator is Operator.DIVIDE:
        return _quotient_kind(left, right)
    if operator is Operator.SUBTRACT and left is right is Kind.DATE:
        return Kind.DAYS
    if Kind.DATE in {left, right} or (left and right and left is not right):
        raise ValueError(operator)
    return left or right


def _product_kind(left: Kind | None, right: Kind | None) -> Kind | None:
    if Kind.DATE in {left, right}:
        raise ValueError("*")
    # A scaling factor keeps the kind of what it scales; a count or a number scales a ratio before the ratio scales it.
    for factor, scaled in ((left, right), (right, left)):
        if factor is None or (factor is Kind.RATIO and scaled is not None):
            return scaled
    if left is Kind.COUNT:
        return right
    if right is Kind.COUNT:
        return left
    raise ValueError("*")


def _quotient_kind(left: Kind | None, right: Kind | None) -> Kind | None:
    if Kind.DATE in {left, right}:
        raise ValueError("/")
    if left is right:
        return Kind.RATIO if left else None
    if right in SCALING:
        return left or Kind.RATIO
    if left in SCALING and right is not Kind.MONEY:
        return Kind.RATIO
    if left is Kind.MONEY and right is Kind.DAYS:
        return Kind.MONEY
    raise ValueError("/")
