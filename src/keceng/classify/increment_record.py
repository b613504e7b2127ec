"""The record of an increment: heads, moves and the hash, each from those of the run before and the rows that changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from keceng.classify.fingerprint import linked_hash, replace_in_hash, result_hash
from keceng.classify.frozen import frozen_cut_steps, lay_frozen
from keceng.classify.increment_counts import count_all_moves, count_heads
from keceng.classify.increment_ready import counted_columns
from keceng.classify.increment_rows import hash_steps_of
from keceng.classify.increment_scope import Ground
from keceng.classify.increment_work import Work
from keceng.classify.moves import moves_hash
from keceng.classify.plan import identity_step
from keceng.classify.stored import customer_columns, scan_customers
from keceng.classify.summary import RunSummary
from keceng.classify.tally import classed_dimensions, cut_steps
from keceng.lake import Engine, Keys, Step, open_engine, sql
from keceng.standard import Standard
from keceng.vocabulary import Text


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
    old = work.ready.previous.rows(units, counted_columns(standard))
    population, classes = count_heads(engine, standard, old, below)
    moves = count_all_moves(engine, old, below)
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
        moves=moves,
        moves_hash=moves_hash(engine, moves),
        increment={"base": ground.root.name, **counted},
    )


def _hash(work: Work, old: pa.Table, units: Keys) -> str:
    before = open_engine(by_columns=True)
    try:
        before.give("assigned", old)
        known = "select customer_key, customer_key as unit_key from assigned"
        every = Step("units", sql(known), Text("重算的客户", "customers worked out anew"))
        # The ids by which that run knew them: a source may call somebody otherwise by now.
        before.run([every, *hash_steps_of(work, work.ground.before, before, units)])
        less = linked_hash(before, ())
    finally:
        before.close()
    return replace_in_hash(work.ground.summary.result_hash, less, linked_hash(work.engine, ()))


def hash_of_all(ledger: Engine, ground: Ground, standard: Standard, staged: Path) -> str:
    """The hash over all customers of the increment whose files lie in `staged`."""
    scan_customers(ledger, "assigned", staged, customer_columns(staged)[:1])
    lay_frozen(ledger, ground.root)
    ledger.run([*frozen_cut_steps(standard), replace(identity_step(), in_place=True)])
    dimensions = [d.id for d in classed_dimensions(standard) if d.id != "grade"]
    return result_hash(ledger, standard, dimensions, cut_steps(standard))
