"""The figures of a report agree with each other, with the run, and with queries written by hand."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from keceng.classify import RunRequest, classify_customers
from keceng.measure import catalogue
from keceng.report.figures import CurvePoint, ReportData
from keceng.report.gathering import gather_figures
from keceng.report.subject import open_subject
from keceng.standard import find_standard, load_standard, template_text
from tests.ledgers import Day, Ledger
from tests.report.books import AS_OF, Book


@pytest.fixture(scope="module")
def figures(book: Book) -> ReportData:
    with open_subject(book.run_directory, book.snapshot) as subject:
        return gather_figures(subject)


def test_the_curve_rises_to_everything_and_never_falls(figures: ReportData) -> None:
    points = figures.curve.points
    assert points[0] == CurvePoint(0.0, 0.0)
    assert points[-1] == CurvePoint(1.0, 1.0)
    assert all(b.head_share > a.head_share and b.sales_share >= a.sales_share for a, b in pairwise(points))


def test_the_curve_bends_one_way_because_the_best_come_first(figures: ReportData) -> None:
    slopes = [
        (b.sales_share - a.sales_share) / (b.head_share - a.head_share)
        for a, b in pairwise(figures.curve.points)
    ]
    assert all(b <= a + 1e-9 for a, b in pairwise(slopes))


def test_every_table_counts_the_same_customers(figures: ReportData) -> None:
    classified = figures.summary.population.classified
    assert sum(c.heads for c in figures.classes) == classified
    assert sum(c.heads for c in figures.grid.cells.values()) == classified
    assert sum(row.heads for row in figures.places.rows) + figures.places.unknown_heads == classified
    assert figures.rfm is not None
    assert figures.rfm.heads == sum(c.heads for c in figures.rfm.classes)
    assert sum(e.heads for e in figures.excluded) == sum(figures.summary.population.excluded.values())


def test_sales_are_the_same_by_class_and_by_place(figures: ReportData) -> None:
    assert sum(row.sales_cents for row in figures.places.rows) == figures.sales_cents
    assert sum(c.sales_share for c in figures.classes) == pytest.approx(1.0)


def test_product_lines_and_categories_add_up_to_the_same_sales(figures: ReportData) -> None:
    by_category = sum(row.sales_cents for row in figures.products.categories)
    assert by_category == sum(row.sales_cents for row in figures.products.product_lines) > 0


def test_leaders_are_the_greatest_in_order_with_their_reasons(figures: ReportData) -> None:
    sales = [leader.sales_cents for leader in figures.leaders]
    assert len(sales) == 20
    assert sales == sorted(sales, reverse=True)
    assert all(leader.reason.zh and leader.reason.en for leader in figures.leaders)


def test_top_fifth_and_the_number_that_brings_eighty_percent_equal_a_query(
    book: Book, figures: ReportData
) -> None:
    stored = str(book.run_directory / "customers.parquet")
    sales = [
        max(int(cents), 0)
        for (cents,) in duckdb.sql(
            f"select spend from '{stored}' where grade is not null order by spend desc, customer_key"
        ).fetchall()
    ]
    fifth = -(-len(sales) // 5)
    heads = next(n for n in range(1, len(sales) + 1) if 10 * sum(sales[:n]) >= 8 * sum(sales))
    assert figures.curve.top_fifth_share == pytest.approx(sum(sales[:fifth]) / sum(sales))
    assert figures.curve.heads_for_80 == heads


def test_members_of_a_group_do_not_count_its_sales_twice(tmp_path: Path) -> None:
    days = [Day(key, AS_OF - dt.timedelta(days=10 * key), 100_00 * key) for key in range(1, 9)]
    lake = Ledger(days, {2: {"parent_key": 1}, 3: {"parent_key": 1}}).write(tmp_path / "lake")
    standard = load_standard(
        template_text("retail").replace("window: 365d", "window: 365d\nunit: group"), catalogue()
    )
    classify_customers(lake, RunRequest(standard, AS_OF))
    snapshot = lake.snapshot()
    with open_subject(snapshot.run_directory(), snapshot) as subject:
        figures = gather_figures(subject)
    assert sum(c.heads for c in figures.classes) == 8
    assert figures.sales_cents == sum(day.gross for day in days)
    assert len(figures.leaders) == 6


def test_a_grade_without_customers_stands_in_the_table_with_zeros(tmp_path: Path) -> None:
    lake = Ledger([Day(1, AS_OF, 5_00)]).write(tmp_path / "lake")
    classify_customers(lake, RunRequest(find_standard("retail"), AS_OF))
    snapshot = lake.snapshot()
    with open_subject(snapshot.run_directory(), snapshot) as subject:
        figures = gather_figures(subject)
    assert [c.class_id for c in figures.classes] == ["A", "B", "C"]
    assert sorted(c.heads for c in figures.classes) == [0, 0, 1]
    assert all(c.average_cents == 0 for c in figures.classes if c.heads == 0)
