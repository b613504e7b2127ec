"""Lifetime value as measures: what the models say when called directly, and only where somebody wants it."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from keceng.classify import CUSTOMERS_FILE, RunRequest, classify_customers, plan_steps, read_assignments
from keceng.collect import LEDGER
from keceng.lake import Lake, open_engine, sql
from keceng.measure import ON_DEMAND, Frame, catalogue, measure_steps
from keceng.models import (
    BetaGeo,
    BetaGeoParameters,
    GammaGamma,
    GammaGammaParameters,
    PurchaseHistories,
    Terms,
    predict_clv,
    value_customers,
)
from keceng.standard import find_standard
from tests.ledgers import Day, Ledger

AS_OF = dt.date(2026, 6, 30)
LIFE = BetaGeoParameters(r=0.9, alpha=45.0, a=0.7, b=2.5)
SPEND = GammaGammaParameters(p=6.0, q=5.0, v=60.0)
CLV_NAMES = ON_DEMAND["valuation_method"]
RETAIL = find_standard("retail", catalogue())
Rows = Mapping[int, dict[str, Any]]


def buy(count: int, *, longest_days: int = 700, cost_share: float | None = None) -> list[Day]:
    """Purchases of customers 1 to `count`, drawn from the models; the last day of all is a first purchase."""
    rng = np.random.default_rng(7)
    age = rng.integers(1, longest_days, count).astype(float)
    drawn = BetaGeo.simulate(LIFE, customers=count, T=age, rng=rng)
    amounts = GammaGamma.simulate(SPEND, frequency=drawn.frequency, rng=rng)
    days = []
    for key, (x, last, old, mean) in enumerate(
        zip(drawn.frequency, drawn.recency, age, amounts, strict=True), start=1
    ):
        first = AS_OF - dt.timedelta(days=int(old))
        repeats = np.unique(np.linspace(1, max(int(last), 1), int(x)).astype(int))
        cents = int(mean * 100) if x else 5_000
        cost = None if cost_share is None else int(cents * cost_share)
        days += [Day(key, first + dt.timedelta(days=int(n)), cents, cost=cost) for n in (0, *repeats)]
    days.append(Day(count + 1, AS_OF, 70_00, cost=None if cost_share is None else int(70_00 * cost_share)))
    return days


def measure(days: list[Day], root: Path, wanted: tuple[str, ...] = ("clv",), **known: Any) -> Rows:
    """The measured rows by customer."""
    lake = Ledger(days, **known).write(root / "lake")
    engine = open_engine(lake.snapshot(), LEDGER)
    engine.run(measure_steps(Frame(AS_OF), wanted))
    found = engine.fetch(sql("select * from measured")).to_pylist()
    engine.close()
    return {row["customer_key"]: row for row in found}


def histories_of(days: list[Day]) -> tuple[list[int], PurchaseHistories]:
    """The histories counted by hand, in the order of the keys."""
    book: dict[int, list[Day]] = {}
    for day in sorted(days, key=lambda d: d.day):
        book.setdefault(day.customer, []).append(day)
    keys = sorted(book)
    x = np.array([len(book[k]) - 1.0 for k in keys])
    recency = np.array([float((book[k][-1].day - book[k][0].day).days) for k in keys])
    age = np.array([float((AS_OF - book[k][0].day).days) for k in keys])
    mean = np.array(
        [sum(d.gross for d in book[k][1:]) / 100 / max(len(book[k]) - 1, 1) for k in keys], dtype=float
    )
    return keys, PurchaseHistories(x, recency, age, mean)


@pytest.fixture(scope="module")
def days() -> list[Day]:
    return buy(2_000)


@pytest.fixture(scope="module")
def valued(days: list[Day], tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return measure(days, tmp_path_factory.mktemp("valued"))


def test_every_figure_equals_the_models_called_directly(days: list[Day], valued: Rows) -> None:
    keys, customers = histories_of(days)
    terms = Terms(365, 0.1, 1.0)
    direct = value_customers(customers, terms)
    assert direct.purchases is not None
    assert direct.spend is not None
    outlook = direct.purchases.foresee(customers, terms)
    low, high = predict_clv(direct.purchases, direct.spend, customers, terms).interval(0.8)
    expected = {
        "p_alive": outlook.p_alive * 10_000,
        "expected_purchases_365": outlook.expected_purchases * 10_000,
        "clv": direct.clv * 100,
        "clv_low": low * 100,
        "clv_high": high * 100,
    }
    for name, numbers in expected.items():
        # half a stored part of rounding, and the last digits of fits that met their rows in another order
        assert [valued[k][name] for k in keys] == pytest.approx(list(numbers), rel=1e-6, abs=0.51), name
    assert {valued[k]["valuation_method"] for k in keys} == {"lifetime"}
    assert {valued[k]["clv_basis"] for k in keys} == {"gross_spend"}


def test_the_models_are_asked_once_for_all_who_share_a_history(days: list[Day], tmp_path: Path) -> None:
    lake = Ledger([*days, *(replace(day, customer=day.customer + 10_000) for day in days)]).write(
        tmp_path / "lake"
    )
    engine = open_engine(lake.snapshot(), LEDGER)
    engine.run(measure_steps(Frame(AS_OF), ("clv",)))
    asked = engine.fetch(sql("select * from lifetime_values"))
    rows = {row["customer_key"]: row for row in engine.fetch(sql("select * from valuations")).to_pylist()}
    engine.close()
    assert len(rows) == 2 * len({day.customer for day in days})
    distinct = {tuple(row.values())[:4] for row in asked.to_pylist()}
    assert len(distinct) == asked.num_rows < 0.48 * len(rows)
    # twice the same book is the same model, so everybody is worth what their twin is
    assert all(
        {**row, "customer_key": 0} == {**rows[key + 10_000], "customer_key": 0}
        for key, row in rows.items()
        if key < 10_000
    )


def test_bounds_are_in_order_and_a_chance_is_a_share(valued: Rows) -> None:
    assert all(0 <= row["clv_low"] <= row["clv_high"] for row in valued.values())
    assert all(0 <= row["p_alive"] <= 10_000 for row in valued.values())


def test_whoever_first_bought_today_is_valued_though_it_teaches_nothing(valued: Rows) -> None:
    newest = valued[2_001]
    assert newest["tenure_days"] == 0
    assert newest["clv"] > 0
    assert newest["p_alive"] == 10_000


def test_value_is_counted_in_margin_where_the_company_knows_its_cost(valued: Rows, tmp_path: Path) -> None:
    costed = measure(buy(2_000, cost_share=0.6), tmp_path)
    assert {row["clv_basis"] for row in costed.values()} == {"margin"}
    for key in (1, 2, 3, 2_001):
        assert costed[key]["clv"] == pytest.approx(0.4 * valued[key]["clv"], rel=1e-3, abs=1)


def test_a_small_book_names_its_fallback_and_knows_no_chances(tmp_path: Path) -> None:
    found = measure(buy(60, longest_days=120), tmp_path)
    assert {row["valuation_method"] for row in found.values()} == {"shrunk"}
    assert all(row["clv"] > 0 for row in found.values())
    for name in ("p_alive", "expected_purchases_365", "clv_low", "clv_high"):
        assert {row[name] for row in found.values()} == {None}, name


def test_a_cohort_of_a_year_is_valued_by_its_retention(tmp_path: Path) -> None:
    found = measure(buy(200), tmp_path)
    assert {row["valuation_method"] for row in found.values()} == {"retention"}


def test_without_a_second_purchase_or_any_at_all_nothing_is_known(tmp_path: Path) -> None:
    once = [Day(key, AS_OF - dt.timedelta(days=key), 100_00) for key in range(1, 40)]
    for row in measure(once, tmp_path).values():
        assert all(row[name] is None for name in CLV_NAMES)
    (tmp_path / "none").mkdir()
    for row in measure([], tmp_path / "none", customers={1: {}}).values():
        assert all(row[name] is None for name in CLV_NAMES)


def test_who_never_bought_is_no_customer_or_got_everything_free_is_unknown(
    days: list[Day], tmp_path: Path
) -> None:
    others = [
        *(Day(5_001, AS_OF - dt.timedelta(days=n), 900_000_00) for n in (3, 30, 60)),
        Day(5_002, AS_OF - dt.timedelta(days=50), 80_00),
        Day(5_002, AS_OF - dt.timedelta(days=20), 0),
        Day(5_004, AS_OF - dt.timedelta(days=9), 0, orders=0, returned=5_00),
    ]
    found = measure([*days, *others], tmp_path, customers={5_001: {"is_bucket": True}, 5_003: {}})
    for key in (5_001, 5_002, 5_003, 5_004):
        assert [found[key][name] for name in CLV_NAMES] == [None] * len(CLV_NAMES), key
    assert found[1]["valuation_method"] == "lifetime"


def test_the_step_stands_in_a_plan_only_where_a_measure_of_it_is_wanted(
    days: list[Day], tmp_path: Path
) -> None:
    def names(*wanted: str) -> set[str]:
        return {step.name for step in measure_steps(Frame(AS_OF), wanted)}

    assert "valuations" not in names()
    assert "valuations" not in names("spend", "retained_value")
    for name in ("clv", "p_alive", "valuation_method"):
        assert names(name) - names() == {"lifetimes", "lifetime_values", "valuations"}
    assert "valuations" not in {step.name for step in plan_steps(RETAIL, AS_OF)}
    assert "valuations" in {step.name for step in plan_steps(RETAIL, AS_OF, CLV_NAMES)}
    for row in measure(days[:50], tmp_path, wanted=()).values():
        assert all(row[name] is None for name in CLV_NAMES)


def test_an_ordinary_run_never_loads_the_compiler(tmp_path: Path) -> None:
    Ledger(buy(30)).write(tmp_path / "lake")
    program = f"""
