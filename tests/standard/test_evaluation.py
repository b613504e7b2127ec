"""One row asked by itself: wide integers as the engine hands them out, and nothing that is no stored number."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from keceng.standard import Stored, blocking_leaf, evaluate_condition, parse_condition, supporting_leaves
from tests.laws.conditions import SCOPE, random_row

ROW: dict[str, Stored] = random_row(random.Random(3)) | {
    "spend": 1_000_000,
    "orders": 2,
    "state": "new",
    "related": None,
    "refunds__num": 5_000,
    "refunds__den": 1,
}


def test_wide_integers_come_as_decimals_and_count_as_numbers() -> None:
    condition = parse_condition("refunds <= 0.5 and spend >= 10000", SCOPE)
    assert (
        evaluate_condition(condition, ROW | {"refunds__num": Decimal(5_000), "spend": Decimal(1_000_000)})
        is True
    )


@pytest.mark.parametrize("wrong", [1.5, Decimal("0.5"), "12", True])
def test_what_is_no_whole_number_of_parts_is_an_error_not_an_unknown(wrong: Stored) -> None:
    with pytest.raises(TypeError):
        evaluate_condition(parse_condition("spend > 1", SCOPE), ROW | {"spend": wrong})


def test_a_missing_column_is_an_error_not_an_unknown() -> None:
    with pytest.raises(KeyError):
        evaluate_condition(parse_condition("spend > 1", SCOPE), {})


@pytest.mark.parametrize(
    ("text", "met", "blocking", "supporting"),
    [
        ("spend > 1 and orders > 1", True, None, (0, 1)),
        ("spend > 1 and orders > 5", False, 1, ()),
        ("spend > 1 and related", None, 1, ()),
        ("related or orders > 1", True, None, (1,)),
        ("related or orders > 5", None, 0, ()),
        ("related and orders > 5", False, 0, ()),
        ("spend > 1 and (orders > 5 or state = 'new')", True, None, (0, 2)),
        ("spend > 1 and (orders > 5 or state = 'lost')", False, 1, ()),
        ("not (state in ('lost', 'active'))", True, None, (0,)),
        ("related is null", True, None, (0,)),
        ("margin / 0.5 > 1 or refunds > 1", None, 0, ()),
    ],
)
def test_the_deciding_comparisons_are_named(
    text: str, met: bool | None, blocking: int | None, supporting: tuple[int, ...]
) -> None:
    row = ROW | {"margin": None}
    condition = parse_condition(text, SCOPE)
    assert evaluate_condition(condition, row) is met
    assert blocking_leaf(condition, row) == blocking
    assert supporting_leaves(condition, row) == supporting
