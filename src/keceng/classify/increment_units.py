"""Whose row an increment works out anew: whoever the ledger says something new of, and whoever something falls due for by date.

A superset is harmless, an omission is not: each part below takes in everybody of whom it could be true.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from sqlglot import exp

from keceng.classify.aging import AGED_MEASURES, Aging
from keceng.classify.easing import Easing, held_rule_sql
from keceng.classify.increment_scope import Ground, conditions_of
from keceng.classify.plan import NEW_DAYS
from keceng.classify.stability import MIN_STAY, last_counted_day
from keceng.collect import (
    CUSTOMERS,
    DECISIONS,
    DECLARED_MEASURES,
    LEDGER,
    ORDER_LINES,
    PRODUCTS,
    PURCHASE_DAY,
)
from keceng.lake import Engine, Step, Table, column, sql, view_changes
from keceng.measure import Frame
from keceng.standard import Condition, Rules, Standard, condition_sql
from keceng.vocabulary import Text

TOUCHED, DUE, UNITS, PREVIOUS = "touched_units", "due_units", "changed_units", "previous"
_STATE = "lifecycle_state"
_SILENCES = (180, 365, 540)
_GAPS = (1, 2, 3, 6)
"""The lines of the states: days of silence, and silence in halves of the expected gap (`keceng.measure.rhythm`)."""


def tables_read(steps: Sequence[Step]) -> list[Table]:
    """The tables of the ledger that a plan reads."""
    read = {table.name for step in steps for table in step.query.find_all(exp.Table)}
    return [table for table in LEDGER if table.name in read]


def find_touched(engine: Engine, ground: Ground, tables: Sequence[Table]) -> Text | None:
    """Make `touched_units`: the customers of whom a row of `tables` came, went or changed. Why it cannot be known, else None."""
    parts: list[exp.Expr] = []
    for table in tables:
        name = f"changes_{table.name}"
        found = view_changes(engine, ground.before, ground.after, table, name)
        if found is None:
            return Text("上次运行时的数据文件已清理", "files that the last run read have been cleared away")
        if not found:
            continue
        touched = _touched_by(table, name)
        if touched is None:
            return Text(
                f"「{table.grain.zh}」变了，涉及所有客户",
                f"{table.grain.en} has changed, which concerns everybody",
            )
        parts += touched
    _keep_keys(engine, TOUCHED, parts, Text("数据有变的客户", "customers of whom something is new"))
    return None


def _touched_by(table: Table, name: str) -> list[exp.Expr] | None:
    changed = exp.to_table(name)
    if table == DECISIONS:
        ended = "select d.customer_key from decisions as d join :changed as c on c.about = d.decision_id"
        return [sql("select customer_key from :changed", changed=changed), sql(ended, changed=changed)]
    if table == PRODUCTS:
        bought = "select customer_key from order_lines where product_id in (select product_id from :changed)"
        return [sql(bought, changed=changed)]
    if "customer_key" not in table.column_names:
        return None
    return [sql("select customer_key from :changed", changed=changed)]


def find_due(
    engine: Engine, standard: Standard, ground: Ground, tables: Sequence[Table], aging: Aging
) -> None:
    """Make `due_units`: the customers for whom the days since the last run change more than an age.

    Reads the table `previous`, the rows of that run.
    """
    parts: list[exp.Expr] = []
    if aging.elapsed_days:
        frames = [Frame(day, standard.window_days) for day in (ground.summary.as_of, aging.as_of)]
        for table in tables:
            parts += _dated(table, frames[0], frames[1])
        flags = [*_crossings(standard, aging), *_reviews(standard, aging)]
        parts.append(sql("select customer_key from previous where :due", due=exp.or_(*flags)))
    _keep_keys(engine, DUE, parts, Text("到期的客户", "customers for whom something falls due"))


def _keep_keys(engine: Engine, name: str, parts: Sequence[exp.Expr], title: Text) -> None:
    nobody = sql("select customer_key from customers where false")
    every = exp.union(nobody, *parts, distinct=False) if parts else nobody
    keys = sql(
        "select distinct customer_key from :parts as parts where customer_key is not null",
        parts=exp.Subquery(this=every),
    )
    engine.run([Step(name, keys, title)])


def _dated(table: Table, first: Frame, last: Frame) -> Iterator[exp.Expr]:
    """Rows that count from a day on, or until one, between the two runs."""
    since, until = first.as_of, last.as_of
    lines = [(since, until)]
    match table.name:
        case PURCHASE_DAY.name:
            yield _between(table, "day", [*lines, (first.window_opens_on, last.window_opens_on)])
            yield _between(table, "void_on", lines)
        case ORDER_LINES.name:
            yield _between(table, "line_on", lines)
            yield _between(table, "void_on", lines)
        case CUSTOMERS.name:
            yield _between(table, "first_seen_on", lines)
        case DECISIONS.name:
            day = dt.timedelta(days=1)
            yield _between(table, "effective_on", lines)
            yield _between(table, "expires_on", [(since - day, until)])
        case DECLARED_MEASURES.name:
            yield exp.select("customer_key").from_(table.name)


def _between(table: Table, name: str, edges: Sequence[tuple[dt.date, dt.date]]) -> exp.Expr:
    inside = [
        sql(
            "(:name > cast(:since as date) and :name <= cast(:until as date))",
            name=column(name),
            since=since,
            until=until,
        )
        for since, until in edges
    ]
    return exp.select("customer_key").from_(table.name).where(exp.or_(*inside))


def _crossings(standard: Standard, aging: Aging) -> Iterator[exp.Expr]:
    aged = aging.columns(AGED_MEASURES | {"gap_ratio__num"})
    yield _passes("tenure_days", NEW_DAYS - 1, aging)
    yield from (_passes("days_since_last_purchase", days, aging) for days in _SILENCES)
    for halves in _GAPS:
        yield sql(
            """
            coalesce(20 * days_since_last_purchase <= :halves * expected_gap__num
              and 20 * (days_since_last_purchase + :days) > :halves * expected_gap__num, false)
            """,
            halves=halves,
            days=aging.elapsed_days,
        )
    for test in _tests_of_ages(standard):
        later = test.transform(lambda node: aged[node.name].copy() if _is_aged(node, aged) else node)
        yield sql("((:now) is distinct from (:later))", now=test, later=later)


def _is_aged(node: exp.Expr, aged: dict[str, exp.Expr]) -> bool:
    return isinstance(node, exp.Column) and node.name in aged


def _passes(age: str, line: int, aging: Aging) -> exp.Expr:
    return sql(
        "coalesce(:age <= :line and :age + :days > :line, false)",
        age=column(age),
        line=line,
        days=aging.elapsed_days,
    )


def _tests_of_ages(standard: Standard) -> Iterator[exp.Expr]:
    # Each comparison by itself, because a reason cites the one that decided; and what keeps whoever holds a class.
    for condition in conditions_of(standard):
        for leaf in condition.leaves:
            if not AGED_MEASURES.isdisjoint(leaf.names):
                yield condition_sql(Condition(condition.text, leaf.node))
    if standard.stability is None:
        return
    easing, scope = Easing(standard.stability.margin), dict(standard.scope)
    for dimension in (*standard.dimensions, standard.grade):
        if isinstance(dimension.method, Rules):
            for rule in dimension.method.rules:
                held = held_rule_sql(rule, easing, scope)
                if (
                    held is not None
                    and rule.when is not None
                    and not AGED_MEASURES.isdisjoint(rule.when.names)
                ):
                    yield held
        easing = easing.after(dimension)


def _reviews(standard: Standard, aging: Aging) -> Iterator[exp.Expr]:
    stability = standard.stability
    if stability is None or not aging.is_held:
        return
    counted = last_counted_day(aging.as_of)
    yield sql("(grade_by_system is not null and reviewed_on <= cast(:counted as date))", counted=counted)
    # A demotion that was carried out is weighed no more.
    yield sql("(kept_by is null and weak_reviews > 0)")
    earliest = aging.as_of - dt.timedelta(days=stability.min_stay_days)
    yield sql(
        "(kept_by = :kept and grade_since <= cast(:earliest as date))", kept=MIN_STAY, earliest=earliest
    )
