"""A class under watch is reached by a cause alone; whoever may be nominated, and how many, is written."""

from __future__ import annotations

import pytest

from keceng.standard import Nomination, find_standard, load_standard, template_text
from keceng.vocabulary import KecengError
from tests.standard.documents import MEASURES, bent, loaded, problems_of

CAUSES = (
    "overdue_over_90_amount > 10000 or credit_grade in ('B', 'CCC', 'CC', 'C', 'D') or loss_two_quarters "
    "or is_dishonest_listed"
)


def b2b_problems(old: str, new: str) -> list[tuple[str, str | None]]:
    text = template_text("b2b-start")
    assert old in text
    try:
        load_standard(text.replace(old, new, 1), MEASURES)
    except KecengError as error:
        return [(p.code, p.place.path) for p in error.problems]
    return []


@pytest.mark.parametrize("template_id", ["b2b", "b2b-start"])
def test_the_b2b_templates_put_customers_under_watch_by_cause_alone(template_id: str) -> None:
    standard = find_standard(template_id)
    assert [c.id for c in standard.grade.classes if c.watch] == ["D"]


@pytest.mark.parametrize(
    "cause",
    [
        CAUSES,
        "overdue_over_90_amount >= 1",
        "contribution_rate < -0.02 and trade_score < 20",
        "not (contribution >= 0)",
        "is_loss_making",
        "credit_grade = 'C'",
        "credit_grade not in ('AAA', 'AA', 'A', 'BBB', 'BB')",
        "max_overdue_days > 90 and (spend < 3 or trade_rank > 100)",
    ],
)
def test_a_cause_from_its_bad_side_leads_to_watch(cause: str) -> None:
    assert b2b_problems(f'when: "{CAUSES}"', f'when: "{cause}"') == []


@pytest.mark.parametrize(
    "no_cause",
    [
        "trade_score < 20",
        "trade_rank > 100",
        "spend < 100",
        "overdue_over_90_amount < 10000",
        "overdue_over_90_amount > 10000 or trade_score < 20",
        "overdue_over_90_amount is null",
        "contribution > 0",
        "credit_grade = 'AAA'",
        "credit_grade is null",
        "not is_loss_making",
        "state = 'dormant'",
        "credit_score < 30",
    ],
)
def test_a_low_score_a_rank_or_an_unknown_is_no_cause(no_cause: str) -> None:
    assert b2b_problems(f'when: "{CAUSES}"', f'when: "{no_cause}"') == [
        ("standard.watch", "grade.classes.D.watch")
    ]


def test_the_place_where_a_cause_is_watered_down_is_named() -> None:
    text = template_text("b2b-start").replace("overdue_over_90_amount > 10000", "trade_score < 20", 1)
    with pytest.raises(KecengError) as caught:
        load_standard(text, MEASURES)
    remedy = caught.value.problems[0].remedy
    assert remedy is not None
    assert "look at dimensions.risk.classes.watch.when" in remedy.en


def test_the_rest_of_a_ladder_is_no_cause() -> None:
    assert b2b_problems("when: \"risk <> 'watch'\"", 'when: "trade_score >= 20"') == [
        ("standard.watch", "grade.classes.D.watch")
    ]


def test_an_unknown_that_is_passed_on_to_the_rest_is_no_cause() -> None:
    passed = "when: \"risk <> 'watch'\"\n      unknown: not_met"
    assert b2b_problems("when: \"risk <> 'watch'\"", passed) == [("standard.watch", "grade.classes.D.watch")]


def test_a_class_with_a_rule_of_its_own_may_be_under_watch() -> None:
    text = bent(
        "    B: {otherwise: true",
        '    D: {when: "overdue_amount > 1", watch: true, title: {zh: 关注, en: Care}, public_title: {zh: 专项, en: Care}}\n    B: {otherwise: true',
    )
    text = text.replace("  B: {goal", "  D: {goal: {zh: 清欠, en: Collect}}\n  B: {goal", 1)
    assert loaded(text).grade.tier_class("D").watch
    assert [p.code for p in problems_of(text.replace("overdue_amount > 1", "score_score < 10"))] == [
        "standard.watch"
    ]


def test_only_classes_of_the_grade_are_under_watch() -> None:
    told = problems_of(bent("often: {to: 30,", "often: {to: 30, watch: true,"))
    assert [(p.code, p.place.path) for p in told] == [
        ("standard.unknown_key", "dimensions.rhythm.classes.often.watch")
    ]


def test_a_nomination_is_read_with_its_quota_and_its_term() -> None:
    assert loaded().nomination == Nomination("A", 2_000, 6)
    assert loaded(bent(", quota: 0.2, months: 6", "")).nomination == Nomination("A", 2_000, 12)
    assert loaded(bent("nomination: {class: A, quota: 0.2, months: 6}\n", "")).nomination is None


def test_nobody_is_nominated_to_a_class_under_watch() -> None:
    assert b2b_problems("review: {every", "nomination: {class: D}\nreview: {every") == [
        ("standard.nomination", "nomination.class")
    ]


def test_who_goes_down_at_once_is_part_of_the_buffer() -> None:
    stability = find_standard("retail").stability
    assert stability is not None
    assert str(stability.at_once) == "state = 'lost'"
    assert loaded(bent(", at_once: \"state = 'lost' or rhythm = 'seldom'\"", "")).stability is not None


def test_a_measure_that_only_the_buffer_names_is_an_input() -> None:
    standard = loaded(bent("state = 'lost' or", "overdue_amount > 5 or"))
    assert "overdue_amount" in standard.measures
