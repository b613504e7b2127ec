"""The plan of a run: the named steps from the ledger to a grade with its reason, composed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache

import pyarrow as pa
from sqlglot import exp

from keceng.classify.decisions import decision_steps
from keceng.classify.dimensions import dimension_steps
from keceng.classify.easing import Easing
from keceng.classify.population import population_step
from keceng.classify.ranking import ranking_ids
from keceng.classify.reason_codes import code_step
from keceng.classify.reasons import Wording
from keceng.classify.stability import stability_steps
from keceng.classify.tally import CONTRADICTIONS, contradiction_step
from keceng.collect import PERSONS
from keceng.lake import Fold, Step, column, narrow_folds, read_in_place, see_rising, sql
from keceng.measure import NORM_STEPS, Frame, catalogue, measure_steps, select_measure_steps
from keceng.standard import Scorecard, Standard, Unit, condition_sql
from keceng.vocabulary import Text

NEW_DAYS = 90
"""A tenure below this makes a grade provisional (MEANINGS 20)."""


ALWAYS_MEASURED = (
    "spend", "order_count", "purchase_days", "lifetime_spend", "lifetime_order_count",
    "days_since_last_purchase", "first_purchase_on", "last_purchase_on", "tenure_days", "history_days", "gap_ratio",
    "expected_gap", "lifecycle_state",
)  # fmt: skip
"""Beside what a ruler reads, what lists and reasons always show."""
_RATES = "cost_rates"
RATE_STEPS = ("rates", "activities")
"""The steps that tell which rates of service costs a run rested on."""
_STATED = ("folded", "stated_totals")
"""Steps in which a run looks for contradictions, beside `measured`."""


def plan_steps(
    standard: Standard, as_of: dt.date, also: Sequence[str] = (), *, is_lean: bool = False
) -> list[Step]:
    """The plan up to the reason codes, `also` measured beside what the ruler needs: what `explain --plan` prints.

    A lean plan measures what the ruler reads, `also`, and `ALWAYS_MEASURED`; any other the whole catalogue. In a lean plan, what
    one step alone reads is computed within that step.
    """
    return list(_planned(standard, as_of, tuple(also), is_lean))


@lru_cache(maxsize=16)
def _planned(standard: Standard, as_of: dt.date, also: tuple[str, ...], is_lean: bool) -> tuple[Step, ...]:
    frame = Frame(as_of, standard.window_days, standard.unit.value)
    if not is_lean:
        whole = measure_steps(frame, (*standard.measures, *also))
        return (*whole, contradiction_step(), *class_steps(standard, as_of))
    wanted = tuple(dict.fromkeys((*standard.measures, *ALWAYS_MEASURED, *also)))
    measured = select_measure_steps(
        frame, wanted, keep=[*_STATED, *(RATE_STEPS if rests_on_rates(standard) else ())]
    )
    beside = {"units", "measured", "population", "coded", *_STATED, *read_after(standard)}
    columns = [name for m in wanted for name in (m, *(catalogue()[m].exact or ()))]
    planned = read_in_place(
        [*measured, contradiction_step(), *class_steps(standard, as_of, columns)],
        beside,
        cheap=("days",) if standard.unit is Unit.ACCOUNT else (),
    )
    return tuple(narrow_folds(planned, beside.difference(_STATED)))


def read_after(standard: Standard) -> set[str]:
    """The steps of a run that are read beside its plan, when counts are taken and files are written, but for `measured`."""
    names = {CONTRADICTIONS, *RATE_STEPS, *NORM_STEPS}
    if standard.population.exclude:
        names.add("population")
    names |= {f"ranks_{ranking}" for ranking in ranking_ids(standard)}  # those of a scorecard's parts too
    return names | {f"{k}_{d.id}" for d in (*standard.dimensions, standard.grade) for k in ("cuts", "ranks")}


def rests_on_rates(standard: Standard) -> bool:
    """Whether the ruler reads a measure that service costs enter."""
    return any(_RATES in measure.inputs for measure in standard.inputs)


def class_steps(standard: Standard, as_of: dt.date, also: Sequence[str] = ()) -> list[Step]:
    """From `measured` to `coded`, which holds the columns `also` too: those of `settle_steps`, and the reason codes."""
    steps = settle_steps(standard, as_of, also)
    return [*steps, code_step(standard, _last_table(steps))]


def settle_steps(standard: Standard, as_of: dt.date, also: Sequence[str] = ()) -> list[Step]:
    """From `measured` to `settled`: population, each dimension after those it needs, the grade, and what keeps it.

    They read the ledger's `decisions`, the step `units`, and a table `standings` (`EMPTY_STANDINGS` at a first review).
    """
    scope = {**standard.scope, **{m.name: m for m in standard.grade.published}}
    easing = Easing(standard.stability.margin if standard.stability else 0)
    steps = [population_step(standard, also)]
    for dimension in (*standard.dimensions, standard.grade):
        steps += dimension_steps(dimension, _last_table(steps), scope, easing)
        easing = easing.after(dimension)
    steps += decision_steps(standard, as_of)
    return [*steps, *stability_steps(standard, as_of, f"with_{standard.grade.id}", easing)]


def _last_table(steps: Sequence[Step]) -> str:
    return steps[-1].name


def wording_of(standard: Standard, as_of: dt.date, currency: str) -> Wording:
    """What the sentences of a run of `standard` need."""
    scope = {**standard.scope, **{m.name: m for m in standard.grade.published}}
    return Wording(standard, scope, as_of, currency)


@lru_cache(maxsize=16)
def assigned_step(standard: Standard, source: str = "coded") -> Step:
    """`assigned`: one row per customer, from `source`, which has one per unit; adds `unit_key` and `provisional`."""
    # Members of a group carry the group's grade; every known customer has exactly one row.
    low = [sql("coalesce(tenure_days < :days, false)", days=NEW_DAYS)]
    for dimension in (*standard.dimensions, standard.grade):
        if isinstance(dimension.method, Scorecard):
            coverage = column(f"{dimension.id}__coverage")
            low.append(sql("coalesce(:c < :least, false)", c=coverage, least=dimension.method.min_coverage))
    if standard.provisional is not None:
        low.append(sql("coalesce(:stated, false)", stated=condition_sql(standard.provisional)))
    provisional = sql("grade is not null and :low", low=exp.Paren(this=exp.or_(*low)))
    if standard.unit is Unit.ACCOUNT:
        # Every known account is a unit of its own.
        query = sql(
            "select customer_key, customer_key as unit_key, * exclude (customer_key), :low as provisional from :source as graded",
            low=provisional,
            source=exp.to_table(source),
        )
    else:
        query = sql(
            """
            select units.customer_key, units.unit_key, graded.* exclude (customer_key), :low as provisional
            from units join :source as graded on graded.customer_key = units.unit_key
            """,
            low=provisional,
            source=exp.to_table(source),
        )
    return Step("assigned", query, Text("每个客户的分级", "the grade of every customer"))


@cache
def identity_step() -> Step:
    """`identities`: one source id and name per customer."""
    query = sql(
        "select customer_key, min(source_id) as customer_id, min(name) as customer_name from persons group by customer_key"
    )
    return Step("identities", query, Text("来源编号", "source ids"), fold=_SINGLE_IDS)


def _single_ids(persons: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    # Where every customer has one id and the ids lie by customer, as in a book of one source, there is nothing to choose.
    last = None
    for batch in persons:
        last = see_rising(batch, last)
        yield batch.rename_columns(["customer_key", "customer_id", "customer_name"])


_SINGLE_IDS = Fold(
    PERSONS, ("customer_key", "source_id", "name"), _single_ids, sql("select 0 as customer_key where false")
)
