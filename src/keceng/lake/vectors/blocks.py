"""Relations of a plan that have one row per unit, in the order of their keys: columns on demand, block by block.

A relation that is a query holds no rows. Whoever asks for a column of a block has it worked out from the columns below, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from keceng.lake.vectors import vector as v
from keceng.lake.vectors.vector import Vector

BLOCK = 1 << 16
Keys = npt.NDArray[np.int64]


@dataclass(slots=True)
class Block:
    """Some rows that lie together, and what was worked out for them."""

    low: int
    high: int
    made: dict[tuple[int, object], Vector] = field(default_factory=dict)
    rows: dict[int, Any] = field(default_factory=dict)
    """What relations work on, by their identity."""

    def forget(self) -> None:
        """Hold nothing any more: what relations work on holds the block."""
        self.made.clear()
        self.rows.clear()

    def kept(self, place: tuple[int, object], work: Callable[[], Vector]) -> Vector:
        """What `work` gives for `place`, once."""
        found = self.made.get(place)
        if found is None:
            found = self.made[place] = work()
        return found


ColumnOf = Callable[[Block], Vector]
"""Finds one column for a block."""


def blocks_of(rows: int) -> Iterator[Block]:
    """All rows, block by block; what was worked out for one is forgotten before the next."""
    for low in range(0, rows, BLOCK):
        block = Block(low, min(low + BLOCK, rows))
        yield block
        block.forget()


class Relation:
    """One row per unit, or for some units only: columns by name, and which units have a row."""

    names: tuple[str, ...] = ()

    def column_of(self, name: str) -> ColumnOf:
        """How the column `name` is found for a block."""
        return partial(self.column, name)

    def column(self, name: str, block: Block) -> Vector:
        """The column `name` of the rows of `block`."""
        raise NotImplementedError

    def present(self, block: Block) -> v.Known:
        """Which units of `block` have a row; None where all have."""
        raise NotImplementedError


def masked(found: Vector, present: v.Known) -> Vector:
    """`found`, NULL where no row is present."""
    if present is None or found.kind == "nothing":
        return found
    known = present if found.known is None else found.known & present
    values = found.values & known if found.kind == "truth" else found.values
    return Vector(found.kind, values, known, found.words, found.low, found.high)
