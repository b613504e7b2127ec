"""A plan cut down to what is asked of it: only the steps on which the wanted tables rest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

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
            needed |= {table.name for table in step.query.find_all(exp.Table)}
            kept.append(step)
    return kept[::-1]
