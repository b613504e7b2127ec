"""Kill −9 before and after every commit of an import and of a run: the next command sees all or nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from keceng.collect import LEDGER, CollectOptions
from keceng.lake import Snapshot
from keceng.loop import Workspace, create_workspace, open_workspace, read_standard

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
AS_OF = dt.date(2026, 6, 30)
RETAIL = read_standard("retail")
VOLATILE = {"customer_key", "order_key", "ref_order_key", "batch_id", "imported_at", "parent_key", "content"}


def orders(path: Path, seed: int, months: range) -> Path:
    chance = random.Random(seed)
    lines = ["订单号,下单时间,客户编号,客户名称,商品编码,商品名称,数量,单价"]
    for number in range(400):
        customer = chance.randint(1, 40)
        day = dt.date(2026, chance.choice(months), chance.randint(1, 28))
        lines.append(
            f"D{seed}{number:04d},{day},C{customer:03d},客户{customer},P{number % 7},商品{number % 7},"
            f"{chance.randint(1, 5)},{chance.randint(100, 9000) / 100}"
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def ledger_digest(snapshot: Snapshot) -> str:
    """What the ledger says, without the random keys and times that differ between two equal imports."""
    digest = hashlib.sha256()
    for table in LEDGER:
        data = snapshot.read(table)
        names = [n for n in data.column_names if n not in VOLATILE]
        rows = sorted(str(r) for r in data.select(names).to_pylist())
        digest.update(f"{table.name}:{rows}".encode())
    return digest.hexdigest()


def run_dying(workspace: Path, command: str, at: int, moment: str, *files: Path) -> int:
    arguments = [
        sys.executable,
        "-m",
        "tests.kill.dying",
        str(workspace),
        command,
        str(at),
        moment,
        *map(str, files),
    ]
    done = subprocess.run(arguments, cwd=ROOT, check=False, capture_output=True, timeout=120)
    assert done.returncode in {0, -9}, done.stderr.decode()
    return done.returncode


@pytest.fixture
def first_import(tmp_path: Path) -> Workspace:
    workspace = create_workspace(_made(tmp_path / "ws"))
    workspace.collect([orders(tmp_path / "a.csv", 1, range(1, 4))], CollectOptions(assume_defaults=True))
    return workspace


def _made(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_import_killed_at_any_commit_is_all_or_nothing(
    first_import: Workspace, tmp_path: Path, moment: str
) -> None:
    second = orders(tmp_path / "b.csv", 2, range(3, 7))
    before = ledger_digest(first_import.lake.snapshot())
    whole = tmp_path / "whole"
    shutil.copytree(first_import.directory, whole)
    open_workspace(whole).collect([second], CollectOptions(assume_defaults=True))
    after = ledger_digest(open_workspace(whole).lake.snapshot())
    assert before != after
    at = 0
    while True:
        at += 1
        victim = tmp_path / f"victim-{moment}-{at}"
        shutil.copytree(first_import.directory, victim)
        ended = run_dying(victim, "collect", at, moment, second)
        assert ledger_digest(open_workspace(victim).lake.snapshot()) in (
            {before, after} if ended else {after}
        )
        if ended:
            open_workspace(victim).collect([second], CollectOptions(assume_defaults=True))
            assert ledger_digest(open_workspace(victim).lake.snapshot()) == after
        shutil.rmtree(victim)
        if not ended:
            break
    assert at > 5, "an import commits several tables"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_killed_at_any_commit_leaves_the_last_one_live(
    first_import: Workspace, tmp_path: Path, moment: str
) -> None:
    old = first_import.classify(RETAIL, dt.date(2026, 4, 1))
    new_hash = None
    at = 0
    while True:
        at += 1
        victim = tmp_path / f"victim-{at}"
        shutil.copytree(first_import.directory, victim)
        ended = run_dying(victim, "classify", at, moment)
        opened = open_workspace(victim)
        seen = opened.run_summary()
        assert seen.as_of in {dt.date(2026, 4, 1), AS_OF}
        if seen.as_of == old.as_of:
            assert seen == old
        assert len(opened.result()) == seen.population.customers
        again = opened.classify(RETAIL, AS_OF)
        new_hash = new_hash or again.result_hash
        assert again.result_hash == new_hash
        live = {d.name for d in (victim / "lake" / "runs").iterdir()}
        assert live == set(opened.lake.snapshot().entry.runs), "no orphan directory is left"
        shutil.rmtree(victim)
        if not ended:
            break
    assert at == 3, "a run has two commits: its directory and its catalogue row"
