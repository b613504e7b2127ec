"""First runs as a stranger would make them: other people's files, a hand-kept sheet, every template on sales alone."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from keceng.collect import CollectOptions
from keceng.demo import AS_OF, write_company
from keceng.loop import Workspace, create_workspace, read_standard
from tests.real_data import real_file

KECENG = [sys.executable, "-c", "from keceng.cli import main; main()", "--lang", "zh"]


def classify(out: Path, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [*KECENG, "classify", *arguments, "--out", str(out), "--json"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert sorted(p.name for p in out.iterdir() if p.name in {"report.html", "customers.xlsx", "customers.parquet", "run.json"}) == [
        "customers.parquet", "customers.xlsx", "report.html", "run.json",
    ]  # fmt: skip
    heads = document["population"]
    assert heads["customers"] == heads["classified"] + sum(heads["excluded"].values()) + heads["insufficient"]
    return document


@pytest.mark.slow
def test_a_chinese_retail_flow_with_returns_and_gifts(tmp_path: Path) -> None:
    run = classify(tmp_path / "out", str(real_file("cn_retail_flow/RFM_TRAD_FLOW.csv")))
    assert run["population"]["customers"] == 1_200
    assert run["rejects"] == {"return_with_positive_amount": 19}
    assert run["as_of"] == "2010-09-25"


@pytest.mark.slow
def test_a_blank_separated_file_without_order_numbers(tmp_path: Path) -> None:
    run = classify(tmp_path / "out", str(real_file("cdnow/CDNOW_master.txt")), "--currency", "$")
    assert run["population"]["customers"] == 23_570
    assert run["rows"]["duplicate_lines"] == 255


@pytest.fixture
def government_sheet(tmp_path: Path) -> Path:
    """120 accounts as a salesman keeps them: a title, amounts in 万元, one column a year, a plan, remarks."""
    chance = random.Random(3)
    path = tmp_path / "政府客户台账.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("台账")
    sheet.merge_range(0, 0, 0, 7, "政府客户台账（单位：万元）")
    sheet.write_row(
        1, 0, ["单位", "科室", "联系人", "23年合同额", "24年合同额", "25年合同额", "26年预计", "备注"]
    )
    places = ["济南市", "青岛市", "山东省", "历下区", "沂水县", "临沂市"]
    bodies = ["教育局", "交通运输局", "卫生健康委员会", "公安局", "大数据局", "住房和城乡建设局", "水利局"]
    names = sorted({p + b + s for p in places for b in bodies for s in ("", "信息中心", "二分局")})[:120]
    chance.shuffle(names)
    for n, name in enumerate(names, 2):
        sheet.write_row(n, 0, [name, "信息科", "王科长"])
        for c in (3, 4, 5, 6):
            if chance.random() < 0.6:
                sheet.write_number(n, c, round(chance.lognormvariate(3, 1.2), 2))
        sheet.write_string(n, 7, chance.choice(["", "重点", "=1+1"]))
    book.close()
    return path


def test_a_hand_kept_sheet_of_government_accounts_is_graded_and_comes_back(
    government_sheet: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run = classify(out, str(government_sheet), "--standard", "government", "--as-of", "2026-06-30")
    assert run["population"]["classified"] == 120
    grades = run["classes"]["grade"]
    assert grades["A"] > 0
    assert grades["A"] <= 0.2 * 120
    assert any("万元" in sentence for sentence in run["assumed"]) or not run["assumed"]
    rows = pq.read_table(out / "customers.parquet").to_pylist()
    assert {r["procurement_level"] for r in rows} == {"provincial", "municipal", "county"}
    assert {r["procurement_system"] for r in rows} >= {"education", "health", "water", "housing"}
    given = openpyxl.load_workbook(government_sheet).active
    returned = openpyxl.load_workbook(out / "政府客户台账-分级.xlsx").active
    assert given is not None
    assert returned is not None
    names = [row[0].value for row in given.iter_rows(min_row=3)]
    assert [row[0].value for row in returned.iter_rows(min_row=3)][: len(names)] == names
    assert returned.max_column > given.max_column
    assert not [c for row in returned.iter_rows() for c in row if c.data_type == "f"]


@pytest.fixture(scope="module")
def sales_only(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("sales-only")
    files = write_company(folder / "files", customers=600)
    made = create_workspace(folder / "workspace")
    made.collect([files.paths["order_lines"]], CollectOptions(assume_defaults=True))
    return made


@pytest.mark.parametrize("template", ["retail", "b2b-start", "b2b", "consumer", "profit", "education"])
def test_every_template_grades_nearly_everybody_from_sales_alone(
    sales_only: Workspace, template: str
) -> None:
    heads = sales_only.classify(read_standard(template), AS_OF).population
    judged = heads.classified + heads.insufficient
    assert judged > 300
    assert heads.classified >= 0.9 * judged
