"""What a valid standard may still do badly, told to a manager: where, why, and what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from keceng.measure import Measure
from keceng.standard.data_lints import find_attributes, find_sensitive, find_unavailable, find_without_data
from keceng.standard.loading import Document, load_standard, locate_paths
from keceng.standard.margin_lints import find_thin
from keceng.standard.model import Standard
from keceng.standard.monotony_lints import find_doubtful
from keceng.standard.principle_lints import (
    find_aimless,
    find_overfull,
    find_static,
    find_unbalanced,
    find_unclear,
    find_unwieldy,
)
from keceng.standard.range_lints import find_reversed
from keceng.standard.reach_lints import find_unreachable
from keceng.vocabulary import Place, Problem

BLOCKING_LINTS = frozenset({"lint.sensitive", "lint.unavailable", "lint.unreachable", "lint.reversed"})
"""Findings with which a standard must not be published; the others are advice."""


def lint_standard(
    standard: Standard,
    catalogue: Mapping[str, Measure],
    *,
    known: Collection[str] | None = None,
    lines: Mapping[str, int] | None = None,
    file: str | None = None,
) -> tuple[Problem, ...]:
    """Findings on a valid standard, each with its path and what to do; those of `BLOCKING_LINTS` forbid publishing.

    Args:
        standard: a valid standard.
        catalogue: the measures that exist here.
        known: the measures that are known of somebody here; None: nothing is said of absent data.
        lines: the line of each path of the document it was read from (`locate_paths`).
        file: the name of that document.
    """
    upside_down = tuple(find_reversed(standard))
    # That nobody meets such a rule only follows from it.
    told = {found.place.path for found in upside_down}
    findings = (
        *find_sensitive(standard),
        *find_unavailable(standard, catalogue),
        *upside_down,
        *(f for f in find_unreachable(standard) if f.place.path not in told),
        *(find_without_data(standard, known) if known is not None else ()),
        *find_attributes(standard),
        *find_unwieldy(standard),
        *find_aimless(standard),
        *find_static(standard),
        *find_thin(standard),
        *find_overfull(standard),
        *find_unbalanced(standard),
        *find_unclear(standard),
        *find_doubtful(standard),
    )
    return tuple(replace(found, place=_place(found.place, lines or {}, file)) for found in findings)


def lint_document(
    document: Document, catalogue: Mapping[str, Measure], *, known: Collection[str] | None = None
) -> tuple[Standard, tuple[Problem, ...]]:
    """The standard that a document declares, and the findings on it at the document's lines.

    Args:
        document: as for `load_standard`.
        catalogue: the measures that exist here.
        known: as for `lint_standard`.

    Raises:
        KecengError: every fault of a document that is no standard.
    """
    standard = load_standard(document, catalogue)
    file, lines = locate_paths(document)
    return standard, lint_standard(standard, catalogue, known=known, lines=lines, file=file)


def _place(place: Place, lines: Mapping[str, int], file: str | None) -> Place:
    path = place.path or ""
    while path and path not in lines:
        path = path.rpartition(".")[0]
    return replace(place, file=file, line=lines.get(path))
