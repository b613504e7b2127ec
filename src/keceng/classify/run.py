"""A run: the named steps from the ledger to a published grade for every customer, written whole or not at all."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlglot import exp

from keceng.classify.dimensions import dimension_steps
from keceng.classify.fingerprint import result_hash
from keceng.classify.population import assumption_query, population_step
from keceng.classify.reasons import Wording, code_step, reason_step
from keceng.classify.summary import LedgerRows, PopulationCounts, RunSummary, StandardReference
from keceng.classify.tables import CUSTOMERS_FILE, CUTS_FILE, STANDARD_FILE, norms_file
from keceng.collect import LEDGER
from keceng.lake import Engine, Lake, Step, column, literal, open_engine, sql
from keceng.measure import NORM_STEPS, Frame, catalogue, measure_steps
from keceng.standard import (
    CumulativeShare,
    Dimension,
    Quantiles,
    Scorecard,
    Standard,
    condition_sql,
    dump_standard,
    standard_hash,
)
from keceng.vocabulary import Direction, KecengError, Text, money_text

Watch = Callable[[Step], None]
NEW_DAYS = 90
"""A tenure below this makes a grade provisional (MEANINGS 20)."""


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
    """

    standard: Standard
    as_of: dt.date
    currency: str = "¥"
    rows: LedgerRows = field(default_factory=LedgerRows)
    rejects: Mapping[str, int] = field(default_factory=dict)
    assumed: Sequence[str] = ()
    also: tuple[str, ...] = ()


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
        engine = open_engine(work.current(), LEDGER)
        try:
            summary = _calculate(engine, request, run_id, watch)
            staged = work.stage_run()
            _write_files(engine, request.standard, staged)
            summary.write(staged)
            work.add_run(run_id, staged)
        finally:
            engine.close()
    return summary


def plan_steps(standard: Standard, as_of: dt.date, also: Sequence[str] = ()) -> list[Step]:
    """The plan up to the reason codes, `also` measured beside what the ruler needs: what `explain --plan` prints."""
    frame = Frame(as_of, standard.window_days, standard.unit.value)
    return [*measure_steps(frame, (*standard.measures, *also)), *class_steps(standard)]


def class_steps(standard: Standard) -> list[Step]:
    """From `measured` to `coded`: population, each dimension after those it needs, the grade, the reason codes."""
    scope = standard.scope
    steps = [population_step(standard)]
    for dimension in (*standard.dimensions, standard.grade):
        steps += dimension_steps(dimension, _last_table(steps), scope)
    return [*steps, code_step(standard, _last_table(steps))]


def _last_table(steps: Sequence[Step]) -> str:
    return steps[-1].name


def _calculate(engine: Engine, request: RunRequest, run_id: str, watch: Watch) -> RunSummary:
    standard = request.standard
    seconds = dict(engine.run(plan_steps(standard, request.as_of, request.also), watch))
    codes = engine.fetch(sql("select distinct reason_code from coded order by reason_code"))
    scope = {**standard.scope, **{m.name: m for m in standard.grade.published}}
    wording = Wording(standard, scope, request.as_of, request.currency)
    last = [
        reason_step(wording, codes["reason_code"].to_pylist()),
        _assigned_step(standard),
        _identity_step(),
    ]
    seconds |= engine.run(last, watch)
    return RunSummary(
        run_id=run_id,
        standard=StandardReference(standard.id, standard.revision, standard_hash(standard)),
        as_of=request.as_of,
        engine="duckdb",
        rows=request.rows,
        rejects=request.rejects,
        population=_population(engine),
        classes={d.id: _class_counts(engine, d) for d in _classed(standard)},
        cuts=_cuts(engine, standard),
        seconds=seconds,
        result_hash=result_hash(
            engine, standard, [d.id for d in _classed(standard) if d.id != "grade"], _cut_steps(standard)
        ),
        assumed=(*request.assumed, *_assumptions(engine, standard)),
        currency=request.currency,
    )


def _assigned_step(standard: Standard) -> Step:
    # Members of a group carry the group's grade; every known customer has exactly one row.
    low = [sql("coalesce(tenure_days < :days, false)", days=NEW_DAYS)]
    for dimension in (*standard.dimensions, standard.grade):
        if isinstance(dimension.method, Scorecard):
            coverage = column(f"{dimension.id}__coverage")
            low.append(sql("coalesce(:c < :least, false)", c=coverage, least=dimension.method.min_coverage))
    if standard.provisional is not None:
        low.append(sql("coalesce(:stated, false)", stated=condition_sql(standard.provisional)))
    query = sql(
        """
        select units.customer_key, reasoned.* exclude (customer_key), grade is not null and :low as provisional
        from units join reasoned on reasoned.customer_key = units.unit_key
        """,
        low=exp.Paren(this=exp.or_(*low)),
    )
    return Step("assigned", query, Text("每个客户的分级", "the grade of every customer"))


def _identity_step() -> Step:
    query = sql(
        "select customer_key, min(source_id) as customer_id, min(name) as customer_name from persons group by customer_key"
    )
    return Step("identities", query, Text("来源编号", "source ids"))


def _classed(standard: Standard) -> list[Dimension]:
    return [d for d in (*standard.dimensions, standard.grade) if d.classes]


def _cut_steps(standard: Standard) -> list[str]:
    return [f"cuts_{d.id}" for d in (*standard.dimensions, standard.grade) if _has_resolved_cuts(d)]


def _has_resolved_cuts(dimension: Dimension) -> bool:
    return isinstance(dimension.method, Quantiles | CumulativeShare)


