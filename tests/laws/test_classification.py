"""Laws of classification on random measured tables: order never matters, heads reconcile, more is never worse,
and the engine and the one-row evaluator agree on every grade of every template."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keceng.classify import EMPTY_STANDINGS, class_steps
from keceng.collect import DECISIONS
from keceng.lake import Engine, open_engine, sql
from keceng.measure import Measure, catalogue
from keceng.standard import (
    Rules,
    Standard,
    evaluate_condition,
    find_standard,
    list_templates,
    load_standard,
)
from keceng.vocabulary import Kind

pytestmark = pytest.mark.slow
CATALOGUE = catalogue()
AS_OF = dt.date(2026, 6, 30)
Row = dict[str, object]
ARROW = {Kind.CATEGORY: pa.string(), Kind.FLAG: pa.bool_(), Kind.DATE: pa.date32()}
NUMBERS: Mapping[Kind, Callable[[random.Random], int]] = {
    Kind.MONEY: lambda r: r.choice(
        [0, 1, -500, 999_999, 1_000_000, 1_000_001, r.randint(-10_000, 5_000_000)]
    ),
    Kind.COUNT: lambda r: r.choice([0, 1, 2, 3, r.randint(0, 40)]),
    Kind.DAYS: lambda r: r.choice([0, 89, 90, 180, r.randint(0, 900)]),
    Kind.RATIO: lambda r: r.choice([0, 6_000, 6_001, 10_000, r.randint(-5_000, 40_000)]),
    Kind.SCORE: lambda r: r.randint(0, 1_000_000),
}


def invent(measure: Measure, chance: random.Random) -> object:
    if chance.random() < 0.15:
        return None
    if measure.kind is Kind.CATEGORY:
        return chance.choice([code for code, _ in measure.categories] or ["dealer", "user", "shop"])
    if measure.kind is Kind.FLAG:
        return chance.random() < 0.3
    if measure.kind is Kind.DATE:
        return dt.date(2026, 1, 1) + dt.timedelta(days=chance.randint(-900, 180))
    return NUMBERS[measure.kind](chance)


def invent_row(key: int, measures: Sequence[Measure], chance: random.Random) -> Row:
    row: Row = {"customer_key": key}
    for measure in measures:
        row[measure.name] = invent(measure, chance)
        if measure.exact:
            parts = (
                (None, None)
                if row[measure.name] is None
                else (chance.randint(-9, 9) * 5_000, chance.randint(0, 3))
            )
            row.update(zip(measure.exact, parts, strict=True))
    return row


def measures_of(standard: Standard) -> list[Measure]:
    needed = {m.name: m for m in standard.inputs}
    return list({**needed, **{n: CATALOGUE[n] for n in ("tenure_days", "history_days", "spend")}}.values())


def as_table(rows: Sequence[Row], measures: Sequence[Measure]) -> pa.Table:
    fields = [pa.field("customer_key", pa.int64())]
    for measure in measures:
        fields.append(pa.field(measure.name, ARROW.get(measure.kind, pa.int64())))
        fields += [pa.field(name, pa.int64()) for name in measure.exact or ()]
    return pa.Table.from_pylist(list(rows), pa.schema(fields))


def classified(rows: Sequence[Row], standard: Standard) -> list[Row]:
    engine: Engine = open_engine()
    try:
        measured = as_table(rows, measures_of(standard))
        engine.give("measured", measured)
        engine.give("decisions", DECISIONS.arrow_schema.empty_table())
        engine.give("standings", EMPTY_STANDINGS)
        keys = measured["customer_key"]
        engine.give("units", pa.table({"customer_key": keys, "unit_key": keys}))
        engine.run(class_steps(standard, AS_OF))
        found: list[Row] = engine.fetch(sql("select * from coded order by customer_key")).to_pylist()
        return found
    finally:
        engine.close()


@pytest.mark.parametrize("template", list_templates())
@settings(max_examples=5)
@given(seed=st.integers(0, 2**32), size=st.sampled_from([1, 7, 45, 160]))
def test_the_engine_and_the_one_row_evaluator_give_the_same_grade(
    template: str, seed: int, size: int
) -> None:
    standard = find_standard(template, CATALOGUE)
    chance = random.Random(seed)
    rows = [invent_row(k, measures_of(standard), chance) for k in range(size)]
    for row in classified(rows, standard):
        for dimension in (*standard.dimensions, standard.grade):
            if isinstance(dimension.method, Rules):
                assert row[dimension.id] == by_one_row(standard, dimension.method, row), dimension.id


def by_one_row(standard: Standard, method: Rules, row: Row) -> str | None:
    if row["excluded_as"] is not None:
        return None
    for rule in method.rules:
        if rule.when is None:
            return rule.class_id
        answer = evaluate_condition(rule.when, row)  # type: ignore[arg-type]
        if answer:
            return rule.class_id
        if answer is None and not rule.unknown_is_not_met:
            return None
    return None


@pytest.mark.parametrize("template", list_templates())
@settings(max_examples=4)
@given(seed=st.integers(0, 2**32))
def test_row_order_never_matters_and_everyone_is_counted_once(template: str, seed: int) -> None:
    standard = find_standard(template, CATALOGUE)
    chance = random.Random(seed)
    rows = [invent_row(k, measures_of(standard), chance) for k in range(120)]
    first = classified(rows, standard)
    chance.shuffle(rows)
    assert classified(rows, standard) == first
    assert [r["customer_key"] for r in first] == list(range(120))
    assert all(r["grade"] is None for r in first if r["excluded_as"] is not None)
    assert all(r["reason_code"] for r in first)


METHODS = {
    "bands": "by: bands\n    measure: spend\n    classes: {first: {from: 20000, %s}, second: {from: 100, %s}, third: {%s}}",
    "quantiles": "by: quantiles\n    measure: spend\n    classes: {first: {to: 0.2, %s}, second: {to: 0.5, %s}, third: {to: 1, %s}}",
    "cumulative_share": "by: cumulative_share\n    measure: spend\n    classes: {first: {to: 0.6, max_share: 0.3, %s}, second: {to: 0.9, %s}, third: {to: 1, %s}}",
    "scorecard": "by: scorecard\n    parts: {a: {weight: 1, percentile: spend}}\n    classes: {first: {from: 70, %s}, second: {from: 40, %s}, third: {%s}}",
}
TITLE = "title: {zh: 类, en: Class}, public_title: {zh: 服务, en: Service}"


def ladder(method: str, policy: str) -> Standard:
    text = f"""
