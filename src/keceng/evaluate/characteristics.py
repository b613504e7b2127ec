"""What sets the customers of a class apart from all the others, the greatest difference first.

One row of each judged unit counts, and of a measure only those of whom it is known. Fewer than `MIN_HEADS` on either side
say nothing: such classes, measures and levels are left out. Attributes that must not decide a class are never compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from keceng.evaluate.comparable import comparable_measures
from keceng.evaluate.effects import (
    Contrast,
    Moments,
    contrast_means,
    contrast_shares,
    correlation_ratio,
    cramers_v,
)
from keceng.evaluate.graded_table import GradedTable, Judged, open_judged
from keceng.evaluate.shifts import round_figure
from keceng.lake import column, sql
from keceng.measure import Measure
from keceng.standard import Standard
from keceng.vocabulary import Kind

MIN_HEADS = 10
"""Fewer customers than this in a class, or outside it, are not described."""
MAX_LEVELS = 20
"""Of an attribute, the commonest values are compared."""
_NUMBERS_AT_ONCE = 24


@dataclass(frozen=True, slots=True)
class Characteristic:
    """One measure, or one value of an attribute, of one class against all the others.

    Attributes:
        level: the value of the attribute; `true` of a mark; None of a number.
        heads, rest_heads: of whom the measure is known, in the class and outside.
        figure, rest_figure: the mean in units of the measure, or the share of those who have the value.
        lift: `figure ÷ rest_figure`; None where the latter is not above 0 or the former below it.
        contrast: their difference with its interval, and the effect size.
        decides: whether the standard itself names the measure, so that the difference is of its own making.
    """

    class_id: str
    measure: str
    level: str | None
    heads: int
    rest_heads: int
    figure: float
    rest_figure: float
    lift: float | None
    contrast: Contrast
    decides: bool

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "class": self.class_id,
            "measure": self.measure,
            "level": self.level,
            "kind": "mean" if self.level is None else "share",
            "known": self.heads,
            "rest_known": self.rest_heads,
            "figure": round_figure(self.figure),
            "rest_figure": round_figure(self.rest_figure),
            "lift": round_figure(self.lift),
            "difference": round_figure(self.contrast.difference),
            "ci_low": round_figure(self.contrast.low),
            "ci_high": round_figure(self.contrast.high),
            "effect": round_figure(self.contrast.effect),
            "effect_size": "cohen_d" if self.level is None else "cohen_h",
            "decides": self.decides,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """The classes of a result compared.

    Attributes:
        heads: judged units by class.
        rows: greatest effect first, whatever its sign.
        strengths: by measure, how far the classes as a whole explain it, greatest first: η of a number, Cramér's V of an
            attribute; 0 nothing, 1 all.
        suppressed: classes with fewer than `MIN_HEADS` units.
        left_out: measures that say nothing here, with the reason `unknown`, `few` or `no_spread`.
    """

    heads: Mapping[str, int]
    rows: tuple[Characteristic, ...]
    strengths: Mapping[str, float]
    suppressed: tuple[str, ...]
    left_out: Mapping[str, str]

    def of_class(self, class_id: str) -> tuple[Characteristic, ...]:
        """The rows of one class, greatest effect first."""
        return tuple(r for r in self.rows if r.class_id == class_id)

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "min_heads": MIN_HEADS,
            "heads": dict(self.heads),
            "suppressed": list(self.suppressed),
            "rows": [row.to_document() for row in self.rows],
            "strengths": {name: round_figure(s) for name, s in self.strengths.items()},
            "left_out": dict(self.left_out),
        }


def compare_characteristics(
    graded: pa.Table | GradedTable,
    standard: Standard,
    measures: Mapping[str, Measure] | None = None,
) -> Comparison:
    """Every class against all others, by every measure that the table has.

    Args:
        graded: a table with the columns of `customers.parquet`.
        standard: the ruler that made it; it says which classes there are.
        measures: what to compare by; the catalogue by default. Dates, norms and sensitive attributes are passed over.
    """
    chosen = comparable_measures(measures)
    with open_judged(graded, standard) as judged:
        present = [m for m in chosen if m.name in judged.columns]
        counted = judged.fetch("select grade, count(*) as heads from judged group by grade", (), units=True)
        found = {str(r["grade"]): int(str(r["heads"])) for r in counted}
        heads = {class_id: found.get(class_id, 0) for class_id in standard.grade.class_ids}
        sides = _Sides(tuple(c for c, n in heads.items() if n >= MIN_HEADS), frozenset(standard.measures))
        outcomes = [*_compare_numbers(judged, present, sides), *_compare_attributes(judged, present, sides)]
    rows = [row for outcome in outcomes for row in outcome.rows]
    places = {class_id: place for place, class_id in enumerate(heads)}
    rows.sort(key=lambda r: (-abs(r.contrast.effect), places[r.class_id], r.measure, r.level or ""))
    strengths = {o.measure: o.strength for o in outcomes if o.rows and o.strength is not None}
    return Comparison(
        heads=heads,
        rows=tuple(rows),
        strengths=dict(sorted(strengths.items(), key=lambda item: (-item[1], item[0]))),
        suppressed=tuple(c for c in heads if c not in sides.classes),
        left_out={o.measure: o.silence for o in outcomes if not o.rows},
    )


@dataclass(frozen=True, slots=True)
class _Sides:
    classes: tuple[str, ...]
    deciding: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Outcome:
    measure: str
    rows: tuple[Characteristic, ...]
    strength: float | None
    silence: str


def _compare_numbers(judged: Judged, present: Sequence[Measure], sides: _Sides) -> Iterator[_Outcome]:
    numbers = [m for m in present if m.kind.is_number]
    for start in range(0, len(numbers), _NUMBERS_AT_ONCE):
        part = numbers[start : start + _NUMBERS_AT_ONCE]
        rows = judged.fetch_tree(_sums([m.name for m in part]), [m.name for m in part], units=True)
        for place, measure in enumerate(part):
            moments = {str(row["grade"]): _moments(row, place) for row in rows}
            yield _compare_number(measure, moments, sides)


def _sums(names: Sequence[str]) -> exp.Expr:
    # Whole numbers are summed exactly, so that the result does not hang on the order of the rows.
    query = exp.select("grade").from_("judged").group_by("grade")
    for place, name in enumerate(names):
        x = column(name)
        query = query.select(
            exp.alias_(sql("count(:x)", x=x), f"n{place}"),
            exp.alias_(sql("sum(cast(:x as hugeint))", x=x), f"s{place}"),
            exp.alias_(sql("sum(cast(:x as hugeint) * cast(:x as hugeint))", x=x), f"q{place}"),
        )
    return query


def _moments(row: Mapping[str, object], place: int) -> Moments:
    return Moments(*(int(str(row[f"{part}{place}"] or 0)) for part in "nsq"))


def _compare_number(measure: Measure, moments: Mapping[str, Moments], sides: _Sides) -> _Outcome:
    whole = Moments(*(sum(getattr(m, part) for m in moments.values()) for part in ("n", "total", "squares")))
    scale = measure.kind.scale
    rows, silence = [], "few" if whole.n else "unknown"
    for class_id in sides.classes:
        group = moments.get(class_id, Moments(0, 0, 0))
        rest = whole - group
        if min(group.n, rest.n) < MIN_HEADS:
            continue
        contrast = contrast_means(group, rest)
        if contrast is None:
            silence = "no_spread"
            continue
        figure, rest_figure = group.mean / scale, rest.mean / scale
        rows.append(
            Characteristic(
                class_id=class_id,
                measure=measure.name,
                level=None,
                heads=group.n,
                rest_heads=rest.n,
                figure=figure,
                rest_figure=rest_figure,
                lift=_lift(figure, rest_figure),
                contrast=Contrast(
                    contrast.difference / scale,
                    contrast.low / scale,
                    contrast.high / scale,
                    contrast.effect,
                ),
                decides=measure.name in sides.deciding,
            )
        )
    return _Outcome(measure.name, tuple(rows), correlation_ratio(list(moments.values())), silence)


def _compare_attributes(judged: Judged, present: Sequence[Measure], sides: _Sides) -> Iterator[_Outcome]:
    for measure in present:
        if measure.kind in {Kind.CATEGORY, Kind.FLAG}:
            yield _compare_attribute(measure, _count_levels(judged, measure), sides)


def _count_levels(judged: Judged, measure: Measure) -> dict[str, dict[str, int]]:
    """Units by level, then by class, the commonest level first; units of whom it is unknown are not there."""
    query = sql(
        """
        select level, grade, count(*) as heads, sum(count(*)) over (partition by level) as in_all
        from (select grade, cast(:level as varchar) as level from judged) as levelled where level is not null
        group by level, grade order by in_all desc, level, grade
        """,
        level=column(measure.name),
    )
    levels: dict[str, dict[str, int]] = {}
    for row in judged.fetch_tree(query, (measure.name,), units=True):
        levels.setdefault(str(row["level"]), {})[str(row["grade"])] = int(str(row["heads"]))
    return levels


def _compare_attribute(measure: Measure, levels: Mapping[str, Mapping[str, int]], sides: _Sides) -> _Outcome:
    known: dict[str, int] = {}
    for heads in levels.values():
        for class_id, n in heads.items():
            known[class_id] = known.get(class_id, 0) + n
    everybody = sum(known.values())
    if len(levels) < 2:
        return _Outcome(measure.name, (), None, "no_spread" if levels else "unknown")
    shown = [level for level in levels if measure.kind is not Kind.FLAG or level == "true"][:MAX_LEVELS]
    # Of two values each says what the other says; the one that the class has more of is told.
    is_mirrored = len(shown) == 2 == len(levels)
    rows = []
    for level in shown:
        in_level = sum(levels[level].values())
        for class_id in sides.classes:
            n, hits = known.get(class_id, 0), levels[level].get(class_id, 0)
            if min(n, everybody - n) < MIN_HEADS or in_level < MIN_HEADS:
                continue
            contrast = contrast_shares(hits, n, in_level - hits, everybody - n)
            if contrast is None or (is_mirrored and contrast.effect < 0):
                continue
            share, rest = hits / n, (in_level - hits) / (everybody - n)
            rows.append(
                Characteristic(
                    class_id=class_id,
                    measure=measure.name,
                    level=level,
                    heads=n,
                    rest_heads=everybody - n,
                    figure=share,
                    rest_figure=rest,
                    lift=_lift(share, rest),
                    contrast=contrast,
                    decides=measure.name in sides.deciding,
                )
            )
    table = [[heads.get(class_id, 0) for class_id in known] for heads in levels.values()]
    return _Outcome(measure.name, tuple(rows), cramers_v(table), "few")


def _lift(figure: float, rest_figure: float) -> float | None:
    return figure / rest_figure if rest_figure > 0 and figure >= 0 else None
