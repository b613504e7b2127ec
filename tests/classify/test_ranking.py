"""Cumulative shares, caps, ties, small data, peer groups: the cuts of MEANINGS 15 and 20."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from keceng.lake import sql
from keceng.measure import catalogue
from keceng.standard import Standard, load_standard
from tests.ledgers import Day, Ledger, graded

AS_OF = dt.date(2026, 6, 30)
STANDARD = """
keceng: 1
id: shares
title: {{zh: 测试, en: Test}}
window: 365d
population: {{include: "lifetime_order_count > 0"}}
dimensions:
  worth:
    title: {{zh: 价值, en: Worth}}
    kind: tier
    by: cumulative_share
    measure: spend
    {options}
    classes:
      high: {{to: 0.80, {cap} title: {{zh: 高, en: High}}, public_title: {{zh: 尊享, en: Priority}}}}
      mid: {{to: 0.95, title: {{zh: 中, en: Mid}}, public_title: {{zh: 优享, en: Plus}}}}
      rest: {{to: 1.00, title: {{zh: 其余, en: Rest}}, public_title: {{zh: 标准, en: Standard}}}}
grade:
  title: {{zh: 等级, en: Grade}}
  kind: tier
  by: rules
  classes:
    A: {{when: "worth = 'high'", title: {{zh: A类, en: A}}, public_title: {{zh: 尊享, en: Priority}}}}
    B: {{when: "worth = 'mid'", title: {{zh: B类, en: B}}, public_title: {{zh: 优享, en: Plus}}}}
    C: {{otherwise: true, title: {{zh: C类, en: C}}, public_title: {{zh: 标准, en: Standard}}}}
stability: off
strategy:
  A: {{goal: {{zh: 深耕, en: Deepen}}, rhythm: 14d, service: priority}}
  B: {{goal: {{zh: 提升, en: Raise}}, rhythm: 30d, service: plus}}
  C: {{goal: {{zh: 了解, en: Learn}}, rhythm: 90d, service: standard}}
review: {{every: 3 months, owner: sales-director}}
"""


def standard(options: str = "small_data: off", cap: str = "") -> Standard:
    return load_standard(STANDARD.format(options=options, cap=cap), catalogue())


def grades(tmp_path: Path, amounts: Sequence[int], ruler: Standard, roles: Sequence[str] = ()) -> list[str]:
    days = [Day(k, dt.date(2026, 1, 1), max(a, 1), returned=max(1 - a, 0)) for k, a in enumerate(amounts)]
    customers = {k: {"role": role} for k, role in enumerate(roles)}
    engine = graded(Ledger(days, customers).write(tmp_path / "lake").snapshot(), ruler, AS_OF)
    found: list[str] = engine.fetch(sql("select grade from coded order by customer_key"))["grade"].to_pylist()
    return found


def test_a_class_takes_whoever_starts_before_its_share_is_full(tmp_path: Path) -> None:
    assert grades(tmp_path, [50_00, 30_00, 15_00, 5_00], standard()) == ["A", "A", "B", "C"]


def test_exactly_at_the_share_the_next_class_begins(tmp_path: Path) -> None:
    assert grades(tmp_path, [80_00, 10_00, 10_00], standard()) == ["A", "B", "B"]


def test_ties_share_the_better_class(tmp_path: Path) -> None:
    assert grades(tmp_path, [70_00, 10_00, 10_00, 10_00], standard()) == ["A"] * 4
    down = standard("{small_data: off}".strip("{}") + "\n    tie_policy: down")
    assert grades(tmp_path / "down", [70_00, 10_00, 10_00, 10_00], down) == ["A", "B", "B", "B"]


def test_numbers_that_are_not_positive_end_in_the_last_class(tmp_path: Path) -> None:
    assert grades(tmp_path, [100_00, 0, -50_00], standard()) == ["A", "C", "C"]


def test_a_tie_group_that_crosses_the_cap_goes_down(tmp_path: Path) -> None:
    capped = standard(cap="max_share: 0.50,")
    assert grades(tmp_path, [40_00, 20_00, 20_00, 20_00], capped) == ["A", "B", "B", "B"]


def test_everybody_equal_is_one_class(tmp_path: Path) -> None:
    assert set(grades(tmp_path, [10_00] * 7, standard())) == {"A"}


@pytest.mark.parametrize("count", [1, 2, 29])
def test_below_thirty_there_are_two_classes_by_rank(tmp_path: Path, count: int) -> None:
    found = grades(tmp_path, [(n + 1) * 10_00 for n in range(count)], standard(options=""))
    half = (count + 1) // 2
    assert found == ["B"] * (count - half) + ["A"] * half


@pytest.mark.parametrize("count", [30, 99])
def test_below_a_hundred_there_are_terciles(tmp_path: Path, count: int) -> None:
    found = grades(tmp_path, [(n + 1) * 10_00 for n in range(count)], standard(options=""))
    assert [found.count(g) for g in "ABC"] == [count // 3] * 3


def test_from_a_hundred_the_written_shares_hold(tmp_path: Path) -> None:
    found = grades(tmp_path, [1_00] * 99 + [9901_00], standard(options=""))
    assert found == ["C"] * 99 + ["A"]


def test_small_groups_are_pooled_and_a_small_pool_meets_the_whole_company(tmp_path: Path) -> None:
    ruler = standard("small_data: off\n    within: role\n    min_group: 3")
    roles = ["dealer"] * 3 + ["user"] * 2 + ["shop"]
    amounts = [80_00, 15_00, 5_00, 8_00, 1_50, 50]
    assert grades(tmp_path, amounts, ruler, roles) == ["A", "B", "C", "A", "B", "C"]


def test_frozen_cuts_are_used_as_they_are(tmp_path: Path) -> None:
    ruler = standard("small_data: off\n    frozen: {high: 20, mid: 10}")
    assert grades(tmp_path, [19_99, 20_00, 10_00, 9_99], ruler) == ["B", "A", "B", "C"]
