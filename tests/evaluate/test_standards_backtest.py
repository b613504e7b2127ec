"""Back-test of standards: a planted book whose answer is known, labels by lot, and books too small to say anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from keceng.evaluate import StandardsBacktest, Verdict, backtest_standards
from keceng.lake import Snapshot
from keceng.loop import read_standard
from keceng.measure import catalogue
from keceng.standard import Unit, load_standard
from keceng.vocabulary import KecengError
from tests.ledgers import Day, Ledger

FIRST = dt.date(2025, 1, 1)
LAST = dt.date(2025, 7, 31)
CUT = dt.date(2025, 4, 30)
BIG, MID, SMALL = range(1, 31), range(31, 91), range(91, 241)

BY_LOT = """\
keceng: 1
id: by-lot
title: {zh: 抽签, en: By lot}
window: 365d
population: {include: "lifetime_order_count > 0"}
dimensions:
  state: {use: lifecycle_state}
grade:
  title: {zh: 等级, en: Grade}
  kind: tier
  by: rules
  classes:
    A: {when: "city = '甲'", title: {zh: A, en: A}, public_title: {zh: 一, en: One}}
    B: {when: "city = '乙'", title: {zh: B, en: B}, public_title: {zh: 二, en: Two}}
    C: {otherwise: true, title: {zh: C, en: C}, public_title: {zh: 三, en: Three}}
stability: off
strategy:
  A: {goal: {zh: 一, en: one}}
  B: {goal: {zh: 二, en: two}}
  C: {goal: {zh: 三, en: three}}
