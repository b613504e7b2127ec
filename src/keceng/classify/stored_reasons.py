"""Sentences and triples worked out for stored rows, in the words of the run's own standard, date and currency."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from keceng.classify.plan import wording_of
from keceng.classify.reasons import LANGUAGES, MAX_TRIPLES, reason_step
from keceng.classify.row_columns import with_columns
from keceng.classify.summary import read_run_standard, read_summary
from keceng.standard import Standard

CODE = "reason_code"
SENTENCES = tuple(f"reason_{language}" for language in LANGUAGES)
"""Why a customer has its grade, in words."""
TRIPLES = tuple(
    f"reason_{part}_{place}" for place in range(1, MAX_TRIPLES + 1) for part in ("measure", "value", "cut")
)
"""The comparisons behind it."""


def reason_columns(
    directory: Path, codes: Sequence[str], stored: Sequence[str], names: Sequence[str]
) -> list[exp.Expr]:
    """The sentences and triples `names` as columns over rows of the run.

    Args:
        directory: of the run.
        codes: the reason codes that occur.
        stored: the columns that the rows have; what a sentence says of another is unknown.
        names: of `SENTENCES` and `TRIPLES`.
    """
    parts = _parts(directory, tuple(codes), frozenset(stored))
    return [exp.alias_(parts[name].copy(), name) for name in names]


def columns_named(directory: Path, codes: Sequence[str], stored: Sequence[str]) -> tuple[str, ...]:
    """Those of `stored` that the sentences and triples of the run name."""
    named = _names(directory, tuple(codes), frozenset(stored))
    return tuple(name for name in stored if name in named or name == CODE)


def lay_reasons_on(rows: pa.Table, directory: Path, names: Sequence[str]) -> pa.Table:
    """`rows` of the run with the sentences and triples `names` beside them, in the same order."""
    codes = tuple(
        sorted(code for code in rows[CODE].cast(pa.string()).unique().to_pylist() if code is not None)
    )
    stored = frozenset(rows.column_names)

    def columns() -> dict[str, exp.Expr]:
        parts = _parts(directory, codes, stored)
        return {name: parts[name] for name in names}

    return with_columns(rows, ("reasons", directory, codes, tuple(names)), columns)


@lru_cache(maxsize=256)
def _names(directory: Path, codes: tuple[str, ...], stored: frozenset[str]) -> frozenset[str]:
    # Each page of a customer asks, and hundreds of sentences are long to walk.
    parts = _parts(directory, codes, stored)
    return frozenset(c.name for part in parts.values() for c in part.find_all(exp.Column))


@lru_cache(maxsize=256)
def _parts(directory: Path, codes: tuple[str, ...], stored: frozenset[str]) -> dict[str, exp.Expr]:
    summary, standard = read_summary(directory), _standard_of(directory)
    step = reason_step(wording_of(standard, summary.as_of, summary.currency), codes)
    assert isinstance(step.query, exp.Select)  # noqa: S101  the step adds columns to a table
    parts = {part.alias: part.this for part in step.query.expressions if isinstance(part, exp.Alias)}
    return {name: part.transform(_known_only, stored) for name, part in parts.items()}


def _known_only(node: exp.Expr, stored: frozenset[str]) -> exp.Expr:
    # What an older run did not store is unknown.
    return exp.null() if isinstance(node, exp.Column) and node.name not in stored else node


@lru_cache(maxsize=8)
def _standard_of(directory: Path) -> Standard:
    return read_run_standard(directory)
