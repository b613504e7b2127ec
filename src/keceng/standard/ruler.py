"""The part of a standard that decides grades, apart from its words and from what is done with them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from keceng.standard.condition import Condition
from keceng.standard.methods import Method, Rule, Rules, Scorecard
from keceng.standard.model import Dimension, Exclusion, Population, Standard, TierClass
from keceng.standard.printing import to_document
from keceng.vocabulary import Text

SILENT = Text("", "")


def ruler_hash(standard: Standard) -> str:
    """The SHA-256 of what decides grades: window, unit, population, dimensions, grade and who is provisional.

    Titles, notes, reasons, strategies, stability, review, id and revision do not count, nor does the way a condition
    is typed or the order in which dimensions are written: two standards with one ruler give every customer the same
    grade by the rules.
    """
    document = to_document(_silenced(standard))
    canonical = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _silenced(standard: Standard) -> Standard:
    dimensions = sorted(standard.dimensions, key=lambda dimension: dimension.id)
    return replace(
        standard,
        id="",
        revision=1,
        title=SILENT,
        population=_silent_population(standard.population),
        dimensions=tuple(map(_silent_dimension, dimensions)),
        grade=_silent_dimension(standard.grade),
        provisional=_canonical(standard.provisional),
        stability=None,
        strategy_by=None,
        strategy=(),
        review=None,
        nomination=None,
    )


def _silent_population(population: Population) -> Population:
    exclude = tuple(Exclusion(e.id, _canonical(e.when) or e.when, SILENT) for e in population.exclude)
    return Population(_canonical(population.include), exclude)


def _silent_dimension(dimension: Dimension) -> Dimension:
    return replace(
        dimension,
        title=SILENT,
        method=_silent_method(dimension.method),
        classes=tuple(TierClass(c.id, SILENT) for c in dimension.classes),
        among=_canonical(dimension.among),
    )


def _silent_method(method: Method) -> Method:
    match method:
        case Rules(rules=rules):
            return Rules(tuple(map(_canonical_rule, rules)))
        case Scorecard(parts=parts):
            return replace(
                method,
                parts=tuple(replace(part, title=None) for part in sorted(parts, key=lambda part: part.id)),
            )
        case _:
            return method


def _canonical_rule(rule: Rule) -> Rule:
    # How easily one stays is the buffer's business, so `stay` is not part of the ruler.
    return replace(rule, when=_canonical(rule.when), stay=None)


def _canonical(condition: Condition | None) -> Condition | None:
    return Condition(str(condition), condition.tree) if condition else None
