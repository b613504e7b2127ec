"""Where a measured book lies; light to load, so that a process that measures a peer holds nothing of ours."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

AS_OF = dt.date(2026, 6, 30)
"""The last day of every book."""
SPAN_DAYS = 3 * 365
"""How far back a book goes."""
MOST_MEASURED_WHOLLY = 2_000_000
"""Of more customers than this a served company measures and stores what is needed alone, within `MEMORY_OF_MANY`."""
MEMORY_OF_MANY = 4_000_000_000
"""Bytes for a run over very many."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Where one measured book lies.

    Attributes:
        directory: of everything.
        orders: how many were made.
    """

    directory: Path
    orders: int

    @property
    def coded(self) -> Path:
        """Orders with whole-number customers: `customer, day, amount` in cents."""
        return self.directory / "orders.parquet"

    @property
    def as_imported(self) -> Path:
        """The same orders with the text ids of a source."""
        return self.directory / "orders_text_ids.parquet"

    @property
    def lake(self) -> Path:
        """The ledger of the same orders."""
        return self.directory / "lake"
