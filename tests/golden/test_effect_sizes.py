"""Effect sizes and intervals against published worked examples, and against scipy where none is at hand.

Borenstein, Hedges, Higgins, Rothstein, Introduction to Meta-Analysis (2009), ch. 4: means 103 and 100, standard deviations
5.5 and 4.5, 50 in each group. Newcombe (1998), Table II, method 10. Cohen (1988), Table 6.2.2: φ = 2 arcsin √P.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.stats import contingency

from keceng.evaluate.effects import (
    Moments,
    contrast_means,
    contrast_shares,
    correlation_ratio,
    cramers_v,
    wilson_interval,
)


def moments(numbers: list[int]) -> Moments:
    return Moments(len(numbers), sum(numbers), sum(n * n for n in numbers))


def of_statistics(n: int, mean: float, deviation: float, scale: int = 1_000) -> Moments:
    """Sums of whole parts that have this mean and standard deviation to the last part."""
    total = round(n * mean * scale)
    return Moments(n, total, round((n - 1) * (deviation * scale) ** 2 + total * total / n))


def test_cohen_d_of_borenstein() -> None:
    found = contrast_means(of_statistics(50, 103, 5.5), of_statistics(50, 100, 4.5))
    assert found is not None
    assert found.effect == pytest.approx(0.5970, abs=5e-5)
    assert found.difference / 1_000 == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("hits", "n", "rest_hits", "rest_n", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_interval_of_newcombe(
    hits: int, n: int, rest_hits: int, rest_n: int, low: float, high: float
) -> None:
    found = contrast_shares(hits, n, rest_hits, rest_n)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("share", "phi"), [(5, 0.451), (25, 1.047), (50, 1.571), (70, 1.982), (80, 2.214), (95, 2.691)]
)
def test_cohen_h_of_the_table(share: int, phi: float) -> None:
    found = contrast_shares(share, 100, 0, 100)
    assert found is not None
    assert found.effect == pytest.approx(phi, abs=5e-4)


def test_welch_interval_is_that_of_scipy() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.integers(0, 1_000, 23), rng.integers(200, 700, 61)
    found = contrast_means(moments(a.tolist()), moments(b.tolist()))
    judge = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((judge.low, judge.high), rel=1e-12)


def test_wilson_interval_is_that_of_scipy() -> None:
    for hits, n in [(0, 10), (3, 17), (17, 17), (560, 700)]:
        judge = stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
        assert wilson_interval(hits, n) == pytest.approx((judge.low, judge.high), abs=1e-12)


def test_cramers_v_is_that_of_scipy() -> None:
    table = [[10, 20, 4], [5, 7, 30], [9, 1, 6], [2, 2, 2]]
    assert cramers_v(table) == pytest.approx(contingency.association(np.array(table), method="cramer"))
    assert cramers_v([[10, 0], [0, 25]]) == pytest.approx(1.0)
    assert cramers_v([[10, 20], [30, 60]]) == pytest.approx(0.0, abs=1e-7)


def test_eta_squared_is_one_less_the_share_within_groups() -> None:
    groups = [[1, 2, 3, 4], [6, 7, 8], [2, 2, 9, 30]]
    everything = np.concatenate([np.array(g) for g in groups])
    within = sum(((np.array(g) - np.mean(g)) ** 2).sum() for g in groups)
    whole = ((everything - everything.mean()) ** 2).sum()
    found = correlation_ratio([moments(g) for g in groups])
    assert found == pytest.approx(math.sqrt(1 - within / whole))


def test_where_nothing_varies_or_nobody_is_there_nothing_is_claimed() -> None:
    assert contrast_means(moments([5] * 20), moments([7] * 20)) is None
    assert contrast_means(moments([]), moments([1, 2])) is None
    assert contrast_means(moments([1]), moments([1, 2])) is None
    assert contrast_shares(0, 0, 1, 2) is None
    assert cramers_v([[3, 4]]) is None
    assert cramers_v([]) is None
    assert cramers_v([[3, 0], [9, 0]]) is None
    assert correlation_ratio([moments([4, 4]), moments([4])]) is None
    assert correlation_ratio([]) is None


def test_sums_of_cents_stay_exact() -> None:
    # A thousand customers of ten billion each, one cent apart: floating sums of squares would lose the spread.
    ones, others = [10**12 + k % 2 for k in range(1_000)], [10**12 + 2 + k % 2 for k in range(1_000)]
    found = contrast_means(moments(ones), moments(others))
    assert found is not None
    assert found.effect == pytest.approx(-2 / math.sqrt(0.25 * 1_000 / 999))
