"""What a condition may say, and that everything else is refused at its position, with what to do."""

from __future__ import annotations

from fractions import Fraction

import pytest

from keceng.standard import Comparator, Comparison, Literal, condition_sql, parse_condition
from keceng.vocabulary import KecengError, Kind
from tests.laws.conditions import SCOPE


def problems_of(text: str) -> list[tuple[str, int]]:
    """Code and character position of every problem of a text."""
    with pytest.raises(KecengError) as caught:
        parse_condition(text, SCOPE, "grade.classes.A.when", line=7)
    for problem in caught.value.problems:
        assert problem.place.path == "grade.classes.A.when"
        assert problem.place.line == 7
        assert problem.value == text[:200] + ("…" if len(text) > 200 else "")
    return [
        (p.code.removeprefix("condition."), int(p.message.en.split()[1].rstrip(":")))
        for p in caught.value.problems
    ]


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("spend > 1; drop table customers", "not_allowed", 10),
        ("spend > (select 1)", "not_allowed", 10),
        ("bought_on > current_date", "not_allowed", 13),
        ("lower(state) = 'new'", "not_allowed", 1),
        ("state = 'new' or orders > count(*)", "not_allowed", 27),
        ("cast(spend as int) > 1", "not_allowed", 1),
        ("spend::int > 1", "not_allowed", 6),
        ("spend > ?", "not_allowed", 9),
        ("spend || margin = 'x'", "not_allowed", 7),
        ("state like 'n%'", "not_allowed", 7),
        ("case when related then true end", "not_allowed", 1),
        ("measured.spend > 1", "not_allowed", 9),
        ("spend > 20%", "not_allowed", 11),
        ("spend ＞ 10", "full_width", 7),
        ("spend > 1 -- all of them", "comment", 9),
        ("spend > 1 /* all */", "comment", 9),
        ("spend > 1e3", "number", 9),
        ("spend > 0.0000001", "number", 9),
        ("spend > 99999999999999", "number", 9),
        ("state = \"new\"", "unknown_name", 9),
        ("state = 'new", "quote", 9),
        ("spend >", "unfinished", 8),
        ("(spend > 1", "unfinished", 11),
        ("spend > > 1", "order", 9),
        ("spend 1", "order", 7),
        ("spend > 10000元", "order", 14),
        ("spend > 1)", "order", 10),
        ("not not not not not related", "order", 17),
        ("", "empty", 1),
        ("1 < spend < 3", "not_allowed", 1),
        ("(spend, margin) = (1, 2)", "not_allowed", 2),
        ("spend in (margin, 2)", "not_allowed", 11),
        ("true", "not_allowed", 1),
        ("spend is true", "not_allowed", 1),
        ("spend = null", "null", 1),
        ("spend", "not_a_flag", 1),
        ("spend > 1 and state", "not_a_flag", 15),
        ("1 = 1", "constant", 1),
        ("spend > margin / 0", "zero", 18),
        ("spnd > 1", "unknown_name", 1),
        ("state = 'active' and state = 'sleepy'", "unknown_class", 22),
        ("state < 'new'", "no_order", 1),
        ("related < true", "no_order", 1),
        ("state between 'a' and 'b'", "unknown_class", 15),
        ("spend > '10000'", "kinds", 1),
        ("state = 1", "kinds", 1),
        ("related = 1", "kinds", 1),
        ("bought_on > 20240131", "kinds", 1),
        ("bought_on > '2024-02-30'", "kinds", 1),
        ("bought_on > '31.01.2024'", "kinds", 1),
        ("spend > tenure", "kinds", 1),
        ("spend * margin > 1", "kinds", 1),
        ("spend + orders > 1", "kinds", 1),
        ("tenure * tenure > 1", "kinds", 1),
        ("tenure / spend > 1", "kinds", 1),
        ("- state = 'new'", "kinds", 3),
        ("related + 1 > 1", "kinds", 1),
        ("bought_on + 1 > joined_on", "kinds", 1),
        ("spend * share * refunds * refunds > margin", "too_large", 1),
    ],
)  # fmt: skip
def test_what_is_no_condition_is_refused_at_its_position(text: str, code: str, position: int) -> None:
    assert (code, position) in problems_of(text)


def test_all_problems_of_a_condition_are_told_at_once() -> None:
    found = problems_of("spnd > 1 and state = 'sleepy' and spend * margin > 2 and tenure > 'x'")
    assert [code for code, _ in found] == ["unknown_name", "unknown_class", "kinds", "kinds"]


