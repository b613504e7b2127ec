"""The rows of an increment: the plan of a run over the ledger of a few customers, and what an earlier increment had replaced."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keceng.classify.aging import Aging
from keceng.classify.fingerprint import hash_steps
from keceng.classify.frozen import freeze_steps, lay_frozen
from keceng.classify.increment_previous import carried
from keceng.classify.increment_ready import ID_COLUMNS, tables_read
from keceng.classify.increment_work import Work
from keceng.classify.moves import NOTHING_EARLIER, move_steps
from keceng.classify.plan import assigned_step, identity_step
from keceng.classify.stability import EMPTY_STANDINGS, STANDINGS_SCHEMA
from keceng.classify.stored import KEY
from keceng.classify.tally import classed_dimensions
from keceng.collect import PERSONS
from keceng.lake import (
    Engine,
    Fold,
    Keys,
    NotInOrderError,
    RowsOfKeys,
    Snapshot,
    Step,
    Table,
    prune_steps,
    rows_of_keys,
    sql,
)

_COMPILER = "numba"
_MANY = 100_000
"""From so many customers on, one pass is worth its loading."""
_AT_ONCE = 4_096
_STANDING = {
    "held_class": "grade_by_system",
    "since": "grade_since",
    "weak_reviews": "weak_reviews",
    "reviewed_on": "reviewed_on",
}


def measure_units(work: Work, units: Keys) -> None:
    """Make `assigned`, `persons`, `identities` and `transitions` of the chosen customers in the engine of `work`."""
    # The same plan over what the ledger says of these customers alone.
    engine = work.engine
    steps = [*freeze_steps(work.ready.plan, work.ground.root, work.standard), assigned_step(work.standard)]
    steps = prune_steps(steps, {"assigned"})
    folded = {step.name: rows for step in steps if (rows := _folded(work, step, units)) is not None}
    steps = prune_steps([step for step in steps if step.name not in folded], {"assigned"})
    read = tables_read(steps)
    for table, names in work.ready.columns.items():
        if table in read:
            engine.give(table.name, _rows(work, table, units, names))
    for name, rows in folded.items():
        engine.give(name, rows)
    _lay_standings(work, units)
    earlier = work.ready.previous.rows(units, [KEY, "grade"])
    engine.give("earlier", earlier.cast(NOTHING_EARLIER.schema))
    lay_frozen(engine, work.ground.root)
    identities = replace(identity_step(), in_place=True)  # of a few, if anybody moved
    steps[-1] = replace(steps[-1], is_result=True)
    engine.run([*steps, identities, *hash_steps_of(work, work.ground.after, engine, units), *move_steps()])


def hash_steps_of(work: Work, snapshot: Snapshot, engine: Engine, units: Keys) -> list[Step]:
    """Lay the ids of `units` at `snapshot` in `engine`; the steps to run there before `linked_hash` is asked for that of `assigned`."""
    ids = rows_of_keys(snapshot, PERSONS, KEY, units, [KEY, *ID_COLUMNS])
    engine.give(PERSONS.name, PERSONS.conform(ids))
    dimensions = [d.id for d in classed_dimensions(work.standard) if d.id != "grade"]
    codes, *links = hash_steps(work.standard, dimensions)
    keys = ids[KEY].combine_chunks()
    if ids["id_code"].null_count or keys.null_count or len(keys.unique()) < len(keys):
        return [codes, *links]
    # Everybody has one id, whose code is stored.
    engine.give(codes.name, ids.select([KEY, "id_code"]))
    return links


def _rows(work: Work, table: Table, units: Keys, names: Sequence[str]) -> pa.Table:
    """The rows of the chosen customers, or all of a table that has none; a column that nobody names is NULL."""
    snapshot = work.ground.after
    if KEY not in table.column_names:
        return snapshot.read(table)
    return table.conform(rows_of_keys(snapshot, table, KEY, units, list(dict.fromkeys([KEY, *names]))))


def _lay_standings(work: Work, units: Keys) -> None:
    past = work.past
    if past.held is None:
        rows = EMPTY_STANDINGS
    elif past.held == past.earlier:
        stored = work.ready.previous.rows(units, [KEY, *_STANDING.values()])
        rows = stored.rename_columns([KEY, *_STANDING]).filter(pc.field("held_class").is_valid())
    else:
        past.lay_standings(work.ledger.engine)
        work.ledger.engine.give("changed_units", pa.table({KEY: units}))
        few = "select * from standings where customer_key in (select customer_key from changed_units)"
        rows = work.ledger.engine.fetch(sql(few)).select(STANDINGS_SCHEMA.names)
    work.engine.give("standings", rows.cast(STANDINGS_SCHEMA))


def _folded(work: Work, step: Step, units: Keys) -> pa.Table | None:
    # The step by a pass over its customers' rows in order, where it has one: the compiled one where that pays or is loaded already.
    fold = step.fold
    if fold is None or fold.table == PERSONS:
        return None
    is_compiled = len(units) >= _MANY or _COMPILER in sys.modules
    if not is_compiled and fold.few is None:
        return None
    batches = _in_order(RowsOfKeys(work.ground.after, fold.table, KEY, fold.columns), units, fold.columns)
    try:
        made = pa.Table.from_batches(
            fold.compute(batches) if is_compiled or fold.few is None else map(fold.few, batches)
        )
    except NotInOrderError:
        return None
    return made.filter(pc.invert(pc.is_in(made[fold.columns[0]], value_set=_without(work, fold, units))))


def _in_order(rows: RowsOfKeys, units: Keys, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    # A few customers at a time: their rows stay where the processor has them at hand.
    for low in range(0, max(len(units), 1), _AT_ONCE):
        wanted = units[low : low + _AT_ONCE]
        few = rows.of(wanted).select(list(columns)).combine_chunks()
        # One number for customer and day: runs that lie in order are joined in one pass.
        places = np.searchsorted(wanted, few["customer_key"].to_numpy())
        places = (places << 32) + few["day"].cast(pa.int32()).to_numpy()
        if bool((places[1:] < places[:-1]).any()):
            few = few.take(pa.array(np.argsort(places, kind="stable"))).combine_chunks()
        yield few.to_batches()[0] if few.num_rows else pa.RecordBatch.from_pylist([], schema=few.schema)


def _without(work: Work, fold: Fold, units: Keys) -> pa.Array:
    engine = work.engine
    tables = tables_read([Step("without", fold.without, fold.table.grain)])
    for table in tables:
        engine.give(table.name, _rows(work, table, units, work.ready.columns[table]))
    return engine.fetch(fold.without)[fold.columns[0]].combine_chunks()


def with_earlier_rows(work: Work, units: Keys, fresh: pa.Table, aging: Aging) -> tuple[pa.Table, pa.Array]:
    """All rows that replace some of the full run below, and the keys of its customers who are no longer known."""
    # An increment on an increment stands on the same full run, so what that one replaced is carried forward.
    asked, above = pa.array(units), work.ready.previous.above
    gone = asked.filter(pc.invert(pc.is_in(asked, value_set=fresh[KEY])))
    if above is None:
        return fresh, gone
    kept = carried(above.filter(pc.invert(pc.is_in(above[KEY], value_set=asked))), aging)
    rows = pa.concat_tables([fresh, kept.select(fresh.column_names).cast(fresh.schema)])
    every = pa.chunked_array([gone, pa.array(work.ready.previous.replaced)], pa.int64()).unique()
    gone = every.filter(pc.invert(pc.is_in(every, value_set=rows[KEY])))
    return rows.sort_by(KEY), gone
