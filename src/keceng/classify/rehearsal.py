"""A run that is not published: a draft laid on the measures that the published run stored, beside the grades in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from keceng.classify.moves import move_steps
from keceng.classify.past import Past, look_at_past
from keceng.classify.plan import assigned_step, class_steps, identity_step, plan_steps, wording_of
from keceng.classify.population import needed_columns
from keceng.classify.reasons import reason_step
from keceng.classify.results import names_on_demand
from keceng.classify.stored import customer_columns, read_customers, scan_customers
from keceng.classify.summary import RunSummary, read_run_standard, read_summary
from keceng.collect import LEDGER
from keceng.lake import Engine, Snapshot, Step, column, open_engine, sql
from keceng.measure import FUTURE_NAMES, ON_DEMAND, VALUATION_NAMES, catalogue
from keceng.standard import Standard, Unit
from keceng.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A draft's grades, standing in an engine.

    Steps that can be read: `assigned` (one row per customer under the draft), `before` (customer_key, grade and `state`, the
    class its strategy is keyed on, of what is compared with), `transitions`, `moved` (whoever changes class, with
    `reason_zh` and `reason_en`), `identities`, and `drafted`, `assigned` with every other measure beside it.

    Attributes:
        engine: where they stand.
        draft: what was laid on.
        base: the published run.
        base_standard: the ruler of that run, or the one given to compare with.
        past: what the run to come would know of the runs before it.
        is_remeasured: whether the stored measures could not serve (another window, unit, or a model not run).
    """

    engine: Engine
    draft: Standard
    base: RunSummary
    base_standard: Standard
    past: Past
    is_remeasured: bool


@contextmanager
def rehearse(snapshot: Snapshot, draft: Standard, against: Standard | None = None) -> Iterator[Rehearsal]:
    """The grades that publishing `draft` would give on the data and date of the published run.

    Grades are compared with those of the published run, or with those of `against` on the same measures.

    Raises:
        KecengError: nothing is published yet.
    """
    directory = snapshot.run_directory()
    base, stored_standard = read_summary(directory), read_run_standard(directory)
    past = look_at_past(snapshot, draft, base.as_of)
    engine = open_engine(snapshot, LEDGER)
    try:
        scan_customers(engine, "stored", directory)
        if against is None:
            engine.run([_before_step(stored_standard, "stored")])
        else:
            _lay_on(engine, against, base, stored_standard, directory, snapshot)
        engine.give("earlier", engine.fetch(sql("select customer_key, grade from before")))
        past.lay_standings(engine)
        is_stored = serves(draft, stored_standard, directory)
        engine.run(_steps(draft, base.as_of, is_stored=is_stored))
        engine.run([assigned_step(draft, "coded"), identity_step(), *move_steps()])
        engine.run(_moved_steps(engine, draft, base))
        engine.view("drafted", _with_other_measures(engine, "stored" if is_stored else "measured"))
        yield Rehearsal(engine, draft, base, against or stored_standard, past, not is_stored)
    finally:
        engine.close()


def _lay_on(
    engine: Engine,
    standard: Standard,
    base: RunSummary,
    stored: Standard,
    directory: Path,
    snapshot: Snapshot,
) -> None:
    look_at_past(snapshot, standard, base.as_of).lay_standings(engine)
    engine.run(_steps(standard, base.as_of, is_stored=serves(standard, stored, directory)))
    engine.run([assigned_step(standard, "coded"), _before_step(standard, "assigned")])


def _before_step(standard: Standard, source: str) -> Step:
    state = column(standard.strategy_by) if standard.strategy_by else exp.null()
    query = sql(
        "select customer_key, grade, cast(:state as varchar) as state from :source",
        state=state,
        source=exp.to_table(source),
    )
    return Step("before", query, Text("对照的等级", "the grades compared with"))


def serves(draft: Standard, stored: Standard, directory: Path) -> bool:
    """Whether the stored measures are those that the draft would measure."""
    if (draft.window_days, draft.unit) != (stored.window_days, stored.unit):
        return False
    present = set(customer_columns(directory))
    if not {name for name in needed_columns(draft) if name != "customer_key"} <= present:
        return False
    asked = {name for name in draft.measures if name in VALUATION_NAMES}
    if not set(FUTURE_NAMES).isdisjoint(draft.measures):
        asked.add("future_value")
    # A run of what is needed alone has no column of a family that nobody asked for.
    signs = [name for name in ON_DEMAND if name in present]
    return not asked or asked <= set(names_on_demand(read_customers(directory, signs)))


def _steps(standard: Standard, as_of: dt.date, *, is_stored: bool) -> list[Step]:
    if not is_stored:
        return plan_steps(standard, as_of)
    return [*_stored_steps(standard), *class_steps(standard, as_of)]


def _stored_steps(standard: Standard) -> list[Step]:
    # A unit's measures stand in every member's row; one of them serves.
    names = [column(name) for name in needed_columns(standard) if name != "customer_key"]
    rows = exp.select(exp.alias_(column("unit_key"), "customer_key"), *names).from_("stored")
    if standard.unit is Unit.GROUP:
        first = sql("row_number() over (partition by unit_key order by customer_key) = 1")
        rows = rows.qualify(first)
    return [
        Step("units", sql("select customer_key, unit_key from stored"), Text("评级单元", "units")),
        Step("measured", rows, Text("已存的指标", "stored measures")),
    ]


def _with_other_measures(engine: Engine, source: str) -> exp.Expr:
    names = {t: engine.fetch(exp.select("*").from_(t).limit(0)).column_names for t in ("assigned", source)}
    known = set(catalogue()) & set(names[source])
    others = [column(name, "m") for name in names[source] if name in known and name not in names["assigned"]]
    own = column("customer_key" if source == "stored" else "unit_key", "a")
    return (
        exp.select("a.*", *others)
        .from_(exp.to_table("assigned", alias="a"))
        .join(exp.to_table(source, alias="m"), on=column("customer_key", "m").eq(own))
    )


def _moved_steps(engine: Engine, draft: Standard, base: RunSummary) -> list[Step]:
    # A sentence for whoever moves; the others keep the one they have.
    moved = Step(
        "moving",
        sql(
            """
            select t.from_class, t.to_class, a.* from transitions as t
            join assigned as a on a.customer_key = t.customer_key where t.from_class <> t.to_class
            """
        ),
        Text("等级变化的客户", "who moves"),
    )
    engine.run([moved])
    codes = engine.fetch(sql("select distinct reason_code from moving order by reason_code"))
    wording = wording_of(draft, base.as_of, base.currency)
    told = reason_step(wording, codes["reason_code"].to_pylist(), "moving")
    return [Step("moved", told.query, told.title)]
