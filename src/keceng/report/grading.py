"""Figures of the grade: classes, who was left out, the strategy of every cell, the sales curve, the greatest customers."""

from __future__ import annotations

from keceng.lake import column, sql
from keceng.report.figures import (
    ClassFigures,
    CurveMark,
    CurvePoint,
    ExcludedFigures,
    GridCell,
    Leader,
    SalesCurve,
    StrategyGrid,
)
from keceng.report.subject import Subject
from keceng.standard import Rules, Standard, Strategy, TierClass, describe_condition
from keceng.vocabulary import Text

CURVE_STEPS = 200
LEADERS = 20

_CLASSES = """
select grade, count(*) as heads, cast(coalesce(sum(spend) filter (where carries_sales), 0) as bigint) as sales_cents,
  cast(coalesce(sum(greatest(spend, 0)) filter (where carries_sales), 0) as bigint) as positive_cents
from shown where grade is not null group by grade
"""

_EXCLUDED = "select excluded_as as code, count(*) as heads from shown where excluded_as is not null group by excluded_as"

_CELLS = "select grade, count(*) as heads, :state as state from shown where grade is not null group by grade, :state"

# At most `steps` points whatever the number of customers: the ranks that lie nearest above each step.
_CURVE = """
with ranked as (
  select row_number() over (order by spend desc, customer_key) as place, count(*) over () as heads,
    sum(greatest(spend, 0)) over (order by spend desc, customer_key rows unbounded preceding) as upto,
    sum(greatest(spend, 0)) over () as total
  from shown where grade is not null and carries_sales
),
wanted as (
  select distinct cast((heads * step + :steps - 1) // :steps as bigint) as place
  from (select max(heads) as heads from ranked) as counted cross join range(1, :steps + 1) as steps(step)
)
select r.place, r.heads, cast(r.upto as bigint) as upto, cast(r.total as bigint) as total
from ranked as r join wanted as w on w.place = r.place order by r.place
"""

_HEADS_FOR_80 = """
with ranked as (
  select spend, sum(greatest(spend, 0)) over (order by spend desc, customer_key rows unbounded preceding) as upto,
    sum(greatest(spend, 0)) over () as total
  from shown where grade is not null and carries_sales
)
select count(*) filter (where 10 * (upto - greatest(spend, 0)) < 8 * total and spend > 0) as heads from ranked
"""

_LEADERS = """
select coalesce(customer_id, cast(customer_key as varchar)) as customer_id, customer_name, grade, provisional, spend,
  last_purchase_on, reason_zh, reason_en, :state as state
from shown where grade is not null and carries_sales and spend is not null
order by spend desc, customer_key limit :leaders
"""


def gather_classes(subject: Subject) -> tuple[ClassFigures, ...]:
    """Heads and sales of every class, best first; a class without customers is there with zeros."""
    rows = {r["grade"]: r for r in subject.engine.fetch(sql(_CLASSES)).to_pylist()}
    heads = sum(r["heads"] for r in rows.values())
    positive = sum(r["positive_cents"] for r in rows.values())
    nothing = {"heads": 0, "sales_cents": 0, "positive_cents": 0}
    return tuple(
        _class_figures(subject.standard, tier, rows.get(tier.id, nothing), heads=heads, positive=positive)
        for tier in subject.standard.grade.classes
    )


def _class_figures(
    standard: Standard, tier: TierClass, row: dict[str, int], *, heads: int, positive: int
) -> ClassFigures:
    return ClassFigures(
        class_id=tier.id,
        title=tier.title,
        public_title=tier.public_title,
        rule=_rule_text(standard, tier.id),
        heads=row["heads"],
        head_share=row["heads"] / heads if heads else 0.0,
        sales_cents=row["sales_cents"],
        positive_cents=row["positive_cents"],
        sales_share=row["positive_cents"] / positive if positive else 0.0,
        average_cents=round(row["sales_cents"] / row["heads"]) if row["heads"] else 0,
    )


def _rule_text(standard: Standard, class_id: str) -> Text | None:
    method = standard.grade.method
    if not isinstance(method, Rules):
        return None
    rule = next((r for r in method.rules if r.class_id == class_id), None)
    if rule is None:
        return None
    return describe_condition(rule.when, standard.scope) if rule.when else Text("其余客户", "everyone else")


