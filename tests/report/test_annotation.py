"""The customer file that was given comes back with our columns appended and nothing else changed."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from keceng.report import annotate_customers_file
from keceng.vocabulary import KecengError
from tests.report.books import Book

GIVEN = [
    ("客户编号", "单位", "邮编", "合同额"),
    ("C0005", "第五家", "010020", "1200.50"),
    ("C0001", "=1+1", "100080", "90"),
    ("X9999", "陌生客户", "200030", "-5"),
    ("C0020", "@SUM(1)", "310000", "88000"),
]


def _annotate(book: Book, source: Path, out: Path) -> list[tuple[object, ...]]:
    annotate_customers_file(source, book.run_directory, book.snapshot, out, language="zh")
    sheet = openpyxl.load_workbook(out).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d", "inlineStr"}
    return list(sheet.values)


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    path = tmp_path / "客户.csv"
    path.write_text("\n".join(",".join(row) for row in GIVEN), encoding="utf-8")
    return path


def test_their_columns_rows_and_order_stay_and_ours_follow(
    book: Book, csv_file: Path, tmp_path: Path
) -> None:
    header, *rows = _annotate(book, csv_file, tmp_path / "out.xlsx")
    assert header[:4] == GIVEN[0]
    assert header[4:] == ("等级", "暂定", "客户价值", "生命周期", "理由", "策略目标", "联系间隔（天）")
    assert [row[0] for row in rows] == ["C0005", "C0001", "X9999", "C0020"]
    assert [row[2] for row in rows] == ["010020", "100080", "200030", "310000"]
    assert [row[3] for row in rows] == [1200.5, 90, -5, 88000]
    assert [row[1] for row in rows] == ["第五家", "=1+1", "陌生客户", "@SUM(1)"]


def test_a_row_whose_customer_is_not_in_the_run_says_so(book: Book, csv_file: Path, tmp_path: Path) -> None:
    header, *rows = _annotate(book, csv_file, tmp_path / "out.xlsx")
    grade, reason = header.index("等级"), header.index("理由")
    assert rows[2][grade] is None
    assert str(rows[2][reason]).startswith("未找到")
    assert all(row[grade] in {"A类", "B类", "C类"} and row[reason] for row in (rows[0], rows[1], rows[3]))


def test_a_workbook_with_a_title_line_comes_back_with_it(book: Book, tmp_path: Path) -> None:
    given = openpyxl.Workbook()
    sheet = given.active
    assert sheet is not None
    sheet.title = "重点客户"
    sheet.append(["重点客户名单"])
    for row in GIVEN:
        sheet.append(row)
    given.save(tmp_path / "given.xlsx")
    rows = _annotate(book, tmp_path / "given.xlsx", tmp_path / "out.xlsx")
    found = next(place for place, row in enumerate(rows) if row[0] == "客户编号")
    assert [row[0] for row in rows[found + 1 :]] == ["C0005", "C0001", "X9999", "C0020"]
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").sheetnames == ["重点客户"]


def test_a_file_about_other_customers_is_refused_and_nothing_is_written(book: Book, tmp_path: Path) -> None:
    source = tmp_path / "others.csv"
    source.write_text("客户编号,金额\nZ1,5\nZ2,6\n", encoding="utf-8")
    with pytest.raises(KecengError) as refused:
        annotate_customers_file(source, book.run_directory, book.snapshot, tmp_path / "o.xlsx", language="zh")
    assert refused.value.problems[0].code == "customers_not_found"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["others.csv"]
