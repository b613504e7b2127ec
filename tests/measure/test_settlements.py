"""Money meets receivables: by invoice number, else oldest due first, cent by cent."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from keceng.collect import CONTRACTS, INVOICES, PAYMENTS
from keceng.lake import open_engine, sql
from keceng.measure.frame import Frame
from keceng.measure.settlements import settlement_steps
from tests.measure.records import (
    AS_OF,
    ORGANISATION,
    Records,
    ago,
    identified,
    measured_records,
    measures,
    only,
)

Piece = tuple[str, int, dt.date | None]


def invoice(number: str, issued: int, amount: int, *, terms: int = 30, **more: object) -> dict[str, object]:
    return {
        "invoice_id": number,
        "issued_on": ago(issued),
        "due_on": ago(issued - terms),
        "amount": amount,
        **more,
    }


def payment(received: int, amount: int, number: str | None = None) -> dict[str, object]:
    return {"received_on": ago(received), "amount": amount, "invoice_id": number}


def pieces(invoices: Sequence[Mapping[str, object]], payments: Sequence[Mapping[str, object]]) -> list[Piece]:
    engine = open_engine()
    engine.give("units", pa.table({"customer_key": [1], "unit_key": [1]}))
    for table, rows in ((INVOICES, invoices), (PAYMENTS, payments), (CONTRACTS, [])):
        engine.give(table.name, pa.Table.from_pylist(identified(table, rows), table.arrow_schema))
    engine.run(settlement_steps(Frame(AS_OF)))
    rows = engine.fetch(
        sql(
            """select invoice_id, s.amount, settled_on from settlements as s join claims using (claim_no)
               order by invoice_id, settled_on nulls last, s.amount"""
        )
    ).to_pylist()
    return [(r["invoice_id"], r["amount"], r["settled_on"]) for r in rows]


def test_a_named_payment_settles_its_invoice_whatever_is_older() -> None:
    found = pieces([invoice("A", 90, 100), invoice("B", 60, 100)], [payment(10, 100, "B")])
    assert found == [("A", 100, None), ("B", 100, ago(10))]


def test_an_unnamed_payment_settles_the_oldest_due_first_across_invoices() -> None:
    invoices = [invoice("A", 90, 100), invoice("B", 60, 100), invoice("C", 30, 100)]
    found = pieces(invoices, [payment(50, 60), payment(20, 90)])
    assert found == [
        ("A", 60, ago(50)),
        ("A", 40, ago(20)),
        ("B", 50, ago(20)),
        ("B", 50, None),
        ("C", 100, None),
    ]


def test_money_beyond_an_invoice_settles_the_next() -> None:
    found = pieces([invoice("A", 90, 100), invoice("B", 60, 100)], [payment(10, 130, "A")])
    assert found == [("A", 100, ago(10)), ("B", 30, ago(10)), ("B", 70, None)]


def test_a_payment_for_an_unknown_invoice_and_a_credit_note_join_the_pool() -> None:
    invoices = [invoice("A", 90, 100), invoice("red", 40, -30)]
    found = pieces(invoices, [payment(20, 50, "lost")])
    assert found == [("A", 30, ago(40)), ("A", 50, ago(20)), ("A", 20, None)]


def test_a_refund_undoes_the_latest_receipt() -> None:
    named = [payment(20, 100, "A"), payment(10, -40, "A")]
    assert pieces([invoice("A", 90, 100)], named) == [("A", 60, ago(20)), ("A", 40, None)]
    pooled = [payment(20, 100), payment(10, -40)]
    assert pieces([invoice("A", 90, 100)], pooled) == [
        ("A", 60, ago(20)),
        ("A", 40, None),
    ]


def test_money_that_came_before_the_invoice_settles_it_when_it_is_issued() -> None:
    assert pieces([invoice("A", 30, 100)], [payment(90, 100)]) == [("A", 100, ago(30))]


def test_nothing_dated_later_is_seen() -> None:
    found = pieces([invoice("A", 30, 100), invoice("B", -1, 100)], [payment(-1, 100, "A")])
    assert found == [("A", 100, None)]


def test_without_a_due_date_the_terms_of_the_contract_stand_in_and_else_nothing_is_overdue(
    tmp_path: Path,
) -> None:
    undated = {"invoice_id": "A", "issued_on": ago(200), "amount": 100}
    names = ("receivable_amount", "overdue_amount", "max_overdue_days")
    assert only(measured_records(tmp_path / "a", {INVOICES: [undated]}), *names) == (100, None, None)
    contract = {"contract_id": "K", "signed_on": ago(300), "payment_terms_days": 60}
    records: Records = {INVOICES: [{**undated, "contract_id": "K"}], CONTRACTS: [contract]}
    assert only(measured_records(tmp_path / "b", records), *names) == (100, 100, 140)


def test_disputed_money_is_open_but_not_overdue(tmp_path: Path) -> None:
    records: Records = {INVOICES: [invoice("A", 200, 100, is_disputed=True), invoice("B", 140, 50)]}
    names = ("receivable_amount", "overdue_amount", "overdue_over_90_amount")
    assert only(measured_records(tmp_path, records), *names) == (150, 50, 50)


def test_settlements_of_a_group_are_pooled_in_it(tmp_path: Path) -> None:
    customers = {1: ORGANISATION, 2: {**ORGANISATION, "parent_key": 1}}
    records: Records = {
        INVOICES: [invoice("A", 90, 100), invoice("B", 60, 100, customer_key=2)],
        PAYMENTS: [{**payment(10, 150), "customer_key": 2}],
    }
    grouped = measured_records(tmp_path, records, customers=customers, frame=Frame(AS_OF, unit="group"))
    assert measures(grouped, "receivable_amount") == {1: (50,)}


amounts = st.integers(1, 40)
claims = st.lists(st.tuples(st.integers(1, 120), amounts), min_size=1, max_size=6)
receipts = st.lists(st.tuples(st.integers(0, 120), amounts, st.integers(-1, 5)), max_size=7)


def cent_by_cent(
    invoices: list[tuple[int, int]], payments: list[tuple[int, int, int]]
) -> Counter[tuple[int, dt.date | None]]:
    """What each invoice got when, handed out one cent at a time."""
    unpaid = [amount for _, amount in invoices]
    taken: Counter[tuple[int, dt.date | None]] = Counter()
    pool: list[int] = []
    arrival = sorted(range(len(payments)), key=lambda i: (-payments[i][0], i))
    for i in arrival:
        received, amount, named = payments[i]
        for _ in range(amount):
            if 0 <= named < len(invoices) and unpaid[named]:
                unpaid[named] -= 1
                taken[named, max(ago(received), ago(invoices[named][0]))] += 1
            else:
                pool.append(received)
    queue = sorted(range(len(invoices)), key=lambda i: (-invoices[i][0], i))
    pool.sort(reverse=True)
    for number in queue:
        while unpaid[number] and pool:
            unpaid[number] -= 1
            taken[number, max(ago(pool.pop(0)), ago(invoices[number][0]))] += 1
        if unpaid[number]:
            taken[number, None] += unpaid[number]
    return taken


@given(invoices=claims, payments=receipts)
@settings(max_examples=60, deadline=None)
def test_every_cent_goes_where_handing_out_single_cents_puts_it(
    invoices: list[tuple[int, int]], payments: list[tuple[int, int, int]]
) -> None:
    found: Counter[tuple[int, dt.date | None]] = Counter()
    rows = pieces(
        [invoice(f"I{i}", issued, amount) for i, (issued, amount) in enumerate(invoices)],
        [payment(received, amount, f"I{n}" if n >= 0 else None) for received, amount, n in payments],
    )
    for number, amount, settled_on in rows:
        found[int(number[1:]), settled_on] += amount
    assert found == cent_by_cent(invoices, payments)
