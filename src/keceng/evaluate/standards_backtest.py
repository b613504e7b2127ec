"""The back-test of standards: replay each on past days, then see what followed of its classes and how steady they were."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from keceng import measure
from keceng.collect import LEDGER
from keceng.evaluate.backtest import check_horizon
from keceng.evaluate.class_outcomes import (
    Followed,
    class_sizes,
    judge_classes,
    pool_cuts,
    read_followed,
)
from keceng.evaluate.equal_classes import mean_by_equal_classes
from keceng.evaluate.flapping import judge_steadiness, outside_best
from keceng.evaluate.graded import tell_unordered
from keceng.evaluate.replay import UNGRADED, GradedDay, Places, Roster, read_roster, replay_standard
from keceng.evaluate.review_dates import BookSpan, check_cuts, choose_cuts, list_reviews, read_span
from keceng.evaluate.standards_summary import (
    CutResult,
    NaiveRuler,
    StabilityRates,
    StandardResult,
    StandardsBacktest,
)
from keceng.lake import Engine, Snapshot, open_engine
from keceng.standard import Standard
from keceng.vocabulary import KecengError, Place, Text

Watch = Callable[[Text], None]
_TOP = 0.2


def _ignore(_text: Text) -> None:
    return None


@dataclass(frozen=True, slots=True)
class _Plan:
    span: BookSpan
    cuts: tuple[dt.date, ...]
    reviews: tuple[dt.date, ...]
    horizon_days: int


def backtest_standards(
    snapshot: Snapshot,
    standards: Sequence[Standard],
    cuts: int | Sequence[dt.date],
    horizon_days: int,
    *,
    watch: Watch = _ignore,
) -> StandardsBacktest:
    """Judge standards by what followed of their classes, and by how steady they were (MEANINGS 29, 31).

    Args:
        snapshot: the ledger.
        standards: the rulers.
        cuts: the days to judge at, or how many of the last quarter ends.
        horizon_days: the days after a cut whose outcome counts.
        watch: told what is being done.

    Raises:
        KecengError: no standard, an unusable horizon, cuts that the books do not hold, nobody who ever bought, or nobody
            whom a standard grades at a cut.
    """
    if not standards:
        raise KecengError.of(
            "no_standard", "请用 --standard 给出要检验的标准", "give the standards to judge with --standard"
        )
    check_horizon(horizon_days)
    engine = open_engine(snapshot, LEDGER)
    try:
        plan = _plan(engine, cuts, horizon_days)
        roster = read_roster(engine)
        results = {
            name: _judge_standard(engine, standard, roster, plan, watch)
            for name, standard in _named(standards)
        }
    finally:
        engine.close()
    notes = [note for standard in standards for note in tell_unordered(standard)]
    return StandardsBacktest(
        plan.cuts, horizon_days, plan.reviews, results, (*_tell(plan, standards), *notes)
    )


def _plan(engine: Engine, cuts: int | Sequence[dt.date], horizon_days: int) -> _Plan:
    span = read_span(engine)
    if isinstance(cuts, int):
        chosen = choose_cuts(span, cuts, horizon_days)
    else:
        chosen = sorted(set(cuts))
        check_cuts(span, chosen)
    return _Plan(span, tuple(chosen), tuple(list_reviews(span)), horizon_days)


def _named(standards: Sequence[Standard]) -> Iterator[tuple[str, Standard]]:
    # Two revisions of one standard are told apart, and so are two files of one revision.
    ids = Counter(s.id for s in standards)
    seen: Counter[str] = Counter()
    for standard in standards:
        name = standard.id if ids[standard.id] == 1 else f"{standard.id}@{standard.revision}"
        seen[name] += 1
        yield (name if seen[name] == 1 else f"{name}#{seen[name]}"), standard


def _judge_standard(
    engine: Engine, standard: Standard, roster: Roster, plan: _Plan, watch: Watch
) -> StandardResult:
    rules, system = [], []
    outside: list[tuple[float | None, float | None]] = []
    followed: list[Followed] = []
    for day in replay_standard(engine, standard, roster, reviews=plan.reviews, cuts=plan.cuts):
        watch(Text(f"{standard.id} 在 {day.on}", f"{standard.id} on {day.on}"))
        if day.on in plan.reviews:
            rules.append(_spread(day, day.by_rules, roster))
            system.append(_spread(day, day.by_system, roster))
            outside.append((outside_best(day.by_system, day.spend), outside_best(day.by_rules, day.spend)))
        if day.on in plan.cuts:
            followed.append(_follow(engine, standard, day, plan))
    held, ruled = judge_steadiness(system), judge_steadiness(rules)
    at_cuts = {seen.on: (seen.known_days, _judge_cut(standard, seen)) for seen in followed}
    return StandardResult(
        overall=_judge_all(standard, followed, [result for _, result in at_cuts.values()]),
        at_cuts=at_cuts,
        flap_rate=StabilityRates(held.flap_rate, ruled.flap_rate),
        leaving_best=StabilityRates(held.leaving_best, ruled.leaving_best),
        top1_outside_best=StabilityRates(
            _mean([share for share, _ in outside]), _mean([share for _, share in outside])
        ),
        customer_reviews=held.customer_reviews,
    )


def _spread(day: GradedDay, places: Places, roster: Roster) -> Places:
    everybody: Places = np.full(len(roster), UNGRADED, dtype=np.int8)
    everybody[day.places] = places
    return everybody


def _follow(engine: Engine, standard: Standard, day: GradedDay, plan: _Plan) -> Followed:
    seen = read_followed(engine, standard, day, plan.horizon_days, plan.span.last_on)
    if not len(seen):
        raise KecengError.of(
            "nobody_graded",
            f"标准 {standard.id} 在切分日没有给任何客户定级",
            f"standard {standard.id} grades nobody at the cut",
            remedy=Text("换一个切分日或标准", "choose another cut or standard"),
            place=Place(path="--cuts"),
            value=day.on.isoformat(),
        )
    return seen


def _judge_cut(standard: Standard, seen: Followed) -> CutResult:
    by_grade, gaps = judge_classes(standard, seen)
    return CutResult(
        by_grade,
        gaps,
        measure.capture_share(-seen.place.astype(np.float64), seen.net, _TOP),
        {name: _judge_naive(standard, ranks, seen) for name, ranks in _naive_ranks(seen).items()},
    )


def _naive_ranks(seen: Followed) -> dict[str, measure.FloatArray]:
    # Where everybody ties, each class gets its expected share: the average over all lots.
    return {"past_spend": seen.spend, "rfm_score": seen.rfm_score, "random": np.zeros(len(seen))}


def _judge_naive(standard: Standard, ranks: measure.FloatArray, seen: Followed) -> NaiveRuler:
    ids, sizes = standard.grade.class_ids, class_sizes(standard, seen.place)
    means = mean_by_equal_classes(ranks, seen.net, sizes)
    return NaiveRuler(dict(zip(ids, means, strict=True)), measure.capture_share(ranks, seen.net, _TOP))


def _judge_all(standard: Standard, cuts: Sequence[Followed], results: Sequence[CutResult]) -> CutResult:
    # Rankings do not compare between days, so what rests on ranks is worked out per cut and then averaged.
    by_grade, gaps = judge_classes(standard, pool_cuts(cuts))
    naive = {
        name: NaiveRuler(
            {class_id: _weighed_mean(class_id, name, results) for class_id in standard.grade.class_ids},
            _mean([result.naive[name].capture_top20 for result in results]),
        )
        for name in results[0].naive
    }
    return CutResult(by_grade, gaps, _mean([result.capture_top20 for result in results]), naive)


def _weighed_mean(class_id: str, name: str, results: Sequence[CutResult]) -> float | None:
    parts = [(r.naive[name].revenue[class_id], r.by_grade[class_id].customers) for r in results]
    heads = sum(customers for _, customers in parts)
    return sum((mean or 0.0) * customers for mean, customers in parts) / heads if heads else None


def _mean(shares: Sequence[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return float(np.mean(known)) if known else None


def _tell(plan: _Plan, standards: Sequence[Standard]) -> Iterator[Text]:
    for cut in plan.cuts:
        known = (plan.span.last_on - cut).days
        if known < plan.horizon_days:
            yield Text(
                f"{cut} 之后只有 {known} 天数据, 不足 {plan.horizon_days} 天: 各等级可以相互比较, 金额偏低",
                f"the books hold {known} of the {plan.horizon_days} days after {cut}: classes compare with each other, amounts are low",
            )
    if len(plan.reviews) < 3:
        yield Text(
            f"只有 {len(plan.reviews)} 次月度复核, 反复率没有意义",
            f"with {len(plan.reviews)} monthly reviews a flap rate means nothing",
        )
    for standard in standards:
        if standard.stability is None:
            yield Text(
                f"标准 {standard.id} 没有升降级缓冲, 两种读数相同",
                f"standard {standard.id} has no stability rule, so both readings are equal",
            )
        if any(tier.watch for tier in standard.grade.classes):
            yield Text(
                f"标准 {standard.id}: 因事由进入的类别不参加高低比较",
                f"standard {standard.id}: classes given by cause stand outside the order",
            )
