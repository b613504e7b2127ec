"""The method follows the data: lifetime models where they are credible, else retention, else a shrunk estimate."""

from __future__ import annotations

import numpy as np
import pytest

from keceng.models import (
    BetaGeo,
    BetaGeoParameters,
    DidNotConverge,
    GammaGamma,
    GammaGammaParameters,
    PurchaseHistories,
    Terms,
    ValuationMethod,
    choose_valuation,
    value_customers,
)
from keceng.vocabulary import KecengError

LIFE = BetaGeoParameters(r=0.8, alpha=40.0, a=0.8, b=2.5)
SPEND = GammaGammaParameters(p=6.0, q=5.0, v=60.0)
TERMS = Terms(horizon_days=3 * 365.25, discount_rate=0.1, margin=0.3)


def book(count: int, *, longest_days: int = 700) -> PurchaseHistories:
    rng = np.random.default_rng(21)
    drawn = BetaGeo.simulate(LIFE, customers=count, T=rng.uniform(1, longest_days, count), rng=rng)
    amounts = GammaGamma.simulate(SPEND, frequency=drawn.frequency, rng=rng)
    return PurchaseHistories(drawn.frequency, drawn.recency, drawn.T, amounts)


def test_enough_repeat_buyers_are_valued_by_the_lifetime_models() -> None:
    customers = book(2_000)
    valued = value_customers(customers, TERMS)
    assert valued.choice.method is ValuationMethod.LIFETIME
    assert valued.choice.reasons == ()
    assert valued.purchases is not None
    assert valued.spend is not None
    again = valued.purchases.clv(
        valued.spend, customers, horizon_days=3 * 365.25, discount_rate=0.1, margin=0.3
    )
    assert valued.clv == pytest.approx(again, rel=1e-12)
    assert (valued.is_low_confidence == (customers.frequency == 0)).all()


def test_few_repeat_buyers_fall_back_to_measured_retention_and_say_so() -> None:
    customers = book(220)
    valued = value_customers(customers, TERMS)
    assert valued.choice.method is ValuationMethod.RETENTION
    assert "repeat buyers, fewer than 200" in valued.choice.reasons[0].en
    retention = valued.choice.evidence.retention
    assert retention is not None
    cohort = (customers.T >= 365.25) & (customers.T < 730.5)
    kept = customers.recency[cohort] > customers.T[cohort] - 365.25
    assert retention.rate == pytest.approx((kept & (customers.frequency[cohort] > 0)).mean())
    assert retention.customers == cohort.sum()
    assert np.isfinite(valued.clv).all()
    assert valued.is_low_confidence.all()


def test_a_short_history_of_few_customers_gives_a_shrunk_estimate() -> None:
    valued = value_customers(book(60, longest_days=120), TERMS)
    assert valued.choice.method is ValuationMethod.SHRUNK
    assert "no yearly retention" in valued.choice.reasons[-1].en
    assert (valued.clv > 0).all()


def test_amounts_that_grow_with_frequency_rule_the_spend_model_out() -> None:
    plain = book(2_000)
    tied = PurchaseHistories(
        plain.frequency, plain.recency, plain.T, plain.monetary_value + 20 * plain.frequency
    )
    choice = choose_valuation(tied)
    assert choice.method is ValuationMethod.RETENTION
    assert "correlate" in choice.reasons[0].en


def test_a_history_shorter_than_three_gaps_is_too_short() -> None:
    rng = np.random.default_rng(4)
    ages = rng.uniform(90, 100, 600)
    customers = PurchaseHistories(np.ones(600), ages * 0.9, ages, rng.gamma(5.0, 10.0, 600))
    assert "usual gaps" in choose_valuation(customers).reasons[0].en


def test_shrunk_estimates_recover_the_total_and_beat_each_customers_own_average() -> None:
    # customers who never leave, seen half a year; what they spend in the next half year is known
    rng = np.random.default_rng(9)
    rate, mean = rng.gamma(1.0, 0.01, 180), rng.gamma(9.0, 10.0, 180)
    x = rng.poisson(rate * 182.0).astype(float)
    t = np.where(x > 0, 182.0 * rng.random(180) ** (1 / np.maximum(x, 1)), 0.0)
    own = np.where(x > 0, rng.gamma(4.0 * np.maximum(x, 1)) * mean / (4.0 * np.maximum(x, 1)), 0.0)
    customers = PurchaseHistories(x, t, np.full(180, 182.0), own)
    valued = value_customers(customers, Terms(182.0, 0.0, 1.0))
    assert valued.choice.method is ValuationMethod.SHRUNK
    truth = rate * 182.0 * mean
    assert valued.clv.sum() == pytest.approx(truth.sum(), rel=0.15)
    assert np.abs(valued.clv - truth).mean() < np.abs(x * own - truth).mean()


def test_models_that_cannot_be_identified_fall_back_with_the_models_reason() -> None:
    # as regular as clockwork: no differences in rate to learn from
    ages = np.random.default_rng(1).integers(100, 800, 400).astype(float)
    bought = np.floor(ages / 10)
    amounts = np.random.default_rng(2).gamma(5.0, 10.0, 400)
    valued = value_customers(PurchaseHistories(bought, bought * 10, ages, amounts), TERMS)
    assert valued.choice.method is ValuationMethod.RETENTION
    assert valued.choice.reasons[0].en.startswith("model bg-nbd:")


def test_without_any_repeat_purchase_there_is_no_amount_to_go_by() -> None:
    with pytest.raises(DidNotConverge):
        value_customers(PurchaseHistories([0, 0], [0, 0], [100, 200], [0, 0]), TERMS)


@pytest.mark.parametrize(
    "customers",
    [
        PurchaseHistories([], [], [], []),
        PurchaseHistories([0], [0], [0], [0]),
        PurchaseHistories([1, 2], [5, 6], [10, 10]),
        PurchaseHistories([1, 2], [5, 6], [10, 10], [5.0, -1.0]),
    ],
)
def test_what_cannot_be_valued_is_refused_with_a_reason(customers: PurchaseHistories) -> None:
    with pytest.raises(KecengError):
        value_customers(customers, TERMS)


def test_rows_that_stand_for_several_are_valued_as_each_of_them() -> None:
    for count in (2_000, 250, 60):
        told = book(count)
        times = np.arange(count) % 3 + 1
        each = PurchaseHistories(
            *(
                np.repeat(np.asarray(column), times)
                for column in (told.frequency, told.recency, told.T, told.monetary_value)
            )
        )
        terms = Terms(365, 0.1, 0.4)
        together, apart = value_customers(told, terms, weights=times), value_customers(each, terms)
        assert together.choice == apart.choice
        np.testing.assert_allclose(np.repeat(together.clv, times), apart.clv, rtol=1e-9)
