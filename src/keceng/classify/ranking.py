"""Where each compared customer stands: peer groups, the distribution of a number, and the cuts resolved from it.

A ranking is made once per distinct number, not per customer, so ties are equal by construction. Numbers are turned so
that greater is better before they are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from keceng.classify.rank_pass import rank_kernel
from keceng.lake import Step, column, sql
from keceng.measure import Measure
from keceng.standard import (
    Bands,
    CumulativeShare,
    Dimension,
    Part,
    PercentileOf,
    Quantiles,
    Scorecard,
    SmallData,
    Standard,
    TiePolicy,
    condition_sql,
)
from keceng.vocabulary import Direction, Kind, Text

FEW, SOME = 30, 100
"""Below FEW compared customers a dimension has two classes by rank, below SOME it has terciles (MEANINGS 20)."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What is ranked and among whom.

    Attributes:
        id: names the steps `groups_<id>` and `ranks_<id>`.
        source: the step with one row per customer that holds `number`, `is_judged` and what `among` and `within` need.
        number: greater is better; NULL is not compared.
        among: who is compared; None is everyone judged.
        within: the column that holds the group; None is one group.
        min_group: groups below it are pooled.
    """

    id: str
    source: str
    number: exp.Expr
    among: exp.Expr | None
    within: str | None
    min_group: int


def ranking_steps(ranking: Ranking) -> list[Step]:
    """`groups_<id>` (customer_key, number, peer_group of the compared) and `ranks_<id>` (one row per group and number)."""
    return [
        Step(f"groups_{ranking.id}", _groups(ranking), Text("参评客户与可比组", "who is compared with whom")),
        Step(
            f"ranks_{ranking.id}",
            _ranks(ranking),
            Text("名次与累计", "ranks and running totals"),
            kernel=rank_kernel(ranking.id),
        ),
    ]


def _compared(ranking: Ranking) -> exp.Expr:
    return sql(
        """
        select customer_key, :number as number, :own_group as own_group
        from :source where is_judged and :among and :number is not null
        """,
        number=ranking.number,
        own_group=sql("coalesce(:own, 'unspecified')", own=column(ranking.within))
        if ranking.within
        else exp.Literal.string("all"),
        source=exp.to_table(ranking.source),
        among=exp.Paren(this=ranking.among) if ranking.among else exp.true(),
    )


def _groups(ranking: Ranking) -> exp.Expr:
    if ranking.within is None:
        return sql(
            "select customer_key, number, own_group as peer_group from :compared as compared",
            compared=exp.Subquery(this=_compared(ranking)),
        )
    return sql(
        """
        with compared as (select * from :compared as c),
        sizes as (select own_group, count(*) as members from compared group by own_group),
        pool as (select coalesce(sum(members) filter (where members < :enough), 0) as pooled from sizes)
        select customer_key, number, case
            when members >= :enough then own_group when pooled >= :enough then 'other_roles' else 'company'
          end as peer_group
        from compared join sizes using (own_group) cross join pool
        """,
        compared=exp.Subquery(this=_compared(ranking)),
        enough=ranking.min_group,
    )


def _ranks(ranking: Ranking) -> exp.Expr:
    # Whoever has too few peers is measured against the whole company, whatever groups the others form.
    return sql(
        """
        with members as (
          select peer_group, number from :groups where peer_group <> 'company'
          union all
          select 'company', number from :groups where (select count(*) from :groups where peer_group = 'company') > 0
        ),
        ties as (
          select peer_group, number, count(*) as tied from members group by peer_group, number
        ),
        running as (
          select *,
            sum(tied) over (partition by peer_group order by number desc
              rows between unbounded preceding and current row) as upto,
            sum(tied) over (partition by peer_group) as compared,
            sum(greatest(number, 0) * tied) over (partition by peer_group order by number desc
              rows between unbounded preceding and current row) as sum_upto,
            sum(greatest(number, 0) * tied) over (partition by peer_group) as total
          from ties
        )
        select peer_group, number, cast(tied as bigint) as tied, cast(upto as bigint) as upto,
          cast(upto - tied as bigint) as better, cast(compared as bigint) as compared,
          sum_upto, sum_upto - greatest(number, 0) * tied as sum_before, total
        from running
        """,
        groups=exp.to_table(f"groups_{ranking.id}"),
    )


def cut_step(dimension: Dimension) -> Step:
    """`cuts_<id>`: per peer group, how many are compared and the lowest number of each class but the last."""
    if dimension.frozen:
        return Step(f"cuts_{dimension.id}", _frozen_cuts(dimension), Text("冻结的分档线", "frozen cuts"))
    lowest = [
        exp.alias_(sql("min(number) filter (where place <= :k)", k=k), f"cut_{k}")
        for k in range(len(dimension.classes) - 1)
    ]
    placed = sql(
        "select *, :place as place from :ranks",
        place=_place(dimension),
        ranks=exp.to_table(f"ranks_{dimension.id}"),
    )
    query = (
        exp.select("peer_group", "max(compared) as compared", *lowest)
        .from_(exp.Subquery(this=placed, alias="placed"))
        .group_by("peer_group")
    )
    return Step(f"cuts_{dimension.id}", query, Text("分档线", "cuts"))


def _frozen_cuts(dimension: Dimension) -> exp.Expr:
    frozen = dict(dimension.frozen)
    cuts = []
    for k, class_id in enumerate(dimension.class_ids[:-1]):
        cut = frozen.get(class_id)
        literal = exp.null() if cut is None else exp.Literal.number(str(cut))
        cuts.append(exp.alias_(exp.cast(literal, "bigint"), f"cut_{k}"))
    return (
        exp.select("peer_group", "max(compared) as compared", *cuts)
        .from_(f"ranks_{dimension.id}")
        .group_by("peer_group")
    )


def _place(dimension: Dimension) -> exp.Expr:
    # The position of the class that a number reaches: 0 is best, the last position needs no test.
    usual = _ladder(_reached(dimension))
    last = len(dimension.classes) - 1
    if dimension.small_data is SmallData.OFF or last == 0:
        return usual
    few = _ladder([sql("2 * better < compared"), *[exp.true()] * (last > 1)])
    thirds = _ladder([sql("3 * better < compared"), sql("3 * better < 2 * compared")][:last])
    positive = sql("number > 0") if isinstance(dimension.method, CumulativeShare) else exp.true()
    return sql(
        """
        case when not :positive and compared < :some then :last
          when compared < :few_customers then :few when compared < :some and :last >= 2 then :thirds else :usual end
        """,
        positive=exp.Paren(this=positive),
        few_customers=FEW,
        some=SOME,
        few=few,
        thirds=thirds,
        usual=usual,
        last=last,
    )


def _ladder(tests: Sequence[exp.Expr]) -> exp.Expr:
    case = exp.Case()
    for position, test in enumerate(tests):
        case = case.when(test, exp.Literal.number(position), copy=False)
    return case.else_(exp.Literal.number(len(tests)), copy=False)


def _reached(dimension: Dimension) -> list[exp.Expr]:
    method = dimension.method
    down = dimension.tie_policy is TiePolicy.DOWN
    match method:
        case Quantiles(to=to):
            test = "10000 * upto <= :to * compared" if down else "10000 * better < :to * compared"
            return [sql(test, to=share) for share in to[:-1]]
        case CumulativeShare(to=to, max_share=caps):
            share = "sum_upto - number" if down else "sum_before"
            tests = [
                sql(
                    f"number > 0 and 10000 * cast({share} as hugeint) < :to * cast(total as hugeint)",
                    to=limit,
                )
                for limit in to[:-1]
            ]
            return [_capped(test, cap) for test, cap in zip(tests, caps, strict=False)]
    raise TypeError(f"{dimension.id} resolves no cuts")


def _capped(test: exp.Expr, cap: int | None) -> exp.Expr:
    # A tie group that crosses the cap goes down, whatever the tie policy (MEANINGS 15).
    if cap is None:
        return test
    return exp.and_(test, sql("upto <= (:cap * compared) // 10000", cap=cap))


def number_of(measure: Measure) -> exp.Expr:
    """The measure as a number of which more is better."""
    name = column(measure.name)
    number = sql("cast(:d as date) - date '1970-01-01'", d=name) if measure.kind is Kind.DATE else name
    return exp.Neg(this=number) if measure.direction is Direction.LOWER else number


def ranking_for(dimension: Dimension, source: str, number: exp.Expr) -> Ranking:
    """The ranking of the dimension's own number among those it compares."""
    return Ranking(
        id=dimension.id,
        source=source,
        number=number,
        among=condition_sql(dimension.among) if dimension.among else None,
        within=dimension.within,
        min_group=dimension.min_group,
    )


