"""The sides of a comparison: names, literals and arithmetic, each with its kind, and whether two sides compare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fractions import Fraction

from sqlglot import exp

from keceng.measure import Measure
from keceng.standard.condition import Arithmetic, Literal, Name, Negate, Operator, Quantity
from keceng.standard.kinds import kind_title, result_kind
from keceng.standard.sensitivity import INSTEAD, is_sensitive
from keceng.standard.tokens import LANGUAGE, Findings
from keceng.vocabulary import Kind, Text

OPERATORS: Mapping[type[exp.Expression], Operator] = {
    exp.Add: Operator.ADD,
    exp.Sub: Operator.SUBTRACT,
    exp.Mul: Operator.MULTIPLY,
    exp.Div: Operator.DIVIDE,
}


@dataclass(frozen=True, slots=True)
class OperandReader:
    """Converts the sides of comparisons. A method returns None after it has noted what is wrong."""

    findings: Findings
    scope: Mapping[str, Measure]

    def refuse(self, node: exp.Expression | None) -> None:
        """Note that this part is nothing a condition can say."""
        message = Text("这一部分不是条件能写的内容", "this part is nothing a condition can say")
        self.findings.add(position_of(node), "not_allowed", message, remedy=LANGUAGE)

    def read_quantity(self, node: exp.Expression) -> Quantity | None:
        """One side: a name, something written out, or arithmetic over them."""
        match node:
            case exp.Paren():
                return self.read_quantity(node.this)
            case exp.Column():
                return self.read_name(node)
            case exp.Boolean():
                return Literal(bool(node.this), Kind.FLAG)
            case exp.Literal():
                return Literal(str(node.this) if node.is_string else Fraction(str(node.this)))
            case exp.Neg():
                return self._read_negative(node)
            case _:
                return self._read_arithmetic(node)

    def read_name(self, node: exp.Column) -> Name | None:
        """A name of the scope."""
        measure = self.scope.get(node.name)
        if measure and not node.table:
            return Name(measure.name, measure.kind, measure.exact)
        message = Text(f"没有叫 {node.name} 的指标", f"there is no measure called {node.name}")
        if self.findings.text[position_of(node)] == '"':
            quotes = Text("文字用单引号，如 'lost'", "put texts in single quotes, as 'lost'")
            self.findings.add(position_of(node), "unknown_name", message, remedy=quotes)
            return None
        self.findings.add(
            position_of(node), "unknown_name", message, remedy=name_remedy(node.name, self.scope)
        )
        return None

    def _read_negative(self, node: exp.Neg) -> Quantity | None:
        operand = self.read_quantity(node.this)
        if operand is None:
            return None
        if isinstance(operand, Literal) and isinstance(operand.content, Fraction):
            return replace(operand, content=-operand.content)
        if not is_number(operand):
            self._refuse_operation(node, Operator.SUBTRACT, Literal(Fraction(0)), operand)
            return None
        return Negate(operand, operand.kind)

    def _refuse_operand(self, node: exp.Expression) -> None:
        if not isinstance(node, exp.Null):
            self.refuse(node)
            return
        message = Text("不能与 null 比较", "nothing compares with null")
        remedy = Text("写成 is null 或 is not null", "write `is null` or `is not null`")
        self.findings.add(position_of(node), "null", message, remedy=remedy)

    def _read_arithmetic(self, node: exp.Expression) -> Arithmetic | None:
        if type(node) not in OPERATORS:
            self._refuse_operand(node)
            return None
        left, right = self.read_quantity(node.this), self.read_quantity(node.expression)
        if left is None or right is None:
            return None
        operator = OPERATORS[type(node)]
        is_day_difference = operator is Operator.SUBTRACT and left.kind is right.kind is Kind.DATE
        if not is_day_difference and not (is_number(left) and is_number(right)):
            self._refuse_operation(node, operator, left, right)
            return None
        if operator is Operator.DIVIDE and isinstance(right, Literal) and right.content == 0:
            message = Text("不能除以 0", "nothing divides by 0")
            self.findings.add(position_of(node.expression), "zero", message)
            return None
        try:
            kind = result_kind(operator, left.kind, right.kind)
        except ValueError:
            self._refuse_operation(node, operator, left, right)
            return None
        if operator in {Operator.ADD, Operator.SUBTRACT} and kind is not Kind.DAYS:
            left, right = _of_kind(left, kind), _of_kind(right, kind)
        return Arithmetic(operator, left, right, kind)

    def _refuse_operation(
        self, node: exp.Expression, operator: Operator, left: Quantity, right: Quantity
    ) -> None:
        words = [_side_title(side) for side in (left, right)]
        message = Text(
            f"{words[0].zh} {operator} {words[1].zh} 没有意义",
            f"{words[0].en} {operator} {words[1].en} has no meaning",
        )
        remedy = Text(
            "金额只与金额加减，乘除用数字、比率或次数",
            "add money to money; scale by numbers, ratios or counts",
        )
        self.findings.add(position_of(node), "kinds", message, remedy=remedy)

    def match_sides(
        self, node: exp.Expression, left: Quantity, right: Quantity
    ) -> tuple[Quantity, Quantity] | None:
        """Both sides with one kind, literals turned into the other side's; None when they do not compare."""
        if isinstance(left, Literal) and isinstance(right, Literal):
            message = Text("两边都是固定的值", "both sides are fixed")
            remedy = Text("至少一边写指标名", "name a measure on one side")
            self.findings.add(position_of(node), "constant", message, remedy=remedy)
            return None
        if left.kind in {Kind.CATEGORY, Kind.DATE} and isinstance(right, Literal):
            named = self._read_text_literal(node, left, right)
            return (left, named) if named else None
        if (
            is_number(left)
            and is_number(right)
            and (left.kind is right.kind or None in {left.kind, right.kind})
        ):
            kind = left.kind or right.kind
            return _of_kind(left, kind), _of_kind(right, kind)
        if left.kind is right.kind and left.kind in {Kind.DATE, Kind.FLAG}:
            return left, right
        words = [_side_title(side) for side in (left, right)]
        message = Text(
            f"{words[0].zh}不能与{words[1].zh}比较", f"{words[0].en} does not compare with {words[1].en}"
        )
        self.findings.add(position_of(node), "kinds", message, remedy=_comparison_remedy(left))
        return None

    def _read_text_literal(self, node: exp.Expression, subject: Quantity, written: Literal) -> Literal | None:
        """A literal met by a category or a date: one of its codes, or a day."""
        content = written.content
        if isinstance(content, str) and subject.kind is Kind.CATEGORY:
            codes = [code for code, _ in self.scope[str(subject)].categories]
            if not codes or content in codes:
                return Literal(content, Kind.CATEGORY)
            message = Text(f"{subject} 没有「{content}」这一类", f"{subject} has no class “{content}”")
            remedy = Text("可用：" + "、".join(codes), "it has: " + ", ".join(codes))
            near = get_close_matches(content, codes, n=1, cutoff=0.7)
            if near:
                remedy = Text(f"是不是 {near[0]}？{remedy.zh}", f"did you mean {near[0]}? {remedy.en}")
            self.findings.add(position_of(node), "unknown_class", message, remedy=remedy)
            return None
        if isinstance(content, str):
            day = _iso_day(content)
            if day is not None:
                return Literal(day, Kind.DATE)
        message = Text(f"{subject} 不能与 {written} 比较", f"{subject} does not compare with {written}")
        self.findings.add(position_of(node), "kinds", message, remedy=_comparison_remedy(subject))
        return None


