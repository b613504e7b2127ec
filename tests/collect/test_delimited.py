"""Text tables: delimiters, quotes, rows that cannot be cut, and the row numbers a user sees."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keceng.collect.delimited import read_text_table
from keceng.collect.files import read_source
from tests.collect.made_files import write_csv


def rows_of(text: str) -> list[list[str]]:
    body = read_text_table(text, "a.csv", is_known=lambda _: False)
    return [list(row) for row in zip(*(c.to_pylist() for c in body.columns), strict=True)]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，", "   "])
def test_every_delimiter_is_found(delimiter: str) -> None:
    text = delimiter.join(["id", "name", "price"]) + "\n" + delimiter.join(["1", "甲", "3.5"]) + "\n"
    assert rows_of(text) == [["1", "甲", "3.5"]]


def test_a_semicolon_file_with_decimal_commas_is_cut_at_semicolons() -> None:
    assert rows_of("id;price;cost\n1;3,5;2,5\n2;4,5;1,5\n") == [["1", "3,5", "2,5"], ["2", "4,5", "1,5"]]


def test_runs_of_blanks_cut_fields_and_leading_zeros_stay() -> None:
    assert rows_of(" id  date\r \n 00001 19970101 \n\n 00002   19970112\n".replace("\r", "")) == [
        ["00001", "19970101"],
        ["00002", "19970112"],
    ]


def test_quotes_hold_delimiters_quotes_and_line_breaks(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", '编号,备注,金额\n1,"甲, ""乙""\r\n丙",5\n2,x,6\n')
    (table,) = read_source(path)
    assert table.data["备注"].to_pylist() == ['甲, "乙"\n丙', "x"]
    assert table.data["row_no"].to_pylist() == [2, 3]


def test_rows_with_a_wrong_number_of_fields_are_kept_with_their_row_and_text(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "编号,金额\n1,5\n\n2,6,7\n3\n4,8\n")
    (table,) = read_source(path)
    assert table.data.to_pylist() == [
        {"编号": "1", "金额": "5", "row_no": 2},
        {"编号": "4", "金额": "8", "row_no": 6},
    ]
    assert [(b.row_no, b.text, b.code) for b in table.broken_rows] == [
        (4, "2,6,7", "too_many_fields"),
        (5, "3", "too_few_fields"),
    ]
    assert table.row_count == 4


def test_a_quote_that_is_never_closed_costs_its_own_row_only(tmp_path: Path) -> None:
    body = "".join(f"{n},x{n},1\n" for n in range(3, 200))
    (table,) = read_source(write_csv(tmp_path / "a.csv", '编号,名称,金额\n1,a,1\n2,"开口,1\n' + body))
    assert [(b.row_no, b.code) for b in table.broken_rows] == [(3, "unclosed_quote")]
    assert table.data.num_rows == 198


def test_two_stray_quotes_far_apart_do_not_swallow_the_rows_between(tmp_path: Path) -> None:
    lines = [f"{n},x{n},1" for n in range(1, 400)]
    lines[10], lines[300] = '11,"开口,1', '301,"又开,1'
    (table,) = read_source(write_csv(tmp_path / "a.csv", "编号,名称,金额\n" + "\n".join(lines) + "\n"))
    assert [b.row_no for b in table.broken_rows] == [12, 302]
    assert table.data.num_rows == 397


def test_an_inch_mark_inside_a_cell_is_just_a_character() -> None:
    assert rows_of('id,name,n\n1,5" disc,1\n2,pad,2\n') == [["1", '5" disc', "1"], ["2", "pad", "2"]]


def test_a_trailing_comma_on_every_row_but_the_header_is_no_column(tmp_path: Path) -> None:
    (table,) = read_source(write_csv(tmp_path / "a.csv", "编号,金额\n1,5,\n2,6,\n"))
    assert (table.headers, table.data.num_rows, table.broken_rows) == (("编号", "金额"), 2, ())


def test_titles_above_the_header_do_not_shift_row_numbers(tmp_path: Path) -> None:
    text = "销售明细表\n单位：万元\n\n客户编号,下单时间,金额\nK1,2024-01-02,5\n合计,,5\n"
    (table,) = read_source(write_csv(tmp_path / "a.csv", text))
    assert table.data.to_pylist() == [{"客户编号": "K1", "下单时间": "2024-01-02", "金额": "5", "row_no": 5}]
    assert table.title_lines == ("销售明细表", "单位：万元")
    assert table.dropped_rows == 1


CELL = st.text(alphabet='abc客户 ,;"\n0123', max_size=8)


@given(st.lists(st.tuples(CELL, CELL, st.integers(0, 99).map(str)), min_size=1, max_size=20))
def test_what_a_csv_writer_writes_is_read_back(rows: list[tuple[str, str, str]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["甲名", "乙名", "丙名"])
    writer.writerows(rows)
    assert rows_of(buffer.getvalue()) == [list(row) for row in rows]