def rank_query(dimension: Dimension, source: str, columns: list[exp.Expr], *, cuts_from: bool) -> exp.Expr:
    """`source` joined with its groups, ranks and cuts, and what a ranked dimension publishes beside its class."""
    published = [
        named(f"{dimension.id}_rank", column("upto", "ranks")),
        named(f"{dimension.id}_compared", column("compared", "ranks")),
        named(f"{dimension.id}__group", column("peer_group", "own")),
    ]
    if isinstance(dimension.method, CumulativeShare):
        published += _share_columns(dimension)
    query = (
        exp.select("judged.*", *columns, *published)
        .from_(exp.to_table(source, alias="judged"))
        .join(exp.to_table(f"groups_{dimension.id}", alias="own"), using=["customer_key"], join_type="left")
        .join(
            exp.to_table(f"ranks_{dimension.id}", alias="ranks"),
            on="ranks.peer_group = own.peer_group and ranks.number = own.number",
            join_type="left",
        )
    )
    if cuts_from:
        query = query.join(
            exp.to_table(f"cuts_{dimension.id}", alias="cuts"),
            on="cuts.peer_group = own.peer_group",
            join_type="left",
        )
    return query


def _share_columns(dimension: Dimension) -> list[exp.Expr]:
    share = next(m for m in dimension.published if m.name == f"{dimension.id}_share")
    assert share.exact is not None  # noqa: S101  a share is a quotient
    numerator = sql("10000 * cast(ranks.sum_before as hugeint)")
    whole = sql("cast(:n // nullif(ranks.total, 0) as bigint)", n=exp.Paren(this=numerator))
    return [
        named(share.exact[0], numerator),
        named(share.exact[1], sql("nullif(ranks.total, 0)")),
        named(share.name, whole),
    ]


def named(name: str, node: exp.Expr) -> exp.Expr:
    """`node` as a column called `name`."""
    return exp.alias_(node, name, quoted=True)


def ranking_ids(standard: Standard) -> list[str]:
    """The rankings that a plan of `standard` makes: each names its steps `groups_<id>` and `ranks_<id>`."""
    found = []
    for dimension in (*standard.dimensions, standard.grade):
        match dimension.method:
            case Bands() | Quantiles() | CumulativeShare():
                found.append(dimension.id)
            case Scorecard(parts=parts):
                found += [part_ranking_id(dimension, p) for p in parts if isinstance(p.source, PercentileOf)]
                found.append(dimension.id)
    return found


def part_ranking_id(dimension: Dimension, part: Part) -> str:
    """The ranking of a scorecard's percentile part."""
    return f"{dimension.id}_{part.id}"
