"""The ways a dimension gives classes: a ladder of rules, bands, quantiles, shares, a scorecard, a matrix, a category.

Every number here is a whole number of stored parts (`Kind.scale`): cents, ten-thousandths of a ratio or a point.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from keceng.measure import Measure
from keceng.standard.condition import Condition
from keceng.standard.easing import ease_condition
from keceng.standard.publication import MethodName
from keceng.vocabulary import Text

Cut = int | dt.date


class Bound(StrEnum):
    """How a class of bands is bounded: `from` reads x >= cut, `to` reads x <= cut."""

    FROM = "from"
    TO = "to"


@dataclass(frozen=True, slots=True)
class Rule:
    """The test of one class; the first rule of the ladder that is met wins.

    Attributes:
        class_id: the class it gives.
        when: its condition; None on the last, which takes the rest.
        unknown_is_not_met: an unknown answer goes on to the next rule instead of leaving the customer unknown.
        stay: the looser condition for whoever holds the class already.
    """

    class_id: str
    when: Condition | None
    unknown_is_not_met: bool = False
    stay: Condition | None = None

    def eased(self, margin: int, scope: Mapping[str, Measure]) -> Condition | None:
        """What whoever holds the class must meet to keep it: `stay` where it is written, else `when` made easier.

        None on the last class, which asks for nothing. `margin` is in ten-thousandths, `scope` the names of the rule.
        """
        if self.stay is not None or self.when is None:
            return self.stay
        return ease_condition(self.when, margin, scope)


@dataclass(frozen=True, slots=True)
class Rules:
    """A ladder of conditions, in the order of the classes."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Bands:
    """Fixed bounds on one measure; `cuts` are parallel to the classes, None on the last.

    With `Bound.FROM` they fall from class to class, with `Bound.TO` they rise; both bounds are included.
    """

    measure: str
    bound: Bound
    cuts: tuple[Cut | None, ...]


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Shares of the compared customers, best first; `to` is cumulative in ten-thousandths, 10,000 on the last."""

    measure: str
    to: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CumulativeShare:
    """Shares of the measure's positive total, best customers first.

    `to` is cumulative in ten-thousandths (10,000 on the last); `max_share`, where given, caps the cumulative share
    of customers down to and including that class, in ten-thousandths.
    """

    measure: str
    to: tuple[int, ...]
    max_share: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class ScoreMeasure:
    """A part that is itself a score from 0 to 100."""

    measure: str


@dataclass(frozen=True, slots=True)
class PercentileOf:
    """A part that is the mid-rank percentile (0–100) of a measure among the compared; the better side is 100."""

    measure: str


@dataclass(frozen=True, slots=True)
class PointBands:
    """A part that gives points by bands: (from, points), highest `from` first; below the lowest, 0 points.

    `from` is in stored parts of the measure, points in stored parts of a score.
    """

    measure: str
    bands: tuple[tuple[Cut, int], ...]


PartSource = ScoreMeasure | PercentileOf | PointBands


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a scorecard; `weight` counts in ten-thousandths and only in proportion to the other weights."""

    id: str
    weight: int
    source: PartSource
    title: Text | None = None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A weighted mean of the known parts.

    Attributes:
        parts: in order.
        min_coverage: the share of weight that must be known for a final grade, in ten-thousandths; below, provisional.
        cuts: lowest score of each class in stored parts, None on the last; empty when only the score is wanted.
    """

    parts: tuple[Part, ...]
    min_coverage: int
    cuts: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Two dimensions crossed; `cells` are (row class, column class, class), complete."""

    rows: str
    columns: str
    cells: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Use:
    """A category of the catalogue taken as it is; its classes are the measure's categories."""

    measure: str


Method = Rules | Bands | Quantiles | CumulativeShare | Scorecard | Matrix | Use
METHOD_NAMES: Mapping[type, MethodName] = {
    Rules: MethodName.RULES,
    Bands: MethodName.BANDS,
    Quantiles: MethodName.QUANTILES,
    CumulativeShare: MethodName.CUMULATIVE_SHARE,
    Scorecard: MethodName.SCORECARD,
    Matrix: MethodName.MATRIX,
    Use: MethodName.USE,
}


def method_names(method: Method) -> tuple[str, ...]:
    """The measures, or the dimensions of a matrix, that a method names outside its conditions."""
    match method:
        case Rules():
            return ()
        case Matrix(rows=rows, columns=columns):
            return (rows, columns)
        case Scorecard(parts=parts):
            return tuple(part.source.measure for part in parts)
        case Bands() | Quantiles() | CumulativeShare() | Use():
            return (method.measure,)
