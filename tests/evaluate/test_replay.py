"""A replay knows only what was known on each day, and hands its grades on from review to review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from keceng.classify import Decision, DecisionKind, record_decisions
from keceng.collect import LEDGER
from keceng.evaluate import GradedDay, read_roster, replay_standard
from keceng.lake import Snapshot, open_engine
from keceng.loop import read_standard
from keceng.standard import Standard
from tests.collect.workspaces import Workspace, table_text
from tests.evaluate.books import FIRST_DAY, simulate_days
from tests.ledgers import Day, Ledger

JUNE, JULY = dt.date(2024, 6, 30), dt.date(2024, 7, 31)
RETAIL = read_standard("retail")


def replay(
    snapshot: Snapshot, standard: Standard, reviews: Sequence[dt.date], cuts: Sequence[dt.date] = ()
) -> list[GradedDay]:
    engine = open_engine(snapshot, LEDGER)
    try:
        return list(
            replay_standard(engine, standard, read_roster(engine), reviews=reviews, cuts=frozenset(cuts))
        )
    finally:
        engine.close()


def assert_same(ours: GradedDay, theirs: GradedDay) -> None:
    assert ours.units["customer_key"].to_pylist() == theirs.units["customer_key"].to_pylist()
    for name in ("by_rules", "by_system", "spend", "rfm_score"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


def test_rows_dated_after_a_day_change_nothing_on_it(tmp_path: Path) -> None:
    known = [day for day in simulate_days(300, 400, seed=9) if day.day <= JULY]
    rng = np.random.default_rng(2)
    later = [
        replace(day, day=day.day + dt.timedelta(days=240), gross=day.gross * 40)
        for day in known
        if rng.random() < 0.5
    ]
    newcomers = [Day(1_000 + k, JULY + dt.timedelta(days=1), 10_000_000) for k in range(30)]
    # some orders of before are taken back whole after it
    voided = [
        replace(day, void_on=JULY + dt.timedelta(days=3)) if rng.random() < 0.3 else day for day in known
    ]
    first_seen = {1_000 + k: {"first_seen_on": JULY + dt.timedelta(days=1)} for k in range(30)}
    before = Ledger(known).write(tmp_path / "before").snapshot()
    after = Ledger([*voided, *later, *newcomers], first_seen).write(tmp_path / "after").snapshot()
    for ours, theirs in zip(
        replay(before, RETAIL, [JUNE, JULY], [JULY]), replay(after, RETAIL, [JUNE, JULY], [JULY]), strict=True
    ):
        assert len(ours.by_rules) > 150
        assert_same(ours, theirs)


def orders(*rows: str) -> str:
    return table_text("订单号,下单时间,客户编号,数量,实付金额,状态,原订单号", rows)


def test_later_files_with_later_rows_change_nothing_before_them(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    known = [
        f"D{c}-{month},2024-0{month}-{1 + c:02d},C{c:02d},1,{100 * c},已完成,"
        for c in range(1, 26)
        for month in range(1, 7)
    ]
    workspace.collect_text(orders(*known, "E1,2024-07-20,C25,1,900,已完成,"), "first.csv")
    before = replay(workspace.lake.snapshot(), RETAIL, [JUNE], [JUNE])
    later = [
        "R1,2024-07-02,C25,-1,-2500,退货,D25-6",  # takes back an order of June
        "R2,2024-07-03,C24,-1,-2400,退货,",
        "X1,2024-07-04,C23,1,99999,已取消,",
        "E1,2024-07-20,C25,1,55000,已完成,",  # an order of July, corrected
        "N1,2024-07-05,C90,1,88888,已完成,",
    ]
    workspace.collect_text(orders(*later), "second.csv")
    after = replay(workspace.lake.snapshot(), RETAIL, [JUNE], [JUNE])
    assert_same(before[0], after[0])
    # the later day does see them
    (seen,) = replay(workspace.lake.snapshot(), RETAIL, [JULY])
    assert seen.spend[-3:].tolist() == [2_400 * 6 - 2_400, 2_500 * 6 - 2_500 + 55_000, 88_888]


@pytest.fixture
def fading(tmp_path: Path) -> Snapshot:
    """Customer 1 is the greatest until June and then buys too little; 39 others go on alike."""
    until = [Day(1, FIRST_DAY + dt.timedelta(days=7 * t), 50_000) for t in range(26)]
    others = [
        Day(k, FIRST_DAY + dt.timedelta(days=14 * t + k % 14), 20_000 if k <= 8 else 3_000)
        for k in range(2, 41)
        for t in range(40)
    ]
    return Ledger([*until, *others]).write(tmp_path / "fading").snapshot()


def months(first: int, last: int) -> list[dt.date]:
    return [dt.date(2024 + m // 12, m % 12 + 1, 1) - dt.timedelta(days=1) for m in range(first, last + 1)]


def test_grades_are_held_from_review_to_review(fading: Snapshot) -> None:
    standard = replace(RETAIL, window_days=90)
    days = replay(fading, standard, months(6, 10))
    at = days[0].places.tolist().index(0)
    rules = ["ABC"[day.by_rules[at]] for day in days]
    system = ["ABC"[day.by_system[at]] for day in days]
    assert rules[0] == system[0] == "A"
    left = next(i for i, grade in enumerate(rules) if grade != "A")
    # demote_after: 2 keeps it for the first review that says lower
    assert system[left] == "A"
    assert system[-1] == rules[-1] != "A"


def test_a_cut_between_reviews_sees_the_last_one_and_leaves_no_trace(fading: Snapshot) -> None:
    standard = replace(RETAIL, window_days=90)
    between = dt.date(2024, 8, 20)
    plain = replay(fading, standard, months(7, 8))
    crossed = replay(fading, standard, months(7, 8), [between])
    assert [day.on for day in crossed] == sorted({*months(7, 8), between})
    for ours, theirs in zip(plain, [day for day in crossed if day.on != between], strict=True):
        np.testing.assert_array_equal(ours.by_rules, theirs.by_rules)
        np.testing.assert_array_equal(ours.by_system, theirs.by_system)


def test_what_people_decided_beside_the_standard_plays_no_part(tmp_path: Path) -> None:
    lake = Ledger(
        [Day(k, FIRST_DAY + dt.timedelta(days=9 * t), 100 * k) for k in range(1, 31) for t in range(20)]
    ).write(tmp_path)
    before = replay(lake.snapshot(), RETAIL, [JUNE])
    given = Decision(
        decision_id="d1",
        kind=DecisionKind.OVERRIDE,
        reason="重要客户",
        decided_by="li",
        approved_by="wang",
        decided_at=dt.datetime(2024, 3, 1),  # noqa: DTZ001  UTC, without a zone
        effective_on=dt.date(2024, 3, 1),
        expires_on=dt.date(2024, 12, 31),
        customer_key=1,
        class_id="A",
    )
    assert record_decisions(lake, [given]) == 1
    assert_same(before[0], replay(lake.snapshot(), RETAIL, [JUNE])[0])
