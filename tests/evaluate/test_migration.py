"""Moves between runs: every head once, ties to each run's own record, falls named with their reason."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from keceng.classify import CUSTOMERS_FILE, GONE, NEW, UNCLASSIFIED
from keceng.evaluate import MoveCell, choose_pair, list_published, migration_matrix, read_run
from keceng.evaluate.migration import MOST_FALLS
from keceng.lake import Lake
from keceng.loop import read_standard
from keceng.standard import Unit
from keceng.vocabulary import KecengError, Text
from tests.evaluate.run_books import name_customers, store_run

Series = tuple[Lake, list[str]]
DAY = dt.date(2026, 6, 30)


def grades(lake: Lake, run_id: str) -> dict[int, str | None]:
    rows = pq.read_table(
        lake.snapshot().run_directory(run_id) / CUSTOMERS_FILE, columns=["customer_key", "grade"]
    )
    return {r["customer_key"]: r["grade"] for r in rows.to_pylist()}


def test_every_cell_is_what_counting_by_hand_gives(series: Series) -> None:
    lake, runs = series
    a, b = grades(lake, runs[0]), grades(lake, runs[2])
    expected = Counter(
        (
            NEW if key not in a else a[key] or UNCLASSIFIED,
            GONE if key not in b else b[key] or UNCLASSIFIED,
        )
        for key in {*a, *b}
    )
    found = migration_matrix(lake.snapshot(), runs[0], runs[2])
    assert {pair: cell.heads for pair, cell in found.cells.items()} == expected
    assert found.heads_from(NEW) > 0


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 2), (2, 0)])
def test_rows_and_columns_sum_to_the_runs_own_records(series: Series, first: int, second: int) -> None:
    lake, runs = series
    snapshot = lake.snapshot()
    found = migration_matrix(snapshot, runs[first], runs[second])
    for run_id, heads_of in ((runs[first], found.heads_from), (runs[second], found.heads_to)):
        summary = read_run(snapshot, run_id).summary
        assert {c: heads_of(c) for c in "ABC"} == dict(summary.classes["grade"])
        assert heads_of(UNCLASSIFIED) == summary.population.customers - summary.population.classified
    assert sum(cell.heads for cell in found.cells.values()) == found.to_document()["customers"]
    if first > second:
        assert found.heads_to(GONE) > 0
        assert any("later than" in note.en for note in found.notes)


def test_a_published_run_and_the_matrix_agree(series: Series) -> None:
    lake, runs = series
    summary = read_run(lake.snapshot(), runs[1]).summary
    assert summary.earlier_run == runs[0]
    found = migration_matrix(lake.snapshot(), runs[0], runs[1]).to_document()["moves"]
    assert found == {a: dict(row) for a, row in summary.moves.items()}


def test_sales_of_the_cells_are_those_of_the_runs(series: Series) -> None:
    lake, runs = series
    found = migration_matrix(lake.snapshot(), runs[0], runs[1])
    spend = [
        sum(
            pq.read_table(lake.snapshot().run_directory(r) / CUSTOMERS_FILE, columns=["spend"])[
                "spend"
            ].to_pylist()
        )
        for r in runs[:2]
    ]
    assert sum(c.before_cents for c in found.cells.values()) == spend[0]
    assert sum(c.after_cents for c in found.cells.values()) == spend[1]


def test_falls_are_those_who_left_the_best_class_the_greatest_first(series: Series) -> None:
    lake, runs = series
    a, b = grades(lake, runs[0]), grades(lake, runs[2])
    left = {key for key, grade in a.items() if grade == "A" and b.get(key) != "A"}
    found = migration_matrix(lake.snapshot(), runs[0], runs[2])
    assert left
    assert {fall.customer_key for fall in found.falls} == left
    assert found.fall_heads == len(left) <= MOST_FALLS
    sales = [fall.before_cents or 0 for fall in found.falls]
    assert sales == sorted(sales, reverse=True)
    for fall in found.falls:
        assert fall.customer_id == f"C{fall.customer_key:05d}"
        assert fall.reason is not None
        assert fall.reason.zh
        assert fall.customer_name is None


def test_only_an_organisation_is_named(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    name_customers(lake, {1: "甲公司", 2: "王先生", 3: "乙公司"})
    kinds: list[object] = ["org", "person", "org"]
    first = store_run(lake, [{"grade": "A", "spend": 100, "customer_kind": kind} for kind in kinds], DAY)
    reason = {"reason_zh": "B类：销售额", "reason_en": "B: sales"}
    second = store_run(lake, [{"grade": "B", "spend": 90, **reason}, {"grade": "C", "spend": 1}], DAY)
    falls = {fall.customer_key: fall for fall in migration_matrix(lake.snapshot(), first, second).falls}
    assert {key: fall.customer_name for key, fall in falls.items()} == {1: "甲公司", 2: None, 3: "乙公司"}
    assert {key: fall.to_state for key, fall in falls.items()} == {1: "B", 2: "C", 3: GONE}
    assert falls[1].reason == Text("B类：销售额", "B: sales")
    assert (falls[3].before_cents, falls[3].after_cents, falls[3].reason) == (100, None, None)


def test_a_group_brings_its_sales_once(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    ruler = replace(read_standard("retail"), unit=Unit.GROUP)
    rows = [
        {"grade": "A", "spend": 500, "unit_key": 2},
        {"grade": "A", "spend": 500},
        {"grade": "B", "spend": 7},
    ]
    runs = [store_run(lake, rows, DAY, ruler) for _ in range(2)]
    cells = migration_matrix(lake.snapshot(), *runs).cells
    assert cells["A", "A"] == MoveCell(2, 500, 500)
    assert cells["B", "B"] == MoveCell(1, 7, 7)


@pytest.mark.parametrize("rows", [[], [{"grade": None}], [{"grade": "C", "spend": None}]])
def test_nobody_or_one_customer(tmp_path: Path, rows: list[dict[str, object]]) -> None:
    lake = Lake.create(tmp_path / "lake")
    runs = [store_run(lake, rows, DAY) for _ in range(2)]
    found = migration_matrix(lake.snapshot(), *runs)
    assert sum(cell.heads for cell in found.cells.values()) == len(rows)
    assert (found.fall_heads, found.moved_heads, found.falls) == (0, 0, ())


def test_the_default_pair_is_the_published_run_and_the_one_before(series: Series) -> None:
    lake, runs = series
    assert list_published(lake) == tuple(runs)
    assert choose_pair(lake) == (runs[1], runs[2])
    assert choose_pair(lake, to_run=runs[1]) == (runs[0], runs[1])
    assert choose_pair(lake, from_run=runs[0]) == (runs[0], runs[2])


def test_a_pair_that_does_not_exist_is_refused_in_words(series: Series, tmp_path: Path) -> None:
    lake, runs = series
    empty = Lake.create(tmp_path / "lake")
    cases: list[tuple[Callable[[], object], str]] = [
        (lambda: choose_pair(lake, to_run=runs[0]), "no_earlier_run"),
        (lambda: choose_pair(lake, runs[0], runs[0]), "same_run"),
        (lambda: choose_pair(empty), "no_published_run"),
        (lambda: migration_matrix(lake.snapshot(), runs[0], "nope"), "unknown_run"),
    ]
    for ask, code in cases:
        with pytest.raises(KecengError) as error:
            ask()
        assert error.value.problems[0].code == code


def test_another_ruler_is_told_and_another_title_is_not(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    rulers = [read_standard("retail"), read_standard("consumer")]
    rulers.append(replace(rulers[0], title=Text("改名", "renamed"), revision=2))
    runs = [store_run(lake, [{"grade": r.grade.class_ids[0]}], DAY, r) for r in rulers]
    told = [migration_matrix(lake.snapshot(), runs[0], other).notes for other in runs[1:]]
    assert "different standards" in told[0][0].en
    assert told[1] == ()
