"""Ctrl-C and a polite kill in the middle of an import or a run: the shell's exit codes, one sentence, nothing half-made."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest

from keceng.collect import LEDGER, CollectOptions
from keceng.lake import Snapshot
from keceng.loop import create_workspace, open_workspace, read_standard
from tests.shell import run_shell

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
SENTENCES = {
    "zh": "已中断: 没有做完的导入或运行什么也没有留下",
    "en": "Interrupted: the unfinished import or run left nothing behind",
}


def orders(path: Path, first: int) -> Path:
    lines = ["订单号,下单时间,客户编号,商品编码,数量,单价"]
    lines += [
        f"D{n:05d},2026-0{n % 5 + 1}-{n % 27 + 1:02d},C{n % 20:03d},P{n % 7},{n % 3 + 1},{n % 90 + 1}.50"
        for n in range(first, first + 90)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def interrupt(signal: str, at: int, *arguments: str | Path, temporary: Path, language: str = "zh") -> str:
    """Run the command until the signal; what it said at last. Its exit code is the shell's for that signal."""
    temporary.mkdir(exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "tests.cli.signalled",
        signal,
        str(at),
        "--lang",
        language,
        *map(str, arguments),
    ]
    done = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, timeout=60, text=True, env=os.environ | {"TMPDIR": str(temporary)},
    )  # fmt: skip
    assert done.returncode == {"SIGINT": 130, "SIGTERM": 143}[signal], done.stderr
    assert "Traceback" not in done.stderr
    # What is told on the way starts with an ellipsis; the rest is the last word.
    return "\n".join(line for line in done.stderr.splitlines() if line and not line.startswith("…"))


def state(workspace: Path) -> tuple[object, ...]:
    """Everything a reader can see, and every run directory on the disk."""
    snapshot: Snapshot = open_workspace(workspace).lake.snapshot()
    rows = tuple(snapshot.read(table).num_rows for table in LEDGER)
    return (snapshot.snapshot_id, rows, sorted(p.name for p in (workspace / "lake").rglob("run.json")))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    made = create_workspace(tmp_path / "ws")
    made.collect([orders(tmp_path / "a.csv", 0)], CollectOptions(assume_defaults=True))
    made.classify(read_standard("retail"), dt.date(2026, 6, 30))
    return tmp_path / "ws"


@pytest.mark.parametrize(("signal", "language"), [("SIGINT", "zh"), ("SIGTERM", "en")])
def test_an_interrupted_import_leaves_the_ledger_as_it_was_and_can_be_repeated(
    workspace: Path, tmp_path: Path, signal: str, language: str
) -> None:
    before = state(workspace)
    more = orders(tmp_path / "b.csv", 500)
    told = interrupt(signal, 3, "collect", more, "--workspace", workspace, "--yes",
                     temporary=tmp_path / "tmp", language=language)  # fmt: skip
    assert told == SENTENCES[language]
    assert state(workspace) == before
    assert run_shell("collect", str(more), "--workspace", str(workspace), "--yes").returncode == 0
    assert state(workspace) != before


@pytest.mark.parametrize("signal", ["SIGINT", "SIGTERM"])
def test_an_interrupted_run_leaves_the_last_one_published(
    workspace: Path, tmp_path: Path, signal: str
) -> None:
    before, out = state(workspace), tmp_path / "out"
    told = interrupt(
        signal, 1, "classify", "--workspace", workspace, "--out", out, temporary=tmp_path / "tmp"
    )
    assert told == SENTENCES["zh"]
    assert state(workspace)[:2] == before[:2]
    assert not out.exists()
    assert [p for p in tmp_path.iterdir() if p.name.startswith(".out-")] == []
    assert run_shell("classify", "--workspace", str(workspace)).returncode == 0
    # The directory of the interrupted run went with the next writer at the latest.
    assert len(state(workspace)[2]) == 2  # type: ignore[arg-type]


def test_a_signal_within_a_query_is_an_interrupt_and_no_fault(tmp_path: Path) -> None:
    temporary, out = tmp_path / "tmp", tmp_path / "out"
    told = interrupt(
        "SIGINT", 0, "classify", orders(tmp_path / "a.csv", 0), "--out", out, temporary=temporary
    )
    assert told == SENTENCES["zh"]
    assert not out.exists()
    # Neither the one-shot workspace nor a file of details is left.
    assert list(temporary.iterdir()) == []
