"""How long it takes to explain one customer of many, in this process: milliseconds, the first one apart.

    python bench/explain.py --customers 1000000 --standard retail

A company of 4,000 simulated customers is really measured and graded; its stored run, its identities and its purchase days
are then repeated under new keys up to `--customers`, so that every repeated customer agrees with its own history.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from keceng.classify import CUSTOMERS_FILE, RUN_FILE, RunRequest, classify_customers, explain_customer
from keceng.collect import CUSTOMERS, PERSONS, PURCHASE_DAY
from keceng.lake import Lake
from keceng.measure import catalogue
from keceng.standard import find_standard

SEED, SMALL, YEARS = 7, 4_000, 2
AS_OF = dt.date(2026, 6, 30)
ROWS_A_GROUP = 20_000


def small_company(root: Path, standard: str) -> Path:
    """A real run of `SMALL` customers; its directory."""
    rng = np.random.default_rng(SEED)
    counts = rng.geometric(0.12, SMALL)
    keys = np.repeat(np.arange(SMALL), counts)
    ago = rng.integers(0, 365 * YEARS, len(keys))
    cents = (np.exp(rng.normal(9.5, 1.0, len(keys)))).astype(np.int64) + 1
    seen = sorted({(int(k), int(a)): int(c) for k, a, c in zip(keys, ago, cents, strict=True)}.items())
    days = [
        {
            "customer_key": k,
            "day": AS_OF - dt.timedelta(days=a),
            "orders": 1,
            "lines": 1,
            "net": c,
            "gross": c,
            "returned": 0,
        }
        for (k, a), c in seen
    ]
    lake = Lake.create(root)
    with lake.unit_of_work("import") as work:
        work.append(PURCHASE_DAY, pa.Table.from_pylist(days, PURCHASE_DAY.arrow_schema))
        people = [{"customer_key": k} for k in range(SMALL)]
        work.append(CUSTOMERS, pa.Table.from_pylist(people, CUSTOMERS.arrow_schema))
        known = [{"source": "main", "source_id": f"C{k}", "customer_key": k} for k in range(SMALL)]
        work.append(PERSONS, pa.Table.from_pylist(known, PERSONS.arrow_schema))
    classify_customers(lake, RunRequest(find_standard(standard, catalogue()), AS_OF))
    return lake.snapshot().run_directory()


def large_company(small: Path, root: Path, customers: int) -> Lake:
    """The run at `small` repeated under `customers` new random keys."""
    rng = np.random.default_rng(SEED + 1)
    keys = np.unique(rng.integers(0, 2**62, customers + 1_000))[:customers]
    origin = rng.integers(0, SMALL, customers)
    bought = (
        Lake.open(small.parents[1])
        .snapshot()
        .read(PURCHASE_DAY)
        .sort_by([("customer_key", "ascending"), ("day", "ascending")])
    )
    owner = bought["customer_key"].to_numpy()
    starts = np.searchsorted(owner, np.arange(SMALL))
    counts = np.searchsorted(owner, np.arange(SMALL), side="right") - starts
    repeats = counts[origin]
    offsets = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    rows = bought.take(pa.array(np.repeat(starts[origin], repeats) + offsets))
    lake = Lake.create(root)
    order = rng.permutation(customers)
    with lake.unit_of_work("import") as work:
        work.append(PURCHASE_DAY, with_keys(rows, np.repeat(keys, repeats), "customer_key"))
        ids = pa.array([f"C{n:08d}" for n in range(customers)])
        work.append(
            PERSONS,
            pa.table({"source": pa.repeat("main", customers), "source_id": ids, "customer_key": keys[order]}),
        )
    run_id = json.loads((small / RUN_FILE).read_text(encoding="utf-8"))["run_id"]
    with lake.unit_of_work("run") as work:
        staged = work.stage_run()
        for file in small.iterdir():
            if file.name != CUSTOMERS_FILE:
                (staged / file.name).write_bytes(file.read_bytes())
        stored = pq.read_table(small / CUSTOMERS_FILE).sort_by("customer_key").take(pa.array(origin))
        repeated = with_keys(stored, keys, "customer_key", "unit_key")
        pq.write_table(repeated, staged / CUSTOMERS_FILE, compression="zstd", row_group_size=ROWS_A_GROUP)
        work.add_run(run_id, staged)
    return lake


def with_keys(table: pa.Table, keys: np.ndarray, *names: str) -> pa.Table:
    """`table` with `keys` in the columns `names`."""
    for name in names:
        table = table.set_column(table.column_names.index(name), name, pa.array(keys, pa.int64()))
    return table


def main() -> None:
    """Build, explain, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--standard", default="retail")
    parser.add_argument("--times", type=int, default=50)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small = small_company(Path(folder) / "small", chosen.standard)
        snapshot = large_company(small, Path(folder) / "large", chosen.customers).snapshot()
        rng = np.random.default_rng(SEED + 2)
        took, cpu = [], []
        for n in rng.integers(0, chosen.customers, chosen.times + 1):
            wall, own = time.perf_counter(), time.process_time()
            explain_customer(snapshot, f"C{n:08d}")
            took.append(1000 * (time.perf_counter() - wall))
            cpu.append(1000 * (time.process_time() - own))
    later = sorted(took[1:])
    told = {
        "customers": chosen.customers,
        "standard": chosen.standard,
        "first_ms": round(took[0], 1),
        "median_ms": round(statistics.median(later), 1),
        "p95_ms": round(later[int(0.95 * (len(later) - 1))], 1),
        "cpu_median_ms": round(statistics.median(cpu[1:]), 1),
        "load": [round(n, 1) for n in os.getloadavg()],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
