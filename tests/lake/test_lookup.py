"""One customer's rows are the same with a sorted copy, without one, and as anybody would filter them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from keceng.lake import Column, Lake, Storage, Table
from keceng.lake.lookup import FOLDER, find_rows, forget_copies, make_copy
from keceng.vocabulary import Text

ROWS = 50_000
COLUMNS = ("key", "amount", "name")


def written(root: Path, name: str, keys: np.ndarray) -> tuple[Path, pa.Table]:
    rows = pa.table(
        {
            "key": keys,
            "amount": np.arange(len(keys)),
            "name": [f"客户{n % 97}" if n % 5 else None for n in range(len(keys))],
        }
    )
    path = root / "facts" / name
    path.parent.mkdir(exist_ok=True)
    pq.write_table(rows, path, row_group_size=7_000)
    return path, rows


def plainly(rows: pa.Table, keys: list[int]) -> list[dict[str, object]]:
    found = rows.filter(pc.is_in(rows["key"], pa.array(keys, pa.int64()))).to_pylist()
    return sorted(found, key=lambda row: (row["key"], row["amount"]))


@pytest.fixture(params=["sorted", "unsorted", "few", "one"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, pa.Table]:
    rng = np.random.default_rng(3)
    keys = {
        "sorted": np.sort(rng.integers(-(2**62), 2**62, ROWS // 3).repeat(3)),
        "unsorted": rng.integers(0, ROWS // 4, ROWS),
        "few": rng.integers(0, 40, 200),
        # More rows of one customer than a piece of a copy holds.
        "one": np.sort(np.concatenate([np.full(5_000, 7), rng.integers(0, 15, ROWS)])),
    }[request.param]
    return written(tmp_path, f"{request.param}.parquet", keys.astype(np.int64))


def test_rows_are_found_alike_with_a_copy_and_without(file: tuple[Path, pa.Table], tmp_path: Path) -> None:
    path, rows = file
    known = rows["key"].to_pylist()
    asked = [[key] for key in (known[0], known[-1], known[len(known) // 2], 7, -1, 2**62 + 1)] + [
        known[:3],
        [],
    ]
    found = [find_rows(tmp_path, path, "key", keys, COLUMNS).to_pylist() for keys in asked]
    assert make_copy(tmp_path, path, "key") is (rows.num_rows >= 20_000)
    assert make_copy(tmp_path, path, "key") is False
    again = [find_rows(tmp_path, path, "key", keys, COLUMNS).to_pylist() for keys in asked]
    for keys, before, after in zip(asked, found, again, strict=True):
        assert sorted(before, key=lambda row: (row["key"], row["amount"])) == plainly(rows, keys)
        assert sorted(after, key=lambda row: (row["key"], row["amount"])) == plainly(rows, keys)


def test_what_a_copy_lacks_is_read_from_the_file_and_a_torn_copy_is_not_read(tmp_path: Path) -> None:
    path, rows = written(tmp_path, "part.parquet", np.arange(ROWS))
    make_copy(tmp_path, path, "key", ["amount"])
    for columns in (["amount"], ["name", "key"], ["nothing", "name"]):
        wanted = [{n: row[n] for n in columns if n in row} for row in plainly(rows, [41])]
        assert find_rows(tmp_path, path, "key", [41], columns).to_pylist() == wanted
    copy = next((tmp_path / FOLDER).iterdir())
    copy.write_bytes(copy.read_bytes()[:1_000])
    assert find_rows(tmp_path, path, "key", [41], ["amount"]).to_pylist() == [{"amount": 41}]


def test_copies_of_files_that_are_gone_go(tmp_path: Path) -> None:
    old, _ = written(tmp_path, "old.parquet", np.arange(ROWS))
    new, _ = written(tmp_path, "new.parquet", np.arange(ROWS))
    for path in (old, new):
        make_copy(tmp_path, path, "key")
    forget_copies(tmp_path, [new])
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["facts~new.parquet.arrow"]


VISITS = Table(
    "visits", Text("访", "visit"), ("key",), (Column("key", Storage.INTEGER), Column("note", Storage.TEXT))
)


def test_a_reader_sees_every_commit_at_once_and_an_old_version_for_ever(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    first = lake.snapshot()
    for turn in range(3):
        with lake.unit_of_work("visit") as work:
            work.append(VISITS, pa.table({"key": [7, 8], "note": [f"{turn}", None]}))
        now = Lake.open(tmp_path / "lake").snapshot()
        assert now.snapshot_id == turn + 1
        assert sorted(r["note"] for r in now.find_rows(VISITS, "key", [7], ["note"]).to_pylist()) == [
            str(n) for n in range(turn + 1)
        ]
    assert first.find_rows(VISITS, "key", [7], ["note"]).num_rows == 0
    assert lake.snapshot(1).find_rows(VISITS, "key", [7], ["note"]).to_pylist() == [{"note": "0"}]
    assert [entry.snapshot_id for entry in lake.history()] == [0, 1, 2, 3]
