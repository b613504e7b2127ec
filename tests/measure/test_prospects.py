"""Future value, the chance of a purchase and churn risk as measures: what the back-test judges, and nothing personal in them."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlglot import exp

from keceng.classify import RunRequest, classify_customers, read_assignments
from keceng.collect import LEDGER
from keceng.evaluate.backtest import look_back
from keceng.evaluate.foresight import Foresight, rank_customers
from keceng.lake import Lake, open_engine, plan_text, prune_steps, sql
from keceng.measure import Frame, catalogue, measure_steps, select_measure_steps
from keceng.measure.contributions import REASON_CODES
from keceng.measure.prospects import (
    CHURN_DAYS,
    HORIZONS,
    PROSPECT_NAMES,
    PURCHASE_DAYS,
    REASON_NAMES,
    VALUE_DAYS,
)
from keceng.standard import find_standard
from tests.evaluate.books import FIRST_DAY, simulate_days
from tests.ledgers import Day, Ledger, measured

pytestmark = pytest.mark.slow

AS_OF = FIRST_DAY + dt.timedelta(days=700)
WANTED = ("future_value",)
Rows = Mapping[int, Mapping[str, Any]]


def measure(
    root: Path,
    days: Sequence[Day],
    frame: Frame | None = None,
    *,
    customers: Mapping[int, Mapping[str, object]] | None = None,
) -> Rows:
    """What lies ahead of each customer, and nothing else measured."""
    lake = Ledger(days, customers or {}).write(root)
    engine = open_engine(lake.snapshot(), LEDGER)
    engine.run(select_measure_steps(frame or Frame(AS_OF), PROSPECT_NAMES))
    found = engine.fetch(sql("select * from measured")).to_pylist()
    engine.close()
    return {row["customer_key"]: row for row in found}


def ahead(rows: Rows) -> dict[int, list[Any]]:
    """The measures of the family, in their order."""
    return {key: [row[name] for name in PROSPECT_NAMES] for key, row in rows.items()}


@pytest.fixture(scope="module")
def days() -> list[Day]:
    return simulate_days(1_000, 700, seed=11)


@pytest.fixture(scope="module")
def lake(days: list[Day], tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Ledger(days).write(tmp_path_factory.mktemp("prospects") / "lake")


@pytest.fixture(scope="module")
def told(days: list[Day], tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return measure(tmp_path_factory.mktemp("told") / "lake", days)


def judge(lake: Lake, horizon_days: int) -> tuple[list[int], Foresight]:
    """What the back-test ranks at the same day, with the customers in its order."""
    engine = open_engine(lake.snapshot(), LEDGER)
    try:
        standing, hindsight = look_back(engine, AS_OF, horizon_days)
        return standing.buyers["customer_key"].to_pylist(), rank_customers(standing, horizon_days, hindsight)
    finally:
        engine.close()


def test_future_value_is_the_ranking_that_the_back_test_judges(lake: Lake, told: Rows) -> None:
    keys, foresight = judge(lake, VALUE_DAYS)
    ranks = next(r.ranks for r in foresight.rankings if r.name == "future_value")
    assert [told[key]["future_value"] for key in keys] == np.rint(ranks * 100).tolist()
    assert sum(told[key]["future_value"] for key in keys) > 0


@pytest.mark.parametrize(
    ("days_ahead", "name", "sign"),
    [(PURCHASE_DAYS, "purchase_propensity", 1), (CHURN_DAYS, "churn_risk", -1)],
)
def test_chances_are_those_that_the_back_test_judges(
    lake: Lake, told: Rows, days_ahead: int, name: str, sign: int
) -> None:
    keys, foresight = judge(lake, days_ahead)
    assert foresight.chances is not None
    chances = foresight.chances if sign > 0 else 1.0 - foresight.chances
    assert [told[key][name] for key in keys] == np.rint(chances * 10_000).tolist()


def test_chances_hold_for_customers_and_days_that_were_not_known(tmp_path: Path) -> None:
    book = simulate_days(3_000, 790, seed=12)
    rows = measure(tmp_path / "lake", [day for day in book if day.day <= AS_OF])
    ends = AS_OF + dt.timedelta(days=PURCHASE_DAYS)
    bought = {day.customer for day in book if AS_OF < day.day <= ends}
    chances = {key: row["purchase_propensity"] / 10_000 for key, row in rows.items()}
    assert np.mean(list(chances.values())) == pytest.approx(
        np.mean([key in bought for key in chances]), abs=0.03
    )
    likely = sorted(chances, key=lambda key: chances[key], reverse=True)[: len(chances) // 5]
    assert np.mean([key in bought for key in likely]) > 2 * len(bought & set(chances)) / len(chances)


def test_the_chance_of_thirty_days_is_on_the_whole_less_than_that_of_ninety(told: Rows) -> None:
    near, far = (
        np.array([row[name] for row in told.values()])
        for name in ("purchase_propensity_30", "purchase_propensity")
    )
    assert near.mean() < far.mean()
    assert (near < far).mean() > 0.95


def test_reasons_are_codes_of_the_catalogue_and_agree_with_the_chance(told: Rows) -> None:
    codes = {code for code, _ in REASON_CODES}
    for row in told.values():
        given = [row[name] for name in REASON_NAMES if row[name] is not None]
        assert set(given) <= codes
        assert len({code.partition(":")[0] for code in given}) == len(given)
    order = sorted(told.values(), key=lambda row: row["purchase_propensity"])
    assert all(row["propensity_reason"].endswith(":less_likely") for row in order[:20])
    assert all(row["propensity_reason"].endswith(":likelier") for row in order[-20:])
    title = catalogue()["propensity_reason"].category_title("days_since_last_purchase:less_likely")
    assert title.zh == "距上次购买(天): 降低购买可能"
    assert title.en == "days since the last purchase: makes a purchase less likely"


def test_the_same_customers_under_other_numbers_get_the_same_bits(
    days: list[Day], told: Rows, tmp_path: Path
) -> None:
    renumbered = [replace(day, customer=90_000 - day.customer) for day in reversed(days)]
    again = ahead(measure(tmp_path / "lake", renumbered))
    assert {90_000 - key: numbers for key, numbers in again.items()} == ahead(told)


def test_nothing_after_the_day_changes_what_is_told(days: list[Day], told: Rows, tmp_path: Path) -> None:
    later = AS_OF + dt.timedelta(days=3)
    known = [
        replace(day, void_on=later) if day.customer % 7 == 0 and day.day > FIRST_DAY else day for day in days
    ]
    leaked = [
        *known,
        *(Day(key, later, 900_00) for key in range(1, 400)),
        *(Day(key, later, 0, orders=0, returned=70_00) for key in range(200, 300)),
    ]
    assert ahead(measure(tmp_path / "lake", leaked)) == ahead(told)


_PERSONAL = {
    "kind": "person", "province": "西藏自治区", "city": "拉萨市", "district": "城关区", "region": "西南",
    "industry": "宗教组织", "employees": 3, "owner": "某人", "role": "end_user", "status": "正常",
}  # fmt: skip


def test_who_a_customer_is_changes_nothing(days: list[Day], told: Rows, tmp_path: Path) -> None:
    # every other customer, and the better half of them: a model that could read it would
    best = sorted(told, key=lambda key: -told[key]["future_value"])[:400]
    assert ahead(measure(tmp_path / "lake", days, customers=dict.fromkeys(best, _PERSONAL))) == ahead(told)


def test_no_table_about_persons_and_no_attribute_is_read_on_the_way() -> None:
    steps = prune_steps(measure_steps(Frame(AS_OF), WANTED), {"prospects"})
    made = {step.name for step in steps}
    read = {table.name for step in steps for table in step.query.find_all(exp.Table)} - made
    ledger = read & {table.name for table in LEDGER}
    assert ledger == set(catalogue()["future_value"].inputs)
    attributes = {
        column.name
        for table in LEDGER
        if table.name in {"persons", "customers", "contacts"}
        for column in table.columns
    } - {"customer_key", "parent_key", "first_seen_on", "source"}
    named = {column.name for step in steps for column in step.query.find_all(exp.Column)}
    assert not named & attributes


def test_the_window_of_a_standard_does_not_change_what_is_told(
    days: list[Day], told: Rows, tmp_path: Path
) -> None:
    assert ahead(measure(tmp_path / "lake", days, Frame(AS_OF, window_days=90))) == ahead(told)


def test_a_group_is_told_as_one_customer(days: list[Day], told: Rows, tmp_path: Path) -> None:
    parents: dict[int, Mapping[str, object]] = {key: {"parent_key": 1} for key in range(2, 200)}
    rows = measure(tmp_path / "lake", days, Frame(AS_OF, unit="group"), customers=parents)
    assert set(rows) == set(told) - set(parents)
    assert rows[1]["future_value"] > 20 * told[1]["future_value"]
    assert rows[1]["purchase_propensity"] > 9_000


def test_thin_data_use_the_rule_and_say_so(tmp_path: Path) -> None:
    rows = measure(tmp_path / "lake", simulate_days(120, 700, seed=13))
    assert {row["purchase_propensity_basis"] for row in rows.values()} == {"rule"}
    assert {row["purchase_propensity_30_basis"] for row in rows.values()} == {"rule"}
    assert all(0 <= row["purchase_propensity"] <= 10_000 for row in rows.values())
    assert all(row[name] is None for row in rows.values() for name in (*REASON_NAMES, "churn_risk"))
    assert all(row["future_value"] > 0 for row in rows.values())


def test_a_history_shorter_than_twice_the_horizon_teaches_no_chance_of_that_length(tmp_path: Path) -> None:
    book = [
        day for day in simulate_days(3_000, 400, seed=14) if day.day <= FIRST_DAY + dt.timedelta(days=150)
    ]
    rows = measure(tmp_path / "lake", book, Frame(FIRST_DAY + dt.timedelta(days=150)))
    bases = {(row["purchase_propensity_30_basis"], row["purchase_propensity_basis"]) for row in rows.values()}
    assert bases == {("model", "rule")}
    assert {row["churn_risk"] for row in rows.values()} == {None}
    assert {row["future_value_season"] for row in rows.values()} == {"unseen"}


ONE_DAY = [Day(key, AS_OF, 100_00) for key in (1, 2, 3)]
RETURNED = [
    *(Day(key, AS_OF - dt.timedelta(days=40 * n), 50_00) for key in (1, 2) for n in range(4)),
    *(Day(key, AS_OF - dt.timedelta(days=9), 0, orders=0, returned=900_00) for key in (1, 2)),
]


@pytest.mark.parametrize(
    "book",
    [
        ONE_DAY,
        ONE_DAY[:1],
        [Day(1, AS_OF - dt.timedelta(days=30 * n), 100_00) for n in range(20)],
        [Day(key, AS_OF - dt.timedelta(days=key), 100_00) for key in range(1, 60)],
        [Day(key, AS_OF - dt.timedelta(days=50 * n), 0) for key in (1, 2) for n in range(5)],
        RETURNED,
    ],
    ids=[
        "one day",
        "one customer of a day",
        "one customer",
        "nobody again",
        "all for nothing",
        "more returned than bought",
    ],
)
def test_degenerate_books_are_told_by_the_fallbacks_and_never_nan(book: list[Day], tmp_path: Path) -> None:
    for row in measure(tmp_path / "lake", book).values():
        assert row["future_value_basis"] is not None
        assert isinstance(row["future_value"], int)
        assert row["future_value"] >= 0
        assert 0 <= row["purchase_propensity"] <= 10_000
        assert row["purchase_propensity_basis"] == "rule"


def test_who_never_bought_is_unknown_and_nobody_at_all_is_no_error(days: list[Day], tmp_path: Path) -> None:
    known: dict[int, Mapping[str, object]] = {7_001: {}}
    rows = measure(tmp_path / "some", [*days, Day(7_002, AS_OF, 0, orders=0, returned=5_00)], customers=known)
    nothing = [None] * len(PROSPECT_NAMES)
    assert ahead(rows)[7_001] == ahead(rows)[7_002] == nothing
    assert ahead(measure(tmp_path / "none", [], customers=known)) == {7_001: nothing}


def test_the_steps_stand_in_a_plan_only_where_one_of_the_family_is_wanted(
    days: list[Day], tmp_path: Path
) -> None:
    def names(*wanted: str) -> set[str]:
        return {step.name for step in measure_steps(Frame(AS_OF), wanted)}

    assert not {"prospects", "inner_buyers", "look_back"} & names("spend", "retained_value", "clv")
    for name in ("churn_risk", "value_position"):
        assert {"prospects", "inner_buyers", "year_buyers", "look_back"} <= names(name)
        assert "valuations" not in names(name)
    engine = measured(Ledger(days[:400]).write(tmp_path / "lake").snapshot(), Frame(AS_OF))
    assert (
        engine.fetch(sql("select count(future_value) + count(churn_risk) as n from measured"))["n"][0].as_py()
        == 0
    )


def test_the_plan_shows_the_inner_day_and_who_computes() -> None:
    plan = plan_text(measure_steps(Frame(AS_OF), WANTED))
    assert "-- inner_purchases: purchase measures, on the inner cut" in plan
    assert "inner_on" in plan
    assert "-- then keceng.measure.prospects.foretell_buyers\n" in plan
    assert len(set(HORIZONS)) == 4


def test_an_ordinary_run_never_loads_the_learning_library(lake: Lake, tmp_path: Path) -> None:
    Ledger(ONE_DAY).write(tmp_path / "lake")
    program = f"""
import datetime as dt, sys
from pathlib import Path
from keceng.classify import RunRequest, classify_customers
from keceng.lake import Lake
from keceng.measure import catalogue
from keceng.standard import find_standard
run = RunRequest(find_standard("retail", catalogue()), dt.date.fromisoformat("{AS_OF}"))
classify_customers(Lake.open(Path({str(tmp_path / "lake")!r})), run)
sys.exit(bool({{"sklearn", "numba", "scipy"}} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_run_that_asks_delivers_the_family_and_keeps_every_grade(lake: Lake, told: Rows) -> None:
    retail = find_standard("retail", catalogue())
    plain = classify_customers(lake, RunRequest(retail, AS_OF))
    asked = classify_customers(lake, RunRequest(retail, AS_OF, also=PROSPECT_NAMES))
    assert asked.result_hash == plain.result_hash
    snapshot = lake.snapshot()
    delivered = read_assignments(snapshot.run_directory(), snapshot)
    assert set(PROSPECT_NAMES) <= set(delivered.column_names)
    assert "clv" not in delivered.column_names
    assert int(delivered["future_value"][0].as_py() * 100) == told[1]["future_value"]