keceng: 1
id: law
title: {{zh: 定律, en: Law}}
window: 365d
dimensions:
  worth:
    title: {{zh: 价值, en: Worth}}
    kind: tier
    {METHODS[method] % ((TITLE,) * 3)}
    {policy}
grade:
  title: {{zh: 等级, en: Grade}}
  kind: tier
  by: rules
  classes:
    A: {{when: "worth = 'first'", {TITLE}}}
    B: {{when: "worth = 'second'", {TITLE}}}
    C: {{otherwise: true, {TITLE}}}
stability: off
strategy:
  A: {{goal: {{zh: 甲, en: A}}, rhythm: 14d, service: a}}
  B: {{goal: {{zh: 乙, en: B}}, rhythm: 30d, service: b}}
  C: {{goal: {{zh: 丙, en: C}}, rhythm: 90d, service: c}}
review: {{every: 3 months, owner: sales-director}}
"""
    return load_standard(text, CATALOGUE)


@pytest.mark.parametrize("method", list(METHODS))
@settings(max_examples=8)
@given(
    amounts=st.lists(st.integers(-100_000, 10_000_000), min_size=1, max_size=150),
    policy=st.sampled_from(["", "tie_policy: down", "small_data: off"]),
)
def test_more_is_never_worse_and_equal_is_equal(method: str, amounts: list[int], policy: str) -> None:
    standard = ladder(method, "" if method in {"bands", "scorecard"} else policy)
    rows: list[Row] = [
        {"customer_key": k, "spend": a, "tenure_days": 400, "history_days": 400}
        for k, a in enumerate(amounts)
    ]
    found = classified(rows, standard)
    order = sorted((int(str(r["spend"])), str(r["grade"])) for r in found)
    by_amount: dict[int, set[str]] = {}
    for amount, grade in order:
        by_amount.setdefault(amount, set()).add(grade)
    assert all(len(grades) == 1 for grades in by_amount.values())
    ranked = [min(by_amount[a]) for a in sorted(by_amount, reverse=True)]
    assert ranked == sorted(ranked)


@pytest.mark.parametrize(("cents", "grade"), [(999_999, "B"), (1_000_000, "B"), (1_000_001, "A")])
def test_ten_thousand_is_not_more_than_ten_thousand(cents: int, grade: str) -> None:
    document = f"""
keceng: 1
id: threshold
title: {{zh: 阈值, en: Threshold}}
window: 365d
dimensions: {{state: {{use: lifecycle_state}}}}
grade:
  title: {{zh: 等级, en: Grade}}
  kind: tier
  by: rules
  classes:
    A: {{when: "spend > 10000", {TITLE}}}
    B: {{otherwise: true, {TITLE}}}
stability: off
strategy:
  A: {{goal: {{zh: 甲, en: A}}, rhythm: 14d, service: a}}
  B: {{goal: {{zh: 乙, en: B}}, rhythm: 30d, service: b}}
review: {{every: 3 months, owner: sales-director}}
"""
    row: Row = {
        "customer_key": 1,
        "spend": cents,
        "tenure_days": 400,
        "history_days": 400,
        "lifecycle_state": "active",
    }
    assert classified([row], load_standard(document, CATALOGUE))[0]["grade"] == grade
