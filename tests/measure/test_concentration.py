"""Whale curve, share of the best, Gini and HHI against values worked out by hand and slow definitions."""

from __future__ import annotations

from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keceng.measure.concentration import Concentration


def of(*amounts: int | None) -> Concentration:
    return Concentration.of(pa.array(amounts, pa.int64()))


def test_one_two_three_four_by_hand() -> None:
    found = of(2, 4, None, 1, 3)
    assert found.customers == 4
    assert found.whale_curve.tolist() == [4, 7, 9, 10]
    assert found.gini == pytest.approx(0.25)
    assert found.herfindahl == pytest.approx(0.30)
    assert found.top_share() == pytest.approx(0.40)
    assert found.peak_ratio == 1


def test_loss_makers_lift_the_peak_above_the_total() -> None:
    found = of(80, 40, 0, -20)
    assert (found.peak, found.total, found.profitable_customers) == (120, 100, 2)
    assert found.peak_ratio == pytest.approx(1.2)
    assert found.top_share() == pytest.approx(0.8)
    assert found.herfindahl == pytest.approx((80**2 + 40**2) / 120**2)


def test_equal_customers_have_no_inequality_and_one_customer_is_everything() -> None:
    equal = of(*[5] * 10)
    assert (equal.gini, equal.top_share()) == (0, 0.2)
    assert equal.herfindahl == pytest.approx(0.1)
    assert (of(7).gini, of(7).herfindahl, of(7).top_share()) == (0, 1, 1)


@pytest.mark.parametrize("amounts", [(), (None,), (0, 0), (5, -5), (-1,)])
def test_shares_of_a_total_that_is_not_positive_are_undefined(amounts: tuple[int | None, ...]) -> None:
    found = of(*amounts)
    assert (found.gini, found.top_share(), found.peak_ratio) == (None, None, None)


def test_the_best_fifth_of_fifteen_is_three() -> None:
    assert of(*[1] * 15).top_share(0.2) == pytest.approx(3 / 15)
    assert of(*[1] * 16).top_share(0.2) == pytest.approx(4 / 16)


def test_a_share_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        of(1).top_share(0)


def test_a_million_customers_of_a_thousand_million_do_not_overflow() -> None:
    found = Concentration.of(pa.array([10**12] * 1_000_000, pa.int64()))
    assert found.gini == 0


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=30).filter(lambda a: sum(a) > 0))
def test_gini_is_half_the_mean_difference_over_the_mean(amounts: list[int]) -> None:
    n = len(amounts)
    differences = sum(abs(a - b) for a in amounts for b in amounts)
    assert of(*amounts).gini == pytest.approx(float(Fraction(differences, 2 * n * sum(amounts))), rel=1e-12)
