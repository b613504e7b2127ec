"""`retail` on Online Retail, replayed month by month: A out-earned B out-earned C, and the grades held.

An independent reading of the same definitions found 4.9 % of A leaving a month before any stability rule.
"""

from __future__ import annotations

import pytest

from keceng.collect import CollectOptions
from keceng.evaluate import StandardResult, StandardsBacktest
from keceng.loop import backtest_standards_on_files, read_standard
from tests.golden.lab_page import lab_rows, page_lines
from tests.real_data import real_file

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found() -> StandardsBacktest:
    path = real_file("online_retail_1", "online_retail.parquet")
    options = CollectOptions(assume_defaults=True)
    result, _ = backtest_standards_on_files([path], [read_standard("retail")], 3, 91, options=options)
    return result


@pytest.fixture(scope="module")
def retail(found: StandardsBacktest) -> StandardResult:
    return found.standards["retail"]


def test_the_cuts_and_reviews_are_those_of_the_issue(found: StandardsBacktest) -> None:
    assert [str(cut) for cut in found.cuts] == ["2011-03-31", "2011-06-30", "2011-09-30"]
    assert [f"{day:%Y-%m}" for day in found.reviews] == [f"2011-{month:02d}" for month in range(3, 13)]


def test_each_class_brought_more_than_the_next_at_every_cut(retail: StandardResult) -> None:
    for _, at_cut in retail.at_cuts.values():
        assert list(at_cut.by_grade) == ["A", "B", "C"]
        assert at_cut.is_monotone
        assert at_cut.is_beyond_chance


def test_few_leave_a_in_a_month_before_any_stability_rule(retail: StandardResult) -> None:
    assert retail.leaving_best.without is not None
    assert retail.leaving_best.without <= 0.06
    assert retail.leaving_best.without == pytest.approx(0.049, abs=0.005)


def test_the_biggest_by_spend_are_in_a(retail: StandardResult) -> None:
    assert retail.top1_outside_best.without is not None
    assert retail.top1_outside_best.without <= 0.05


def test_stability_at_least_halves_the_flaps(retail: StandardResult) -> None:
    held, ruled = retail.flap_rate.with_hysteresis, retail.flap_rate.without
    assert held is not None
    assert ruled
    assert held <= ruled / 2


def test_the_page_prints_these_figures(found: StandardsBacktest) -> None:
    missing = set(lab_rows("Online Retail", found, "retail")) - set(page_lines())
    assert not missing
