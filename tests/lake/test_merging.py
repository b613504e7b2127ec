"""Sorted rows from several sources come as one stream in order, whatever stands in which of them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pyarrow as pa
import pytest

from keceng.lake.merging import UnorderedError, merge_in_order

SCHEMA = pa.schema([("key", pa.int64()), ("day", pa.date32()), ("amount", pa.int64()), ("word", pa.string())])
ORDER = ("key", "day")
Row = tuple[int, int, int | None, str | None]


def in_pieces(rows: Sequence[Row], size: int) -> list[pa.RecordBatch]:
    columns = list(zip(*rows, strict=True)) or [()] * 4
    days = pa.array(columns[1], pa.int32()).view(pa.date32())
    made = [
        pa.array(columns[0], pa.int64()),
        days,
        *(pa.array(columns[n], SCHEMA.field(n).type) for n in (2, 3)),
    ]
    batches: list[pa.RecordBatch] = pa.Table.from_arrays(made, schema=SCHEMA).to_batches(max_chunksize=size)
    return batches


def told(batches: Sequence[pa.RecordBatch]) -> list[Row]:
    rows = pa.Table.from_batches(batches, SCHEMA).set_column(1, "day", pa.concat_tables(
        [pa.table({"day": batch.column(1).view(pa.int32())}) for batch in batches] or [pa.table({"day": pa.array([], pa.int32())})]
    )["day"])  # fmt: skip
    return [tuple(row.values()) for row in rows.to_pylist()]


@pytest.mark.parametrize("seed", range(12))
def test_rows_of_all_sources_come_in_order_and_each_source_keeps_its_own(seed: int) -> None:
    chance = random.Random(seed)
    keys = [chance.randrange(-(2**62), 2**62) for _ in range(chance.choice([1, 4, 30]))]
    amounts = [None] if seed % 3 == 0 else [1, 2, None] if seed % 3 == 1 else [7]
    sources: list[list[Row]] = [[] for _ in range(chance.randrange(1, 4))]
    for number in range(chance.choice([0, 3, 200])):
        row = (chance.choice(keys), chance.randrange(-3, 4), chance.choice(amounts), f"w{number}")
        chance.choice(sources).append(row)
    laid = [sorted(rows, key=lambda row: row[:2]) for rows in sources]
    merged = merge_in_order([in_pieces(rows, chance.randrange(1, 9)) for rows in laid], ORDER)
    found, wanted = told(list(merged)), [row for rows in laid for row in rows]
    assert [row[:2] for row in found] == sorted(row[:2] for row in wanted)
    assert sorted(found, key=str) == sorted(wanted, key=str)
    for rows in laid:
        assert [row for row in found if row in rows] == rows


def test_what_is_no_number_or_lies_anyhow_is_refused() -> None:
    rows: list[Row] = [(n, 1, 0, "a") for n in range(4)]
    with pytest.raises(UnorderedError):
        list(merge_in_order([in_pieces(rows, 9), in_pieces(rows, 9)], ("word",)))
    with pytest.raises(UnorderedError):
        list(merge_in_order([in_pieces(rows, 9), in_pieces([*rows[2:], *rows[:2]], 9)], ORDER))
