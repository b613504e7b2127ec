"""Grades that do not flicker: margin, reviews in a row, the shortest stay, causes that nobody waits for, people's decisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from keceng.classify import (
    EMPTY_STANDINGS,
    MOVES,
    Decision,
    DecisionKind,
    RunRequest,
    RunSummary,
    class_steps,
    classify_customers,
    read_assignments,
    read_customers,
    read_decisions,
    record_decisions,
    standings_query,
)
from keceng.classify.stability import last_counted_day
from keceng.collect import DECISIONS
from keceng.lake import Lake, open_engine, sql
from keceng.measure import catalogue
from keceng.standard import Standard, load_standard
from keceng.vocabulary import KecengError
from tests.ledgers import Day, Ledger

BANDS = """
keceng: 1
id: bands
title: {zh: 分段, en: Bands}
window: 20d
dimensions:
  value:
    kind: tier
    title: {zh: 价值, en: Value}
    by: bands
    measure: spend
    classes:
      high: {from: 1000, title: {zh: 高, en: High}, public_title: {zh: 尊享, en: Priority}}
      low: {title: {zh: 低, en: Low}, public_title: {zh: 标准, en: Standard}}
grade:
  kind: tier
  title: {zh: 等级, en: Grade}
  by: rules
  classes:
    A: {when: "value = 'high'", title: {zh: A类, en: A}, public_title: {zh: 尊享, en: Priority}}
    B: {otherwise: true, title: {zh: B类, en: B}, public_title: {zh: 标准, en: Standard}}
stability: STABILITY
strategy:
  A: {goal: {zh: 保, en: Keep}, rhythm: 14d}
  B: {goal: {zh: 升, en: Raise}, rhythm: 30d}
review: {every: 3 months, owner: x}
"""
REVIEWS = [dt.date(2026, m, 28) for m in range(1, 7)]


def standard(stability: str) -> Standard:
    return load_standard(BANDS.replace("STABILITY", stability), catalogue())


def review_all(
    ruler: Standard, *spends: int, days: Sequence[dt.date] = REVIEWS, decisions: Sequence[Decision] = ()
) -> list[tuple[str, str, str | None]]:
    """Grade by the rules, grade, and what kept it, of a customer with these sales at each review, in yuan."""
    told = []
    standings = EMPTY_STANDINGS
    engine = open_engine()
    rows = [d.to_row() for d in decisions]
    engine.give("decisions", pa.Table.from_pylist(rows, DECISIONS.arrow_schema))
    engine.give("units", pa.table({"customer_key": [1, 2], "unit_key": [1, 2]}))
    for review, spend in zip(days, spends, strict=False):
        measured = {"customer_key": [1, 2], "spend": [spend * 100, 2000_00]}
        engine.give("measured", pa.table({**measured, "tenure_days": [400] * 2, "history_days": [900] * 2}))
        engine.give("standings", standings)
        engine.run(class_steps(ruler, review))
        row = engine.fetch(sql("select * from coded where customer_key = 1")).to_pylist()[0]
        told.append((row["grade_by_rules"], row["grade"], row["kept_by"]))
        standings = engine.fetch(standings_query())
    engine.close()
    return told


def book(*spends: int) -> Ledger:
    """Customer 1's sales in the 20 days before each review are `spends`, in yuan; customer 2 buys steadily."""
    return Ledger(
        [Day(1, r - dt.timedelta(days=1), spend * 100) for r, spend in zip(REVIEWS, spends, strict=False)]
        + [Day(2, r - dt.timedelta(days=1), 2000_00) for r in REVIEWS]
    )


def run_all(lake: Lake, ruler: Standard, count: int) -> list[RunSummary]:
    return [classify_customers(lake, RunRequest(ruler, review)) for review in REVIEWS[:count]]


def stored(lake: Lake, summary: RunSummary) -> dict[int, dict[str, object]]:
    rows = read_customers(lake.snapshot().run_directory(summary.run_id)).to_pylist()
    return {r["customer_key"]: r for r in rows}


def test_a_number_within_the_margin_keeps_the_class_it_does_not_reach() -> None:
    told = review_all(standard("{demote_after: 1, margin: 0.10, min_stay: 1d}"), 1000, 900, 899, 899)
    assert told == [("A", "A", None), ("B", "A", "margin"), ("B", "B", None), ("B", "B", None)]


