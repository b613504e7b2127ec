"""What an increment reads a little of, laid open once for all that stand on the same full run: the ledger, that run's rows, what falls due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from keceng.classify.aging import HISTORY
from keceng.classify.frozen import map_ranks
from keceng.classify.increment_calendar import DUE_COLUMNS, Calendar, calendar_of, dated_columns
from keceng.classify.increment_previous import FIRST, Previous
from keceng.classify.increment_scope import Ground
from keceng.classify.layers import layers_of
from keceng.classify.plan import plan_steps
from keceng.classify.stored import KEY
from keceng.classify.tally import classed_dimensions
from keceng.collect import LEDGER, ORDER_LINES, PERSONS
from keceng.lake import (
    Step,
    Table,
    count_come,
    forget_mapped,
    has_star,
    map_large_files,
    names_in,
    tables_in,
)
from keceng.standard import Standard
from keceng.vocabulary import Text

MOST_LAID_OPEN = 2_000_000
"""Beyond so many rows of one table that the last run did not read, everybody is judged anew."""
MOST_SHUFFLED = 200_000
"""The same where a file of lines was rewritten, in which nobody's lines lie as they lay."""
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


def read_ready(standard: Standard, as_of: dt.date, ground: Ground) -> Ready | Text:
    """What an increment of `standard` on `ground` reads, laid open where it is not yet; what nobody reads any more is cleared away.

    Returns:
        Or why everybody had better be judged anew: to lay open what was written since the last run takes longer.
    """
    plan = plan_steps(standard, as_of, is_lean=True)
    columns = _columns_read(plan, standard)
    for table in columns:
        is_shuffled = table == ORDER_LINES and not _are_all_there(ground, table)
        if (rows := count_come(ground.before, ground.after, table)) > (
            MOST_SHUFFLED if is_shuffled else MOST_LAID_OPEN
        ):
            return Text(
                f"「{table.grain.zh}」的文件重写过 {rows} 行，全部重算更快",
                f"{rows} rows ({table.grain.en}) were written anew, so judging everybody takes less",
            )
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


def _are_all_there(ground: Ground, table: Table) -> bool:
    return set(ground.before.files(table)) <= set(ground.after.files(table))


def tables_read(steps: Sequence[Step]) -> list[Table]:
    """The tables of the ledger that a plan reads."""
    read = {name for step in steps for name in tables_in(step.query)}
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
    everywhere = {name for step in plan if step.fold is not None for name in step.fold.columns}
    named: dict[str, set[str]] = {PERSONS.name: set()}
    starred: set[str] = set()
    for step in plan:
        here, tables = names_in(step.query), tables_in(step.query)
        everywhere |= here
        for name in tables:
            named.setdefault(name, set()).update(here)
        if step.fold is not None:
            named.setdefault(step.fold.table.name, set()).update(step.fold.columns)
        if has_star(step.query):
            starred |= tables
    dated = dated_columns(standard)
    found = {}
    for table in (table for table in LEDGER if table.name in named):
        also = {KEY, *(name for name, _ in dated.get(table.name, ()))}
        # What a star passes on, a later step may name.
        read = (everywhere if table.name in starred else named[table.name]) | also
        asked = {KEY, *ID_COLUMNS} if table == PERSONS else read
        found[table] = tuple(name for name in table.column_names if name in asked)
    return found
