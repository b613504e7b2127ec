"""Who is judged: everyone else stays in the result with the reason, never dropped."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from keceng.lake import Step, column, literal, sql
from keceng.standard import Standard, condition_sql
from keceng.vocabulary import Text

ALWAYS = ("tenure_days", "history_days", "spend")
"""Measures that every result carries, whatever the standard names."""

NOT_INCLUDED = "not_included"


def population_step(standard: Standard, also: Sequence[str] = ()) -> Step:
    """`population`: the columns that the standard needs and `also`, `excluded_as` (NULL when judged) and `is_judged`."""
    excluded = _excluded_as(standard)
    query = exp.select(
        *[column(name) for name in dict.fromkeys([*needed_columns(standard), *also])],
        exp.alias_(excluded, "excluded_as"),
        exp.alias_(exp.Is(this=exp.Paren(this=excluded.copy()), expression=exp.null()), "is_judged"),
    ).from_("measured")
    return Step("population", query, Text("参评范围", "who is judged"))


def needed_columns(standard: Standard) -> list[str]:
    """The columns of `measured` that `standard` reads, the key first."""
    needed: dict[str, None] = dict.fromkeys(["customer_key", *ALWAYS])
    for measure in standard.inputs:
        needed.update(dict.fromkeys([measure.name, *(measure.exact or ())]))
    return list(needed)


def _excluded_as(standard: Standard) -> exp.Expr:
    # An exclusion that is unknown does not exclude; an inclusion that is unknown goes on and ends as insufficient data.
    case = exp.Case()
    include = standard.population.include
    if include is not None:
        case = case.when(
            exp.Not(this=exp.Paren(this=condition_sql(include))), literal(NOT_INCLUDED), copy=False
        )
    for exclusion in standard.population.exclude:
        case = case.when(condition_sql(exclusion.when), literal(exclusion.id), copy=False)
    return exp.cast(case if case.args.get("ifs") else exp.null(), "varchar")


HEADS = "heads_counted"
UNDECIDED_HEADS = "undecided_heads"
"""The step that counts whom exclusions could not decide."""


def undecided_steps(standard: Standard) -> list[Step]:
    """`undecided_heads`: per exclusion whether it could not decide, of the judged, and how many; none without exclusions."""
    unknown = {
        e.id: exp.Is(this=exp.Paren(this=condition_sql(e.when)), expression=exp.null())
        for e in standard.population.exclude
    }
    if not unknown:
        return []
    title = Text("无法判断是否排除的人数", "heads that no exclusion could decide")
    named = [exp.alias_(is_unknown, id_, quoted=True) for id_, is_unknown in unknown.items()]
    rows = exp.select(*named).from_("population").where("is_judged")
    by = [column(id_) for id_ in unknown]
    heads = exp.select(*by, exp.alias_(sql("count(*)"), HEADS)).from_("undecided").group_by(*by)
    return [Step("undecided", rows, title, in_place=True), Step(UNDECIDED_HEADS, heads, title)]
