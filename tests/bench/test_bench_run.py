"""`keceng bench run` on a small book: the promised figures, worked out from what it measured."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from keceng.bench.command import bench
from keceng.bench.orders import fill_lake, make_orders

pytestmark = pytest.mark.slow


def test_it_prints_ratios_and_what_they_come_from(tmp_path: Path) -> None:
    asked = ["run", "--orders", "20k", "--rounds", "1", "--data", str(tmp_path), "--json"]
    done = CliRunner().invoke(bench, asked, obj="zh", catch_exceptions=False)
    told = json.loads(done.stdout)
    seconds, memory = told["cpu_seconds"], told["peak_rss_mb"]
    assert told["ratio_to_group_by"] == pytest.approx(seconds["full_run"] / seconds["group_by"], rel=1e-3)
    text_ids = seconds["full_run"] / seconds["group_by_string_ids"]
    assert told["ratio_to_group_by_string_ids"] == pytest.approx(text_ids, rel=1e-3)
    assert told["collect_extra_cpu"] == seconds["collect_extra"] > 0
    assert {"group_by", "full_run", "pandas", "polars"} <= set(seconds)
    assert memory["full_run"] > 50
    assert pq.ParquetFile(told["data"]).metadata.num_rows == told["orders"] == 20_000


def test_the_ledger_holds_the_same_orders(tmp_path: Path) -> None:
    made = make_orders(tmp_path, 5_000)
    fill_lake(made)
    days = pq.read_table(next((made.lake / "purchase_day").glob("*.parquet")))
    orders = pq.read_table(made.coded)
    assert sum(days["net"].to_pylist()) == sum(orders["amount"].to_pylist())
    assert sum(days["lines"].to_pylist()) == 5_000
    assert sum(days["returned"].to_pylist()) > 0


def test_a_number_that_is_none_is_refused() -> None:
    done = CliRunner().invoke(bench, ["run", "--orders", "many"], obj="zh")
    assert done.exit_code == 2
    assert "200k" in done.output
