"""`keceng bench collect` measures on a real file and tells where its ratios come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.shell import run_shell

pytestmark = pytest.mark.slow


def test_the_bench_of_collect_tells_ratios_and_memory(tmp_path: Path) -> None:
    done = run_shell("bench", "collect", "--rows", "800k", "--rounds", "1", "--data", str(tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    seconds = told["cpu_seconds"]
    assert told["ratio_to_copy"] == pytest.approx(seconds["collect"] / seconds["copy"], abs=0.01)
    assert told["validation_ratio"] == pytest.approx(seconds["validation"] / seconds["copy"], abs=0.01)
    to_typed = told["validation_to_typed_copy"]
    assert to_typed == pytest.approx(seconds["validation"] / seconds["typed_copy"], abs=0.01)
    assert set(told["what"]) == set(seconds), "each contender is told in words"
    assert 0 < seconds["validation"] < seconds["collect"]
    assert 0 < told["peak_rss_mb"] < 1_000
    assert told["rows"] == 800_000
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
