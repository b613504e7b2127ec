"""Two hundred random standards, and more, over one measured table: the cluster grades every customer as DuckDB does.

Twenty standards share a population and dimensions, each with every choice drawn, and have ladders of their own. On the cluster what they
share is computed once, and their ladders are laid over it and hashed in one job.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest
from sqlglot import exp

from keceng.classify import EMPTY_STANDINGS, class_steps
from keceng.classify.fingerprint import _row_sum
from keceng.collect import DECISIONS
from keceng.lake import Engine, EngineChoice, Step, column, literal, open_engine
from keceng.standard import Standard, Stored, load_standard, standard_hash
from keceng.vocabulary import KecengError, Kind
from tests.laws.conditions import NAMES_BY_KIND, SCOPE, random_row
from tests.laws.test_conditions import measured_table

pytestmark = [pytest.mark.slow, pytest.mark.spark]

AS_OF = dt.date(2026, 6, 30)
BATCHES, AT_ONCE, CUSTOMERS = 11, 20, 250
EVERYTHING = tuple(name for m in SCOPE.values() for name in (m.name, *(m.exact or ())))
CONDITIONS = (
    "100 < spend",
    "not (spend < 3 or orders = 2)",
    "state in ('new', 'lost') and refunds <= 0.6",
    "state not in ('new')",
    "城市 = '北京' or related",
    "tenure between 3 and 90",
    "tenure not between 3 and 90.5",
    "bought_on >= '2024-01-31'",
    "(bought_on - joined_on) >= 1",
    "spend * 0.5 > margin + 10 and points >= 67.5",
    "spend is null or (related and orders > 3)",
    "gap / 2 >= 3",
    "average > 0.2 * spend - 100",
    "share < 0.25 * refunds",
    "listed <> true",
)


def random_condition(rng: random.Random, depth: int = 1) -> str:
    """A condition over measures of every kind; some of them join two others."""
    if depth and rng.random() < 0.4:
        sides = [random_condition(rng, depth - 1) for _ in range(2)]
        joined = f" {rng.choice(['and', 'or'])} ".join(f"({side})" for side in sides)
        return f"not ({joined})" if rng.random() < 0.2 else joined
    if rng.random() < 0.5:
        return rng.choice(CONDITIONS)
    kind = rng.choice([Kind.MONEY, Kind.COUNT, Kind.DAYS, Kind.RATIO, Kind.SCORE])
    name, sign = rng.choice(NAMES_BY_KIND[kind]), rng.choice(["=", "<>", "<", "<=", ">", ">="])
    return f"{name} {sign} {rng.choice(['0', '1', '2', '0.5', '0.6', '3', '-1', '100', '12345.67'])}"


def random_frame(rng: random.Random) -> dict[str, Any]:
    """Who is judged, by which dimensions of every method, and what keeps a grade; all but the ladder."""
    ways = rng.sample(["worth", "quantiles", "bands", "score", "matrix"], rng.randint(2, 3))
    if "matrix" in ways:
        ways = ["worth", "bands", "matrix"]
    document: dict[str, Any] = {
        "keceng": 1,
        "id": "drawn",
        "title": {"zh": "任意", "en": "Any"},
        "window": "365d",
        "population": {
            "exclude": [{"id": "kin", "when": random_condition(rng), "reason": {"zh": "亲属", "en": "kin"}}]
        },
        "dimensions": {way: _dimension(rng, way) for way in ways},
    }
    if rng.random() < 0.2:
        document["population"]["include"] = random_condition(rng)
    if rng.random() < 0.5:
        document["stability"] = {"demote_after": rng.randint(1, 3), "margin": "0.1", "min_stay": "90d"}
    return document


def random_standard(rng: random.Random, frame: Mapping[str, Any]) -> Standard:
    """A ladder of four under conditions that are drawn, in `frame`."""
    way, dimension = rng.choice(list(frame["dimensions"].items()))
    by_class = f"{way} = '{rng.choice(list(dimension['classes']))}'"
    tiers: dict[str, Any] = {
        "A": {"when": f"({by_class}) and ({random_condition(rng)})"},
        "B": {"when": random_condition(rng), "unknown": "not_met"},
        "C": {"when": by_class},
        "D": {"otherwise": True},
    }
    for name, tier in tiers.items():
        tier.update(_titles(name))
        if "when" in tier and rng.random() < 0.3:
            tier["stay"] = random_condition(rng)
    grade = {"title": {"zh": "等级", "en": "Grade"}, "kind": "tier", "by": "rules", "classes": tiers}
    strategy = {name: {"goal": {"zh": name, "en": name}, "rhythm": "30d"} for name in tiers}
    return load_standard(deepcopy({**frame, "grade": grade, "strategy": strategy}), SCOPE)


def _dimension(rng: random.Random, way: str) -> dict[str, Any]:
    measure = rng.choice(["spend", "orders", "points", "average", "gap"])
    cuts = sorted(rng.sample(range(5, 95), 2))
    shares = {"high": {"to": f"0.{cuts[0]:02}"}, "mid": {"to": f"0.{cuts[1]:02}"}, "low": {"to": "1"}}
    found: dict[str, Any] = {
        "worth": {"by": "cumulative_share", "measure": rng.choice(["spend", "orders"]), "classes": shares},
        "quantiles": {"by": "quantiles", "measure": measure, "classes": shares},
        "bands": {
            "by": "bands",
            "measure": "spend",
            "classes": {"some": {"from": str(rng.choice([0, 0.01, 1, 100, 3]))}, "none": {}},
        },
        "score": {
            "by": "scorecard",
            "parts": {
                "spend": {"weight": rng.randint(1, 90), "percentile": measure},
                "points": {
                    "weight": f"0.{rng.randint(1, 9)}",
                    "measure": "points",
                    "title": {"zh": "分", "en": "P"},
                },
            },
            "classes": {
                "good": {"from": rng.randint(40, 90)},
                "fair": {"from": rng.randint(1, 39)},
                "poor": {},
            },
        },
        "matrix": {
            "by": "matrix",
            "rows": "worth",
            "columns": "bands",
            "cells": {
                row: {cell: rng.choice(["good", "plain"]) for cell in ("some", "none")}
                for row in ("high", "mid", "low")
            },
            "classes": {"good": {}, "plain": {}},
        },
    }[way]
    if way in {"worth", "quantiles"}:
        found |= rng.choice(
            [{}, {"tie_policy": "down"}, {"within": "state", "min_group": rng.randint(1, 60)}]
        )
        found |= rng.choice([{}, {"among": random_condition(rng, 0)}])
    found["classes"] = {name: {**one, **_titles(name)} for name, one in found["classes"].items()}
    return {**found, "title": {"zh": way, "en": way}}


def _titles(name: str) -> dict[str, Any]:
    return {"title": {"zh": name, "en": name}, "public_title": {"zh": "服务", "en": "Service"}}


def batch_of(seed: int) -> list[Standard]:
    """The standards that are judged in one job; what could overflow is refused, whatever the engine."""
    rng = random.Random(seed)
    drawn: list[Standard] = []
    frame = random_frame(rng)
    while len(drawn) < AT_ONCE:
        try:
            drawn.append(random_standard(rng, frame))
        except KecengError as error:
            if {problem.code for problem in error.problems} != {"condition.too_large"}:
                raise
            if not drawn:  # perhaps it is the frame
                frame = random_frame(rng)
    return drawn


@dataclass(frozen=True, slots=True)
class Benches:
    """One measured table on both engines."""

    embedded: Engine
    spread: Engine


def quotients(row: Mapping[str, Stored]) -> dict[str, Stored]:
    """What a column with a column behind it shows: the quotient, cut off."""
    found: dict[str, Stored] = {}
    for measure in SCOPE.values():
        if measure.exact:
            above, below = (row[name] for name in measure.exact)
            is_known = isinstance(above, int) and isinstance(below, int) and below != 0
            found[measure.name] = int(above / below) if is_known else None  # type: ignore[operator]
    return found


@pytest.fixture(scope="module")
def benches(spark: EngineChoice) -> Iterator[Benches]:
    rng = random.Random(20260630)
    rows = [row | quotients(row) for row in (random_row(rng) for _ in range(CUSTOMERS))]
    keys = pa.array(range(CUSTOMERS), pa.int64())
    days = pa.array([rng.choice([0, 40, 90, 400, 1_200]) for _ in rows], pa.int64())
    measured = measured_table(rows).add_column(0, "customer_key", keys)
    measured = measured.append_column("tenure_days", days).append_column(
        "history_days", pa.array([1_200] * CUSTOMERS)
    )
    both = Benches(open_engine(), open_engine(choice=spark))
    for engine in (both.embedded, both.spread):
        engine.give("measured", measured)
        engine.give("units", pa.table({"customer_key": keys, "unit_key": keys}))
        engine.give("decisions", DECISIONS.arrow_schema.empty_table())
        engine.give("standings", EMPTY_STANDINGS)
    yield both
    both.embedded.close()
    both.spread.close()


def told_of(standard: Standard, number: int) -> exp.Select:
    """The hash over every customer's classes, grade, reason code and the measures used: as a run's hash takes it."""
    names = ["customer_key", *(d.id for d in standard.dimensions), "grade", "excluded_as", "reason_code"]
    parts = [column(name) for name in [*names, *(m.name for m in standard.inputs)]]
    return exp.select(
        exp.alias_(literal(number), "number"),
        exp.alias_(_row_sum(parts), "total"),
        exp.alias_(exp.func("count", column("grade")), "graded"),
    ).from_("coded")


def steps_of(standard: Standard) -> tuple[list[Step], list[Step]]:
    """What the standards of a batch share, and the ladder of `standard` alone."""
    steps = class_steps(standard, AS_OF, EVERYTHING)
    ladder = next(number for number, step in enumerate(steps) if step.name == f"with_{standard.grade.id}")
    return steps[:ladder], steps[ladder:]


def embedded_answers(engine: Engine, standards: Sequence[Standard]) -> list[dict[str, object]]:
    told = []
    for number, standard in enumerate(standards):
        engine.run([step for part in steps_of(standard) for step in part])
        told += engine.fetch(told_of(standard, number)).to_pylist()
    return told


def spread_answers(engine: Engine, standards: Sequence[Standard]) -> list[dict[str, object]]:
    engine.run(steps_of(standards[0])[0])
    for number, standard in enumerate(standards):
        told = told_of(standard, number)
        for step in steps_of(standard)[1]:
            told = told.with_(exp.to_identifier(step.name, quoted=True), step.query)
        engine.view(f"told_{number}", told)
    listed = [exp.select("*").from_(f"told_{number}") for number in range(len(standards))]
    rows: list[dict[str, object]] = engine.fetch(exp.union(*listed, distinct=False)).to_pylist()
    return sorted(rows, key=lambda row: int(str(row["number"])))


@pytest.mark.parametrize("seed", range(BATCHES))
def test_random_standards_give_the_same_hash_on_both_engines(benches: Benches, seed: int) -> None:
    drawn = batch_of(seed)
    ours = embedded_answers(benches.embedded, drawn)
    assert sum(int(str(row["graded"])) for row in ours) > AT_ONCE
    assert spread_answers(benches.spread, drawn) == ours


def test_the_standards_are_more_than_two_hundred_and_all_different() -> None:
    assert len({standard_hash(standard) for seed in range(BATCHES) for standard in batch_of(seed)}) > 200
