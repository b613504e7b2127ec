"""What a run counts once its steps stand: heads, classes, cuts, and what was taken for granted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlglot import exp

from keceng.classify.population import HEADS, UNDECIDED_HEADS, undecided_steps
from keceng.classify.summary import PopulationCounts
from keceng.lake import Engine, Step, column, sql
from keceng.standard import CumulativeShare, Dimension, Quantiles, Standard
from keceng.vocabulary import Direction, KecengError, Text, money_text

_CLASS_HEADS = "class_heads"


def classed_dimensions(standard: Standard) -> list[Dimension]:
    """The dimensions that give a class, the grade last."""
    return [d for d in (*standard.dimensions, standard.grade) if d.classes]


def cut_steps(standard: Standard) -> list[str]:
    """The steps whose rows are cuts resolved in the run."""
    return [f"cuts_{d.id}" for d in (*standard.dimensions, standard.grade) if _has_resolved_cuts(d)]


def _has_resolved_cuts(dimension: Dimension) -> bool:
    return isinstance(dimension.method, Quantiles | CumulativeShare)


@dataclass(frozen=True, slots=True)
class Tally:
    """Heads of a run.

    Attributes:
        population: who was there, and what became of them.
        classes: per dimension the graded customers of each class.
    """

    population: PopulationCounts
    classes: Mapping[str, Mapping[str, int]]


def _heads_step(standard: Standard) -> Step:
    by = [
        column(name) for name in ("excluded_as", "provisional", *(d.id for d in classed_dimensions(standard)))
    ]
    query = exp.select(*by, exp.alias_(sql("count(*)"), HEADS)).from_("assigned").group_by(*by)
    return Step(_CLASS_HEADS, query, Text("各级人数", "heads by class"))


@lru_cache(maxsize=16)
def tally_steps(standard: Standard) -> tuple[Step, ...]:
    """The steps whose few rows `count_assigned` and `tell_assumptions` read; they read `assigned` and `population`."""
    return (_heads_step(standard), *undecided_steps(standard))


def count_assigned(engine: Engine, standard: Standard) -> Tally:
    """Heads of the step `assigned`, each counted once, from `tally_steps`.

    Raises:
        KecengError: nobody is known, or heads do not reconcile.
    """
    dimensions = classed_dimensions(standard)
    rows = engine.fetch(exp.select("*").from_(_CLASS_HEADS)).to_pylist()
    population = _population(rows)
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
    return Tally(population, {d.id: _classes(rows, d) for d in dimensions})


def _population(rows: Sequence[Mapping[str, Any]]) -> PopulationCounts:
    excluded: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    for row in rows:
        if row["excluded_as"] is not None:
            excluded[row["excluded_as"]] += row[HEADS]
            continue
        judged["heads"] += row[HEADS]
        judged["classified"] += row[HEADS] if row["grade"] is not None else 0
        judged["provisional"] += row[HEADS] if row["provisional"] else 0
    return PopulationCounts(
        customers=judged["heads"] + excluded.total(),
        classified=judged["classified"],
        provisional=judged["provisional"],
        excluded=dict(sorted(excluded.items())),
        insufficient=judged["heads"] - judged["classified"],
    )


def _classes(rows: Sequence[Mapping[str, Any]], dimension: Dimension) -> dict[str, int]:
    heads: Counter[str] = Counter()
    for row in rows:
        heads[row[dimension.id]] += row[HEADS] if row["grade"] is not None else 0
    return {class_id: heads[class_id] for class_id in dimension.class_ids}


def read_cuts(engine: Engine, standard: Standard) -> dict[str, dict[str, float]]:
    """Per dimension and class (and peer group), the number that is just enough, in the units people read."""
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


def tell_assumptions(engine: Engine, standard: Standard) -> list[str]:
    """What was taken for granted about the customers of this run, in both languages."""
    return [*_contradictions(engine), *_undecided(engine, standard)]


CONTRADICTIONS = "contradictions"
"""The step in which orders and stated totals are compared."""


def contradiction_step() -> Step:
    """Heads whose orders differ from a stated total by more than one per cent, and both sums; orders win."""
    query = sql(
        """
        select count(*) as heads, cast(sum(p.lifetime_spend) as bigint) as counted,
          cast(sum(s.lifetime_spend) as bigint) as stated
        from folded as p join stated_totals as s using (customer_key)
        where 100 * abs(p.lifetime_spend - s.lifetime_spend) > abs(s.lifetime_spend)
        """
    )
    return Step(CONTRADICTIONS, query, Text("订单与声明的累计额", "orders beside stated totals"))


def _contradictions(engine: Engine) -> list[str]:
    found = engine.fetch(exp.select("*").from_(CONTRADICTIONS)).to_pylist()[0]
    if not found["heads"]:
        return []
    heads, counted, stated = found["heads"], money_text(found["counted"]), money_text(found["stated"])
    chinese = f"{heads} 家的累计销售额, 订单合计 {counted}, 文件声明 {stated}, 按订单计算"
    english = (
        f"{heads} customers' lifetime sales: {counted} from orders, {stated} as stated; orders were taken"
    )
    return [f"{chinese} / {english}"]


def _undecided(engine: Engine, standard: Standard) -> list[str]:
    titles = {e.id: e.reason for e in standard.population.exclude}
    if not titles:
        return []
    heads: Counter[str] = Counter()
    for row in engine.fetch(exp.select("*").from_(UNDECIDED_HEADS)).to_pylist():
        heads.update({id_: row[HEADS] for id_ in titles if row[id_]})
    return [
        f"{n} 家无法判断是否“{title.zh}”, 按不是处理 / {n} could not be decided as “{title.en}”, taken as not"
        for id_, title in titles.items()
        if (n := heads[id_])
    ]
