"""Some rows of a file through its mapped copy are those that the file itself holds."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from keceng.lake import forget_mapped, map_file, mapped_folder

NAMES = ("key", "small", "large", "day", "flag", "word", "text", "price", "never")


def written(root: Path, *, is_sorted: bool = True, rows: int = 400) -> Path:
    chance = random.Random(5)
    keys = [chance.choice([-3, 0, 7, 130, 40_000, 1 << 40]) + chance.randrange(60) for _ in range(rows)]

    def some(value: object) -> object:
        return None if chance.random() < 0.2 else value

    table = pa.table(
        {
            "key": pa.array(sorted(keys) if is_sorted else keys, pa.int64()),
            "small": [chance.randrange(-100, 100) for _ in keys],
            "large": [some(chance.randrange(-(1 << 62), 1 << 62)) for _ in keys],
            "day": [some(dt.date(1965, 1, 1) + dt.timedelta(days=chance.randrange(30_000))) for _ in keys],
            "flag": [some(chance.random() < 0.5) for _ in keys],
            "word": pa.array(
                [some(chance.choice(["甲", "乙"])) for _ in keys], pa.string()
            ).dictionary_encode(),
            "text": [some(f"{chance.random()}号") for _ in keys],
            "price": pa.array(
                [some(Decimal(chance.randrange(10**6)) / 10_000) for _ in keys], pa.decimal128(18, 4)
            ),
            "never": pa.nulls(len(keys), pa.date32()),
        }
    )
    (root / "facts").mkdir(parents=True)
    pq.write_table(table, root / "facts" / "one.parquet", row_group_size=64)
    return root / "facts" / "one.parquet"


@pytest.mark.parametrize("is_sorted", [True, False])
def test_rows_of_some_keys_are_those_of_the_file(tmp_path: Path, is_sorted: bool) -> None:
    file = written(tmp_path, is_sorted=is_sorted)
    whole = pq.read_table(file)
    copy = map_file(tmp_path, file, "key", NAMES)
    every = sorted({*whole["key"].to_pylist(), -99, 5_000, 1 << 50})
    for keys in (every, every[::3], [], [-99], [1 << 50], every[-1:]):
        wanted = whole.filter(pc.is_in(whole["key"], value_set=pa.array(keys, pa.int64())))
        order = np.argsort(wanted["key"].to_numpy(), kind="stable")
        places = copy.places(np.array(keys, dtype=np.int64))
        assert copy.take(places, NAMES).to_pylist() == wanted.take(pa.array(order)).to_pylist()


def test_whole_columns_say_what_the_file_says(tmp_path: Path) -> None:
    file = written(tmp_path)
    whole = pq.read_table(file)
    copy = map_file(tmp_path, file, "key", NAMES)
    assert copy.known("large").tolist() == whole["large"].is_valid().to_pylist()
    assert not copy.known("never").any()
    assert copy.numbers("never").values is None
    days = copy.numbers("day")
    assert days.values is not None
    said = pc.fill_null(whole["day"].cast(pa.int32()), 0).to_pylist()
    assert days.values.tolist() == said
    for name, word in (("word", "甲"), ("word", "丙"), ("text", whole["text"][1].as_py() or "none")):
        assert copy.equals(name, word).tolist() == [value == word for value in whole[name].to_pylist()]


def test_a_copy_is_widened_when_another_column_is_asked_for_and_can_be_thrown_away(tmp_path: Path) -> None:
    file = written(tmp_path)
    assert not map_file(tmp_path, file, "key", ["small"]).has(["day"])
    assert map_file(tmp_path, file, "key", ["day", "absent"]).has(["small", "day"])
    forget_mapped(tmp_path, [file])
    assert mapped_folder(tmp_path, file).exists()
    forget_mapped(tmp_path, [])
    assert not mapped_folder(tmp_path, file).exists()
    assert map_file(tmp_path, file, "key", ["flag"]).has(["flag"])


def test_a_file_without_rows_has_none(tmp_path: Path) -> None:
    copy = map_file(tmp_path, written(tmp_path, rows=0), "key", NAMES)
    assert not len(copy.places(np.array([1], dtype=np.int64)))
    assert copy.take(copy.places(np.array([], dtype=np.int64)), NAMES).num_rows == 0
