"""Capture, Gini and rank correlation against numbers worked out by hand and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from keceng.evaluate import correlate_ranks, gini_along, judge_ranking
from keceng.measure import capture_share, count_top

AMOUNTS = st.lists(st.integers(0, 5), min_size=1, max_size=40)


def numbers(*items: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(items, dtype=np.float64)


def test_the_top_is_rounded_up_and_not_by_a_rounding_error() -> None:
    assert [count_top(n, 0.1) for n in (1, 10, 11, 30, 2800)] == [1, 1, 2, 3, 280]


def test_ties_at_the_edge_take_their_expected_share() -> None:
    # two places of ten: the 9 takes one, the three 5s share the other, 1/3 each
    ranks = numbers(9, 5, 5, 5, 1, 1, 1, 1, 1, 1)
    came = numbers(40, 30, 0, 0, 30, 0, 0, 0, 0, 0)
    assert capture_share(ranks, came, 0.2) == pytest.approx((40 + 30 / 3) / 100)


def test_a_ranking_that_says_nothing_captures_the_share_of_heads() -> None:
    came = numbers(*range(10))
    assert capture_share(np.zeros(10), came, 0.2) == pytest.approx(0.2)
    assert gini_along(np.zeros(10), came) == pytest.approx(0)


def test_the_gini_of_one_buyer_found_first_and_found_last() -> None:
    # the curve runs from (0, 0) to (¼, 1) to (1, 1): area ⅞, Gini ¾
    came = numbers(8, 0, 0, 0)
    assert gini_along(numbers(4, 3, 2, 1), came) == pytest.approx(0.75)
    assert gini_along(numbers(1, 2, 3, 4), came) == pytest.approx(-0.75)


def test_parts_of_nothing_or_less_mean_nothing() -> None:
    quality = judge_ranking(numbers(1, 2), numbers(5, -5))
    assert (quality.capture_top10, quality.capture_top20, quality.gini) == (None, None, None)
    assert judge_ranking(numbers(), numbers()).spearman is None
    assert correlate_ranks(numbers(1, 1), numbers(1, 2)) is None


@given(AMOUNTS, st.data())
def test_only_the_order_of_a_ranking_counts(came: list[int], data: st.DataObject) -> None:
    ranks = numbers(*data.draw(st.lists(st.integers(0, 4), min_size=len(came), max_size=len(came))))
    outcome = numbers(*came)
    assert judge_ranking(ranks, outcome) == judge_ranking(np.exp(ranks) * 7, outcome)


@given(AMOUNTS, st.data())
def test_ties_share_as_the_average_over_all_orders_of_the_tied(came: list[int], data: st.DataObject) -> None:
    ranks = numbers(*data.draw(st.lists(st.integers(0, 2), min_size=len(came), max_size=len(came))))
    outcome = numbers(*came)
    total, places = outcome.sum(), count_top(len(came), 0.2)
    if total == 0:
        assert capture_share(ranks, outcome, 0.2) is None
        return
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(400):
        order = np.lexsort((rng.random(len(came)), -ranks))
        drawn.append(outcome[order[:places]].sum() / total)
    found = capture_share(ranks, outcome, 0.2)
    assert found == pytest.approx(float(np.mean(drawn)), abs=5 * float(np.std(drawn)) / 20 + 1e-9)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=40))
def test_spearman_is_scipys(pairs: list[tuple[int, int]]) -> None:
    a, b = numbers(*(p[0] for p in pairs)), numbers(*(p[1] for p in pairs))
    found = correlate_ranks(a, b)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)
