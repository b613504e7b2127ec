"""Windows, returns, voided orders: the definitions of MEANINGS on ledgers small enough to check by eye."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa

from keceng.collect import DECLARED_MEASURES
from keceng.lake import sql
from keceng.measure import Frame
from tests.ledgers import Day, Ledger, measured

AS_OF = dt.date(2026, 6, 30)


def row(tmp_path: Path, *days: Day, frame: Frame | None = None, columns: str) -> dict[str, object]:
    engine = measured(Ledger(days).write(tmp_path / "lake").snapshot(), frame or Frame(AS_OF))
    found: dict[str, object] = engine.fetch(
        sql(f"select {columns} from measured order by customer_key")
    ).to_pylist()[0]
    return found


def test_the_window_is_open_at_its_start_and_closed_at_its_end(tmp_path: Path) -> None:
    first_day_in = AS_OF - dt.timedelta(days=364)
    found = row(
        tmp_path,
        Day(1, AS_OF, 1_00),
        Day(1, first_day_in, 10_00),
        Day(1, first_day_in - dt.timedelta(days=1), 100_00),
        Day(1, AS_OF + dt.timedelta(days=1), 1000_00),
        columns="spend, lifetime_spend, purchase_days, previous_spend",
    )
    assert found == {"spend": 11_00, "lifetime_spend": 111_00, "purchase_days": 2, "previous_spend": 100_00}


def test_a_return_lowers_spend_on_its_own_date_and_is_no_purchase(tmp_path: Path) -> None:
    found = row(
        tmp_path,
        Day(1, dt.date(2026, 1, 5), 100_00),
        Day(1, dt.date(2026, 2, 5), 0, orders=0, returned=30_00),
        columns="spend, gross_spend, order_count, purchase_days, refund_rate, last_purchase_on",
    )
    assert found == {
        "spend": 70_00,
        "gross_spend": 100_00,
        "order_count": 1,
        "purchase_days": 1,
        "refund_rate": 3_000,
        "last_purchase_on": dt.date(2026, 1, 5),
    }


def test_an_order_returned_in_may_was_still_a_purchase_in_march(tmp_path: Path) -> None:
    days = (
        Day(1, dt.date(2026, 3, 1), 100_00, void_on=dt.date(2026, 5, 10)),
        Day(1, dt.date(2026, 5, 10), 0, orders=0, returned=100_00),
        Day(1, dt.date(2026, 1, 1), 50_00),
    )
    columns = "purchase_days, spend, last_purchase_on"
    lake = Ledger(days).write(tmp_path / "lake")
    april, june = (
        measured(lake.snapshot(), Frame(day)).fetch(sql(f"select {columns} from measured")).to_pylist()[0]
        for day in (dt.date(2026, 4, 1), AS_OF)
    )
    assert april == {"purchase_days": 2, "spend": 150_00, "last_purchase_on": dt.date(2026, 3, 1)}
    assert june == {"purchase_days": 1, "spend": 50_00, "last_purchase_on": dt.date(2026, 1, 1)}


def test_a_customer_first_seen_later_does_not_exist_yet(tmp_path: Path) -> None:
    ledger = Ledger(
        [Day(1, dt.date(2026, 3, 1), 100), Day(2, dt.date(2026, 7, 5), 100)],
        {1: {"first_seen_on": dt.date(2026, 3, 1)}, 2: {"first_seen_on": dt.date(2026, 7, 5)}},
    )
    engine = measured(ledger.write(tmp_path / "lake").snapshot(), Frame(AS_OF))
    assert engine.fetch(sql("select customer_key from measured"))["customer_key"].to_pylist() == [1]


def test_without_a_valid_purchase_dates_and_shares_are_unknown_and_sums_are_zero(tmp_path: Path) -> None:
    found = row(
        tmp_path,
        Day(1, dt.date(2026, 3, 1), 0, orders=0, returned=20_00),
        columns="spend, order_count, days_since_last_purchase, tenure_days, gap_ratio, largest_day_share, "
        "refund_rate, average_order_value, lifecycle_state, r_score",
    )
    assert found == {
        "spend": -20_00,
        "order_count": 0,
        "days_since_last_purchase": None,
        "tenure_days": None,
        "gap_ratio": None,
        "largest_day_share": None,
        "refund_rate": None,
        "average_order_value": None,
        "lifecycle_state": "prospect",
        "r_score": None,
    }


def test_quotients_round_half_away_from_zero_and_keep_their_parts(tmp_path: Path) -> None:
    found = row(
        tmp_path,
        Day(1, dt.date(2026, 1, 1), 2_00),
        Day(1, dt.date(2026, 1, 2), 1_00, orders=1),
        columns="average_order_value, largest_day_share, largest_day_share__num, largest_day_share__den",
    )
    assert found["average_order_value"] == 150
    assert found["largest_day_share"] == 6667
    assert int(str(found["largest_day_share__num"])) * 3 == int(str(found["largest_day_share__den"])) * 20_000


def test_a_group_is_measured_as_one(tmp_path: Path) -> None:
    ledger = Ledger(
        [
            Day(1, dt.date(2026, 1, 1), 10_00),
            Day(2, dt.date(2026, 1, 1), 5_00),
            Day(3, dt.date(2026, 2, 1), 1_00),
        ],
        {2: {"parent_key": 1}, 3: {"parent_key": 2}},
    )
    engine = measured(ledger.write(tmp_path / "lake").snapshot(), Frame(AS_OF, unit="group"))
    rows = engine.fetch(sql("select customer_key, spend, purchase_days from measured")).to_pylist()
    assert rows == [{"customer_key": 1, "spend": 16_00, "purchase_days": 2}]


def stated(tmp_path: Path, *days: Day, **amounts: int) -> dict[str, object]:
    lake = Ledger(days, {1: {}}).write(tmp_path / "lake")
    facts = [
        {
            "customer_key": 1,
            "measure": name,
            "kind": "money",
            "amount": amount,
            "stated_on": AS_OF,
            "source": "main",
        }
        for name, amount in amounts.items()
    ]
    with lake.unit_of_work("import") as work:
        work.append(DECLARED_MEASURES, pa.Table.from_pylist(facts, DECLARED_MEASURES.arrow_schema))
    columns = "spend, lifetime_spend, lifetime_order_count, purchase_days, days_since_last_purchase"
    engine = measured(lake.snapshot(), Frame(AS_OF))
    found: dict[str, object] = engine.fetch(sql(f"select {columns} from measured")).to_pylist()[0]
    return found


def test_without_orders_only_what_a_file_states_is_known(tmp_path: Path) -> None:
    ten_days_ago = (AS_OF - dt.timedelta(days=10) - dt.date(1970, 1, 1)).days
    found = stated(tmp_path, lifetime_spend=900_00, lifetime_order_count=4, last_purchase_on=ten_days_ago)
    assert found == {
        "spend": None,
        "lifetime_spend": 900_00,
        "lifetime_order_count": 4,
        "purchase_days": None,
        "days_since_last_purchase": 10,
    }


def test_orders_win_over_what_a_file_states(tmp_path: Path) -> None:
    found = stated(
        tmp_path, Day(1, dt.date(2026, 1, 1), 10_00), lifetime_spend=900_00, stated_spend_12_months=900_00
    )
    assert (found["spend"], found["lifetime_spend"], found["lifetime_order_count"]) == (10_00, 10_00, 1)


def test_a_stated_year_counts_when_it_is_the_window(tmp_path: Path) -> None:
    assert stated(tmp_path, sales_amount_2026=700_00)["spend"] == 700_00
    months = {f"sales_amount_2026_{n:02d}": 10_00 for n in range(1, 13)}
    assert stated(tmp_path / "months", **months)["spend"] == 120_00
    del months["sales_amount_2026_03"]
    assert stated(tmp_path / "eleven", **months)["spend"] is None
