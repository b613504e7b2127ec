"""Lifetime value on the page: there when the run measured it, and equal to what it stored; gone otherwise."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from keceng.classify import CUSTOMERS_FILE, RunRequest, classify_customers
from keceng.lake import Lake, Snapshot
from keceng.measure import VALUATION_NAMES
from keceng.report import write_report, write_workbook
from keceng.report.alive import AliveCell, draw_alive, name_bands
from keceng.report.subject import open_subject
from keceng.report.value import LifetimeFigures, gather_value
from keceng.report.words import WORDS
from keceng.standard import find_standard
from tests.ledgers import Day, Ledger
from tests.report.books import AS_OF, Book

_CHANCES = pa.array([9_000, 5_000, 1_000, None])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A book too small for the lifetime models, its value asked for."""
    rng = np.random.default_rng(3)
    days = [
        Day(key, AS_OF - dt.timedelta(days=int(ago)), 100_00 * key)
        for key in range(1, 41)
        for ago in np.unique(rng.integers(1, 300, 1 + key % 4))
    ]
    lake = Ledger(days).write(tmp_path_factory.mktemp("small") / "lake")
    classify_customers(lake, RunRequest(find_standard("retail"), AS_OF, also=VALUATION_NAMES))
    return lake


def lifetime_of(run: Path, snapshot: Snapshot) -> LifetimeFigures | None:
    with open_subject(run, snapshot) as subject:
        found = gather_value(subject)
    assert found is not None
    return found.lifetime


def test_a_run_that_was_not_asked_for_it_shows_no_lifetime_value(book: Book, pages: Path) -> None:
    assert lifetime_of(book.run_directory, book.snapshot) is None
    assert WORDS["alive"].en not in (pages / "en.html").read_text(encoding="utf-8")


def test_the_sums_equal_what_the_run_stored_and_the_method_is_named(small: Lake, tmp_path: Path) -> None:
    snapshot = small.snapshot()
    run = snapshot.run_directory()
    stored = pq.read_table(run / CUSTOMERS_FILE)
    found = lifetime_of(run, snapshot)
    assert found is not None
    assert found.total_cents == pc.sum(stored["clv"]).as_py()
    assert found.heads == stored.num_rows - stored["clv"].null_count == 40
    assert sum(band.heads for band in found.bands) == found.heads
    assert (found.method.en, found.basis.en) == ("Shrunk estimate", "Gross sales")
    assert found.alive == ()
    write_report(run, snapshot, tmp_path / "page.html", language="en")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert WORDS["no_alive"].en in page
    assert "Method: Shrunk estimate." in page


def test_the_workbook_lists_lifetime_value_beside_the_grade(small: Lake, tmp_path: Path) -> None:
    snapshot = small.snapshot()
    write_workbook(snapshot.run_directory(), snapshot, tmp_path / "list.xlsx", language="en")
    book = openpyxl.load_workbook(tmp_path / "list.xlsx", read_only=True)
    titles = {
        str(cell) for sheet in book for row in sheet.iter_rows(max_row=6, values_only=True) for cell in row
    }
    assert any("Value of the next year" in title for title in titles)


def test_the_map_has_each_customer_once_and_the_mean_chance_of_its_cell(small: Lake, tmp_path: Path) -> None:
    snapshot = small.snapshot()
    run = tmp_path / "run"
    run.mkdir()
    for file in snapshot.run_directory().iterdir():
        (run / file.name).write_bytes(file.read_bytes())
    stored = pq.read_table(run / CUSTOMERS_FILE)
    chances = _CHANCES.take(pa.array(np.arange(stored.num_rows) % len(_CHANCES)))
    place = stored.column_names.index("p_alive")
    pq.write_table(stored.set_column(place, "p_alive", chances), run / CUSTOMERS_FILE)
    found = lifetime_of(run, snapshot)
    assert found is not None
    known = [c for c in chances.to_pylist() if c is not None]
    assert sum(cell.heads for cell in found.alive) == len(known)
    assert sum(cell.heads * cell.chance for cell in found.alive) == pytest.approx(sum(known) / 10_000)
    write_report(run, snapshot, tmp_path / "page.html", language="en")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    cell = found.alive[0]
    assert re.search(
        rf"purchase days · .* days ago: {cell.heads} customers, {cell.chance:.1%} on average", page
    )


def test_bands_leave_no_gap_and_the_map_has_a_tile_for_every_pair() -> None:
    assert name_bands((1, 2, 3, 6, 12), 1) == ("1", "2", "3", "4–6", "7–12", "≥ 13")
    assert name_bands((30, 90), 0) == ("0–30", "31–90", "≥ 91")
    drawn = draw_alive([AliveCell(5, 4, 7, 0.5)], tile_width=10, tile_height=10)
    assert len(drawn.tiles) == len(drawn.days) * len(drawn.silences) == 30
    assert [(t.x, t.y) for t in drawn.tiles if t.cell] == [(50, 40)]
