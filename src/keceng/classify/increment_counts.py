"""Heads after an increment: those of the run before, less the rows that were replaced, plus those that replace them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from keceng.classify.moves import UNCLASSIFIED, count_moves
from keceng.classify.summary import PopulationCounts, RunSummary
from keceng.classify.tally import classed_dimensions
from keceng.lake import Engine
from keceng.standard import Standard

Matrix = Mapping[str, Mapping[str, int]]


def counted_heads(standard: Standard) -> list[str]:
    """The columns by which heads are counted."""
    return list(
        dict.fromkeys([*(d.id for d in classed_dimensions(standard)), "grade", "excluded_as", "provisional"])
    )


def count_heads(
    standard: Standard, fresh: pa.Table, old: pa.Table, below: RunSummary
) -> tuple[PopulationCounts, Mapping[str, Mapping[str, int]]]:
    """The population and the classes of the increment.

    Args:
        standard: the ruler.
        fresh: the columns `counted_heads` of the customers worked out anew.
        old: those of their rows in the run before.
        below: the record of that run.
    """
    dimensions = [d.id for d in classed_dimensions(standard)]
    change = _heads(fresh, dimensions)
    change.subtract(_heads(old, dimensions))
    before = below.population
    excluded = {
        code: before.excluded.get(code, 0) + change["excluded", code] for code in _codes(before, change)
    }
    population = PopulationCounts(
        customers=before.customers + change["heads", ""],
        classified=before.classified + change["graded", ""],
        provisional=before.provisional + change["provisional", ""],
        excluded={code: heads for code, heads in excluded.items() if heads},
        insufficient=before.insufficient + change["insufficient", ""],
    )
    classes = {
        name: {c: heads + change[name, c] for c, heads in below.classes[name].items()} for name in dimensions
    }
    return population, classes


def _codes(before: PopulationCounts, change: Counter[tuple[str, str]]) -> list[str]:
    return sorted({*before.excluded, *(code for kind, code in change if kind == "excluded")})


def _heads(rows: pa.Table, dimensions: list[str]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for row in _grouped(rows, [*dimensions, "excluded_as", "provisional"]):
        heads, grade, excluded = row["heads"], row["grade"], row["excluded_as"]
        found["heads", ""] += heads
        if excluded is not None:
            found["excluded", excluded] += heads
        elif grade is None:
            found["insufficient", ""] += heads
        if grade is not None:
            found["graded", ""] += heads
            found["provisional", ""] += heads if row["provisional"] else 0
            for name in dimensions:
                if row[name] is not None:
                    found[name, row[name]] += heads
    return found


def _grouped(rows: pa.Table, names: list[str]) -> list[dict[str, Any]]:
    unique = list(dict.fromkeys(names))
    counted = rows.group_by(unique).aggregate([([], "count_all")]).rename_columns([*unique, "heads"])
    found: list[dict[str, Any]] = counted.to_pylist()
    return found


def count_all_moves(engine: Engine, old: pa.Table, below: RunSummary) -> Matrix:
    """Heads from class to class; whoever was not worked out anew stayed where it was.

    Args:
        engine: with the step `transitions` of the customers worked out anew.
        old: their rows in the run before.
        below: the record of that run.
    """
    matrix = {start: dict(ends) for start, ends in count_moves(engine).items()}
    stayed = Counter(below.classes["grade"])
    stayed[UNCLASSIFIED] = below.population.customers - below.population.classified
    for counted in old["grade"].value_counts().to_pylist():
        stayed[UNCLASSIFIED if counted["values"] is None else counted["values"]] -= counted["counts"]
    for grade, heads in stayed.items():
        if heads:
            row = matrix.setdefault(grade, {})
            row[grade] = row.get(grade, 0) + heads
    return {start: dict(sorted(ends.items())) for start, ends in sorted(matrix.items())}
