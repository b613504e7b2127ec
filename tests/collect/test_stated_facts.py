"""Limits and net assets stated in a list of customers become declared measures, in Chinese and in English."""

from __future__ import annotations

from pathlib import Path

import pytest

from keceng.collect import DECLARED_MEASURES, PERSONS
from keceng.collect.declared import read_declared
from tests.collect.workspaces import Workspace

WAN = "客户编号,客户名称,行业,授信额度(万元),净资产（万元）\nC1,甲公司,机械,50,1200\nC2,乙公司,化工,,800.5\n"
YUAN = (
    "客户编号,客户名称,负责人,手机,信用额度,所有者权益\n"
    "C1,甲公司,张三,13900000001,500000,12000000\nC2,乙公司,李四,13900000002,,8005000\n"
)
ENGLISH = "Customer ID,Customer Name,Industry,Credit Limit,Net Assets\nC1,Alpha,Steel,500000,12000000\nC2,Beta,Food,,8005000\n"


@pytest.mark.parametrize(
    ("text", "entity"),
    [(WAN, "customer_summary"), (YUAN, "customers"), (ENGLISH, "customer_summary"), (ENGLISH, "customers")],
)
def test_a_limit_and_net_assets_are_stated_of_their_customer(tmp_path: Path, text: str, entity: str) -> None:
    workspace = Workspace(tmp_path)
    report = workspace.collect_text(text, "list.csv", entities={"list.csv": entity})
    assert report.rejects == {}
    ids = {row["customer_key"]: row["source_id"] for row in workspace.rows(PERSONS)}
    stated = {
        (ids[r["customer_key"]], r["measure"]): (r["kind"], r["amount"])
        for r in workspace.rows(DECLARED_MEASURES)
    }
    assert stated == {
        ("C1", "credit_limit"): ("money", 500_000_00),
        ("C1", "net_assets"): ("money", 12_000_000_00),
        ("C2", "net_assets"): ("money", 8_005_000_00),
    }


def test_a_limit_that_is_no_number_is_a_rejected_row(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    rows = "".join(f"C{n},客户{n},{n}000,{n}0000\n" for n in range(1, 9))
    report = workspace.collect_text(
        "客户编号,客户名称,授信额度(元),净资产(元)\n" + rows + "C9,客户九,约五十万,100\n"
    )
    assert sum(report.rejects.values()) == 1
    assert len(workspace.rows(DECLARED_MEASURES)) == 16


@pytest.mark.parametrize(
    ("header", "measure"),
    [
        ("授信额度", "credit_limit"),
        ("客户信用额度（元）", "credit_limit"),
        ("Credit_Limit", "credit_limit"),
        ("Granted credit line", "credit_limit"),
        ("企业净资产", "net_assets"),
        ("Net Worth", "net_assets"),
        ("信用等级", None),
        ("额度使用率", None),
        ("建议授信额度", None),
    ],
)
def test_only_the_number_itself_is_taken_for_it(header: str, measure: str | None) -> None:
    found = read_declared(header)
    assert (found.measure if found else None) == measure
