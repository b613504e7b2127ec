"""The shipped standards: complete, kind in public, and grading as their notes say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from keceng.standard import (
    CumulativeShare,
    Rules,
    Scorecard,
    Standard,
    Stored,
    evaluate_condition,
    find_standard,
    list_templates,
    template_text,
)
from keceng.vocabulary import DimensionKind, KecengError, Text

HAN = re.compile(r"[\u4e00-\u9fff]")
RETAIL_ROW: dict[str, Stored] = {
    "value": "high",
    "state": "active",
    "purchase_days": 3,
    "largest_day_share__num": 9_000,
    "largest_day_share__den": 1,
}
TRADE_ROW: dict[str, Stored] = {
    "spend": 5_000_000,
    "risk": "clear",
    "state": "active",
    "tenure_days": 400,
    "trade_compared": 500,
    "trade_rank": 60,
    "trade_score": 800_000,
    "position": "core",
    "position_share__num": 7_000,
    "position_share__den": 1,
    "role_median_spend": 1_000_000,
    "spend_trend": 0,
    "spend_increase": 0,
    "purchase_days": 10,
    "continuity__num": 10_000,
    "continuity__den": 1,
}


def graded(standard: Standard, row: dict[str, Stored]) -> str | None:
    """The class that the grade's ladder gives one row; None where an unknown answer stops it."""
    assert isinstance(standard.grade.method, Rules)
    for rule in standard.grade.method.rules:
        answer = True if rule.when is None else evaluate_condition(rule.when, row)
        if answer:
            return rule.class_id
        if answer is None and not rule.unknown_is_not_met:
            return None
    raise AssertionError("the last rule takes the rest")


def texts_of(standard: Standard) -> list[Text]:
    dimensions = [*standard.dimensions, standard.grade]
    classes = [c for d in dimensions for c in d.classes]
    optional = [t for c in classes for t in (c.public_title, c.note) if t]
    return [
        standard.title,
        *(d.title for d in dimensions),
        *(c.title for c in classes),
        *optional,
        *(s.goal for s in standard.strategy),
    ]


def test_the_eight_templates_are_shipped() -> None:
    assert list_templates() == (
        "b2b",
        "b2b-start",
        "consumer",
        "education",
        "government",
        "profit",
        "retail",
        "vip",
    )


@pytest.mark.parametrize("template_id", list_templates())
def test_a_template_is_named_like_its_file_and_speaks_both_languages(template_id: str) -> None:
    standard = find_standard(template_id)
    assert standard.id == template_id
    for text in texts_of(standard):
        assert HAN.search(text.zh) or text.zh.isascii()
        assert not HAN.search(text.en)


@pytest.mark.parametrize("template_id", list_templates())
def test_every_class_of_a_template_has_a_goal_a_rhythm_and_a_service(template_id: str) -> None:
    standard = find_standard(template_id)
    for class_id in standard.grade.class_ids:
        strategy = standard.strategy_for(class_id)
        assert strategy.rhythm_days
        assert strategy.service
    assert standard.review
    assert any(strategy.state for strategy in standard.strategy) or template_id == "vip"


