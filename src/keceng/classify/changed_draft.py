"""The grades of a changed draft from what the published run stored, quickly enough to show while somebody turns a number.

The plan of the draft is worked out over the run's own columns, of which only those that what changed reads are read. Where
that cannot say what a full run would, there is none, and `rehearse` tells.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from keceng.classify.changed_cuts import resolve_cuts
from keceng.classify.changed_moves import Cell, Places, Standing, compare_grades
from keceng.classify.changed_plan import (
    CODED,
    SETTLED,
    STORED,
    NotStoredError,
    decided_steps,
    plan_changes,
)
from keceng.classify.past import look_at_past
from keceng.classify.plan import wording_of
from keceng.classify.reasons import LANGUAGES, reason_step
from keceng.classify.rehearsal import serves
from keceng.classify.row_columns import with_columns
from keceng.classify.stability import EMPTY_STANDINGS
from keceng.classify.stored import customer_files
from keceng.classify.summary import RunSummary, read_run_standard, read_summary
from keceng.classify.tables import ranks_file
from keceng.collect import DECISIONS
from keceng.lake import Engine, FileColumns, Snapshot, UnitColumns, UnsupportedError
from keceng.standard import Standard, Unit

KEY, CODE = "customer_key", "reason_code"
Whole = npt.NDArray[np.int64]
_NO_RANKS = pa.schema(
    [("peer_group", pa.string())]
    + [
        (name, pa.int64())
        for name in ("number", "tied", "upto", "better", "compared", "sum_upto", "sum_before", "total")
    ]
).empty_table()


@dataclass(frozen=True, slots=True)
class ChangedDraft:
    """A draft laid on the stored measures of the published run.

    Attributes:
        draft: what was laid on.
        base: the published run.
        base_standard: its ruler.
        keys: of all customers, in order.
    """

    draft: Standard
    base: RunSummary
    base_standard: Standard
    keys: Whole
    _standing: Standing
    _rows: _Rows

    @property
    def classes(self) -> tuple[str, ...]:
        """The words of `before` and `after`."""
        return self._standing.classes

    @property
    def before(self) -> Places:
        """The place in `classes` of each customer's grade in force."""
        return self._standing.before

    @property
    def after(self) -> Places:
        """The same by the draft."""
        return self._standing.after

    @property
    def cells(self) -> Mapping[tuple[str, str], Cell]:
        """Heads and sales by the class before and the class after, those who stay included."""
        return self._standing.cells

    @property
    def moves(self) -> Mapping[str, Mapping[str, int]]:
        """Heads from class to class, those who stay included."""
        found: dict[str, dict[str, int]] = {}
        for source, target in sorted(self.cells):
            found.setdefault(source, {})[target] = self.cells[source, target].heads
        return found

    def stored(self, name: str, rows: Whole) -> pa.ChunkedArray:
        """A column of the run.

        Args:
            name: of the column.
            rows: the places of the customers in `keys`, in order.
        """
        return self._rows.stored(name, rows)

    def reason_codes(self) -> pa.ChunkedArray:
        """The reason code of every customer by the draft."""
        return self._rows.coded(self.keys).fetch(CODED, [CODE])[CODE]

    def reasons(self, keys: Whole) -> pa.Table:
        """Why some customers have the grade that the draft gives: `customer_key`, `reason_zh`, `reason_en`.

        Raises:
            NotStoredError: a sentence names a place that would have to be worked out anew.
        """
        rows = self._rows.coded(keys)
        codes = rows.fetch(CODED, [CODE])[CODE].cast(pa.string()).unique().to_pylist()
        wording = wording_of(self.draft, self.base.as_of, self.base.currency)
        step = reason_step(wording, sorted(code for code in codes if code is not None), CODED)
        told = {f"reason_{language}" for language in LANGUAGES}
        sentences = {node.alias: node.this for node in step.query.find_all(exp.Alias) if node.alias in told}
        named = sorted({c.name for part in sentences.values() for c in part.find_all(exp.Column)} - {KEY})
        if self._rows.plan.needs_places(named):
            rows = self._rows.coded(keys, named)
        return with_columns(rows.fetch(CODED, [KEY, *named]), object(), lambda: sentences).select(
            [KEY, *sorted(told)]
        )


class _Rows:
    """The rows of a run under a draft: all of them, or a few with their codes."""

    def __init__(
        self, snapshot: Snapshot, draft: Standard, stored: Standard, as_of: dt.date, engine: Engine
    ) -> None:
        self._directory = snapshot.run_directory()
        [file] = customer_files(self._directory)
        self._file = FileColumns(file)
        decided = snapshot.read(DECISIONS).num_rows > 0
        self.plan = plan_changes(draft, stored, self._file.column_names, as_of, is_decided=decided)
        self._given: dict[str, pa.Table] = {}
        if decided:
            engine.run(decided_steps(draft, as_of))
            found = engine.fetch(exp.select("*").from_("decided"))
            self._given = {"standings": EMPTY_STANDINGS, "decided": found}
        for dimension, step in self.plan.cuts:
            ranks = self._directory / ranks_file(dimension.id)
            self._given[step.name] = resolve_cuts(dimension, step, ranks, engine)
        self.columns = self._laid(None)

    def stored(self, name: str, rows: Whole) -> pa.ChunkedArray:
        """A column of the run, of some customers alone."""
        return UnitColumns(self._file, STORED, KEY, self.columns.keys[rows]).fetch(STORED, [name])[name]

    def standing(self) -> Standing:
        """Everybody's grade in force, and that by the draft."""
        return compare_grades(self.columns, (STORED, "grade"), (SETTLED, "grade"), (STORED, "spend"))

    def coded(self, keys: Whole, asked: Collection[str] = ()) -> UnitColumns:
        """The rows of `keys` with their codes, and with the places among the columns `asked`.

        Raises:
            NotStoredError: one of them would have to be worked out anew.
        """
        columns = self._laid(keys, asked)
        columns.run([self.plan.code])
        return columns

    def _laid(self, only: Whole | None, asked: Collection[str] = ()) -> UnitColumns:
        columns = UnitColumns(self._file, STORED, KEY, only)
        for name, rows in self._given.items():
            columns.give(name, rows)
        placed = self.plan.needs_places(asked)
        for name in self.plan.ranked:
            ranks = pq.read_table(self._directory / ranks_file(name)) if name in placed else _NO_RANKS
            columns.give(f"ranks_{name}", ranks)
        columns.run(self.plan.steps)
        return columns


def lay_changed_draft(snapshot: Snapshot, draft: Standard, engine: Engine) -> ChangedDraft | None:
    """The grades that publishing `draft` would give on the data and day of the published run.

    None where that takes more than what the run stored (another window, unit, population or ranking), or where grades are
    held already by the draft's ruler.

    Args:
        snapshot: of the lake with the run.
        draft: what is laid on.
        engine: with the table of decisions; cuts and decisions are worked out in it.

    Raises:
        KecengError: nothing is published yet.
    """
    directory = snapshot.run_directory()
    base, stored = read_summary(directory), read_run_standard(directory)
    is_whole = len(customer_files(directory)) == 1 and draft.unit is Unit.ACCOUNT
    if not is_whole or draft.population != stored.population or not serves(draft, stored, directory):
        return None
    if look_at_past(snapshot, draft, base.as_of).held is not None:
        return None
    try:
        rows = _Rows(snapshot, draft, stored, base.as_of, engine)
        standing = rows.standing()
    except (NotStoredError, UnsupportedError):
        return None
    return ChangedDraft(draft, base, stored, rows.columns.keys, standing, rows)
