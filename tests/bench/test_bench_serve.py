"""`keceng bench serve` on a small company: real pages of the real server, each kind asked for, none refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from keceng.bench import served_book
from keceng.bench.visiting import MIX, percentiles
from keceng.classify import read_customers
from keceng.collect import CUSTOMERS, ORDER_LINES, PERSONS, PURCHASE_DAY
from keceng.loop import open_workspace

pytestmark = pytest.mark.slow


def test_every_kind_of_page_is_answered_while_a_run_goes_on(tmp_path: Path) -> None:
    # A process of its own: the workbench belongs to the workspace that it was loaded for.
    asked = ["bench", "serve", "--customers", "2000", "--seconds", "8", "--rate", "6", "--json"]
    door = [sys.executable, "-c", "from keceng.cli import main; main()", "--lang", "zh"]
    done = subprocess.run(
        [*door, *asked, "--workspace", str(tmp_path / "company")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["customers"] == 2_000
    assert set(told["answer_ms"]) == {"point", "list"}
    assert set(told["page_ms"]) <= set(MIX)
    assert len(told["page_ms"]) >= 5
    assert sum(kind["requests"] for kind in told["page_ms"].values()) == 48
    assert [name for name, kind in told["page_ms"].items() if kind["failed"]] == []
    assert told["share_of_a_core"]["classification"] > 0.1
    assert not list(tmp_path.glob("tmp*"))


def test_a_company_made_in_parts_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served_book, "_PART", 400)
    monkeypatch.setattr(served_book, "MOST_MEASURED_WHOLLY", 500)
    served_book.make_book(tmp_path / "company", 1_000)
    lake = open_workspace(tmp_path / "company").lake
    snapshot = lake.snapshot()
    keys = list(range(1, 1_001))
    assert snapshot.read(CUSTOMERS)["customer_key"].to_pylist() == keys
    assert snapshot.read(PERSONS)["customer_key"].to_pylist() == keys
    days, lines = snapshot.read(PURCHASE_DAY), snapshot.read(ORDER_LINES)
    assert sorted(lines["order_key"].to_pylist()) == list(range(days.num_rows))
    assert sum(lines["amount"].to_pylist()) == sum(days["net"].to_pylist())
    assert len(snapshot.entry.runs) == 2
    assert len(read_customers(snapshot.run_directory(), ["grade"])) == 1_000


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentiles([float(n) for n in range(100, 0, -1)]) == {
        "p50": 50.5, "p95": 96.0, "p99": 100.0, "worst": 100.0,
    }  # fmt: skip
    assert percentiles([7.0])["p99"] == 7.0
