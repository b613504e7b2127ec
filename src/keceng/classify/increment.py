"""A run that goes on from the one before it: rows are worked out anew for whoever changed or fell due, and laid over the others.

Norms, cuts and distributions stay as the full run below resolved them, so nobody's row hangs on what the others did since.
What comes out is what a full run under the same norms, cuts and distributions gives, row for row, with the same hash.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from keceng.classify.aging import AGED_MEASURES, HISTORY
from keceng.classify.frozen import copy_frozen
from keceng.classify.increment_ready import read_ready
from keceng.classify.increment_record import hash_of_all, record_of
from keceng.classify.increment_rows import measure_units, with_earlier_rows
from keceng.classify.increment_scope import MOST_ROWS, Ground, conditions_of, find_ground, why_not_by_standard
from keceng.classify.increment_units import choose_units, find_due, find_touched
from keceng.classify.increment_work import Ledger, Work
from keceng.classify.layers import layers_of
from keceng.classify.past import Past, look_at_past
from keceng.classify.run_files import everything
from keceng.classify.stored import KEY
from keceng.classify.summary import RunSummary
from keceng.classify.tables import GONE_FILE, OVERLAY_FILE, STANDARD_FILE
from keceng.lake import EMBEDDED, Engine, Snapshot, open_engine
from keceng.standard import Standard, dump_standard
from keceng.vocabulary import Text

if TYPE_CHECKING:
    from keceng.classify.run import RunRequest

_GROUP_ROWS = 65_536
_TOO_LARGE = Text("有数超出存储范围", "a number is too large for the columns of a run")


@dataclass(frozen=True, slots=True)
class Increment:
    """The rows of an increment, ready to be stored.

    Attributes:
        ground: what it goes on from.
        engine: holds `assigned`, `identities` and `transitions` of the customers worked out anew.
        ledger: for what needs the lake or the rows of the run before in an engine.
        rows: that replace those of the full run below.
        gone: customers of that run who are no longer known.
        summary: the record, without what the caller adds.
    """

    ground: Ground
    engine: Engine
    ledger: Ledger
    rows: pa.Table
    gone: pa.Array
    summary: RunSummary

    def write(self, staged: Path, standard: Standard) -> RunSummary:
        """Store everything in `staged`; the summary as stored."""
        pq.write_table(self.rows, staged / OVERLAY_FILE, compression="zstd", row_group_size=_GROUP_ROWS)
        if len(self.gone):
            pq.write_table(pa.table({KEY: self.gone}), staged / GONE_FILE)
        copy_frozen(self.ground.root, staged, standard)
        (staged / STANDARD_FILE).write_text(_printed(standard), encoding="utf-8")
        self.summary.write(staged)
        if AGED_MEASURES.isdisjoint(standard.measures):
            return self.summary
        # Numbers that the hash covers have changed for everybody.
        summary = replace(
            self.summary, result_hash=hash_of_all(self.ledger.engine, self.ground, standard, staged)
        )
        summary.write(staged)
        return summary

    def close(self) -> None:
        """Free what the engines hold."""
        self.engine.close()
        self.ledger.close()


def go_on(snapshot: Snapshot, request: RunRequest, past: Past, run_id: str) -> Increment | Text:
    """The increment that `request` asks for; or why everybody has to be judged anew.

    Args:
        snapshot: the lake now.
        request: what is to be run.
        past: of that run.
        run_id: the number of the run to come.
    """
    standard = request.standard
    reason = why_not_by_standard(standard, is_lean=request.is_lean, has_more=bool(request.also))
    if request.engine != EMBEDDED:
        reason = Text("增量只在内置引擎上算", "an increment runs on the embedded engine alone")
    ground = reason or find_ground(snapshot, standard, request.as_of, past)
    if isinstance(ground, Text):
        return ground
    try:
        ready = read_ready(standard, request.as_of, ground)
    except pa.ArrowInvalid:
        return _TOO_LARGE  # only whole numbers of 64 bits can be laid open
    if isinstance(ready, Text):
        return ready
    ledger = Ledger(snapshot, ground.directory)
    engine = open_engine(by_columns=True)
    made: Increment | Text | None = None
    try:
        made = _worked_out(Work(request, past, ground, ledger, engine, ready), run_id)
    finally:
        if not isinstance(made, Increment):
            engine.close()
            ledger.close()
    return made


def prepare_increments(snapshot: Snapshot, request: RunRequest) -> bool:
    """Lay open what an increment on the published run reads, which the first increment would do otherwise; whether there can be one."""
    past = look_at_past(snapshot, request.standard, request.as_of, is_stable=request.is_stable)
    if (
        why_not_by_standard(request.standard, is_lean=request.is_lean, has_more=bool(request.also))
        is not None
    ):
        return False
    ground = find_ground(snapshot, request.standard, request.as_of, past)
    if isinstance(ground, Text):
        return False
    return not isinstance(read_ready(request.standard, request.as_of, ground), Text)


def _worked_out(work: Work, run_id: str) -> Increment | Text:
    ground, stored = work.ground, work.ready.previous.names
    history = work.ready.previous.history_days
    later = None if history is None else history + work.elapsed_days
    touched = find_touched(work)
    if isinstance(touched, Text):
        return touched
    due = find_due(work)
    units = choose_units(work, touched, due)
    if 100 * len(units) > MOST_ROWS * ground.summary.population.customers:
        return _too_many(len(units))
    measure_units(work, units)
    fresh = work.engine.fetch(everything(work.engine, is_lean=True))
    if set(fresh.column_names) != set(stored):
        return Text("上次运行存的列不同", "the last run stored other columns")
    found = next(iter(fresh[HISTORY].unique().to_pylist()), None)
    if found != later and any(HISTORY in condition.names for condition in conditions_of(work.standard)):
        return Text(
            "最早的购买日变了，涉及所有客户",
            "the first purchase of all has changed, which concerns everybody",
        )
    rows, gone = with_earlier_rows(work, units, fresh.select(stored), work.aging(found))
    if 100 * rows.num_rows > MOST_ROWS * ground.summary.population.customers:
        return _too_many(rows.num_rows)
    below = pq.read_schema(layers_of(ground.directory).base).empty_table().select(stored)
    try:
        rows = rows.cast(below.schema)
    except pa.ArrowInvalid:
        return _TOO_LARGE
    counted = {"rows": rows.num_rows, "touched": len(touched), "due": len(due)}
    summary = record_of(work, run_id, units, counted)
    return Increment(ground, work.engine, work.ledger, rows, gone, summary)


@lru_cache(maxsize=4)
def _printed(standard: Standard) -> str:
    return dump_standard(standard)


def _too_many(heads: int) -> Text:
    return Text(
        f"{heads} 位客户要重算，超过 {MOST_ROWS}%",
        f"{heads} customers would be worked out anew, over {MOST_ROWS} %",
    )
