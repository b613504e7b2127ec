"""A relation that was filed block by block is read back as it was, by vectors, by Arrow, by DuckDB and by a stranger's reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keceng.lake.vectors import Block, Filed, Filing, Relation, UnsupportedError, blocks, blocks_of
from keceng.lake.vectors import vector as v
from keceng.lake.vectors.vector import Known, Vector

pytestmark = pytest.mark.slow
KINDS: tuple[v.Kind, ...] = ("number", "number", "number", "day", "truth", "text", "text")
MOST = 2**63 - 1


class Drawn(Relation):
    """Columns of every kind, and rows that some units have."""

    def __init__(self, seed: int, rows: int, *, is_whole: bool) -> None:
        self.rng = np.random.default_rng(seed)
        self.blocks = [*blocks_of(rows)]
        self.columns = {"key": [self.keys(block) for block in self.blocks]}
        for place, kind in enumerate(KINDS):
            found = [self.drawn(kind, block.high - block.low) for block in self.blocks]
            self.columns[f"{kind}_{place}"] = found
        self.names = tuple(self.columns)
        self.parts = [None if is_whole else self.flags(block.high - block.low) for block in self.blocks]

    def keys(self, block: Block) -> Vector:
        return Vector("number", np.arange(block.low, block.high) * 3 - 40)

    def flags(self, rows: int) -> Known:
        shapes = [None, np.ones(rows, dtype=np.bool_), v.FALSE, self.rng.random(rows) < self.rng.random()]
        return shapes[int(self.rng.integers(len(shapes)))]

    def drawn(self, kind: v.Kind, rows: int) -> Vector:
        if self.rng.random() < 0.1:
            return v.NOTHING
        shape = () if self.rng.random() < 0.2 else (rows,)
        known, words = self.flags(rows), tuple(f"层{n}" for n in range(int(self.rng.choice([1, 2, 5, 300]))))
        if kind == "truth":
            truths = np.asarray(self.rng.random(shape) < 0.5)
            return Vector(kind, truths if known is None else truths & known, known)
        if kind == "text":
            return Vector(kind, self.rng.integers(0, len(words), shape).astype(np.int32), known, words)
        if kind == "day":
            return Vector(kind, self.rng.integers(-30_000, 60_000, shape).astype(np.int32), known)
        most = int(self.rng.choice([1, 7, 300, 2**31, MOST]))
        values = self.rng.integers(-most, most, shape, endpoint=True)
        return Vector(kind, np.sort(values) if shape and self.rng.random() < 0.2 else values, known)

    def column(self, name: str, block: Block) -> Vector:
        return self.columns[name][block.low // blocks.BLOCK]

    def present(self, block: Block) -> Known:
        return self.parts[block.low // blocks.BLOCK]

    def cells(self, name: str) -> Iterator[object]:
        """What must be read."""
        for block in self.blocks:
            found, rows = self.column(name, block), block.high - block.low
            shown = [True if flags is None else flags for flags in (self.present(block), found.known)]
            is_there, is_known = (np.broadcast_to(flags, rows).tolist() for flags in shown)
            values = np.broadcast_to(found.values, rows).tolist()
            for at in np.flatnonzero(is_there).tolist():
                word = found.words[values[at]] if found.kind == "text" else values[at]
                yield word if is_known[at] else None


def file(relation: Drawn, path: Path) -> Path:
    with Filing(relation, path) as filing:
        for block in relation.blocks:
            filing.take(block)
        filing.finish()
    return path


def plain(column: pa.ChunkedArray) -> list[object]:
    return [*(column.cast(pa.int32()) if pa.types.is_date32(column.type) else column).to_pylist()]


@pytest.mark.parametrize("size", [1, 40, 129, 5_000])
@pytest.mark.parametrize("seed", range(6))
def test_every_reader_reads_what_was_filed(
    seed: int, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", size)
    relation = Drawn(seed, 3 * size + seed, is_whole=seed % 2 == 0)
    path = file(relation, tmp_path / "filed.parquet")
    by_arrow = pq.read_table(path)
    with duckdb.connect() as connection:
        by_duckdb = connection.sql(f"select * from '{path}'").to_arrow_table()
    by_polars = pl.read_parquet(path).to_arrow()
    for name in relation.names:
        expected = [*relation.cells(name)]
        assert plain(by_arrow[name]) == expected, name
        assert plain(by_duckdb[name]) == expected, name
        assert plain(by_polars[name]) == expected, name
    if seed % 2 == 0:
        filed, expected = Filed(path, 3 * size + seed), [*relation.cells("key")]
        for block in relation.blocks:
            assert filed.column("key", block).values.tolist() == expected[block.low : block.high]


def test_rows_are_found_by_the_bounds_of_the_first_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 100)
    about = pq.ParquetFile(file(Drawn(1, 250, is_whole=True), tmp_path / "filed.parquet")).metadata
    told = [about.row_group(group).column(0).statistics for group in range(about.num_row_groups)]
    assert [(bounds.min, bounds.max) for bounds in told] == [(-40, 257), (260, 557), (560, 707)]
    assert about.row_group(0).column(1).statistics is None


def test_what_a_column_cannot_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 4)
    relation = Drawn(2, 8, is_whole=True)
    relation.names = ("found",)
    relation.columns["found"] = [v.number(7), v.text("7")]
    with pytest.raises(UnsupportedError):
        file(relation, tmp_path / "two_kinds")
    relation.columns["found"] = [v.NOTHING, Vector("day", np.array([0, 1, 2, 2**31 - 1], dtype=np.int32))]
    with pytest.raises(UnsupportedError):
        file(relation, tmp_path / "no_day")
