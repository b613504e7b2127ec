"""Reading a stored run: sentences and triples that a file leaves out are laid on, word for word as a run would store them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from keceng.classify import (
    SENTENCES,
    RunRequest,
    classify_customers,
    customer_columns,
    customer_files,
    explain_customer,
    find_customers,
    lookup_files,
    read_customers,
    scan_customers,
)
from keceng.classify.plan import wording_of
from keceng.classify.reasons import reason_step
from keceng.classify.stored_reasons import TRIPLES
from keceng.lake import Lake, Snapshot, open_engine, sql
from keceng.measure import catalogue
from keceng.standard import find_standard
from tests.ledgers import Day, Ledger

AS_OF = dt.date(2026, 6, 30)
RETAIL = find_standard("retail", catalogue())
REASONS = (*SENTENCES, *TRIPLES)


def weekly(customer: int, amount: int, weeks: int) -> list[Day]:
    return [Day(customer, AS_OF - dt.timedelta(days=7 * n + 3), amount) for n in range(weeks)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Path, pa.Table]:
    """A run whose file holds neither sentence nor triple, and what it would have held."""
    days = [d for k in range(5) for d in weekly(k, 900_00 + k, 20)]
    days += [d for k in range(5, 40) for d in weekly(k, 40_00 + k, 2)]
    lake: Lake = Ledger(
        [*days, *weekly(40, 50_000_00, 3), Day(41, AS_OF - dt.timedelta(days=600), 10_00)],
        {40: {"is_bucket": True}, 42: {}},
    ).write(tmp_path_factory.mktemp("stored") / "lake")
    classify_customers(lake, RunRequest(RETAIL, AS_OF, currency="€", is_lean=True))
    snapshot = lake.snapshot()
    directory = snapshot.run_directory()
    (file,) = customer_files(directory)
    rows = pq.read_table(file)
    rows = rows.drop_columns([name for name in REASONS if name in rows.column_names])
    pq.write_table(rows, file)
    engine = open_engine()
    engine.give("rows", rows)
    codes = sorted(set(rows["reason_code"].to_pylist()))
    engine.run([reason_step(wording_of(RETAIL, AS_OF, "€"), codes, "rows")])
    told = engine.fetch(sql("select * from reasoned order by customer_key"))
    engine.close()
    return snapshot, directory, told


def test_all_customers_are_read_with_their_sentences(run: tuple[Snapshot, Path, pa.Table]) -> None:
    _, directory, told = run
    assert len(set(told["reason_code"].to_pylist())) > 4
    everything = read_customers(directory)
    assert set(everything.column_names) == set(customer_columns(directory))
    assert everything.to_pylist() == told.select(everything.column_names).to_pylist()
    asked = ["reason_cut_1", "grade", "reason_en", "reason_measure_2", "reason_value_1"]
    assert read_customers(directory, asked).to_pylist() == told.select(asked).to_pylist()
    some = read_customers(directory, SENTENCES, pc.field("customer_key") > 30)
    assert some.to_pylist() == told.filter(pc.field("customer_key") > 30).select(SENTENCES).to_pylist()


def test_an_engine_reads_them_too(run: tuple[Snapshot, Path, pa.Table]) -> None:
    _, directory, told = run
    engine = open_engine()
    scan_customers(engine, "stored", directory)
    names = ["customer_key", "spend", *SENTENCES]
    found = engine.fetch(sql("select * from stored order by customer_key")).select(names)
    engine.close()
    assert found.to_pylist() == told.select(names).to_pylist()


def test_one_customer_is_found_with_the_sentence_and_explained(
    run: tuple[Snapshot, Path, pa.Table],
) -> None:
    snapshot, directory, told = run
    wanted = ["customer_key", "reason_zh", "no_such_column", "reason_value_1"]
    row = told.filter(pc.field("customer_key") == 7).to_pylist()[0]
    found = find_customers(snapshot, directory, [7], wanted).to_pylist()
    assert found == [{name: row[name] for name in ("customer_key", "reason_zh", "reason_value_1")}]
    assert find_customers(snapshot, directory, [999], wanted).num_rows == 0
    assert explain_customer(snapshot, "C00007").reason.en == row["reason_en"]
    ((_, columns),) = lookup_files(directory, SENTENCES)
    assert {"reason_code", "spend", "value__cut_high"} <= set(columns)
    assert columns.isdisjoint(REASONS) if isinstance(columns, set) else False
