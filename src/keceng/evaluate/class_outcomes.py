"""What followed, class by class: revenue with its interval, another purchase, margin, payment, satisfaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from keceng import measure
from keceng.evaluate.replay import UNGRADED, GradedDay
from keceng.evaluate.resampling import Interval, Observations, ResampledMeans
from keceng.lake import Engine, sql
from keceng.measure import Frame, aftermath_steps
from keceng.standard import Standard
from keceng.vocabulary import DimensionKind

CENTS = 100.0
POINTS = 10_000.0
COST_KNOWN_FOR = 0.9
"""Margin is told where cost is known for so much of the sales that followed."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The customers graded at a cut and what came of each; all arrays are in one order. NaN is unknown.

    Attributes:
        on: the cut.
        known_days: days after it that the books hold, at most the horizon.
        customer: the customer's place in the roster.
        place: the class, from 0 as the standard lists them.
        net: revenue, returns deducted, in currency units.
        costed_net, cost: of the lines with a cost, in currency units.
        has_bought: whether there was another valid purchase.
        due, on_time: receivables that fell due and what of them was settled in time, in currency units.
        satisfaction: points from 0 to 100.
        spend, rfm_score: as known at the cut, for the naive rankings.
    """

    on: dt.date
    known_days: int
    customer: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    net: measure.FloatArray
    costed_net: measure.FloatArray
    cost: measure.FloatArray
    has_bought: measure.FloatArray
    due: measure.FloatArray
    on_time: measure.FloatArray
    satisfaction: measure.FloatArray
    spend: measure.FloatArray
    rfm_score: measure.FloatArray

    def __len__(self) -> int:
        return len(self.place)


class Verdict(StrEnum):
    """What a comparison of two classes shows, at 95 %."""

    HIGHER = "higher"
    LOWER = "lower"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class ClassOutcome:
    """What followed of one class; None is unknown, or nobody.

    Attributes:
        customers: in the class, added up over the cuts.
        revenue: per customer, in currency units.
        interval: of the revenue per customer; None below `FEWEST_CUSTOMERS`.
        retention: the share with another valid purchase.
        margin: per customer, in currency units.
        on_time_payment: of the amounts that fell due, the share settled in time.
        satisfaction: mean points from 0 to 100 of those who answered.
    """

    customers: int
    revenue: float | None
    interval: Interval | None
    retention: float | None
    margin: float | None
    on_time_payment: float | None
    satisfaction: float | None


@dataclass(frozen=True, slots=True)
class ClassGap:
    """How much more a class brought per customer than the one below it."""

    better: str
    worse: str
    difference: float
    interval: Interval | None

    @property
    def verdict(self) -> Verdict:
        """Whether the difference is beyond chance, and which way."""
        if self.interval is None or self.interval.low <= 0 <= self.interval.high:
            return Verdict.OPEN
        return Verdict.HIGHER if self.interval.low > 0 else Verdict.LOWER


def read_followed(
    engine: Engine, standard: Standard, day: GradedDay, horizon_days: int, last_on: dt.date
) -> Followed:
    """What came of the customers graded on `day`, in the `horizon_days` after it or as many as the books hold."""
    known = min(horizon_days, (last_on - day.on).days)
    steps = aftermath_steps(Frame(day.on + dt.timedelta(days=known), known, standard.unit.value))
    engine.run(steps)
    engine.give("judged", day.units)
    came = engine.fetch(
        sql(
            """
            select a.* exclude (customer_key) from judged left join aftermath as a using (customer_key) order by judged.place
            """
        )
    )
    for name in ("judged", *dict.fromkeys(step.name for step in steps)):
        engine.drop(name)
    graded = day.by_system != UNGRADED

    def column(name: str, scale: float) -> measure.FloatArray:
        numbers: measure.FloatArray = came[name].cast("double").to_numpy()[graded] / scale
        return numbers

    return Followed(
        on=day.on,
        known_days=known,
        customer=day.places[graded],
        place=day.by_system[graded].astype(np.int64),
        net=column("net", CENTS),
        costed_net=column("costed_net", CENTS),
        cost=column("cost", CENTS),
        has_bought=came["has_bought"].cast("int8").to_numpy()[graded].astype(np.float64),
        due=column("due", CENTS),
        on_time=column("on_time", CENTS),
        satisfaction=column("satisfaction", POINTS),
        spend=day.spend[graded],
        rfm_score=day.rfm_score[graded],
    )


def pool_cuts(cuts: Sequence[Followed]) -> Followed:
    """All cuts as one, under the day of the last: a customer seen at several stands in it several times."""
    return Followed(
        on=cuts[-1].on,
        known_days=cuts[-1].known_days,
        customer=np.concatenate([cut.customer for cut in cuts]),
        place=np.concatenate([cut.place for cut in cuts]),
        net=np.concatenate([cut.net for cut in cuts]),
        costed_net=np.concatenate([cut.costed_net for cut in cuts]),
        cost=np.concatenate([cut.cost for cut in cuts]),
        has_bought=np.concatenate([cut.has_bought for cut in cuts]),
        due=np.concatenate([cut.due for cut in cuts]),
        on_time=np.concatenate([cut.on_time for cut in cuts]),
        satisfaction=np.concatenate([cut.satisfaction for cut in cuts]),
        spend=np.concatenate([cut.spend for cut in cuts]),
        rfm_score=np.concatenate([cut.rfm_score for cut in cuts]),
    )


def judge_classes(standard: Standard, seen: Followed) -> tuple[dict[str, ClassOutcome], tuple[ClassGap, ...]]:
    """What followed of each class, and how each ordered class did against the next one that has customers.

    A watch class is given by cause and stands outside the order; classes of a segmentation have none.
    """
    ids = standard.grade.class_ids
    means = ResampledMeans(Observations(seen.customer, seen.place, seen.net), len(ids))
    is_costed = _is_costed(seen)
    outcomes = {
        class_id: _outcome(seen, seen.place == place, means.mean_interval(place), is_costed=is_costed)
        for place, class_id in enumerate(ids)
    }
    return outcomes, tuple(_gaps(standard, outcomes, means))


def _gaps(standard: Standard, outcomes: dict[str, ClassOutcome], means: ResampledMeans) -> list[ClassGap]:
    ids = standard.grade.class_ids
    rungs = [i for i in _ordered_classes(standard) if outcomes[i].customers]
    gaps = []
    for better, worse in pairwise(rungs):
        above, below = outcomes[better].revenue, outcomes[worse].revenue
        assert above is not None  # noqa: S101  it has customers
        assert below is not None  # noqa: S101  it has customers
        interval = means.difference_interval(ids.index(better), ids.index(worse))
        gaps.append(ClassGap(better, worse, above - below, interval))
    return gaps


def _ordered_classes(standard: Standard) -> list[str]:
    if standard.grade.kind is not DimensionKind.TIER:
        return []
    return [c.id for c in standard.grade.classes if not c.watch]


def _is_costed(seen: Followed) -> bool:
    total = float(seen.net.sum())
    return total > 0 and float(seen.costed_net.sum()) >= COST_KNOWN_FOR * total


def _outcome(
    seen: Followed, members: npt.NDArray[np.bool_], interval: Interval | None, *, is_costed: bool
) -> ClassOutcome:
    heads = int(members.sum())
    if heads == 0:
        return ClassOutcome(0, None, None, None, None, None, None)
    due = float(np.nansum(seen.due[members]))
    answered = seen.satisfaction[members]
    answered = answered[np.isfinite(answered)]
    margin = float((seen.costed_net - seen.cost)[members].sum()) / heads
    return ClassOutcome(
        customers=heads,
        revenue=float(seen.net[members].mean()),
        interval=interval,
        retention=float(seen.has_bought[members].mean()),
        margin=margin if is_costed else None,
        on_time_payment=float(np.nansum(seen.on_time[members])) / due if due > 0 else None,
        satisfaction=float(answered.mean()) if len(answered) else None,
    )


def class_sizes(standard: Standard, places: npt.NDArray[np.int64]) -> list[int]:
    """The customers in each class, in the standard's order."""
    return [int(n) for n in np.bincount(places, minlength=len(standard.grade.class_ids))]
