"""The back-test: rank customers by what was known on a day, then look at what they brought in the days after it.

The rankings are made before the outcome is read, from tables that end on the cut. An inner cut, halving the history that
is known at it, is where models are chosen and brought to scale; the day a year before the cut shows the season.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from keceng import measure
from keceng.collect import LEDGER
from keceng.evaluate.foresight import YEAR, Foresight, Hindsight, KnownFuture, rank_customers
from keceng.evaluate.graded import rank_by_grade, tell_unordered
from keceng.evaluate.quality import judge_ranking
from keceng.evaluate.standings import Outcome, Standing, read_last_day, read_outcome, read_standing
from keceng.evaluate.summary import Backtest, PropensityComparison, TotalOutcome
from keceng.lake import Engine, Snapshot, open_engine
from keceng.standard import Standard
from keceng.vocabulary import KecengError, Place, Text

Watch = Callable[[Text], None]
LONGEST_HORIZON = 3650
SETTLED_DAYS = 90
"""Of history that a day needs to be foretold from by a model learnt on another day."""


def _ignore(_text: Text) -> None:
    return None


def backtest_rankings(
    snapshot: Snapshot,
    cut: dt.date,
    horizon_days: int,
    standards: Sequence[Standard] = (),
    *,
    watch: Watch = _ignore,
) -> Backtest:
    """Judge five rankings, and each standard's grades, by the net revenue of `cut < day <= cut + horizon_days`.

    Population: customers with a valid purchase by the cut.

    Raises:
        KecengError: an unusable horizon, nobody who had bought by the cut, or no day after it in the books.
    """
    _check_horizon(horizon_days)
    engine = open_engine(snapshot, LEDGER)
    try:
        last_day = _check_cut(engine, cut)
        watch(Text("在切分日排名", "ranking at the cut"))
        standing, hindsight = look_back(engine, cut, horizon_days)
        foresight = rank_customers(standing, horizon_days, hindsight)
        watch(Text("按标准分级", "grading by the standards"))
        grades = [rank_by_grade(engine, standing, standard) for standard in standards]
        watch(Text("对照实际结果", "judging by what came"))
        outcome = read_outcome(engine, standing, horizon_days)
        span = hindsight.inner.outcome.horizon_days if hindsight else 0
        near = read_outcome(engine, standing, span) if span else None
    finally:
        engine.close()
    rankings = (*foresight.rankings, *grades)
    notes = [*foresight.notes, *(note for standard in standards for note in tell_unordered(standard))]
    notes += _tell_short(last_day, cut, horizon_days)
    actual = float(outcome.net.sum())
    return Backtest(
        cut=cut,
        horizon_days=horizon_days,
        customers=len(standing),
        actual=actual,
        rankings={r.name: judge_ranking(r.ranks, outcome.net) for r in rankings},
        totals={r.name: TotalOutcome(r.predicted, actual) for r in rankings if r.predicted is not None},
        notes=tuple(notes),
        purchases=_compare_propensity(standing, foresight, near) if near else None,
    )


def look_back(engine: Engine, cut: dt.date, horizon_days: int) -> tuple[Standing, Hindsight | None]:
    """The customers of the cut, and the earlier days whose future is known at it; None where the history is too short.

    Raises:
        KecengError: nobody had bought by the cut.
    """
    known = read_standing(engine, cut, horizon_days)
    if not len(known):
        raise KecengError.of(
            "nobody_by_cut",
            "切分日之前没有任何有效购买",
            "nobody had a valid purchase by the cut",
            remedy=Text("换一个更晚的 --cut", "give a later --cut"),
            place=Place(path="--cut"),
            value=cut.isoformat(),
        )
    half = known.history_days // 2
    span = min(horizon_days, half)
    if span < 1:
        return known, None
    inner = _look_ahead(engine, cut - dt.timedelta(days=half), span, season_days=span)
    last_year = None
    if known.history_days >= YEAR + SETTLED_DAYS and horizon_days <= YEAR:
        last_year = _look_ahead(engine, cut - dt.timedelta(days=YEAR), horizon_days, season_days=span)
    # the season's trait is as long at the cut as where it was learnt
    standing = known if span == horizon_days else read_standing(engine, cut, span)
    return standing, Hindsight(inner, last_year)


def _look_ahead(engine: Engine, on: dt.date, horizon_days: int, *, season_days: int) -> KnownFuture:
    standing = read_standing(engine, on, season_days)
    return KnownFuture(standing, read_outcome(engine, standing, horizon_days))


def _compare_propensity(standing: Standing, foresight: Foresight, near: Outcome) -> PropensityComparison:
    def judge(chances: measure.FloatArray | None) -> measure.PropensityQuality | None:
        return None if chances is None else measure.judge_propensity(chances, near.bought, are_chances=True)

    rfm = measure.judge_propensity(standing.numbers("rfm_points"), near.bought, are_chances=False)
    return PropensityComparison(
        near.horizon_days, judge(foresight.chances), rfm, judge(foresight.lifetime_chances)
    )


def _check_horizon(horizon_days: int) -> None:
    if not 1 <= horizon_days <= LONGEST_HORIZON:
        raise KecengError.of(
            "unusable_horizon",
            f"期限应为 1 至 {LONGEST_HORIZON} 天",
            f"a horizon is 1 to {LONGEST_HORIZON} days",
            place=Place(path="--horizon"),
            value=str(horizon_days),
        )


def _check_cut(engine: Engine, cut: dt.date) -> dt.date:
    last = read_last_day(engine)
    if last is None or last <= cut:
        raise KecengError.of(
            "nothing_after_cut",
            "切分日之后没有数据, 无从检验",
            "there is nothing after the cut to judge by",
            remedy=Text("换一个更早的 --cut", "give an earlier --cut"),
            place=Place(path="--cut"),
            value=cut.isoformat(),
        )
    return last


def _tell_short(last_day: dt.date, cut: dt.date, horizon_days: int) -> list[Text]:
    known = (last_day - cut).days
    if known >= horizon_days:
        return []
    return [
        Text(
            f"数据止于 {last_day}: {horizon_days} 天中只有 {known} 天有结果, 预测总额不能与之相比",
            f"the data end on {last_day}: {known} of the {horizon_days} days are known, so predicted totals do not compare",
        )
    ]
