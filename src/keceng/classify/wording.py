"""Numbers as a person reads them, written by the engine: a reason per customer without a loop over customers."""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from keceng.lake import literal, sql
from keceng.measure import Measure
from keceng.vocabulary import Kind, Language, Text

_UNKNOWN = Text("未知", "unknown")


def spoken_number(measure: Measure, stored: exp.Expr, language: Language, currency: str) -> exp.Expr:
    """`stored` parts of `measure` as text: `¥182,400`, `5 天`, `62.5%`, `流失`; 未知 where it is NULL."""
    unit = measure.unit.in_language(language)
    space = " " if unit else ""
    match measure.kind:
        case Kind.MONEY:
            text = _decimal_text(stored, 100, 2, currency)
        case Kind.RATIO if not unit and measure.name.endswith(("share", "rate", "continuity")):
            text = sql("concat(:percent, '%')", percent=_decimal_text(stored, 100, 2))
        case Kind.RATIO | Kind.SCORE:
            text = sql("concat(:n, :unit)", n=_decimal_text(_hundredths(stored), 100, 2), unit=space + unit)
        case Kind.COUNT | Kind.DAYS:
            text = sql("concat(format('{:,}', :n), :unit)", n=stored, unit=space + unit)
        case Kind.DATE:
            text = exp.cast(stored.copy(), "varchar")
        case Kind.FLAG:
            yes, no = ("是", "否") if language == "zh" else ("yes", "no")
            text = sql("case when :f then :yes else :no end", f=stored, yes=yes, no=no)
        case Kind.CATEGORY:
            text = _category_title(measure, stored, language)
    return sql("coalesce(:text, :unknown)", text=text, unknown=_UNKNOWN.in_language(language))


def spoken_cut(
    measure: Measure, cut: exp.Expr | int | str | dt.date | bool, language: Language, currency: str
) -> exp.Expr:
    """A cut in stored parts, as `spoken_number` says numbers."""
    node = cut if isinstance(cut, exp.Expr) else literal(cut)
    return spoken_number(measure, node, language, currency)


def _hundredths(stored: exp.Expr) -> exp.Expr:
    return sql("cast(round(:x / 100.0) as bigint)", x=stored)


def _decimal_text(parts: exp.Expr, scale: int, digits: int, sign: str = "") -> exp.Expr:
    # Whole numbers stand without decimals, others with two: 182,400 and 9,999.99; a loss reads -¥12.50.
    return sql(
        """
        case when :x is null then null else concat(case when :x < 0 then '-' else '' end, :sign,
          format('{:,}', abs(cast(:x as bigint)) // :scale),
          case when abs(cast(:x as bigint)) % :scale = 0 then ''
            else concat('.', lpad(cast(abs(cast(:x as bigint)) % :scale as varchar), :digits, '0')) end) end
        """,
        x=parts,
        sign=sign,
        scale=scale,
        digits=digits,
    )


def _category_title(measure: Measure, stored: exp.Expr, language: Language) -> exp.Expr:
    case = exp.Case(this=stored.copy())
    for code, title in measure.categories:
        case = case.when(literal(code), literal(title.in_language(language)), copy=False)
    return case.else_(stored.copy(), copy=False) if measure.categories else stored.copy()
