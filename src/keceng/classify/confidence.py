"""How sure a grade is, where it rests on a number that is itself a forecast: the chance of each class.

A forecast of lifetime value is a distribution. The chance that what the customer will really bring lies between two cuts
is the chance of the class between them; the cuts, everybody else and every other number of the customer stay as they were
in the run. Where a grade follows from such a dimension by rules or a matrix, the rules are asked again for each class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from keceng import measure
from keceng.classify.dimensions import dimension_steps
from keceng.lake import column, open_engine
from keceng.standard import Bands, Bound, CumulativeShare, Dimension, Matrix, Quantiles, Rules, Standard

FORECAST = "clv"
"""The measure whose distribution a run stores."""

STORED = (FORECAST, "clv_chance", "clv_deviation")
"""What a stored run must have for it: expectation, chance of anything at all, standard deviation."""


def chances_of_grades(stored: pa.Table, standard: Standard) -> Mapping[str, measure.FloatArray] | None:
    """The chance of every class of the grade by the rules, for each row of a stored run; those of a row sum to 1 at most.

    Args:
        stored: `customers.parquet` of a run, or rows of it.
        standard: the ruler of the run.

    Returns:
        Class → one number per row, NaN where the customer has no grade or its forecast no distribution. None where the grade
        does not rest on a class of the forecast alone: it is not in it, is a score of it, or is compared in a rule.
    """
    dimension = _forecast_dimension(standard)
    if dimension is None or not {*STORED, *_cut_names(dimension)} <= set(stored.column_names):
        return None
    later = _dependents(standard, dimension)
    if later is None:
        return None
    chances = _chances_of_classes(stored, dimension)
    if dimension is standard.grade:
        return chances
    grades = {c: _grades_given(stored, standard, (dimension, c), later) for c in chances}
    return {
        grade: np.sum([chances[c] * np.where(grades[c] == grade, 1.0, 0.0) for c in chances], axis=0)
        for grade in standard.grade.class_ids
    }


def chance_of_best_grade(stored: pa.Table, standard: Standard) -> measure.FloatArray | None:
    """P(the true number puts the customer into the best class of the grade); see `chances_of_grades`."""
    chances = chances_of_grades(stored, standard)
    return None if chances is None else chances[standard.grade.class_ids[0]]


def _forecast_dimension(standard: Standard) -> Dimension | None:
    found = [
        d
        for d in (*standard.dimensions, standard.grade)
        if isinstance(d.method, Bands | Quantiles | CumulativeShare) and d.method.measure == FORECAST
    ]
    if len(found) != 1 or (isinstance(found[0].method, Bands) and found[0].method.bound is not Bound.FROM):
        return None
    return found[0]


def _cut_names(dimension: Dimension) -> list[str]:
    return [f"{dimension.id}__cut_{class_id}" for class_id in dimension.class_ids[:-1]]


def _dependents(standard: Standard, dimension: Dimension) -> tuple[Dimension, ...] | None:
    # What has to be asked again, in order; None where a number of the forecast, not its class, decides something.
    changed, later = {dimension.id}, []
    numbers = {FORECAST, *(m.name for m in dimension.published)} - changed
    for other in (*standard.dimensions, standard.grade):
        if other is dimension:
            continue
        if not numbers.isdisjoint(other.names):
            return None
        if changed.isdisjoint(other.names):
            continue
        if not isinstance(other.method, Rules | Matrix):
            return None
        numbers |= {m.name for m in other.published if m.name != other.id}
        changed.add(other.id)
        later.append(other)
    return tuple(later) if standard.grade.id in changed else None


def _chances_of_classes(stored: pa.Table, dimension: Dimension) -> dict[str, measure.FloatArray]:
    mean, chance, deviation = (_numbers(stored, name) for name in STORED)
    known = np.isfinite(mean) & np.isfinite(chance) & np.isfinite(deviation)
    reached = [np.where(known, 0.0, np.nan)]
    for name in _cut_names(dimension):
        reached.append(np.full(len(mean), np.nan))
        cuts = _numbers(stored, name)
        for cut in np.unique(cuts[known & np.isfinite(cuts)]):
            rows = known & (cuts == cut)
            forecast = measure.ClvPrediction.from_moments(mean[rows], chance[rows] / 10_000, deviation[rows])
            # A cut is reached by a number equal to it, and nothing at all is exactly 0.
            reached[-1][rows] = 1.0 if cut <= 0 else forecast.chance_above(float(cut))
    reached.append(np.where(known, 1.0, np.nan))
    judged = stored["grade"].is_valid().to_numpy()
    return {
        class_id: np.where(judged, reached[k + 1] - reached[k], np.nan)
        for k, class_id in enumerate(dimension.class_ids)
    }


def _grades_given(
    stored: pa.Table, standard: Standard, told: tuple[Dimension, str], later: Sequence[Dimension]
) -> npt.NDArray[np.object_]:
    dimension, class_id = told
    again = {dimension.id, *(d.id for d in later)}
    kept = [name for name in stored.column_names if name not in again and not name.startswith("with_")]
    engine = open_engine()
    try:
        place = pa.array(range(stored.num_rows), pa.int64())
        same = pa.repeat(pa.scalar(class_id), stored.num_rows)
        asked = stored.select(kept).append_column(dimension.id, same).append_column("__place", place)
        engine.give("asked", asked)
        source = "asked"
        for other in later:
            engine.run(dimension_steps(other, source, standard.scope))
            source = f"with_{other.id}"
        grade = exp.select(column(standard.grade.id)).from_(source).order_by("__place")
        return engine.fetch(grade)[standard.grade.id].to_numpy()  # type: ignore[no-any-return]
    finally:
        engine.close()


def _numbers(stored: pa.Table, name: str) -> measure.FloatArray:
    numbers: measure.FloatArray = stored[name].cast(pa.float64()).to_numpy()
    return numbers
