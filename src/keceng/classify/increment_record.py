"""The record of an increment: heads, moves and the hash, each from those of the run before and the rows that changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from keceng.classify.aging import HISTORY
from keceng.classify.fingerprint import replace_in_hash, result_hash
from keceng.classify.frozen import frozen_cut_steps, lay_frozen
from keceng.classify.increment_calendar import DUE_COLUMNS
from keceng.classify.increment_counts import count_all_moves, count_heads
from keceng.classify.increment_previous import FIRST
from keceng.classify.increment_scope import Ground
from keceng.classify.increment_work import Work
from keceng.classify.moves import moves_hash
from keceng.classify.plan import identity_step
from keceng.classify.stored import KEY, customer_columns, scan_customers
from keceng.classify.summary import RunSummary
from keceng.classify.tally import classed_dimensions, cut_steps
from keceng.collect import PERSONS
from keceng.lake import Engine, Keys, Step, open_engine, rows_of_keys, sql
from keceng.standard import Standard
from keceng.vocabulary import Text


def previous_columns(standard: Standard) -> list[str]:
    """Of the rows of the run before, the columns that an increment reads."""
    return list(dict.fromkeys([*_counted(standard), *DUE_COLUMNS, HISTORY, FIRST]))


def _counted(standard: Standard) -> list[str]:
    dimensions = [d.id for d in classed_dimensions(standard)]
    measures = [m.name for m in standard.inputs]
    return list(
        dict.fromkeys([KEY, *dimensions, "grade", "excluded_as", "reason_code", "provisional", *measures])
    )


def record_of(work: Work, run_id: str, units: Keys, counted: Mapping[str, int]) -> RunSummary:
    """The summary of the increment `run_id`.

    Args:
        work: with `assigned` and `transitions` in its engine.
        run_id: its number.
        units: who was worked out anew.
        counted: how many rows its file has, and how many customers were touched and due.
    """
    ground, standard, engine = work.ground, work.standard, work.engine
    below = ground.summary
    old = work.previous.rows(units, _counted(standard))
    population, classes = count_heads(engine, standard, old, below)
    return replace(
        below,
        run_id=run_id,
        as_of=work.request.as_of,
        rows=work.request.rows,
        rejects=work.request.rejects,
        population=population,
        classes=classes,
        seconds={},
        result_hash=_hash(work, old, units),
        currency=work.request.currency,
        stability=work.past.stability,
        ruler=work.past.ruler,
        earlier_run=below.run_id,
        moves=count_all_moves(engine, old, below),
        moves_hash=moves_hash(engine),
        increment={"base": ground.root.name, **counted},
    )


def _hash(work: Work, old: pa.Table, units: Keys) -> str:
    dimensions = [d.id for d in classed_dimensions(work.standard) if d.id != "grade"]
    before = open_engine(by_columns=True)
    try:
        # The ids by which that run knew them: a source may call somebody otherwise by now.
        ids = rows_of_keys(work.ground.before, PERSONS, KEY, units, [KEY, "source_id", "id_code"])
        before.give(PERSONS.name, PERSONS.conform(ids))
        before.give("assigned", old)
        known = "select customer_key, customer_key as unit_key from assigned"
        before.run([Step("units", sql(known), Text("重算的客户", "customers worked out anew"))])
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