def name_remedy(written: str, scope: Mapping[str, Measure]) -> Text:
    """Which name of `scope` was most likely meant: one that is called so on screen, or that is spelt alike."""
    if is_sensitive(written):
        return Text(
            f"敏感的个人属性不能用来分级；{INSTEAD.zh}", f"sensitive attributes never decide; {INSTEAD.en}"
        )
    if any(written == code for m in scope.values() for code, _ in m.categories):
        return Text(f"类别放进单引号：'{written}'", f"put the class in single quotes: '{written}'")
    called = [m.name for m in scope.values() if written in {m.title.zh, m.title.en}]
    near = called or get_close_matches(written.lower(), scope, n=3, cutoff=0.6)
    if near:
        return Text("是不是：" + "、".join(near), "did you mean: " + ", ".join(near))
    return Text("可用的名字见 keceng measures", "`keceng measures` lists the names")


def position_of(node: exp.Expression | None) -> int:
    """The first character of a node, from 0."""
    starts = [found.meta["start"] for found in node.walk() if "start" in found.meta] if node else []
    return min(starts, default=0)


def is_number(side: Quantity) -> bool:
    """Whether a side is a number of some kind or a plain one."""
    if side.kind is None:
        return not isinstance(side, Literal) or isinstance(side.content, Fraction)
    return side.kind.is_number


def _of_kind(side: Quantity, kind: Kind | None) -> Quantity:
    return replace(side, kind=kind) if isinstance(side, Literal) else side


def _side_title(side: Quantity) -> Text:
    if isinstance(side, Literal) and isinstance(side.content, str):
        return Text(f"文字 {side}", f"the text {side}")
    title = kind_title(side.kind)
    return Text(f"{side}（{title.zh}）", f"{side} ({title.en})")


def _comparison_remedy(subject: Quantity) -> Text:
    match subject.kind:
        case Kind.DATE:
            return Text("日期写成 '2024-01-31'", "write dates as '2024-01-31'")
        case Kind.CATEGORY:
            return Text("类别写成 '代码'，放在单引号里", "write the class in single quotes")
        case Kind.FLAG:
            return Text("是否类只写 = true 或 = false", "a flag is = true or = false")
        case _:
            return Text(
                "数字不加引号，两边要同一种量", "write numbers without quotes; both sides the same kind"
            )


def _iso_day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if len(text) == len("2024-01-31") else None
    except ValueError:
        return None
