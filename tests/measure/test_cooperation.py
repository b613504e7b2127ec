"""Each part of cooperation by hand; what nobody noted is dropped, never a zero."""

from __future__ import annotations

from pathlib import Path

from keceng.collect import CONTRACTS, DECLARED_MEASURES, INTERACTIONS, INVOICES, PAYMENTS
from keceng.measure.cooperation import PARTS
from tests.ledgers import Day
from tests.measure.records import ORGANISATION, Records, ago, measured_records, measures, only


def bill(
    number: int, due: int, late: int | None, amount: int = 100_00
) -> tuple[dict[str, object], dict[str, object]]:
    name = f"A{number}"
    paid = {
        "invoice_id": name,
        "received_on": ago(due - (late or 0)),
        "amount": amount if late is not None else 0,
    }
    return {"invoice_id": name, "issued_on": ago(due + 30), "due_on": ago(due), "amount": amount}, paid


def bills(*rows: tuple[dict[str, object], dict[str, object]]) -> Records:
    return {INVOICES: [i for i, _ in rows], PAYMENTS: [p for _, p in rows]}


def contact(day: int, by: str = "us") -> dict[str, object]:
    return {"happened_on": ago(day), "channel": "电话", "initiated_by": by}


def test_payment_within_a_week_of_the_due_date_is_on_time(tmp_path: Path) -> None:
    records = bills(
        bill(1, 100, 7),
        bill(2, 100, 8),
        bill(3, 100, -20),
        bill(4, 50, None),
        bill(5, 3, None),
        bill(6, 400, 99),
    )
    found = only(
        measured_records(tmp_path, records), "on_time_payment_share", "cooperation_score", "cooperation_class"
    )
    # Two of the four that fell due in the year and whose week is over; payment is the only part known.
    assert found == (5_000, 50 * 10_000, "ordinary")


def test_a_framework_is_met_in_proportion_to_the_time_gone(tmp_path: Path) -> None:
    framework = {
        "contract_id": "K", "signed_on": ago(200), "amount": 1_000_00, "starts_on": ago(100), "ends_on": ago(-100),
    }  # fmt: skip
    call_off = {"contract_id": "K1", "signed_on": ago(90), "framework_id": "K", "amount": 1_00}
    days = (Day(1, ago(50), 300_00), Day(1, ago(150), 900_00))
    engine = measured_records(tmp_path, {CONTRACTS: [framework, call_off]}, days=days)
    # ¥500 were promised for half of the time; ¥300 were bought in it, the rest before it began.
    assert only(engine, "commitment_met_share", "cooperation_coverage") == (6_000, 2_000)


def test_an_ordinary_contract_is_no_commitment(tmp_path: Path) -> None:
    contract = {
        "contract_id": "K", "signed_on": ago(200), "amount": 1_00, "starts_on": ago(100), "ends_on": ago(-100),
    }  # fmt: skip
    engine = measured_records(tmp_path, {CONTRACTS: [contract]})
    assert only(engine, "commitment_met_share", "cooperation_score") == (None, None)


def test_our_contacts_are_answered_by_an_order_or_a_call_within_two_weeks(tmp_path: Path) -> None:
    contacts = [contact(100), contact(96, "customer"), contact(80), contact(60), contact(5)]
    engine = measured_records(
        tmp_path, {INTERACTIONS: contacts}, days=(Day(1, ago(46), 1_00), Day(1, ago(63), 1_00))
    )
    # Day 100 was answered by a call, 60 by an order 14 days later, 80 by nothing in time; day 5 has its time still.
    assert only(engine, "response_share") == 6_667


def test_two_contacts_are_too_few_to_judge(tmp_path: Path) -> None:
    assert (
        only(measured_records(tmp_path, {INTERACTIONS: [contact(90), contact(80)]}), "response_share") is None
    )


def test_notes_count_by_their_latest_date_and_missing_parts_weigh_nothing(tmp_path: Path) -> None:
    notes = [
        {"measure": "joint_work_score", "kind": "score", "amount": 20_0000, "stated_on": ago(300)},
        {"measure": "joint_work_score", "kind": "score", "amount": 90_0000, "stated_on": ago(20)},
        {"measure": "joint_work_score", "kind": "score", "amount": 10_0000, "stated_on": ago(-2)},
        {"measure": "forecast_sharing_score", "kind": "score", "amount": 40_0000, "stated_on": ago(20)},
        {"measure": "stated_yearly_purchases", "kind": "money", "amount": 400_00, "stated_on": ago(20)},
    ]
    engine = measured_records(tmp_path, {DECLARED_MEASURES: notes}, days=(Day(1, ago(30), 100_00),))
    assert only(engine, "share_of_wallet", "cooperation_coverage") == (2_500, 3_500)
    assert only(engine, "cooperation_score") == round((15 * 90 + 10 * 40 + 10 * 25) / 35 * 10_000)
    assert sum(weight for _, weight in PARTS) == 100


def test_little_evidence_gives_no_score_and_people_none_at_all(tmp_path: Path) -> None:
    note = {"measure": "stated_yearly_purchases", "kind": "money", "amount": 400_00, "stated_on": ago(20)}
    joint = {"measure": "joint_work_score", "kind": "score", "amount": 90_0000, "stated_on": ago(20)}
    rows = [{**n, "customer_key": k} for k in (1, 2, 3) for n in ((note, joint) if k > 1 else (note,))]
    engine = measured_records(
        tmp_path,
        {DECLARED_MEASURES: rows},
        customers={1: ORGANISATION, 2: ORGANISATION, 3: {"kind": "person"}},
    )
    names = ("cooperation_score", "cooperation_class", "cooperation_coverage")
    assert measures(engine, *names) == {
        1: (None, None, 1_000), 2: (54_0000, "ordinary", 2_500), 3: (None, None, None),
    }  # fmt: skip
