"""A shop's orders and their items: joined by order number, counted once, nobody invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from keceng.collect import PAYMENTS
from tests.collect.workspaces import Workspace, table_text

ORDERS = "订单编号,买家会员名,买家实际支付金额,订单状态,收货人姓名,联系手机,订单创建时间"
ITEMS = "订单编号,标题,价格,购买数量,商家编码"
SOLD = ['"=""100""",甲,37.00,交易成功,张**,\'138****0001,2026-01-01 10:00:00',
        '"=""101""",乙,20.00,交易成功,李**,\'138****0002,2026-01-02 10:00:00',
        '"=""102""",丙,0.00,交易关闭,王**,\'138****0003,2026-01-03 10:00:00',
        '"=""103""",丁,55.00,交易成功,赵**,\'138****0004,2026-01-04 10:00:00']  # fmt: skip
THINGS = [
    '"=""100""",茶,10.00,1,T1',
    '"=""100""",杯,15.00,2,T2',
    '"=""101""",茶,20.00,1,T1',
    '"=""102""",壶,99.00,1,T3',
]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "shop")


def files(workspace: Workspace, things: list[str]) -> list[Path]:
    sold = workspace.write("orders.csv", table_text(ORDERS, SOLD), "gb18030")
    return [sold, workspace.write("items.csv", table_text(ITEMS, things), "gb18030")]


def test_items_get_who_and_when_and_orders_are_paid_once(workspace: Workspace) -> None:
    report = workspace.collect(*files(workspace, THINGS))
    assert [(f.name, f.rows, f.total_cents) for f in report.files] == [
        ("orders.csv + items.csv", 4, 5_700),
        ("orders.csv", 1, 5_500),
    ]
    lines = workspace.lines()
    assert sum(line["amount"] for line in lines if not line["is_cancelled"]) == 3_700 + 2_000 + 5_500
    assert {(line["order_id"], line["product_id"]) for line in lines} == {
        ("100", "T1"), ("100", "T2"), ("101", "T1"), ("102", "T3"), ("103", None),
    }  # fmt: skip
    assert {line["source_id"] for line in lines} == {"甲", "乙", "丙", "丁"}
    notes = " ".join(text.en for text in report.assumed)
    assert "joined by order number: 4 orders, 4 items" in notes
    assert "cannot be recognised across shops" in notes


def test_both_files_again_change_nothing(workspace: Workspace) -> None:
    both = files(workspace, THINGS)
    workspace.collect(*both)
    versions, lines = workspace.versions, workspace.lines()
    again = workspace.collect(*both)
    assert (again.rows.added, again.rows.unchanged) == (0, 5)
    assert (workspace.versions, workspace.lines()) == (versions, lines)


def test_items_of_other_orders_are_not_joined(workspace: Workspace) -> None:
    strangers = [row.replace("10", "90") for row in THINGS]
    report = workspace.collect(*files(workspace, strangers))
    assert {f.entity for f in report.files} == {"order_lines", "products"}


def test_money_received_without_a_day_is_neither_late_nor_after_the_file(workspace: Workspace) -> None:
    header = "应收单号,客户名称,开票日期,到期日,应收金额,已收金额"
    rows = ["Y1,甲公司,2026-01-01,2026-02-01,100,100", "Y2,甲公司,2026-03-01,2026-05-01,50,20"]
    workspace.collect_text(table_text(header, rows), "应收.csv")
    received = {r["invoice_id"]: r["received_on"].isoformat() for r in workspace.rows(PAYMENTS)}
    assert received == {"Y1": "2026-02-01", "Y2": "2026-03-01"}
