"""Rows that were packed as they stand in arrays are read back as they were, by Arrow, by DuckDB and by strangers' readers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keceng.lake import Column, EitherOf, Lake, PackedColumn, SomeNumbers, Storage, Table, Texts, packed_rows
from keceng.vocabulary import Text

pytestmark = pytest.mark.slow
EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  the clock is as written
KINDS = {
    "key": Storage.INTEGER, "cents": Storage.CENTS, "who": Storage.INTEGER, "day": Storage.DATE, "at": Storage.TIMESTAMP,
    "is_it": Storage.FLAG, "is_never": Storage.FLAG, "pieces": Storage.QUANTITY, "weight": Storage.QUANTITY, "numbered": Storage.TEXT, "words": Storage.TEXT,
    "same": Storage.TEXT, "one": Storage.INTEGER, "nothing": Storage.CENTS,
}  # fmt: skip
TABLE = Table("facts", Text("试", "try"), ("key",), tuple(Column(name, kind) for name, kind in KINDS.items()))


def texts(written: list[str]) -> Texts:
    # As they lie behind others of which the rows are a part.
    array = pa.array(["elsewhere", *written])
    _, starts, data = array.buffers()
    return Texts(np.frombuffer(data, np.uint8), np.frombuffer(starts, np.int32)[1 : len(array) + 1])


def drawn(seed: int, rows: int) -> tuple[dict[str, PackedColumn], dict[str, list[object]]]:
    """Columns, and what must be read of them."""
    rng = np.random.default_rng(seed)
    most = int(rng.choice([1, 300, 2**31, 2**63 - 1]))
    keys, cents = np.arange(rows) * 3 + seed, rng.integers(-most, most, rows, endpoint=True)
    who, known, is_it = (
        rng.integers(0, 2**63 - 1, rows),
        rng.random(rows) < rng.random(),
        rng.random(rows) < 0.2,
    )
    days, at = (
        np.sort(rng.integers(-300, 30_000, rows)).astype(np.int32),
        rng.integers(-(10**15), 10**15, rows),
    )
    numbered = [f"单-{n:07d}" for n in range(rows)]
    words = ["".join(rng.choice([*"ab层"], rng.integers(0, 9))) for _ in range(rows)]
    columns: dict[str, PackedColumn] = {
        "key": keys, "cents": cents, "who": SomeNumbers(who, known), "day": days, "at": at, "is_it": is_it, "is_never": False,
        "pieces": EitherOf((10_000, -25_000), is_it), "weight": days.astype(np.int64), "numbered": texts(numbered), "words": texts(words), "same": "同", "one": 1,
    }  # fmt: skip
    cells: dict[str, list[object]] = {
        "key": [*keys.tolist()], "cents": [*cents.tolist()], "who": [n if k else None for n, k in zip(who.tolist(), known, strict=True)],
        "day": [(EPOCH + dt.timedelta(days=n)).date() for n in days.tolist()],
        "at": [EPOCH + dt.timedelta(microseconds=n) for n in at.tolist()], "is_it": is_it.tolist(), "is_never": [False] * rows,
        "pieces": [Decimal("-2.5000") if second else Decimal("1.0000") for second in is_it],
        "weight": [Decimal(n) / 10_000 for n in days.tolist()],
        "numbered": [*numbered], "words": [*words], "same": ["同"] * rows, "one": [1] * rows, "nothing": [None] * rows,
    }  # fmt: skip
    return columns, cells


@pytest.mark.parametrize("size", [1, 50, 129, 3_000])
@pytest.mark.parametrize("seed", range(4))
def test_every_reader_reads_what_was_packed(
    seed: int, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_rows, "_GROUP_ROWS", size)
    lake = Lake.create(tmp_path / "lake")
    columns, expected = drawn(seed, 2 * size + seed)
    with lake.unit_of_work("import") as work, work.packing(TABLE) as rows:
        rows.write(columns, 2 * size + seed)
    [path] = lake.snapshot().files(TABLE)
    with duckdb.connect() as connection:
        by_duckdb = connection.sql(f"select * from '{path}'").to_arrow_table()
    for read in (
        pq.read_table(path),
        by_duckdb,
        pl.read_parquet(path).to_arrow(),
        lake.snapshot().read(TABLE),
    ):
        for name in KINDS:
            assert read[name].to_pylist() == expected[name], name
    assert pq.read_schema(path).remove_metadata() == TABLE.arrow_schema
    # The writer of the table's log takes them as its own.
    changed = lake.snapshot().read(TABLE).slice(0, 1).set_column(1, "cents", pa.array([7]))
    with lake.unit_of_work("import") as work:
        work.merge(TABLE, changed)
    merged = lake.snapshot().read(TABLE).sort_by("key")
    assert merged.slice(1).to_pylist() == pq.read_table(path).slice(1).to_pylist()
    assert merged["cents"][0].as_py() == 7


def test_rows_are_found_by_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_rows, "_GROUP_ROWS", 100)
    lake = Lake.create(tmp_path / "lake")
    columns, cells = drawn(3, 250)
    with lake.unit_of_work("import") as work, work.packing(TABLE, is_lean=True) as rows:
        rows.write(columns, 250)
    about = pq.ParquetFile(lake.snapshot().files(TABLE)[0]).metadata
    assert "nothing" not in about.schema.names
    for name in ("key", "day"):
        told = about.row_group(1).column(about.schema.names.index(name)).statistics
        assert (told.min, told.max) == (cells[name][100], cells[name][199])


def test_a_block_that_fails_adds_nothing(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    columns, _ = drawn(4, 5)

    def write_what_is_not_declared() -> None:
        with lake.unit_of_work("import") as work, work.packing(TABLE) as rows:
            rows.write(columns, 5)
            rows.write(columns | {"unheard": 1}, 5)

    with pytest.raises(ValueError, match="unheard"):
        write_what_is_not_declared()
    assert not lake.snapshot().has(TABLE)
    assert not [*tmp_path.glob("lake/facts/*.parquet")]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=6), min_size=1, max_size=30))
def test_beginnings_that_texts_share_are_told_apart(written: list[str]) -> None:
    from keceng.lake.text_packing import share_beginnings  # noqa: PLC0415

    one = texts(written)
    shared, left = (np.zeros(len(written), dtype=np.int64) for _ in range(2))
    rest = np.zeros(sum(len(text.encode()) for text in written), dtype=np.uint8)
    size = share_beginnings(one.data, one.starts, shared, left, rest)
    before, at, made = b"", 0, []
    for count, length in zip(shared.tolist(), left.tolist(), strict=True):
        before = before[:count] + rest[at : at + length].tobytes()
        at += length
        made.append(before.decode())
    assert made == written
    assert at == size
