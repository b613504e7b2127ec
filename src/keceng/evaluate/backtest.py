"""The back-test: rank customers by what was known on a day, then look at what they brought in the days after it.

The rankings are made before the outcome is read, from tables that end on the cut. An inner cut, halving the history that
is known at it, is where models are chosen and brought to scale; the day a year before the cut shows the season.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from keceng import measure
from keceng.collect import LEDGER
from keceng.evaluate.foresight import Foresight, rank_customers
from keceng.evaluate.graded import rank_by_grade, tell_unordered
from keceng.evaluate.quality import judge_ranking
from keceng.evaluate.standings import read_last_day, read_outcome
from keceng.evaluate.summary import Backtest, PropensityComparison, TotalOutcome
from keceng.lake import Engine, Snapshot, open_engine
from keceng.standard import Standard
from keceng.vocabulary import KecengError, Place, Text

Watch = Callable[[Text], None]
LONGEST_HORIZON = 3650


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
    check_horizon(horizon_days)
    engine = open_engine(snapshot, LEDGER)
    try:
        last_day = _check_cut(engine, cut)
        watch(Text("在切分日排名", "ranking at the cut"))
        standing, hindsight = look_back(engine, cut, horizon_days)
        foresight = rank_customers(standing, horizon_days, hindsight)
        watch(Text("按标准分级", "grading by the standards"))
        grades = [rank_by_grade(engine, standing, standard, cut) for standard in standards]
        watch(Text("对照实际结果", "judging by what came"))
        outcome = read_outcome(engine, standing, cut, horizon_days)
        span = hindsight.inner.outcome.horizon_days if hindsight else 0
        near = read_outcome(engine, standing, cut, span) if span else None
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


def look_back(
    engine: Engine, cut: dt.date, horizon_days: int
) -> tuple[measure.Standing, measure.Hindsight | None]:
    """The customers of the cut, and the earlier days whose future is known at it; None where the history is too short.

    Raises:
        KecengError: nobody had bought by the cut.
    """
    frame, horizons = measure.Frame(cut), [horizon_days]
    engine.run([*measure.ground_steps(frame), *measure.look_steps(frame, horizons)])
    known, hindsight = measure.read_looks(engine.fetch(measure.looks_query(frame, horizons)), horizon_days)
    if not len(known):
        raise KecengError.of(
            "nobody_by_cut",
            "切分日之前没有任何有效购买",
            "nobody had a valid purchase by the cut",
            remedy=Text("换一个更晚的 --cut", "give a later --cut"),
            place=Place(path="--cut"),
            value=cut.isoformat(),
        )
    return known, hindsight


def _compare_propensity(
    standing: measure.Standing, foresight: Foresight, near: measure.Outcome
) -> PropensityComparison:
    def judge(chances: measure.FloatArray | None) -> measure.PropensityQuality | None:
        return None if chances is None else measure.judge_propensity(chances, near.bought, are_chances=True)

    rfm = measure.judge_propensity(standing.numbers("rfm_points"), near.bought, are_chances=False)
    return PropensityComparison(
        near.horizon_days, judge(foresight.chances), rfm, judge(foresight.lifetime_chances)
    )


def check_horizon(horizon_days: int) -> None:
    """Refuse a horizon that no back-test can judge by.

    Raises:
        KecengError: it is not from 1 to `LONGEST_HORIZON` days.
    """
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
