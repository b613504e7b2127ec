"""Spark reads a result that was filed block by block as DuckDB does."""

from __future__ import annotations

from pathlib import Path

import pytest

from keceng.lake import EMBEDDED, EngineChoice, open_engine, sql
from keceng.lake.vectors import blocks
from tests.laws.test_filed_columns import Drawn, file

pytestmark = [pytest.mark.slow, pytest.mark.spark]


@pytest.mark.parametrize("seed", range(3))
def test_spark_reads_what_was_filed(
    seed: int, spark: EngineChoice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 1_000)
    path = file(Drawn(seed, 3_000 + seed, is_whole=True), tmp_path / "filed.parquet")
    read = []
    for choice in (spark, EMBEDDED):
        engine = open_engine(choice=choice)
        engine.scan("filed", path)
        read.append(engine.fetch(sql("select * from filed order by key")).to_pylist())
        engine.close()
    assert read[0] == read[1]
    assert len(read[0]) == 3_000 + seed
