"""Rows of some customers from several files come customer by customer and day by day, whichever way they are copied."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from keceng.lake import among, each_once, map_file
from keceng.lake.keyed_runs import HeldLane, Lane, runs_in_order

SCHEMA = pa.schema(
    [("customer_key", pa.int64()), ("day", pa.date32()), ("net", pa.int64()), ("void_on", pa.date32())]
)


def rows(seed: int, count: int, *, voids: bool = True) -> pa.Table:
    chance = random.Random(seed)
    known = sorted((chance.randrange(40) * 7, chance.randrange(20_000)) for _ in range(count))
    return pa.table(
        [
            [key for key, _ in known],
            pa.array([day for _, day in known], pa.int32()).cast(pa.date32()),
            [chance.randrange(-(1 << 40), 1 << 40) for _ in known],
            pa.array([chance.choice([None, 9_000]) if voids else None for _ in known], pa.int32()).cast(
                pa.date32()
            ),
        ],
        schema=SCHEMA,
    )


def lane_of(root: Path, table: pa.Table, name: str) -> Lane:
    pq.write_table(table, root / f"{name}.parquet")
    return map_file(root, root / f"{name}.parquet", "customer_key", table.column_names)


@pytest.mark.parametrize("by_loops", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_several_files_become_one_in_order(tmp_path: Path, by_loops: bool) -> None:
    parts = [rows(1, 300), rows(2, 40, voids=False), rows(3, 25), rows(4, 0)]
    lanes: list[Lane] = [lane_of(tmp_path, part, f"part-{place}") for place, part in enumerate(parts[:2])]
    lanes += [HeldLane(part["customer_key"].to_numpy(), part) for part in parts[2:]]
    # What an older file lacks is not known.
    lanes.append(lane_of(tmp_path, rows(5, 30).select(["customer_key", "day", "net"]), "older"))
    whole = pa.concat_tables([*parts, rows(5, 30).set_column(3, "void_on", pa.nulls(30, pa.date32()))])
    for keys in ([*range(0, 300, 7)], [7, 35, 36], [], [1_000]):
        made = runs_in_order(lanes, np.array(keys, dtype=np.int64), SCHEMA, "day", by_loops=by_loops)
        wanted = whole.filter(pc.is_in(whole["customer_key"], value_set=pa.array(keys, pa.int64())))
        order = [(name, "ascending") for name in SCHEMA.names]
        assert made.schema == SCHEMA
        assert pa.Table.from_batches([made]).sort_by(order) == wanted.sort_by(order)
        places = list(zip(made["customer_key"].to_pylist(), made["day"].to_pylist(), strict=True))
        assert places == sorted(places)


def test_keys_stand_once_and_in_order() -> None:
    parts = [np.array(some, dtype=np.int64) for some in ([3, 5, 9], [], [1, 3, 3], [9])]
    every = each_once(parts)
    assert every.tolist() == [1, 3, 5, 9]
    assert among(np.array([0, 1, 4, 9, 10]), every).tolist() == [False, True, False, True, False]
    assert each_once([]).tolist() == among(np.zeros(0, dtype=np.int64), every).tolist() == []
