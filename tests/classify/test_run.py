"""A run: reasons, reconciled counts, stored files, the hash, and one customer explained."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from keceng.classify import (
    CUSTOMERS_FILE,
    RunRequest,
    classify_customers,
    explain_customer,
    read_assignments,
    read_customers,
    read_summary,
)
from keceng.classify.stored_reasons import TRIPLES
from keceng.lake import Lake
from keceng.measure import catalogue
from keceng.standard import find_standard
from keceng.vocabulary import KecengError
from tests.ledgers import Day, Ledger

AS_OF = dt.date(2026, 6, 30)
RETAIL = find_standard("retail", catalogue())


def weekly(customer: int, amount: int, weeks: int = 20) -> list[Day]:
    return [Day(customer, AS_OF - dt.timedelta(days=7 * n + 3), amount) for n in range(weeks)]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    # 120 customers: five large, the others small; one bucket account, one never bought, one returned everything.
    days = [d for k in range(5) for d in weekly(k, 900_00)]
    days += [d for k in range(5, 120) for d in weekly(k, 4_00 + k, weeks=2)]
    days += weekly(120, 50_000_00)
    days.append(Day(121, dt.date(2026, 5, 1), 0, orders=0, returned=10_00))
    return Ledger(days, {120: {"is_bucket": True}}).write(tmp_path / "lake")


def test_every_head_is_counted_once(lake: Lake) -> None:
    summary = classify_customers(lake, RunRequest(RETAIL, AS_OF))
    heads = summary.population
    assert (heads.customers, heads.classified, heads.insufficient) == (122, 120, 0)
    assert heads.excluded == {"bucket": 1, "not_included": 1}
    assert heads.reconciles
    assert sum(summary.classes["grade"].values()) == heads.classified
    assert summary.classes["grade"]["A"] == 5


def test_the_result_has_one_row_for_every_customer_with_a_reason(lake: Lake) -> None:
    summary = classify_customers(lake, RunRequest(RETAIL, AS_OF))
    snapshot = lake.snapshot()
    rows = {r["customer_id"]: r for r in read_assignments(snapshot.run_directory(), snapshot).to_pylist()}
    assert len(rows) == 122
    assert all(r["reason_zh"] and r["reason_en"] and r["reason_code"] for r in rows.values())
    assert rows["C00120"]["grade"] is None
    assert rows["C00120"]["reason_code"] == "bucket"
    assert rows["C00120"]["value"] is None
    assert rows["C00120"]["state"] == "active"
    assert rows["C00121"]["reason_code"] == "not_included"
    cut = summary.cuts["value"]["high"]
    assert rows["C00000"]["reason_zh"].startswith(f"A类：近12个月销售额 ¥18,000（线 ≥ ¥{cut:,.0f}）")
    assert "截至 2026-06-30" in rows["C00050"]["reason_zh"]
    assert str(rows["C00000"]["spend"]) == "18000.00"


def test_the_stored_triples_carry_the_number_and_the_line(lake: Lake) -> None:
    classify_customers(lake, RunRequest(RETAIL, AS_OF))
    lines = ["value__cut_mid", "value__cut_high"]
    stored = read_customers(lake.snapshot().run_directory(), ["customer_key", "spend", *lines, *TRIPLES])
    low = next(r for r in stored.to_pylist() if r["customer_key"] == 50)
    assert low["reason_measure_1"] == "spend"
    assert low["reason_value_1"] == low["spend"]
    assert low["reason_cut_1"] == low["value__cut_mid"] or low["reason_cut_1"] == low["value__cut_high"]


def test_newcomers_are_graded_and_marked_provisional(tmp_path: Path) -> None:
    days = [Day(1, AS_OF - dt.timedelta(days=89), 100_00), Day(2, AS_OF - dt.timedelta(days=90), 100_00)]
    lake = Ledger(days).write(tmp_path / "lake")
    classify_customers(lake, RunRequest(RETAIL, AS_OF))
    snapshot = lake.snapshot()
    rows = read_assignments(snapshot.run_directory(), snapshot).to_pylist()
    assert [r["provisional"] for r in rows] == [True, False]
    assert all(r["grade"] for r in rows)


def test_the_hash_depends_on_data_standard_and_date_alone(lake: Lake) -> None:
    first = classify_customers(lake, RunRequest(RETAIL, AS_OF))
    again = classify_customers(lake, RunRequest(RETAIL, AS_OF, currency="€"))
    later = classify_customers(lake, RunRequest(RETAIL, AS_OF + dt.timedelta(days=40)))
    other = classify_customers(lake, RunRequest(find_standard("consumer", catalogue()), AS_OF))
    assert first.run_id != again.run_id
    assert first.result_hash == again.result_hash
    assert len({first.result_hash, later.result_hash, other.result_hash}) == 3


def test_a_run_is_published_by_its_catalogue_row_and_older_runs_stay(lake: Lake) -> None:
    first = classify_customers(lake, RunRequest(RETAIL, AS_OF))
    second = classify_customers(lake, RunRequest(RETAIL, AS_OF + dt.timedelta(days=1)))
    snapshot = lake.snapshot()
    assert read_summary(snapshot.run_directory()).run_id == second.run_id
    assert read_summary(snapshot.run_directory(first.run_id)) == first
    document = json.loads((snapshot.run_directory() / "run.json").read_text(encoding="utf-8"))
    assert document["as_of"] == "2026-07-01"
    assert document["engine"] == "duckdb"


def test_nobody_known_at_the_date_is_an_error_and_nothing_is_published(lake: Lake, tmp_path: Path) -> None:
    empty = Lake.create(tmp_path / "empty")
    with pytest.raises(KecengError, match="no customer"):
        classify_customers(empty, RunRequest(RETAIL, AS_OF))
    with pytest.raises(KecengError, match="no classification"):
        empty.snapshot().run_directory()


def test_one_customer_is_explained_from_what_the_run_stored(lake: Lake) -> None:
    classify_customers(lake, RunRequest(RETAIL, AS_OF))
    explanation = explain_customer(lake.snapshot(), "C00050")
    assert explanation.grade in {"B", "C"}
    assert {line.class_id for line in explanation.conditions} == {"A", "B"}
    failed = [line for line in explanation.conditions if line.met is False]
    assert failed
    document = explanation.to_document()
    assert document["reason_zh"] == explanation.reason.zh
    with pytest.raises(KecengError, match="no customer has the id"):
        explain_customer(lake.snapshot(), "nobody")


def test_a_lean_run_grades_everybody_the_same_and_stores_less(lake: Lake) -> None:
    whole = classify_customers(lake, RunRequest(RETAIL, AS_OF))
    stored = pq.read_table(lake.snapshot().run_directory() / CUSTOMERS_FILE)
    lean = classify_customers(lake, RunRequest(RETAIL, AS_OF, is_lean=True))
    less = pq.read_table(lake.snapshot().run_directory() / CUSTOMERS_FILE)
    assert lean.result_hash == whole.result_hash
    assert (lean.classes, lean.cuts, lean.population) == (whole.classes, whole.cuts, whole.population)
    assert set(less.column_names) < set(stored.column_names)
    assert less.to_pylist() == stored.select(less.column_names).to_pylist()
