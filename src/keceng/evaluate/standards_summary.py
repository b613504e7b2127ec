"""The result of a back-test of standards, as data and as the document that doors print."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from keceng.evaluate.class_outcomes import ClassGap, ClassOutcome, Verdict
from keceng.vocabulary import Text

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class NaiveRuler:
    """A plain ranking cut into classes of the standard's sizes.

    Attributes:
        revenue: per customer and class, in currency units; None for an empty class.
        capture_top20: part of the revenue that came with the first fifth of it.
    """

    revenue: Mapping[str, float | None]
    capture_top20: float | None


@dataclass(frozen=True, slots=True)
class CutResult:
    """What followed one cut, or all cuts together.

    Attributes:
        by_grade: what followed of each class, in the standard's order.
        gaps: each ordered class against the next one that has customers.
        capture_top20: part of the revenue that came from the first fifth of customers, by class, ties shared.
        naive: the same of plain rankings with the same class sizes, by name; `random` is what lots give on average.
    """

    by_grade: Mapping[str, ClassOutcome]
    gaps: tuple[ClassGap, ...]
    capture_top20: float | None
    naive: Mapping[str, NaiveRuler]

    @property
    def customers(self) -> int:
        """Everybody in a class."""
        return sum(outcome.customers for outcome in self.by_grade.values())

    @property
    def is_monotone(self) -> bool | None:
        """Whether each ordered class brought more per customer than the next; None with fewer than two of them."""
        return all(gap.difference > 0 for gap in self.gaps) if self.gaps else None

    @property
    def is_beyond_chance(self) -> bool | None:
        """Whether each of these differences is above 0 by its whole interval; None with fewer than two classes."""
        return all(gap.verdict is Verdict.HIGHER for gap in self.gaps) if self.gaps else None

    def to_document(self) -> dict[str, object]:
        """As JSON: amounts to the cent, shares to six decimals."""
        return {
            "customers": self.customers,
            "by_grade": {class_id: _outcome(o) for class_id, o in self.by_grade.items()},
            "monotone": self.is_monotone,
            "beyond_chance": self.is_beyond_chance,
            "gaps": [_gap(gap) for gap in self.gaps],
            "capture_top20": _share(self.capture_top20),
            "naive": {
                name: {
                    "revenue_per_customer": {c: _money(r) for c, r in ruler.revenue.items()},
                    "capture_top20": _share(ruler.capture_top20),
                }
                for name, ruler in self.naive.items()
            },
        }


@dataclass(frozen=True, slots=True)
class StabilityRates:
    """One rate under both readings of the reviews; None where there were too few reviews."""

    with_hysteresis: float | None
    without: float | None

    def to_document(self) -> dict[str, float | None]:
        """As JSON."""
        return {"with_hysteresis": _share(self.with_hysteresis), "without": _share(self.without)}


@dataclass(frozen=True, slots=True)
class StandardResult:
    """How one standard did.

    Attributes:
        overall: all cuts together; a customer counts at each.
        at_cuts: each cut, with the days after it that the books hold.
        flap_rate: grades left and regained within two reviews ÷ customer-reviews.
        leaving_best: mean over the reviews of the share of the best class that had left it a review later.
        top1_outside_best: mean over the reviews of the share of the top 1 % by spend that was not in the best class.
        customer_reviews: grades given over all reviews.
    """

    overall: CutResult
    at_cuts: Mapping[dt.date, tuple[int, CutResult]]
    flap_rate: StabilityRates
    leaving_best: StabilityRates
    top1_outside_best: StabilityRates
    customer_reviews: int

    def to_document(self) -> dict[str, object]:
        """As JSON; `leaving_a_per_month` is the reading before hysteresis."""
        overall = self.overall.to_document()
        return {
            "by_grade": overall.pop("by_grade"),
            "flap_rate": self.flap_rate.to_document(),
            "leaving_a_per_month": _share(self.leaving_best.without),
            "leaving_a_per_month_with_hysteresis": _share(self.leaving_best.with_hysteresis),
            "top1_outside_a": self.top1_outside_best.to_document(),
            "customer_reviews": self.customer_reviews,
            **overall,
            "by_cut": [
                {"cut": cut.isoformat(), "known_days": known, **result.to_document()}
                for cut, (known, result) in self.at_cuts.items()
            ],
        }


@dataclass(frozen=True, slots=True)
class StandardsBacktest:
    """A back-test of standards.

    Attributes:
        cuts: the days whose classes were judged by what followed.
        horizon_days: the days after a cut that judge it.
        reviews: the days on which grades were reviewed.
        standards: how each did, by its id.
        notes: choices and limits, in words.
    """

    cuts: tuple[dt.date, ...]
    horizon_days: int
    reviews: tuple[dt.date, ...]
    standards: Mapping[str, StandardResult]
    notes: tuple[Text, ...] = ()

    def to_document(self) -> dict[str, object]:
        """As JSON (MEANINGS 31), with the detail of every cut beside it."""
        return {
            "cuts": [cut.isoformat() for cut in self.cuts],
            "horizon_days": self.horizon_days,
            "reviews": [day.isoformat() for day in self.reviews],
            "standards": {name: result.to_document() for name, result in self.standards.items()},
            "notes": [f"{note.zh} / {note.en}" for note in self.notes],
        }


def _outcome(outcome: ClassOutcome) -> dict[str, object]:
    interval = outcome.interval
    return {
        "customers": outcome.customers,
        "revenue_per_customer": _money(outcome.revenue),
        "ci_low": _money(interval.low if interval else None),
        "ci_high": _money(interval.high if interval else None),
        "retention": _share(outcome.retention),
        "margin_per_customer": _money(outcome.margin),
        "on_time_payment": _share(outcome.on_time_payment),
        "satisfaction": _money(outcome.satisfaction),
    }


def _gap(gap: ClassGap) -> dict[str, object]:
    return {
        "better": gap.better,
        "worse": gap.worse,
        "difference": _money(gap.difference),
        "ci_low": _money(gap.interval.low if gap.interval else None),
        "ci_high": _money(gap.interval.high if gap.interval else None),
        "verdict": gap.verdict.value,
    }


def _money(amount: float | None) -> float | None:
    return None if amount is None else round(amount, 2)


def _share(share: float | None) -> float | None:
    return None if share is None else round(share, _DIGITS)
