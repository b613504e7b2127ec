"""A changed draft from stored measures beside a full run, and one customer explained: CPU seconds, alternated in one process.

    python bench/simulate.py --customers 1000000

Targets: simulate ≤ 0.5 × the full run; explain below 50 ms.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from keceng.classify import RunRequest, classify_customers, explain_customer
from keceng.collect import CUSTOMERS, PERSONS, PURCHASE_DAY
from keceng.evaluate import simulate_standard
from keceng.lake import Lake
from keceng.measure import catalogue
from keceng.standard import find_standard, load_standard, template_text

AS_OF = dt.date(2026, 6, 30)
DAYS = 1096
TARGET, EXPLAIN_MS = 0.5, 50.0


def make_lake(root: Path, customers: int, days_each: int) -> Lake:
    """A retail book: purchases fall off from customer to customer, over three years."""
    rng = np.random.default_rng(5)
    wanted = customers * days_each
    key = rng.integers(1, customers + 1, wanted)
    ago = rng.integers(0, DAYS, wanted)
    pairs = np.unique(key * DAYS + ago)
    key, ago = pairs // DAYS, pairs % DAYS
    cents = np.rint(rng.lognormal(9.0, 1.2, len(pairs))).astype(np.int64) + 100
    days = np.datetime64(AS_OF) - ago
    ones = np.ones(len(pairs), dtype=np.int64)
    table = pa.table(
        {
            "customer_key": key,
            "day": pa.array(days, pa.date32()),
            "orders": ones,
            "lines": ones,
            "net": cents,
            "gross": cents,
        }
    )
    lake = Lake.create(root)
    keys = np.arange(1, customers + 1)
    ids = pa.array([f"C{k:08d}" for k in keys])
    with lake.unit_of_work("import") as work:
        work.append(PURCHASE_DAY, PURCHASE_DAY.conform(table))
        work.append(CUSTOMERS, CUSTOMERS.conform(pa.table({"customer_key": keys})))
        work.append(
            PERSONS,
            PERSONS.conform(
                pa.table({"source": ["main"] * customers, "source_id": ids, "customer_key": keys})
            ),
        )
    return lake


def cpu(job: object) -> float:
    """CPU seconds of this process while `job` runs, all threads."""
    started = time.process_time()
    job()  # type: ignore[operator]
    return time.process_time() - started


def main() -> None:
    """Prints JSON: medians, the ratio, and milliseconds of one explanation."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    retail = find_standard("retail", catalogue())
    draft = load_standard(
        template_text("retail").replace("to: 0.80, max_share: 0.20", "to: 0.70, max_share: 0.15"), catalogue()
    )
    with tempfile.TemporaryDirectory() as folder:
        lake = make_lake(Path(folder) / "lake", options.customers, options.days)
        full, simulated = [], []
        for _ in range(options.rounds):
            full.append(cpu(lambda: classify_customers(lake, RunRequest(retail, AS_OF))))
            simulated.append(cpu(lambda: simulate_standard(lake.snapshot(), draft)))
        snapshot, milliseconds = lake.snapshot(), []
        for k in np.random.default_rng(1).integers(1, options.customers + 1, 21):
            started = time.perf_counter()
            explain_customer(snapshot, f"C{k:08d}")
            milliseconds.append(1000 * (time.perf_counter() - started))
    ratio = statistics.median(simulated) / statistics.median(full)
    result = {
        "customers": options.customers,
        "cpu_seconds": {"full_run": full, "simulate": simulated},
        "ratio": round(ratio, 3),
        "target": TARGET,
        "explain_ms": {
            "median": round(statistics.median(milliseconds), 1),
            "worst": round(max(milliseconds), 1),
        },
        "explain_target_ms": EXPLAIN_MS,
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
