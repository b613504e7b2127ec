"""Future value by the retention form, on customers whose like are known to have grown or gone."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.ledgers import Day
from tests.measure.circles import AS_OF, Circle

LATEST, MIDDLE, OLDEST = (AS_OF - dt.timedelta(days=365 * years + 30) for years in (0, 1, 2))


def bought(customer: int, oldest: int, middle: int, latest: int) -> list[Day]:
    """A purchase in each of the last three years, in yuan; 0 is none."""
    amounts = ((OLDEST, oldest), (MIDDLE, middle), (LATEST, latest))
    return [Day(customer, day, yuan * 100) for day, yuan in amounts if yuan]


def test_a_growing_small_account_outranks_a_shrinking_large_one() -> None:
    # a year ago 30 were growing and have since doubled, 30 were shrinking and have since all but gone
    grew = [day for key in range(1, 31) for day in bought(key, 100, 200, 400)]
    shrank = [day for key in range(31, 61) for day in bought(key, 400, 200, 20)]
    small_growing, large_shrinking = bought(61, 0, 50, 100), bought(62, 0, 900, 300)
    found = Circle(62, [*grew, *shrank, *small_growing, *large_shrinking]).measure()
    assert found[61]["class_retention"] == 20_000
    assert found[62]["class_retention"] == 1_000
    assert found[61]["retained_value"] > found[62]["retained_value"]
    # 100 × 2 ÷ 1.1 × (1 + 1 ÷ 1.1 + 1 ÷ 1.21), and 300 × .1 ÷ 1.1 × (1 + .1 ÷ 1.1 + .01 ÷ 1.21)
    assert found[61]["retained_value"] == pytest.approx(497_37, abs=2)
    assert found[62]["retained_value"] == pytest.approx(29_97, abs=2)


def test_a_class_of_few_takes_the_retention_of_all() -> None:
    steady = [day for key in range(1, 31) for day in bought(key, 100, 100, 50)]
    found = Circle(31, [*steady, *bought(31, 100, 300, 900)]).measure()
    everyone = (30 * 50 + 900) * 10_000 // (30 * 100 + 300)
    assert found[31]["class_retention"] == everyone
    assert found[1]["class_retention"] == everyone, "nobody a year ago was shrinking, as these are now"


def test_a_short_history_knows_no_future() -> None:
    found = Circle(1, [Day(1, AS_OF - dt.timedelta(days=day), 100_00) for day in (1, 200, 729)]).measure()
    assert found[1]["retained_value"] is None
    found = Circle(
        1, [Day(1, AS_OF - dt.timedelta(days=day), 100_00) for day in (1, 200, 400, 730)]
    ).measure()
    assert found[1]["retained_value"] is not None


def test_returns_beyond_sales_are_worth_nothing_later_and_never_less() -> None:
    steady = [day for key in range(1, 31) for day in bought(key, 100, 100, 100)]
    returns = Day(31, LATEST, 0, orders=0, returned=500_00)
    found = Circle(31, [*steady, *bought(31, 100, 100, 0), returns]).measure()
    assert found[31]["current_value"] == -500_00
    assert found[31]["retained_value"] == 0


def test_whoever_never_bought_has_no_future_value() -> None:
    found = Circle(2, bought(1, 100, 100, 100)).measure()
    assert found[2]["retained_value"] is None
    assert found[2]["value_position"] is None
