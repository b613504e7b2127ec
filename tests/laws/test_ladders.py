"""A ladder of rules that is proven monotone really is: bettering one number never gives a worse class."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from keceng.standard import Rules, Standard, Stored, evaluate_condition, is_monotone, load_standard
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
SIMPLE = st.one_of(
    COMPARED, written("not ({part})", part=COMPARED), written("{a} and {b}", a=COMPARED, b=RISING)
)
ANY_CONDITIONS = st.one_of(RISING_CONDITIONS, SIMPLE)


def ladder(first: str, second: str) -> Standard:
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
        "dimensions": {},
    }
    grade = {"kind": "tier", "by": "rules", "classes": classes}
    return load_standard({**head, "grade": grade, "strategy": strategy}, SCOPE)


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
