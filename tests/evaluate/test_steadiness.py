"""Flaps, who leaves the best class, who is big and outside it, and naive classes: against counts made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keceng.evaluate.equal_classes import mean_by_equal_classes, share_of_places
from keceng.evaluate.flapping import judge_steadiness, outside_best
from keceng.evaluate.replay import Places

NUMBER = {"A": 0, "B": 1, "C": 2, "-": -1}


def reviews(*customers: str) -> list[Places]:
    """One text per customer, a letter per review."""
    return [np.array([NUMBER[c[at]] for c in customers], dtype=np.int8) for at in range(len(customers[0]))]


@pytest.mark.parametrize(
    ("grades", "flaps"),
    [
        ("AAAAA", 0),
        ("AABBB", 0),
        ("ABAAA", 1),
        ("ABBAA", 1),
        ("ABBBA", 0),
        ("ABABA", 3),
        ("A-AAA", 1),
        ("-A-AA", 1),
        ("ACBAA", 1),
    ],
)
def test_a_flap_is_a_grade_left_and_regained_within_two_reviews(grades: str, flaps: int) -> None:
    assert judge_steadiness(reviews(grades)).flaps == flaps


def test_the_flap_rate_is_per_grade_given() -> None:
    found = judge_steadiness(reviews("ABAA", "--BB", "CCCC"))
    assert (found.flaps, found.customer_reviews) == (1, 10)
    assert found.flap_rate == pytest.approx(0.1)


def test_leaving_is_the_mean_of_the_shares_not_the_share_of_all() -> None:
    # first review: 1 of 2 leaves; second: 0 of 1; third: who vanishes has left
    found = judge_steadiness(reviews("AAA-", "ABBB"))
    assert found.leaving_best == pytest.approx((1 / 2 + 0 + 1) / 3)
    assert judge_steadiness(reviews("BB")).leaving_best is None
    assert judge_steadiness([]).flap_rate is None


def test_the_top_one_per_cent_is_rounded_up_and_ties_are_shared() -> None:
    places = np.array([0] * 100 + [1] * 50, dtype=np.int8)
    spend = np.arange(150, 0, -1).astype(np.float64)
    assert outside_best(places, spend) == 0
    # two places of 150; four tie on top, one of them in class B
    spend[[0, 1, 2, 149]] = 1_000.0
    assert outside_best(places, spend) == pytest.approx(1 / 4)
    assert outside_best(np.full(3, -1, dtype=np.int8), np.ones(3)) is None


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.data())
def test_shares_add_up_to_the_places_and_classes_to_the_total(ranks: list[int], data: st.DataObject) -> None:
    numbers = np.array(ranks, dtype=np.float64)
    first = data.draw(st.integers(0, len(ranks)))
    last = data.draw(st.integers(first, len(ranks)))
    shares = share_of_places(numbers, first, last)
    assert shares.sum() == pytest.approx(last - first)
    assert ((shares >= 0) & (shares <= 1)).all()
    means = mean_by_equal_classes(numbers, numbers, [first, len(ranks) - first])
    total = sum((mean or 0) * size for mean, size in zip(means, [first, len(ranks) - first], strict=True))
    assert total == pytest.approx(numbers.sum())


def test_equal_classes_are_filled_from_the_top_and_lots_give_the_mean() -> None:
    ranks, came = np.array([9.0, 7, 7, 1]), np.array([8.0, 2, 4, 6])
    assert mean_by_equal_classes(ranks, came, [2, 2]) == [
        pytest.approx((8 + 3) / 2),
        pytest.approx((3 + 6) / 2),
    ]
    assert mean_by_equal_classes(np.zeros(4), came, [1, 3, 0]) == [pytest.approx(5), pytest.approx(5), None]
