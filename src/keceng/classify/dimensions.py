"""One dimension after another laid on the measured table; each step adds the columns that the dimension publishes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from sqlglot import exp

from keceng.classify.easing import WHOLE, Easing, eased_column, eased_cut, eased_name, held_rule_sql
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
    Rule,
    Rules,
    Scorecard,
    Use,
    condition_sql,
)
from keceng.vocabulary import Direction

Scope = Mapping[str, Measure]
NOT_EASED = Easing()


def dimension_steps(
    dimension: Dimension, source: str, scope: Scope, easing: Easing = NOT_EASED
) -> list[Step]:
    """The steps that end with `with_<id>`: all columns of `source` and those that the dimension publishes.

    Where `easing` applies to it, `<id>__eased` is published too: the class under easier cuts.
    """
    match dimension.method:
        case Use(measure=measure):
            return [_final(dimension, source, [named(dimension.id, column(measure))])]
        case Rules():
            return [_final(dimension, source, _ruled(dimension, scope, easing))]
        case Matrix():
            return [_final(dimension, source, _crossed(dimension, easing))]
        case Bands(measure=measure):
            return _bands_steps(dimension, source, scope[measure], easing)
        case Quantiles(measure=measure) | CumulativeShare(measure=measure):
            return _ranked_steps(dimension, source, scope[measure], easing)
        case Scorecard():
            return scorecard_steps(dimension, source, scope, easing)


def _final(dimension: Dimension, source: str, columns: list[exp.Expr]) -> Step:
    query = exp.select("*", *columns).from_(exp.to_table(source))
    return Step(f"with_{dimension.id}", query, dimension.title)


def _judged(node: exp.Expr) -> exp.Expr:
    return sql("case when is_judged then :node end", node=node)


def _ruled(dimension: Dimension, scope: Scope, easing: Easing) -> list[exp.Expr]:
    columns = [named(dimension.id, _judged(_ladder(dimension, _admits)))]
    if easing.applies_to(dimension):
        held = _ladder(dimension, lambda rule: held_rule_sql(rule, easing, scope))
        columns.append(named(eased_name(dimension.id), _judged(held)))
    return columns


def _admits(rule: Rule) -> exp.Expr | None:
    return None if rule.when is None else condition_sql(rule.when)


def _ladder(dimension: Dimension, test: Callable[[Rule], exp.Expr | None]) -> exp.Expr:
    # An unknown rule stops the ladder: nobody falls through to a lower class because a number is missing.
    assert isinstance(dimension.method, Rules)  # noqa: S101  the caller matched it
    case = exp.Case()
    for rule in dimension.method.rules:
        condition = test(rule)
        if condition is None:
            return case.else_(literal(rule.class_id), copy=False)
        case = case.when(condition.copy(), literal(rule.class_id), copy=False)
        if not rule.unknown_is_not_met:
            case = case.when(exp.Is(this=exp.Paren(this=condition.copy()), expression=exp.null()), exp.null())
    return case


def _crossed(dimension: Dimension, easing: Easing) -> list[exp.Expr]:
    columns = [named(dimension.id, _judged(_matrix(dimension, Easing())))]
    if easing.applies_to(dimension):
        columns.append(named(eased_name(dimension.id), _judged(_matrix(dimension, easing))))
    return columns


def _matrix(dimension: Dimension, easing: Easing) -> exp.Expr:
    assert isinstance(dimension.method, Matrix)  # noqa: S101  the caller matched it
    rows, columns = (eased_column(i, easing) for i in (dimension.method.rows, dimension.method.columns))
    case = exp.Case()
    for row, across, class_id in dimension.method.cells:
        test = exp.and_(rows.eq(literal(row)), columns.eq(literal(across)))
        case = case.when(test, literal(class_id), copy=False)
    return case


def _bands_steps(dimension: Dimension, source: str, measure: Measure, easing: Easing) -> list[Step]:
    assert isinstance(dimension.method, Bands)  # noqa: S101  the caller matched it
    columns = [named(dimension.id, _judged(_banded(dimension, measure, 0)))]
    if easing.applies_to(dimension):
        columns.append(named(eased_name(dimension.id), _judged(_banded(dimension, measure, easing.margin))))
    ranking = ranking_for(dimension, source, number_of(measure))
    cuts = [
        named(f"{dimension.id}__cut_{class_id}", _stored_cut(cut))
        for class_id, cut in zip(dimension.class_ids, dimension.method.cuts, strict=True)
        if cut is not None
    ]
    return [
        *ranking_steps(ranking),
        _with_ranks(dimension, source, [*columns, *cuts], cuts_from=False),
    ]


def _banded(dimension: Dimension, measure: Measure, margin: int) -> exp.Expr:
    assert isinstance(dimension.method, Bands)  # noqa: S101  the caller matched it
    case = exp.Case().when(sql(":m is null", m=column(measure.name)), exp.null(), copy=False)
    for class_id, cut in zip(dimension.class_ids, dimension.method.cuts, strict=True):
        if cut is None:
            return case.else_(literal(class_id), copy=False)
        case = case.when(
            _reaches(measure, dimension.method.bound, cut, margin), literal(class_id), copy=False
        )
    return case


def _reaches(measure: Measure, bound: Bound, cut: int | dt.date, margin: int) -> exp.Expr:
    test = exp.GTE if bound is Bound.FROM else exp.LTE
    if isinstance(cut, dt.date) or (measure.exact is None and margin == 0):
        return test(this=column(measure.name), expression=literal(cut))
    # A quotient is compared by its parts, so a number that only rounds to the cut does not reach it.
    exact = measure.exact
    numerator = sql("cast(:x as hugeint)", x=column(exact[0] if exact else measure.name))
    denominator: exp.Expr = sql("cast(:x as hugeint)", x=column(exact[1])) if exact else literal(1)
    eased = WHOLE * cut + (-1 if bound is Bound.FROM else 1) * margin * abs(cut)
    return test(
        this=exp.Mul(this=literal(WHOLE), expression=numerator),
        expression=exp.Mul(this=literal(eased), expression=denominator),
    )


def _stored_cut(cut: int | dt.date) -> exp.Expr:
    return sql("cast(:c as date) - date '1970-01-01'", c=cut) if isinstance(cut, dt.date) else literal(cut)


def _ranked_steps(dimension: Dimension, source: str, measure: Measure, easing: Easing) -> list[Step]:
    number = number_of(measure)
    known = column(measure.name)
    columns = [named(dimension.id, _class_by_cuts(dimension, known, 0)), *_applied_cuts(dimension, measure)]
    if easing.applies_to(dimension):
        columns.append(named(eased_name(dimension.id), _class_by_cuts(dimension, known, easing.margin)))
    return [
        *ranking_steps(ranking_for(dimension, source, number)),
        cut_step(dimension),
        _with_ranks(dimension, source, columns, cuts_from=True),
    ]


def _with_ranks(dimension: Dimension, source: str, columns: list[exp.Expr], *, cuts_from: bool) -> Step:
    return Step(
        f"with_{dimension.id}",
        rank_query(dimension, source, columns, cuts_from=cuts_from),
        dimension.title,
    )


def _class_by_cuts(dimension: Dimension, known: exp.Expr, margin: int) -> exp.Expr:
    # Whoever is judged but not among the compared gets the last class; an unknown number gives an unknown class.
    case = exp.Case()
    case = case.when(sql("not is_judged or :known is null", known=known), exp.null(), copy=False)
    case = case.when(sql("own.number is null"), literal(dimension.class_ids[-1]), copy=False)
    for k, class_id in enumerate(dimension.class_ids[:-1]):
        cut = column(f"cut_{k}", "cuts")
        reached = sql("own.number >= :cut", cut=cut)
        if margin:
            reached = sql(
                ":whole * cast(own.number as hugeint) >= :cut", whole=WHOLE, cut=eased_cut(cut, margin)
            )
        case = case.when(reached, literal(class_id), copy=False)
    return case.else_(literal(dimension.class_ids[-1]), copy=False)


def _applied_cuts(dimension: Dimension, measure: Measure) -> list[exp.Expr]:
    # In stored parts of the measure, as a person reads it: turned back where less is better.
    turned = measure.direction is Direction.LOWER
    cuts = [column(f"cut_{k}", "cuts") for k in range(len(dimension.class_ids) - 1)]
    return [
        named(f"{dimension.id}__cut_{class_id}", exp.Neg(this=cut) if turned else cut)
        for class_id, cut in zip(dimension.class_ids, cuts, strict=False)
    ]
