"""A standard back to the document it could have been written as, and its hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

import yaml

from keceng.standard.condition import decimal_text
from keceng.standard.methods import (
    Bands,
    CumulativeShare,
    Cut,
    Matrix,
    Part,
    PercentileOf,
    PointBands,
    Quantiles,
    Rule,
    Rules,
    Scorecard,
    ScoreMeasure,
    Use,
    method_names,
)
from keceng.standard.model import Dimension, SmallData, Standard, Strategy, TiePolicy, TierClass
from keceng.vocabulary import Kind, Text

Section = dict[str, object]


class _Plain(str):
    """A number or a word that YAML prints as it stands, so that no decimal passes through a float."""

    __slots__ = ()


class _Printer(yaml.SafeDumper):
    """The safe dumper, with numbers in our own exact print."""


def _print_plain(printer: _Printer, text: _Plain) -> yaml.ScalarNode:
    # The tag that a reader would resolve anyway, so that none is printed.
    tag = printer.resolve(yaml.ScalarNode, str(text), (True, False))  # type: ignore[no-untyped-call]
    return printer.represent_scalar(tag, str(text))


_Printer.add_representer(_Plain, _print_plain)


def to_document(standard: Standard) -> dict[str, object]:
    """The mapping that loads back to `standard`, of JSON's types; decimals are texts, so that they stay exact."""
    plain: dict[str, object] = json.loads(json.dumps(_document(standard), ensure_ascii=False))
    return plain


def _document(standard: Standard) -> Section:
    document: Section = {
        "keceng": 1,
        "id": standard.id,
        "title": _bilingual(standard.title),
        "revision": standard.revision,
        "window": f"{standard.window_days}d",
        "unit": standard.unit.value,
        "population": _population(standard),
        "dimensions": {d.id: _dimension(d, standard) for d in standard.dimensions},
        "grade": _dimension(standard.grade, standard),
        "stability": _stability(standard),
        "strategy": {_strategy_key(s): _strategy(s) for s in standard.strategy},
    }
    if standard.provisional:
        document["provisional"] = standard.provisional.text
    if standard.strategy_by:
        document["strategy_by"] = standard.strategy_by
    if standard.review:
        document["review"] = {"every": standard.review.every, "owner": standard.review.owner}
    if standard.nomination:
        document["nomination"] = {
            "class": standard.nomination.class_id,
            "quota": _decimal(standard.nomination.quota, Kind.RATIO),
            "months": standard.nomination.months,
        }
    return document


@lru_cache(maxsize=16)
def dump_standard(standard: Standard) -> str:
    """YAML that loads back to an equal standard."""
    return yaml.dump(_document(standard), Dumper=_Printer, allow_unicode=True, sort_keys=False, width=1_000)


