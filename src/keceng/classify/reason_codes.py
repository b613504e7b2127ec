"""The code of a reason: which comparison of which rule decided, and what kept or overruled it.

It is short and closed per standard: `A#0.1` is A by comparisons 0 and 1 of its rule, `B/A#2` is B because comparison 2 of
A's rule is not met, `?/A#0` is unknown because comparison 0 of A's rule is, `A=margin:B/A#2` is A kept although the rules
say `B/A#2`, `A!B/A#2` is A by a person's decision.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from keceng.lake import Step, column, literal, sql
from keceng.standard import (
    Condition,
    Rules,
    Standard,
    blocking_leaf_sql,
    condition_sql,
    supporting_leaves_sql,
)
from keceng.vocabulary import Text

_DECIDED, _KEPT = "!", "="


@dataclass(frozen=True, slots=True)
class CodeParts:
    """A reason code taken apart.

    Attributes:
        by_rules: what the rules alone say.
        grade: the class that stands instead; None where the rules' own does.
        kept_by: `margin`, `demote_after` or `min_stay`; None where a person decided.
    """

    by_rules: str
    grade: str | None = None
    kept_by: str | None = None


def split_code(code: str) -> CodeParts:
    """The parts of a stored reason code."""
    head, overruled, by_rules = code.partition(_DECIDED)
    if overruled:
        return CodeParts(by_rules, head)
    head, kept, rest = code.partition(_KEPT)
    if kept:
        kept_by, _, by_rules = rest.partition(":")
        return CodeParts(by_rules, head, kept_by)
    return CodeParts(code)


def code_step(standard: Standard, source: str) -> Step:
    """`coded`: `source` with `reason_code`."""
    return Step(
        "coded",
        exp.select("*", exp.alias_(_code(standard), "reason_code")).from_(exp.to_table(source)),
        Text("理由代码", "reason codes"),
    )


def _code(standard: Standard) -> exp.Expr:
    # What the rules say comes last, after what kept the customer from it or overruled it.
    return sql(
        """
        case when decision_id is not null then concat(grade, :decided, :ruled)
          when kept_by is not null then concat(grade, :kept, kept_by, ':', :ruled) else :ruled end
        """,
        ruled=_ruled_code(standard),
        decided=_DECIDED,
        kept=_KEPT,
    )


def _ruled_code(standard: Standard) -> exp.Expr:
    grade = standard.grade
    case = exp.Case()
    for exclusion in standard.population.exclude:
        case = case.when(_is("excluded_as", exclusion.id), literal(exclusion.id), copy=False)
    case = case.when(_is("excluded_as", "not_included"), literal("not_included"), copy=False)
    if not isinstance(grade.method, Rules):
        return case.when(sql("grade_by_rules is null"), literal("unknown"), copy=False).else_(
            column("grade_by_rules"), copy=False
        )
    case = case.when(sql("grade_by_rules is null"), _unknown_code(grade.method), copy=False)
    above: Condition | None = None
    above_id = ""
    for rule in grade.method.rules:
        if above is not None:
            blocking = sql(
                "concat(:prefix, cast(:leaf as varchar))",
                prefix=f"{rule.class_id}/{above_id}#",
                leaf=blocking_leaf_sql(above),
            )
            case = case.when(_is("grade_by_rules", rule.class_id), blocking, copy=False)
        elif rule.when is not None:
            supporting = sql(
                "concat(:prefix, replace(:leaves, ',', '.'))",
                prefix=f"{rule.class_id}#",
                leaves=supporting_leaves_sql(rule.when),
            )
            case = case.when(_is("grade_by_rules", rule.class_id), supporting, copy=False)
        if rule.when is not None:
            above, above_id = rule.when, rule.class_id
    return case.else_(column("grade_by_rules"), copy=False)


def _unknown_code(method: Rules) -> exp.Expr:
    # The first rule that is neither met nor refused is the one whose missing measure decides.
    case = exp.Case()
    for rule in method.rules:
        if rule.when is not None and not rule.unknown_is_not_met:
            code = sql(
                "concat(:prefix, cast(:leaf as varchar))",
                prefix=f"?/{rule.class_id}#",
                leaf=blocking_leaf_sql(rule.when),
            )
            case = case.when(_is_unknown(rule.when), code, copy=False)
    return case.else_(literal("unknown"), copy=False)


def _is_unknown(condition: Condition) -> exp.Expr:
    return exp.Is(this=exp.Paren(this=condition_sql(condition)), expression=exp.null())


def _is(name: str, code: str) -> exp.Expr:
    return column(name).eq(literal(code))