def _population(engine: Engine) -> PopulationCounts:
    counts = engine.fetch(
        sql(
            """
            select excluded_as, count(*) as heads, count(*) filter (where grade is not null) as classified,
              count(*) filter (where provisional) as provisional
            from assigned group by excluded_as
            """
        )
    ).to_pylist()
    excluded = {r["excluded_as"]: r["heads"] for r in counts if r["excluded_as"] is not None}
    judged = next((r for r in counts if r["excluded_as"] is None), None)
    classified = judged["classified"] if judged else 0
    population = PopulationCounts(
        customers=sum(r["heads"] for r in counts),
        classified=classified,
        provisional=judged["provisional"] if judged else 0,
        excluded=dict(sorted(excluded.items())),
        insufficient=(judged["heads"] if judged else 0) - classified,
    )
    if population.customers == 0:
        raise KecengError.of(
            "no_customers",
            "截止日没有任何客户",
            "no customer is known at this date",
            remedy=Text("检查 --as-of 与导入的数据", "check --as-of and what was imported"),
        )
    if not population.reconciles:
        raise KecengError.of(
            "counts_do_not_reconcile",
            "人数对不上, 结果未发布",
            "heads do not reconcile; nothing was published",
        )
    return population


def _class_counts(engine: Engine, dimension: Dimension) -> dict[str, int]:
    rows = engine.fetch(
        exp.select(exp.alias_(column(dimension.id), "class_id"), "count(*) as heads")
        .from_("assigned")
        .where("grade is not null")
        .group_by(column(dimension.id))
    ).to_pylist()
    heads = {r["class_id"]: r["heads"] for r in rows}
    return {class_id: heads.get(class_id, 0) for class_id in dimension.class_ids}


def _cuts(engine: Engine, standard: Standard) -> dict[str, dict[str, float]]:
    resolved = {}
    for dimension in (*standard.dimensions, standard.grade):
        method = dimension.method
        if not isinstance(method, Quantiles | CumulativeShare):
            continue
        measure = standard.scope[method.measure]
        sign = -1 if measure.direction is Direction.LOWER else 1
        shown: dict[str, float] = {}
        for row in engine.fetch(
            exp.select("*").from_(f"cuts_{dimension.id}").order_by("peer_group")
        ).to_pylist():
            for k, class_id in enumerate(dimension.class_ids[:-1]):
                cut = row[f"cut_{k}"]
                key = class_id if row["peer_group"] == "all" else f"{class_id}@{row['peer_group']}"
                if cut is not None:
                    shown[key] = sign * int(cut) / measure.kind.scale
        resolved[dimension.id] = shown
    return resolved


def _assumptions(engine: Engine, standard: Standard) -> list[str]:
    return [*_contradictions(engine), *_undecided(engine, standard)]


def _contradictions(engine: Engine) -> list[str]:
    # Orders win over a stated total; both are said where they differ by more than one per cent.
    found = engine.fetch(
        sql(
            """
            select count(*) as heads, cast(sum(p.lifetime_spend) as bigint) as counted,
              cast(sum(s.lifetime_spend) as bigint) as stated
            from purchase_totals as p join stated_totals as s using (customer_key)
            where 100 * abs(p.lifetime_spend - s.lifetime_spend) > abs(s.lifetime_spend)
            """
        )
    ).to_pylist()[0]
    if not found["heads"]:
        return []
    heads, counted, stated = found["heads"], money_text(found["counted"]), money_text(found["stated"])
    chinese = f"{heads} 家的累计销售额, 订单合计 {counted}, 文件声明 {stated}, 按订单计算"
    english = (
        f"{heads} customers' lifetime sales: {counted} from orders, {stated} as stated; orders were taken"
    )
    return [f"{chinese} / {english}"]


def _undecided(engine: Engine, standard: Standard) -> list[str]:
    query = assumption_query(standard)
    if query is None:
        return []
    undecided = engine.fetch(query).to_pylist()[0]
    titles = {e.id: e.reason for e in standard.population.exclude}
    return [
        f"{n} 家无法判断是否“{titles[i].zh}”, 按不是处理 / {n} could not be decided as “{titles[i].en}”, taken as not"
        for i, n in undecided.items()
        if n
    ]


def _write_files(engine: Engine, standard: Standard, directory: Path) -> None:
    present = set(engine.fetch(exp.select("*").from_("assigned").limit(0)).column_names)
    others = [m for m in catalogue() if m not in present]
    everything = (
        exp.select("assigned.*", *[column(name, "measured") for name in others])
        .from_("assigned")
        .join("units", using=["customer_key"])
        .join("measured", on="measured.customer_key = units.unit_key")
        .order_by("assigned.customer_key")
    )
    engine.save(everything, directory / CUSTOMERS_FILE)
    for step in NORM_STEPS:
        engine.save(exp.select("*").from_(step), directory / norms_file(step))
    _save_cuts(engine, standard, directory)
    (directory / STANDARD_FILE).write_text(dump_standard(standard), encoding="utf-8")


def _save_cuts(engine: Engine, standard: Standard, directory: Path) -> None:
    parts = [
        exp.select(
            exp.alias_(literal(dimension.id), "dimension"),
            "peer_group",
            "compared",
            exp.alias_(literal(class_id), "class_id"),
            exp.alias_(exp.cast(column(f"cut_{k}"), "bigint"), "cut"),
        ).from_(f"cuts_{dimension.id}")
        for dimension in (*standard.dimensions, standard.grade)
        if _has_resolved_cuts(dimension)
        for k, class_id in enumerate(dimension.class_ids[:-1])
    ]
    if parts:
        query = exp.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
        engine.save(query, directory / CUTS_FILE)
