"""A standard prints to a document that loads back to it, and its hash follows its content alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keceng.standard import (
    dump_standard,
    find_standard,
    list_templates,
    load_standard,
    standard_hash,
    to_document,
)
from tests.standard.documents import MEASURES, WHOLE, bent, loaded


def test_the_whole_format_round_trips_exactly() -> None:
    standard = loaded()
    assert load_standard(dump_standard(standard), MEASURES) == standard
    assert load_standard(to_document(standard), MEASURES) == standard


@pytest.mark.parametrize("template_id", list_templates())
def test_every_template_round_trips_exactly(template_id: str) -> None:
    standard = find_standard(template_id)
    assert load_standard(dump_standard(standard), MEASURES) == standard


def test_printing_twice_gives_the_same_text() -> None:
    printed = dump_standard(loaded())
    assert dump_standard(load_standard(printed, MEASURES)) == printed


def test_the_hash_ignores_how_it_was_typed() -> None:
    typed_otherwise = (
        WHOLE.replace("0.8,", "0.80,").replace("window: 12m", "window: 365d") + "\n# a comment\n"
    )
    assert standard_hash(loaded(typed_otherwise)) == standard_hash(loaded())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("to: 0.8,", "to: 0.81,"),
        ("score_score >= 75", "score_score >= 76"),
        ("zh: 深耕", "zh: 深度"),
        ("revision: 3", "revision: 4"),
        ("tie_policy: down", "tie_policy: up"),
        ("stay: \"score_score >= 67.5\"", "stay: \"score_score >= 67\""),
        ("weight: 50", "weight: 51"),
        ("score_compared < 30", "score_compared < 31"),
    ],
)  # fmt: skip
def test_the_hash_changes_with_the_content(old: str, new: str) -> None:
    assert standard_hash(loaded(bent(old, new))) != standard_hash(loaded())


@settings(max_examples=25)
@given(st.decimals(min_value="0.0001", max_value="0.9999", places=4), st.integers(1, 10**12))
def test_decimals_survive_the_round_trip_to_the_last_digit(share: object, cents: int) -> None:
    text = bent("to: 0.8,", f"to: {share},").replace(
        "high: 1234.5", f"high: {cents // 100}.{cents % 100:02d}"
    )
    standard = loaded(text)
    assert standard.dimension("value").frozen == (("high", cents),)
    assert load_standard(dump_standard(standard), MEASURES) == standard
