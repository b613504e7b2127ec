"""What a run says of itself: default rates of service costs, loyal without end, dormant in name only."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from keceng.classify import RunRequest, classify_customers, read_summary
from keceng.collect import declare_cost_rates
from keceng.lake import Lake
from keceng.standard import find_standard
from tests.ledgers import Day, Ledger

AS_OF = dt.date(2026, 6, 30)
CUT = AS_OF - dt.timedelta(days=90)


def buys(customer: int, every: int, last: dt.date, times: int = 6) -> list[Day]:
    """`times` purchases, `every` so many days, the last of them on `last`."""
    return [Day(customer, last - dt.timedelta(days=every * n), 100_00, cost=60_00) for n in range(times)]


def warnings_of(days: list[Day], root: Path, standard: str = "consumer") -> tuple[str, ...]:
    lake = Ledger(days).write(root / "lake")
    summary = classify_customers(lake, RunRequest(find_standard(standard), AS_OF))
    # What is printed is what is stored.
    assert read_summary(lake.snapshot().run_directory()).warnings == tuple(summary.warnings)
    return tuple(summary.warnings)


LOYAL = [d for k in range(40) for d in buys(k, 30, AS_OF - dt.timedelta(days=k % 20), times=12)]


def test_more_than_sixty_per_cent_of_loyal_is_said(tmp_path: Path) -> None:
    potential = [d for k in range(100, 127) for d in buys(k, 30, AS_OF - dt.timedelta(days=3), times=1)]
    (said,) = warnings_of(LOYAL + potential[:26], tmp_path / "many")
    assert "61%" in said
    assert "忠诚客户占买过的客户" in said
    assert "Loyal are 61%" in said
    # 40 of 67 are 59.7 %: not above sixty.
    assert warnings_of(LOYAL + potential, tmp_path / "enough") == ()


def dormant(back: int) -> list[Day]:
    """35 customers who were silent at the cut for four usual gaps; the first `back` of them have bought since."""
    days = []
    for k in range(200, 235):
        days += buys(k, 20, CUT - dt.timedelta(days=80))
        if k < 200 + back:
            days.append(Day(k, CUT + dt.timedelta(days=30), 100_00))
    return days


def test_dormant_who_buy_again_as_often_as_the_loyal_are_said(tmp_path: Path) -> None:
    # All 40 loyal ones have bought since the cut; so have all dormant ones, or all but one.
    others = [d for k in range(300, 360) for d in buys(k, 30, AS_OF - dt.timedelta(days=3), times=1)]
    (said,) = warnings_of(LOYAL + others + dormant(35), tmp_path / "all")
    assert "90 天前的休眠客户此后有 100% 再买" in said
    assert "no fewer than Loyal (100%)" in said
    assert warnings_of(LOYAL + others + dormant(34), tmp_path / "fewer") == ()


def test_a_standard_without_these_classes_is_not_warned_of(tmp_path: Path) -> None:
    assert warnings_of(LOYAL, tmp_path, "retail") == ()


@pytest.fixture
def costly(tmp_path: Path) -> Lake:
    return Ledger([d for k in range(5) for d in buys(k, 30, AS_OF)]).write(tmp_path / "lake")


@pytest.mark.slow
def test_default_rates_behind_a_profit_standard_are_said_until_they_are_declared(costly: Lake) -> None:
    def assumed(standard: str) -> list[str]:
        request = RunRequest(find_standard(standard), AS_OF, currency="£")
        return [s for s in classify_customers(costly, request).assumed if "费率" in s]

    (said,) = assumed("profit")
    chinese, english = said.split(" / ")
    # Orders and deliveries happened; nothing is on record of visits, tickets or returns.
    assert "每次配送 £60、每单 £15;" in chinese
    assert "£60 a delivery, £15 an order;" in english
    assert assumed("retail") == []
    declare_cost_rates(costly, {"order": 10_00}, since_on=AS_OF)
    assert "每单" not in assumed("profit")[0]
    declare_cost_rates(costly, {"delivery": 0}, since_on=AS_OF + dt.timedelta(days=1))
    assert "每次配送" in assumed("profit")[0]
    declare_cost_rates(costly, {"delivery": 0}, since_on=AS_OF)
    assert assumed("profit") == []
