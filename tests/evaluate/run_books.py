"""Stored runs over a small ledger, and graded tables made by hand, for what compares results."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from keceng.classify import (
    CUSTOMERS_FILE,
    STANDARD_FILE,
    LedgerRows,
    PopulationCounts,
    RunSummary,
    StandardReference,
    classify_customers,
)
from keceng.collect import PERSONS
from keceng.lake import Lake
from keceng.loop import read_standard
from keceng.measure import catalogue
from keceng.standard import Standard, dump_standard, ruler_hash, standard_hash
from keceng.vocabulary import Kind
from tests.evaluate.books import FIRST_DAY, simulate_days
from tests.ledgers import Ledger, request

_TYPES = {Kind.CATEGORY: pa.string(), Kind.FLAG: pa.bool_(), Kind.DATE: pa.date32()}
Row = Mapping[str, object]


def graded_table(rows: Sequence[Row]) -> pa.Table:
    """A table with the columns of `customers.parquet` that these rows name; keys run from 1 unless they say."""
    names = dict.fromkeys(("customer_key", "unit_key", "grade", *(name for row in rows for name in row)))
    types = dict.fromkeys(("customer_key", "unit_key"), pa.int64())
    types |= dict.fromkeys(("grade", "reason_zh", "reason_en"), pa.string())
    types |= {m.name: _TYPES.get(m.kind, pa.int64()) for m in catalogue().values()}
    schema = pa.schema([(name, types[name]) for name in names])
    keyed = [{"customer_key": k, "unit_key": k, **row} for k, row in enumerate(rows, start=1)]
    return pa.Table.from_pylist(keyed, schema)


def store_run(lake: Lake, rows: Sequence[Row], as_of: dt.date, standard: Standard | None = None) -> str:
    """A published run with exactly these customers; its number says its place."""
    ruler = standard or read_standard("retail")
    table = graded_table(rows)
    run_id = f"run{len(lake.history())}"
    classified = table.num_rows - table["grade"].null_count
    heads = table["grade"].to_pylist()
    summary = RunSummary(
        run_id=run_id,
        standard=StandardReference(ruler.id, ruler.revision, standard_hash(ruler)),
        as_of=as_of,
        engine="duckdb",
        rows=LedgerRows(),
        rejects={},
        population=PopulationCounts(
            customers=table.num_rows,
            classified=classified,
            provisional=0,
            excluded={},
            insufficient=table.num_rows - classified,
        ),
        classes={"grade": {c: heads.count(c) for c in ruler.grade.class_ids}},
        cuts={},
        seconds={},
        result_hash="",
        ruler=ruler_hash(ruler),
    )
    with lake.unit_of_work("run") as work:
        staged = work.stage_run()
        pq.write_table(table, staged / CUSTOMERS_FILE)
        (staged / STANDARD_FILE).write_text(dump_standard(ruler), encoding="utf-8")
        summary.write(staged)
        work.add_run(run_id, staged)
    return run_id


def name_customers(lake: Lake, names: Mapping[int, str]) -> None:
    """Ids and names in the ledger."""
    rows = [
        {"source": "main", "source_id": f"C{k:05d}", "customer_key": k, "name": n} for k, n in names.items()
    ]
    with lake.unit_of_work("import") as work:
        work.append(PERSONS, pa.Table.from_pylist(rows, PERSONS.arrow_schema))


def write_series(root: Path, customers: int, days: Sequence[int], seed: int = 3) -> tuple[Lake, list[str]]:
    """A simulated company and a published `retail` run on each of `days` after its first day."""
    bought = simulate_days(customers, max(days), seed)
    seen = {
        k: {"first_seen_on": min(d.day for d in bought if d.customer == k)}
        for k in {d.customer for d in bought}
    }
    lake = Ledger(bought, seen).write(root)
    standard = read_standard("retail")
    runs = [
        classify_customers(lake, request(standard, FIRST_DAY + dt.timedelta(days=day))).run_id for day in days
    ]
    return lake, runs
