"""`classes.xlsx`: what each class is, and what sets it apart from the others, as a workbook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from keceng.evaluate import MIN_HEADS, Characteristic, ClassPortrait, Comparison
from keceng.measure import Measure, catalogue
from keceng.report.cells import Book, Sheet, open_book, write_heading
from keceng.report.comparison_files import title_level
from keceng.report.phrasing import Phrasing
from keceng.report.placement import place_whole
from keceng.standard import Standard
from keceng.vocabulary import Kind, Language, Text

_SHEETS = {
    "classes": Text("各级概况", "Classes"),
    "differences": Text("各级特征", "What sets them apart"),
    "strengths": Text("指标区分度", "Strength of measures"),
    "notes": Text("说明", "Notes"),
}
_CLASS_HEADS = (
    Text("等级", "Class"), Text("家数", "Customers"), Text("占比", "Share"), Text("销售额", "Sales"),
    Text("正销售额占比", "Share of positive sales"), Text("销售额中位数", "Median sales"), Text("平均销售额", "Mean sales"),
    Text("价值", "Value"), Text("价值中位数", "Median value"), Text("上一窗口销售额", "Sales of the window before"),
    Text("可比家数", "Comparable"), Text("增长家数", "Growing"), Text("主购品类", "Main categories"),
    Text("状态", "States"), Text("一句话", "In words"),
)  # fmt: skip
_ROW_HEADS = (
    Text("名次", "Place"), Text("等级", "Class"), Text("指标", "Measure"), Text("取值", "Value"),
    Text("已知家数", "Known"), Text("其余已知", "Others known"), Text("本级均值或占比", "Mean or share"),
    Text("其余均值或占比", "Of the others"), Text("提升度", "Lift"), Text("差", "Difference"),
    Text("95% 下限", "95 % low"), Text("95% 上限", "95 % high"), Text("效应量", "Effect size"), Text("大小", "Size"),
    Text("标准用到", "In the standard"),
)  # fmt: skip
_STRENGTH_HEADS = (
    Text("指标", "Measure"),
    Text("区分度 (η 或 Cramér V)", "Strength (η or Cramér's V)"),
)
_SIZES = (
    (0.8, Text("大", "large")),
    (0.5, Text("中", "medium")),
    (0.2, Text("小", "small")),
    (0.0, Text("很小", "very small")),
)
_SILENCES = {
    "unknown": Text("全部未知", "unknown of everybody"),
    "few": Text("已知的太少", "known of too few"),
    "no_spread": Text("人人相同", "the same for everybody"),
}
_NOTES = (
    Text(
        "均值之差用 Cohen d (合并标准差), 区间按 Welch; 占比之差用 Cohen h, 区间按 Newcombe (1998) 第 10 法。",
        "Means: Cohen's d over the pooled standard deviation, interval by Welch. Shares: Cohen's h, interval by Newcombe "
        "(1998), method 10.",
    ),
    Text(
        "效应量 0.2 为小, 0.5 为中, 0.8 为大 (Cohen, 1988); 提升度 = 本级 ÷ 其余。",
        "An effect of 0.2 is small, 0.5 medium, 0.8 large (Cohen, 1988); lift = class ÷ others.",
    ),
    Text(
        "每个 95% 区间只管它自己: 没有按比较的次数校正, 二十条里平均有一条只是碰巧。",
        "Each 95 % interval stands for itself: they are not adjusted for their number, and one in twenty is chance.",
    ),
    Text(
        f"少于 {MIN_HEADS} 家的等级、指标和取值不作比较; 每个指标只看已知的客户; 集团只算一家; 敏感属性从不比较。",
        f"Classes, measures and values with fewer than {MIN_HEADS} customers are not compared; of a measure only those "
        "count of whom it is known; a group counts once; sensitive attributes are never compared.",
    ),
    Text(
        "标准本身用到的指标, 各级当然不同; 看其余的指标才知道这些客户还有什么不一样。",
        "Measures that the standard itself names differ by its own making; the others show what else is different.",
    ),
)


@dataclass(frozen=True, slots=True)
class ClassesFile:
    """What the workbook says.

    Attributes:
        portraits: of every class.
        comparison: of the same result.
        standard: that made it.
        as_of: the day it looks from.
        currency: the sign before amounts.
    """

    portraits: Sequence[ClassPortrait]
    comparison: Comparison
    standard: Standard
    as_of: dt.date
    currency: str = "¥"


def write_comparison_workbook(content: ClassesFile, path: Path, *, language: Language) -> None:
    """Write the workbook to `path`, replacing an older file whole or not at all.

    Args:
        content: what it says.
        path: the `.xlsx` file.
        language: of every title and sentence.
    """
    phrasing = Phrasing(language, content.currency)
    with place_whole(path) as part:
        book = open_book(
            part, phrasing=phrasing, classes=len(content.standard.grade.classes), made_on=content.as_of
        )
        _write_classes(book, content, phrasing)
        _write_differences(book, content, phrasing)
        _write_strengths(book, content, phrasing)
        _write_notes(book, content, phrasing)
        book.workbook.close()


def _open_sheet(
    book: Book, name: str, phrasing: Phrasing, heads: Sequence[Text], widths: Iterable[int]
) -> Sheet:
    sheet = book.add_sheet(phrasing.text(_SHEETS[name]))
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    if heads:
        write_heading(book, sheet, [phrasing.text(head) for head in heads])
        sheet.freeze_panes(1, 1)
    return sheet


def _write_classes(book: Book, content: ClassesFile, phrasing: Phrasing) -> None:
    sheet = _open_sheet(
        book, "classes", phrasing, _CLASS_HEADS, (14, 10, 9, 16, 12, 14, 14, 16, 14, 16, 10, 10, 40, 40, 90)
    )
    states = catalogue()["lifecycle_state"]
    for row, one in enumerate(content.portraits, start=1):
        _write_row(
            book,
            sheet,
            row,
            [
                (phrasing.text(one.title), "text"),
                (one.heads, "whole"),
                (one.head_share, "percent"),
                (one.sales.total / 100, "money"),
                (one.sales_share, "percent"),
                (_units(one.sales.median), "money"),
                (_units(one.sales.mean), "money"),
                (one.value.total / 100 if one.value.known else None, "money"),
                (_units(one.value.median), "money"),
                (one.trend.before_cents / 100, "money"),
                (one.trend.known, "whole"),
                (one.trend.growing, "whole"),
                (_mix(one.needs, None, phrasing), "text"),
                (_mix(one.states, states, phrasing), "text"),
                (phrasing.text(one.paragraph), "wrapped"),
            ],
        )


def _write_differences(book: Book, content: ClassesFile, phrasing: Phrasing) -> None:
    sheet = _open_sheet(
        book, "differences", phrasing, _ROW_HEADS, (8, 12, 26, 20, 10, 10, 16, 16, 10, 14, 14, 14, 10, 10, 10)
    )
    rows = content.comparison.rows
    sheet.autofilter(0, 0, max(len(rows), 1), len(_ROW_HEADS) - 1)
    for row, one in enumerate(rows, start=1):
        _write_row(book, sheet, row, _difference_cells(row, one, content.standard, phrasing))


def _difference_cells(
    place: int, one: Characteristic, standard: Standard, phrasing: Phrasing
) -> list[tuple[object, str]]:
    measure = catalogue()[one.measure]
    look = _look(measure, one.level)
    contrast = one.contrast
    size = next(title for least, title in _SIZES if abs(contrast.effect) >= least)
    level = "" if one.level is None else phrasing.text(title_level(measure, one.level))
    return [
        (place, "whole"),
        (phrasing.text(standard.grade.tier_class(one.class_id).title), "text"),
        (phrasing.text(measure.title), "text"),
        (level, "text"),
        (one.heads, "whole"),
        (one.rest_heads, "whole"),
        (one.figure, look),
        (one.rest_figure, look),
        (one.lift, "decimal"),
        (contrast.difference, look),
        (contrast.low, look),
        (contrast.high, look),
        (contrast.effect, "decimal"),
        (phrasing.text(size), "text"),
        ("✓" if one.decides else "", "text"),
    ]


def _write_strengths(book: Book, content: ClassesFile, phrasing: Phrasing) -> None:
    sheet = _open_sheet(book, "strengths", phrasing, _STRENGTH_HEADS, (30, 26))
    for row, (name, strength) in enumerate(content.comparison.strengths.items(), start=1):
        _write_row(
            book, sheet, row, [(phrasing.text(catalogue()[name].title), "text"), (strength, "decimal")]
        )


def _write_notes(book: Book, content: ClassesFile, phrasing: Phrasing) -> None:
    sheet = _open_sheet(book, "notes", phrasing, (), (120,))
    lines = [
        Text(
            f"{content.standard.title.zh}, 截至 {content.as_of}",
            f"{content.standard.title.en}, as of {content.as_of}",
        ),
        *_NOTES,
    ]
    for class_id in content.comparison.suppressed:
        title = content.standard.grade.tier_class(class_id).title
        lines.append(
            Text(
                f"{title.zh}: 少于 {MIN_HEADS} 家, 未作比较",
                f"{title.en}: fewer than {MIN_HEADS} customers, not compared",
            )
        )
    for reason, said in _SILENCES.items():
        names = [n for n, silence in content.comparison.left_out.items() if silence == reason]
        if names:
            titles = [catalogue()[n].title for n in names]
            lines.append(
                Text(
                    f"{said.zh}: {'、'.join(t.zh for t in titles)}",
                    f"{said.en}: {', '.join(t.en for t in titles)}",
                )
            )
    for row, line in enumerate(lines):
        book.write_text(sheet, (row, 0), phrasing.text(line), "wrapped")


def _write_row(book: Book, sheet: Sheet, row: int, cells: Iterable[tuple[object, str]]) -> None:
    for place, (found, look) in enumerate(cells):
        if found is None or found == "":
            continue
        if isinstance(found, str):
            book.write_text(sheet, (row, place), found, look)
        else:
            sheet.write_number(row, place, float(str(found)), book.formats[look])


def _look(measure: Measure, level: str | None) -> str:
    if level is not None:
        return "percent"
    return "money" if measure.kind is Kind.MONEY else "decimal"


def _units(cents: float | None) -> float | None:
    return None if cents is None else cents / 100


def _mix(heads: Mapping[str | None, int], measure: Measure | None, phrasing: Phrasing) -> str:
    unknown = Text("未知", "unknown")
    parts = []
    for code, n in heads.items():
        title = unknown if code is None else measure.category_title(code) if measure else Text(code, code)
        parts.append(f"{phrasing.text(title)} {phrasing.count(n)}")
    return ("、" if phrasing.language == "zh" else ", ").join(parts)
