"""A plan cut down to what is asked of it: only the steps on which the wanted tables rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from keceng.lake.trees import tables_in

if TYPE_CHECKING:
    from keceng.lake.engine import Step


def prune_steps(steps: Sequence[Step], wanted: Collection[str]) -> list[Step]:
    """Those of `steps` on which the steps named in `wanted` rest, themselves among them, in the same order.

    A step rests on every table that its query names; a table that no earlier step makes is taken to stand in the engine.

    Raises:
        KeyError: no step makes a wanted table.
    """
    if missing := set(wanted) - {step.name for step in steps}:
        raise KeyError(f"no step makes {sorted(missing)}")
    needed, kept = set(wanted), []
    for step in reversed(steps):
        if step.name in needed:
            # A step that reads its own name reads what an earlier step of that name made.
            needed.discard(step.name)
            needed |= tables_in(step.query)
            kept.append(step)
    return kept[::-1]


def read_in_place(
    steps: Sequence[Step],
    kept: Collection[str],
    cheap: Collection[str] = (),
    columns: Collection[str] | None = None,
) -> list[Step]:
    """The same plan, in which a step that one later step reads once is computed within that reader.

    What it gives is the same; columns that the reader does not name are never computed.

    Args:
        steps: the plan.
        kept: names of steps that somebody reads beside the plan.
        cheap: names of steps that cost less to compute with every reader than to keep.
        columns: with these, a step is kept with those of its columns alone that are among them or that a later step names.
    """
    # A filled place that got an alias is a table within a table: one reading.
    tables = (table for step in steps for table in step.query.find_all(exp.Table))
    readings = Counter(table.name for table in tables if not isinstance(table.parent, exp.Table))
    names = Counter(step.name for step in steps)

    def is_read_in_place(step: Step) -> bool:
        is_free = step.name not in kept and step.compute is None and names[step.name] == 1
        return is_free and (readings[step.name] == 1 or step.name in cheap)

    placed = [replace(step, in_place=True) if is_read_in_place(step) else step for step in steps]
    return placed if columns is None else _narrowed(placed, columns)


def _narrowed(steps: Sequence[Step], columns: Collection[str]) -> list[Step]:
    # A column that no later step names and nobody asks for may pass through stars, but never reaches a reader.
    named, narrowed = frozenset(columns), []
    for step in reversed(steps):
        narrowed.append(replace(step, read=named))
        named |= {c.name for c in step.query.find_all(exp.Column, exp.Identifier)}
    return narrowed[::-1]
