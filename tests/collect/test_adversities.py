"""What files do to an import: units of their own, short years, names that come twice, words for nobody."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from keceng.collect import BATCHES, CUSTOMERS, ORDER_LINES, PERSONS, REJECTS, CollectReport
from keceng.vocabulary import KecengError
from tests.collect.workspaces import Workspace, table_text

SALES = "订单号,客户编号,下单时间,实付金额"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "company")


def dated(*days: str, header: str = SALES) -> str:
    rows = [f"O{position},K{position},{day},10.00" for position, day in enumerate(days)]
    return table_text(header, rows)


def refuse_long_rows(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    """As the csv module does with a text that it cannot cut."""
    for line in lines:
        if len(line) > 200:
            raise csv.Error("line contains NUL")
        yield line.rstrip("\n").split(delimiter)


def said(report: CollectReport) -> str:
    return "\n".join(sentence.zh for sentence in report.assumed)


@pytest.mark.parametrize("heading", ["金额(万元)", "金额"])
def test_the_unit_of_a_cell_wins_over_that_of_its_header_or_title(workspace: Workspace, heading: str) -> None:
    title = "单位：万元,,,\n" if heading == "金额" else ""
    cells = ("1.2万", "12000元", "3亿", "¥1.5元", "1.2", "¥2", "1.2万元")
    rows = [f"O{i},K{i},2024-01-0{i + 1},{cell}" for i, cell in enumerate(cells)]
    workspace.collect_text(title + table_text(f"订单号,客户编号,下单时间,{heading}", rows))
    yuan = [line["amount"] / 100 for line in workspace.lines()]
    assert yuan == [12_000, 12_000, 300_000_000, 1.5, 12_000, 20_000, 12_000]


def test_an_amount_with_its_own_unit_is_not_too_large_because_of_its_header(workspace: Workspace) -> None:
    rows = ["O1,K1,2024-01-01,1234567890元", "O2,K2,2024-01-02,1234567890"]
    report = workspace.collect_text(table_text("订单号,客户编号,下单时间,金额(万元)", rows))
    assert report.rejects == {"too_large": 1}
    assert [line["amount"] for line in workspace.lines()] == [123_456_789_000]


@pytest.mark.parametrize("short", ["24-01-02", "24/1/2", "13/02/24", "01/01/24"])
def test_a_date_with_a_short_year_is_rejected_and_proves_nothing(workspace: Workspace, short: str) -> None:
    report = workspace.collect_text(dated("2024-01-05", short))
    assert report.rejects == {"ambiguous_date": 1}
    with pytest.raises(KecengError, match="01/02/2024"):
        workspace.collect_text(dated("01/02/2024", short), "later.csv")


def test_a_proven_order_does_not_read_short_years_but_a_declared_one_does(workspace: Workspace) -> None:
    text = dated("13/02/2024", "01/02/24")
    assert workspace.collect_text(text).rejects == {"ambiguous_date": 1}
    assert workspace.collect_text(text, "other.csv", source="other", date_order="dmy").rejects == {}
    days = sorted(str(line["line_on"]) for line in workspace.rows(ORDER_LINES))
    assert days == ["2024-02-01", "2024-02-13", "2024-02-13"]


def test_a_month_name_tells_the_order_even_with_a_short_year(workspace: Workspace) -> None:
    assert workspace.collect_text(dated("14JUN09:17:58:34", "15JUN09")).rejects == {}
    assert [str(line["line_on"]) for line in workspace.lines()] == ["2009-06-14", "2009-06-15"]


@pytest.mark.parametrize(
    ("proof", "sentence"),
    [
        ("13/02/2024", "01/02/2024 按 日/月/年 读: 「下单时间」列有前一个数大于 12 的日期"),
        ("02/13/2024", "01/02/2024 按 月/日/年 读: 「下单时间」列有后一个数大于 12 的日期"),
    ],
)
def test_an_order_of_day_and_month_taken_from_other_rows_is_said(
    workspace: Workspace, proof: str, sentence: str
) -> None:
    assert sentence in said(workspace.collect_text(dated(proof, "01/02/2024")))
    assert "读" not in said(workspace.collect_text(dated(proof, "2024-01-02"), "plain.csv", source="other"))


def test_dates_of_both_orders_are_named_and_the_unfitting_ones_rejected(workspace: Workspace) -> None:
    text = dated("2024-01-01", "13/02/2024", "02/14/2024")
    with pytest.raises(KecengError) as caught:
        workspace.collect_text(text)
    message = caught.value.problems[0].message
    assert "第 3 行 13/02/2024" in message.zh
    assert "第 4 行 02/14/2024" in message.zh
    assert "neither order fits all rows" in message.en
    report = workspace.collect_text(text, date_order="dmy")
    assert report.rejects == {"bad_date": 1}
    assert [row["row_no"] for row in workspace.rows(REJECTS)] == [4]


def test_two_columns_of_one_name_that_differ_are_said(workspace: Workspace) -> None:
    text = table_text("订单号,客户编号,下单时间,金额,金额", ["O1,K1,2024-01-01,10,20"])
    report = workspace.collect_text(text)
    assert "两列都叫「金额」而内容不同: 取第一列" in said(report)
    assert [line["amount"] for line in workspace.lines()] == [1_000]
    same = table_text("订单号,客户编号,下单时间,金额,金额", ["O1,K1,2024-01-01,10,10"])
    assert "金额" not in said(workspace.collect_text(same, "same.csv", source="other"))


def test_two_names_for_one_field_are_said_unless_the_user_chose(workspace: Workspace) -> None:
    text = table_text("订单号,客户编号,会员号,下单时间,金额", ["O1,K1,M1,2024-01-01,10"])
    assert "「客户编号」和「会员号」像同一个字段" in said(workspace.collect_text(text))
    chosen = workspace.collect_text(text, source="other", overrides={"customer_id": "会员号"})
    assert "同一个字段" not in said(chosen)


@pytest.mark.parametrize("shuffled", [False, True])
def test_the_same_rows_in_two_files_of_one_import_are_both_in_the_ledger(
    workspace: Workspace, shuffled: bool
) -> None:
    rows = [f"O{i},K{i % 3},2024-01-0{i + 1},10.0{i}" for i in range(8)]
    again = random.Random(7).sample(rows, 8) if shuffled else rows
    paths = [
        workspace.write("o1.csv", table_text(SALES, rows)),
        workspace.write("o2.csv", table_text(SALES, again)),
    ]
    report = workspace.collect(*paths)
    counted = [(b["file"], b["read"], b["added"], b["unchanged"]) for b in workspace.rows(BATCHES)]
    assert (report.rows.read, report.rows.added, report.rows.unchanged) == (16, 8, 8)
    assert sorted(counted) == [("o1.csv", 8, 8, 0), ("o2.csv", 8, 0, 8)]
    assert len(workspace.lines()) == 8
    versions = workspace.versions
    workspace.collect(*paths)
    assert (workspace.versions, len(workspace.rows(BATCHES))) == (versions, 2)


def test_rejected_rows_of_two_equal_files_are_counted_per_file(workspace: Workspace) -> None:
    text = table_text(SALES, ["O1,K1,2024-01-01,10", "O2,K2,not a day,10"])
    report = workspace.collect(workspace.write("o1.csv", text), workspace.write("o2.csv", text))
    assert report.rows.is_balanced
    assert sorted((b["read"], b["rejected"]) for b in workspace.rows(BATCHES)) == [(2, 1), (2, 1)]
    assert {row["batch_id"] for row in workspace.rows(REJECTS)} == {
        b["batch_id"] for b in workspace.rows(BATCHES)
    }


def test_words_for_nobody_as_customer_ids_are_empty_cells(workspace: Workspace) -> None:
    words = ("NULL", "null", "-", "--", "无", "N/A", "none", "未知", "空", "#N/A", "0", " Null ")
    rows = ["O0,K1,2024-01-01,10", *(f"O{i},{word},2024-01-02,{i}" for i, word in enumerate(words, start=1))]
    report = workspace.collect_text(table_text(SALES, rows))
    assert (report.rows.added, report.rows.anonymous) == (1 + len(words), len(words))
    assert len(workspace.rows(CUSTOMERS)) == 1


def test_a_name_still_names_the_customer_when_the_id_says_nobody(workspace: Workspace) -> None:
    rows = ["O1,NULL,甲公司,2024-01-01,10", "O2,0,未知,2024-01-02,20", "O3,-,散客,2024-01-03,30"]
    report = workspace.collect_text(table_text("订单号,客户编号,客户名称,下单时间,金额", rows))
    assert report.rows.anonymous == 1
    assert sorted(person["name"] for person in workspace.rows(PERSONS)) == ["散客", "甲公司"]
    assert sorted(customer["is_bucket"] for customer in workspace.rows(CUSTOMERS)) == [False, True]


def test_a_customer_file_needs_more_than_a_word_for_nobody(workspace: Workspace) -> None:
    rows = ["K1,甲公司,制造", "NULL,未知,制造", "K2,乙公司,零售"]
    report = workspace.collect_text(table_text("客户编号,客户名称,行业", rows))
    assert report.rejects == {"missing_customer": 1}


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_very_long_cell_is_read(workspace: Workspace, quote: str) -> None:
    longest = quote + "长" * 200_000 + quote
    text = table_text(SALES + ",商品名称", [f"O1,K1,2024-01-01,10,{longest}", "O2,K2,2024-01-02,20,茶"])
    assert workspace.collect_text(text).rows.added == 2


def test_a_row_that_cannot_be_cut_names_its_file_and_row(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("csv.reader", refuse_long_rows)
    text = table_text(SALES, ["O1,K1,2024-01-01,10", f"O2,K2,2024-01-02,{'9' * 300}"])
    with pytest.raises(KecengError) as caught:
        workspace.collect_text(text)
    problem = caught.value.problems[0]
    assert (problem.code, problem.place.file, problem.place.row) == ("uncut_row", "orders.csv", 3)


def test_what_is_assumed_of_walk_ins_says_marked_and_not_removed(workspace: Workspace) -> None:
    rows = ["O1,散客,2024-01-01,10", "O2,甲公司,2024-01-02,20"]
    report = workspace.collect_text(table_text("订单号,客户名称,下单时间,金额", rows))
    assert "标为不参评" in said(report)
    assert "排除" not in said(report)
