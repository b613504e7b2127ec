"""The back-test: who is judged, that nothing later leaks in, that it predicts, and what it does with little data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from keceng.collect import LEDGER, CollectOptions
from keceng.evaluate import Backtest, backtest_rankings
from keceng.evaluate.backtest import look_back
from keceng.evaluate.foresight import Foresight, rank_customers
from keceng.lake import Snapshot, open_engine
from keceng.loop import backtest_files, read_standard
from keceng.vocabulary import KecengError
from tests.evaluate.books import FIRST_DAY, simulate_days
from tests.ledgers import Day, Ledger
from tests.real_data import real_file

RANKINGS = ["past_spend", "rfm_score", "bg_nbd_gg", "propensity_value", "future_value"]
CUT = FIRST_DAY + dt.timedelta(days=600)


def books(root: Path, days: Sequence[Day]) -> Snapshot:
    return Ledger(days).write(root).snapshot()


def foresee(snapshot: Snapshot, cut: dt.date, horizon_days: int) -> Foresight:
    engine = open_engine(snapshot, LEDGER)
    try:
        standing, hindsight = look_back(engine, cut, horizon_days)
        return rank_customers(standing, horizon_days, hindsight)
    finally:
        engine.close()


@pytest.fixture(scope="module")
def simulated() -> list[Day]:
    return simulate_days(5_000, 780, seed=4)


@pytest.fixture(scope="module")
def on_simulated(simulated: list[Day], tmp_path_factory: pytest.TempPathFactory) -> Backtest:
    return backtest_rankings(books(tmp_path_factory.mktemp("lake"), simulated), CUT, 180)


def test_nothing_after_the_cut_changes_a_prediction(simulated: list[Day], tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    altered = [
        replace(day, gross=int(day.gross * rng.uniform(0.1, 9)), orders=3) if day.day > CUT else day
        for day in simulated
        if day.day <= CUT or rng.random() < 0.5
    ]
    truth = foresee(books(tmp_path / "a", simulated), CUT, 180)
    other = foresee(books(tmp_path / "b", altered), CUT, 180)
    for ours, theirs in zip(truth.rankings, other.rankings, strict=True):
        assert ours.name == theirs.name
        assert ours.predicted == theirs.predicted
        np.testing.assert_array_equal(ours.ranks, theirs.ranks)
    assert truth.notes == other.notes


def test_a_second_run_gives_the_same_bits(
    simulated: list[Day], on_simulated: Backtest, tmp_path: Path
) -> None:
    # new customer numbers and another order of rows, as after a new import
    renumbered = [replace(day, customer=20_000 - day.customer) for day in reversed(simulated)]
    again = backtest_rankings(books(tmp_path, renumbered), CUT, 180)
    assert again.to_document() == on_simulated.to_document()


def test_on_simulated_books_the_total_is_within_a_tenth(on_simulated: Backtest) -> None:
    error = on_simulated.totals["future_value"].error
    assert error is not None
    assert abs(error) < 0.10


def test_on_simulated_books_future_value_ranks_with_the_best(on_simulated: Backtest) -> None:
    captures = {name: quality.capture_top20 or 0 for name, quality in on_simulated.rankings.items()}
    assert captures.pop("future_value") >= max(captures.values()) - 0.005


def test_the_document_has_the_published_shape(on_simulated: Backtest) -> None:
    document = on_simulated.to_document()
    assert list(document) == ["cut", "horizon_days", "customers", "rankings", "totals", "notes"]
    assert list(on_simulated.rankings) == RANKINGS
    assert document["cut"] == CUT.isoformat()
    rankings = document["rankings"]
    assert isinstance(rankings, dict)
    for quality in rankings.values():
        assert list(quality) == ["capture_top10", "capture_top20", "gini", "spearman"]


def test_the_outcome_is_net_of_returns_and_ends_with_the_horizon(tmp_path: Path) -> None:
    first = dt.date(2025, 1, 1)
    days = [Day(k, first + dt.timedelta(days=10 * t), 1_000) for k in (1, 2) for t in range(10)]
    cut = first + dt.timedelta(days=90)
    after = [
        Day(1, cut + dt.timedelta(days=1), 5_000),
        Day(1, cut + dt.timedelta(days=30), 0, orders=0, returned=2_000),
        Day(2, cut + dt.timedelta(days=31), 9_900),
        Day(3, cut + dt.timedelta(days=2), 7_700),
    ]
    found = backtest_rankings(books(tmp_path, days + after), cut, 30)
    assert found.customers == 2
    assert found.totals["past_spend"].actual == 30.00


def test_the_standard_ranks_by_grade_and_those_of_a_grade_tie(simulated: list[Day], tmp_path: Path) -> None:
    retail, consumer = read_standard("retail"), read_standard("consumer")
    found = backtest_rankings(books(tmp_path, simulated), CUT, 180, [retail, consumer])
    assert list(found.rankings) == [*RANKINGS, "retail", "consumer"]
    assert (found.rankings["retail"].capture_top20 or 0) > 0.3
    assert "retail" not in found.totals
    assert any("consumer" in note.en and "not ordered" in note.en for note in found.notes)


def test_thin_books_fall_back_and_say_so(tmp_path: Path) -> None:
    found = backtest_rankings(
        books(tmp_path, simulate_days(120, 300, seed=2)), FIRST_DAY + dt.timedelta(200), 60
    )
    told = " ".join(note.en for note in found.notes)
    assert "propensity by rule" in told
    assert "fewer than 500" in told
    assert "bg_nbd_gg by its fallback" in told
    assert "never seen" in told
    assert "propensity_value" not in found.totals
    assert found.totals["future_value"].predicted > 0
    assert found.purchases is not None
    assert found.purchases.propensity is None


def test_a_first_day_without_a_past_is_still_ranked(tmp_path: Path) -> None:
    first = dt.date(2025, 1, 1)
    days = [Day(1, first, 100), Day(2, first, 300), Day(2, first + dt.timedelta(days=1), 500)]
    found = backtest_rankings(books(tmp_path, days), first, 1)
    assert found.customers == 2
    assert any("too short for an inner cut" in note.en for note in found.notes)
    assert found.rankings["past_spend"].capture_top20 == 1


def test_books_that_end_within_the_horizon_say_how_much_is_known(tmp_path: Path) -> None:
    first = dt.date(2025, 1, 1)
    days = [Day(k, first + dt.timedelta(days=7 * t), 1_000 * k) for k in (1, 2, 3) for t in range(10)]
    found = backtest_rankings(books(tmp_path, days), first + dt.timedelta(days=40), 60)
    assert any("23 of the 60 days" in note.en for note in found.notes)


@pytest.mark.parametrize(
    ("cut", "horizon", "code"),
    [
        (FIRST_DAY - dt.timedelta(days=1), 30, "nobody_by_cut"),
        (FIRST_DAY + dt.timedelta(days=900), 30, "nothing_after_cut"),
        (CUT, 0, "unusable_horizon"),
    ],
)
def test_a_cut_that_cannot_be_judged_is_refused(
    tmp_path: Path, cut: dt.date, horizon: int, code: str
) -> None:
    snapshot = books(tmp_path, [*simulate_days(20, 300, seed=1), Day(1, CUT + dt.timedelta(days=5), 100)])
    with pytest.raises(KecengError) as error:
        backtest_rankings(snapshot, cut, horizon)
    assert [p.code for p in error.value.problems] == [code]


@pytest.mark.slow
def test_online_retail_has_its_known_population_and_future_value_leads() -> None:
    path = real_file("online_retail_1", "online_retail.parquet")
    found, _ = backtest_files([path], dt.date(2011, 6, 9), 180, options=CollectOptions(assume_defaults=True))
    assert found.customers == 2_800
    captures = {name: quality.capture_top20 or 0 for name, quality in found.rankings.items()}
    assert captures.pop("future_value") >= max(captures.values()) - 0.005
    assert any("season was never seen" in note.en for note in found.notes)
