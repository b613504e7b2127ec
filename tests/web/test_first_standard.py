"""The first run: which standard is proposed, that another can be chosen in one click, and only until one is approved."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings

from keceng.classify import list_fitting_standards
from keceng.collect import CollectOptions
from keceng.desk.audit.models import AuditRow
from keceng.desk.jobs.working import carry_out_next
from keceng.desk.opening import served_workspace
from keceng.desk.people.models import User
from keceng.loop import Workspace, create_workspace, open_workspace

FIRMS = [
    "客户名称,下单时间,订单号,金额",
    *(f"第{n}贸易有限公司,2026-01-1{n},D{n},{n}00" for n in range(1, 9)),
]
PERSONS = ["客户名称,下单时间,订单号,金额", *(f"顾客{n},2026-01-1{n},D{n},{n}00" for n in range(1, 9))]
OFFICES = ["单位,25年合同额(万元)", *(f"{place}县教育局,{n}" for n, place in enumerate("东南西北中上下", 1))]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with nothing in it."""
    workspace = create_workspace(tmp_path / "fresh")
    with override_settings(WORKSPACE=workspace.directory):
        yield workspace


def client_of(name: str) -> Client:
    client = Client(headers={"accept-language": "zh-CN"})
    client.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def filled(workspace: Workspace, rows: list[str]) -> None:
    file = workspace.directory / "客户.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    workspace.collect([file], CollectOptions(assume_defaults=True))


def words(told: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", told.content.decode()))


@pytest.mark.parametrize(
    ("rows", "proposed"), [(FIRMS, "b2b-start"), (PERSONS, "retail"), (OFFICES, "government")]
)
def test_who_the_customers_are_decides_what_is_proposed(
    fresh: Workspace, rows: list[str], proposed: str
) -> None:
    assert list_fitting_standards(fresh.lake.snapshot()) == ()
    filled(fresh, rows)
    first, *others = list_fitting_standards(fresh.lake.snapshot())
    assert (first.standard_id, first.why is not None) == (proposed, True)
    assert proposed not in {other.standard_id for other in others}


def test_the_empty_overview_leads_to_a_run_and_becomes_the_overview(fresh: Workspace) -> None:
    director = client_of("dong")
    assert "导入文件" in words(director.get("/"))
    filled(fresh, FIRMS)
    assert "企业客户起步标准" in words(director.get("/"))
    assert director.post("/runs/", {"template": "b2b-start"})["Location"] == "/"
    assert open_workspace(fresh.directory).settings.standard == "b2b-start"
    assert AuditRow.objects.get(action="standard.chosen").new == {"standard": "b2b-start"}
    assert "正在分级" in words(director.get("/"))
    polled = {"HX-Request": "true"}
    assert "正在分级" not in words(director.get("/", headers=polled)), "the bar alone"
    job = carry_out_next(
        served_workspace(fresh.directory), owner="here", clock=lambda: dt.datetime.now(dt.UTC)
    )
    assert job is not None
    assert job.state == "done"
    assert director.get("/", headers=polled)["HX-Refresh"] == "true"
    shown = words(director.get("/"))
    assert "8 家" in shown
    assert "标准 b2b-start" in shown


def test_who_may_not_start_runs_is_told_who_may(fresh: Workspace) -> None:
    filled(fresh, FIRMS)
    shown = words(client_of("rui").get("/"))
    assert "销售总监" in shown
    assert "现在分级" not in shown
    assert client_of("rui").post("/runs/", {"template": "retail"}).status_code == 403
    assert open_workspace(fresh.directory).settings.standard == "retail"


def test_an_unknown_template_is_refused_and_nothing_runs(fresh: Workspace) -> None:
    filled(fresh, FIRMS)
    assert client_of("dong").post("/runs/", {"template": "../etc"}).status_code == 400
    assert open_workspace(fresh.directory).settings.standard == "retail"
