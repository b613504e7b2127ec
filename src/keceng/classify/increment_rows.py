"""The rows of an increment: the plan of a run over the ledger of a few customers, and what an earlier increment had replaced."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keceng.classify.aging import Aging
from keceng.classify.fingerprint import hash_steps
from keceng.classify.frozen import freeze_steps, lay_frozen
from keceng.classify.increment_previous import carried, without
from keceng.classify.increment_ready import ID_COLUMNS
from keceng.classify.increment_work import Work
from keceng.classify.moves import ARRIVALS, NOTHING_EARLIER, move_steps
from keceng.classify.plan import assigned_step, identity_step
from keceng.classify.stability import EMPTY_STANDINGS, STANDINGS_SCHEMA
from keceng.classify.stored import KEY
from keceng.classify.tally import classed_dimensions
from keceng.collect import PERSONS
from keceng.lake import (
    Engine,
    Keys,
    NotInOrderError,
    RowsOfKeys,
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
_WITH_ROWS = ("links", ARRIVALS)
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
    for table, names in work.ready.columns.items():
        # What only a step that nobody needs would read is not looked for.
        engine.offer(table.name, partial(_rows, work, table, units, names))
    folded = {step.name: rows for step in steps if (rows := _folded(work, step, units)) is not None}
    steps = prune_steps([step for step in steps if step.name not in folded], {"assigned"})
    for name, rows in {**folded, **work.ready.settled}.items():
        engine.give(name, rows)
    _lay_standings(work, units)
    earlier = work.ready.previous.rows(units, [KEY, "grade"])
    engine.give("earlier", earlier.cast(NOTHING_EARLIER.schema))
    lay_frozen(engine, work.ground.root)
    identities = replace(identity_step(), in_place=True)  # of a few, if anybody moved
    steps[-1] = replace(steps[-1], is_result=True)
    # What is told of the rows is worked out with them, while their columns are at hand.
    told = [
        replace(step, in_place=step.in_place and step.name not in _WITH_ROWS)
        for step in (*_hash_steps(work, engine, units), *move_steps())
    ]
    engine.run([*steps, identities, *told])


def _hash_steps(work: Work, engine: Engine, units: Keys) -> list[Step]:
    dimensions = [d.id for d in classed_dimensions(work.standard) if d.id != "grade"]
    codes, links, _ = hash_steps(work.standard, dimensions)
    ids = rows_of_keys(work.ground.after, PERSONS, KEY, units, [KEY, "id_code"])
    if not _is_rising(ids[KEY].to_numpy()):
        ids = ids.take(pa.array(np.argsort(ids[KEY].to_numpy(), kind="stable")))  # of several files
    if ids["id_code"].null_count or not _is_rising(ids[KEY].to_numpy()):
        lay_ids(work, units)
        return [codes, links]
    # Everybody has one id, whose code is stored.
    engine.give(codes.name, ids)
    return [links]


def lay_ids(work: Work, keys: Keys) -> None:
    """Make the source ids of `keys`, which ascend, readable in the engine of `work`; who is told of a change has no name here."""
    ids = rows_of_keys(work.ground.after, PERSONS, KEY, keys, [KEY, *ID_COLUMNS])
    work.engine.give(PERSONS.name, ids.append_column("name", pa.nulls(ids.num_rows, pa.string())))


def _is_rising(keys: Keys) -> bool:
    return bool((keys[1:] > keys[:-1]).all())


def _rows(work: Work, table: Table, units: Keys, names: Sequence[str]) -> pa.Table:
    """The rows of the chosen customers in the columns `names`, or all of a table that has none."""
    snapshot = work.ground.after
    if KEY not in table.column_names:
        return snapshot.read(table)
    return rows_of_keys(snapshot, table, KEY, units, list(dict.fromkeys([KEY, *names])))


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
    if fold is None or not fold.order:
        return None
    is_compiled = len(units) >= _MANY or _COMPILER in sys.modules
    if not is_compiled and fold.few is None:
        return None
    rows = RowsOfKeys(work.ground.after, fold.table, KEY, fold.columns)
    # A few customers at a time: their rows stay where the processor has them at hand.
    batches = (
        rows.runs(units[low : low + _AT_ONCE], fold.columns, fold.order[-1], by_loops=is_compiled)
        for low in range(0, max(len(units), 1), _AT_ONCE)
    )
    try:
        made = pa.Table.from_batches(
            fold.compute(batches) if is_compiled or fold.few is None else map(fold.few, batches)
        )
    except NotInOrderError:
        return None
    left_out = work.engine.fetch(fold.without)[fold.columns[0]].combine_chunks()
    return made.filter(pc.invert(pc.is_in(made[KEY], value_set=left_out))) if len(left_out) else made


def with_earlier_rows(work: Work, units: Keys, fresh: pa.Table, aging: Aging) -> tuple[pa.Table, pa.Array]:
    """All rows that replace some of the full run below, and the keys of its customers who are no longer known."""
    # An increment on an increment stands on the same full run, so what that one replaced is carried forward.
    asked, above = pa.array(units), work.ready.previous.above
    gone = pa.array(without(units, np.sort(fresh[KEY].to_numpy())))
    if above is None:
        return fresh, gone
    kept = carried(above.filter(pc.invert(pc.is_in(above[KEY], value_set=asked))), aging)
    rows = pa.concat_tables([fresh, kept.select(fresh.column_names).cast(fresh.schema)])
    every = pa.chunked_array([gone, pa.array(work.ready.previous.replaced)], pa.int64()).unique()
    gone = every.filter(pc.invert(pc.is_in(every, value_set=rows[KEY])))
    return rows.sort_by(KEY), gone
