"""The record of an increment: heads, moves and the hash, each from those of the run before and the rows that changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from keceng.classify.fingerprint import replace_in_hash, result_hash
from keceng.classify.frozen import frozen_cut_steps, lay_frozen
from keceng.classify.increment_counts import count_all_moves, count_heads
from keceng.classify.increment_scope import Ground
from keceng.classify.increment_units import DUE, PREVIOUS, TOUCHED
from keceng.classify.increment_work import KEY, Work, count_rows, rows_of_units
from keceng.classify.moves import moves_hash
from keceng.classify.plan import identity_step
from keceng.classify.stored import customer_columns, scan_customers
from keceng.classify.summary import RunSummary
from keceng.classify.tally import classed_dimensions, cut_steps
from keceng.collect import PERSONS
from keceng.lake import Engine, open_engine, view_table
from keceng.standard import Standard


def record_of(work: Work, run_id: str, rows: int) -> RunSummary:
    """The summary of the increment `run_id`, whose file has so many `rows`."""
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
    old = rows_of_units(work.ledger, PREVIOUS, list(dict.fromkeys(names)))
    population, classes = count_heads(engine, standard, old, below)
    counted = {name: count_rows(work.ledger, name) for name in (TOUCHED, DUE)}
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


def _hash(work: Work, old: pa.Table, dimensions: Sequence[str]) -> str:
    # The ids by which that run knew them: a source may call somebody otherwise by now.
    known = "persons_before"
    view_table(work.ledger, work.ground.before, PERSONS, known)
    before = open_engine()
    try:
        before.give("assigned", old)
        before.give(PERSONS.name, rows_of_units(work.ledger, known, [KEY, "source_id", "name"]))
        before.run([identity_step()])
        less = result_hash(before, work.standard, dimensions, ())
    finally:
        before.close()
    more = result_hash(work.engine, work.standard, dimensions, ())
    return replace_in_hash(work.ground.summary.result_hash, less, more)


def hash_of_all(ledger: Engine, ground: Ground, standard: Standard, staged: Path) -> str:
    """The hash over all customers of the increment whose files lie in `staged`."""
    scan_customers(ledger, "assigned", staged, customer_columns(staged)[:1])
    lay_frozen(ledger, ground.root)
    ledger.run([*frozen_cut_steps(standard), replace(identity_step(), in_place=True)])
    dimensions = [d.id for d in classed_dimensions(standard) if d.id != "grade"]
    return result_hash(ledger, standard, dimensions, cut_steps(standard))
