"""A run that goes on from the one before it: rows are worked out anew for whoever changed or fell due, and laid over the others.

Norms, cuts and distributions stay as the full run below resolved them, so nobody's row hangs on what the others did since.
What comes out is what a full run under the same norms, cuts and distributions gives, row for row, with the same hash.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from keceng.classify.aging import HISTORY, Aging
from keceng.classify.frozen import copy_frozen
from keceng.classify.increment_counts import counted_heads
from keceng.classify.increment_links import Links, links_of_rows, read_links
from keceng.classify.increment_previous import without
from keceng.classify.increment_ready import read_ready
from keceng.classify.increment_record import Fresh, hash_of_all, record_of
from keceng.classify.increment_rows import lay_ids, measure_units, with_earlier_rows
from keceng.classify.increment_scope import (
    MOST_ROWS,
    Ground,
    conditions_of,
    find_ground,
    is_hashed_anew,
    why_not_by_standard,
)
from keceng.classify.increment_units import choose_units, find_due, find_touched
from keceng.classify.increment_work import Ledger, Work
from keceng.classify.layers import layers_of
from keceng.classify.moves import fetch_moves
from keceng.classify.past import Past, look_at_past
from keceng.classify.run_files import everything
from keceng.classify.stored import KEY
from keceng.classify.summary import RunSummary
from keceng.classify.tables import GONE_FILE, LINKS_FILE, OVERLAY_FILE, STANDARD_FILE
from keceng.lake import (
    EMBEDDED,
    Engine,
    Keys,
    Snapshot,
    column,
    each_once,
    file_table,
    open_engine,
    plain_type,
)
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
        rows: that replace those of the full run below; None where these are the rows of `assigned` and no others.
        gone: customers of that run who are no longer known.
        links: what each of the rows adds to the hash.
        moved: who is in another class than before.
        summary: the record, without what the caller adds.
    """

    ground: Ground
    engine: Engine
    ledger: Ledger
    rows: pa.Table | None
    gone: pa.Array
    links: Links
    moved: pa.Table
    summary: RunSummary

    def write(self, staged: Path, standard: Standard) -> RunSummary:
        """Store everything in `staged`; the summary as stored."""
        self._write_rows(staged / OVERLAY_FILE)
        if len(self.gone):
            pq.write_table(pa.table({KEY: self.gone}), staged / GONE_FILE)
        copy_frozen(self.ground.root, staged, standard)
        (staged / STANDARD_FILE).write_text(_printed(standard), encoding="utf-8")
        self.summary.write(staged)
        if not is_hashed_anew(standard):
            np.save(staged / LINKS_FILE, self.links)
            return self.summary
        # Numbers that the hash covers have changed for everybody.
        summary = replace(
            self.summary, result_hash=hash_of_all(self.ledger.engine, self.ground, standard, staged)
        )
        summary.write(staged)
        return summary

    def _write_rows(self, path: Path) -> None:
        schema = _schema_below(self.ground)
        rows = self.rows
        if rows is None:
            self.engine.save(everything(self.engine, is_lean=True), path)
            if pq.read_schema(path).remove_metadata() == schema:
                return
            rows = pq.read_table(path, columns=schema.names).cast(schema)
        if not file_table(rows, path):
            pq.write_table(rows, path, compression="zstd", row_group_size=_GROUP_ROWS)

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
    engine = open_engine(snapshot, by_columns=True)
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
    ground = work.ground
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
    schema = _schema_below(ground)
    if set(work.engine.column_names("assigned")) != set(schema.names):
        return Text("上次运行存的列不同", "the last run stored other columns")
    few = [KEY, HISTORY, *counted_heads(work.standard)]
    fresh = work.engine.fetch(exp.select(*map(column, dict.fromkeys(few))).from_("assigned"))
    found = next(iter(fresh[HISTORY].unique().to_pylist()), None)
    if found != later and any(HISTORY in condition.names for condition in conditions_of(work.standard)):
        return Text(
            "最早的购买日变了，涉及所有客户",
            "the first purchase of all has changed, which concerns everybody",
        )
    try:
        rows, keys, gone = _rows_above(work, units, schema, work.aging(found))
    except pa.ArrowInvalid:
        return _TOO_LARGE
    if 100 * len(keys) > MOST_ROWS * ground.summary.population.customers:
        return _too_many(len(keys))
    links = np.zeros(0, dtype=np.int64)
    fresh_links = links, links
    if not is_hashed_anew(work.standard):
        fresh_links = read_links(work.engine)
        links = links_of_rows(keys, fresh_links, work.ready.previous)
    counted = {"rows": len(keys), "touched": len(touched), "due": len(due)}
    moved = fetch_moves(work.engine)
    lay_ids(work, each_once([moved[KEY].to_numpy()]))
    summary = record_of(work, run_id, units, Fresh(fresh, fresh_links[1], moved), counted)
    return Increment(ground, work.engine, work.ledger, rows, gone, links, moved, summary)


def _schema_below(ground: Ground) -> pa.Schema:
    return pq.read_schema(layers_of(ground.directory).base).remove_metadata()


def _rows_above(
    work: Work, units: Keys, schema: pa.Schema, aging: Aging
) -> tuple[pa.Table | None, Keys, pa.Array]:
    """The rows above the full run where they are others than those of `assigned`; the keys of all of them; those who are gone."""
    everybody = everything(work.engine, is_lean=True)
    if work.ready.previous.above is None and _is_stored_alike(_schema_of(work.engine), schema):
        keys = work.engine.fetch(exp.select(KEY).from_("assigned").order_by(KEY))[KEY].to_numpy()
        return None, keys, pa.array(without(units, keys))
    fresh = work.engine.fetch(everybody).select(schema.names)
    rows, gone = with_earlier_rows(work, units, fresh, aging)
    return rows.cast(schema), rows[KEY].to_numpy(), gone


def _schema_of(engine: Engine) -> pa.Schema:
    names = engine.column_names("assigned")
    return engine.fetch(exp.select(*map(column, names)).from_("assigned").limit(0)).schema


def _is_stored_alike(made: pa.Schema, wanted: pa.Schema) -> bool:
    # Whatever texts are stored as.
    return {f.name: plain_type(f.type) for f in made} == {f.name: plain_type(f.type) for f in wanted}


@lru_cache(maxsize=4)
def _printed(standard: Standard) -> str:
    return dump_standard(standard)


def _too_many(heads: int) -> Text:
    return Text(
        f"{heads} 位客户要重算，超过 {MOST_ROWS}%",
        f"{heads} customers would be worked out anew, over {MOST_ROWS} %",
    )
