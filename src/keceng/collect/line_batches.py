"""What identifies the lines of one table of one file, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Overlap = Literal["replace", "append"]


@dataclass(frozen=True, slots=True)
class LineBatch:
    """What identifies the lines of one table of one file.

    Attributes:
        source: the system they come from.
        batch_id: the batch they belong to.
        scope: digest of the file and sheet; orders without an id are known within it.
        fields: that the file feeds.
        appends: an order that comes again gains the lines it does not have, instead of being replaced.
        overlap: what to do with a file without order ids that repeats more than half of another.
        staging: a folder for what is worked out of a file that is too large to be held; None holds it.
        has_different_orders: whether it is known that no two cells with an order id are the same.
        is_in_order: whether the orders may well come in the order of their days and ids.
    """

    source: str
    batch_id: str
    scope: str
    fields: frozenset[str]
    appends: bool = False
    overlap: Overlap | None = None
    staging: Path | None = None
    has_different_orders: bool = False
    is_in_order: bool = False

    @property
    def has_order_ids(self) -> bool:
        """Whether the file says which order a line belongs to."""
        return "order_id" in self.fields


@dataclass(frozen=True, slots=True)
class LineCounts:
    """How many accepted rows are new, changed, unchanged, and how many new ones have no customer.

    Attributes:
        are_new_orders: every row is an order of its own of a source that had none.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    anonymous: int = 0
    are_new_orders: bool = False
