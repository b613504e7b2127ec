"""One dimension after another laid on the measured table; each step adds the columns that the dimension publishes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlglot import exp

from keceng.classify.ranking import (
    cut_step,
    named,
    number_of,
    rank_query,
    ranking_for,
    ranking_steps,
)
from keceng.classify.scorecards import scorecard_steps
from keceng.lake import Step, column, literal, sql
from keceng.measure import Measure
from keceng.standard import (
    Bands,
    Bound,
    CumulativeShare,
    Dimension,
    Matrix,
    Quantiles,
    Rules,
    Scorecard,
    Use,
    condition_sql,
)
from keceng.vocabulary import Direction

Scope = Mapping[str, Measure]


def dimension_steps(dimension: Dimension, source: str, scope: Scope) -> list[Step]:
    """The steps that end with `with_<id>`: all columns of `source` and those that the dimension publishes."""
    match dimension.method:
        case Use(measure=measure):
            return [_final(dimension, source, [named(dimension.id, column(measure))])]
        case Rules():
            return [_final(dimension, source, [named(dimension.id, _judged(_ladder(dimension)))])]
        case Matrix():
            return [_final(dimension, source, [named(dimension.id, _judged(_matrix(dimension)))])]
        case Bands(measure=measure):
            return _bands_steps(dimension, source, scope[measure])
        case Quantiles(measure=measure) | CumulativeShare(measure=measure):
            return _ranked_steps(dimension, source, scope[measure])
        case Scorecard():
            return scorecard_steps(dimension, source, scope)


def _final(dimension: Dimension, source: str, columns: list[exp.Expr]) -> Step:
    query = exp.select("*", *columns).from_(exp.to_table(source))
    return Step(f"with_{dimension.id}", query, dimension.title)


def _judged(node: exp.Expr) -> exp.Expr:
    return sql("case when is_judged then :node end", node=node)


def _ladder(dimension: Dimension) -> exp.Expr:
    # An unknown rule stops the ladder: nobody falls through to a lower class because a number is missing.
    assert isinstance(dimension.method, Rules)  # noqa: S101  the caller matched it
    case = exp.Case()
    for rule in dimension.method.rules:
        if rule.when is None:
            return case.else_(literal(rule.class_id), copy=False)
        condition = condition_sql(rule.when)
        case = case.when(condition, literal(rule.class_id), copy=False)
        if not rule.unknown_is_not_met:
            case = case.when(exp.Is(this=exp.Paren(this=condition.copy()), expression=exp.null()), exp.null())
    return case


def _matrix(dimension: Dimension) -> exp.Expr:
    assert isinstance(dimension.method, Matrix)  # noqa: S101  the caller matched it
    case = exp.Case()
    for row, across, class_id in dimension.method.cells:
        test = exp.and_(
            column(dimension.method.rows).eq(literal(row)),
            column(dimension.method.columns).eq(literal(across)),
        )
        case = case.when(test, literal(class_id), copy=False)
    return case


def _bands_steps(dimension: Dimension, source: str, measure: Measure) -> list[Step]:
    assert isinstance(dimension.method, Bands)  # noqa: S101  the caller matched it
    case = exp.Case().when(sql(":m is null", m=column(measure.name)), exp.null(), copy=False)
    for class_id, cut in zip(dimension.class_ids, dimension.method.cuts, strict=True):
        if cut is None:
            case = case.else_(literal(class_id), copy=False)
            continue
        case = case.when(_reaches(measure, dimension.method.bound, cut), literal(class_id), copy=False)
    ranking = ranking_for(dimension, source, number_of(measure))
    cuts = [
        named(f"{dimension.id}__cut_{class_id}", _stored_cut(cut))
        for class_id, cut in zip(dimension.class_ids, dimension.method.cuts, strict=True)
        if cut is not None
    ]
    return [
        *ranking_steps(ranking),
        _with_ranks(dimension, source, [named(dimension.id, _judged(case)), *cuts], cuts_from=False),
    ]


def _reaches(measure: Measure, bound: Bound, cut: int | dt.date) -> exp.Expr:
    test = exp.GTE if bound is Bound.FROM else exp.LTE
    if measure.exact is None:
        return test(this=column(measure.name), expression=literal(cut))
    # A quotient is compared by its parts, so a number that only rounds to the cut does not reach it.
    numerator, denominator = (sql("cast(:x as hugeint)", x=column(part)) for part in measure.exact)
    return test(this=numerator, expression=exp.Mul(this=literal(cut), expression=denominator))


def _stored_cut(cut: int | dt.date) -> exp.Expr:
    return sql("cast(:c as date) - date '1970-01-01'", c=cut) if isinstance(cut, dt.date) else literal(cut)


def _ranked_steps(dimension: Dimension, source: str, measure: Measure) -> list[Step]:
    number = number_of(measure)
    return [
        *ranking_steps(ranking_for(dimension, source, number)),
        cut_step(dimension),
        _with_ranks(
            dimension, source, _class_by_cuts(dimension, column(measure.name), measure), cuts_from=True
        ),
    ]


def _with_ranks(dimension: Dimension, source: str, columns: list[exp.Expr], *, cuts_from: bool) -> Step:
    return Step(
        f"with_{dimension.id}",
        rank_query(dimension, source, columns, cuts_from=cuts_from),
        dimension.title,
    )


def _class_by_cuts(dimension: Dimension, known: exp.Expr, measure: Measure | None = None) -> list[exp.Expr]:
    """The class of each judged customer from `groups_`/`cuts_`, and the cuts that applied to it, in stored parts.

    Whoever is judged but not among the compared gets the last class; an unknown number gives an unknown class.
    """
    case = exp.Case()
    case = case.when(sql("not is_judged or :known is null", known=known), exp.null(), copy=False)
    case = case.when(sql("own.number is null"), literal(dimension.class_ids[-1]), copy=False)
    turned = measure is not None and measure.direction is Direction.LOWER
    cuts = []
    for k, class_id in enumerate(dimension.class_ids[:-1]):
        cut = column(f"cut_{k}", "cuts")
        case = case.when(sql("own.number >= :cut", cut=cut), literal(class_id), copy=False)
        cuts.append(named(f"{dimension.id}__cut_{class_id}", exp.Neg(this=cut) if turned else cut))
    case = case.else_(literal(dimension.class_ids[-1]), copy=False)
    return [named(dimension.id, case), *cuts]
