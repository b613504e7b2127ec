"""The workbook: everything the run stored, nothing that a spreadsheet would run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keceng.report import write_workbook
from keceng.report.cells import open_book
from keceng.report.phrasing import Phrasing
from keceng.report.workbook import split_rows
from tests.report.books import AS_OF, HOSTILE, Book

Sheets = Mapping[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def path(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("workbook") / "customers.xlsx"
    write_workbook(book.run_directory, book.snapshot, found, language="en")
    return found


@pytest.fixture(scope="module")
def sheets(path: Path) -> Sheets:
    return {sheet.title: list(sheet.values) for sheet in openpyxl.load_workbook(path)}


def test_no_cell_is_a_formula_or_a_link(path: Path) -> None:
    cells = [cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "inlineStr"}
    assert not [cell for cell in cells if cell.hyperlink]
    assert [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith("=cmd")]


def test_what_would_run_when_edited_keeps_its_quotation_mark(path: Path) -> None:
    cells = [
        cell for row in openpyxl.load_workbook(path)["All customers"].iter_rows(min_row=2) for cell in row
    ]
    risky = [c for c in cells if isinstance(c.value, str) and c.value.startswith(("=", "+", "-", "@"))]
    assert len(risky) > 20
    assert all(cell.quotePrefix for cell in risky)


def test_hostile_names_come_back_letter_by_letter(sheets: Sheets) -> None:
    names = {row[1] for row in sheets["All customers"][1:]}
    assert f"{HOSTILE[0]} 16" in names
    assert f"{HOSTILE[3]} 3" in names


def test_every_customer_stands_once_sorted_by_grade_then_sales(book: Book, sheets: Sheets) -> None:
    stored = str(book.run_directory / "customers.parquet")
    header, *rows = sheets["All customers"]
    grade, sales = header.index("Grade"), header.index("Sales")
    wanted = duckdb.sql(
        f"""select grade, spend / 100.0 from '{stored}'
        order by case grade when 'A' then 0 when 'B' then 1 when 'C' then 2 else 3 end, spend desc nulls last, customer_key"""
    ).fetchall()
    assert [(row[grade], row[sales]) for row in rows] == [(g, pytest.approx(float(s))) for g, s in wanted]
    assert len({row[0] for row in rows}) == 60


def test_each_class_has_a_sheet_with_its_customers(book: Book, sheets: Sheets) -> None:
    stored = str(book.run_directory / "customers.parquet")
    for grade, heads in duckdb.sql(
        f"select grade, count(*) from '{stored}' where grade is not null group by 1"
    ).fetchall():
        header, *rows = sheets[grade]
        assert len(rows) == heads
        assert {row[header.index("Grade")] for row in rows} == {grade}


def test_those_without_a_grade_have_a_reason_and_are_not_called_provisional(sheets: Sheets) -> None:
    header, *rows = sheets["All customers"]
    ungraded = [row for row in rows if row[header.index("Grade")] is None]
    assert ungraded
    for row in ungraded:
        assert row[header.index("Reason")].startswith("Not judged")
        assert row[header.index("Provisional")] is None
        assert row[header.index("Goal")] is None


def test_the_header_is_frozen_and_filtered(path: Path) -> None:
    sheet = openpyxl.load_workbook(path)["All customers"]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(1, sheet.max_column).column_letter}61"


def test_the_overview_reconciles(sheets: Sheets) -> None:
    counts = {row[0]: row[1] for row in sheets["Overview"] if isinstance(row[1], int)}
    left_out = sum(n for label, n in counts.items() if label.startswith("not judged"))
    assert counts["Customers"] == 60 == counts["classified"] + left_out + counts["not enough data"]
    assert counts["classified"] == counts["A"] + counts["B"] + counts["C"]


def test_rejected_rows_carry_place_and_remedy_but_no_telephone_number(sheets: Sheets) -> None:
    rows = [row for row in sheets["Rejected"][3:] if row[2] is not None]
    assert len(rows) == 20
    assert all(row[5] for row in rows)
    assert not [row for row in rows if "13912345" in str(row)]


def test_every_column_is_explained_in_the_notes(sheets: Sheets) -> None:
    explained = {row[0] for row in sheets["Notes"]}
    assert set(sheets["All customers"][0]) <= explained


def test_the_chinese_workbook_is_chinese(bare_book: Book, tmp_path: Path) -> None:
    write_workbook(bare_book.run_directory, bare_book.snapshot, tmp_path / "zh.xlsx", language="zh")
    found = openpyxl.load_workbook(tmp_path / "zh.xlsx")
    assert found.sheetnames == ["总览", "全部客户", "A类", "B类", "C类", "退回行", "说明"]
    assert found["退回行"]["A1"].value == "没有退回行，读入的每一行都已采用。"


def test_the_same_run_gives_the_same_cells_twice(bare_book: Book, tmp_path: Path) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        write_workbook(bare_book.run_directory, bare_book.snapshot, tmp_path / name, language="zh")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_sheet_takes_any_title_once(tmp_path: Path) -> None:
    book = open_book(tmp_path / "x.xlsx", phrasing=Phrasing("en", "¥"), classes=3, made_on=AS_OF)
    for title in ("A/B: [best]?*", "a b best", "History", "'", "长" * 40, "长" * 40):
        book.add_sheet(title)
    names = [sheet.get_name() for sheet in book.workbook.worksheets()]
    book.workbook.close()
    assert names == ["A B best", "a b best 2", "History 2", "Sheet", "长" * 31, "长" * 29 + " 2"]


@given(rows=st.integers(0, 5_000), room=st.integers(1, 700))
def test_sheets_hold_every_row_once_and_none_too_many(rows: int, room: int) -> None:
    parts = list(split_rows(rows, room))
    assert sum(length for _, length in parts) == rows
    assert all(length <= room for _, length in parts)
    assert [start for start, _ in parts] == list(range(0, max(rows, 1), room))
