"""One line of the form, (what, how, with what), and the comparison it writes; and back, where a line can say it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from keceng.desk.groups.choices import as_choice
from keceng.measure import Measure
from keceng.standard import Between, Comparator, Comparison, In, IsNull, Literal, Name, Not
from keceng.standard import Leaf as StandardLeaf
from keceng.vocabulary import KecengError, Kind, Text

COMPARED: Mapping[str, Comparator] = {
    "ge": Comparator.GREATER_OR_EQUAL,
    "gt": Comparator.GREATER,
    "le": Comparator.LESS_OR_EQUAL,
    "lt": Comparator.LESS,
    "eq": Comparator.EQUAL,
    "ne": Comparator.NOT_EQUAL,
}
_WORDS: Mapping[str, Text] = {
    "ge": Text("≥", "≥"),
    "gt": Text(">", ">"),
    "le": Text("≤", "≤"),
    "lt": Text("<", "<"),
    "eq": Text("等于", "is"),
    "ne": Text("不等于", "is not"),
    "between": Text("介于", "is between"),
    "in": Text("是", "is one of"),
    "not_in": Text("不是", "is none of"),
    "yes": Text("是", "yes"),
    "no": Text("否", "no"),
    "unknown": Text("未知", "is unknown"),
    "known": Text("已知", "is known"),
}
_KNOWING = ("known", "unknown")
_NUMBER = re.compile(r"-?\d+(\.\d{1,6})?")
_IGNORED = re.compile(r"[\s,，¥￥%％元]")


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison as a form holds it.

    Attributes:
        what: a name of the scope; empty while nothing is chosen.
        sign: a key of `signs_of` its kind.
        values: what it is compared with, as written: one, two for `between`, any number for a list of classes.
    """

    what: str = ""
    sign: str = ""
    values: tuple[str, ...] = ()


def signs_of(measure: Measure) -> Mapping[str, Text]:
    """What may be said of a measure, in words, the usual first."""
    if measure.kind is Kind.FLAG:
        names: tuple[str, ...] = ("yes", "no")
    elif measure.kind is Kind.CATEGORY:
        names = ("in", "not_in") if measure.categories else ("eq", "ne")
    else:
        names = (*COMPARED, "between")
    return {name: _WORDS[name] for name in (*names, *_KNOWING)}


def is_whole(line: Line, measure: Measure) -> bool:
    """Whether a line says something already: what, how, and with what."""
    wanted = {"between": 2, "yes": 0, "no": 0, "known": 0, "unknown": 0}.get(line.sign, 1)
    given = [value for value in line.values if value.strip()]
    return line.sign in signs_of(measure) and len(given) >= wanted


def write_line(line: Line, measure: Measure) -> str:
    """The comparison of a line in the language of conditions.

    Raises:
        KecengError: what should be a number or a day is none.
    """
    values = [_written(value, measure) for value in line.values if value.strip()]
    match line.sign:
        case "between":
            return f"{line.what} between {values[0]} and {values[1]}"
        case "in" | "not_in":
            return _listed(line.what, values, is_in=line.sign == "in")
        case "yes" | "no":
            return f"{line.what} = {'true' if line.sign == 'yes' else 'false'}"
        case "unknown":
            return f"{line.what} is null"
        case "known":
            return f"{line.what} is not null"
        case sign:
            return f"{line.what} {COMPARED[sign].value} {values[0]}"


def _listed(what: str, values: list[str], *, is_in: bool) -> str:
    if len(values) == 1:
        return f"{what} {'=' if is_in else '<>'} {values[0]}"
    return f"{what} {'in' if is_in else 'not in'} ({', '.join(values)})"


def _written(value: str, measure: Measure) -> str:
    if measure.kind is Kind.CATEGORY:
        return str(Literal(value.strip()))
    if measure.kind is Kind.DATE:
        return f"'{_day(value.strip(), measure)}'"
    plain = _IGNORED.sub("", value)
    if not _NUMBER.fullmatch(plain):
        raise KecengError.of(
            "bad_number",
            f"「{measure.title.zh}」后面要写一个数：{value.strip()[:40]}",
            f"“{measure.title.en}” needs a number: {value.strip()[:40]}",
            remedy=Text("只写数字，例如 100000", "write digits alone, such as 100000"),
        )
    number = Fraction(plain)
    return str(Literal(number / 100 if as_choice(measure.name, measure).is_percent else number))


def _day(value: str, measure: Measure) -> dt.date:
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise KecengError.of(
            "bad_date",
            f"「{measure.title.zh}」后面要写一个日期：{value[:40]}",
            f"“{measure.title.en}” needs a day: {value[:40]}",
            remedy=Text("写成 2026-12-31", "write 2026-12-31"),
        ) from None


def read_line(node: StandardLeaf, scope: Mapping[str, Measure]) -> Line | None:
    """The line that says a comparison; None where no line can: arithmetic, two measures compared, not between."""
    match node.node:
        case Comparison(comparator=comparator, left=Name() as name, right=Literal() as literal):
            return _compared(comparator, scope[name.name], name.name, literal)
        case Between(subject=Name() as name, low=Literal() as low, high=Literal() as high):
            measure = scope[name.name]
            return Line(name.name, "between", (_shown(low, measure), _shown(high, measure)))
        case In(subject=Name() as name, items=items) if scope[name.name].categories:
            return Line(name.name, "in", tuple(str(item.content) for item in items))
        case Not(operand=In(subject=Name() as name, items=items)) if scope[name.name].categories:
            return Line(name.name, "not_in", tuple(str(item.content) for item in items))
        case IsNull(subject=name):
            return Line(name.name, "unknown")
        case Not(operand=IsNull(subject=name)):
            return Line(name.name, "known")
        case _:
            return None


def _compared(comparator: Comparator, measure: Measure, what: str, literal: Literal) -> Line:
    if isinstance(literal.content, bool):
        return Line(what, "yes" if literal.content else "no")
    if measure.categories:
        return Line(what, "in" if comparator is Comparator.EQUAL else "not_in", (str(literal.content),))
    sign = next(name for name, meant in COMPARED.items() if meant is comparator)
    return Line(what, sign, (_shown(literal, measure),))


def _shown(literal: Literal, measure: Measure) -> str:
    if isinstance(literal.content, Fraction) and as_choice(measure.name, measure).is_percent:
        return str(Literal(literal.content * 100))
    return str(literal.content) if not isinstance(literal.content, Fraction) else str(literal)
