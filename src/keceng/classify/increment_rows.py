"""The rows of an increment: the plan of a run over the ledger of a few customers, and what an earlier increment had replaced."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from keceng.classify.aging import HISTORY, Aging
from keceng.classify.frozen import freeze_steps, lay_frozen
from keceng.classify.increment_units import PREVIOUS, UNITS, tables_read
from keceng.classify.increment_work import KEY, OF_UNITS, Work, count_rows, rows_of_units
from keceng.classify.layers import layers_of
from keceng.classify.moves import NOTHING_EARLIER, move_steps
from keceng.classify.plan import assigned_step, identity_step
from keceng.collect import PERSONS
from keceng.lake import Engine, NotInOrderError, Step, Table, column, prune_steps, sql
from keceng.vocabulary import Text

_MANY_ROWS = 100_000
"""From so many on, one pass is worth its loading."""
_CARRIED = """
customer_key in (select customer_key from replaced_before) and customer_key not in (select customer_key from changed_units)
"""


def history_days_of(ledger: Engine) -> int | None:
    """From the first purchase of anybody to the day of the run before; None while nobody bought anything."""
    found = ledger.fetch(exp.select(HISTORY).from_(PREVIOUS).where(f"{HISTORY} is not null").limit(1))
    return int(found[HISTORY][0].as_py()) if found.num_rows else None


def choose_units(ledger: Engine) -> int:
    """Make `changed_units`, whoever is worked out anew; how many they are."""
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
    return count_rows(ledger, UNITS)


def measure_units(work: Work, tables: Sequence[Table]) -> None:
    """Make `assigned`, `measured`, `identities` and `transitions` of the chosen customers in the engine of `work`."""
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
            engine.give(table.name, rows_of_units(ledger, table.name, names))
        else:
            engine.give(table.name, ledger.fetch(exp.select(*map(column, names)).from_(table.name)))
    work.past.lay_standings(ledger)
    held = ["customer_key", "held_class", "since", "weak_reviews", "reviewed_on"]
    engine.give("standings", rows_of_units(ledger, "standings", held))
    engine.give("earlier", rows_of_units(ledger, PREVIOUS, [KEY, "grade"]).cast(NOTHING_EARLIER.schema))
    lay_frozen(engine, work.ground.root)
    engine.run([*left, assigned_step(work.standard), identity_step(), *move_steps()])


def _folded(ledger: Engine, step: Step) -> pa.Table | None:
    # The step by a pass over its customers' rows in order, where it has one and they are many.
    fold = step.fold
    if fold is None:
        return None
    in_order = exp.select(*map(column, fold.columns)).from_(fold.table.name).where(sql(OF_UNITS))
    rows = ledger.fetch(in_order.order_by(*fold.table.key))
    if rows.num_rows < _MANY_ROWS:
        return None
    try:
        made = pa.Table.from_batches(fold.compute(rows.to_batches()))
    except NotInOrderError:
        return None
    key = fold.columns[0]
    unknown = ledger.fetch(fold.without)[key]
    return made.filter(pc.invert(pc.is_in(made[key], value_set=unknown)))


def with_earlier_rows(work: Work, fresh: pa.Table, aging: Aging) -> tuple[pa.Table, pa.Array]:
    """All rows that replace some of the full run below, and the keys of its customers who are no longer known."""
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