import datetime as dt, sys
from pathlib import Path
from keceng.classify import RunRequest, classify_customers
from keceng.lake import Lake
from keceng.measure import catalogue
from keceng.standard import find_standard
run = RunRequest(find_standard("retail", catalogue()), dt.date(2026, 6, 30))
classify_customers(Lake.open(Path({str(tmp_path / "lake")!r})), run)
sys.exit("numba" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.fixture(scope="module")
def lake(days: list[Day], tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Ledger(days).write(tmp_path_factory.mktemp("classified") / "lake")


def test_asking_for_value_changes_no_grade_and_no_hash(lake: Lake, valued: Rows) -> None:
    plain = classify_customers(lake, RunRequest(RETAIL, AS_OF))
    snapshot = lake.snapshot()
    before = read_assignments(snapshot.run_directory(), snapshot)
    asked = classify_customers(lake, RunRequest(RETAIL, AS_OF, also=CLV_NAMES))
    snapshot = lake.snapshot()
    after = read_assignments(snapshot.run_directory(), snapshot)
    assert asked.result_hash == plain.result_hash
    assert set(after.column_names) - set(before.column_names) == set(CLV_NAMES)
    assert after.select(before.column_names).equals(before)
    assert after["clv"].type == pa.decimal128(18, 2)
    assert int(after["clv"][0].as_py() * 100) == valued[1]["clv"]
    assert (snapshot.run_directory() / CUSTOMERS_FILE).exists()


_BY_VALUE = """
keceng: 1
id: by-value
title: {zh: 按终身价值, en: By lifetime value}
window: 365d
population: {include: "lifetime_order_count > 0"}
grade:
  title: {zh: 等级, en: Grade}
  kind: tier
  by: rules
  classes:
    A: {when: "clv >= 300", title: {zh: 甲, en: A}, public_title: {zh: 甲, en: A}}
    B: {when: "clv >= 50", title: {zh: 乙, en: B}, public_title: {zh: 乙, en: B}}
    C: {otherwise: true, title: {zh: 丙, en: C}, public_title: {zh: 丙, en: C}}
strategy:
  A: {goal: {zh: 专人, en: Named service}, rhythm: 14d}
  B: {goal: {zh: 关怀, en: Care}, rhythm: 30d}
  C: {goal: {zh: 自助, en: Self-service}, rhythm: 90d}
"""


def test_a_standard_whose_lines_are_lifetime_value_classifies(
    lake: Lake, valued: Rows, tmp_path: Path
) -> None:
    path = tmp_path / "by-value.yaml"
    path.write_text(_BY_VALUE, encoding="utf-8")
    summary = classify_customers(lake, RunRequest(find_standard(str(path), catalogue()), AS_OF))
    worth = [row["clv"] for row in valued.values()]
    heads = [sum(w >= 300_00 for w in worth), sum(50_00 <= w < 300_00 for w in worth)]
    assert min(heads) > 0
    assert summary.classes["grade"] == {"A": heads[0], "B": heads[1], "C": len(worth) - sum(heads)}
