"""A run that goes on from the one before it: rows are worked out anew for whoever changed or fell due, and laid over the others.

Norms, cuts and distributions stay as the full run below resolved them, so nobody's row hangs on what the others did since.
What comes out is what a full run under the same norms, cuts and distributions gives, row for row, with the same hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlglot import exp

from keceng.classify.aging import AGED_MEASURES, HISTORY, Aging
from keceng.classify.fingerprint import replace_in_hash, result_hash
from keceng.classify.frozen import copy_frozen, freeze_steps, frozen_cut_steps, lay_frozen
from keceng.classify.increment_counts import count_all_moves, count_heads
from keceng.classify.increment_scope import MOST_ROWS, Ground, conditions_of, find_ground, why_not_by_standard
from keceng.classify.increment_units import DUE, PREVIOUS, TOUCHED, UNITS, find_due, find_touched, tables_read
from keceng.classify.layers import layers_of
from keceng.classify.moves import NOTHING_EARLIER, move_steps, moves_hash
from keceng.classify.past import Past
from keceng.classify.plan import assigned_step, identity_step, plan_steps
from keceng.classify.run_files import everything
from keceng.classify.stored import customer_columns, scan_customers
from keceng.classify.stored_reasons import SENTENCES
from keceng.classify.summary import RunSummary
from keceng.classify.tables import GONE_FILE, OVERLAY_FILE, STANDARD_FILE
from keceng.classify.tally import classed_dimensions, cut_steps
from keceng.collect import LEDGER, PERSONS
from keceng.lake import (
    EMBEDDED,
    Engine,
    NotInOrder,
    Snapshot,
    Step,
    Table,
    column,
    open_engine,
    prune_steps,
    sql,
    view_table,
)
from keceng.standard import Standard, dump_standard
from keceng.vocabulary import Text

if TYPE_CHECKING:
    from keceng.classify.run import RunRequest

KEY = "customer_key"
_GROUP_ROWS = 65_536
_MANY_ROWS = 100_000
"""From so many on, one pass is worth its loading."""
_OF_UNITS = "customer_key in (select customer_key from changed_units)"
_CARRIED = """
customer_key in (select customer_key from replaced_before) and customer_key not in (select customer_key from changed_units)
"""


@dataclass(frozen=True, slots=True)
class Increment:
    """The rows of an increment, ready to be stored.

    Attributes:
        ground: what it goes on from.
        engine: holds `assigned`, `identities` and `transitions` of the customers worked out anew.
        ledger: holds the lake and the rows of the run before, as `previous`.
        rows: that replace those of the full run below.
        gone: customers of that run who are no longer known.
        summary: the record, without what the caller adds.
    """

    ground: Ground
    engine: Engine
    ledger: Engine
    rows: pa.Table
    gone: pa.Array
    summary: RunSummary

    def write(self, staged: Path, standard: Standard) -> RunSummary:
        """Store everything in `staged`; the summary as stored."""
        pq.write_table(self.rows, staged / OVERLAY_FILE, compression="zstd", row_group_size=_GROUP_ROWS)
        if len(self.gone):
            pq.write_table(pa.table({KEY: self.gone}), staged / GONE_FILE)
        copy_frozen(self.ground.root, staged, standard)
        (staged / STANDARD_FILE).write_text(dump_standard(standard), encoding="utf-8")
        self.summary.write(staged)
        if AGED_MEASURES.isdisjoint(standard.measures):
            return self.summary
        # Numbers that the hash covers have changed for everybody.
        summary = replace(self.summary, result_hash=_hash_of_all(self.ledger, self.ground, standard, staged))
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
    plan = plan_steps(standard, request.as_of, is_lean=True)
    ledger = open_engine(snapshot, LEDGER)
    engine = open_engine()
    made: Increment | Text | None = None
    try:
        made = _worked_out(_Work(request, past, ground, ledger, engine, plan), run_id)
    finally:
        if not isinstance(made, Increment):
            engine.close()
            ledger.close()
    return made


@dataclass(frozen=True, slots=True)
class _Work:
    request: RunRequest
    past: Past
    ground: Ground
    ledger: Engine
    engine: Engine
    plan: Sequence[Step]

    @property
    def standard(self) -> Standard:
        return self.request.standard

    def aging(self, history_days: int | None) -> Aging:
        as_of = self.request.as_of
        elapsed = (as_of - self.ground.summary.as_of).days
        return Aging(as_of, elapsed, history_days, is_held=self.past.stability != "off")


def _worked_out(work: _Work, run_id: str) -> Increment | Text:
    ledger, ground = work.ledger, work.ground
    stored = [name for name in customer_columns(ground.directory) if name not in SENTENCES]
    scan_customers(ledger, PREVIOUS, ground.directory, stored)
    history = _history_days(ledger)
    later = None if history is None else history + (work.request.as_of - ground.summary.as_of).days
    tables = tables_read([*work.plan, identity_step()])
    if (reason := find_touched(ledger, ground, tables)) is not None:
        return reason
    find_due(ledger, work.standard, ground, tables, work.aging(later))
    heads = _choose_units(ledger)
    if 100 * heads > MOST_ROWS * ground.summary.population.customers:
        return _too_many(heads)
    _measure(work, tables)
    fresh = work.engine.fetch(everything(work.engine))
    if set(fresh.column_names) != set(stored):
        return Text("上次运行存的列不同", "the last run stored other columns")
    found = next(iter(fresh[HISTORY].unique().to_pylist()), None)
    if found != later and any(HISTORY in condition.names for condition in conditions_of(work.standard)):
        return Text(
            "最早的购买日变了，涉及所有客户",
            "the first purchase of all has changed, which concerns everybody",
        )
    rows, gone = _with_earlier_rows(work, fresh.select(stored), work.aging(found))
    if 100 * rows.num_rows > MOST_ROWS * ground.summary.population.customers:
        return _too_many(rows.num_rows)
    try:
        rows = rows.cast(
            pq.read_schema(layers_of(ground.directory).base, memory_map=True)
            .empty_table()
            .select(stored)
            .schema
        )
    except pa.ArrowInvalid:
        return Text("有数超出上次运行的存储范围", "a number is too large for the columns of the last run")
    return Increment(ground, work.engine, ledger, rows, gone, _summary(work, run_id, rows.num_rows))


def _too_many(heads: int) -> Text:
    return Text(
        f"{heads} 位客户要重算，超过 {MOST_ROWS}%",
        f"{heads} customers would be worked out anew, over {MOST_ROWS} %",
    )


def _history_days(ledger: Engine) -> int | None:
    found = ledger.fetch(exp.select(HISTORY).from_(PREVIOUS).where(f"{HISTORY} is not null").limit(1))
    return int(found[HISTORY][0].as_py()) if found.num_rows else None


def _choose_units(ledger: Engine) -> int:
    # Whoever bought first of all the others comes along: the length of the history is measured from the first purchase of all.
    first = """
        select customer_key from previous where first_purchase_on is not null
          and customer_key not in (select customer_key from touched_units)
          and customer_key not in (select customer_key from due_units)
        order by first_purchase_on, customer_key limit 1
    """
    every = """
        select customer_key from touched_units union select customer_key from due_units
        union select customer_key from :first as first_of_all
    """
    first_of_all = exp.Subquery(this=sql(first))
    ledger.run(
        [Step(UNITS, sql(every, first=first_of_all), Text("要重算的客户", "customers worked out anew"))]
    )
    return _count(ledger, UNITS)


def _count(engine: Engine, name: str) -> int:
    return int(engine.fetch(exp.select("count(*) as heads").from_(name))["heads"][0].as_py())


def _rows_of_units(ledger: Engine, table: str, names: Sequence[str]) -> pa.Table:
    query = exp.select(*map(column, names)).from_(table).where(sql(_OF_UNITS))
    return ledger.fetch(query)


def _measure(work: _Work, tables: Sequence[Table]) -> None:
    # The same plan over what the ledger says of these customers alone.
    ledger, engine = work.ledger, work.engine
    plan = freeze_steps(work.plan, work.ground.root, work.standard)
    folded = {step.name: rows for step in plan if (rows := _folded(ledger, step)) is not None}
    for name, rows in folded.items():
        engine.give(name, rows)
    left = [step for step in plan if step.name not in folded]
    still_read = tables_read(prune_steps(left, {step.name for step in left if not step.in_place}))
    for table in tables:
        names = table.column_names
        if table not in still_read and table != PERSONS:
            engine.give(table.name, table.arrow_schema.empty_table())
        elif KEY in names:
            engine.give(table.name, _rows_of_units(ledger, table.name, names))
        else:
            engine.give(table.name, ledger.fetch(exp.select(*map(column, names)).from_(table.name)))
    work.past.lay_standings(ledger)
    held = ["customer_key", "held_class", "since", "weak_reviews", "reviewed_on"]
    engine.give("standings", _rows_of_units(ledger, "standings", held))
    engine.give("earlier", _rows_of_units(ledger, PREVIOUS, [KEY, "grade"]).cast(NOTHING_EARLIER.schema))
    lay_frozen(engine, work.ground.root)
    engine.run([*left, assigned_step(work.standard), identity_step(), *move_steps()])


def _folded(ledger: Engine, step: Step) -> pa.Table | None:
    # The step by a pass over its customers' rows in order, where it has one and they are many.
    fold = step.fold
    if fold is None:
        return None
    in_order = exp.select(*map(column, fold.columns)).from_(fold.table.name).where(sql(_OF_UNITS))
    rows = ledger.fetch(in_order.order_by(*fold.table.key))
    if rows.num_rows < _MANY_ROWS:
        return None
    try:
        made = pa.Table.from_batches(fold.compute(rows.to_batches()))
    except NotInOrder:
        return None
    key = fold.columns[0]
    unknown = ledger.fetch(fold.without)[key]
    return made.filter(pc.invert(pc.is_in(made[key], value_set=unknown)))


def _with_earlier_rows(work: _Work, fresh: pa.Table, aging: Aging) -> tuple[pa.Table, pa.Array]:
    # An increment on an increment stands on the same full run, so what that one replaced is carried forward.
    ledger, layers = work.ledger, layers_of(work.ground.directory)
    asked = ledger.fetch(exp.select(KEY).from_(UNITS))[KEY]
    gone = asked.filter(pc.invert(pc.is_in(asked, value_set=fresh[KEY])))
    rows = fresh
    if layers.overlay is not None:
        ledger.give("replaced_before", pa.table({KEY: layers.replaced}))
        aged = aging.columns(fresh.column_names)
        kept = ledger.fetch(
            exp.select(
                *[exp.alias_(aged[n], n, quoted=True) if n in aged else column(n) for n in fresh.column_names]
            )
            .from_(PREVIOUS)
            .where(sql(_CARRIED))
        )
        rows = pa.concat_tables([fresh, kept.cast(fresh.schema)])
        gone = pa.chunked_array([*gone.chunks, layers.replaced], pa.int64())
        gone = gone.unique().filter(pc.invert(pc.is_in(gone.unique(), value_set=rows[KEY])))
    return rows.sort_by(KEY), _plain(gone)


def _plain(keys: pa.Array | pa.ChunkedArray) -> pa.Array:
    return keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys


def _summary(work: _Work, run_id: str, rows: int) -> RunSummary:
    ground, standard, engine = work.ground, work.standard, work.engine
    below = ground.summary
    dimensions = [d.id for d in classed_dimensions(standard) if d.id != "grade"]
    names = [
        KEY,
        *dimensions,
        "grade",
        "excluded_as",
        "reason_code",
        "provisional",
        *(m.name for m in standard.inputs),
    ]
    old = _rows_of_units(work.ledger, PREVIOUS, list(dict.fromkeys(names)))
    population, classes = count_heads(engine, standard, old, below)
    counted = {name: _count(work.ledger, name) for name in (TOUCHED, DUE)}
    return replace(
        below,
        run_id=run_id,
        as_of=work.request.as_of,
        rows=work.request.rows,
        rejects=work.request.rejects,
        population=population,
        classes=classes,
        seconds={},
        result_hash=_hash(work, old, dimensions),
        currency=work.request.currency,
        stability=work.past.stability,
        ruler=work.past.ruler,
        earlier_run=below.run_id,
        moves=count_all_moves(engine, old, below),
        moves_hash=moves_hash(engine),
        increment={
            "base": ground.root.name,
            "rows": rows,
            "touched": counted[TOUCHED],
            "due": counted[DUE],
        },
    )


def _hash(work: _Work, old: pa.Table, dimensions: Sequence[str]) -> str:
    # The ids by which that run knew them: a source may call somebody otherwise by now.
    known = "persons_before"
    view_table(work.ledger, work.ground.before, PERSONS, known)
    before = open_engine()
    try:
        before.give("assigned", old)
        before.give(PERSONS.name, _rows_of_units(work.ledger, known, [KEY, "source_id", "name"]))
        before.run([identity_step()])
        less = result_hash(before, work.standard, dimensions, ())
    finally:
        before.close()
    more = result_hash(work.engine, work.standard, dimensions, ())
    return replace_in_hash(work.ground.summary.result_hash, less, more)


def _hash_of_all(ledger: Engine, ground: Ground, standard: Standard, staged: Path) -> str:
    scan_customers(ledger, "assigned", staged, customer_columns(staged)[:1])
    lay_frozen(ledger, ground.root)
    ledger.run([*frozen_cut_steps(standard), replace(identity_step(), in_place=True)])
    dimensions = [d.id for d in classed_dimensions(standard) if d.id != "grade"]
    return result_hash(ledger, standard, dimensions, cut_steps(standard))
