"""Files in, ledger out: identity of orders, returns, rejects, corrections, and all or nothing."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from keceng.collect import (
    BATCHES,
    CUSTOMERS,
    DECLARED_MEASURES,
    INVOICES,
    ORDER_LINES,
    ORDERS,
    PAYMENTS,
    PERSONS,
    PRODUCTS,
    PURCHASE_DAY,
    REJECTS,
    CollectOptions,
    collect_files,
    last_valid_order_date,
    preview_files,
    write_rejects,
)
from keceng.vocabulary import KecengError
from tests.collect.made_files import Cell, write_workbook
from tests.collect.workspaces import IMPORT_DAY, Workspace, table_text

HEADER = "订单号,客户编号,下单时间,商品名称,数量,单价,实付金额,订单状态"
TEA = "O1,K1,2024-01-01 10:00:00,茶,1,10,10.00,交易成功"
CUP = "O1,K1,2024-01-01 10:00:00,杯,2,10,20.00,交易成功"
POT = "O2,K2,2024-01-05,壶,1,99,99.00,已完成"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "company")


def orders(*rows: str) -> str:
    return table_text(HEADER, rows)


def test_the_same_file_twice_changes_nothing_and_makes_no_version(workspace: Workspace) -> None:
    first = workspace.collect_text(orders(TEA, CUP, POT))
    lines, versions = workspace.lines(), workspace.versions
    second = workspace.collect_text(orders(TEA, CUP, POT))
    assert (first.rows.added, second.rows.unchanged, second.rows.added) == (3, 3, 0)
    assert (workspace.lines(), workspace.versions) == (lines, versions)
    assert second.batch_ids == first.batch_ids


def test_an_order_that_comes_again_replaces_its_lines_and_others_stay(workspace: Workspace) -> None:
    workspace.collect_text(orders(TEA, CUP, POT))
    report = workspace.collect_text(orders(TEA.replace("10.00", "12.00")), "later.csv")
    assert (report.rows.updated, report.rows.added) == (1, 0)
    assert [(r["order_id"], r["amount"]) for r in workspace.lines()] == [("O1", 1200), ("O2", 9900)]


def test_append_lines_adds_only_the_lines_the_order_lacks(workspace: Workspace) -> None:
    workspace.collect_text(orders(TEA, POT))
    report = workspace.collect_text(orders(TEA, CUP), "later.csv", append_lines=True)
    assert (report.rows.unchanged, report.rows.added) == (1, 1)
    assert sorted(r["amount"] for r in workspace.lines()) == [1000, 2000, 9900]
    assert sorted((r["order_key"], r["line_no"]) for r in workspace.rows(ORDER_LINES)) == [
        (1, 1),
        (1, 2),
        (2, 1),
    ]


def test_equal_lines_within_an_order_are_kept_and_counted(workspace: Workspace) -> None:
    report = workspace.collect_text(orders(TEA, TEA, TEA))
    assert (report.rows.added, report.rows.duplicate_lines) == (3, 2)
    again = workspace.collect_text(orders(TEA, TEA), "later.csv")
    assert again.rows.updated == 2


def test_without_order_ids_a_customers_day_is_one_order(workspace: Workspace) -> None:
    rows = table_text(
        "客户编号,日期,金额", ["K1,2024-01-01,5", "K1,2024-01-01,6", "K1,2024-01-02,7", "K2,2024-01-01,8"]
    )
    workspace.collect_text(rows)
    assert len(workspace.rows(ORDERS)) == 3
    assert not any("K1" in (r["order_id"] or "") for r in workspace.rows(ORDERS))


def test_a_file_without_order_ids_that_repeats_another_must_be_declared(workspace: Workspace) -> None:
    first = table_text("客户编号,日期,金额", ["K1,2024-01-01,5", "K1,2024-01-02,6", "K2,2024-01-03,7"])
    more = first + "K3,2024-01-04,9\n"
    workspace.collect_text(first)
    versions = workspace.versions
    with pytest.raises(KecengError) as refused:
        workspace.collect_text(more, "more.csv")
    assert refused.value.problems[0].code == "overlap_undeclared"
    assert (workspace.versions, len(workspace.lines())) == (versions, 3)
    replaced = workspace.collect_text(more, "more.csv", overlap="replace")
    assert (replaced.rows.unchanged, replaced.rows.added, len(workspace.lines())) == (3, 1, 4)


def test_a_declared_append_adds_every_row(workspace: Workspace) -> None:
    first = table_text("客户编号,日期,金额", ["K1,2024-01-01,5", "K2,2024-01-02,6"])
    workspace.collect_text(first)
    report = workspace.collect_text(first + "K3,2024-01-04,9\n", "more.csv", overlap="append")
    assert (report.rows.added, len(workspace.lines())) == (3, 5)


def test_a_return_lowers_net_at_its_own_date_and_is_no_order(workspace: Workspace) -> None:
    back = "R1,K1,2024-02-01,茶,-1,10,-10.00,退货"
    workspace.collect_text(orders(TEA, back))
    days = {r["day"]: r for r in workspace.rows(PURCHASE_DAY)}
    returned = days[dt.date(2024, 2, 1)]
    assert (returned["orders"], returned["net"], returned["returned"]) == (0, -1000, 1000)
    assert days[dt.date(2024, 1, 1)]["gross"] == 1000


def test_a_return_with_a_positive_amount_is_rejected(workspace: Workspace) -> None:
    report = workspace.collect_text(orders(TEA, "R1,K1,2024-02-01,茶,1,10,10.00,退货"))
    assert (report.rows.rejected, report.rejects) == (1, {"return_with_positive_amount": 1})


def test_invoices_that_start_with_c_are_returns_only_where_the_data_has_that_habit(
    workspace: Workspace,
) -> None:
    header = "InvoiceNo,CustomerID,InvoiceDate,StockCode,Quantity,UnitPrice"
    sales = [f"{n},K{n},2024-01-0{n},A,3,1.5" for n in range(1, 6)]
    report = workspace.collect_text(table_text(header, [*sales, "C9,K1,2024-01-09,A,-3,1.5"]))
    assert report.rows.rejected == 0
    assert [r["is_return"] for r in workspace.lines() if r["order_id"] == "C9"] == [True]
    other = Workspace(workspace.root / "other")
    other.collect_text(table_text(header, [f"C{n},K{n},2024-01-0{n},A,3,1.5" for n in range(1, 6)]))
    assert not any(r["is_return"] for r in other.lines())


def test_an_order_wholly_returned_is_void_from_the_completing_return_on(workspace: Workspace) -> None:
    header = "订单号,客户编号,下单时间,数量,实付金额,原订单号"
    rows = [
        "O1,K1,2024-01-01,1,30,",
        "R1,K1,2024-02-01,-1,-10,O1",
        "R2,K1,2024-03-01,-1,-20,O1",
        "O2,K1,2024-01-01,1,5,",
    ]
    workspace.collect_text(table_text(header, rows))
    void_on = {r["order_id"]: r["void_on"] for r in workspace.rows(ORDERS)}
    assert void_on == {"O1": dt.date(2024, 3, 1), "R1": None, "R2": None, "O2": None}
    january = [r for r in workspace.rows(PURCHASE_DAY) if r["day"] == dt.date(2024, 1, 1)]
    assert sorted((r["gross"], r["void_on"]) for r in january if r["void_on"]) == [
        (3000, dt.date(2024, 3, 1))
    ]
    assert [r["gross"] for r in january if r["void_on"] is None] == [500]


def test_a_void_is_lifted_when_the_return_is_corrected(workspace: Workspace) -> None:
    header = "订单号,客户编号,下单时间,数量,实付金额,原订单号"
    rows = ["O1,K1,2024-01-01,1,30,", "R1,K1,2024-02-01,-1,-30,O1"]
    workspace.collect_text(table_text(header, rows))
    workspace.collect_text(table_text(header, ["R1,K1,2024-02-01,-1,-10,O1"]), "later.csv")
    assert {r["void_on"] for r in workspace.rows(ORDERS)} == {None}
    assert {r["void_on"] for r in workspace.rows(PURCHASE_DAY)} == {None}


def test_cancelled_and_unpaid_orders_are_kept_but_never_counted(workspace: Workspace) -> None:
    workspace.collect_text(
        orders(TEA, POT.replace("已完成", "交易关闭"), CUP.replace("O1", "O3").replace("交易成功", "待付款"))
    )
    assert [r["is_cancelled"] for r in workspace.lines()] == [False, True, True]
    assert [r["net"] for r in workspace.rows(PURCHASE_DAY)] == [1000]


def test_gifts_are_lines_of_nothing(workspace: Workspace) -> None:
    header = "订单号,客户编号,下单时间,商品名称,数量,实付金额"
    workspace.collect_text(
        table_text(header, ["O1,K1,2024-01-01,茶,1,10", "O1,K1,2024-01-01,【赠品】杯,1,0"])
    )
    assert sorted((r["is_gift"], r["is_valid"]) for r in workspace.lines()) == [(False, True), (True, False)]


def test_quantity_times_price_is_exact_and_rounded_per_line(workspace: Workspace) -> None:
    header = "订单号,客户编号,下单时间,数量,单价"
    workspace.collect_text(
        table_text(
            header, ["O1,K1,2024-01-01,3,1.005", "O2,K1,2024-01-02,-1,1.005", "O3,K1,2024-01-03,7,0.285"]
        )
    )
    assert [r["amount"] for r in workspace.lines()] == [302, -101, 200]


def test_without_quantity_the_sign_of_the_amount_decides(workspace: Workspace) -> None:
    workspace.collect_text(
        table_text("订单号,客户编号,日期,金额", ["O1,K1,2024-01-01,10", "O2,K1,2024-01-02,-4"])
    )
    assert [(r["quantity"], r["is_return"]) for r in workspace.lines()] == [
        ("1.0000", False),
        ("-1.0000", True),
    ]


def test_an_order_total_on_every_line_is_counted_once(workspace: Workspace) -> None:
    header = "订单号,客户编号,下单时间,商品名称,数量,单价,买家实际支付金额"
    rows = [
        "O1,K1,2024-01-01,茶,1,40,90",
        "O1,K1,2024-01-01,杯,1,60,90",
        "O2,K2,2024-01-02,茶,1,40,36",
        "O2,K2,2024-01-02,壶,1,0,36",
    ]
    workspace.collect_text(table_text(header, rows))
    totals: dict[str, int] = {}
    for line in workspace.lines():
        totals[line["order_id"]] = totals.get(line["order_id"], 0) + line["amount"]
    assert totals == {"O1": 9000, "O2": 3600}
    assert sorted(r["amount"] for r in workspace.lines() if r["order_id"] == "O1") == [3600, 5400]


def test_rows_dated_beyond_tomorrow_are_rejected(workspace: Workspace) -> None:
    tomorrow, later = IMPORT_DAY + dt.timedelta(days=1), IMPORT_DAY + dt.timedelta(days=2)
    rows = [TEA.replace("2024-01-01", str(tomorrow)), POT.replace("2024-01-05", str(later))]
    report = workspace.collect_text(orders(*rows))
    assert (report.rows.added, report.rejects) == (1, {"future_dated": 1})


def test_rows_without_a_customer_are_added_as_anonymous(workspace: Workspace) -> None:
    report = workspace.collect_text(orders(TEA, POT.replace("K2", "")))
    assert (report.rows.added, report.rows.anonymous) == (2, 1)
    assert len(workspace.rows(PURCHASE_DAY)) == 1


def test_every_wrong_cell_of_a_row_is_told_in_one_reject(workspace: Workspace) -> None:
    report = workspace.collect_text(orders(TEA, "O3,K3,2024-13-01,茶,一,10,x,foo"))
    assert report.rows.rejected == 1
    (reject,) = workspace.rows(REJECTS)
    assert reject["row_no"] == 3
    assert set(reject["column"].split("; ")) == {"下单时间", "数量", "实付金额", "订单状态"}
    assert "2024-13-01" in reject["value"]
    assert reject["reason_zh"]
    assert reject["reason_en"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_corrected_rejects_join_their_batch(workspace: Workspace, form: str) -> None:
    first = workspace.collect_text(orders(TEA, CUP.replace("20.00", "=20"), POT.replace("2024-01-05", "?")))
    path = workspace.root / f"rejects.{form}"
    assert write_rejects(workspace.lake.snapshot(), first.batch_ids, path) == 2
    fixed = correct(path, column="实付金额", was="=20", becomes="20")
    report = workspace.collect(fixed)
    assert (report.rows.read, report.rows.added, report.rows.rejected) == (2, 1, 1)
    (batch,) = workspace.rows(BATCHES)
    assert (batch["read"], batch["added"], batch["rejected"]) == (3, 2, 1)
    assert sorted((r["order_id"], r["amount"]) for r in workspace.lines()) == [("O1", 1000), ("O1", 2000)]
    again = workspace.collect(fixed)
    assert (again.rows.unchanged, again.rows.added) == (1, 0)
    original = workspace.collect(workspace.root / "orders.csv")
    assert (original.rows.unchanged, original.rows.rejected, len(workspace.lines())) == (2, 1, 2)


def correct(path: Path, *, column: str, was: str, becomes: str) -> Path:
    """The rejects file as a user gives it back: one cell corrected."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        sheet = book.active
        assert sheet is not None
        for cells in sheet.iter_rows():
            for cell in cells:
                if cell.value == was and sheet.cell(1, cell.column).value == column:
                    cell.value = becomes
        book.save(path.with_name("fixed.xlsx"))
        return path.with_name("fixed.xlsx")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    place = rows[0].index(column)
    for row in rows[1:]:
        row[place] = becomes if row[place].lstrip("'") == was else row[place]
    with path.with_name("fixed.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path.with_name("fixed.csv")


def test_a_rejects_file_holds_no_formula(workspace: Workspace) -> None:
    report = workspace.collect_text(orders(TEA, CUP.replace("20.00", "=1+1").replace("杯", "@SUM(A1)")))
    path = workspace.root / "rejects.csv"
    write_rejects(workspace.lake.snapshot(), report.batch_ids, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'=1+1" in cells
    assert not any(cell[:1] in {"=", "+", "-", "@", "\t", "\r"} for cell in cells if cell)
    workbook = workspace.root / "rejects.xlsx"
    write_rejects(workspace.lake.snapshot(), report.batch_ids, workbook)
    sheet = openpyxl.load_workbook(workbook).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    hidden = sheet.column_dimensions["P"]
    assert (hidden.hidden, hidden.min, hidden.max) == (True, 16, 17)


def test_a_file_without_one_usable_row_is_refused_and_nothing_is_written(workspace: Workspace) -> None:
    good = workspace.write("good.csv", orders(TEA))
    bad = workspace.write("bad.csv", orders(POT.replace("已完成", "foo")))
    with pytest.raises(KecengError) as refused:
        workspace.collect(good, bad)
    assert refused.value.problems[0].code == "no_usable_row"
    assert refused.value.problems[0].place.file == "bad.csv"
    assert (workspace.versions, workspace.lines()) == (1, [])


def test_telephone_numbers_in_scientific_notation_stop_the_import(workspace: Workspace) -> None:
    rows = table_text("客户编号,客户名称,手机,省份", ["K1,甲,1.38E+10,广东", "K2,乙,13800000002,广东"])
    with pytest.raises(KecengError) as refused:
        workspace.collect_text(rows)
    (problem,) = refused.value.problems
    assert (problem.code, problem.place.row, problem.value) == ("digits_lost", 2, "1.38E+10")
    assert workspace.versions == 1
    report = workspace.collect_text(rows, rejects_lost_phones=True)
    assert (report.rows.added, report.rejects) == (1, {"digits_lost": 1})


def test_dates_that_do_not_show_their_order_need_a_declared_one(workspace: Workspace) -> None:
    text = orders(TEA.replace("2024-01-01 10:00:00", "01/02/2024"))
    with pytest.raises(KecengError):
        workspace.collect_text(text)
    workspace.collect_text(text, date_order="dmy")
    assert [r["line_on"] for r in workspace.lines()] == [dt.date(2024, 2, 1)]


def test_an_open_question_is_asked_and_nothing_is_imported(workspace: Workspace) -> None:
    path = workspace.write(
        "orders.csv", table_text("客户名称,日期,金额", ["散客,2024-01-01,5", "甲公司,2024-01-02,6"])
    )
    asked = collect_files(workspace.lake, [path], CollectOptions(), import_day=IMPORT_DAY)
    assert [q.id for q in asked.questions] == ["exclude_parties"]
    assert (asked.rows.read, workspace.versions) == (0, 1)
    answered = workspace.collect(path, answers={"exclude_parties": "keep"}, assume_defaults=False)
    assert answered.rows.added == 2
    assert not any(r["is_bucket"] for r in workspace.rows(CUSTOMERS))
    later = workspace.write("later.csv", table_text("客户名称,日期,金额", ["散客,2024-02-01,5"]))
    assert not workspace.collect(later, assume_defaults=False).questions


def test_walk_ins_related_parties_and_suppliers_are_marked_and_said(workspace: Workspace) -> None:
    names = ["散客", "关联方乙公司", "供应商丙", "甲公司"]
    report = workspace.collect_text(table_text("客户名称,日期,金额", [f"{n},2024-01-01,5" for n in names]))
    assert report.assumed
    marks = {
        p["name"]: (c["is_bucket"], c["is_related_party"], c["is_supplier"])
        for p in workspace.rows(PERSONS)
        for c in workspace.rows(CUSTOMERS)
        if c["customer_key"] == p["customer_key"]
    }
    assert marks == {
        "散客": (True, False, False),
        "关联方乙公司": (False, True, False),
        "供应商丙": (False, False, True),
        "甲公司": (False, False, False),
    }


def test_customer_keys_are_random_stable_and_per_source(workspace: Workspace) -> None:
    workspace.collect_text(orders(TEA))
    (key,) = [r["customer_key"] for r in workspace.rows(PERSONS)]
    workspace.collect_text(orders(TEA.replace("O1", "O9")), "more.csv")
    workspace.collect_text(orders(TEA), "elsewhere.csv", source="shop")
    keys = {r["source"]: r["customer_key"] for r in workspace.rows(PERSONS)}
    assert keys["main"] == key
    assert keys["shop"] != key
    assert 0 < key < 2**63


def test_a_preview_reports_the_same_and_writes_nothing(workspace: Workspace) -> None:
    path = workspace.write("orders.csv", orders(TEA, CUP, POT))
    options = CollectOptions(assume_defaults=True)
    seen = preview_files(workspace.lake, [path], options, import_day=IMPORT_DAY)
    assert (seen.rows.added, seen.snapshot_id, workspace.versions) == (3, None, 1)
    assert workspace.collect(path).rows == seen.rows
    again = preview_files(workspace.lake, [path], options, import_day=IMPORT_DAY)
    assert again.rows.unchanged == 3
    assert sorted(p.name for p in workspace.root.iterdir()) == ["lake", "orders.csv"]


def test_the_last_valid_order_date_ignores_returns_and_cancelled_orders(workspace: Workspace) -> None:
    assert last_valid_order_date(workspace.lake.snapshot()) is None
    rows = [TEA, POT.replace("已完成", "已取消"), "R1,K1,2024-02-01,茶,-1,10,-10.00,退货"]
    workspace.collect_text(orders(*rows))
    assert last_valid_order_date(workspace.lake.snapshot()) == dt.date(2024, 1, 1)


def test_cost_comes_from_the_line_else_from_the_product(workspace: Workspace) -> None:
    products = workspace.write(
        "products.csv", table_text("商品编码,商品名称,品类,单位成本", ["A,茶,饮品,3.5"])
    )
    header = "订单号,客户编号,下单时间,商品编码,数量,实付金额"
    sold = workspace.write(
        "orders.csv", table_text(header, ["O1,K1,2024-01-01,A,2,10", "O1,K1,2024-01-01,B,1,4"])
    )
    workspace.collect(sold, products)
    (day,) = workspace.rows(PURCHASE_DAY)
    assert (day["net"], day["cost"], day["costed_net"]) == (1400, 700, 1000)
    assert {r["product_id"]: r["category"] for r in workspace.rows(PRODUCTS)} == {"A": "饮品", "B": None}


def test_receivables_make_invoices_and_what_was_received(workspace: Workspace) -> None:
    header = "应收单号,客户名称,开票日期,到期日,应收金额,已收金额"
    text = table_text(
        header, ["Y1,甲公司,2024-01-01,2024-02-01,100,100", "Y2,甲公司,2024-01-05,2024-02-05,50,"]
    )
    first = workspace.collect_text(text, "receivables.csv")
    assert first.rows.added == 2
    assert sorted(r["amount"] for r in workspace.rows(INVOICES)) == [5000, 10000]
    assert [(r["invoice_id"], r["amount"]) for r in workspace.rows(PAYMENTS)] == [("Y1", 10000)]
    versions = workspace.versions
    assert workspace.collect(workspace.root / "receivables.csv").rows.unchanged == 2
    assert workspace.versions == versions


def test_a_record_that_comes_again_replaces_itself_and_keeps_what_is_not_said(workspace: Workspace) -> None:
    workspace.collect_text(
        table_text("客户编号,客户名称,省份,负责人", ["K1,甲公司,广东,张三", "K2,乙公司,湖南,李四"]), "a.csv"
    )
    report = workspace.collect_text(
        table_text("客户编号,客户名称,省份,行业", ["K1,甲公司,广西,制造", "K2,乙公司,湖南,"]), "b.csv"
    )
    assert (report.rows.updated, report.rows.unchanged) == (1, 1)
    customers = {r["province"]: r for r in workspace.rows(CUSTOMERS)}
    assert (customers["广西"]["owner"], customers["广西"]["industry"]) == ("张三", "制造")


def test_two_rows_with_one_id_and_different_contents_are_both_rejected(workspace: Workspace) -> None:
    header = "应收单号,客户名称,开票日期,到期日,应收金额"
    rows = [
        "Y1,甲,2024-01-01,2024-02-01,100",
        "Y1,甲,2024-01-01,2024-02-01,90",
        "Y2,甲,2024-01-01,2024-02-01,5",
    ]
    report = workspace.collect_text(table_text(header, rows), "receivables.csv")
    assert (report.rows.added, report.rejects) == (1, {"repeated_key": 2})


def test_government_accounts_in_a_customer_grain_workbook_become_declared_measures(
    workspace: Workspace,
) -> None:
    header: list[Cell] = [
        "单位名称",
        "主管部门",
        "23年合同额(万元)",
        "24年合同额(万元)",
        "25年预计采购(万元)",
    ]
    rows: list[list[Cell]] = [[f"示例县第{n}局", "财政", n, n + 0.5, 2 * n] for n in range(1, 121)]
    path = write_workbook(workspace.root / "accounts.xlsx", {"台账": [["政府客户台账"], header, *rows]})
    report = workspace.collect(path)
    assert (report.rows.read, report.rows.added, report.files[0].customers) == (120, 120, 120)
    stated = {(r["measure"], r["stated_on"]): 0 for r in workspace.rows(DECLARED_MEASURES)}
    assert len(stated) == 3
    won = [r["amount"] for r in workspace.rows(DECLARED_MEASURES) if r["stated_on"] == dt.date(2024, 12, 31)]
    assert sum(won) == sum(round((n + 0.5) * 1_000_000) for n in range(1, 121))
    assert {r["kind"] for r in workspace.rows(CUSTOMERS)} == {"org"}
    versions = workspace.versions
    assert workspace.collect(path).rows.unchanged == 120
    assert workspace.versions == versions


def test_a_mapping_is_remembered_for_its_source(workspace: Workspace) -> None:
    text = table_text("甲列,乙列,丙列", ["K1,2024-01-01,10", "K2,2024-01-02,20"])
    said = {"customer_id": "甲列", "ordered_at": "乙列", "amount": "丙列"}
    workspace.collect_text(text, overrides=said)
    later = text.replace("2024-01-0", "2024-02-0")
    assert workspace.collect_text(later, "later.csv").rows.added == 2
