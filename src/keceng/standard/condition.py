"""A condition as a frozen, typed tree: what a person wrote, with every name resolved and every kind checked.

Numbers mean what they say in their main unit (¥, days, a ratio of 1); the tree never holds a float.
Negation stands only directly over `in`, `between` and `is null`: `not (a and b)` is kept as `not a or not b`, so that
each leaf is either met, not met or unknown by itself and a reason can point at it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from keceng.vocabulary import Kind

TIGHTEST = 3
Content = Fraction | str | dt.date | bool


class Comparator(StrEnum):
    """How two sides are compared."""

    EQUAL = "="
    NOT_EQUAL = "<>"
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="

    @property
    def negated(self) -> Comparator:
        """The comparator that holds exactly when this one does not."""
        return {
            Comparator.EQUAL: Comparator.NOT_EQUAL,
            Comparator.NOT_EQUAL: Comparator.EQUAL,
            Comparator.LESS: Comparator.GREATER_OR_EQUAL,
            Comparator.LESS_OR_EQUAL: Comparator.GREATER,
            Comparator.GREATER: Comparator.LESS_OR_EQUAL,
            Comparator.GREATER_OR_EQUAL: Comparator.LESS,
        }[self]

    @property
    def mirrored(self) -> Comparator:
        """The comparator with the two sides exchanged."""
        return {
            Comparator.LESS: Comparator.GREATER,
            Comparator.LESS_OR_EQUAL: Comparator.GREATER_OR_EQUAL,
            Comparator.GREATER: Comparator.LESS,
            Comparator.GREATER_OR_EQUAL: Comparator.LESS_OR_EQUAL,
        }.get(self, self)


class Operator(StrEnum):
    """The four operations of arithmetic."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"

    @property
    def precedence(self) -> int:
        """How tightly it binds: `*` and `/` before `+` and `-`."""
        return 2 if self in {Operator.MULTIPLY, Operator.DIVIDE} else 1


@dataclass(frozen=True, slots=True)
class Name:
    """A measure or a name that a dimension publishes; `exact` are its numerator and denominator columns."""

    name: str
    kind: Kind
    exact: tuple[str, str] | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Literal:
    """Something written out. `kind` is that of the side it meets; None is a plain factor (`2 * expected_gap`)."""

    content: Content
    kind: Kind | None = None

    @property
    def stored_parts(self) -> Fraction:
        """The number in stored parts of its kind (cents for money); only for numbers."""
        if isinstance(self.content, Fraction):
            return self.content * (self.kind.scale if self.kind else 1)
        raise TypeError(f"{self.content!r} is not a number")

    def __str__(self) -> str:
        match self.content:
            case bool():
                return "true" if self.content else "false"
            case Fraction():
                return decimal_text(self.content)
            case dt.date():
                return f"'{self.content.isoformat()}'"
            case str():
                return "'" + self.content.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers put together; `kind` is that of the result (None: a plain number)."""

    operator: Operator
    left: Quantity
    right: Quantity
    kind: Kind | None

    def __str__(self) -> str:
        left = _operand_text(self.left, self.operator.precedence)
        # `a - (b - c)` keeps its brackets: what stands right of an operator binds tighter.
        right = _operand_text(self.right, self.operator.precedence + 1)
        return f"{left} {self.operator} {right}"


@dataclass(frozen=True, slots=True)
class Negate:
    """A number with its sign turned."""

    operand: Quantity
    kind: Kind | None

    def __str__(self) -> str:
        return f"-{_operand_text(self.operand, TIGHTEST)}"


Quantity = Name | Literal | Arithmetic | Negate


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides of one kind compared; a flag that stands alone is `flag = true`."""

    comparator: Comparator
    left: Quantity
    right: Quantity

    def __str__(self) -> str:
        return f"{self.left} {self.comparator} {self.right}"


@dataclass(frozen=True, slots=True)
class In:
    """The subject is one of the written items."""

    subject: Quantity
    items: tuple[Literal, ...]

    def __str__(self) -> str:
        return f"{self.subject} in ({', '.join(map(str, self.items))})"


@dataclass(frozen=True, slots=True)
class Between:
    """The subject lies from `low` to `high`, both included."""

    subject: Quantity
    low: Quantity
    high: Quantity

    def __str__(self) -> str:
        return f"{self.subject} between {self.low} and {self.high}"


@dataclass(frozen=True, slots=True)
class IsNull:
    """The measure is unknown; the only question about an unknown that has an answer."""

    subject: Name

    def __str__(self) -> str:
        return f"{self.subject} is null"


