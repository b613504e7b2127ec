"""Answers are remembered for files of the same columns, and never taken for other files of their source."""

from __future__ import annotations

from pathlib import Path

from keceng.collect import CollectReport
from tests.collect.workspaces import Workspace, table_text

NAMES = ("甲电子有限公司", "乙机械有限公司", "丙贸易有限公司")


def look(workspace: Workspace, name: str, header: str, cells: str, **options: object) -> CollectReport:
    rows = [cells.format(name=n, number=100 + k) for k, n in enumerate(NAMES)]
    return workspace.collect_text(table_text(header, rows), name, assume_defaults=False, **options)


def test_the_same_columns_ask_nothing_and_others_ask_again(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "company")
    header, cells = "客户名称,2025年销售额", "{name},{number}"
    first = look(workspace, "2025.csv", header, cells)
    assert [q.id for q in first.questions] == ["money_unit"]
    answered = look(workspace, "2025.csv", header, cells, answers={"money_unit": "wan"})
    assert answered.rows.added == len(NAMES)
    again = look(workspace, "again.csv", "客户名称,2026年销售额,制表人", "{name},{number},李")
    assert again.questions == (), "a year later, with a column that means nothing"
    assert [(q.id, answer) for q, answer in again.answered] == [("money_unit", "wan")]
    other = look(workspace, "other.csv", "客户名称,行业,注册资本,2025年销售额", "{name},制造,5000,{number}")
    assert [q.id for q in other.questions] == ["money_unit"], (
        "what was said of one kind of file is no answer for another"
    )
