"""A ladder of rules that is proven monotone really is: bettering one number never gives a worse class."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keceng.standard import (
    Rules,
    Standard,
    Stored,
    evaluate_condition,
    is_monotone,
    lint_standard,
    load_standard,
    to_document,
)
from tests.laws.conditions import COMPARATORS, NUMBERS, SCOPE, random_row, written

DIRECTED = [m for m in SCOPE.values() if m.kind.is_number]
NUMBER_NAMES = [m.name for m in DIRECTED]
RISING = st.sampled_from(
    ["spend > 1", "orders >= 2", "refunds > 0.5", "points >= 10", "tenure > 1", "related", "spend is null"]
)
RISING_CONDITIONS = st.recursive(
    RISING,
    lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
        lambda parts: f"({' '.join(parts)})"
    ),
    max_leaves=5,
)
COMPARED = written(
    "{name} {compare} {number}", name=st.sampled_from(NUMBER_NAMES), compare=COMPARATORS, number=NUMBERS
)
RANGES = written(
    "{name} between {low} and {high}", name=st.sampled_from(NUMBER_NAMES), low=NUMBERS, high=NUMBERS
)
SIMPLE = st.one_of(
    COMPARED,
    RANGES,
    written("{a} or {b}", a=COMPARED, b=RANGES),
    written("{a} and {b}", a=RANGES, b=COMPARED),
    written("not ({part})", part=COMPARED),
    written("{a} and {b}", a=COMPARED, b=RISING),
)
ANY_CONDITIONS = st.one_of(RISING_CONDITIONS, SIMPLE)


def ladder(first: str, second: str, sides: tuple[str, str] | None = None) -> Standard:
    """Two rules and a rest; with `sides` a segment `side` of x, y and z by two rules and a rest before them."""

    def texts(word: str) -> dict[str, dict[str, str]]:
        return {"title": {"zh": word, "en": word}, "public_title": {"zh": word, "en": word}}

    classes = {
        "A": {"when": first, "unknown": "not_met", **texts("A")},
        "B": {"when": second, "unknown": "not_met", **texts("B")},
        "C": {"otherwise": True, **texts("C")},
    }
    strategy = {grade: {"goal": {"zh": grade, "en": grade}} for grade in classes}
    head = {
        "keceng": 1,
        "id": "ladder",
        "title": {"zh": "梯", "en": "Ladder"},
        "window": "365d",
        "dimensions": {"side": segment(*sides)} if sides else {},
    }
    grade = {"kind": "tier", "by": "rules", "classes": classes}
    return load_standard({**head, "grade": grade, "strategy": strategy}, SCOPE)


def segment(first: str, second: str) -> dict[str, object]:
    rules: dict[str, dict[str, object]] = {
        "x": {"when": first, "unknown": "not_met"},
        "y": {"when": second, "unknown": "not_met"},
        "z": {"otherwise": True},
    }
    classes = {code: {**rule, "title": {"zh": code, "en": code}} for code, rule in rules.items()}
    return {"kind": "segment", "by": "rules", "title": {"zh": "侧", "en": "Side"}, "classes": classes}


def sided(standard: Standard, row: dict[str, Stored]) -> dict[str, Stored]:
    method = standard.dimension("side").method
    assert isinstance(method, Rules)
    met = [r.class_id for r in method.rules if r.when is None or evaluate_condition(r.when, row) is True]
    return row | {"side": met[0]}


def place_of(standard: Standard, row: dict[str, Stored]) -> int:
    assert isinstance(standard.grade.method, Rules)
    met = [
        rule.when is None or evaluate_condition(rule.when, row) is True
        for rule in standard.grade.method.rules
    ]
    return met.index(True)


def bettered(row: dict[str, Stored], rng: random.Random) -> dict[str, Stored]:
    chosen = rng.choice(DIRECTED)
    column = chosen.exact[0] if chosen.exact else chosen.name
    stored = row[column]
    return row if stored is None else row | {column: int(stored) + rng.randint(1, 20_000)}  # type: ignore[arg-type]


@given(RISING_CONDITIONS, RISING_CONDITIONS)
def test_a_ladder_of_rising_conditions_is_proven(first: str, second: str) -> None:
    standard = ladder(first, second)
    assert is_monotone(standard.grade, standard)


@given(ANY_CONDITIONS, ANY_CONDITIONS, st.integers(0, 2**32))
def test_bettering_a_number_never_worsens_the_class_of_a_proven_ladder(
    first: str, second: str, seed: int
) -> None:
    standard = ladder(first, second)
    if not is_monotone(standard.grade, standard):
        return
    rng = random.Random(seed)
    for _ in range(50):
        row = random_row(rng)
        for found in DIRECTED:
            if found.exact:
                row[found.exact[1]] = rng.choice([1, 2, 3])
        assert place_of(standard, bettered(row, rng)) <= place_of(standard, row), (first, second, row)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("spend >= 5", "spend between 1 and 5"),
        ("spend >= 5", "spend >= 1 and spend < 5"),
        ("orders >= 3", "orders = 2"),
        ("orders >= 3 or (orders = 2 and points > 5)", "orders between 1 and 2"),
        ("spend >= 5", "spend between 1 and 5 or spend between 0 and 1"),
    ],
)
def test_a_bound_that_the_rule_above_takes_over_is_no_doubt(first: str, second: str) -> None:
    standard = ladder(first, second)
    assert is_monotone(standard.grade, standard)
    assert "lint.monotone" not in {found.code for found in lint_standard(standard, SCOPE)}


SIDES = st.sampled_from(
    ["side = 'x'", "side in ('x', 'y')", "side <> 'x'", "side = 'z'", "side = 'y'", "side in ('x', 'z')"]
)


@given(st.tuples(ANY_CONDITIONS, ANY_CONDITIONS), SIDES, SIDES, RISING, st.integers(0, 2**32))
def test_a_proven_ladder_over_a_segment_never_falls(
    sides: tuple[str, str], first: str, second: str, rising: str, seed: int
) -> None:
    standard = ladder(f"{first} and {rising}", second, sides)
    if not is_monotone(standard.grade, standard):
        return
    rng = random.Random(seed)
    for _ in range(50):
        row = random_row(rng)
        for found in DIRECTED:
            if found.exact:
                row[found.exact[1]] = rng.choice([1, 2, 3])
        better = sided(standard, bettered(row, rng))
        assert place_of(standard, better) <= place_of(standard, sided(standard, row)), (sides, first, row)


@pytest.mark.parametrize(
    ("sides", "first", "is_proven"),
    [
        (("spend < 5", "spend < 9"), "side = 'z'", True),
        (("spend < 5", "spend < 9"), "side <> 'x'", True),
        (("spend < 5", "spend < 9"), "side = 'x'", False),
        (("spend > 9", "spend > 5"), "side = 'x'", True),
        (("spend > 9", "spend > 5"), "side = 'z'", False),
        (("spend > 9", "orders < 5"), "side = 'x'", False),
    ],
)
def test_a_cap_by_a_segment_is_proven_where_better_numbers_leave_it(
    sides: tuple[str, str], first: str, *, is_proven: bool
) -> None:
    standard = ladder(first, "points > 1", sides)
    assert is_monotone(standard.grade, standard) is is_proven


def test_many_dimensions_upon_each_other_are_read_once_each() -> None:
    chain: dict[str, object] = {"d0": segment("spend > 9", "orders < 5")}
    for i in range(1, 30):
        chain[f"d{i}"] = segment(f"d{i - 1} = 'x' and d{i - 1} <> 'z'", f"d{i - 1} in ('x', 'y')")
    document = to_document(ladder("spend > 5", "spend > 1"))
    standard = load_standard({**document, "dimensions": chain}, SCOPE)
    assert not is_monotone(replace(standard.dimension("d29"), kind=standard.grade.kind), standard)