def test_nobody_enters_by_the_margin() -> None:
    told = review_all(standard("{demote_after: 1, margin: 0.10, min_stay: 1d}"), 950, 950, 1000)
    assert [grade for _, grade, _ in told] == ["B", "B", "A"]


def test_a_class_is_left_after_the_stated_number_of_reviews_in_a_row() -> None:
    ruler = standard("{demote_after: 2, margin: 0, min_stay: 1d}")
    told = review_all(ruler, 1000, 500, 1000, 500, 500, 500)
    assert [grade for _, grade, _ in told] == ["A", "A", "A", "A", "B", "B"]
    assert [kept for _, _, kept in told] == [None, "demote_after", None, "demote_after", None, None]


def test_a_newly_reached_class_is_kept_for_the_shortest_stay() -> None:
    ruler = standard("{demote_after: 1, margin: 0, min_stay: 90d}")
    told = review_all(ruler, 500, 1000, 500, 500, 500, 500)
    # A from 28 February; 90 days are over on 29 May, so the review of 28 June is the first that may end it
    assert [grade for _, grade, _ in told] == ["B", "A", "A", "A", "A", "B"]
    assert [kept for _, _, kept in told][2:5] == ["min_stay"] * 3


def test_a_stated_cause_ends_a_class_at_once() -> None:
    ruler = standard('{demote_after: 3, margin: 0.9, min_stay: 900d, at_once: "spend < 600"}')
    assert [grade for _, grade, _ in review_all(ruler, 1000, 500)] == ["A", "B"]


def test_of_an_unordered_grade_only_the_first_class_is_kept() -> None:
    three = BANDS.replace(
        "  kind: tier\n  title: {zh: 等级, en: Grade}", "  kind: segment\n  title: {zh: 等级, en: Grade}"
    )
    three = three.replace(
        "    B: {otherwise",
        '    M: {when: "spend >= 500", title: {zh: M类, en: M}, public_title: {zh: 优享, en: Plus}}\n    B: {otherwise',
    )
    three = three.replace("  B: {goal", "  M: {goal: {zh: 稳, en: Hold}, rhythm: 30d}\n  B: {goal")
    ruler = load_standard(
        three.replace("STABILITY", "{demote_after: 2, margin: 0, min_stay: 1d}"), catalogue()
    )
    told = review_all(ruler, 1000, 600, 600, 100)
    assert [grade for _, grade, _ in told] == ["A", "A", "M", "B"]


def test_runs_between_reviews_are_not_counted_as_reviews() -> None:
    ruler = standard("{demote_after: 2, margin: 0, min_stay: 1d}")
    between = [REVIEWS[1] + dt.timedelta(days=n) for n in range(1, 8)]
    days = [*REVIEWS[:2], *between, REVIEWS[2]]
    told = review_all(ruler, 1000, *[500] * 9, days=days)
    assert [grade for _, grade, _ in told] == ["A"] * 9 + ["B"]


def test_a_kept_grade_and_a_second_look_at_the_same_day(tmp_path: Path) -> None:
    lake = book(1000, 900).write(tmp_path / "lake")
    ruler = standard("{demote_after: 1, margin: 0.10, min_stay: 1d}")
    _, second = run_all(lake, ruler, 2)
    snapshot = lake.snapshot()
    row = read_assignments(snapshot.run_directory(), snapshot).to_pylist()[0]
    assert row["reason_code"] == "A=margin:B/A#0"
    said = "A类，在缓冲区内保留：近20天销售额 ¥900（线 ≥ ¥1,000），截至 2026-02-28"
    assert row["reason_zh"] == said
    assert row["reason_en"].startswith("A, kept within the margin: 20-day sales ¥900 (line ≥ ¥1,000)")
    again = classify_customers(lake, RunRequest(ruler, REVIEWS[1]))
    assert (again.result_hash, again.stability) == (second.result_hash, "applied")


