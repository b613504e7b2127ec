"""What an increment reads a little of, laid open once for all that stand on the same full run: the ledger, that run's rows, what falls due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from keceng.classify.aging import HISTORY
from keceng.classify.frozen import map_ranks
from keceng.classify.increment_calendar import DUE_COLUMNS, Calendar, calendar_of, dated_columns
from keceng.classify.increment_counts import counted_heads
from keceng.classify.increment_links import Links, links_of_full_run
from keceng.classify.increment_previous import FIRST, Previous
from keceng.classify.increment_scope import Ground, is_hashed_anew
from keceng.classify.layers import layers_of
from keceng.classify.plan import plan_steps
from keceng.classify.stored import KEY
from keceng.collect import LEDGER, ORDER_LINES, PERSONS
from keceng.lake import (
    Snapshot,
    Step,
    Table,
    count_come,
    footer_of,
    forget_mapped,
    has_star,
    map_large_files,
    names_in,
    prune_steps,
    tables_in,
)
from keceng.standard import Standard
from keceng.vocabulary import Text

MOST_LAID_OPEN = 2_000_000
"""Beyond so many rows of one table that the last run did not read, everybody is judged anew."""
MOST_SETTLED = 10_000
"""Of a table with more rows nothing is settled beforehand."""
MOST_SHUFFLED = 200_000
"""The same where a file of lines was rewritten, in which nobody's lines lie as they lay."""
ID_COLUMNS = ("source_id", "id_code")


@dataclass(frozen=True, slots=True)
class Ready:
    """What lies open for an increment.

    Attributes:
        plan: the steps of a run of the standard at the date, up to `coded`, but for those that are `settled`.
        settled: the rows of steps that hang on small tables of the ledger alone, and nothing else reads what they would read.
        columns: by table of the ledger that the plan and the hash read, the columns that they name.
        previous: the rows of the run before.
        calendar: what falls due after the full run below.
        links: what each row of that adds to the hash; none where the hash is taken anew.
    """

    plan: Sequence[Step]
    settled: Mapping[str, pa.Table]
    columns: Mapping[Table, tuple[str, ...]]
    previous: Previous
    calendar: Calendar
    links: Links

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
    settled = dict(_settled(plan, ground.after))
    reads = [step.kernel.reads for step in plan if step.name in settled and step.kernel is not None]
    plan = prune_steps([step for step in plan if step.name not in settled], {plan[-1].name})
    columns = _columns_read(plan, standard, reads)
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
    links: Links = np.zeros(0, dtype=np.int64)
    if not is_hashed_anew(standard):
        base, rows = layers_of(ground.root).base, previous.below.rows
        links = links_of_full_run(ground.at_root, ground.root, base, standard, rows)
    sides = (ground.at_root, ground.before, ground.after)
    facts = [Path(file) for side in sides for table in columns for file in side.files(table)]
    made = [ground.root / name for name in ("due", "links")]
    forget_mapped(ground.after.root, [*facts, *ranks, layers_of(ground.root).base, *made])
    return Ready(plan, settled, columns, previous, calendar, links)


def _are_all_there(ground: Ground, table: Table) -> bool:
    return set(ground.before.files(table)) <= set(ground.after.files(table))


def _settled(plan: Sequence[Step], snapshot: Snapshot) -> Iterator[tuple[str, pa.Table]]:
    tables = {table.name: table for table in LEDGER}
    for step in plan:
        if step.kernel is None or not step.kernel.reads.keys() <= tables.keys():
            continue
        read = {tables[name]: names for name, names in step.kernel.reads.items()}
        if all(_rows_of(snapshot, table) <= MOST_SETTLED for table in read):
            made = step.kernel.compute(*(snapshot.read(table).select(names) for table, names in read.items()))
            if made is not None:
                yield step.name, made


def _rows_of(snapshot: Snapshot, table: Table) -> int:
    return sum(footer_of(Path(file)).rows for file in snapshot.files(table))


def tables_read(steps: Sequence[Step]) -> list[Table]:
    """The tables of the ledger that a plan reads."""
    read = {name for step in steps for name in tables_in(step.query)}
    return [table for table in LEDGER if table.name in read]


def previous_columns(standard: Standard) -> list[str]:
    """Of the rows of the run before, the columns that an increment reads."""
    return list(dict.fromkeys([KEY, *counted_heads(standard), *DUE_COLUMNS, HISTORY, FIRST]))


def _columns_read(
    plan: Sequence[Step], standard: Standard, also_read: Sequence[Mapping[str, Collection[str]]]
) -> dict[Table, tuple[str, ...]]:
    everywhere = {name for step in plan if step.fold is not None for name in step.fold.columns}
    named: dict[str, set[str]] = {PERSONS.name: set()}
    for reads in also_read:
        for name, names in reads.items():
            named.setdefault(name, set()).update(names)
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
