"""Purchase days that an import adds or changes beside the large file say what all of them written anew from the lines say."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keceng.collect import PURCHASE_DAY, day_changes, undo_import
from keceng.collect.purchase_days import rebuild_purchase_days
from keceng.lake import Lake
from tests.collect.test_undo_laws import SALES, imports, take_in
from tests.collect.workspaces import Workspace, table_text

pytestmark = pytest.mark.slow
ORDER = [("customer_key", "ascending"), ("day", "ascending"), ("void_on", "ascending")]


@pytest.fixture
def always_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(day_changes, "LEAST_ROWS", 0)
    monkeypatch.setattr(day_changes, "_MOST_PART", 1)


def days_of(lake: Lake) -> pa.Table:
    return lake.snapshot().read(PURCHASE_DAY).sort_by(ORDER)


def written_anew(lake: Lake) -> pa.Table:
    found = []
    with suppress(_NotKeptError), lake.unit_of_work("test") as work:
        rebuild_purchase_days(work)
        found.append(work.current().read(PURCHASE_DAY).sort_by(ORDER))
        raise _NotKeptError
    return found[0]


class _NotKeptError(Exception):
    """A unit of work is left, so that nothing of it stays."""


def check_files(lake: Lake) -> list[str]:
    files = lake.snapshot().files(PURCHASE_DAY)
    for file in files:
        rows = pq.read_table(file)
        assert rows.equals(rows.sort_by(ORDER))
    assert len(files) <= day_changes.MOST_FILES
    return files


def sales(*rows: str) -> str:
    return table_text(SALES, list(rows))


def test_new_days_go_beside_the_large_file_and_changed_ones_replace_theirs(
    always_beside: None, tmp_path: Path
) -> None:
    workspace = Workspace(tmp_path)

    def take(name: str, *rows: str) -> list[str]:
        workspace.collect_text(sales(*rows), name, overrides={"amount": "实付金额"})
        assert days_of(workspace.lake).equals(written_anew(workspace.lake))
        return check_files(workspace.lake)

    old = take("a.csv", *(f"A{n},K{n % 5},甲,东,,2025-01-{1 + n:02},茶,1,{n + 5}" for n in range(28)))
    assert len(old) == 1
    with_day = take("b.csv", "B1,K1,甲,东,,2025-05-01,茶,1,9", "B2,K9,新,东,,2025-05-01,茶,1,9")
    assert set(old) < set(with_day)
    # The day of a small file changes: the large one stays.
    changed = take("c.csv", "C1,K1,甲,东,,2025-05-01,茶,1,4", "C2,K2,甲,东,,2025-05-02,茶,1,4")
    assert set(old) < set(changed)
    assert not set(with_day) - set(old) & set(changed)
    # An order in the large file is returned: everything is written anew, the last months by themselves.
    apart = take("d.csv", "D1,K0,甲,东,A0,2025-05-03,茶,-1,-5")
    assert len(apart) == 2
    assert not set(apart) & set(changed)


@settings(max_examples=5, deadline=None)
@given(st.lists(imports, min_size=2, max_size=5), st.data())
def test_days_beside_are_those_written_anew(told: Any, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(day_changes, "LEAST_ROWS", 0)
        patch.setattr(day_changes, "_MOST_PART", data.draw(st.sampled_from([0, 1])))
        patch.setattr(day_changes, "MOST_FILES", data.draw(st.sampled_from([2, 3, 8])))
        workspace = Workspace(Path(folder))
        names = [take_in(workspace, f"f{n}", files) for n, files in enumerate(told)]
        assert days_of(workspace.lake).equals(written_anew(workspace.lake))
        check_files(workspace.lake)
        if names[-1] is not None and names.count(names[-1]) == 1:
            undo_import(workspace.lake, names[-1])
            assert days_of(workspace.lake).equals(written_anew(workspace.lake))
