"""`keceng rates`: declared, shown, and refused where they cannot be what was meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keceng.collect import COST_RATES
from keceng.loop import create_workspace, open_workspace
from tests.shell import run_shell


@pytest.fixture
def workspace(tmp_path: Path) -> str:
    create_workspace(tmp_path / "ws")
    return str(tmp_path / "ws")


def test_declared_rates_stand_beside_the_defaults(workspace: str) -> None:
    done = run_shell(
        "--lang", "en", "rates", "set", "order=12.5", "holding=6%", "--since", "2026-01-01", "--workspace", workspace
    )  # fmt: skip
    assert (done.returncode, done.stderr.strip()) == (0, "2 rates declared, from 2026-01-01 on")
    rows = open_workspace(workspace).lake.snapshot().read(COST_RATES).to_pylist()
    assert {r["activity"]: r["rate"] for r in rows} == {"order": 12_50, "holding": 600}
    shown = run_shell("rates", "show", "--json", "--as-of", "2026-06-30", "--workspace", workspace)
    found = {r["activity"]: (r["rate"], r["is_default"]) for r in json.loads(shown.stdout)}
    assert found == {
        "order": (12.5, False),
        "delivery": (60.0, True),
        "return": (80.0, True),
        "visit": (300.0, True),
        "ticket": (40.0, True),
        "holding": (0.06, False),
    }
    before = run_shell("--lang", "zh", "rates", "show", "--as-of", "2025-12-31", "--workspace", workspace)
    assert next(line.split() for line in before.stdout.splitlines()) == ["order", "¥15", "默认", "订单处理"]
    assert "8%" in before.stdout


@pytest.mark.parametrize(
    "given",
    ["order", "order=", "order=abc", "order=5%", "holding=6", "order=0.001", "visit=-1", "coffee=3", "order=inf"],
)  # fmt: skip
def test_what_is_no_rate_is_refused_and_nothing_is_written(workspace: str, given: str) -> None:
    done = run_shell("--lang", "zh", "rates", "set", "ticket=9", given, "--workspace", workspace)
    assert done.returncode == 2
    assert any("\u4e00" <= c <= "\u9fff" for c in done.stderr)
    assert "Traceback" not in done.stderr
    assert open_workspace(workspace).lake.snapshot().read(COST_RATES).num_rows == 0


def test_without_a_workspace_there_is_a_message(tmp_path: Path) -> None:
    assert run_shell("rates", "show", "--workspace", str(tmp_path / "none")).returncode == 2
