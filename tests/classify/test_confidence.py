"""How sure a grade is: chances of classes from the stored forecast, and the rules asked again for each of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keceng.classify import (
    CUSTOMERS_FILE,
    RunRequest,
    chance_of_best_grade,
    chances_of_grades,
    classify_customers,
    read_assignments,
)
from keceng.lake import Snapshot
from keceng.measure import catalogue
from keceng.models import ClvPrediction
from keceng.standard import Standard, load_standard
from tests.evaluate.books import FIRST_DAY, simulate_days
from tests.ledgers import Ledger

AS_OF = FIRST_DAY + dt.timedelta(days=600)

RANKED = """
keceng: 1
id: worth
title: {zh: 价值, en: Worth}
window: 12m
population: {include: "lifetime_order_count > 0"}
stability: off
strategy:
  A: {goal: {zh: 维护, en: Keep}}
  B: {goal: {zh: 提升, en: Raise}}
  C: {goal: {zh: 服务, en: Serve}}
grade:
  title: {zh: 等级, en: Grade}
  kind: tier
  by: cumulative_share
  measure: clv
  classes:
    A: {to: 0.60, title: {zh: 甲, en: A}, public_title: {zh: 甲, en: A}}
    B: {to: 0.90, title: {zh: 乙, en: B}, public_title: {zh: 乙, en: B}}
    C: {to: 1.00, title: {zh: 丙, en: C}, public_title: {zh: 丙, en: C}}
"""

RULED = (
    RANKED.replace("grade:\n  title: {zh: 等级, en: Grade}", "dimensions:\n  value:\n    title: {zh: 价值, en: Value}")
    .replace("\n  kind: tier\n  by: cumulative_share\n  measure: clv\n  classes:", "\n    kind: tier\n    by: cumulative_share\n    measure: clv\n    classes:")
    .replace("    A: {to", "      high: {to").replace("    B: {to", "      mid: {to").replace("    C: {to", "      low: {to")
    + """
grade:
  title: {zh: 等级, en: Grade}
  kind: tier
  by: rules
  classes:
    A: {when: "value = 'high' and purchase_days >= 3", title: {zh: 甲, en: A}, public_title: {zh: 甲, en: A}}
    B: {when: "value in ('high', 'mid')", title: {zh: 乙, en: B}, public_title: {zh: 乙, en: B}}
    C: {otherwise: true, title: {zh: 丙, en: C}, public_title: {zh: 丙, en: C}}
"""
)  # fmt: skip


def run(text: str, root: Path) -> tuple[Standard, Snapshot, pa.Table]:
    standard = load_standard(text, catalogue())
    lake = Ledger(simulate_days(600, 600, seed=5)).write(root / "lake")
    classify_customers(lake, RunRequest(standard, AS_OF))
    snapshot = lake.snapshot()
    return standard, snapshot, pq.read_table(snapshot.run_directory() / CUSTOMERS_FILE)


@pytest.fixture(scope="module")
def ranked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Standard, Snapshot, pa.Table]:
    return run(RANKED, tmp_path_factory.mktemp("ranked"))


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Standard, Snapshot, pa.Table]:
    return run(RULED, tmp_path_factory.mktemp("ruled"))


def test_the_chance_of_the_best_grade_is_that_of_the_forecast_above_its_cut(
    ranked: tuple[Standard, Snapshot, pa.Table],
) -> None:
    standard, _, stored = ranked
    chances = chances_of_grades(stored, standard)
    assert chances is not None
    known = np.isfinite(chances["A"])
    assert known.sum() == stored["clv_deviation"].is_valid().to_numpy().sum() > 500
    assert np.all(known == np.isfinite(chances["C"]))
    np.testing.assert_allclose(sum(chances[c][known] for c in "ABC"), 1.0, atol=1e-12)
    row = stored.slice(int(np.flatnonzero(known)[0]), 1).to_pylist()[0]
    forecast = ClvPrediction.from_moments(
        np.array([float(row["clv"])]), np.array([row["clv_chance"] / 1e4]), np.array([float(row["clv_deviation"])])
    )  # fmt: skip
    expected = forecast.chance_above(float(row["grade__cut_A"]))[0]
    assert chances["A"][np.flatnonzero(known)[0]] == pytest.approx(expected, abs=1e-12)


def test_those_in_the_best_grade_are_surer_of_it(ranked: tuple[Standard, Snapshot, pa.Table]) -> None:
    standard, _, stored = ranked
    best = chance_of_best_grade(stored, standard)
    assert best is not None
    grades = stored["grade"].to_numpy(zero_copy_only=False)
    means = [np.nanmean(best[grades == g]) for g in "ABC"]
    assert means == sorted(means, reverse=True)
    assert means[0] > 0.4
    assert means[2] < 0.1


def test_rules_are_asked_again_for_every_class_of_the_forecast(
    ranked: tuple[Standard, Snapshot, pa.Table], ruled: tuple[Standard, Snapshot, pa.Table]
) -> None:
    standard, _, stored = ruled
    chances = chances_of_grades(stored, standard)
    plain = chances_of_grades(ranked[2], ranked[0])
    assert chances is not None
    assert plain is not None
    assert stored["customer_key"].equals(ranked[2]["customer_key"])
    enough = stored["purchase_days"].to_numpy() >= 3
    known = np.isfinite(plain["A"])
    np.testing.assert_allclose(chances["A"][known], np.where(enough, plain["A"], 0.0)[known])
    np.testing.assert_allclose(
        chances["B"][known], np.where(enough, plain["B"], plain["A"] + plain["B"])[known]
    )
    np.testing.assert_allclose(chances["C"][known], plain["C"][known])


def test_the_result_publishes_it_with_four_decimals(ruled: tuple[Standard, Snapshot, pa.Table]) -> None:
    standard, snapshot, stored = ruled
    found = read_assignments(snapshot.run_directory(), snapshot)["grade_confidence"]
    assert found.type == pa.decimal128(18, 4)
    best = chance_of_best_grade(stored, standard)
    assert best is not None
    told = {n for n in found.to_pylist() if n is not None}
    assert told <= {Decimal(int(n)) / 10_000 for n in np.rint(best[np.isfinite(best)] * 10_000)}
    assert len(told) > 50


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("measure: clv", "measure: spend"),
        ("value = 'high' and purchase_days >= 3", "value = 'high' and clv > 100"),
        ("value = 'high' and purchase_days >= 3", "value_rank <= 10"),
        ("value in ('high', 'mid')", "spend > 10"),
    ],
)
def test_where_a_number_and_not_a_class_of_the_forecast_decides_there_is_no_chance(
    ruled: tuple[Standard, Snapshot, pa.Table], old: str, new: str
) -> None:
    text = RULED.replace(old, new)
    if "spend > 10" in new:
        text = text.replace("value = 'high' and purchase_days >= 3", "purchase_days >= 3")
    assert chance_of_best_grade(ruled[2], load_standard(text, catalogue())) is None
