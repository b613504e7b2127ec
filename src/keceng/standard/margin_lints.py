"""Margins too thin to keep grades from flickering, and classes thinner than the margin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from keceng.standard.findings import finding
from keceng.standard.mentions import dimension_path
from keceng.standard.methods import Bands, Rules, Scorecard
from keceng.standard.model import Dimension, Standard
from keceng.standard.reach import list_boxes
from keceng.vocabulary import DimensionKind, Kind, Problem, Text

THIN_MARGIN = Kind.RATIO.scale // 20
FULL = Kind.RATIO.scale
Line = tuple[str, Fraction]
"""A class, and the line above which (or, negative, below which) customers enter it."""


def find_thin(standard: Standard) -> Iterator[Problem]:
    """A margin below 5 %, a fall at the first weak review, and neighbouring classes closer than the margin."""
    stability = standard.stability
    if stability is None or standard.grade.kind is not DimensionKind.TIER:
        return
    if stability.margin < THIN_MARGIN:
        share = f"{Fraction(stability.margin * 100, FULL)}%"
        message = Text(f"保级余量只有 {share}，挡不住来回跳", f"a margin of {share} does not stop flickering")
        yield finding("thin", "stability.margin", message, Text("一般 0.10", "0.10 is usual"))
    if stability.demote_after == 1:
        message = Text(
            "一次不达标就降级，一个淡季就会误伤",
            "one weak review and the customer falls; a slack season will do it",
        )
        yield finding("thin", "stability.demote_after", message, Text("一般 2 次", "2 is usual"))
    for dimension in (*standard.dimensions, standard.grade):
        if dimension.kind is DimensionKind.TIER:
            yield from _crowded(dimension, standard, stability.margin)


def _crowded(dimension: Dimension, standard: Standard, margin: int) -> Iterator[Problem]:
    lines = _lines(dimension, standard)
    for (upper, high), (lower, low) in pairwise(lines):
        kept = high - abs(high) * Fraction(margin, FULL)
        if low < high and kept <= low and margin:
            titles = [dimension.tier_class(c).title for c in (upper, lower)]
            message = Text(
                f"「{titles[0].zh}」与「{titles[1].zh}」的线相距不到保级余量，等于少了一类",
                f"“{titles[0].en}” and “{titles[1].en}” lie closer than the margin: in practice one class less",
            )
            remedy = Text("拉开两条线，或缩小 margin", "move the lines apart, or narrow the margin")
            yield finding("thin", f"{dimension_path(dimension)}.classes.{lower}", message, remedy)


def _lines(dimension: Dimension, standard: Standard) -> Sequence[Line]:
    match dimension.method:
        case Bands(bound=bound, cuts=cuts):
            sign = 1 if bound.value == "from" else -1
            return [
                (c, Fraction(sign * cut))
                for c, cut in zip(dimension.class_ids, cuts, strict=True)
                if isinstance(cut, int)
            ]
        case Scorecard(cuts=cuts):
            return [
                (c, Fraction(cut))
                for c, cut in zip(dimension.class_ids, cuts, strict=False)
                if cut is not None
            ]
        case Rules():
            return _single_lines(dimension.method, standard)
        case _:
            return []


def _single_lines(method: Rules, standard: Standard) -> Sequence[Line]:
    # Rules that ask for more of one and the same number; anything else has no single line.
    lines: list[tuple[str, Line]] = []
    for rule in method.rules:
        boxes = list_boxes(rule.when.tree, standard.scope) if rule.when else None
        if boxes and len(boxes) == 1 and len(boxes[0].ranges) == 1 and not boxes[0].allowed:
            ((name, found),) = boxes[0].ranges.items()
            if found.low is not None and found.high is None:
                lines.append((name, (rule.class_id, found.low)))
    return [line for name, line in lines if name == lines[0][0]] if lines else []
