"""Every place where a standard names a measure or asks a condition, by its path in the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keceng.standard.condition import Condition
from keceng.standard.methods import Bands, CumulativeShare, Matrix, Quantiles, Rules, Scorecard, Use
from keceng.standard.model import Dimension, Standard


@dataclass(frozen=True, slots=True)
class Mention:
    """One place that names measures.

    Attributes:
        path: of the document.
        names: the measures and published names there.
        condition: the condition there, None where a name stands alone.
        dimension: the dimension it belongs to, None in the population, `provisional` and `stability`.
    """

    path: str
    names: frozenset[str]
    condition: Condition | None = None
    dimension: Dimension | None = None


def list_mentions(standard: Standard) -> tuple[Mention, ...]:
    """Every place that names a measure, in the order of the document."""
    return tuple(_mentions(standard))


def dimension_path(dimension: Dimension) -> str:
    """Where a dimension stands in the document."""
    return dimension.id if dimension.id == "grade" else f"dimensions.{dimension.id}"


def _mentions(standard: Standard) -> Iterator[Mention]:
    population = standard.population
    if population.include:
        yield _asked("population.include", population.include)
    for place, exclusion in enumerate(population.exclude):
        yield _asked(f"population.exclude[{place}].when", exclusion.when)
    for dimension in standard.dimensions:
        yield from _of_dimension(dimension)
    if standard.provisional:
        yield _asked("provisional", standard.provisional)
    yield from _of_dimension(standard.grade)
    if standard.stability and standard.stability.at_once:
        yield _asked("stability.at_once", standard.stability.at_once)


def _asked(path: str, condition: Condition, dimension: Dimension | None = None) -> Mention:
    return Mention(path, condition.names, condition, dimension)


def _of_dimension(dimension: Dimension) -> Iterator[Mention]:
    path = dimension_path(dimension)
    yield from _of_method(dimension, path)
    if dimension.within:
        yield _named(f"{path}.within", dimension.within, dimension)
    if dimension.among:
        yield _asked(f"{path}.among", dimension.among, dimension)


def _of_method(dimension: Dimension, path: str) -> Iterator[Mention]:
    match dimension.method:
        case Rules(rules=rules):
            for rule in rules:
                written = (("when", rule.when), ("stay", rule.stay))
                conditions = [(key, condition) for key, condition in written if condition]
                at = f"{path}.classes.{rule.class_id}"
                yield from (_asked(f"{at}.{key}", condition, dimension) for key, condition in conditions)
        case Scorecard(parts=parts):
            for part in parts:
                yield _named(f"{path}.parts.{part.id}", part.source.measure, dimension)
        case Bands(measure=measure) | Quantiles(measure=measure) | CumulativeShare(measure=measure):
            yield _named(f"{path}.measure", measure, dimension)
        case Use(measure=measure):
            yield _named(f"{path}.use", measure, dimension)
        case Matrix(rows=rows, columns=columns):
            yield _named(f"{path}.rows", rows, dimension)
            yield _named(f"{path}.columns", columns, dimension)


def _named(path: str, name: str, dimension: Dimension) -> Mention:
    return Mention(path, frozenset({name}), None, dimension)