def gather_excluded(subject: Subject) -> tuple[ExcludedFigures, ...]:
    """Customers not judged, by reason, most first."""
    population = subject.standard.population
    titles = {e.id: e.reason for e in population.exclude}
    if population.include is not None:
        told = describe_condition(population.include, subject.standard.scope)
        titles["not_included"] = Text("不满足参评条件：{it}", "does not meet “{it}”").fill(it=told)
    rows = subject.engine.fetch(sql(_EXCLUDED)).to_pylist()
    found = [
        ExcludedFigures(r["code"], titles.get(r["code"], Text(r["code"], r["code"])), r["heads"])
        for r in rows
    ]
    return tuple(sorted(found, key=lambda e: (-e.heads, e.code)))


def gather_grid(subject: Subject) -> StrategyGrid:
    """Heads and strategy of every grade in every state in which somebody stands or that has a strategy of its own."""
    dimension = subject.state_dimension
    states: list[tuple[str | None, Text]] = [(None, Text("全部", "All"))]
    if dimension is not None:
        states = [(c.id, c.title) for c in dimension.classes]
    state = column(dimension.id) if dimension is not None else None
    counted = {
        (r["grade"], r["state"]): r["heads"]
        for r in subject.engine.fetch(sql(_CELLS, state=state)).to_pylist()
    }
    if dimension is not None and any(found is None for _, found in counted):
        states.append((None, Text("未知", "Unknown")))
    cells = {
        (grade, state_id): _grid_cell(subject.standard, grade, state_id, counted.get((grade, state_id), 0))
        for grade in subject.standard.grade.class_ids
        for state_id, _ in states
    }
    title = dimension.title if dimension is not None else Text("策略", "Strategy")
    lively = {state_id for (_, state_id), cell in cells.items() if cell.heads or cell.is_own}
    return StrategyGrid(title, tuple(s for s in states if s[0] in lively), cells)


def _grid_cell(standard: Standard, grade: str, state: str | None, heads: int) -> GridCell:
    strategy: Strategy | None
    try:
        strategy = standard.strategy_for(grade, state)
    except KeyError:
        strategy = None
    return GridCell(heads, strategy, strategy is not None and strategy.state is not None)


def gather_curve(subject: Subject, classes: tuple[ClassFigures, ...]) -> SalesCurve:
    """The cumulative share of sales by the cumulative share of customers, and where the classes stand on it."""
    rows = subject.engine.fetch(sql(_CURVE, steps=CURVE_STEPS)).to_pylist()
    if not rows or not rows[-1]["total"]:
        return SalesCurve((), (), None, None)
    points = [CurvePoint(r["place"] / r["heads"], r["upto"] / r["total"]) for r in rows]
    fifth = next(p.sales_share for p in points if p.head_share >= 0.2)
    heads_for_80 = subject.engine.fetch(sql(_HEADS_FOR_80))["heads"][0].as_py()
    return SalesCurve((CurvePoint(0.0, 0.0), *points), _marks(classes), fifth, heads_for_80)


def _marks(classes: tuple[ClassFigures, ...]) -> tuple[CurveMark, ...]:
    marks: list[CurveMark] = []
    heads = sales = 0.0
    for figures in classes[:-1]:
        heads += figures.head_share
        sales += figures.sales_share
        first = classes[0].title
        reach = Text("{a}–{b}", "{a}–{b}").fill(a=first, b=figures.title) if marks else first
        marks.append(CurveMark(figures.class_id, reach, CurvePoint(heads, sales)))
    return tuple(marks)


def gather_leaders(subject: Subject) -> tuple[Leader, ...]:
    """The classified customers with the greatest sales in the window, greatest first."""
    dimension = subject.state_dimension
    state = column(dimension.id) if dimension is not None else None
    titles = {c.id: c.title for c in dimension.classes} if dimension is not None else {}
    return tuple(
        Leader(
            customer_id=r["customer_id"],
            customer_name=r["customer_name"],
            class_id=r["grade"],
            state=titles.get(r["state"]),
            provisional=r["provisional"],
            sales_cents=r["spend"],
            last_purchase_on=r["last_purchase_on"],
            reason=Text(r["reason_zh"], r["reason_en"]),
        )
        for r in subject.engine.fetch(sql(_LEADERS, state=state, leaders=LEADERS)).to_pylist()
    )
