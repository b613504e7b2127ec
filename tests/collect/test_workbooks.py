"""Workbooks as people keep them: titles, merged cells, two-row headers, several sheets, numbers that lost digits."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from keceng.collect.files import read_source
from keceng.vocabulary import KecengError
from tests.collect.made_files import Cell, Merge, write_workbook, write_xls

HEADER: list[Cell] = ["客户编号", "客户名称", "金额"]


def test_numbers_dates_and_long_ids_are_written_without_accidents(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        ["客户编号", "手机", "长号", "金额", "下单时间", "日期", "备注"],
        [1001, 13800000001, 123456789012345678, 0.3, dt.datetime.fromisoformat("2024-01-02 03:04:05"), dt.date(2024, 1, 2), " x\u3000"],
        ["0012", "13800000002", 123456789012345, -12.50, "2024/1/3", 45293, ""],
    ]  # fmt: skip
    (table,) = read_source(write_workbook(tmp_path / "a.xlsx", {"S": rows}))
    assert [list(row.values()) for row in table.data.to_pylist()] == [
        ["1001", "13800000001", "1.234567890123457E+17", "0.3", "2024-01-02 03:04:05", "2024-01-02", "x", 2],
        ["0012", "13800000002", "123456789012345", "-12.5", "2024/1/3", "45293", None, 3],
    ]


def test_dates_of_a_1904_workbook_are_the_days_it_shows(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["客户编号", "下单时间"], ["K1", dt.date(2024, 1, 2)]]
    (table,) = read_source(write_workbook(tmp_path / "a.xlsx", {"S": rows}, date_1904=True))
    assert (table.data["下单时间"].to_pylist(), table.date_epoch) == (["2024-01-02"], 1904)


def test_titles_blank_rows_and_totals_are_no_data_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        ["2024年客户销售汇总", None, None], [None] * 3, ["制表人: 王", None, None], HEADER,
        ["K1", "甲公司", 5], [None] * 3, ["小计", None, 5], ["K2", "乙公司", 6], [None, "合  计", 11], HEADER, ["K3", "总计划公司", 1],
    ]  # fmt: skip
    (table,) = read_source(write_workbook(tmp_path / "a.xlsx", {"S": rows}))
    assert table.headers == ("客户编号", "客户名称", "金额")
    assert table.data["客户编号"].to_pylist() == ["K1", "K2", "K3"]
    assert table.data["row_no"].to_pylist() == [5, 8, 11]
    assert table.dropped_rows == 3
    assert {"2 total rows were not taken for data", "1 repeated header rows were left out"} == {
        n.en for n in table.notes
    }


def test_a_two_row_header_is_joined_under_its_merged_groups(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        ["单位", "2023年", None, "2024年", None],
        [None, "合同额", "回款", "合同额", "回款"],
        ["甲局", 1, 2, 3, 4],
    ]
    merges: list[Merge] = [(0, 0, 1, 0, "单位"), (0, 1, 0, 2, "2023年"), (0, 3, 0, 4, "2024年")]
    (table,) = read_source(write_workbook(tmp_path / "a.xlsx", {"S": rows}, merges=merges))
    assert table.headers == ("单位", "2023年合同额", "2023年回款", "2024年合同额", "2024年回款")
    assert table.data["row_no"].to_pylist() == [3]


def test_a_cell_merged_downwards_holds_for_its_rows_but_an_amount_counts_once(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        ["省份", "订单号", "商品名称", "实付金额"],
        ["山东", 20240101, "甲", 30],
        [None, None, "乙", None],
        ["江苏", 20240102, "丙", 5],
    ]
    merges: list[Merge] = [(1, 0, 2, 0, "山东"), (1, 1, 2, 1, 20240101.0), (1, 3, 2, 3, 30.0)]
    (table,) = read_source(write_workbook(tmp_path / "a.xlsx", {"S": rows}, merges=merges))
    assert table.data["省份"].to_pylist() == ["山东", "山东", "江苏"]
    assert table.data["订单号"].to_pylist() == ["20240101", "20240101", "20240102"]
    assert table.data["实付金额"].to_pylist() == ["30", None, "5"]


def test_each_visible_sheet_with_a_table_is_one_and_the_others_are_noted(tmp_path: Path) -> None:
    body: list[list[Cell]] = [HEADER, ["K1", "甲", 1]]
    sheets: dict[str, list[list[Cell]]] = {
        "一月": body,
        "说明": [["本表由财务部维护"]],
        "空": [],
        "二月": body,
        "旧": body,
    }
    path = write_workbook(tmp_path / "a.xlsx", sheets, hidden=["旧"])
    tables = read_source(path)
    assert [t.sheet for t in tables] == ["一月", "二月"]
    noted = " ".join(n.zh for n in tables[0].notes)
    assert "旧" in noted
    assert "空" not in noted
    (hidden,) = read_source(path, sheet="旧")
    assert hidden.data.num_rows == 1
    with pytest.raises(KecengError, match="一月"):
        read_source(path, sheet="三月")


def test_nameless_and_repeated_headers_get_names_that_can_be_mapped(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [[None, "客户编号", "金额", "金额", "row_no", None], [0, "K1", 1, 2, 3, None]]
    (table,) = read_source(write_workbook(tmp_path / "a.xlsx", {"S": rows}))
    assert table.headers == ("column_1", "客户编号", "金额", "金额_2", "row_no_2")


def test_an_old_xls_file_is_read_like_a_new_one(tmp_path: Path) -> None:
    path = write_xls(
        tmp_path / "a.xls",
        [["客户编号", "客户名称", "金额"], ["K1", "甲公司", 12.5], [1001.0, "乙公司", 3.0]],
    )
    (table,) = read_source(path)
    assert table.sheet == "表1"
    assert [list(row.values()) for row in table.data.to_pylist()] == [
        ["K1", "甲公司", "12.5", 2],
        ["1001", "乙公司", "3", 3],
    ]
