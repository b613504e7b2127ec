"""Rendering for Spark without Spark: what is refused, what is typed by the twin, and how a missing Spark is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pytest

from keceng.classify.plan import plan_steps
from keceng.collect import LEDGER
from keceng.demo import AS_OF
from keceng.lake import EngineChoice, open_engine, sql
from keceng.lake.dialect import spark_sql
from keceng.lake.twin import Twin
from keceng.loop import create_workspace, open_workspace, read_standard
from keceng.vocabulary import KecengError


@pytest.fixture
def twin() -> Twin:
    made = Twin()
    whole, days, text = pa.array([1], pa.int64()), pa.array([0], pa.date32()), pa.array(["a"])
    made.give("t", pa.table({"a": whole, "day": days, "x": pa.array([0.5]), "k": text}))
    return made


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("day - day", "CAST(DATEDIFF(`day`, `day`) AS BIGINT)"),
        ("day - 1", "DATE_SUB(`day`, CAST(1 AS INT))"),
        ("a - 1", "`a` - 1"),
        ("cast(x as bigint)", "CAST(RINT(`x`) AS BIGINT)"),
        ("sum(a)", "CAST(SUM(`a`) AS DECIMAL(38, 0))"),
        ("sum(x)", "CAST(SUM(`x`) AS DOUBLE)"),
        ("quantile_disc(a, 0.5)", "CAST(PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY `a`) AS BIGINT)"),
    ],
)
def test_a_part_is_rendered_by_its_type(twin: Twin, ours: str, theirs: str) -> None:
    rendered = spark_sql(sql(f"select {ours} as v from t"), twin).replace(" NULLS LAST", "")
    assert rendered.upper() == f"SELECT {theirs} AS `v` FROM `t`".upper()


@pytest.mark.parametrize(
    "part", ["cast(x as varchar)", "concat(k, x)", "a // x", "format('{:.2f}', x)", "avg(a) over ()"]
)
def test_what_has_no_exact_form_is_refused(twin: Twin, part: str) -> None:
    with pytest.raises(NotImplementedError):
        spark_sql(sql(f"select {part} as v from t"), twin)


def test_every_step_of_a_run_has_a_rendering() -> None:
    twin = Twin()
    twin.declare(LEDGER)
    for step in plan_steps(read_standard("retail"), AS_OF, is_lean=True):
        if step.name == "decided":
            break  # the grades held before come next, which a run lays
        assert spark_sql(step.query, twin)
        twin.make(step.name, step.query)


def test_a_missing_spark_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(KecengError) as told:
        open_engine(choice=EngineChoice("spark"))
    assert [problem.code for problem in told.value.problems] == ["spark_missing"]


def test_the_engine_is_chosen_in_the_settings(tmp_path: Path) -> None:
    assert create_workspace(tmp_path / "c").settings.engine == EngineChoice()
    settings = tmp_path / "c" / "keceng.toml"
    settings.write_text('engine = "spark"\nspark_master = "spark://host:7077"\n', encoding="utf-8")
    assert open_workspace(tmp_path / "c").settings.engine == EngineChoice("spark", "spark://host:7077")
    for wrong in ('engine = "hive"', 'engine = "spark"\nspark_master = "host:7077"'):
        settings.write_text(wrong, encoding="utf-8")
        with pytest.raises(KecengError):
            open_workspace(tmp_path / "c")
