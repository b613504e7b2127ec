"""Portraits of classes: every figure by hand, groups counted once, nobody and nothing known told as such."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from keceng.classify import CUSTOMERS_FILE
from keceng.evaluate import GradedTable, describe_classes, read_run
from keceng.lake import Lake, open_engine
from keceng.loop import read_standard
from keceng.standard import Unit
from tests.evaluate.run_books import graded_table

RETAIL = read_standard("retail")


def book() -> pa.Table:
    needs = ["甲", "甲", "乙", None]
    best: list[dict[str, object]] = [
        {
            "grade": "A",
            "spend": cents,
            "previous_spend": 10_000,
            "current_value": cents // 2,
            "spend_growth": growth,
            "main_category": need,
            "lifecycle_state": "active" if need else "dormant",
        }
        for cents, growth, need in zip(
            [90_000, 50_000, 70_000, 10_000], [2_000, -1_000, None, 500], needs, strict=True
        )
    ]
    rest: list[dict[str, object]] = [
        {"grade": "B", "spend": 40_000},
        {"grade": "B", "spend": -60_000},
        {"grade": None, "spend": 7},
    ]
    return graded_table([*best, *rest])


def test_every_figure_of_a_class_is_what_a_hand_computes() -> None:
    best, second, third = describe_classes(book(), RETAIL)
    assert (best.class_id, best.heads, best.units, best.head_share) == ("A", 4, 4, 4 / 6)
    assert (best.sales.total, best.sales.mean, best.sales.median) == (220_000, 55_000, 50_000)
    assert best.sales_share == 220_000 / 260_000
    assert (best.value.known, best.value.total, best.value.median) == (4, 110_000, 25_000)
    assert (best.trend.before_cents, best.trend.known, best.trend.growing) == (40_000, 3, 2)
    assert best.trend.median_growth == pytest.approx(0.05)
    assert dict(best.needs) == {"甲": 2, "乙": 1, None: 1}
    assert dict(best.states) == {"active": 3, "dormant": 1}
    assert best.examples == (2, 3, 1)
    assert (second.heads, second.sales.total, second.sales_share) == (2, -20_000, 40_000 / 260_000)
    assert (third.heads, third.sales.median, third.sales_share, third.examples) == (0, None, 0.0, ())


def test_the_paragraph_says_the_figures_in_both_languages() -> None:
    best, second, third = describe_classes(book(), RETAIL, currency="£")
    assert "4 家" in best.paragraph.zh
    assert "84.6%" in best.paragraph.zh
    assert "近12个月销售额中位数 £500，平均 £550，合计 £2,200" in best.paragraph.zh
    assert "甲（50.0%）" in best.paragraph.zh
    assert "3 家中 2 家增长，中位变化 +5.1%" in best.paragraph.zh
    assert "活跃（75.0%）" in best.paragraph.zh
    assert "4 customers, 66.7% of those classified, with 84.6% of the positive sales" in best.paragraph.en
    assert "Of 3 that can be compared 2 are growing; the median change is +5.1%." in best.paragraph.en
    assert "unknown" in second.paragraph.en
    assert "-£100" in second.paragraph.en
    assert third.paragraph.zh.endswith("没有客户。")


def test_a_group_counts_once_in_amounts_and_by_heads_in_size() -> None:
    table = graded_table(
        [
            {"grade": "A", "spend": 500, "unit_key": 2},
            {"grade": "A", "spend": 500, "unit_key": 2},
            {"grade": "A", "spend": 300},
        ]
    )
    best = describe_classes(table, replace(RETAIL, unit=Unit.GROUP))[0]
    assert (best.heads, best.units, best.sales.total, best.examples) == (3, 2, 800, (3, 2))


def test_a_table_of_an_engine_is_described_like_an_arrow_table() -> None:
    engine = open_engine()
    try:
        engine.give("draft", book())
        assert describe_classes(GradedTable(engine, "draft"), RETAIL) == describe_classes(book(), RETAIL)
    finally:
        engine.close()


@pytest.mark.parametrize("rows", [[], [{"grade": None, "spend": 5}], [{"grade": "C", "spend": 0}]])
def test_nobody_or_one_customer_without_sales(rows: list[dict[str, object]]) -> None:
    portraits = describe_classes(graded_table(rows), RETAIL)
    assert [p.class_id for p in portraits] == ["A", "B", "C"]
    assert sum(p.heads for p in portraits) == len([r for r in rows if r["grade"]])
    assert all(p.sales_share == 0 for p in portraits)
    assert all(p.to_document()["paragraph"] for p in portraits)


def test_portraits_of_a_real_run_tie_to_its_record(series: tuple[Lake, list[str]]) -> None:
    lake, runs = series
    run = read_run(lake.snapshot(), runs[2])
    rows = pq.read_table(run.directory / CUSTOMERS_FILE).filter(pc.field("grade").is_valid()).to_pylist()
    portraits = describe_classes(run.read_graded(), run.standard)
    assert {p.class_id: p.heads for p in portraits} == dict(run.summary.classes["grade"])
    for p in portraits:
        own = [row for row in rows if row["grade"] == p.class_id]
        assert p.sales.total == sum(row["spend"] for row in own)
        assert p.value.total == sum(row["current_value"] or 0 for row in own)
        assert sum(p.states.values()) == p.heads
        assert set(p.examples) <= {row["customer_key"] for row in own}
    assert sum(p.head_share for p in portraits) == pytest.approx(1)
    assert sum(p.sales_share for p in portraits) == pytest.approx(1)
