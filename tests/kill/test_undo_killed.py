"""Kill −9 before and after every commit of an undo: the ledger is with the import, or without it, and never between."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keceng.collect import CollectOptions, undo_import
from keceng.loop import create_workspace, open_workspace
from tests.collect.same_ledger import told_ledger
from tests.kill.test_kill import orders, run_dying

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_undo_killed_at_any_commit_is_all_or_nothing(tmp_path: Path, moment: str) -> None:
    (tmp_path / "ws").mkdir()
    workspace = create_workspace(tmp_path / "ws")
    said = CollectOptions(assume_defaults=True)
    report = workspace.collect([orders(tmp_path / "a.csv", 1, range(1, 4))], said)
    workspace.collect([orders(tmp_path / "b.csv", 2, range(3, 7))], said)
    before = told_ledger(workspace.lake.snapshot())
    name, whole = report.batch_ids[0], tmp_path / "whole"
    shutil.copytree(workspace.directory, whole)
    undo_import(open_workspace(whole).lake, name)
    after = told_ledger(open_workspace(whole).lake.snapshot())
    assert before != after
    at = 0
    while True:
        at += 1
        victim = tmp_path / f"victim-{moment}-{at}"
        shutil.copytree(workspace.directory, victim)
        ended = run_dying(victim, "undo", at, moment, Path(name))
        lake = open_workspace(victim).lake
        now = told_ledger(lake.snapshot())
        assert now in (before, after)
        assert ended or now == after
        if now == before:
            undo_import(lake, name)
            assert told_ledger(lake.snapshot()) == after
        shutil.rmtree(victim)
        if not ended:
            break
    assert at > 8, "an undo commits several tables"