def test_retail_cuts_value_as_published() -> None:
    standard = find_standard("retail")
    value = standard.dimension("value")
    assert value.method == CumulativeShare("spend", (8_000, 9_500, 10_000), (2_000, 5_000, None))
    assert standard.window_days == 365
    assert standard.population.include is not None
    assert str(standard.population.include) == "lifetime_order_count > 0"
    assert standard.grade.kind is DimensionKind.TIER


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "A"),
        ({"purchase_days": 2}, "B"),
        ({"purchase_days": 2, "largest_day_share__num": 6_000}, "A"),
        ({"purchase_days": 2, "largest_day_share__num": 6_001}, "B"),
        ({"purchase_days": 1, "largest_day_share__num": 10_000}, "B"),
        ({"value": "mid"}, "B"),
        ({"value": "low"}, "C"),
        ({"state": "lost"}, "C"),
        ({"state": "dormant"}, "A"),
        ({"state": None}, "A"),
        ({"value": None}, None),
    ],
)
def test_retail_grades_as_written(changes: dict[str, Stored], expected: str | None) -> None:
    assert graded(find_standard("retail"), RETAIL_ROW | changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "A"),
        ({"trade_score": 749_999}, "B"),
        ({"trade_score": 600_000, "position_share__num": 3_999}, "A"),
        ({"trade_rank": 100}, "A"),
        ({"trade_rank": 101}, "B"),
        ({"position_share__num": 8_000}, "B"),
        ({"tenure_days": 89}, "B"),
        ({"state": "lost"}, "B"),
        ({"risk": "capped"}, "B"),
        ({"risk": "watch"}, "D"),
        ({"trade_score": 499_999}, "C"),
        ({"trade_score": 600_000, "role_median_spend": 60_000_000}, "C"),
        ({"trade_score": 100_000, "spend_trend": 7_000, "spend_increase": 600_000}, "B"),
        ({"trade_score": 100_000, "spend_trend": 7_000, "spend_increase": 400_000}, "C"),
        ({"trade_score": 100_000, "spend_trend": 7_000, "spend_increase": 600_000, "state": "dormant"}, "C"),
        ({"trade_compared": 99, "position": "first"}, "A"),
        ({"trade_compared": 99, "position": "core"}, "B"),
        ({"trade_compared": 99, "position": "rest"}, "C"),
        (
            {
                "spend": 0,
                "trade_score": 0,
                "trade_rank": None,
                "trade_compared": None,
                "position_share__num": None,
            },
            "C",
        ),
        ({"spend_trend": None, "spend_increase": None, "trade_score": 100_000}, "C"),
    ],
)
def test_b2b_start_grades_as_written(changes: dict[str, Stored], expected: str) -> None:
    assert graded(find_standard("b2b-start"), TRADE_ROW | changes) == expected


