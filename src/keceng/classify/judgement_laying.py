"""One row on its way through the dimensions of a standard, in the order of the steps of a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from keceng.classify.judgement_ranks import FrozenRanking, Placed, Position
from keceng.classify.judgement_scores import combine_points, points_of_bands, points_of_percentile
from keceng.measure import Measure
from keceng.standard import (
    Bands,
    Bound,
    CumulativeShare,
    Cut,
    Dimension,
    Matrix,
    Part,
    PercentileOf,
    PointBands,
    Quantiles,
    Rules,
    Scorecard,
    ScoreMeasure,
    Stored,
    Use,
    evaluate_condition,
)
from keceng.vocabulary import Direction

EPOCH = dt.date(1970, 1, 1)
Cuts = Mapping[tuple[str, str, str], int | None]
"""(dimension, peer group, class) → the lowest number of the class, greater being better."""


@dataclass(frozen=True, slots=True)
class FrozenRun:
    """What a run resolved, and what of it is asked for.

    Attributes:
        scope: every name that a condition may use.
        cuts: the lines of the run.
        ranks: gives the distribution with an id.
        read: the published names that some rule reads.
    """

    scope: Mapping[str, Measure]
    cuts: Cuts
    ranks: Callable[[str], FrozenRanking]
    read: frozenset[str]


class Laying:
    """One row and what the dimensions laid on it so far publish.

    Attributes:
        columns: the row, with what was published.
        numbers: by ranking, the group and the number that were compared.
    """

    def __init__(
        self,
        frozen: FrozenRun,
        columns: dict[str, Stored],
        before: Mapping[str, Placed] | None,
        *,
        complete: bool,
    ) -> None:
        """A row before the first dimension.

        Args:
            frozen: what the run resolved.
            columns: the row; it is added to.
            before: the customer's own numbers in the run, which leave the distributions; None when `columns` is that row.
            complete: publish every rank and share, not only those that some rule reads.
        """
        self.columns = columns
        self.numbers: dict[str, Placed] = {}
        self._frozen = frozen
        self._before = before
        self._complete = complete

    def lay(self, dimension: Dimension, *, is_judged: bool) -> None:
        """Publish what `dimension` says of the row."""
        match dimension.method:
            case Use(measure=measure):
                self.columns[dimension.id] = self.columns[measure]
            case Rules() as method:
                self.columns[dimension.id] = self._climb(method) if is_judged else None
            case Matrix() as method:
                self.columns[dimension.id] = self._cross(method) if is_judged else None
            case Bands() as method:
                self._rank(dimension, self._number(method.measure), is_judged)
                self.columns[dimension.id] = self._band(dimension, method) if is_judged else None
            case Quantiles(measure=measure) | CumulativeShare(measure=measure):
                self._rank(dimension, self._number(measure), is_judged)
                self.columns[dimension.id] = self._cut(dimension, measure) if is_judged else None
            case Scorecard() as method:
                self._score(dimension, method, is_judged)

    def _climb(self, method: Rules) -> str | None:
        for rule in method.rules:
            answer = True if rule.when is None else evaluate_condition(rule.when, self.columns)
            if answer:
                return rule.class_id
            if answer is None and not rule.unknown_is_not_met:
                return None
        return None

    def _cross(self, method: Matrix) -> str | None:
        place = (self.columns[method.rows], self.columns[method.columns])
        return next((c for row, across, c in method.cells if (row, across) == place), None)

    def _number(self, name: str) -> int | None:
        measure = self._frozen.scope[name]
        stored = self.columns[name]
        if stored is None:
            return None
        number = (stored - EPOCH).days if isinstance(stored, dt.date) else int(str(stored))
        return -number if measure.direction is Direction.LOWER else number

    def _band(self, dimension: Dimension, method: Bands) -> str | None:
        measure = self._frozen.scope[method.measure]
        if self.columns[measure.name] is None:
            return None
        for class_id, cut in zip(dimension.class_ids, method.cuts, strict=True):
            if cut is None or self._reaches(measure.exact, measure.name, method.bound, cut):
                return class_id
        return None

    def _reaches(self, exact: tuple[str, str] | None, name: str, bound: Bound, cut: Cut) -> bool:
        if isinstance(cut, dt.date):
            day = self.columns[name]
            return isinstance(day, dt.date) and (day >= cut if bound is Bound.FROM else day <= cut)
        numerator, denominator = (
            (self.columns[exact[0]], self.columns[exact[1]]) if exact else (self.columns[name], 1)
        )
        if numerator is None or denominator is None:
            return False
        left, right = int(str(numerator)), cut * int(str(denominator))
        return left >= right if bound is Bound.FROM else left <= right

    def _cut(self, dimension: Dimension, measure: str) -> str | None:
        if self.columns[measure] is None:
            return None
        placed = self.numbers.get(dimension.id)
        if placed is None:
            return dimension.class_ids[-1]
        for class_id in dimension.class_ids[:-1]:
            cut = self._frozen.cuts.get((dimension.id, placed.group, class_id))
            if cut is not None and placed.number >= cut:
                return class_id
        return dimension.class_ids[-1]

    def _score(self, dimension: Dimension, method: Scorecard, is_judged: bool) -> None:
        compares = True if dimension.among is None else evaluate_condition(dimension.among, self.columns)
        points = [
            (part.weight, self._points(dimension, part, is_compared=is_judged and compares is True))
            for part in method.parts
        ]
        mean, coverage = combine_points(points)
        score = None if not is_judged else 0 if compares is False else mean
        self.columns[f"{dimension.id}_score"] = score
        self.columns[f"{dimension.id}__coverage"] = coverage if is_judged else None
        self._rank(dimension, score, is_judged)
        if dimension.classes:
            self.columns[dimension.id] = _class_by_score(dimension, method, score)

    def _points(self, dimension: Dimension, part: Part, *, is_compared: bool) -> int | None:
        match part.source:
            case ScoreMeasure(measure=measure):
                stored = self.columns[measure]
                return None if stored is None else int(str(stored))
            case PointBands(measure=measure, bands=bands):
                return points_of_bands(self.columns[measure], bands)
            case PercentileOf(measure=measure):
                number = self._number(measure)
                if number is None or not is_compared:
                    return None
                return points_of_percentile(self._place(f"{dimension.id}_{part.id}", dimension, number))

    def _rank(self, dimension: Dimension, number: int | None, is_judged: bool) -> None:
        published = [f"{dimension.id}_{suffix}" for suffix in ("rank", "compared", "share")]
        read = [n for n in published if self._complete or n in self._frozen.read]
        compared = is_judged and number is not None
        if compared and dimension.among is not None:
            compared = evaluate_condition(dimension.among, self.columns) is True
        if not compared or number is None:
            shares = [f"{dimension.id}_share__num", f"{dimension.id}_share__den", f"{dimension.id}__group"]
            self.columns.update(dict.fromkeys([*published, *shares]))
            return
        needs_cuts = isinstance(dimension.method, Quantiles | CumulativeShare)
        if not read and needs_cuts and dimension.within is None:
            self.numbers[dimension.id] = Placed("all", number)
        elif read or needs_cuts:
            self._publish(dimension, self._place(dimension.id, dimension, number))

    def _publish(self, dimension: Dimension, position: Position) -> None:
        total = position.total or None
        before = 10_000 * position.sum_before
        self.columns[f"{dimension.id}_rank"] = position.upto
        self.columns[f"{dimension.id}_compared"] = position.compared
        self.columns[f"{dimension.id}__group"] = position.group
        self.columns[f"{dimension.id}_share__num"] = before
        self.columns[f"{dimension.id}_share__den"] = total
        self.columns[f"{dimension.id}_share"] = None if total is None else before // total

    def _place(self, ranking_id: str, dimension: Dimension, number: int) -> Position:
        ranking = self._frozen.ranks(ranking_id)
        own = self.columns[dimension.within] if dimension.within else None
        placed = Placed(ranking.group_for(own, within=dimension.within is not None), number)
        self.numbers[ranking_id] = placed
        before = placed if self._before is None else self._before.get(ranking_id)
        return ranking.position(placed, before)


def _class_by_score(dimension: Dimension, method: Scorecard, score: int | None) -> str | None:
    if score is None:
        return None
    for class_id, cut in zip(dimension.class_ids, method.cuts, strict=True):
        if cut is None or score >= cut:
            return class_id
    return None
