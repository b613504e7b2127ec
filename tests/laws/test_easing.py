"""An eased condition asks for less: whatever meets the condition meets the eased one, at every margin."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from keceng.standard import (
    Condition,
    Rule,
    Rules,
    condition_sql,
    ease_condition,
    evaluate_condition,
    find_standard,
    parse_condition,
)
from keceng.vocabulary import KecengError
from tests.laws.conditions import SCOPE, condition_texts, random_row

LAWS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MARGINS = st.integers(0, 10_000)
TENTH = 1_000


def parsed(text: str) -> Condition:
    try:
        return parse_condition(text, SCOPE)
    except KecengError as error:
        if {problem.code for problem in error.problems} == {"condition.too_large"}:
            reject()
        raise


@LAWS
@given(condition_texts(), MARGINS, st.integers(0, 2**32))
def test_whoever_meets_a_condition_meets_its_eased_form(text: str, margin: int, seed: int) -> None:
    condition = parsed(text)
    eased = ease_condition(condition, margin, SCOPE)
    rng = random.Random(seed)
    for _ in range(40):
        row = random_row(rng)
        if evaluate_condition(condition, row) is True:
            assert evaluate_condition(eased, row) is True, (text, str(eased), row)


@LAWS
@given(condition_texts(), MARGINS)
def test_an_eased_condition_can_be_written_read_and_compiled(text: str, margin: int) -> None:
    eased = ease_condition(parsed(text), margin, SCOPE)
    assert parse_condition(eased.text, SCOPE).tree == eased.tree
    assert condition_sql(eased)


@LAWS
@given(condition_texts(), st.integers(0, 2**32))
def test_a_margin_of_nothing_changes_no_answer(text: str, seed: int) -> None:
    condition = parsed(text)
    eased = ease_condition(condition, 0, SCOPE)
    rng = random.Random(seed)
    rows = [random_row(rng) for _ in range(40)]
    assert [evaluate_condition(eased, row) for row in rows] == [
        evaluate_condition(condition, row) for row in rows
    ]


@pytest.mark.parametrize(
    ("text", "eased"),
    [
        ("spend > 10000", "spend > 9000"),
        ("spend >= 75 and share < 0.8", "spend >= 67.5 and share < 0.88"),
        ("margin > -100", "margin > -110"),
        ("margin < -100", "margin < -90"),
        ("not (spend < 100)", "spend >= 90"),
        ("not (spend >= 100 or share < 0.5)", "spend < 110 and share >= 0.45"),
        ("10000 < spend", "spend > 9000"),
        ("spend - margin >= 100", "spend - margin >= 90"),
        ("average >= 0.01", "average >= 0.009"),
        ("gap > 10", "gap > 9"),
        ("orders > 2", "orders >= 2.7"),
        ("orders >= 3", "orders >= 2.7"),
        ("tenure < 30", "tenure <= 31.9"),
        ("tenure <= 29", "tenure <= 31.9"),
        ("orders > 2.5", "orders >= 2.7"),
        ("spend between 100 and 200", "spend between 90 and 220"),
        ("spend not between 100 and 200", "not (spend between 110 and 180)"),
        ("spend >= 0.1 * margin", "spend >= 0.1 * margin"),
        ("orders = 2 or state = 'new'", "orders = 2 or state = 'new'"),
        ("spend <> 5 and related", "spend <> 5 and related = true"),
        ("spend in (1, 2)", "spend in (1, 2)"),
        ("bought_on >= '2024-01-31'", "bought_on >= '2024-01-31'"),
        ("spend is null or spend >= 0", "spend is null or spend >= 0"),
    ],
)
def test_each_line_moves_a_tenth_the_easy_way(text: str, eased: str) -> None:
    assert str(ease_condition(parse_condition(text, SCOPE), TENTH, SCOPE)) == eased


def test_a_margin_that_is_no_finite_number_of_digits_is_rounded_the_easy_way() -> None:
    assert (
        str(ease_condition(parse_condition("share >= 0.333333", SCOPE), 3_333, SCOPE)) == "share >= 0.222233"
    )


def test_a_rule_stays_by_its_own_words_where_it_has_them() -> None:
    standard = find_standard("b2b-start")
    assert isinstance(standard.grade.method, Rules)
    best, second, _, last = standard.grade.method.rules
    assert best.eased(TENTH, standard.scope) == best.stay
    assert last.eased(TENTH, standard.scope) is None
    eased = second.eased(TENTH, standard.scope)
    assert eased is not None
    assert "trade_score >= 45" in eased.text
    assert "trade_compared >= 100" in eased.text, "how many are compared chooses the rule and is no line"
    assert "spend_trend >= 0.62379" in eased.text


def test_a_rule_without_words_of_its_own_is_eased_by_the_margin() -> None:
    rule = Rule("A", parse_condition("spend > 100", SCOPE))
    assert str(rule.eased(TENTH, SCOPE)) == "spend > 90"
