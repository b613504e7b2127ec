"""The section of worth: what it sums is what the run stored, and an older run simply has none."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from keceng.classify import CUSTOMERS_FILE
from keceng.measure import catalogue
from keceng.report import write_report
from keceng.report.figures import CurvePoint
from keceng.report.subject import open_subject
from keceng.report.value import POSITION_ROWS, ValueFigures, WhaleCurve, draw_whale, gather_value
from tests.report.books import Book


@pytest.fixture(scope="module")
def worth(book: Book) -> ValueFigures:
    with open_subject(book.run_directory, book.snapshot) as subject:
        found = gather_value(subject)
    assert found is not None
    return found


def test_every_position_of_the_catalogue_has_one_place_in_the_grid() -> None:
    placed = [code for _, codes in POSITION_ROWS for code in codes if code]
    assert sorted(placed) == sorted(code for code, _ in catalogue()["value_position"].categories)


def test_heads_and_curve_equal_what_the_run_stored(book: Book, worth: ValueFigures) -> None:
    stored = pq.read_table(book.run_directory / CUSTOMERS_FILE)
    judged = stored.filter(pc.is_valid(stored["grade"]))
    heads = sum(cell.heads for cell in worth.positions.values()) + worth.unplaced_heads
    assert heads == judged.num_rows
    assert worth.basis.en == "Sales"
    assert worth.whale is not None
    assert worth.whale.points[0] == CurvePoint(0.0, 0.0)
    assert worth.whale.points[-1] == CurvePoint(1.0, 1.0)
    best = pc.max(judged["current_value"]).as_py() / pc.sum(judged["current_value"]).as_py()
    assert worth.whale.points[1].sales_share == pytest.approx(best)


def test_the_curve_rises_to_its_peak_and_falls_to_the_total() -> None:
    points = (CurvePoint(0.0, 0.0), CurvePoint(0.5, 1.4), CurvePoint(1.0, 1.0))
    drawn = draw_whale(WhaleCurve(points, points[1], 1, 40_00), width=100, height=100)
    assert drawn.ceiling == 1.5
    assert drawn.steps[-1] == drawn.ceiling
    assert drawn.peak == (102.0, drawn.y(1.4))
    assert drawn.line == f"M52.0 130.0 L102.0 {drawn.y(1.4)} L152.0 {drawn.y(1.0)}"
    far = draw_whale(WhaleCurve(points, CurvePoint(0.5, 12.3), 1, 1), width=100, height=100)
    assert far.ceiling >= 12.3
    assert len(far.steps) <= 7


def test_a_run_stored_before_worth_was_measured_has_a_page_without_it(book: Book, tmp_path: Path) -> None:
    older = tmp_path / "run"
    older.mkdir()
    for file in book.run_directory.iterdir():
        (older / file.name).write_bytes(file.read_bytes())
    stored = pq.read_table(older / CUSTOMERS_FILE)
    pq.write_table(stored.drop_columns(["retained_value", "value_position"]), older / CUSTOMERS_FILE)
    write_report(older, book.snapshot, tmp_path / "old.html", language="en")
    assert 'data-section="value"' not in (tmp_path / "old.html").read_text(encoding="utf-8")
    assert "#value-en" not in (tmp_path / "old.html").read_text(encoding="utf-8")
