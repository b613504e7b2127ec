"""The simulators keep the moments of their models, whatever the parameters."""

from __future__ import annotations

from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keceng.demo.baskets import Shelf, fill_retail_basket
from keceng.demo.lifetimes import (
    LIFETIME,
    SPEND,
    LifetimeParameters,
    SpendParameters,
    draw_order_cents,
    draw_repeat_days,
)
from keceng.demo.products import CATEGORIES, list_products

_SHELF = Shelf(list_products(seed=1))


def test_without_dropout_repeats_are_poisson_gamma() -> None:
    # a far below b: nobody leaves, so E[X(t)] = r·t ÷ alpha and P(0) = (alpha ÷ (alpha + t))^r, the NBD
    staying = LifetimeParameters(r=0.8, alpha=50.0, a=1e-6, b=1e3)
    rng = Random(5)
    repeats = [len(draw_repeat_days(rng, staying, 300)) for _ in range(20_000)]
    assert mean(repeats) == pytest.approx(0.8 * 300 / 50, rel=0.03)
    assert repeats.count(0) / len(repeats) == pytest.approx((50 / 350) ** 0.8, abs=0.01)


def test_sure_dropout_leaves_one_repeat_at_most() -> None:
    leaving = LifetimeParameters(r=5.0, alpha=1.0, a=1e6, b=1e-6)
    rng = Random(6)
    assert {len(draw_repeat_days(rng, leaving, 1000)) for _ in range(200)} <= {0, 1}


def test_mean_order_amount_is_the_models() -> None:
    rng = Random(7)
    drawn = [cents for _ in range(20_000) for cents in draw_order_cents(rng, SPEND, 2)]
    assert mean(drawn) / 100 == pytest.approx(SPEND.mean_order_yuan, rel=0.02)
    assert SpendParameters(p=2.0, q=5.0, v=10.0).mean_order_yuan == 5.0


@given(seed=st.integers(0, 10**6), age_days=st.floats(0, 1500))
def test_repeats_ascend_and_stay_within_the_customers_age(seed: int, age_days: float) -> None:
    days = draw_repeat_days(Random(seed), LIFETIME, age_days)
    assert days == sorted(days)
    assert all(0 < day <= age_days for day in days)


@given(seed=st.integers(0, 10**6), paid_cents=st.integers(100, 5_000_000))
def test_a_retail_basket_costs_exactly_what_is_paid_and_no_line_is_free(seed: int, paid_cents: int) -> None:
    lines = fill_retail_basket(Random(seed), _SHELF, dict.fromkeys(CATEGORIES, 1.0), paid_cents)
    assert sum(line.net_cents for line in lines) == paid_cents
    assert all(line.is_purchase and line.discount_cents >= 0 for line in lines)
