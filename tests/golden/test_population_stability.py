"""The population stability index against a published worked example, its definition as two divergences, and chance itself.

The example: shares .40 .30 .30 become .35 .25 .40 (an often printed one on bands of income); its PSI is 0.0446.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance

from keceng.evaluate import ShiftVerdict, compare_mixes


def mix(*heads: int) -> dict[str, int]:
    return {f"cell{place}": n for place, n in enumerate(heads)}


def test_the_printed_example() -> None:
    found = compare_mixes(mix(40, 30, 30), mix(35, 25, 40))
    assert found.psi == pytest.approx(0.0446, abs=5e-5)
    assert found.verdict is ShiftVerdict.STABLE


def test_psi_is_the_sum_of_both_divergences_and_its_distance_that_of_scipy() -> None:
    before, after = (13, 200, 88, 41), (77, 120, 9, 300)
    p, q = (np.array(heads) / sum(heads) for heads in (before, after))
    found = compare_mixes(mix(*before), mix(*after))
    assert found.psi == pytest.approx(stats.entropy(p, q) + stats.entropy(q, p))
    assert found.distance == pytest.approx(distance.jensenshannon(p, q, base=2))
    assert found.verdict is ShiftVerdict.SHIFTED
    assert found.is_shifted


@pytest.mark.parametrize(
    ("psi_from", "psi_to", "verdict"),
    [
        (0.0, 0.0999, ShiftVerdict.STABLE),
        (0.1, 0.2499, ShiftVerdict.WATCH),
        (0.25, 9.0, ShiftVerdict.SHIFTED),
    ],
)
def test_verdicts_change_at_a_tenth_and_a_quarter(
    psi_from: float, psi_to: float, verdict: ShiftVerdict
) -> None:
    for moved in range(2_000):
        found = compare_mixes(mix(2_000, 2_000), mix(2_000 - moved, 2_000 + moved))
        assert found.psi is not None
        if psi_from <= found.psi <= psi_to:
            assert found.verdict is verdict


def test_the_bound_is_passed_by_chance_once_in_twenty() -> None:
    rng = np.random.default_rng(5)
    shares, n, m, trials = [0.1, 0.2, 0.3, 0.4], 400, 250, 2_000
    before, after = rng.multinomial(n, shares, trials), rng.multinomial(m, shares, trials)
    found = [compare_mixes(mix(*a), mix(*b)) for a, b in zip(before.tolist(), after.tolist(), strict=True)]
    passed = np.mean([shift.is_beyond_chance for shift in found])
    assert passed == pytest.approx(0.05, abs=0.02)
    assert np.mean([shift.psi for shift in found]) == pytest.approx(found[0].by_chance, rel=0.1)


def test_few_heads_do_not_make_a_shift() -> None:
    found = compare_mixes(mix(3, 5, 2), mix(6, 2, 2))
    assert found.verdict is ShiftVerdict.SHIFTED
    assert not found.is_shifted


def test_an_empty_cell_counts_as_half_a_head() -> None:
    found = compare_mixes(mix(100, 0), mix(90, 10))
    p, q = 0.5 / 100, 0.1
    expected = (0.9 - 1.0) * np.log(0.9 / 1.0) + (q - p) * np.log(q / p)
    assert found.psi == pytest.approx(expected)
    assert compare_mixes(mix(50, 0, 50), mix(30, 0, 70)).psi == compare_mixes(mix(50, 50), mix(30, 70)).psi


def test_nobody_one_cell_and_no_change() -> None:
    assert compare_mixes({}, {}).psi is None
    assert compare_mixes(mix(5), {}).psi is None
    assert compare_mixes({}, mix(5)).distance is None
    assert compare_mixes(mix(0, 0), mix(4, 4)).verdict is ShiftVerdict.STABLE
    one = compare_mixes(mix(7), mix(900))
    assert (one.psi, one.bound, one.is_beyond_chance) == (0.0, 0.0, False)
    same = compare_mixes(mix(10, 20), mix(100, 200))
    assert same.psi == pytest.approx(0.0)
    assert same.distance == pytest.approx(0.0, abs=1e-7)
