"""Bootstrap intervals against the normal theory where it holds, and where customers count more than once."""

from __future__ import annotations

import numpy as np
import pytest

from keceng.evaluate.resampling import FEWEST_CUSTOMERS, MOST_BLOCKS, Observations, ResampledMeans


def seen(outcome: np.ndarray, *, times: int = 1, place: int = 0) -> Observations:
    customer = np.tile(np.arange(len(outcome)), times)
    return Observations(customer, np.full(len(customer), place), np.tile(outcome, times))


@pytest.mark.parametrize("customers", [400, 3 * MOST_BLOCKS])
def test_the_width_is_that_of_normal_theory(customers: int) -> None:
    outcome = np.random.default_rng(5).normal(100, 20, customers)
    interval = ResampledMeans(seen(outcome), 1).mean_interval(0)
    assert interval is not None
    half = 1.96 * outcome.std(ddof=1) / np.sqrt(customers)
    assert (interval.high - interval.low) / 2 == pytest.approx(half, rel=0.12)
    assert interval.low < outcome.mean() < interval.high


def test_seeing_the_same_customers_again_makes_nothing_surer() -> None:
    outcome = np.random.default_rng(6).exponential(50, 300)
    once = ResampledMeans(seen(outcome), 1).mean_interval(0)
    thrice = ResampledMeans(seen(outcome, times=3), 1).mean_interval(0)
    assert once is not None
    assert thrice is not None
    assert thrice.high - thrice.low == pytest.approx(once.high - once.low, rel=1e-9)


def test_a_difference_between_equal_classes_is_not_told_apart() -> None:
    rng = np.random.default_rng(7)
    outcome, place = rng.exponential(50, 600), rng.integers(0, 2, 600)
    interval = ResampledMeans(Observations(np.arange(600), place, outcome), 2).difference_interval(0, 1)
    assert interval is not None
    assert interval.low < 0 < interval.high


def test_the_same_observations_give_the_same_bits() -> None:
    outcome = np.random.default_rng(8).exponential(50, 100)
    assert ResampledMeans(seen(outcome), 1).mean_interval(0) == ResampledMeans(
        seen(outcome), 1
    ).mean_interval(0)


def test_a_class_of_few_gets_no_interval() -> None:
    few = np.ones(FEWEST_CUSTOMERS - 1)
    assert ResampledMeans(seen(few, times=5), 1).mean_interval(0) is None
    assert ResampledMeans(seen(np.ones(FEWEST_CUSTOMERS)), 2).difference_interval(0, 1) is None
    assert ResampledMeans(seen(np.ones(0)), 1).mean_interval(0) is None
