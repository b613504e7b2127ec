"""Scorecards: points per part, their weighted mean over what is known, its coverage, and the class it reaches."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from keceng.classify.easing import WHOLE, Easing, eased_name
from keceng.classify.ranking import (
    Ranking,
    named,
    number_of,
    part_ranking_id,
    rank_query,
    ranking_for,
    ranking_steps,
)
from keceng.lake import Step, column, literal, sql
from keceng.measure import Measure, rounded_quotient
from keceng.standard import (
    Dimension,
    Part,
    PercentileOf,
    PointBands,
    Scorecard,
    ScoreMeasure,
    condition_sql,
)
from keceng.vocabulary import Text

_FULL = 1_000_000
"""100 points in stored parts."""


def scorecard_steps(
    dimension: Dimension, source: str, scope: Mapping[str, Measure], easing: Easing
) -> list[Step]:
    """The steps from the parts' points to `with_<id>`; publishes score, coverage, rank and, with cuts, the class."""
    method = dimension.method
    assert isinstance(method, Scorecard)  # noqa: S101  the caller matched it
    steps: list[Step] = []
    for part in method.parts:
        if isinstance(part.source, PercentileOf):
            number = number_of(scope[part.source.measure])
            steps += ranking_steps(_part_ranking(dimension, part, source, number))
    score = column(f"{dimension.id}_score")
    steps += [
        Step(
            f"points_{dimension.id}",
            _points(dimension, method, source),
            Text("各部分得分", "points of the parts"),
        ),
        Step(f"scored_{dimension.id}", _scored(dimension, method), Text("综合得分", "score")),
        *ranking_steps(ranking_for(dimension, f"scored_{dimension.id}", score)),
    ]
    query = rank_query(
        dimension, f"scored_{dimension.id}", _classes(dimension, method, score, easing), cuts_from=False
    )
    return [*steps, Step(f"with_{dimension.id}", query, dimension.title)]


def _part_ranking(dimension: Dimension, part: Part, source: str, number: exp.Expr) -> Ranking:
    return Ranking(
        id=part_ranking_id(dimension, part),
        source=source,
        number=number,
        among=condition_sql(dimension.among) if dimension.among else None,
        within=dimension.within,
        min_group=dimension.min_group,
    )


def _points(dimension: Dimension, method: Scorecard, source: str) -> exp.Expr:
    query = exp.select("judged.*").from_(exp.to_table(source, alias="judged"))
    for part in method.parts:
        points, name = _part_points(part), f"{dimension.id}__{part.id}"
        query = query.select(exp.alias_(points, name, quoted=True))
        if isinstance(part.source, PercentileOf):
            own, ranks = f"own_{part.id}", f"ranks_{part.id}"
            query = query.join(
                exp.to_table(f"groups_{dimension.id}_{part.id}", alias=own),
                on=f"{own}.customer_key = judged.customer_key",
                join_type="left",
            ).join(
                exp.to_table(f"ranks_{dimension.id}_{part.id}", alias=ranks),
                on=f"{ranks}.peer_group = {own}.peer_group and {ranks}.number = {own}.number",
                join_type="left",
            )
    return query


def _part_points(part: Part) -> exp.Expr:
    match part.source:
        case ScoreMeasure(measure=measure):
            return column(measure, "judged")
        case PercentileOf():
            # Mid-rank percentile: (worse + equal / 2) / n, where worse + equal = compared - better.
            ranks = f"ranks_{part.id}"
            worse_twice = sql(
                "2 * (:compared - :upto) + :tied",
                compared=column("compared", ranks),
                upto=column("upto", ranks),
                tied=column("tied", ranks),
            )
            return rounded_quotient(
                exp.Mul(this=literal(_FULL), expression=exp.Paren(this=worse_twice)),
                exp.Paren(this=exp.Mul(this=literal(2), expression=column("compared", ranks))),
            )
        case PointBands(measure=measure, bands=bands):
            known = column(measure, "judged")
            case = exp.Case().when(sql(":m is null", m=known), exp.null(), copy=False)
            for lowest, points in bands:
                case = case.when(
                    exp.GTE(this=known.copy(), expression=literal(lowest)), literal(points), copy=False
                )
            return case.else_(literal(0), copy=False)


def _scored(dimension: Dimension, method: Scorecard) -> exp.Expr:
    total = sum(part.weight for part in method.parts)
    known_weight: exp.Expr = sql("cast(0 as hugeint)")
    weighted: exp.Expr = sql("cast(0 as hugeint)")
    for part in method.parts:
        points = column(f"{dimension.id}__{part.id}")
        known_weight = sql(
            ":sum + case when :p is not null then :w else 0 end", sum=known_weight, p=points, w=part.weight
        )
        weighted = sql(":sum + cast(coalesce(:p, 0) as hugeint) * :w", sum=weighted, p=points, w=part.weight)
    compared = exp.Paren(this=condition_sql(dimension.among)) if dimension.among else exp.true()
    return sql(
        """
        with summed as (select *, :known_weight as known_weight__, :weighted as weighted__ from :points)
        select * exclude (known_weight__, weighted__),
          case when not is_judged then null when not :compared then 0 else :score end as :score_name,
          case when is_judged then cast(10000 * known_weight__ // :total as bigint) end as :coverage_name
        from summed
        """,
        known_weight=known_weight,
        weighted=weighted,
        points=exp.to_table(f"points_{dimension.id}"),
        compared=compared,
        score=rounded_quotient(column("weighted__"), column("known_weight__")),
        total=total,
        score_name=exp.to_identifier(f"{dimension.id}_score", quoted=True),
        coverage_name=exp.to_identifier(f"{dimension.id}__coverage", quoted=True),
    )


def _classes(dimension: Dimension, method: Scorecard, score: exp.Expr, easing: Easing) -> list[exp.Expr]:
    if not dimension.classes:
        return []
    cuts = [
        exp.alias_(literal(cut), f"{dimension.id}__cut_{class_id}", quoted=True)
        for class_id, cut in zip(dimension.class_ids, method.cuts, strict=True)
        if cut is not None
    ]
    classes = [named(dimension.id, _class_by_score(dimension, method, score, 0))]
    if easing.applies_to(dimension):
        eased = _class_by_score(dimension, method, score, easing.margin)
        classes.append(named(eased_name(dimension.id), eased))
    return [*classes, *cuts]


def _class_by_score(dimension: Dimension, method: Scorecard, score: exp.Expr, margin: int) -> exp.Expr:
    case = exp.Case().when(sql(":s is null", s=score), exp.null(), copy=False)
    for class_id, cut in zip(dimension.class_ids, method.cuts, strict=True):
        if cut is None:
            return case.else_(literal(class_id), copy=False)
        lowest = WHOLE * cut - margin * abs(cut)
        case = case.when(
            sql(":whole * :s >= :lowest", whole=WHOLE, s=score, lowest=lowest), literal(class_id), copy=False
        )
    return case
