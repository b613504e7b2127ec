"""Cost to serve and what is left: every activity by hand, and a statement whose customers add up to the company."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow.compute as pc
import pytest

from keceng.collect import (
    ACTIVITIES,
    COMPLAINTS,
    COST_RATES,
    INTERACTIONS,
    INVOICES,
    ORDER_LINES,
    ORDERS,
    PAYMENTS,
    declare_cost_rates,
)
from keceng.lake import sql
from keceng.measure import Frame
from keceng.measure.profit import STATEMENT, company_statement
from keceng.measure.service_costs import DEFAULT_RATES
from keceng.vocabulary import KecengError
from tests.ledgers import Day, Ledger, measured
from tests.measure.records import AS_OF, ORGANISATION, Records, ago, measured_records, only

COSTS = ("order_cost", "delivery_cost", "return_cost", "visit_cost", "ticket_cost", "holding_cost")


def order(key: int, day: int, **more: object) -> dict[str, object]:
    return {"order_key": key, "order_id": f"O{key}", "ordered_on": ago(day), **more}


def line(key: int, day: int, amount: int, **more: object) -> dict[str, object]:
    return {
        "order_key": key, "line_no": 1, "line_on": ago(day), "amount": amount, "is_valid": amount > 0,
        "is_return": amount < 0, "is_cancelled": False, **more,
    }  # fmt: skip


def visit(day: int, minutes: int | None, channel: str = "上门拜访") -> dict[str, object]:
    return {"happened_on": ago(day), "channel": channel, "minutes": minutes}


SERVED: Records = {
    ORDERS: [order(1, 10, channel="电话订货"), order(2, 20, channel="门店"), order(3, 5)],
    ORDER_LINES: [line(1, 10, 500_00), line(2, 20, 500_00), line(3, 5, -100_00)],
    INTERACTIONS: [visit(10, 30), visit(11, None), visit(12, 60, "微信"), visit(400, 60)],
    COMPLAINTS: [{"received_on": ago(9)}, {"received_on": ago(400)}],
    INVOICES: [{"issued_on": ago(100), "due_on": ago(70), "amount": 3_650_00, "invoice_id": "A"}],
    PAYMENTS: [{"received_on": ago(50), "amount": 3_650_00, "invoice_id": "A"}],
}
TWO_DAYS = (Day(1, ago(10), 500_00, cost=300_00), Day(1, ago(20), 500_00, cost=300_00))


def test_every_activity_is_counted_at_its_rate(tmp_path: Path) -> None:
    engine = measured_records(tmp_path, SERVED, days=TWO_DAYS)
    # Two orders, one of them handed over in a shop; one return; 30 minutes and an unnoted hour; one complaint;
    # ¥3,650 open for 50 days at 8 % a year.
    assert only(engine, *COSTS) == (30_00, 60_00, 80_00, 450_00, 40_00, 40_00)
    assert only(engine, "cost_to_serve", "margin", "contribution") == (700_00, 400_00, -300_00)
    assert only(engine, "contribution_rate", "is_loss_making") == (-3_000, True)


def test_a_rate_of_the_company_holds_from_its_day_on(tmp_path: Path) -> None:
    rates: list[Mapping[str, object]] = [
        {"activity": "order", "since_on": ago(300), "rate": 9_00},
        {"activity": "order", "since_on": ago(5), "rate": 10_00},
        {"activity": "order", "since_on": ago(-1), "rate": 99_00},
        {"activity": "holding", "since_on": ago(300), "rate": 400},
    ]
    engine = measured_records(tmp_path, {**SERVED, COST_RATES: rates}, days=TWO_DAYS)
    assert only(engine, *COSTS) == (20_00, 60_00, 80_00, 450_00, 40_00, 20_00)


def test_an_activity_without_any_record_is_unknown_and_left_out(tmp_path: Path) -> None:
    engine = measured_records(tmp_path, {}, days=TWO_DAYS)
    assert only(engine, *COSTS) == (30_00, 120_00, 0, None, None, None)
    assert only(engine, "cost_to_serve", "contribution", "break_even_spend") == (150_00, 250_00, 375_00)


def test_an_order_wholly_returned_was_still_handled_and_delivered(tmp_path: Path) -> None:
    returned = Day(1, ago(20), 500_00, cost=300_00, void_on=ago(10))
    engine = measured_records(tmp_path, {}, days=(TWO_DAYS[0], returned))
    assert only(engine, "order_count", "order_cost", "delivery_cost") == (1, 30_00, 120_00)


@pytest.mark.parametrize(("costed", "contribution"), [(900_00, 75_00), (899_99, None)])
def test_contribution_is_unknown_when_a_tenth_of_the_sales_has_no_cost(
    tmp_path: Path, costed: int, contribution: int | None
) -> None:
    days = (Day(1, ago(10), costed, cost=750_00), Day(1, ago(20), 1_000_00 - costed, orders=0))
    engine = measured_records(tmp_path, {}, days=days)
    assert only(engine, "contribution") == contribution


def test_without_any_cost_margin_and_contribution_are_unknown_and_nobody_makes_a_loss(tmp_path: Path) -> None:
    engine = measured_records(tmp_path, SERVED, days=(Day(1, ago(10), 500_00),))
    names = ("margin", "contribution", "contribution_rate", "is_loss_making", "loss_two_quarters")
    assert only(engine, *names) == (None,) * 5


def test_who_was_served_and_bought_nothing_contributes_minus_its_cost_once_costs_are_known(
    tmp_path: Path,
) -> None:
    records: Records = {INTERACTIONS: [visit(3, 60)]}
    customers = {1: ORGANISATION, 2: ORGANISATION}
    with_costs = measured_records(
        tmp_path / "a", records, days=(Day(2, ago(10), 500_00, cost=1_00),), customers=customers
    )
    assert only(with_costs, "contribution", "loss_two_quarters") == (-300_00, None)
    without = measured_records(tmp_path / "b", records, days=(Day(2, ago(10), 500_00),), customers=customers)
    assert only(without, "contribution") is None


@pytest.mark.parametrize(
    ("last", "before", "flag"),
    [(150_00, 150_00, True), (150_00, 200_00, False), (200_00, 150_00, False), (150_00, None, None)],
)
def test_a_loss_needs_both_quarters_and_counts_the_cost_to_serve(
    tmp_path: Path, last: int, before: int | None, flag: bool | None
) -> None:
    # An order costs ¥75 to handle and deliver: at a margin of ¥70 it loses ¥5, at ¥120 it earns.
    days = [Day(1, ago(10), last, cost=80_00)]
    if before is not None:
        days.append(Day(1, ago(100), before, cost=80_00))
    engine = measured_records(tmp_path, {}, days=days)
    assert only(engine, "loss_two_quarters") is flag


def test_customers_add_up_to_the_company_to_the_cent(tmp_path: Path) -> None:
    keys = range(1, 8)
    days = [Day(k, ago(10 * k), 1_000_00 + k, orders=k, cost=777_77 * k) for k in keys]
    records: Records = {
        INTERACTIONS: [visit(k, 7 * k) | {"customer_key": k} for k in keys],
        INVOICES: [
            {"issued_on": ago(11 * k), "amount": 1_234_56 * k, "invoice_id": f"A{k}", "customer_key": k}
            for k in keys
        ],
    }
    engine = measured_records(tmp_path, records, days=days, customers=dict.fromkeys(keys, ORGANISATION))
    company = engine.fetch(company_statement()).to_pylist()[0]
    measured = engine.fetch(sql("select * from measured"))
    for name in STATEMENT:
        assert company[name] == pc.sum(measured[name]).as_py(), name
    sales, cost, orders = (
        sum(d.gross for d in days),
        sum(d.cost or 0 for d in days),
        sum(d.orders for d in days),
    )
    minutes = sum(7 * k for k in keys)
    holding = sum(round(1_234_56 * k * 11 * k * 800 / 3_650_000) for k in keys)
    served = orders * 75_00 + minutes * 300_00 // 60 + holding
    assert (company["costed_spend"], company["cost_to_serve"]) == (sales, served)
    assert company["contribution"] == sales - cost - served
    assert (company["customers_left_out"], company["spend_left_out"]) == (0, 0)


def test_what_is_left_out_of_the_statement_is_said(tmp_path: Path) -> None:
    days = (Day(1, ago(10), 500_00, cost=1_00), Day(2, ago(10), 70_00))
    engine = measured_records(tmp_path, {}, days=days, customers={1: ORGANISATION, 2: ORGANISATION})
    company = engine.fetch(company_statement()).to_pylist()[0]
    assert (company["spend"], company["customers_left_out"], company["spend_left_out"]) == (500_00, 1, 70_00)


def test_declared_rates_hold_from_their_day_and_the_older_ones_stay(tmp_path: Path) -> None:
    lake = Ledger(TWO_DAYS, {1: ORGANISATION}).write(tmp_path / "lake")
    declare_cost_rates(lake, {"order": 9_00, "delivery": 0}, since_on=ago(100))
    declare_cost_rates(lake, {"order": 20_00}, since_on=ago(3))
    for day, cost in ((AS_OF, 40_00), (ago(4), 18_00)):
        engine = measured(lake.snapshot(), Frame(day))
        assert only(engine, "order_cost", "delivery_cost") == (cost, 0)


def test_a_rate_that_cannot_be_is_refused_with_every_problem_and_nothing_is_written(tmp_path: Path) -> None:
    lake = Ledger(TWO_DAYS).write(tmp_path / "lake")
    with pytest.raises(KecengError) as caught:
        declare_cost_rates(lake, {"order": 9_00, "ordre": 1, "visit": -1}, since_on=ago(1))
    assert [p.code for p in caught.value.problems] == ["unknown_activity", "negative_rate"]
    assert not lake.snapshot().has(COST_RATES)


def test_every_activity_with_a_rate_has_a_default() -> None:
    assert tuple(rate.activity for rate in DEFAULT_RATES) == ACTIVITIES
