"""What a span brought, against numbers worked out by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa

from keceng.collect import INVOICES, LEDGER, PAYMENTS, SURVEY_RESPONSES
from keceng.lake import Lake, open_engine, sql
from keceng.measure import Frame, aftermath_steps
from tests.ledgers import Day, Ledger

CUT = dt.date(2025, 6, 30)


def on(days: int) -> dt.date:
    return CUT + dt.timedelta(days=days)


def aftermath(lake: Lake, horizon_days: int) -> dict[int, dict[str, object]]:
    engine = open_engine(lake.snapshot(), LEDGER)
    engine.run(aftermath_steps(Frame(on(horizon_days), horizon_days)))
    rows = engine.fetch(sql("select * from aftermath order by customer_key")).to_pylist()
    engine.close()
    return {row.pop("customer_key"): row for row in rows}


def test_sales_margin_and_another_purchase_lie_within_the_span(tmp_path: Path) -> None:
    lake = Ledger(
        [
            Day(1, on(0), 9_900),
            Day(1, on(1), 5_000, cost=3_000),
            Day(1, on(30), 1_000, returned=400),
            Day(1, on(31), 7_700),
            Day(2, on(-5), 1_000),
            Day(2, on(10), 0, orders=0, returned=250),
            Day(3, on(-5), 1_000),
            Day(3, on(4), 800, void_on=on(20)),
        ]
    ).write(tmp_path)
    came = aftermath(lake, 30)
    sums = ("net", "costed_net", "cost", "has_bought")
    assert [came[1][name] for name in sums] == [5_600, 5_000, 3_000, True]
    assert [came[2][name] for name in sums] == [-250, 0, 0, False]
    # An order wholly returned within the span was no purchase; the money stands in the rows that brought it back.
    assert came[3]["has_bought"] is False
    assert came[1]["due"] is None
    assert came[1]["satisfaction"] is None


def test_payment_and_satisfaction_are_those_of_the_span(tmp_path: Path) -> None:
    lake = Ledger([Day(1, on(-5), 1_000), Day(2, on(-5), 1_000)]).write(tmp_path)

    def invoice(number: str, due: int, cents: int) -> dict[str, object]:
        common = {"source": "main", "invoice_id": number, "customer_key": 1, "issued_on": on(-40)}
        return {**common, "due_on": on(due), "amount": cents}

    def paid(number: str, day: int, cents: int) -> dict[str, object]:
        common = {"source": "main", "payment_id": f"P{number}", "customer_key": 1, "invoice_id": number}
        return {**common, "received_on": on(day), "amount": cents}

    def answer(number: int, day: int, points: int) -> dict[str, object]:
        common = {
            "source": "main",
            "response_id": str(number),
            "survey": "s",
            "survey_kind": "CSAT",
            "customer_key": 1,
        }
        return {**common, "answered_on": on(day), "question": "q", "answer": points}

    with lake.unit_of_work("import") as work:
        invoices = [
            invoice("before", -1, 500),
            invoice("prompt", 5, 300),
            invoice("late", 6, 700),
            invoice("open", 29, 900),
        ]
        payments = [paid("before", -1, 500), paid("prompt", 12, 300), paid("late", 14, 700)]
        answers = [answer(1, -1, 1), answer(2, 3, 5), answer(3, 4, 3)]
        work.append(INVOICES, pa.Table.from_pylist(invoices, INVOICES.arrow_schema))
        work.append(PAYMENTS, pa.Table.from_pylist(payments, PAYMENTS.arrow_schema))
        work.append(SURVEY_RESPONSES, pa.Table.from_pylist(answers, SURVEY_RESPONSES.arrow_schema))
    came = aftermath(lake, 30)
    # Seven days' grace: the invoice due a day before the end, still unpaid, is not late yet.
    assert (came[1]["due"], came[1]["on_time"]) == (1_000, 300)
    assert came[1]["satisfaction"] == 750_000
    assert came[2]["due"] is None
