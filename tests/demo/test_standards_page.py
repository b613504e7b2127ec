"""`retail` over the three years of the demo company: what the page of the standards lab says of it."""

from __future__ import annotations

import pytest

from keceng.collect import CollectOptions
from keceng.demo import DemoFiles
from keceng.evaluate import StandardsBacktest
from keceng.loop import backtest_standards_on_files, read_standard
from tests.golden.lab_page import lab_rows, page_lines

TITLE = "示例公司 demo company"


@pytest.fixture(scope="module")
def found(demo_files: DemoFiles) -> StandardsBacktest:
    options = CollectOptions(assume_defaults=True)
    paths = list(demo_files.paths.values())
    result, _ = backtest_standards_on_files(paths, [read_standard("retail")], 8, 91, options=options)
    return result


@pytest.mark.slow
def test_three_years_of_reviews_hold_the_figures_of_the_page(found: StandardsBacktest) -> None:
    retail = found.standards["retail"]
    assert len(found.reviews) == 34
    assert all(at_cut.is_beyond_chance for _, at_cut in retail.at_cuts.values())
    assert (retail.leaving_best.without or 1) <= 0.06
    assert (retail.top1_outside_best.without or 0) <= 0.05
    assert (retail.flap_rate.with_hysteresis or 0) <= (retail.flap_rate.without or 0) / 2
    assert not set(lab_rows(TITLE, found, "retail")) - set(page_lines())
