"""Boxes made wider where what they leave out is taken all the same, so that fewer bounds are left to argue about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from keceng.standard.reach import Box


@dataclass(frozen=True, slots=True)
class Widening:
    """A box without one of its bounds, and the part that it gains by that.

    Attributes:
        name: the number, category or flag whose bound falls away.
        wider: the box without the bound.
        gained: what lies in `wider` and not in the box.
    """

    name: str
    wider: Box
    gained: Box


def relax_boxes(
    boxes: Sequence[Box], taken: Sequence[Box], widenings: Callable[[Box], Iterable[Widening]]
) -> tuple[Box, ...]:
    """Boxes that, together with `taken`, hold exactly what `boxes` with `taken` hold, with bounds dropped.

    Args:
        boxes: the ways to meet a rule.
        taken: the ways to meet a rule before it.
        widenings: the bounds of a box that should go; none for a box that is wide enough.
    """
    current = list(boxes)
    place = 0
    while place < len(current):
        others = (*taken, *current[:place], *current[place + 1 :])
        found = (w.wider for w in widenings(current[place]) if _is_held(w.gained, others))
        wider = next(found, None)
        if wider is None:
            place += 1
        else:
            # A wider box may hold what another one lacked, so all are looked at again.
            current[place] = wider
            place = 0
    return tuple(current)


def _is_held(gained: Box, others: Sequence[Box]) -> bool:
    return gained.is_empty or any(gained.is_inside(other) for other in others)
