"""Charts say what the figures say, in colours that everybody can tell apart."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keceng.report.charts import Box, draw_curve, draw_heat_map, list_twentieths, stack_shares
from keceng.report.figures import CurveMark, CurvePoint, RfmCell, SalesCurve
from keceng.report.origins import split_languages
from keceng.report.palette import HEAT, choose_colours, contrast, shade_of
from keceng.report.phrasing import Phrasing
from keceng.vocabulary import Text


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
    assert not [(a, b) for a, b in combinations(dots, 2) if a.hides(b)]
    assert all(dot.label_y >= dot.y + 20 for dot in dots)


def test_a_label_with_room_stays_at_its_dot() -> None:
    marks = tuple(CurveMark(str(x), Text("甲", "A"), CurvePoint(x, 0.95)) for x in (0.1, 0.4))
    curve = SalesCurve((CurvePoint(0, 0), CurvePoint(1, 1)), marks, 1.0, 1)
    assert [dot.label_y - dot.y for dot in draw_curve(curve, width=894, height=350).dots] == [20, 20]


def test_a_title_stands_in_a_box_only_where_it_fits() -> None:
    assert Box(0, 0, 60, 40).fits("6.5%")
    assert Box(0, 0, 63, 40).fits("忠诚客户")
    assert not Box(0, 0, 60, 40).fits("A类·重点客户")


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
