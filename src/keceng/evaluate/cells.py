"""Where a standard's dimensions cross: heads per cell, cells without anybody or with too few, rules that overlap."""

from __future__ import annotations

from itertools import combinations

from sqlglot import exp

from keceng.classify import Rehearsal
from keceng.evaluate.impact import CrossTable, Overlap
from keceng.lake import column, sql
from keceng.standard import Dimension, Rules, condition_sql

TINY_HEADS = 5
"""Fewer in a cell than this cannot be treated as a class of its own."""


def cross_dimensions(rehearsal: Rehearsal) -> tuple[CrossTable, ...]:
    """Every pair of the draft's dimensions that have classes, and the grade by what its strategy is keyed on."""
    draft = rehearsal.draft
    classed = [d for d in draft.dimensions if d.classes]
    pairs = list(combinations(classed, 2))
    pairs += [(draft.grade, d) for d in classed if d.id == draft.strategy_by]
    return tuple(_cross(rehearsal, rows, across) for rows, across in pairs)


def _cross(rehearsal: Rehearsal, rows: Dimension, across: Dimension) -> CrossTable:
    counted = rehearsal.engine.fetch(
        sql(
            """
            select :row_class as row_class, :across_class as across_class, count(*) as heads
            from assigned where grade is not null and :row_class is not null and :across_class is not null
            group by :row_class, :across_class
            """,
            row_class=column(rows.id),
            across_class=column(across.id),
        )
    ).to_pylist()
    found = {(r["row_class"], r["across_class"]): r["heads"] for r in counted}
    heads = {(a, b): found.get((a, b), 0) for a in rows.class_ids for b in across.class_ids}
    return CrossTable(
        rows.id,
        across.id,
        heads,
        empty=tuple(cell for cell, n in heads.items() if n == 0),
        tiny=tuple(cell for cell, n in heads.items() if 0 < n < TINY_HEADS),
    )


def find_overlaps(rehearsal: Rehearsal) -> tuple[Overlap, ...]:
    """Heads who meet the rules of two classes of the grade; none where it has no rules."""
    method = rehearsal.draft.grade.method
    if not isinstance(method, Rules):
        return ()
    written = [(rule.class_id, rule.when) for rule in method.rules if rule.when is not None]
    pairs = list(combinations(written, 2))
    if not pairs:
        return ()
    counts = [
        exp.alias_(
            exp.func("count_if", sql("(:a) and (:b)", a=condition_sql(a), b=condition_sql(b))),
            f"pair_{place}",
        )
        for place, ((_, a), (_, b)) in enumerate(pairs)
    ]
    row = rehearsal.engine.fetch(exp.select(*counts).from_("assigned").where("is_judged")).to_pylist()[0]
    return tuple(
        Overlap(first, second, int(row[f"pair_{place}"] or 0))
        for place, ((first, _), (second, _)) in enumerate(pairs)
        if row[f"pair_{place}"]
    )