@dataclass(frozen=True, slots=True)
class Not:
    """The leaf does not hold."""

    operand: In | Between | IsNull

    def __str__(self) -> str:
        return f"not ({self.operand})"


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; at least two."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds; at least two."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))


LeafNode = Comparison | In | Between | IsNull | Not
Node = LeafNode | And | Or


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison of a condition, as reasons cite it.

    Attributes:
        index: its place in reading order, from 0.
        node: the comparison itself.
        names: the measures in it, in reading order.
        operator: `=` `<>` `<` `<=` `>` `>=` `in` `not in` `between` `not between` `is null` `is not null`.
        cut: the written bound when there is exactly one (always on the right: `3 < x` reads `x > 3`), else None.
        kind: of the compared sides.
    """

    index: int
    node: LeafNode
    names: tuple[str, ...]
    operator: str
    cut: Literal | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that can be asked of every customer: met, not met or unknown.

    Attributes:
        text: as the person wrote it.
        tree: the typed tree; `str(condition)` prints it in a form that reads back to an equal tree.
    """

    text: str
    tree: Node

    def __str__(self) -> str:
        return str(self.tree)

    @property
    def names(self) -> frozenset[str]:
        """The measures and published names it asks about."""
        return frozenset(found.name for found in quantity_names(self.tree))

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the measured table it reads: the two exact ones where a measure has them."""
        return frozenset(c for found in quantity_names(self.tree) for c in found.exact or (found.name,))

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Its comparisons in reading order."""
        return tuple(_leaf(index, node) for index, node in enumerate(leaf_nodes(self.tree)))


def _operand_text(operand: Quantity, precedence: int) -> str:
    match operand:
        case Arithmetic(operator=operator) if operator.precedence < precedence:
            return f"({operand})"
        case Negate():
            return f"({operand})"
        case _:
            return str(operand)


def leaf_nodes(tree: Node) -> Iterator[LeafNode]:
    """The comparisons of a tree in reading order."""
    if isinstance(tree, And | Or):
        for part in tree.parts:
            yield from leaf_nodes(part)
    else:
        yield tree


def quantity_names(node: Node | Quantity) -> Iterator[Name]:
    """Every name in a tree, in reading order, repeated as often as it is written."""
    if isinstance(node, Name):
        yield node
    for part in _parts(node):
        yield from quantity_names(part)


def decimal_text(number: Fraction) -> str:
    """A number with a finite decimal expansion, without exponent or trailing zeros: `0.6`, `10000`."""
    digits = 0
    while (number * 10**digits).denominator != 1:
        digits += 1
    parts = int(abs(number) * 10**digits)
    sign = "-" if number < 0 else ""
    whole, rest = divmod(parts, 10**digits)
    return f"{sign}{whole}" + (f".{rest:0{digits}d}" if digits else "")


def _parts(node: Node | Quantity) -> tuple[Node | Quantity, ...]:
    match node:
        case Arithmetic() | Comparison():
            return (node.left, node.right)
        case Negate() | Not():
            return (node.operand,)
        case In() | IsNull():
            return (node.subject,)
        case Between():
            return (node.subject, node.low, node.high)
        case And() | Or():
            return node.parts
        case _:
            return ()


def _leaf(index: int, node: LeafNode) -> Leaf:
    operator, cut = _operator_and_cut(node)
    found = list(quantity_names(node))
    names = tuple(dict.fromkeys(name.name for name in found))
    return Leaf(index, node, names, operator, cut, _leaf_kind(node, found))


def _operator_and_cut(node: LeafNode) -> tuple[str, Literal | None]:
    match node:
        case Comparison(comparator=comparator, right=right):
            return comparator.value, right if isinstance(right, Literal) else None
        case In(items=items):
            return "in", items[0] if len(items) == 1 else None
        case Between():
            return "between", None
        case IsNull():
            return "is null", None
        case Not(operand=leaf):
            operator, cut = _operator_and_cut(leaf)
            return "is not null" if operator == "is null" else f"not {operator}", cut


def _leaf_kind(node: LeafNode, found: list[Name]) -> Kind:
    match node:
        case Comparison(left=left, right=right):
            return left.kind or right.kind or found[0].kind
        case In(subject=subject) | Between(subject=subject):
            return subject.kind or found[0].kind
        case IsNull(subject=name):
            return name.kind
        case Not(operand=leaf):
            return _leaf_kind(leaf, found)