def test_a_changed_ruler_shows_its_own_effect_at_once_and_every_change_is_a_row(tmp_path: Path) -> None:
    lake = book(1000, 1000).write(tmp_path / "lake")
    buffered = "{demote_after: 2, margin: 0.1, min_stay: 90d}"
    run_all(lake, standard(buffered), 1)
    stricter = BANDS.replace("from: 1000", "from: 1050").replace("STABILITY", buffered)
    summary = classify_customers(lake, RunRequest(load_standard(stricter, catalogue()), REVIEWS[1]))
    assert (summary.stability, stored(lake, summary)[1]["grade"]) == ("first_review", "B")
    rows = lake.snapshot().read(MOVES).to_pylist()
    assert [(r["customer_key"], r["from_class"], r["to_class"]) for r in rows] == [(1, "A", "B")]
    assert summary.moves == {"A": {"A": 1, "B": 1}}


@pytest.mark.parametrize(
    ("as_of", "counted"),
    [
        (dt.date(2026, 3, 31), dt.date(2026, 2, 28)),
        (dt.date(2026, 2, 28), dt.date(2026, 1, 31)),
        (dt.date(2026, 3, 30), dt.date(2026, 2, 28)),
        (dt.date(2026, 3, 15), dt.date(2026, 2, 15)),
        (dt.date(2026, 1, 10), dt.date(2025, 12, 10)),
    ],
)
def test_a_month_is_counted_from_end_to_end(as_of: dt.date, counted: dt.date) -> None:
    assert last_counted_day(as_of) == counted


def decision(**changed: object) -> Decision:
    stated: dict[str, object] = {
        "decision_id": "o-1",
        "kind": DecisionKind.OVERRIDE,
        "reason": "战略合作在谈",
        "decided_by": "wang",
        "approved_by": "li",
        "decided_at": dt.datetime(2026, 2, 1, 9, 0),  # noqa: DTZ001
        "effective_on": REVIEWS[1],
        "expires_on": REVIEWS[3],
        "customer_key": 1,
        "class_id": "A",
    }
    return Decision(**{**stated, **changed})  # type: ignore[arg-type]


def test_a_person_s_class_holds_from_its_day_to_its_end() -> None:
    told = review_all(standard("off"), *[500] * 5, decisions=[decision()])
    assert [grade for _, grade, _ in told] == ["B", "A", "A", "A", "B"]


def test_a_withdrawn_decision_holds_no_longer_and_the_past_stays() -> None:
    end = decision(
        decision_id="w-1", kind=DecisionKind.WITHDRAWAL, about="o-1", effective_on=REVIEWS[2], class_id=None
    )
    told = review_all(standard("off"), *[500] * 3, decisions=[decision(), end])
    assert [grade for _, grade, _ in told] == ["B", "A", "B"]


def test_decisions_are_recorded_once_and_told_in_the_reason(tmp_path: Path) -> None:
    lake = book(500, 500, 500).write(tmp_path / "lake")
    appeal = decision(
        decision_id="a-1", kind=DecisionKind.APPEAL, approved_by=None, class_id=None, expires_on=None
    )
    answer = decision(
        decision_id="a-2", kind=DecisionKind.APPEAL_ANSWER, about="a-1", effective_on=REVIEWS[2]
    )
    assert record_decisions(lake, [decision(), appeal, answer]) == 3
    assert record_decisions(lake, [decision()]) == 0
    seen = [stored(lake, summary)[1] for summary in run_all(lake, standard("off"), 3)]
    assert [row["is_appealed"] for row in seen] == [False, True, False]
    assert seen[2]["reason_code"] == "A!B/A#0"
    assert str(seen[2]["reason_zh"]).startswith("A类，人工确定至2026-04-28：近20天销售额 ¥500")
    assert read_decisions(lake.snapshot())[0] == decision()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"reason": "  "}, "decision_without_reason"),
        ({"approved_by": "wang"}, "own_approval"),
        ({"approved_by": None}, "incomplete_override"),
        ({"expires_on": None}, "override_without_end"),
        ({"expires_on": dt.date(2028, 1, 1)}, "override_without_end"),
        ({"kind": DecisionKind.WITHDRAWAL}, "decision_about_nothing"),
    ],
)
def test_a_decision_that_may_not_be_made_is_refused_and_nothing_is_written(
    tmp_path: Path, changed: dict[str, object], code: str
) -> None:
    lake = book(500).write(tmp_path / "lake")
    before = lake.snapshot().snapshot_id
    with pytest.raises(KecengError) as caught:
        record_decisions(lake, [decision(decision_id="fine"), decision(**changed)])
    assert caught.value.problems[0].code == code
    assert lake.snapshot().snapshot_id == before
