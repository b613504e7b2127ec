"""The proposed change really made: its rows are appended to a lake, everything is measured and graded anew by the engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from keceng.classify import Change, RunRequest, classify_customers, explain_customer, find_ways_up
from keceng.measure import catalogue
from keceng.standard import Standard, find_standard, load_standard, template_text
from tests.classify.cases import Bench
from tests.classify.test_ways import ruler
from tests.evaluate.books import simulate_days
from tests.ledgers import Day, Ledger

AS_OF = dt.date(2026, 8, 1)
CATALOGUE = catalogue()
FIXED = """    by: bands
    measure: spend
    classes:
      high: {from: %s, title: {zh: 高价值, en: High value}, public_title: {zh: 尊享服务, en: Priority}}
      mid: {from: %s, title: {zh: 中价值, en: Mid value}, public_title: {zh: 优享服务, en: Plus}}
      low: {title: {zh: 低价值, en: Low value}, public_title: {zh: 标准服务, en: Standard}}
"""


def retail_with_fixed_cuts(high: int, mid: int) -> Standard:
    # The cuts of a run written as fixed bounds, so that an appended order cannot move them.
    text = template_text("retail")
    start, end = text.index("    by: cumulative_share"), text.index("  state: {use")
    return load_standard(text[:start] + FIXED % (high / 100, mid / 100) + text[end:], CATALOGUE)


def company() -> list[Day]:
    # Goods cost each customer's orders between half and nine tenths of their price.
    days = [d for d in simulate_days(160, 1_000, seed=21) if d.day <= AS_OF]
    return [replace(d, cost=d.gross * (50 + d.customer % 40) // 100) for d in days]


def applied(bench: Bench, changes: Mapping[int, Change]) -> list[Day]:
    rows = []
    for key, change in changes.items():
        row = bench.measured[key]
        costed, goods = int(str(row["costed_spend"])), int(str(row["cost_of_goods"]))
        cost = round(change.purchase * goods / costed) if costed else 0
        if change.orders:
            rows.append(Day(key, AS_OF, change.purchase, orders=change.orders, cost=cost))
        elif change.money:
            rows.append(Day(key, AS_OF, 0, orders=0, returned=-change.money, cost=cost))
    return rows


def graded_with(
    root: Path, bench: Bench, standard: Standard, changes: Mapping[int, Change]
) -> dict[int, object]:
    days = [*company(), *applied(bench, changes)]
    after = Bench(Ledger(days).write(root / "lake").snapshot(), AS_OF)
    found = {int(str(r["customer_key"])): r["grade_by_rules"] for r in after.lay(standard)}
    after.engine.close()
    return found


def less(change: Change) -> Change:
    if change.orders:
        return replace(change, orders=change.orders - 1)
    return replace(change, money=9 * change.money // 10)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(Ledger(company()).write(tmp_path_factory.mktemp("applied") / "lake").snapshot(), AS_OF)
    yield made
    made.engine.close()


def check_applied(bench: Bench, standard: Standard, root: Path) -> set[str]:
    """Makes one way of every customer who has one; which kinds of purchases were among them."""
    chosen, leads, today = {}, {}, {}
    for case in bench.cases(standard):
        # Orders of many customers at once move the rhythm of all; with three gaps of its own nobody depends on it.
        is_steady = sum(d.orders > 0 for d in case.history.days) >= 4
        key = int(str(case.row["customer_key"]))
        ways = [w for w in find_ways_up(case).ways if is_steady or not w.change.orders]
        if ways:
            way = ways[key % len(ways)]
            chosen[key], leads[key], today[key] = way.change, way.to_class, case.verdict.grade
    assert len(chosen) >= 5
    graded = graded_with(root / "made", bench, standard, chosen)
    assert {k: graded[k] for k in chosen} == leads
    fewer = graded_with(root / "less", bench, standard, {k: less(c) for k, c in chosen.items()})
    assert {k: fewer[k] for k in chosen} == today
    return {"orders" if c.orders else "money" for c in chosen.values()}


def test_under_fixed_cuts_the_proposed_purchases_change_the_grade(bench: Bench, tmp_path: Path) -> None:
    bench.lay(find_standard("retail", CATALOGUE))
    (cut,) = bench.table("cuts_value")
    standard = retail_with_fixed_cuts(int(str(cut["cut_0"])), int(str(cut["cut_1"])))
    assert check_applied(bench, standard, tmp_path) == {"orders", "money"}


@pytest.mark.slow
def test_a_run_of_what_is_needed_alone_tells_the_same_ways(tmp_path: Path) -> None:
    # By how much one more order moves a customer is not among what it stores.
    lake = Ledger(company()).write(tmp_path / "lake")
    standard = find_standard("retail", CATALOGUE)
    whole, lean = (
        classify_customers(lake, RunRequest(standard, AS_OF, is_lean=is_lean)).run_id
        for is_lean in (False, True)
    )
    told = {
        run_id: [explain_customer(lake.snapshot(), f"C{key:05}", run_id).ways_up for key in range(1, 160, 3)]
        for run_id in (whole, lean)
    }
    assert told[whole] == told[lean]
    assert any(told_way.way.change.orders for ways in told[lean] for told_way in ways)


def test_a_loyal_customer_is_won_back_by_the_orders_said(bench: Bench, tmp_path: Path) -> None:
    assert check_applied(bench, find_standard("consumer", CATALOGUE), tmp_path) == {"orders"}


def test_what_orders_leave_after_their_costs_changes_the_grade(bench: Bench, tmp_path: Path) -> None:
    standard = ruler("contribution >= 900 and contribution_rate > 0.03", "contribution > 0")
    assert check_applied(bench, standard, tmp_path) == {"orders", "money"}
