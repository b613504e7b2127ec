"""Drift between runs: planted shifts are found with their cell, what stays the same stays silent, few heads say nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from keceng.evaluate import Alert, AlertCode, Drift, Severity, find_alerts, measure_drift, migration_matrix
from keceng.lake import Lake
from keceng.loop import read_standard
from keceng.standard import Unit
from tests.evaluate.run_books import Row, store_run

DAY = dt.date(2026, 6, 30)
Rows = list[dict[str, object]]
Series = tuple[Lake, list[str]]


def compare(lake: Lake, before: Sequence[Row], after: Sequence[Row]) -> tuple[Drift, tuple[Alert, ...]]:
    runs = [store_run(lake, rows, DAY) for rows in (before, after)]
    found = measure_drift(lake.snapshot(), *runs)
    return found, find_alerts(found, migration_matrix(lake.snapshot(), *runs))


def company(seed: int, shares: tuple[float, ...] = (0.2, 0.3, 0.5)) -> Rows:
    rng = np.random.default_rng(seed)
    grades = rng.choice(["A", "B", "C"], 600, p=shares)
    return [
        {
            "grade": str(grade),
            "spend": int(rng.gamma(2, 50_000)),
            "refund_rate": int(rng.integers(0, 2_000)),
            "purchase_days": int(rng.integers(1, 30)),
            "main_category": str(rng.choice(["茶", "酒", "米"], p=[0.6, 0.3, 0.1])),
            "is_supplier": bool(rng.random() < 0.5),
            "history_days": 700 + seed,
        }
        for grade in grades
    ]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def codes(alerts: tuple[Alert, ...]) -> set[AlertCode]:
    return {alert.code for alert in alerts} - {AlertCode.KEY_ACCOUNT_DOWN}


def test_two_samples_of_the_same_company_do_not_drift(lake: Lake) -> None:
    found, alerts = compare(lake, company(1), company(2))
    assert not codes(alerts)
    assert all((d.shift.psi or 0) < 0.1 for d in found.measures.values())
    assert set(found.measures) == {"spend", "refund_rate", "purchase_days", "main_category", "is_supplier"}


def test_a_planted_shift_of_the_classes_is_told_with_the_class(lake: Lake) -> None:
    found, alerts = compare(lake, company(1), company(2, shares=(0.5, 0.2, 0.3)))
    told = next(a for a in alerts if a.code is AlertCode.CLASS_MIX_SHIFTED)
    assert told.severity is Severity.HIGH
    assert told.number == found.class_mix.psi
    assert told.filters == {"grade": "A"}
    before, after = found.class_mix.shares("A")
    assert f"{before:.1%} → {after:.1%}" in told.sentence.zh
    assert f"{before:.1%} → {after:.1%}" in told.sentence.en
    assert codes(alerts) == {AlertCode.CLASS_MIX_SHIFTED}


def test_a_drifting_measure_comes_first_and_weighs_more_where_the_standard_names_it(lake: Lake) -> None:
    later: Rows = [
        {**row, "refund_rate": int(str(row["refund_rate"])) * 3, "spend": int(str(row["spend"])) * 4}
        for row in company(2)
    ]
    found, alerts = compare(lake, company(1), later)
    assert set(list(found.measures)[:2]) == {"refund_rate", "spend"}
    told = {next(iter(a.filters)): a.severity for a in alerts if a.code is AlertCode.MEASURE_DRIFTING}
    assert told == {"spend": Severity.MEDIUM, "refund_rate": Severity.LOW}


def test_deciles_are_those_of_the_earlier_run(lake: Lake) -> None:
    found, _ = compare(
        lake,
        [{"grade": "A", "spend": 100 * n} for n in range(1, 101)],
        [{"grade": "A", "spend": 100 * n} for n in range(51, 151)],
    )
    shift = found.measures["spend"].shift
    assert list(shift.before) == ["≤ 10", *(f"{k} … {k + 10}" for k in range(10, 90, 10)), "> 90"]
    assert list(shift.before.values()) == [10] * 10
    assert list(shift.after.values()) == [0, 0, 0, 0, 0, 10, 10, 10, 10, 60]


def test_a_change_of_need_is_told_with_what_grows(lake: Lake) -> None:
    later: Rows = [{**row, "main_category": "米" if k % 2 else "酒"} for k, row in enumerate(company(1))]
    found, alerts = compare(lake, company(1), later)
    told = next(a for a in alerts if a.code is AlertCode.NEED_SHIFTED)
    assert told.filters == {"main_category": "米"}
    assert told.number == found.needs["main_category"].distance
    assert told.number > 0.2
    assert "米" in told.sentence.zh


def test_a_rising_share_of_unknowns_is_told_and_no_drift_of_what_is_left(lake: Lake) -> None:
    later: Rows = [
        {**row, "refund_rate": None if k % 4 else row["refund_rate"]} for k, row in enumerate(company(1))
    ]
    found, alerts = compare(lake, company(1), later)
    assert found.measures["refund_rate"].unknown_before == 0
    assert found.measures["refund_rate"].unknown_after == pytest.approx(0.75)
    assert codes(alerts) == {AlertCode.UNKNOWN_RISING}


def test_a_measure_that_vanishes_is_told(lake: Lake) -> None:
    later: Rows = [{k: v for k, v in row.items() if k != "refund_rate"} for row in company(1)]
    found, alerts = compare(lake, company(1), later)
    assert found.measures["refund_rate"].unknown_after == 1
    assert found.measures["refund_rate"].shift.psi is None
    assert codes(alerts) == {AlertCode.UNKNOWN_RISING}


def test_key_accounts_that_leave_are_told_with_their_number_and_their_sales(lake: Lake) -> None:
    before: Rows = [{"grade": "A", "spend": 100_000 * k} for k in range(1, 11)]
    after: Rows = [{**row, "grade": "B" if k in {4, 9} else "A"} for k, row in enumerate(before)]
    _, alerts = compare(lake, before, after)
    told = alerts[0]
    assert (told.code, told.severity, told.number) == (AlertCode.KEY_ACCOUNT_DOWN, Severity.HIGH, 2)
    assert told.customers == (10, 5)
    assert "10 家中有 2 家离开" in told.sentence.zh
    assert "¥15,000" in told.sentence.zh
    assert "2 of 10 customers left A; their sales were ¥15,000" in told.sentence.en


def test_few_heads_shift_by_chance_and_do_not_alarm(lake: Lake) -> None:
    before, after = "AAABBBBBCC", "AAAAAABBCC"
    found, alerts = compare(lake, [{"grade": g} for g in before], [{"grade": g} for g in after])
    assert (found.class_mix.psi or 0) > 0.25
    assert AlertCode.CLASS_MIX_SHIFTED not in codes(alerts)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], []),
        ([], [{"grade": "A", "spend": 1}]),
        ([{"grade": "A", "spend": 1}], []),
        ([{"grade": None, "spend": 1}], [{"grade": None, "spend": 2}]),
        ([{"grade": "B", "spend": 5}] * 50, [{"grade": "B", "spend": 5}] * 50),
    ],
)
def test_nobody_one_customer_and_no_variance(lake: Lake, before: Rows, after: Rows) -> None:
    found, alerts = compare(lake, before, after)
    assert not codes(alerts)
    assert not found.measures
    json.dumps({**found.to_document(), "alerts": [a.to_document() for a in alerts]}, allow_nan=False)


def test_a_number_that_was_the_same_for_nearly_all_shows_falls_and_rises(lake: Lake) -> None:
    before: Rows = [{"grade": "A", "spend": 500 if k else 900} for k in range(100)]
    after: Rows = [{"grade": "A", "spend": 500 + 100 * (k % 3 - 1)} for k in range(99)]
    found, _ = compare(lake, before, after)
    assert dict(found.measures["spend"].shift.before) == {"< 5": 0, "= 5": 99, "> 5": 1}
    assert dict(found.measures["spend"].shift.after) == {"< 5": 33, "= 5": 33, "> 5": 33}


def test_rare_values_of_an_attribute_are_folded(lake: Lake) -> None:
    rows: Rows = [{"grade": "A", "city": f"c{k % 40:02d}"} for k in range(400)]
    found, _ = compare(lake, rows, rows)
    shift = found.measures["city"].shift
    assert len(shift.before) == 21
    assert shift.before["(others)"] == 200


def test_a_group_counts_once(lake: Lake) -> None:
    ruler = replace(read_standard("retail"), unit=Unit.GROUP)
    rows: Rows = [{"grade": "A", "spend": 1, "unit_key": 1} for _ in range(5)]
    rows += [{"grade": "B", "spend": 2}]
    runs = [store_run(lake, rows, DAY, ruler) for _ in range(2)]
    found = measure_drift(lake.snapshot(), *runs)
    assert dict(found.class_mix.before) == {"A": 1, "B": 1, "C": 0}


@pytest.mark.slow
def test_real_runs_of_the_same_books_are_compared_whole(series: Series) -> None:
    lake, runs = series
    found = measure_drift(lake.snapshot(), runs[0], runs[2])
    for run, heads in ((found.before, found.class_mix.before), (found.after, found.class_mix.after)):
        assert dict(heads) == dict(run.summary.classes["grade"])
    assert "history_days" not in found.measures
    assert {"spend", "gap_ratio", "lifecycle_state"} <= set(found.measures)
    assert found.measures["spend"].decides
    json.dumps(found.to_document(), allow_nan=False)