def test_a_misspelt_measure_gets_the_nearest_name_as_remedy() -> None:
    with pytest.raises(KecengError) as caught:
        parse_condition("spnd > 1", SCOPE)
    remedy = caught.value.problems[0].remedy
    assert remedy is not None
    assert "spend" in remedy.en


def test_a_text_in_double_quotes_is_told_to_take_single_ones() -> None:
    with pytest.raises(KecengError) as caught:
        parse_condition('state = "new"', SCOPE)
    remedy = caught.value.problems[0].remedy
    assert remedy is not None
    assert "single quotes" in remedy.en


def test_an_unknown_class_names_the_classes_there_are() -> None:
    with pytest.raises(KecengError) as caught:
        parse_condition("state = 'sleepy'", SCOPE)
    remedy = caught.value.problems[0].remedy
    assert remedy is not None
    assert remedy.en == "it has: new, active, lost"


@pytest.mark.parametrize("levels", [13, 200, 3_000])
def test_deep_nesting_is_refused_and_never_exhausts_the_stack(levels: int) -> None:
    text = "(" * levels + "spend > 1" + ")" * levels
    assert {code for code, _ in problems_of(text)} <= {"too_deep", "too_long"}


def test_a_long_chain_is_read_without_nesting() -> None:
    condition = parse_condition(" and ".join(["spend > 1"] * 90), SCOPE)
    assert len(condition.leaves) == 90


@pytest.mark.parametrize(
    "text", ["spend > " + "9" * 5_000, "+".join(["spend"] * 300) + " > 1", "not " * 300 + "related"]
)
def test_oversized_conditions_are_refused(text: str) -> None:
    assert problems_of(text)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("10000 < spend", "spend > 10000"),
        ("spend != 0.50", "spend <> 0.5"),
        ("related", "related = true"),
        ("not related", "related = false"),
        ("related <> true", "related = false"),
        ("not (spend > 1 and (tenure < 3 or state = 'new'))", "spend <= 1 or tenure >= 3 and state <> 'new'"),
        ("state not in ('new')", "not (state in ('new'))"),
        ("spend is not null", "not (spend is null)"),
        ("spend > - -5", "spend > 5"),
        ("a_and_b = 1", None),
        ("spend > 1 AND (margin > 2 AND related)", "spend > 1 and margin > 2 and related = true"),
        ("first = 1", "first = 1"),
        ("spend - (margin - spend) / 2 > -spend", "spend - (margin - spend) / 2 > -spend"),
        ("related and listed or spend > 1", "related = true and listed = true or spend > 1"),
        ("(related or listed) and spend > 1", "(related = true or listed = true) and spend > 1"),
        ("城市 = '北京''s'", "城市 = '北京''s'"),
    ],
)  # fmt: skip
def test_a_condition_has_one_normal_form(text: str, printed: str | None) -> None:
    if printed is None:
        problems_of(text)
    else:
        assert str(parse_condition(text, SCOPE)) == printed


def test_a_literal_takes_the_kind_of_the_other_side_in_its_main_unit() -> None:
    tree = parse_condition("spend > 10000", SCOPE).tree
    assert isinstance(tree, Comparison)
    assert isinstance(tree.right, Literal)
    assert (tree.comparator, tree.right.kind, tree.right.stored_parts) == (
        Comparator.GREATER,
        Kind.MONEY,
        Fraction(1_000_000),
    )


def test_a_condition_knows_its_names_columns_and_leaves() -> None:
    condition = parse_condition("refunds <= 0.6 and (3 < orders or state not in ('lost'))", SCOPE)
    assert condition.names == {"refunds", "orders", "state"}
    assert condition.columns == {"refunds__num", "refunds__den", "orders", "state"}
    summary = [(leaf.index, leaf.names, leaf.operator, str(leaf.cut), leaf.kind) for leaf in condition.leaves]
    assert summary == [
        (0, ("refunds",), "<=", "0.6", Kind.RATIO),
        (1, ("orders",), ">", "3", Kind.COUNT),
        (2, ("state",), "not in", "'lost'", Kind.CATEGORY),
    ]


def test_identifiers_are_always_quoted_and_texts_escaped() -> None:
    rendered = condition_sql(parse_condition("first = 1 and 城市 = 'a''b'", SCOPE)).sql("duckdb")
    assert '"first"' in rendered
    assert "'a''b'" in rendered


def test_no_double_ever_appears_in_the_sql() -> None:
    rendered = condition_sql(parse_condition("refunds * 0.3 > share / 0.7", SCOPE)).sql("duckdb").lower()
    assert "double" not in rendered
    assert "." not in rendered
    assert "/" not in rendered
