"""The credit score by hand, every cut at its edge, the hard caps, and who is never scored."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from keceng.collect import CONTRACTS, DECISIONS, DECLARED_MEASURES, INVOICES, PAYMENTS
from keceng.measure.credit import CREDIT_GRADES, PARTS
from tests.ledgers import Day
from tests.measure.records import ORGANISATION, Records, ago, measured_records, measures, only

LONG_AGO = (Day(1, ago(3 * 365), 1_00),)
Row = Mapping[str, object]


def billed(
    number: int, due: int, *, late: int | None, amount: int = 100_00, key: int = 1
) -> tuple[Row, Row | None]:
    """A receivable of 30 days that fell due so many days ago, and its payment so many days later (None: open)."""
    name = f"A{key}-{number}"
    receivable = {
        "invoice_id": name, "issued_on": ago(due + 30), "due_on": ago(due), "amount": amount, "customer_key": key,
    }  # fmt: skip
    if late is None:
        return receivable, None
    return receivable, {
        "invoice_id": name,
        "received_on": ago(due - late),
        "amount": amount,
        "customer_key": key,
    }


def ledger(*bills: tuple[Row, Row | None]) -> Records:
    return {INVOICES: [i for i, _ in bills], PAYMENTS: [p for _, p in bills if p]}


def merged(*ledgers: Records) -> Records:
    """All rows of several ledgers."""
    tables = (INVOICES, PAYMENTS)
    return {table: [row for one in ledgers for row in one[table]] for table in tables}


def payer(late: int, *, key: int = 1, open_since: int | None = None, amount: int = 100_00) -> Records:
    """Three receivables settled `late` days after they fell due, and one that is still open."""
    bills = [billed(n, due, late=late, key=key) for n, due in enumerate((300, 250, 200))]
    if open_since is not None:
        bills.append(billed(9, open_since, late=None, amount=amount, key=key))
    return ledger(*bills)


def test_the_score_by_hand_at_every_cut_of_days_beyond_terms(tmp_path: Path) -> None:
    cuts = {-5: 100, 0: 100, 1: 85, 15: 85, 16: 70, 30: 70, 31: 45, 60: 45, 61: 20, 90: 20, 91: 0}
    keys = dict(enumerate(cuts, start=1))
    engine = measured_records(
        tmp_path,
        merged(*(payer(late, key=key) for key, late in keys.items())),
        days=[Day(key, ago(3 * 365), 1_00) for key in keys],
        customers=dict.fromkeys(keys, ORGANISATION),
    )
    # Known: promptness 35, overdue 15 (nothing open: 100), tenure 5 (three years: 80), disputes 5 (100), basics 10 (60).
    rest = 15 * 100 + 5 * 80 + 5 * 100 + 10 * 60
    expected = {key: (late, round((35 * cuts[late] + rest) / 70 * 10_000)) for key, late in keys.items()}
    assert measures(engine, "days_beyond_terms", "credit_score") == expected


def test_the_weights_add_to_a_hundred_and_the_grades_step_down_by_ten() -> None:
    assert sum(weight for _, weight in PARTS) == 100
    assert [least for _, least, _, _ in CREDIT_GRADES] == [90, 80, 70, 60, 50, 40, 30, 20, 10, 0]


def test_days_beyond_terms_are_weighted_by_amount_and_count_what_is_still_overdue(tmp_path: Path) -> None:
    bills = ledger(
        billed(1, 300, late=0, amount=300_00),
        billed(2, 100, late=40),
        billed(3, 20, late=None, amount=100_00),
    )
    engine = measured_records(tmp_path, bills)
    assert only(engine, "days_beyond_terms") == 12  # (0 × 300 + 40 × 100 + 20 × 100) ÷ 500
    assert only(engine, "overdue_share") == 10_000


def test_what_was_settled_over_a_year_ago_is_forgotten(tmp_path: Path) -> None:
    bills = ledger(
        *(billed(n, 600, late=90) for n in range(3)), *(billed(n, 200, late=0) for n in range(3, 6))
    )
    assert only(measured_records(tmp_path, bills), "days_beyond_terms") == 0


def test_below_three_settled_invoices_an_organisation_is_unrated(tmp_path: Path) -> None:
    settled = {1: 0, 2: 2, 3: 3}
    bills = [billed(n, 100 + n, late=0, key=key) for key, count in settled.items() for n in range(count)]
    bills += [billed(9, 95, late=None, amount=90_000_00, key=key) for key in settled]
    engine = measured_records(tmp_path, ledger(*bills), customers=dict.fromkeys(settled, ORGANISATION))
    names = ("settled_invoice_count", "credit_reason", "credit_grade", "proposed_credit_limit")
    found = measures(engine, *names)
    assert found[1] == (0, "unrated", None, None)
    assert found[2] == (2, "unrated", None, None)
    assert found[3][0] == 3
    assert None not in found[3]


def test_only_organisations_are_scored(tmp_path: Path) -> None:
    customers: dict[int, Mapping[str, object]] = {1: {"kind": "person"}, 2: {"kind": None}, 3: ORGANISATION}
    engine = measured_records(
        tmp_path,
        merged(*(payer(0, key=key) for key in customers)),
        days=[Day(key, ago(900), 1_00) for key in customers],
        customers=customers,
    )
    names = (
        "credit_score",
        "credit_grade",
        "days_beyond_terms",
        "proposed_credit_limit",
        "cooperation_score",
    )
    found = measures(engine, *names, "credit_reason")
    assert found[1] == found[2] == (*(None,) * 5, "not_organisation")
    assert None not in found[3]


def test_long_overdue_money_caps_the_grade(tmp_path: Path) -> None:
    cases = (
        (90, 2_000_000_00, "by_score"),
        (91, 10_000_00, "by_score"),
        (91, 10_000_01, "overdue_90"),
        (180, 10_000_01, "overdue_90"),
        (181, 10_000_01, "overdue_180"),
    )
    keys = dict(enumerate(cases, start=1))
    bills = []
    for key, (open_since, amount, _) in keys.items():
        # Large sums paid on time keep the score itself high.
        bills += [billed(n, 300, late=-5, amount=90_000_000_00, key=key) for n in range(3)]
        bills.append(billed(8, -20, late=None, amount=90_000_000_00, key=key))
        bills.append(billed(9, open_since, late=None, amount=amount, key=key))
    engine = measured_records(
        tmp_path,
        ledger(*bills),
        days=[Day(key, ago(3 * 365), 1_00) for key in keys],
        customers=dict.fromkeys(keys, ORGANISATION),
    )
    found = measures(engine, "credit_reason", "credit_grade", "credit_score")
    assert [found[key][0] for key in keys] == [reason for _, _, reason in cases]
    assert [found[key][1] for key in keys][2:] == ["BB", "BB", "C"]
    assert all(score > 70 * 10_000 for _, _, score in found.values())


def test_a_write_off_is_d_and_a_listed_defaulter_at_most_c(tmp_path: Path) -> None:
    records = payer(0)
    written = [{**row, "written_off_on": ago(5)} for row in records[INVOICES]]
    names = ("credit_grade", "credit_reason", "proposed_credit_limit", "proposed_terms_days")
    assert only(measured_records(tmp_path / "a", {**records, INVOICES: written}), *names) == (
        "D", "written_off", 0, 0,
    )  # fmt: skip
    listed = [{"decision_id": "d", "decision_type": "dishonest_listed", "effective_on": ago(9)}]
    assert only(measured_records(tmp_path / "b", {**records, DECISIONS: listed}), *names) == (
        "C",
        "listed",
        0,
        0,
    )


def test_a_cap_never_lifts_a_grade(tmp_path: Path) -> None:
    bills = ledger(*(billed(n, 350, late=300) for n in range(3)), billed(9, 95, late=None, amount=20_000_00))
    grade, reason = only(measured_records(tmp_path, bills), "credit_grade", "credit_reason")
    assert grade in {"CCC", "CC", "C", "D"}
    assert reason == "by_score"


def test_an_unknown_part_is_dropped_and_a_known_one_counts(tmp_path: Path) -> None:
    plain = only(measured_records(tmp_path / "a", payer(0), days=LONG_AGO), "credit_score")
    late = [
        {
            "contract_id": "K",
            "signed_on": ago(200),
            "promised_on": ago(60),
            "fulfilled_on": ago(50),
            "amount": 1,
        }
    ]
    held = [{"measure": "credit_limit", "kind": "money", "amount": 50_00, "stated_on": ago(9)}]
    worse = only(
        measured_records(tmp_path / "b", {**payer(0), CONTRACTS: late}, days=LONG_AGO), "credit_score"
    )
    assert worse == round((35 * 100 + 15 * 100 + 5 * 80 + 5 * 100 + 10 * 60 + 0) / 80 * 10_000) < plain
    over = {**payer(0, open_since=-10), DECLARED_MEASURES: held}
    assert only(measured_records(tmp_path / "c", over, days=LONG_AGO), "credit_limit_use") == 20_000


def test_later_payment_never_raises_the_score(tmp_path: Path) -> None:
    lates = dict(enumerate((-10, 0, 10, 20, 45, 75, 100), start=1))
    records = merged(*(payer(late, key=key) for key, late in lates.items()))
    engine = measured_records(tmp_path, records, customers=dict.fromkeys(lates, ORGANISATION))
    scores = [score for (score,) in measures(engine, "credit_score").values()]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]


def test_the_proposed_limit_by_hand(tmp_path: Path) -> None:
    bills = ledger(*(billed(n, due, late=-1, amount=60_000_00) for n, due in enumerate((120, 90, 60))))
    names = ("credit_grade", "proposed_terms_days", "proposed_credit_limit")
    grade, terms, limit = only(measured_records(tmp_path / "a", bills, days=LONG_AGO), *names)
    factor = {grade: tenths for grade, _, _, tenths in CREDIT_GRADES}[grade]
    assert (grade, terms) == ("AAA", 60)
    assert limit == 180_000_00 // 6 * 60 // 30 * factor // 10 * 12 // 10
    assets = [{"measure": "net_assets", "kind": "money", "amount": 50_000_00, "stated_on": ago(9)}]
    smaller = {**bills, DECLARED_MEASURES: assets}
    assert only(measured_records(tmp_path / "b", smaller, days=LONG_AGO), names[2]) == 5_000_00


@pytest.mark.parametrize(("debtors", "is_capped"), [(19, False), (20, True)])
def test_a_tenth_of_the_book_caps_the_limit_from_twenty_debtors_on(
    tmp_path: Path, debtors: int, is_capped: bool
) -> None:
    bills = [billed(n, 100, late=-1, amount=60_000_00) for n in range(3)]
    bills += [billed(1, -10, late=None, amount=10_00, key=key) for key in range(2, debtors + 1)]
    customers = dict.fromkeys(range(1, debtors + 1), ORGANISATION)
    engine = measured_records(tmp_path, ledger(*bills), days=LONG_AGO, customers=customers)
    limit = measures(engine, "proposed_credit_limit")[1][0]
    assert (limit == (debtors - 1) * 10_00 // 10) == is_capped
