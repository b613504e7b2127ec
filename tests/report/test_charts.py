"""Charts say what the figures say, in colours that everybody can tell apart."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keceng.report.charts import LABEL_HEIGHT, draw_curve, draw_heat_map, list_twentieths, stack_shares
from keceng.report.figures import CurveMark, CurvePoint, ReportData, RfmCell, SalesCurve
from keceng.report.gathering import gather_figures
from keceng.report.origins import split_languages
from keceng.report.palette import HEAT, choose_colours, contrast, shade_of
from keceng.report.phrasing import Phrasing
from keceng.report.subject import open_subject
from keceng.vocabulary import Text
from tests.report.books import Book


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


@given(weights=st.lists(st.integers(0, 1000), min_size=1, max_size=7).filter(any))
def test_stacked_boxes_follow_each_other_and_stay_inside(weights: list[int]) -> None:
    boxes = stack_shares([w / sum(weights) for w in weights], width=960, y=0, height=40)
    assert all(box.width >= 0 and box.x + box.width <= 961 for box in boxes)
    assert all(b.x >= a.x for a, b in pairwise(boxes))


def test_labels_of_near_marks_do_not_overlap() -> None:
    marks = tuple(CurveMark(str(n), Text("甲", "A"), CurvePoint(n / 100, 0.9 + n / 100)) for n in range(1, 5))
    curve = SalesCurve((CurvePoint(0, 0), CurvePoint(1, 1)), marks, 1.0, 1)
    dots = draw_curve(curve, width=276, height=230).dots
    assert [dot.mark for dot in dots] == list(marks)
    assert all(a.label_y - b.label_y >= LABEL_HEIGHT for a, b in pairwise(dots))


def test_twentieths_are_few_and_end_at_everybody() -> None:
    points = [CurvePoint(n / 7, n / 7) for n in range(8)]
    assert [p.head_share for p in list_twentieths(points)] == [p.head_share for p in points[1:]]


def test_the_heat_map_has_a_tile_for_every_pair_even_where_nobody_stands() -> None:
    drawing = draw_heat_map([RfmCell(5, 1, 9, 100), RfmCell(1, 4, 1, 100)], tile_width=10, tile_height=10)
    assert len(drawing.tiles) == 25
    assert sum(tile.cell is not None for tile in drawing.tiles) == 2
    assert draw_heat_map([], tile_width=10, tile_height=10).tiles == []


@pytest.mark.parametrize("count", range(1, 12))
def test_text_reads_on_every_class_colour(count: int) -> None:
    colours = choose_colours(count)
    assert len(colours) == count
    assert all(contrast(c.fill, c.ink) >= 4.5 for c in colours)


@pytest.mark.parametrize("count", range(2, 8))
def test_classes_differ_in_lightness_alone_so_that_colour_blindness_does_not_matter(count: int) -> None:
    fills = [c.fill for c in choose_colours(count)]
    against_black = [contrast(fill, "#000000") for fill in fills]
    assert all(b > a * 1.15 for a, b in pairwise(against_black))


def test_text_reads_on_every_shade_of_the_heat_map() -> None:
    for heads in range(0, 101, 5):
        shade = shade_of(heads, 100)
        assert shade.fill in HEAT
        assert contrast(shade.fill, shade.ink) >= 4.5


def test_numbers_read_as_people_write_them() -> None:
    phrasing = Phrasing("en", "£")
    assert phrasing.money(-193142) == "-£1,931.42"
    assert phrasing.rounded_money(193150) == "£1,932"
    assert phrasing.rounded_money(-193149) == "-£1,931"
    assert phrasing.share(0.0002) == "<0.1%"
    assert phrasing.share(0.0) == "0.0%"
    assert phrasing.day(None) == "—"


def test_an_assumption_is_split_into_its_languages_whatever_it_quotes() -> None:
    assert split_languages("甲 / a") == Text("甲", "a")
    assert split_languages("列 A / B 按日 / column A / B by day") == Text(
        "列 A / B 按日", "column A / B by day"
    )
    assert split_languages("only one") == Text("only one", "only one")
