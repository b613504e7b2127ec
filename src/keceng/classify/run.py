"""A run: the named steps from the ledger to a published grade for every customer, written whole or not at all."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pyarrow as pa

from keceng.classify.fingerprint import hash_steps, linked_hash
from keceng.classify.frozen import copy_frozen, freeze_steps, lay_frozen
from keceng.classify.increment import Increment, go_on
from keceng.classify.moves import ARRIVALS, MOVES, count_moves, fetch_moves, has_moved, move_steps, moves_hash
from keceng.classify.past import Past, look_at_past
from keceng.classify.plan import assigned_step, identity_step, plan_steps, read_after
from keceng.classify.remarks import is_warned_of, tell_default_rates, warn_of_classes
from keceng.classify.run_files import write_files
from keceng.classify.summary import LedgerRows, RunSummary, StandardReference
from keceng.classify.tally import (
    classed_dimensions,
    count_assigned,
    cut_steps,
    read_cuts,
    tally_steps,
    tell_assumptions,
)
from keceng.collect import CUSTOMERS, LEDGER
from keceng.lake import EMBEDDED, Engine, EngineChoice, Lake, Step, UnitOfWork, open_engine, run_and_drop
from keceng.standard import Standard, Unit, standard_hash

Watch = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is to be run.

    Attributes:
        standard: the ruler.
        as_of: the day; nothing later is seen.
        currency: the sign that sentences put before amounts.
        rows: the source rows of the data, for the record.
        rejects: rejected rows by code, for the record.
        assumed: what was taken for granted on the way in.
        also: measures to compute beside those of the ruler, for those that are computed on demand alone.
        is_stable: whether the grades held before count, as the standard's `stability` says; a one-shot run has none.
        is_lean: whether only what the ruler reads is measured and stored, and what lists always show, not the whole catalogue.
        engine: what it runs on.
        is_increment: whether to go on from the published run where that gives the same; the summary says where it does not.
        frozen: the run whose norms, cuts and distributions are to hold; None resolves them anew.
    """

    standard: Standard
    as_of: dt.date
    currency: str = "¥"
    rows: LedgerRows = field(default_factory=LedgerRows)
    rejects: Mapping[str, int] = field(default_factory=dict)
    assumed: Sequence[str] = ()
    also: tuple[str, ...] = ()
    is_stable: bool = True
    is_lean: bool = False
    engine: EngineChoice = EMBEDDED
    is_increment: bool = False
    frozen: str | None = None


def _ignore(_step: Step) -> None:
    return None


def classify_customers(
    lake: Lake, request: RunRequest, *, author: str = "shell", watch: Watch = _ignore
) -> RunSummary:
    """Measure and classify every customer of the lake, store the run and publish it.

    Raises:
        KecengError: nobody is known at the date, or the counts do not reconcile.
    """
    run_id = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    with lake.unit_of_work("run", author) as work:
        past = look_at_past(work.current(), request.standard, request.as_of, is_stable=request.is_stable)
        if request.frozen is not None:
            past = replace(past, frozen=work.current().run_directory(request.frozen))
        told: Mapping[str, object] = {}
        if request.is_increment:
            made = go_on(work.current(), request, past, run_id)
            if isinstance(made, Increment):
                return _publish_increment(work, made, request)
            told = {"full_because": f"{made.zh} / {made.en}"}
        engine = open_engine(work.current(), LEDGER, request.engine, by_columns=request.is_lean)
        try:
            summary = replace(_calculate(engine, request, past, run_id, watch), increment=told)
            warnings = tuple(warn_of_classes(engine, work.current(), request.standard, request.as_of))
            staged = work.stage_run()
            write_files(engine, request.standard, staged, summary.seconds, is_lean=request.is_lean)
            if past.frozen is not None:
                copy_frozen(past.frozen, staged, request.standard)
            summary = replace(summary, warnings=warnings, spilled_bytes=engine.spilled_bytes)
            summary.write(staged)
            work.add_run(run_id, staged)
            work.append(MOVES, _move_rows(summary, partial(fetch_moves, engine)))
        finally:
            engine.close()
    return summary


def _publish_increment(work: UnitOfWork, made: Increment, request: RunRequest) -> RunSummary:
    try:
        staged = work.stage_run()
        summary = made.write(staged, request.standard)
        work.add_run(summary.run_id, staged)
        work.append(MOVES, _move_rows(summary, lambda: made.moved))
    finally:
        made.close()
    return summary


def _move_rows(summary: RunSummary, fetch: Callable[[], pa.Table]) -> pa.Table:
    if summary.earlier_run is None or not has_moved(summary.moves):
        return MOVES.arrow_schema.empty_table()
    moved = fetch()
    same = {"run_id": summary.run_id, "earlier_run_id": summary.earlier_run, "as_of": summary.as_of}
    for name, stated in same.items():
        moved = moved.append_column(name, pa.array([stated] * moved.num_rows))
    return moved


def _calculate(engine: Engine, request: RunRequest, past: Past, run_id: str, watch: Watch) -> RunSummary:
    standard = request.standard
    past.lay_standings(engine)
    past.lay_grades(engine)
    plan = plan_steps(standard, request.as_of, request.also, is_lean=request.is_lean)
    if past.frozen is not None:
        lay_frozen(engine, past.frozen)
        plan = freeze_steps(plan, past.frozen, standard)
    # An account is a unit of its own: its row is that of `coded`, and needs no second table.
    assigned = replace(assigned_step(standard), in_place=standard.unit is Unit.ACCOUNT, is_result=True)
    dimensions = [d.id for d in classed_dimensions(standard) if d.id != "grade"]
    kept = {"units", "assigned", *read_after(standard)}
    if not request.is_lean or is_warned_of(standard):
        kept.add("measured")
    seconds = run_and_drop(engine, [*plan, assigned], kept, (CUSTOMERS.name, "customer_key"), watch)
    identities = replace(identity_step(), in_place=True)  # of a few, if anybody moved
    # Who moved is asked for again and again: by columns it is kept while the rows are at hand.
    is_kept = request.is_lean and request.engine == EMBEDDED and past.published_run is not None
    told = [
        replace(step, in_place=step.in_place and not (is_kept and step.name == ARRIVALS))
        for step in move_steps()
    ]
    seconds |= engine.run(
        [identities, *hash_steps(standard, dimensions), *told, *tally_steps(standard)], watch
    )
    tally = count_assigned(engine, standard)
    moves = count_moves(engine) if past.published_run else {}
    return RunSummary(
        run_id=run_id,
        standard=StandardReference(standard.id, standard.revision, standard_hash(standard)),
        as_of=request.as_of,
        engine=request.engine.name,
        rows=request.rows,
        rejects=request.rejects,
        population=tally.population,
        classes=tally.classes,
        cuts=read_cuts(engine, standard),
        seconds=seconds,
        result_hash=linked_hash(engine, cut_steps(standard)),
        assumed=(
            *request.assumed,
            *tell_assumptions(engine, standard),
            *tell_default_rates(engine, standard, request.currency),
        ),
        currency=request.currency,
        stability=past.stability,
        ruler=past.ruler,
        earlier_run=past.published_run,
        moves=moves,
        moves_hash=moves_hash(engine, moves) if past.published_run else "",
    )
