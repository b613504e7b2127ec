"""What an increment is worked out with: the request, what it goes on from, and the engines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keceng.classify.aging import Aging
from keceng.classify.increment_ready import Ready
from keceng.classify.increment_scope import Ground
from keceng.classify.past import Past
from keceng.classify.stored import customer_columns, scan_customers
from keceng.classify.stored_reasons import SENTENCES
from keceng.collect import LEDGER
from keceng.lake import Engine, Snapshot, open_engine
from keceng.standard import Standard

if TYPE_CHECKING:
    from keceng.classify.run import RunRequest

PREVIOUS = "previous"


class Ledger:
    """The lake, and as `previous` the rows of the run before, in an engine that opens when something first has to be asked of it."""

    def __init__(self, snapshot: Snapshot, directory: Path) -> None:
        self._snapshot, self._directory = snapshot, directory
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """It, open."""
        if self._engine is None:
            self._engine = open_engine(self._snapshot, LEDGER)
            stored = [name for name in customer_columns(self._directory) if name not in SENTENCES]
            scan_customers(self._engine, PREVIOUS, self._directory, stored)
        return self._engine

    def close(self) -> None:
        """Free what it holds."""
        if self._engine is not None:
            self._engine.close()


@dataclass(frozen=True, slots=True)
class Work:
    """One increment in the making.

    Attributes:
        request: what is to be run.
        past: of that run.
        ground: what it goes on from.
        ledger: for what needs an engine.
        engine: in which the plan runs over the ledger of a few customers.
        ready: what was laid open for it.
    """

    request: RunRequest
    past: Past
    ground: Ground
    ledger: Ledger
    engine: Engine
    ready: Ready

    @property
    def standard(self) -> Standard:
        """The ruler."""
        return self.request.standard

    @property
    def elapsed_days(self) -> int:
        """From the run before to this one."""
        return (self.request.as_of - self.ground.summary.as_of).days

    def aging(self, history_days: int | None) -> Aging:
        """From the run before to this one, `history_days` after the first purchase of anybody."""
        is_held = self.past.stability != "off"
        return Aging(self.request.as_of, self.elapsed_days, history_days, is_held=is_held)
