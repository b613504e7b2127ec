"""What sets classes apart: planted differences come first, small and silent things are left out."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from keceng.evaluate import Comparison, compare_characteristics, is_sensitive
from keceng.loop import read_standard
from keceng.measure import Measure, catalogue
from keceng.standard import Unit
from keceng.vocabulary import Text
from tests.evaluate.run_books import graded_table

RETAIL = read_standard("retail")


def planted(seed: int = 1, heads: int = 300) -> Comparison:
    """Class A refunds less and buys online; B lies in one region; everything else is the same noise for all."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for place in range(heads):
        grade = "ABC"[place % 3]
        rows.append(
            {
                "grade": grade,
                "refund_rate": int(rng.normal(500 if grade == "A" else 1_500, 400)),
                "gap_ratio": int(rng.normal(10_000, 3_000)),
                "order_count": int(rng.integers(1, 40)),
                "main_channel": "online" if rng.random() < (0.85 if grade == "A" else 0.2) else "store",
                "region": "华东" if rng.random() < (0.7 if grade == "B" else 0.3) else "华北",
                "industry": ["a", "b", "c"][int(rng.integers(3))],
                "is_bucket": bool(rng.random() < 0.5),
            }
        )
    return compare_characteristics(graded_table(rows), RETAIL)


@pytest.mark.parametrize("seed", range(5))
def test_planted_differences_come_first(seed: int) -> None:
    found = planted(seed)
    assert {(r.measure, r.level) for r in found.of_class("A")[:2]} == {
        ("refund_rate", None),
        ("main_channel", "online"),
    }
    # what sets A apart sets everyone else apart from it; of the rest, B's own mark leads
    of_b = [r.measure for r in found.of_class("B") if r.measure not in {"refund_rate", "main_channel"}]
    assert of_b[0] == "region"
    assert {"refund_rate", "main_channel", "region"} == set(list(found.strengths)[:3])
    noise = [r for r in found.rows if r.measure in {"gap_ratio", "order_count", "industry", "is_bucket"}]
    assert noise
    assert max(abs(r.contrast.effect) for r in noise) < 0.5


def test_a_row_says_mean_lift_difference_and_interval_in_units_of_the_measure() -> None:
    rows = [{"grade": "A", "spend": 100 * n} for n in range(11, 31)]
    rows += [{"grade": "C", "spend": 100 * n} for n in range(1, 11)]
    found = compare_characteristics(graded_table(rows), RETAIL)
    best = found.of_class("A")[0]
    assert (best.measure, best.heads, best.rest_heads) == ("spend", 20, 10)
    assert (best.figure, best.rest_figure) == pytest.approx((20.5, 5.5))
    assert best.lift == pytest.approx(20.5 / 5.5)
    assert best.contrast.low < best.contrast.difference < best.contrast.high
    assert best.contrast.difference == pytest.approx(15)
    assert best.decides
    rest = found.of_class("C")[0]
    assert rest.contrast.effect == pytest.approx(-best.contrast.effect)


def test_small_classes_measures_and_levels_are_left_out() -> None:
    rows: list[dict[str, object]] = [
        {
            "grade": "A" if k < 9 else "B" if k < 60 else "C",
            "spend": k,
            "clv": k if k % 20 == 0 else None,
            "city": "small" if k < 5 else "large" if k % 2 else "middle",
        }
        for k in range(120)
    ]
    found = compare_characteristics(graded_table(rows), RETAIL)
    assert found.suppressed == ("A",)
    assert not found.of_class("A")
    assert found.left_out["clv"] == "few"
    assert {r.level for r in found.rows if r.measure == "city"} == {"large", "middle"}


def test_constants_and_unknowns_are_named_as_such() -> None:
    rows: list[dict[str, object]] = [
        {
            "grade": "A" if k % 2 else "B",
            "spend": 7,
            "region": "华东",
            "is_supplier": False,
            "city": None,
            "clv": None,
        }
        for k in range(40)
    ]
    found = compare_characteristics(graded_table(rows), RETAIL)
    assert not found.rows
    assert found.left_out == {
        "spend": "no_spread",
        "region": "no_spread",
        "is_supplier": "no_spread",
        "city": "unknown",
        "clv": "unknown",
    }


@pytest.mark.parametrize("heads", [0, 1, 9])
def test_too_few_customers_give_no_rows(heads: int) -> None:
    found = compare_characteristics(graded_table([{"grade": "A", "spend": k} for k in range(heads)]), RETAIL)
    assert not found.rows
    assert set(found.suppressed) == {"A", "B", "C"}
    assert json.loads(json.dumps(found.to_document()))["rows"] == []


def test_one_class_alone_has_nothing_to_be_compared_with() -> None:
    found = compare_characteristics(graded_table([{"grade": "A", "spend": k} for k in range(50)]), RETAIL)
    assert not found.rows
    assert found.left_out == {"spend": "few"}


def test_sensitive_attributes_are_never_compared() -> None:
    like = catalogue()["region"]
    sensitive = [
        replace(like, name="gender"),
        replace(like, name="birth_year"),
        replace(like, title=Text("民族", "people")),
    ]
    assert all(is_sensitive(m) for m in sensitive)
    assert not any(is_sensitive(m) for m in catalogue().values())
    rows: list[dict[str, object]] = [
        {"grade": "A" if k % 2 else "B", "region": "x" if k % 2 else "y"} for k in range(60)
    ]
    offered: dict[str, Measure] = {"region": sensitive[2]}
    assert not compare_characteristics(graded_table(rows), RETAIL, offered).rows
    assert compare_characteristics(graded_table(rows), RETAIL, {"region": like}).rows


def test_of_two_values_the_one_that_the_class_has_more_of_is_told() -> None:
    rows: list[dict[str, object]] = [
        {"grade": "A" if k < 30 else "B", "region": "华东" if k < 20 or k >= 50 else "华北"}
        for k in range(60)
    ]
    told = {(r.class_id, r.level) for r in compare_characteristics(graded_table(rows), RETAIL).rows}
    assert told == {("A", "华东"), ("B", "华北")}


def test_what_customers_are_compared_with_is_no_mark_of_theirs() -> None:
    rows: list[dict[str, object]] = [
        {"grade": "A" if k % 2 else "B", "role_median_spend": k % 2, "peer_group": "xy"[k % 2]}
        for k in range(60)
    ]
    found = compare_characteristics(graded_table(rows), RETAIL)
    assert not found.rows
    assert not found.left_out


def test_a_group_counts_once() -> None:
    rows: list[dict[str, object]] = [{"grade": "A", "spend": 100, "unit_key": 1} for _ in range(30)]
    rows += [{"grade": "A", "spend": 50 + k} for k in range(11)]
    rows += [{"grade": "B", "spend": k} for k in range(12)]
    found = compare_characteristics(graded_table(rows), replace(RETAIL, unit=Unit.GROUP))
    assert dict(found.heads) == {"A": 12, "B": 12, "C": 0}
    assert compare_characteristics(graded_table(rows), RETAIL).heads["A"] == 41