review: {every: 1 month, owner: analyst}
"""


def every(customers: range, days: int, cents: int) -> list[Day]:
    """Each of the customers buys for `cents` every so many days, on days of its own."""
    span = (LAST - FIRST).days
    return [
        Day(k, FIRST + dt.timedelta(days=on), cents, cost=cents // 2)
        for k in customers
        for on in range(k % days, span + 1, days)
    ]


def planted(root: Path) -> Snapshot:
    days = [*every(BIG, 7, 100_000), *every(MID, 30, 30_000), *every(SMALL, 61, 5_000)]
    lots = np.random.default_rng(3).permutation(240)
    customers: Mapping[int, Mapping[str, object]] = {
        k: {"city": "甲" if lots[k - 1] < 60 else "乙" if lots[k - 1] < 140 else "丙"} for k in range(1, 241)
    }
    return Ledger(days, customers).write(root).snapshot()


def books(root: Path, days: Sequence[Day]) -> Snapshot:
    return Ledger(days).write(root).snapshot()


@pytest.fixture(scope="module")
def on_planted(tmp_path_factory: pytest.TempPathFactory) -> StandardsBacktest:
    standards = [read_standard("retail"), load_standard(BY_LOT, catalogue())]
    return backtest_standards(planted(tmp_path_factory.mktemp("lake")), standards, [CUT], 92)


def test_a_class_that_earned_more_is_shown_to(on_planted: StandardsBacktest) -> None:
    found = on_planted.standards["retail"].overall
    assert found.is_monotone
    assert found.is_beyond_chance
    assert [(gap.better, gap.worse, gap.verdict) for gap in found.gaps] == [
        ("A", "B", Verdict.HIGHER),
        ("B", "C", Verdict.HIGHER),
    ]


def test_the_figures_are_those_of_the_planted_book(on_planted: StandardsBacktest) -> None:
    best = on_planted.standards["retail"].overall.by_grade["A"]
    assert best.customers == len(BIG)
    # 30 customers, a purchase of 1,000 every 7 days from day k % 7; days 120 … 211 follow the cut
    purchases = sum(1 for k in BIG for on in range(k % 7, 212, 7) if on >= 120)
    assert best.revenue == pytest.approx(1_000 * purchases / 30)
    assert best.margin == pytest.approx(500 * purchases / 30)
    assert best.retention == 1
    assert best.interval is not None
    assert best.revenue is not None
    assert best.interval.low <= best.revenue <= best.interval.high
    assert (best.on_time_payment, best.satisfaction) == (None, None)


def test_reviews_are_the_month_ends_with_ninety_days_before(on_planted: StandardsBacktest) -> None:
    assert [str(day) for day in on_planted.reviews] == [
        "2025-04-30", "2025-05-31", "2025-06-30", "2025-07-31",
    ]  # fmt: skip
    retail = on_planted.standards["retail"]
    assert retail.customer_reviews == 4 * 240
    assert retail.leaving_best.without == 0
    assert retail.top1_outside_best.with_hysteresis == 0


def test_labels_by_lot_are_told_to_say_nothing(on_planted: StandardsBacktest) -> None:
    found = on_planted.standards["by-lot"].overall
    assert not found.is_beyond_chance
    assert found.capture_top20 == pytest.approx(found.naive["random"].capture_top20, abs=0.12)
    assert (found.naive["past_spend"].capture_top20 or 0) > 0.8
    assert any("by-lot has no stability rule" in note.en for note in on_planted.notes)


def test_naive_classes_have_the_sizes_of_the_standard(on_planted: StandardsBacktest) -> None:
    found = on_planted.standards["by-lot"].overall
    naive = found.naive["past_spend"].revenue
    sizes = {class_id: outcome.customers for class_id, outcome in found.by_grade.items()}
    assert sizes == {"A": 60, "B": 80, "C": 100}
    total = sum(outcome.customers * (outcome.revenue or 0) for outcome in found.by_grade.values())
    assert sum(sizes[c] * (naive[c] or 0) for c in sizes) == pytest.approx(total)
    assert found.naive["random"].revenue["A"] == pytest.approx(total / 240)


def test_the_document_has_the_published_shape(on_planted: StandardsBacktest) -> None:
    document = on_planted.to_document()
    assert document["cuts"] == ["2025-04-30"]
    standards = document["standards"]
    assert isinstance(standards, dict)
    retail = standards["retail"]
    named = ["by_grade", "flap_rate", "leaving_a_per_month", "capture_top20"]
    assert set(named) <= set(retail)
    assert list(retail["by_grade"]) == ["A", "B", "C"]
    outcome = ["customers", "revenue_per_customer", "ci_low", "ci_high", "retention"]
    assert list(retail["by_grade"]["A"])[:5] == outcome
    assert list(retail["flap_rate"]) == ["with_hysteresis", "without"]


def test_two_files_of_one_standard_are_both_judged(tmp_path: Path) -> None:
    retail = read_standard("retail")
    days = [Day(k, FIRST + dt.timedelta(days=10 * t), 1_000) for k in (1, 2) for t in range(6)]
    found = backtest_standards(books(tmp_path, days), [retail, retail], [FIRST + dt.timedelta(days=20)], 20)
    assert list(found.standards) == ["retail@1", "retail@1#2"]


def test_one_customer_is_judged_without_an_interval(tmp_path: Path) -> None:
    days = [Day(1, FIRST + dt.timedelta(days=10 * t), 1_000) for t in range(6)]
    cut = FIRST + dt.timedelta(days=30)
    found = backtest_standards(books(tmp_path, days), [read_standard("retail")], [cut], 30)
    retail = found.standards["retail"]
    assert retail.overall.customers == 1
    (outcome,) = (o for o in retail.overall.by_grade.values() if o.customers)
    assert (outcome.revenue, outcome.interval) == (20.0, None)
    assert retail.overall.is_monotone is None
    assert retail.flap_rate.without is None
    assert any("means nothing" in note.en for note in found.notes)


def test_customers_who_are_all_equal_make_one_class(tmp_path: Path) -> None:
    days = [Day(k, FIRST + dt.timedelta(days=10 * t), 1_000) for k in range(1, 41) for t in range(6)]
    cut = FIRST + dt.timedelta(days=30)
    found = backtest_standards(books(tmp_path, days), [read_standard("retail")], [cut], 20).standards[
        "retail"
    ]
    assert sorted(o.customers for o in found.overall.by_grade.values()) == [0, 0, 40]
    assert found.overall.capture_top20 == pytest.approx(0.2)
    assert found.overall.gaps == ()


def test_a_group_is_one_and_brings_what_its_accounts_bring(tmp_path: Path) -> None:
    days = [Day(k, FIRST + dt.timedelta(days=10 * t), 1_000 * k) for k in (1, 2, 3) for t in range(6)]
    # 1 and 2 belong to a head office that never bought and is no customer of its own
    family = {1: {"parent_key": 77}, 2: {"parent_key": 77}}
    snapshot = Ledger(days, family).write(tmp_path).snapshot()
    grouped = replace(read_standard("retail"), unit=Unit.GROUP)
    found = backtest_standards(snapshot, [grouped], [FIRST + dt.timedelta(days=30)], 30).standards["retail"]
    brought = sum(o.customers * (o.revenue or 0) for o in found.overall.by_grade.values())
    assert found.overall.customers == 2
    # two purchases of each account lie in the horizon
    assert brought == pytest.approx(2 * (10 + 20 + 30))


def test_a_segmentation_has_no_order_to_be_judged(tmp_path: Path) -> None:
    days = [Day(k, FIRST + dt.timedelta(days=10 * t), 1_000) for k in range(1, 13) for t in range(6)]
    cut = FIRST + dt.timedelta(days=30)
    found = backtest_standards(books(tmp_path, days), [read_standard("consumer")], [cut], 20)
    overall = found.standards["consumer"].overall
    assert (overall.gaps, overall.is_monotone, overall.is_beyond_chance) == ((), None, None)
    assert any("not ordered" in note.en for note in found.notes)
    assert not any("by cause" in note.en for note in found.notes)


def few(root: Path) -> Snapshot:
    return books(root, [Day(1, FIRST + dt.timedelta(days=10 * t), 1_000) for t in range(20)])


@pytest.mark.parametrize(
    ("cuts", "horizon", "code", "words"),
    [
        (3, 20, "no_such_cuts", "1 quarter ends"),
        (0, 20, "no_such_cuts", "2025-06-30"),
        ([FIRST - dt.timedelta(days=1)], 30, "unusable_cut", "between 2025-01-01 and 2025-07-10"),
        ([dt.date(2025, 7, 10), CUT], 30, "unusable_cut", "2025-07-10"),
        ([], 30, "unusable_cut", "something after it"),
        ([CUT], 0, "unusable_horizon", "3650"),
    ],
)
def test_cuts_that_cannot_be_judged_are_refused(
    tmp_path: Path, cuts: int | list[dt.date], horizon: int, code: str, words: str
) -> None:
    snapshot = few(tmp_path)
    with pytest.raises(KecengError) as error:
        backtest_standards(snapshot, [read_standard("retail")], cuts, horizon)
    (problem,) = error.value.problems
    assert problem.code == code
    assert words in problem.describe("en")
    assert problem.describe("zh") != problem.describe("en")


@pytest.mark.parametrize(
    ("days", "code"), [([], "nobody_bought"), ([Day(1, FIRST, 0, orders=0)], "nobody_bought")]
)
def test_books_without_a_purchase_are_refused(tmp_path: Path, days: list[Day], code: str) -> None:
    with pytest.raises(KecengError) as error:
        backtest_standards(books(tmp_path, days), [read_standard("retail")], 1, 30)
    assert [p.code for p in error.value.problems] == [code]


def test_a_standard_that_grades_nobody_at_a_cut_is_told(tmp_path: Path) -> None:
    nobody = BY_LOT.replace("lifetime_order_count > 0", "lifetime_order_count > 1000")
    with pytest.raises(KecengError) as error:
        backtest_standards(few(tmp_path), [load_standard(nobody, catalogue())], [CUT], 30)
    assert [p.code for p in error.value.problems] == ["nobody_graded"]
