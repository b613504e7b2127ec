"""历史检验: a standard laid on the workspace's own past, and what followed of its classes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.queries import read_standard_of
from keceng.evaluate import ClassOutcome, StabilityRates, StandardResult, Verdict, backtest_standards
from keceng.lake import Lake
from keceng.vocabulary import Text

MOST_CUTS, HORIZONS = 4, (30, 90, 180, 365)
_VERDICTS = {Verdict.HIGHER: ">", Verdict.OPEN: "≈", Verdict.LOWER: "<"}


@dataclass(frozen=True, slots=True)
class FollowedClass:
    """What followed of one class: heads over the cuts, cents per customer with their interval, and shares; None unknown."""

    class_id: str
    heads: int
    revenue: int | None
    low: int | None
    high: int | None
    retention: float | None
    margin: int | None
    on_time: float | None


@dataclass(frozen=True, slots=True)
class Trial:
    """How a standard did on the past.

    Attributes:
        cuts: the days on which it graded.
        order: the classes with `>` where the better one brought more beyond chance, `≈` where that is open.
        is_in_order: whether each class brought more per customer than the next; None with fewer than two.
        factor: revenue per customer of the best class ÷ that of the next, None where unknown.
        capture: share of the revenue that came from the first fifth of customers; `by_spend` the same of past spend.
        flap, leaving: rates with the buffer and without.
    """

    cuts: Sequence[dt.date]
    horizon_days: int
    reviews: int
    classes: Sequence[FollowedClass]
    order: str
    is_in_order: bool | None
    factor: float | None
    capture: float | None
    by_spend: float | None
    flap: StabilityRates
    leaving: StabilityRates
    notes: Sequence[Text]

    def to_document(self) -> dict[str, object]:
        """As JSON; `read_trial` reads it back."""
        return {**asdict(self), "cuts": [cut.isoformat() for cut in self.cuts]}


def read_trial(document: Mapping[str, Any]) -> Trial:
    """The trial that `Trial.to_document` wrote."""
    return Trial(
        **{
            **document,
            "cuts": [dt.date.fromisoformat(cut) for cut in document["cuts"]],
            "classes": [FollowedClass(**found) for found in document["classes"]],
            "flap": StabilityRates(**document["flap"]),
            "leaving": StabilityRates(**document["leaving"]),
            "notes": [Text(**note) for note in document["notes"]],
        }
    )


def _silent(_text: Text) -> None:
    return None


def try_on_the_past(
    revision: StandardRevision,
    lake: Lake,
    *,
    cuts: int,
    horizon_days: int,
    watch: Callable[[Text], None] = _silent,
) -> Trial:
    """Lay a revision on the last `cuts` quarter ends and judge its classes by the `horizon_days` after each.

    Args:
        revision: what to lay on.
        lake: the books.
        cuts: how many quarter ends, at most `MOST_CUTS`.
        horizon_days: what follows of each is judged.
        watch: told what is being done.

    Raises:
        KecengError: the document has faults, or the books do not hold so much of the past.
    """
    standard = read_standard_of(revision)
    counted = min(max(cuts, 1), MOST_CUTS)
    found = backtest_standards(lake.snapshot(), [standard], counted, horizon_days, watch=watch)
    (result,) = found.standards.values()
    followed = [_followed(c, o) for c, o in result.overall.by_grade.items()]
    return Trial(
        cuts=list(found.cuts),
        horizon_days=found.horizon_days,
        reviews=len(found.reviews),
        classes=followed,
        order=_order(result),
        is_in_order=result.overall.is_monotone,
        factor=_factor(followed),
        capture=result.overall.capture_top20,
        by_spend=result.overall.naive["past_spend"].capture_top20,
        flap=result.flap_rate,
        leaving=result.leaving_best,
        notes=list(found.notes),
    )


def _followed(class_id: str, outcome: ClassOutcome) -> FollowedClass:
    return FollowedClass(
        class_id,
        outcome.customers,
        _cents(outcome.revenue),
        _cents(outcome.interval.low if outcome.interval else None),
        _cents(outcome.interval.high if outcome.interval else None),
        outcome.retention,
        _cents(outcome.margin),
        outcome.on_time_payment,
    )


def _order(result: StandardResult) -> str:
    gaps = result.overall.gaps
    return gaps[0].better + "".join(f" {_VERDICTS[g.verdict]} {g.worse}" for g in gaps) if gaps else ""


def _factor(followed: Sequence[FollowedClass]) -> float | None:
    known = [f.revenue for f in followed if f.heads]
    if len(known) < 2 or not known[0] or not known[1] or known[1] <= 0:
        return None
    return known[0] / known[1]


def _cents(amount: float | None) -> int | None:
    return None if amount is None else round(amount * 100)
