"""The record of an increment: heads, moves and the hash, each from those of the run before and the rows that changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from keceng.classify.fingerprint import replace_in_hash, result_hash
from keceng.classify.frozen import frozen_cut_steps, lay_frozen
from keceng.classify.increment_counts import count_all_moves, count_heads, counted_heads
from keceng.classify.increment_links import Links, sum_of
from keceng.classify.increment_scope import Ground, is_hashed_anew
from keceng.classify.increment_work import Work
from keceng.classify.moves import hash_moved
from keceng.classify.plan import identity_step
from keceng.classify.stored import KEY, customer_columns, scan_customers
from keceng.classify.summary import RunSummary
from keceng.classify.tally import classed_dimensions, cut_steps
from keceng.lake import Engine, Keys
from keceng.standard import Standard


@dataclass(frozen=True, slots=True)
class Fresh:
    """What was worked out anew.

    Attributes:
        heads: the columns `counted_heads` of the rows.
        links: what the rows add to the hash, in the order of keys.
        moved: who is in another class than before.
    """

    heads: pa.Table
    links: Links
    moved: pa.Table


def record_of(work: Work, run_id: str, units: Keys, fresh: Fresh, counted: Mapping[str, int]) -> RunSummary:
    """The summary of the increment `run_id`.

    Args:
        work: with `assigned` and the ids of those who moved in its engine.
        run_id: its number.
        units: who was worked out anew.
        fresh: what came of it.
        counted: how many rows its file has, and how many customers were touched and due.
    """
    ground, standard, engine = work.ground, work.standard, work.engine
    below = ground.summary
    old = work.ready.previous.rows(units, [KEY, *counted_heads(standard)])
    population, classes = count_heads(standard, fresh.heads, old, below)
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
        result_hash=_hash(work, units, fresh.links),
        currency=work.request.currency,
        stability=work.past.stability,
        ruler=work.past.ruler,
        earlier_run=below.run_id,
        moves=moves,
        moves_hash=hash_moved(engine, fresh.moved),
        increment={"base": ground.root.name, **counted},
    )


def _hash(work: Work, units: Keys, links: Links) -> str:
    whole, ready = work.ground.summary.result_hash, work.ready
    if is_hashed_anew(work.standard):
        return whole  # until all rows are stored
    return replace_in_hash(whole, sum_of(ready.previous.links_of(units, ready.links)), sum_of(links))


def hash_of_all(ledger: Engine, ground: Ground, standard: Standard, staged: Path) -> str:
    """The hash over all customers of the increment whose files lie in `staged`."""
    scan_customers(ledger, "assigned", staged, customer_columns(staged)[:1])
    lay_frozen(ledger, ground.root)
    ledger.run([*frozen_cut_steps(standard), replace(identity_step(), in_place=True)])
    dimensions = [d.id for d in classed_dimensions(standard) if d.id != "grade"]
    return result_hash(ledger, standard, dimensions, cut_steps(standard))
