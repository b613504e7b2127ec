"""Exact numbers in SQL: every quantity is factor · numerator ÷ denominator over 128-bit integers, never a double."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from sqlglot import exp

from keceng.lake import column
from keceng.standard.condition import Arithmetic, Comparator, Literal, Name, Negate, Operator, Quantity
from keceng.vocabulary import Kind

MAX_BITS = 126
# The greatest size of a stored number by kind: money up to 1e15 cents, counts up to 1e12, and so on.
STORED_BITS = {Kind.MONEY: 50, Kind.COUNT: 40, Kind.DAYS: 24, Kind.RATIO: 44, Kind.SCORE: 36}
EXACT_BITS = (64, 50)

ComparisonNode = type[exp.EQ | exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE]
COMPARISONS: dict[Comparator, ComparisonNode] = {
    Comparator.EQUAL: exp.EQ,
    Comparator.NOT_EQUAL: exp.NEQ,
    Comparator.LESS: exp.LT,
    Comparator.LESS_OR_EQUAL: exp.LTE,
    Comparator.GREATER: exp.GT,
    Comparator.GREATER_OR_EQUAL: exp.GTE,
}


@dataclass(frozen=True, slots=True)
class ExactNumber:
    """factor · numerator ÷ denominator in the main unit.

    The numerator and the denominator are SQL integers (None: 1); the denominator is positive, or NULL where the number
    is unknown. The bits bound their sizes, so that a product that could overflow is refused before it runs.
    """

    factor: Fraction
    numerator: exp.Expression | None = None
    denominator: exp.Expression | None = None
    numerator_bits: int = 0
    denominator_bits: int = 0


@dataclass(frozen=True, slots=True)
class CrossProduct:
    """The two integer sides of a comparison after clearing the denominators, and the size they may reach."""

    left: exp.Expression
    right: exp.Expression
    bits: int


def exact_number(quantity: Quantity, table: str | None = None) -> ExactNumber:
    """`quantity` over the columns of `table`, as an exact number."""
    match quantity:
        case Name():
            return _column_number(quantity, table)
        case Literal(content=Fraction() as content):
            return ExactNumber(content)
        case Negate(operand=operand):
            number = exact_number(operand, table)
            return _scaled(number, Fraction(-1))
        case Arithmetic(left=left, operator=Operator.SUBTRACT, right=right) if left.kind is Kind.DATE:
            return _day_difference(left, right, table)
        case Arithmetic(operator=operator, left=left, right=right):
            return OPERATIONS[operator](exact_number(left, table), exact_number(right, table))
        case Literal():
            raise TypeError(f"{quantity} is not a number")


def cross_product(left: ExactNumber, right: ExactNumber) -> CrossProduct:
    """The integer sides whose order is the order of `left` and `right`; NULL wherever either is unknown."""
    common = gcd(
        left.factor.numerator * right.factor.denominator, right.factor.numerator * left.factor.denominator
    )
    left_factor = left.factor.numerator * right.factor.denominator // (common or 1)
    right_factor = right.factor.numerator * left.factor.denominator // (common or 1)
    return CrossProduct(
        _product(left_factor, left.numerator, right.denominator),
        _product(right_factor, right.numerator, left.denominator),
        max(
            left_factor.bit_length() + left.numerator_bits + right.denominator_bits,
            right_factor.bit_length() + right.numerator_bits + left.denominator_bits,
        ),
    )


def comparison_sql(
    comparator: Comparator, left: Quantity, right: Quantity, *, table: str | None = None
) -> exp.Expression:
    """`left comparator right` for two numbers, NULL where either is unknown."""
    sides = cross_product(exact_number(left, table), exact_number(right, table))
    return COMPARISONS[comparator](this=wrapped(sides.left), expression=wrapped(sides.right))


def wrapped(node: exp.Expression) -> exp.Expression:
    """`node` in brackets where another operator next to it could tear it apart."""
    return exp.paren(node, copy=False) if isinstance(node, exp.Binary | exp.Neg | exp.Not) else node


def _column_number(name: Name, table: str | None) -> ExactNumber:
    unit = Fraction(1, name.kind.scale)
    if name.exact is None:
        return ExactNumber(unit, _wide(column(name.name, table)), numerator_bits=STORED_BITS[name.kind])
    numerator, denominator = (_wide(column(part, table)) for part in name.exact)
    return _quotient(
        ExactNumber(unit, numerator, numerator_bits=EXACT_BITS[0]),
        ExactNumber(Fraction(1), denominator, numerator_bits=EXACT_BITS[1]),
    )


def _day_difference(left: Quantity, right: Quantity, table: str | None) -> ExactNumber:
    later, earlier = (date_sql(side, table) for side in (left, right))
    days = exp.DateDiff(this=later, expression=earlier, unit=exp.var("DAY"))
    return ExactNumber(Fraction(1), _wide(days), numerator_bits=STORED_BITS[Kind.DAYS])


def date_sql(quantity: Quantity, table: str | None) -> exp.Expression:
    """A date column or a written date."""
    if isinstance(quantity, Name):
        return column(quantity.name, table)
    return exp.cast(exp.Literal.string(str(quantity).strip("'")), "date")


def _wide(node: exp.Expression) -> exp.Expression:
    return exp.cast(node, exp.DType.INT128)


def _product(factor: int, *parts: exp.Expression | None) -> exp.Expression:
    present = [part.copy() for part in parts if part is not None]
    number: exp.Expression = exp.Literal.number(str(abs(factor)))
    if factor < 0:
        number = exp.Neg(this=number)
    if present and factor == 1:
        number = present.pop(0)
    for part in present:
        number = exp.Mul(this=wrapped(number), expression=wrapped(part))
    return number


def _multiplied(left: exp.Expression | None, right: exp.Expression | None) -> exp.Expression | None:
    if left is None or right is None:
        return left if right is None else right
    return _product(1, left, right)


def _scaled(number: ExactNumber, factor: Fraction) -> ExactNumber:
    return ExactNumber(
        number.factor * factor,
        number.numerator,
        number.denominator,
        number.numerator_bits,
        number.denominator_bits,
    )


def _sum(left: ExactNumber, right: ExactNumber) -> ExactNumber:
    sides = cross_product(left, right)
    # left.factor = common · left_factor / (…): both sides were divided by the same number, which becomes the factor.
    common = Fraction(
        gcd(
            left.factor.numerator * right.factor.denominator, right.factor.numerator * left.factor.denominator
        ),
        left.factor.denominator * right.factor.denominator,
    )
    return ExactNumber(
        common,
        exp.Add(this=wrapped(sides.left), expression=wrapped(sides.right)),
        _multiplied(left.denominator, right.denominator),
        sides.bits + 1,
        left.denominator_bits + right.denominator_bits,
    )


def _difference(left: ExactNumber, right: ExactNumber) -> ExactNumber:
    return _sum(left, _scaled(right, Fraction(-1)))


def _times(left: ExactNumber, right: ExactNumber) -> ExactNumber:
    return ExactNumber(
        left.factor * right.factor,
        _multiplied(left.numerator, right.numerator),
        _multiplied(left.denominator, right.denominator),
        left.numerator_bits + right.numerator_bits,
        left.denominator_bits + right.denominator_bits,
    )


def _quotient(left: ExactNumber, right: ExactNumber) -> ExactNumber:
    divisor = right.numerator
    reciprocal = ExactNumber(
        1 / right.factor if right.factor else Fraction(1),
        _multiplied(right.denominator, _sign(divisor)),
        _magnitude(divisor),
        right.denominator_bits,
        right.numerator_bits,
    )
    return _times(left, reciprocal)


def _sign(divisor: exp.Expression | None) -> exp.Expression | None:
    if divisor is None:
        return None
    negative = exp.LT(this=wrapped(divisor.copy()), expression=exp.Literal.number(0))
    return exp.Case().when(negative, exp.Literal.number(-1)).else_(exp.Literal.number(1))


def _magnitude(divisor: exp.Expression | None) -> exp.Expression | None:
    if divisor is None:
        return None
    return exp.Nullif(this=exp.Abs(this=divisor.copy()), expression=exp.Literal.number(0))


OPERATIONS = {
    Operator.ADD: _sum,
    Operator.SUBTRACT: _difference,
    Operator.MULTIPLY: _times,
    Operator.DIVIDE: _quotient,
}
