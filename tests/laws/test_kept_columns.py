"""Rows laid along units on a shelf, block by block, are the rows that were laid, to vectors and to a reader of all of them."""

from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keceng.lake.shelf import Shelf
from keceng.lake.vectors import DisorderedError, Keeping, Kept, blocks, blocks_of, lay
from keceng.lake.vectors.vector import Vector

pytestmark = pytest.mark.slow
KEYS = st.sets(st.integers(-50, 60), max_size=40).map(sorted)
CELLS = st.fixed_dictionaries(
    {
        "number": st.one_of(st.none(), st.integers(-(2**63) + 1, 2**63 - 1), st.integers(-3, 3)),
        "small": st.one_of(st.none(), st.integers(-5, 5)),
        "day": st.one_of(st.none(), st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))),
        "truth": st.one_of(st.none(), st.booleans()),
        "text": st.one_of(st.none(), st.sampled_from(["a", "b", "春", ""])),
    }
)
TYPES = {
    "key": pa.int64(), "number": pa.int64(), "small": pa.int32(), "day": pa.date32(), "truth": pa.bool_(),
    "text": pa.string(),
}  # fmt: skip
SCHEMA = pa.schema(TYPES.items())


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 8)


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    keys = draw(KEYS)
    return pa.Table.from_pylist([{"key": key, **draw(CELLS)} for key in keys], SCHEMA)


def cells(found: Vector, rows: int) -> list[object]:
    known = np.broadcast_to(True if found.known is None else found.known, rows)
    values = np.broadcast_to(found.values, rows).tolist()
    if found.kind == "text":
        values = [found.words[code] for code in values]
    if found.kind == "day":
        values = [dt.date(1970, 1, 1) + dt.timedelta(days=number) for number in values]
    return [value if is_known else None for value, is_known in zip(values, known, strict=True)]


def seen_by_vectors(kept: Kept, units: list[int]) -> list[dict[str, object]]:
    rows = []
    for block in blocks_of(len(units)):
        size = block.high - block.low
        present = kept.present(block)
        columns = {name: cells(kept.column(name, block), size) for name in kept.names}
        is_there = np.broadcast_to(True if present is None else present, size)
        rows += [{name: column[at] for name, column in columns.items()} for at in range(size) if is_there[at]]
    return rows


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(), KEYS.filter(len), st.integers(1, 9))
def test_rows_come_back(table: pa.Table, keys: list[int], size: int) -> None:
    units = np.array(keys, dtype=np.int64)
    shelf = Shelf()
    kept = lay(table.to_batches(max_chunksize=size), SCHEMA, units, shelf)
    expected = table.to_pylist()
    assert seen_by_vectors(kept, keys) == [row for row in expected if row["key"] in keys]
    read = kept.reader().read_all().to_pylist()
    assert sorted(read, key=lambda row: row["key"]) == expected
    again = Keeping(kept, ["text", "key"], len(units), shelf)
    for block in blocks_of(len(units)):
        again.take(block)
    assert seen_by_vectors(again.kept, keys) == [
        {"text": row["text"], "key": row["key"]} for row in expected if row["key"] in keys
    ]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(), KEYS.filter(len))
def test_duckdb_reads_the_stream_as_often_as_it_likes(table: pa.Table, keys: list[int]) -> None:
    kept = lay(table.to_batches(), SCHEMA, np.array(keys, dtype=np.int64), Shelf())
    connection = duckdb.connect()
    connection.register("kept", kept.only(["key", "text", "day"]))
    for _ in range(2):
        found = connection.sql(
            "select a.key, a.text, b.day from kept as a join kept as b using (key) order by key"
        )
        assert found.fetchall() == [(r["key"], r["text"], r["day"]) for r in table.to_pylist()]
    connection.close()


def test_keys_out_of_order_are_refused() -> None:
    rows = pa.Table.from_pylist([{"key": key} for key in (1, 2, 2)], SCHEMA)
    with pytest.raises(DisorderedError):
        lay(rows.to_batches(), SCHEMA, np.array([1, 2]), Shelf())
    with pytest.raises(DisorderedError):
        lay(rows.to_batches(max_chunksize=2), SCHEMA, np.array([1, 2]), Shelf())
