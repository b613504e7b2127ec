"""The bench's peer in Spark grades as the retail standard does, and what its Java process takes is counted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from keceng.bench.book import AS_OF
from keceng.bench.orders import fill_lake, make_orders
from keceng.bench.peers import REASONS
from keceng.classify import RunRequest, classify_customers, read_customers
from keceng.lake import Lake
from keceng.measure import catalogue
from keceng.standard import find_standard
from tests.spark.standalone import what_is_missing

pytestmark = [pytest.mark.slow, pytest.mark.spark]
# A process has one Spark context, and this one's belongs to the cluster of the other tests.
_ALONE = """
import dataclasses, json, sys
from pathlib import Path
from keceng.bench.book import Orders
from keceng.bench.measuring import _do_once
from keceng.bench.peer_pyspark import open_session, write_classes
made = Orders(Path(sys.argv[1]), 30_000)
print(json.dumps(dataclasses.asdict(_do_once("pyspark_local", made, ""))))
write_classes(open_session(), made, Path(sys.argv[2]))
"""


def test_the_peer_gives_everybody_our_grade(tmp_path: Path) -> None:
    if missing := what_is_missing():
        pytest.skip(missing)
    made = make_orders(tmp_path / "book", 30_000)
    fill_lake(made)
    lake = Lake(made.lake)
    classify_customers(lake, RunRequest(find_standard("retail", catalogue()), AS_OF, is_lean=True))
    pairs = {"customer_key": "customer", "spend": "spend", "purchase_days": "days", "value": "value", "state": "state", "grade": "grade"}  # fmt: skip
    ours = read_customers(lake.snapshot().run_directory(), [*pairs])
    ours = ours.filter(ours["grade"].is_valid())
    command = [sys.executable, "-c", _ALONE, str(made.directory), str(tmp_path / "theirs")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    theirs = pq.read_table(tmp_path / "theirs")
    for mine, other in pairs.items():
        assert ours[mine].to_pylist() == theirs[other].to_pylist(), mine
    assert set(theirs["reason_code"].to_pylist()) <= {"|".join(reason) for reason in REASONS}
    alone = json.loads(done.stdout)
    # Java alone takes seconds to do anything, and hundreds of megabytes.
    assert alone["cpu"] > 1
    assert alone["peak"] > 300
