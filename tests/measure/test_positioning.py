"""Current value and its basis, the eight positions, and what may be lost."""

from __future__ import annotations

import datetime as dt
from itertools import product
from pathlib import Path

import pytest

from keceng.collect import LEDGER
from keceng.lake import open_engine, plan_text, sql
from keceng.measure import Frame, measure_steps
from keceng.measure.positioning import POSITIONS, positioning_steps
from tests.evaluate.books import FIRST_DAY, simulate_days
from tests.ledgers import Day, Ledger, measured
from tests.measure.circles import AS_OF, JANUARY, Circle


def test_the_eight_cells_are_exhaustive_exclusive_and_named_apart() -> None:
    cells = [axes for _, _, axes in POSITIONS]
    assert {"".join(axes) for axes in product("hl", repeat=3)} <= set(cells)
    assert len(set(cells)) == len(cells)
    assert (
        len({title.zh for _, title, _ in POSITIONS})
        == len({title.en for _, title, _ in POSITIONS})
        == len(cells)
    )
    assert all("u" not in axes[0] and axes.count("u") <= 1 for axes in cells)


def test_every_customer_with_three_known_values_stands_in_one_of_eight_cells(tmp_path: Path) -> None:
    lake = Ledger([Day(key, JANUARY, 100 * key) for key in range(1, 11)]).write(tmp_path / "lake")
    engine = measured(lake.snapshot(), Frame(AS_OF))
    engine.run(
        positioning_steps(
            sql(
                "select customer_key, 1100 - 100 * customer_key as future_value, 'retained_value' as future_basis from purchases"
            )
        )
    )
    found = dict(engine.fetch(sql("select customer_key, value_position from positions")).to_pydict().items())
    by_customer = dict(zip(found["customer_key"], found["value_position"], strict=True))
    # best three of ten on each axis stand above the 70th percentile; nobody has a social value
    assert [by_customer[key] for key in (1, 2, 3)] == ["rising_social_unknown"] * 3
    assert [by_customer[key] for key in (8, 9, 10)] == ["harvest_social_unknown"] * 3
    assert {by_customer[key] for key in range(4, 8)} == {"base_social_unknown"}


def test_the_future_is_the_models_where_they_were_run_and_the_retention_form_elsewhere(
    tmp_path: Path,
) -> None:
    lake = Ledger(simulate_days(300, 800, seed=3)).write(tmp_path / "lake")
    frame = Frame(FIRST_DAY + dt.timedelta(days=800))
    found = {}
    for wanted in ("value_position", "spend"):
        engine = open_engine(lake.snapshot(), LEDGER)
        engine.run(measure_steps(frame, (wanted,)))
        found[wanted] = engine.fetch(sql("select * from measured where lifetime_order_count > 0")).to_pylist()
        engine.close()
    for wanted, future in (("value_position", "future_value"), ("spend", "retained_value")):
        rows = found[wanted]
        assert {row["position_future_basis"] for row in rows} == {future}
        cut = max(0, sorted(row[future] for row in rows)[int(0.7 * len(rows)) - 1])
        high = {row["customer_key"] for row in rows if row[future] > cut}
        axes = {code: cell for code, _, cell in POSITIONS}
        assert high == {row["customer_key"] for row in rows if axes[row["value_position"]][1] == "h"}
    # the two futures do not agree on everybody, or the test would say nothing
    assert [r["value_position"] for r in found["spend"]] != [
        r["value_position"] for r in found["value_position"]
    ]


def test_one_known_axis_is_no_position() -> None:
    found = Circle(2, [Day(1, JANUARY, 100_00), Day(2, JANUARY, 50_00)]).measure()
    assert {row["value_position"] for row in found.values()} == {None}


def test_without_a_future_value_the_position_is_of_the_two_other_axes() -> None:
    relations = [(2, 1, "knows", None, None), (3, 1, "knows", None, None), (4, 1, "knows", None, None)]
    found = Circle(4, [Day(key, JANUARY, 100_00 * (5 - key)) for key in range(1, 5)], relations).measure()
    assert found[1]["value_position"] == "respected_future_unknown"
    assert found[4]["value_position"] == "base_future_unknown"


def test_nobody_without_worth_stands_high() -> None:
    relations = [(2, 1, "knows", None, None), (3, 2, "knows", None, None)]
    found = Circle(3, [Day(key, dt.date(2024, 1, 1), 1_00) for key in (1, 2, 3)], relations).measure()
    assert not {row["value_position"] for row in found.values()} & {
        "respected_future_unknown",
        "valuable_future_unknown",
    }


@pytest.mark.parametrize(("costed", "basis"), [(9, "contribution"), (8, "spend")])
def test_value_is_contribution_where_cost_is_known_for_nine_tenths_of_sales(costed: int, basis: str) -> None:
    days = [Day(key, JANUARY, 100_00, cost=60_00 if key <= costed else None) for key in range(1, 11)]
    found = Circle(10, days).measure()
    assert {row["current_value_basis"] for row in found.values()} == {basis}
    assert found[1]["current_value"] == found[1]["contribution" if basis == "contribution" else "spend"]
    assert found[10]["current_value"] == (None if basis == "contribution" else 100_00)


def test_expected_loss_is_value_times_risk_and_leaves_out_the_lost(tmp_path: Path) -> None:
    regular = [Day(1, AS_OF - dt.timedelta(days=60 + 20 * n), 100_00) for n in range(5)]
    fresh = [Day(2, AS_OF - dt.timedelta(days=20 * n), 100_00) for n in range(5)]
    gone = [Day(3, AS_OF - dt.timedelta(days=300 + 5 * n), 100_00) for n in range(5)]
    found = Circle(3, [*regular, *fresh, *gone]).measure()
    assert found[1]["gap_ratio"] == 30_000
    assert (found[1]["lapse_risk"], found[1]["expected_loss"]) == (5_000, 250_00)
    assert (found[2]["lapse_risk"], found[2]["expected_loss"]) == (0, 0)
    assert found[3]["lifecycle_state"] == "lost"
    assert (found[3]["lapse_risk"], found[3]["expected_loss"]) == (10_000, None)


def test_the_plan_says_what_the_driver_computes() -> None:
    plan = plan_text(measure_steps(Frame(AS_OF)))
    assert "-- then keceng.measure.network.measure_centrality\n" in plan
