"""What is worked out from a result while it is written, block by block, so that nobody reads its file again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keceng.lake.vectors import Block, Keeping, Tallied, UnsupportedError

if TYPE_CHECKING:
    from keceng.lake.engine import Step
    from keceng.lake.vector_engine import VectorEngine


class KeepingReader:
    """A relation that is kept while the result that it reads is written."""

    def __init__(self, engine: VectorEngine, step: Step, keeping: Keeping) -> None:
        self._engine, self._step, self._keeping = engine, step, keeping
        self._is_held = True

    def take(self, block: Block) -> None:
        """The next block of the result."""
        try:
            if self._is_held:
                self._keeping.take(block)
        except UnsupportedError:
            self._is_held = False  # whoever asks for it will see the same, and make it otherwise

    def lay(self) -> None:
        """Lay before DuckDB what was found; the result is written."""
        if self._is_held:
            self._engine.show(self._step, self._keeping.kept)


class CountingReader:
    """Heads of a relation, counted while the result that it reads is written."""

    def __init__(self, engine: VectorEngine, step: Step) -> None:
        self._engine, self._step = engine, step
        self._tally = Tallied(step.query)  # none of a pass that was given up is counted twice
        self._is_counted = True

    @property
    def table(self) -> str:
        """What is counted."""
        return self._tally.table

    def take(self, block: Block) -> None:
        """The next block of the result."""
        relation = self._engine.relation(self._tally.table)
        try:
            if self._is_counted and relation is not None:
                self._tally.take(relation, block)
        except UnsupportedError:
            relation = None
        self._is_counted = self._is_counted and relation is not None

    def lay(self) -> None:
        """Lay before DuckDB what was found; the result is written."""
        self._engine.lay_tally(self._step, self._tally.table_of_rows() if self._is_counted else None)
