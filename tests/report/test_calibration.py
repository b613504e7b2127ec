"""The check of the forecast: a right model lies on the line, nothing after the run is read, and no data says which."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from keceng.classify import RunRequest, classify_customers
from keceng.evaluate import CalibrationGroup, ForecastCheck, check_forecast
from keceng.measure import VALUATION_NAMES, Frame
from keceng.report import write_report
from keceng.report.calibration import CalibrationFigures, draw_calibration, list_steps
from keceng.standard import find_standard
from tests.evaluate.books import FIRST_DAY, simulate_days
from tests.ledgers import Day, Ledger

pytestmark = pytest.mark.slow

AS_OF = FIRST_DAY + dt.timedelta(days=700)
DAYS = simulate_days(1_500, 760, seed=11)


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> ForecastCheck:
    lake = Ledger(DAYS).write(tmp_path_factory.mktemp("check") / "lake")
    return check_forecast(lake.snapshot(), Frame(AS_OF))


def test_a_company_that_buys_as_the_model_says_lies_on_the_line(check: ForecastCheck) -> None:
    assert (check.counted, check.method, check.reasons) == ("purchase_days", "lifetime", ())
    assert check.horizon_days == (AS_OF - min(d.day for d in DAYS)).days // 2
    assert len(check.groups) == 10
    assert check.predicted == pytest.approx(check.actual, rel=0.1)
    assert CalibrationFigures(check, None).hits >= 7
    assert [g.predicted for g in check.groups] == sorted(g.predicted for g in check.groups)
    assert sum(g.heads for g in check.groups) == check.customers
    assert sum(g.heads * g.actual for g in check.groups) == pytest.approx(check.actual)


def test_the_actual_days_are_those_of_the_ledger_and_none_after_the_run(
    check: ForecastCheck, tmp_path: Path
) -> None:
    known = {d.customer for d in DAYS if d.day <= check.cut}
    came = sum(d.customer in known and check.cut < d.day <= AS_OF for d in DAYS)
    assert check.actual == came
    earlier = Ledger([d for d in DAYS if d.day <= AS_OF]).write(tmp_path / "lake")
    assert check_forecast(earlier.snapshot(), Frame(AS_OF)) == check


def test_without_a_lifetime_model_gross_sales_are_checked_and_the_reason_is_said(tmp_path: Path) -> None:
    # Everybody buys twice, a year apart: no differences from which a lifetime model could learn.
    days = [
        Day(k, FIRST_DAY + dt.timedelta(days=k % 300 + at), 100_00) for k in range(120) for at in (0, 200)
    ]
    found = check_forecast(Ledger(days).write(tmp_path / "lake").snapshot(), Frame(max(d.day for d in days)))
    assert found.counted == "gross_sales"
    assert found.method in {"retention", "shrunk"}
    assert len(found.reasons) == 1
    late = {d.customer for d in days if d.day <= found.cut}
    assert found.actual == 100 * sum(d.day > found.cut and d.customer in late for d in days)


@pytest.mark.parametrize("customers", [0, 3])
def test_too_few_customers_are_said_to_be_too_few(tmp_path: Path, customers: int) -> None:
    days = [Day(k, FIRST_DAY + dt.timedelta(days=at), 1_00) for k in range(customers) for at in (0, 400)]
    found = check_forecast(Ledger(days).write(tmp_path / "lake").snapshot(), Frame(AS_OF))
    assert found.groups == ()
    assert str(customers) in found.reasons[0].zh


def test_a_right_prediction_is_drawn_on_the_diagonal_and_nothing_falls_off_the_plane() -> None:
    groups = (
        CalibrationGroup(30, 0.01, 0.0, 0.0, 0.1),
        CalibrationGroup(30, 0.5, 0.5, 0.3, 0.7),
        CalibrationGroup(30, 4.0, 6.0, 5.0, 7.0),
    )
    plane = draw_calibration(groups, width=100, height=100)
    nothing, right, low = plane.dots
    assert right.x - plane.left == pytest.approx(plane.top + plane.height - right.y, abs=0.02)
    assert low.y < plane.top + plane.height - (low.x - plane.left)
    assert nothing.y == plane.top + plane.height
    assert all(plane.top <= d.high_y <= d.low_y <= plane.top + plane.height for d in plane.dots)
    assert list_steps(0.15, 30) == [0.2, 0.5, 1, 2, 5, 10, 20]
    assert list_steps(1, 1e6) == [10.0**n for n in range(7)]
    with pytest.raises(ValueError, match="nothing to draw"):
        draw_calibration([replace(nothing.group, predicted=0.0, high=0.0)], width=1, height=1)


def test_the_page_of_a_valued_run_shows_it_and_that_of_another_says_how_to_get_it(tmp_path: Path) -> None:
    lake = Ledger(DAYS).write(tmp_path / "lake")
    retail = find_standard("retail")
    for also, expected in (
        (VALUATION_NAMES, "within the 95% sampling interval"),
        ((), "Classify again with --value"),
    ):
        classify_customers(lake, RunRequest(retail, AS_OF, also=also))
        snapshot = lake.snapshot()
        write_report(snapshot.run_directory(), snapshot, tmp_path / "page.html", language="en")
        assert expected in (tmp_path / "page.html").read_text(encoding="utf-8")
