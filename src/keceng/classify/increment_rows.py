"""The rows of an increment: the plan of a run over the ledger of a few customers, and what an earlier increment had replaced."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from keceng.classify.aging import Aging
from keceng.classify.frozen import freeze_steps, lay_frozen
from keceng.classify.increment_previous import carried
from keceng.classify.increment_work import Work, tables_read
from keceng.classify.moves import NOTHING_EARLIER, move_steps
from keceng.classify.plan import assigned_step, identity_step
from keceng.classify.stability import EMPTY_STANDINGS, STANDINGS_SCHEMA
from keceng.classify.stored import KEY
from keceng.collect import PERSONS
from keceng.lake import Fold, Keys, NotInOrderError, Step, Table, prune_steps, rows_of_keys, sql

_COMPILER = "numba"
_MANY_ROWS = 1_000_000
"""From so many on, one pass is worth its loading."""
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
    steps = [*freeze_steps(work.plan, work.ground.root, work.standard), assigned_step(work.standard)]
    steps = prune_steps(steps, {"assigned"})
    folded = {step.name: rows for step in steps if (rows := _folded(work, step, units)) is not None}
    steps = prune_steps([step for step in steps if step.name not in folded], {"assigned"})
    named = {node.name for step in steps for node in step.query.find_all(exp.Identifier)}
    read = tables_read(steps)
    for table in work.tables:
        if table == PERSONS:
            engine.give(table.name, _rows(work, table, units, [KEY, "source_id", "id_code"]))
        elif table in read:
            engine.give(table.name, _rows(work, table, units, [n for n in table.column_names if n in named]))
    for name, rows in folded.items():
        engine.give(name, rows)
    _lay_standings(work, units)
    earlier = work.previous.rows(units, [KEY, "grade"])
    engine.give("earlier", earlier.cast(NOTHING_EARLIER.schema))
    lay_frozen(engine, work.ground.root)
    engine.run([*steps, identity_step(), *move_steps()])


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
        stored = work.previous.rows(units, [KEY, *_STANDING.values()])
        rows = stored.rename_columns([KEY, *_STANDING]).filter(pc.field("held_class").is_valid())
    else:
        past.lay_standings(work.ledger.engine)
        work.ledger.engine.give("changed_units", pa.table({KEY: units}))
        few = "select * from standings where customer_key in (select customer_key from changed_units)"
        rows = work.ledger.engine.fetch(sql(few)).select(STANDINGS_SCHEMA.names)
    work.engine.give("standings", rows.cast(STANDINGS_SCHEMA))


def _folded(work: Work, step: Step, units: Keys) -> pa.Table | None:
    # The step by a pass over its customers' rows in order, where it has one and they are many, or it is loaded already.
    fold = step.fold
    if fold is None or fold.table == PERSONS:
        return None
    rows = rows_of_keys(work.ground.after, fold.table, KEY, units, fold.columns).select(list(fold.columns))
    if rows.num_rows < _MANY_ROWS and _COMPILER not in sys.modules:
        return None
    try:
        made = pa.Table.from_batches(fold.compute(_in_order(rows).to_batches()))
    except NotInOrderError:
        return None
    return made.filter(pc.invert(pc.is_in(made[fold.columns[0]], value_set=_without(work, fold, units))))


def _in_order(rows: pa.Table) -> pa.Table:
    # Runs that lie in order each: a sort that sees them takes one pass.
    keys, days = (rows[name].to_numpy() for name in ("customer_key", "day"))
    days = days.astype("datetime64[D]").astype(np.int64)
    if not len(keys) or int(keys.max()) >= 1 << 42 or int(keys.min()) < 0:
        return rows.sort_by([("customer_key", "ascending"), ("day", "ascending")])
    order = np.argsort((keys << 20) + (days - days.min()), kind="stable")
    return rows.take(pa.array(order)).combine_chunks()


def _without(work: Work, fold: Fold, units: Keys) -> pa.Array:
    engine = work.engine
    tables = tables_read([Step("without", fold.without, fold.table.grain)])
    for table in tables:
        names = {node.name for node in fold.without.find_all(exp.Identifier)}
        engine.give(table.name, _rows(work, table, units, [n for n in table.column_names if n in names]))
    return engine.fetch(fold.without)[fold.columns[0]].combine_chunks()


def with_earlier_rows(work: Work, units: Keys, fresh: pa.Table, aging: Aging) -> tuple[pa.Table, pa.Array]:
    """All rows that replace some of the full run below, and the keys of its customers who are no longer known."""
    # An increment on an increment stands on the same full run, so what that one replaced is carried forward.
    asked, above = pa.array(units), work.previous.above
    gone = asked.filter(pc.invert(pc.is_in(asked, value_set=fresh[KEY])))
    rows = fresh
    if above is not None:
        kept = carried(above.filter(pc.invert(pc.is_in(above[KEY], value_set=asked))), aging)
        rows = pa.concat_tables([fresh, kept.select(fresh.column_names).cast(fresh.schema)])
        every = pa.chunked_array([gone, pa.array(work.previous.replaced)], pa.int64()).unique()
        gone = every.filter(pc.invert(pc.is_in(every, value_set=rows[KEY])))
    return rows.sort_by(KEY), gone
