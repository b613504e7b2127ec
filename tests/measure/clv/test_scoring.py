"""CLV by hand, the same whatever way it is asked for, and whole numbers that join to the same cents."""

from __future__ import annotations

import numpy as np
import pytest

from keceng.models import BetaGeo, BetaGeoParameters, PurchaseHistories, Terms, score_patterns
from keceng.vocabulary import KecengError
from tests.measure.clv.known_models import bg_nbd, gamma_gamma

LIFE = BetaGeoParameters(r=0.5, alpha=30.0, a=0.8, b=2.5)
SPEND = (6.0, 4.0, 60.0)


def customers(count: int = 5_000) -> PurchaseHistories:
    rng = np.random.default_rng(5)
    drawn = BetaGeo.simulate(LIFE, customers=count, T=rng.integers(1, 700, count), rng=rng)
    days = np.where(drawn.frequency > 0, np.maximum(np.floor(drawn.recency), 1), 0)
    cents = np.round(100 * rng.gamma(6.0, 10.0, count)) * (drawn.frequency > 0)
    return PurchaseHistories(np.minimum(drawn.frequency, days), days, drawn.T, cents / 100)


def test_clv_is_the_discounted_sum_over_months() -> None:
    model, spend, book = bg_nbd(*LIFE), gamma_gamma(*SPEND), customers(50)
    expected = np.zeros(50)
    before = np.zeros(50)
    for month in range(1, 25):
        end = min(month * 30.4375, 700.0)
        bought = model.expected_purchases(end, book.frequency, book.recency, book.T)
        expected += (bought - before) / 1.1 ** (end / 365.25)
        before = bought
        if end == 700.0:
            break
    amounts = spend.expected_spend(book.frequency, book.monetary_value)
    worth = model.clv(spend, book, horizon_days=700, discount_rate=0.1, margin=0.25)
    assert worth == pytest.approx(expected * amounts * 0.25, rel=1e-12)


def test_without_discount_clv_is_purchases_times_amount_times_margin() -> None:
    model, spend, book = bg_nbd(*LIFE), gamma_gamma(*SPEND), customers()
    worth = model.clv(spend, book, horizon_days=365, discount_rate=0.0, margin=0.3)
    bought = model.expected_purchases(365, book.frequency, book.recency, book.T)
    assert worth == pytest.approx(
        0.3 * bought * spend.expected_spend(book.frequency, book.monetary_value), rel=1e-12
    )


def test_patterns_joined_to_repeat_spend_give_every_customers_clv() -> None:
    model, spend, book = bg_nbd(*LIFE), gamma_gamma(*SPEND), customers()
    terms = Terms(horizon_days=365, discount_rate=0.1, margin=0.3)
    scores = score_patterns(model, spend, book, terms)
    spent_cents = np.rint(100 * book.frequency * book.monetary_value).astype(np.int64)
    worth = model.clv(spend, book, horizon_days=365, discount_rate=0.1, margin=0.3)
    assert np.abs(scores.clv_cents(spent_cents) - 100 * worth).max() <= 0.51
    alive = model.p_alive(book.frequency, book.recency, book.T)
    assert np.abs(scores.p_alive - 10_000 * alive).max() <= 0.5
    bought = model.expected_purchases(365, book.frequency, book.recency, book.T)
    assert np.abs(scores.expected_purchases - 10_000 * bought).max() <= 0.5
    assert scores.clv_rate.dtype == np.int64


def test_weeks_and_days_give_the_same_value() -> None:
    book = customers()
    spend = gamma_gamma(*SPEND)
    days = BetaGeo.fit(book.frequency, book.recency, book.T)
    weeks = BetaGeo.fit(book.frequency, book.recency / 7, book.T / 7, time_unit="weeks")
    in_weeks = PurchaseHistories(book.frequency, book.recency / 7, book.T / 7, book.monetary_value)
    a = days.clv(spend, book, horizon_days=1_000, discount_rate=0.08, margin=0.4)
    b = weeks.clv(spend, in_weeks, horizon_days=1_000, discount_rate=0.08, margin=0.4)
    assert a == pytest.approx(b, rel=1e-6)


def test_fractional_and_huge_ages_are_scored_like_whole_ones() -> None:
    model = bg_nbd(*LIFE)
    whole = model.expected_purchases(90, [2, 2, 0], [10, 10, 0], [20, 20, 5])
    mixed = model.expected_purchases(90, [2, 2, 0, 1], [10, 10, 0, 0.25], [20, 20, 5, 1e7])
    assert mixed[:3].tolist() == whole.tolist()


def test_all_unusable_terms_are_told_at_once() -> None:
    with pytest.raises(KecengError) as error:
        Terms(horizon_days=-1, discount_rate=-2, margin=float("nan"))
    assert [problem.place.path for problem in error.value.problems] == [
        "horizon_days",
        "discount_rate",
        "margin",
    ]


def test_a_population_without_a_mean_amount_has_no_clv() -> None:
    book = PurchaseHistories([0], [0], [10], [0])
    with pytest.raises(KecengError) as error:
        bg_nbd(*LIFE).clv(gamma_gamma(0.5, 0.9, 10.0), book, horizon_days=365, discount_rate=0.1, margin=0.3)
    assert error.value.problems[0].code == "mean_spend_undefined"