@lru_cache(maxsize=16)
def standard_hash(standard: Standard) -> str:
    """The SHA-256 of the standard's canonical form: equal for equal standards, however they were typed."""
    canonical = json.dumps(to_document(standard), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _bilingual(text: Text) -> Section:
    return {"zh": text.zh, "en": text.en}


def _decimal(parts: int, kind: Kind) -> str:
    return _Plain(decimal_text(Fraction(parts, kind.scale)))


def _cut(cut: Cut, kind: Kind) -> str:
    return _Plain(cut.isoformat()) if isinstance(cut, dt.date) else _decimal(cut, kind)


def _population(standard: Standard) -> Section:
    population: Section = {}
    if standard.population.include:
        population["include"] = standard.population.include.text
    if standard.population.exclude:
        population["exclude"] = [
            {"id": e.id, "when": e.when.text, "reason": _bilingual(e.reason)}
            for e in standard.population.exclude
        ]
    return population


def _stability(standard: Standard) -> object:
    stability = standard.stability
    if stability is None:
        return "off"
    printed: Section = {
        "demote_after": stability.demote_after,
        "margin": _decimal(stability.margin, Kind.RATIO),
        "min_stay": f"{stability.min_stay_days}d",
    }
    if stability.at_once:
        printed["at_once"] = stability.at_once.text
    return printed


def _strategy_key(strategy: Strategy) -> str:
    return f"{strategy.grade}/{strategy.state}" if strategy.state is not None else strategy.grade


def _strategy(strategy: Strategy) -> Section:
    printed: Section = {"goal": _bilingual(strategy.goal)}
    if strategy.rhythm_days is not None:
        printed["rhythm"] = f"{strategy.rhythm_days}d"
    if strategy.service is not None:
        printed["service"] = strategy.service
    if strategy.owner_role is not None:
        printed["owner"] = strategy.owner_role
    return printed


def _dimension(dimension: Dimension, standard: Standard) -> Section:
    scope = standard.scope
    printed: Section = {"title": _bilingual(dimension.title), "kind": dimension.kind.value}
    if isinstance(dimension.method, Use):
        return printed | {"use": dimension.method.measure}
    printed |= {"by": dimension.by.value} | _ranking(dimension)
    named = [name for name in method_names(dimension.method) if name in scope]
    kind = scope[named[0]].kind if named else Kind.COUNT
    if dimension.frozen:
        printed["frozen"] = {code: _cut(cut, kind) for code, cut in dimension.frozen}
    match dimension.method:
        case Bands(measure=measure) | Quantiles(measure=measure) | CumulativeShare(measure=measure):
            printed["measure"] = measure
        case Scorecard(parts=parts, min_coverage=coverage):
            printed["min_coverage"] = _decimal(coverage, Kind.RATIO)
            printed["parts"] = {p.id: _part(p, scope[p.source.measure].kind) for p in parts}
        case Matrix():
            printed |= _matrix(dimension.method)
        case Rules():
            pass
    if dimension.classes:
        bounds = _class_bounds(dimension, kind)
        printed["classes"] = {
            c.id: {**bound, **_titles(c)} for c, bound in zip(dimension.classes, bounds, strict=True)
        }
    return printed


def _ranking(dimension: Dimension) -> Section:
    printed: Section = {}
    if dimension.within:
        printed |= {"within": dimension.within, "min_group": dimension.min_group}
    if dimension.among:
        printed["among"] = dimension.among.text
    if dimension.tie_policy is not TiePolicy.UP:
        printed["tie_policy"] = dimension.tie_policy.value
    if dimension.small_data is not SmallData.AUTO:
        printed["small_data"] = dimension.small_data.value
    return printed


def _titles(tier_class: TierClass) -> Section:
    texts = {
        "title": tier_class.title,
        "public_title": tier_class.public_title,
        "note": tier_class.note,
    }
    watch: Section = {"watch": True} if tier_class.watch else {}
    return watch | {key: _bilingual(text) for key, text in texts.items() if text}


def _class_bounds(dimension: Dimension, kind: Kind) -> Sequence[Mapping[str, object]]:
    match dimension.method:
        case Rules(rules=rules):
            return [_rule(rule) for rule in rules]
        case Bands(bound=bound, cuts=cuts):
            return [{bound.value: _cut(cut, kind)} if cut is not None else {} for cut in cuts]
        case Scorecard(cuts=cuts):
            return [{} if cut is None else {"from": _cut(cut, Kind.SCORE)} for cut in cuts]
        case Quantiles(to=shares):
            return [{"to": _decimal(share, Kind.RATIO)} for share in shares]
        case CumulativeShare(to=shares, max_share=caps):
            return [
                {"to": _decimal(share, Kind.RATIO)}
                | ({"max_share": _decimal(cap, Kind.RATIO)} if cap is not None else {})
                for share, cap in zip(shares, caps, strict=True)
            ]
        case _:
            return [{} for _ in dimension.classes]


def _rule(rule: Rule) -> Section:
    printed: Section = {"when": rule.when.text} if rule.when else {"otherwise": True}
    if rule.unknown_is_not_met:
        printed["unknown"] = "not_met"
    if rule.stay:
        printed["stay"] = rule.stay.text
    return printed


def _part(part: Part, kind: Kind) -> Section:
    printed: Section = {"title": _bilingual(part.title)} if part.title else {}
    printed["weight"] = _decimal(part.weight, Kind.RATIO)
    match part.source:
        case ScoreMeasure(measure=measure):
            printed["measure"] = measure
        case PercentileOf(measure=measure):
            printed["percentile"] = measure
        case PointBands(measure=measure, bands=bands):
            written = [[_cut(lowest, kind), _decimal(points, Kind.SCORE)] for lowest, points in bands]
            printed["points"] = {"measure": measure, "bands": written}
    return printed


def _matrix(matrix: Matrix) -> Section:
    cells: dict[str, dict[str, str]] = {}
    for row, across, chosen in matrix.cells:
        cells.setdefault(row, {})[across] = chosen
    return {"rows": matrix.rows, "columns": matrix.columns, "cells": cells}