@pytest.mark.parametrize("compared", [100, 101, 104, 105, 635])
def test_the_first_fifth_of_the_compared_is_rounded_up(compared: int) -> None:
    standard = find_standard("b2b-start")
    ranks = range(1, compared + 1)
    top = [
        rank
        for rank in ranks
        if graded(standard, TRADE_ROW | {"trade_compared": compared, "trade_rank": rank}) == "A"
    ]
    assert len(top) == -(-compared // 5)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, True), ({"trade_score": 675_000, "trade_rank": 125, "position_share__num": 8_499}, True), ({"trade_score": 674_999}, False), ({"trade_rank": 126}, False), ({"position_share__num": 8_500}, False)],
)  # fmt: skip
def test_whoever_is_a_stays_a_by_the_looser_condition(changes: dict[str, Stored], *, expected: bool) -> None:
    method = find_standard("b2b-start").grade.method
    assert isinstance(method, Rules)
    assert method.rules[0].stay is not None
    assert evaluate_condition(method.rules[0].stay, TRADE_ROW | changes) is expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"overdue_over_90_amount": 1_000_001}, "watch"),
        ({"overdue_over_90_amount": 1_000_000, "overdue_over_30_amount": 1}, "capped"),
        ({"credit_grade": "B"}, "watch"),
        ({"credit_grade": "A"}, "clear"),
        ({"loss_two_quarters": True}, "watch"),
        ({"is_dishonest_listed": True}, "watch"),
        ({}, "clear"),
    ],
)
def test_risk_is_by_cause_only_and_never_by_an_unknown(row: dict[str, Stored], expected: str) -> None:
    standard = find_standard("b2b-start")
    risk = standard.dimension("risk")
    names = (
        "overdue_over_90_amount",
        "overdue_over_30_amount",
        "credit_grade",
        "loss_two_quarters",
        "is_dishonest_listed",
    )
    whole: dict[str, Stored] = dict.fromkeys(names) | row
    assert isinstance(risk.method, Rules)
    met = [r.class_id for r in risk.method.rules if r.when is None or evaluate_condition(r.when, whole)]
    assert met[0] == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, "loyal"),
        ({"purchase_days": 2}, "potential"),
        ({"tenure_days": 179}, "potential"),
        ({"state": "at_risk"}, "loyal"),
        ({"state": "new"}, "potential"),
        ({"state": "dormant"}, "dormant"),
        ({"state": "lost"}, "lost"),
        ({"state": None}, "potential"),
        (
            {"state": "prospect", "lifetime_order_count": 0, "purchase_days": 0, "tenure_days": None},
            "prospect",
        ),
    ],
)
def test_consumer_classes_follow_behaviour(row: dict[str, Stored], expected: str) -> None:
    whole: dict[str, Stored] = {
        "state": "active",
        "purchase_days": 3,
        "tenure_days": 180,
        "loyal_tenure_days": 180,
        "lifetime_order_count": 5,
    }
    assert graded(find_standard("consumer"), whole | row) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, "high"),
        ({"contribution_position": "second"}, "valuable"),
        ({"contribution_rate__num": 300}, "break_even"),
        ({"contribution_rate__num": -300}, "break_even"),
        ({"contribution_rate__num": -301, "contribution": -2_499}, "break_even"),
        ({"contribution_rate__num": -301, "contribution": -2_500}, "loss"),
        ({"contribution_rate__num": -301, "contribution": -9, "median_positive_contribution": None}, "loss"),
        ({"contribution": None, "contribution_rate__num": None, "contribution_position": None}, "high"),
        ({"contribution": None, "contribution_rate__num": None, "sales_position": "second"}, "valuable"),
        ({"contribution": None, "contribution_rate__num": None, "sales_position": "rest"}, "break_even"),
    ],
)
def test_profit_tiers_follow_contribution_and_fall_back_to_sales(
    row: dict[str, Stored], expected: str
) -> None:
    whole: dict[str, Stored] = {
        "contribution": 500_000,
        "contribution_rate__num": 2_000,
        "contribution_rate__den": 1,
        "contribution_position": "first",
        "sales_position": "first",
        "median_positive_contribution": 10_000,
    }
    assert graded(find_standard("profit"), whole | row) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, "A"),
        ({"scale": "medium"}, "A"),
        ({"scale": "medium", "decider_known": False}, "B"),
        ({"scale": "medium", "opening_within_12m": None}, "B"),
        ({"scale": "small"}, "B"),
        ({"scale": "none", "procurement_recent_24m": False}, "C"),
    ],
)
def test_government_grades_by_scale_opening_and_recency(row: dict[str, Stored], expected: str) -> None:
    whole: dict[str, Stored] = {
        "scale": "large",
        "opening_within_12m": True,
        "decider_known": True,
        "procurement_recent_24m": True,
    }
    assert graded(find_standard("government"), whole | row) == expected


def test_b2b_weighs_what_is_optional_as_published() -> None:
    method = find_standard("b2b").dimension("overall").method
    assert isinstance(method, Scorecard)
    assert {part.id: part.weight // 10_000 for part in method.parts} == {
        "value": 35,
        "potential": 25,
        "cooperation": 20,
        "credit": 20,
    }


def test_a_template_copied_to_a_file_is_found_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(template_text("retail"), encoding="utf-8")
    assert find_standard(str(path)) == find_standard("retail") == find_standard(path)


@pytest.mark.parametrize("name", ["retial", "absent.yaml", "../secrets", ""])
def test_a_standard_that_is_not_there_lists_those_that_are(name: str) -> None:
    with pytest.raises(KecengError) as caught:
        find_standard(name)
    remedy = caught.value.problems[0].remedy
    assert remedy is not None
    assert all(template_id in remedy.en for template_id in list_templates())
