"""`keceng bench run` on a small book: the promised figures, worked out from what it measured."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from keceng.bench.command import bench
from keceng.bench.contenders import TITLES
from keceng.bench.orders import fill_lake, make_orders

pytestmark = pytest.mark.slow
TITLES_ZH = {title.zh for title in TITLES.values()}


def test_it_prints_ratios_and_what_they_come_from(tmp_path: Path) -> None:
    asked = ["run", "--orders", "20k", "--rounds", "1", "--data", str(tmp_path), "--json"]
    asked += ["--memory-limit", "600MB", "--chart", str(tmp_path / "chart.svg")]
    done = CliRunner().invoke(bench, asked, obj="zh", catch_exceptions=False)
    told = json.loads(done.stdout)
    seconds, memory = told["cpu_seconds"], told["peak_rss_mb"]
    assert told["ratio_to_group_by"] == pytest.approx(seconds["full_run"] / seconds["group_by"], rel=1e-3)
    text_ids = seconds["full_run"] / seconds["group_by_string_ids"]
    assert told["ratio_to_group_by_string_ids"] == pytest.approx(text_ids, rel=1e-3)
    changed = seconds["changed_draft"] / seconds["group_by"]
    assert told["changed_draft_to_group_by"] == pytest.approx(changed, rel=1e-2)
    assert told["collect_extra_cpu"] == seconds["collect_extra"] > 0
    assert {"group_by", "full_run", "pandas", "polars", "pyspark_local"} <= set(seconds)
    assert None not in (seconds["pandas"], seconds["polars"])
    assert (seconds["pyspark_local"] is None) == (find_spec("pyspark") is None or which("java") is None)
    assert 50 < memory["group_by"] < memory["full_run"]
    limited = told["full_run_limited"]
    assert limited["ratio_to_limit"] == pytest.approx(limited["peak_rss_mb"] / 600, rel=1e-2)
    assert limited["ratio_to_limit"] <= 1.2
    chart = ET.parse(tmp_path / "chart.svg")  # noqa: S314  made a line above
    texts = [element.text for element in chart.iter() if element.tag.endswith("text")]
    assert {"20,000 订单", "完整分级", "裸分组", "CPU 秒"} <= set(texts)
    assert sum(name is not None for name in seconds.values()) == sum(text in TITLES_ZH for text in texts)
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
