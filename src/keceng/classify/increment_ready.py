"""What an increment reads a little of, laid open once for all that stand on the same full run: the ledger, that run's rows, what falls due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from keceng.classify.aging import HISTORY
from keceng.classify.frozen import map_ranks
from keceng.classify.increment_calendar import DUE_COLUMNS, Calendar, calendar_of, dated_columns
from keceng.classify.increment_previous import FIRST, Previous
from keceng.classify.increment_scope import Ground
from keceng.classify.layers import layers_of
from keceng.classify.plan import plan_steps
from keceng.classify.stored import KEY
from keceng.classify.tally import classed_dimensions
from keceng.collect import LEDGER, PERSONS
from keceng.lake import Step, Table, forget_mapped, map_large_files
from keceng.standard import Standard

ID_COLUMNS = ("source_id", "id_code")


@dataclass(frozen=True, slots=True)
class Ready:
    """What lies open for an increment.

    Attributes:
        plan: the steps of a run of the standard at the date, up to `coded`.
        columns: by table of the ledger that the plan and the hash read, the columns that they name.
        previous: the rows of the run before.
        calendar: what falls due after the full run below.
    """

    plan: Sequence[Step]
    columns: Mapping[Table, tuple[str, ...]]
    previous: Previous
    calendar: Calendar

    @property
    def tables(self) -> list[Table]:
        """Those of the ledger that the plan and the hash read."""
        return list(self.columns)


def read_ready(standard: Standard, as_of: dt.date, ground: Ground) -> Ready:
    """What an increment of `standard` on `ground` reads, laid open where it is not yet; what nobody reads any more is cleared away."""
    plan = plan_steps(standard, as_of, is_lean=True)
    columns = _columns_read(plan, standard)
    for table, names in columns.items():
        if KEY in names:
            for _ in map_large_files(ground.after, table, KEY, names):
                pass
    ranks = map_ranks(ground.root, standard)
    previous = Previous(ground.after.root, ground.directory, previous_columns(standard))
    calendar = calendar_of(
        ground.at_root, ground.root, previous.below, standard, ground.root_as_of, list(columns)
    )
    sides = (ground.at_root, ground.before, ground.after)
    facts = [Path(file) for side in sides for table in columns for file in side.files(table)]
    forget_mapped(ground.after.root, [*facts, *ranks, layers_of(ground.root).base, ground.root / "due"])
    return Ready(plan, columns, previous, calendar)


def tables_read(steps: Sequence[Step]) -> list[Table]:
    """The tables of the ledger that a plan reads."""
    read = {table.name for step in steps for table in step.query.find_all(exp.Table)}
    return [table for table in LEDGER if table.name in read]


def previous_columns(standard: Standard) -> list[str]:
    """Of the rows of the run before, the columns that an increment reads."""
    return list(dict.fromkeys([*counted_columns(standard), *DUE_COLUMNS, HISTORY, FIRST]))


def counted_columns(standard: Standard) -> list[str]:
    """The columns of which heads are counted and the hash is taken."""
    dimensions = [d.id for d in classed_dimensions(standard)]
    measures = [m.name for m in standard.inputs]
    return list(
        dict.fromkeys([KEY, *dimensions, "grade", "excluded_as", "reason_code", "provisional", *measures])
    )


def _columns_read(plan: Sequence[Step], standard: Standard) -> dict[Table, tuple[str, ...]]:
    named = {name for step in plan if step.fold is not None for name in step.fold.columns}
    read = {PERSONS.name}
    for step in plan:
        for node in step.query.walk():
            if isinstance(node, exp.Identifier):
                named.add(node.name)
            elif isinstance(node, exp.Table):
                read.add(node.name)
    dated = dated_columns(standard)
    found = {}
    for table in (table for table in LEDGER if table.name in read):
        also = {KEY, *(name for name, _ in dated.get(table.name, ()))}
        asked = {KEY, *ID_COLUMNS} if table == PERSONS else named | also
        found[table] = tuple(name for name in table.column_names if name in asked)
    return found
