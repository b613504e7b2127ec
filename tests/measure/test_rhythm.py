"""The expected gap and the lifecycle state, at and around every cut."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from keceng.lake import sql
from keceng.measure import Frame
from tests.ledgers import Day, Ledger, measured

AS_OF = dt.date(2026, 6, 30)


def days_ago(customer: int, *ago: int) -> list[Day]:
    return [Day(customer, AS_OF - dt.timedelta(days=n), 10_00) for n in ago]


def states(tmp_path: Path, *customers: list[Day]) -> dict[int, tuple[str | None, int | None, int | None]]:
    ledger = Ledger([d for days in customers for d in days])
    engine = measured(ledger.write(tmp_path / "lake").snapshot(), Frame(AS_OF))
    rows = engine.fetch(
        sql("select customer_key, lifecycle_state, gap_ratio, expected_gap__num from measured")
    ).to_pylist()
    return {r["customer_key"]: (r["lifecycle_state"], r["gap_ratio"], r["expected_gap__num"]) for r in rows}


def test_the_expected_gap_blends_with_the_base_below_three_gaps(tmp_path: Path) -> None:
    # Medians of those with a gap: 30, 40, 60, so the base is 40 and its upper quartile (lower of two) 60.
    found = states(
        tmp_path,
        days_ago(1, 10, 40, 70, 100),
        days_ago(2, 10, 50, 90),
        days_ago(3, 10, 70),
        days_ago(4, 400),
    )
    assert found[1][2] == 20 * 30
    assert found[2][2] == 4 * (2 * 40 + 3 * 40)
    assert found[3][2] == 5 * (60 + 3 * 40)
    assert found[4][2] == 20 * 60


@pytest.mark.parametrize(
    ("silence", "state"),
    [
        (30, "active"),
        (60, "active"),
        (61, "at_risk"),
        (90, "at_risk"),
        (91, "dormant"),
        (180, "dormant"),
        (181, "lost"),
    ],
)
def test_states_change_right_after_each_cut(tmp_path: Path, silence: int, state: str) -> None:
    regular = days_ago(1, *(silence + 30 * n for n in range(8)))
    assert states(tmp_path, regular)[1][0] == state


def test_lost_needs_more_than_180_days_even_for_a_quick_rhythm(tmp_path: Path) -> None:
    quick = [*range(180, 300, 14)]
    assert states(tmp_path, days_ago(1, *quick))[1][0] == "dormant"


def test_a_single_purchase_is_lost_after_a_year_only(tmp_path: Path) -> None:
    rhythm = days_ago(9, 5, 25, 45, 65)
    found = states(tmp_path, rhythm, days_ago(1, 365), days_ago(2, 366), days_ago(3, 541))
    assert [found[k][0] for k in (1, 2, 3)] == ["dormant", "lost", "lost"]


def test_540_days_are_lost_whatever_the_rhythm(tmp_path: Path) -> None:
    slow = [540, 905, 1270, 1635]
    assert states(tmp_path, days_ago(1, *slow))[1][0] == "active"
    assert states(tmp_path / "b", days_ago(1, *[n + 1 for n in slow]))[1][0] == "lost"


def test_new_ends_at_ninety_days_or_after_three_gaps_of_silence(tmp_path: Path) -> None:
    base = days_ago(9, 5, 25, 45, 65, 85, 105)
    found = states(tmp_path, base, days_ago(1, 60), days_ago(2, 61), days_ago(3, 90))
    assert found[1][0] == "new"
    assert found[2][0] == "dormant"
    assert found[3][0] == "dormant"


def test_returned_after_a_long_silence_lasts_one_gap(tmp_path: Path) -> None:
    history = [400 + 30 * n for n in range(6)]
    assert states(tmp_path, days_ago(1, 10, *history))[1][0] == "returned"
    assert states(tmp_path / "b", days_ago(1, 31, *[n + 31 for n in history]))[1][0] == "active"


def test_no_gap_anywhere_leaves_the_rhythm_unknown(tmp_path: Path) -> None:
    found = states(tmp_path, days_ago(1, 200), days_ago(2, 20))
    assert found[1] == (None, None, None)
    assert found[2][0] == "new"
