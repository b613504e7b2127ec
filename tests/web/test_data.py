"""Data: what came in and when, how complete it is, what was turned away, from which files a number comes."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook

from keceng.collect import CollectOptions
from keceng.desk.audit.models import AuditRow
from keceng.desk.directory.important import IMPORTANT
from keceng.desk.directory.inflow import list_origins, read_data
from keceng.desk.people.models import User
from keceng.loop import Workspace
from tests.web.conftest import SignIn

SALES = "客户编码,客户名称,订单编号,订单日期,金额\nK1,甲公司,D1,2026-03-01,100\nK2,乙公司,D2,不知道,200\nK3,丙公司,D3,2026-03-03,没有\nK1,甲公司,D4,2026-03-04,50\n"


@pytest.fixture
def imported(served: Workspace, tmp_path: Path) -> Workspace:
    """A file of four rows of which two are turned away."""
    file = tmp_path / "销售.csv"
    file.write_text(SALES, encoding="utf-8")
    report = served.collect([file], CollectOptions(source="erp", assume_defaults=True))
    assert (report.rows.read, report.rows.rejected) == (4, 2)
    return served


def test_sources_completeness_and_rejected_rows_are_those_of_the_ledger(imported: Workspace) -> None:
    data = read_data(imported.lake, User.objects.get(username="dong"))
    (sales,) = [source for source in data.sources if source.entity == "order_lines"]
    assert (sales.source, sales.file, sales.read, sales.added, sales.rejected) == ("erp", "销售.csv", 4, 2, 2)
    assert (str(sales.first_on), str(sales.last_on)) == ("2026-03-01", "2026-03-04")
    assert sum(turned.rows for turned in data.turned) == 2
    assert {number for turned in data.turned for number in turned.shown} == {3, 4}
    owner = next(f for f in data.filled if f.field.column == "owner")
    assert (owner.filled, owner.total) == (20, 21), "the one customer of the file has no owner"
    assert [f.share for f in data.filled] == sorted(f.share for f in data.filled)


def test_the_page_shows_them_and_the_workbook_holds_the_rejected_rows(
    imported: Workspace, sign_in: SignIn
) -> None:
    told = sign_in("dong").get("/data/").content.decode()
    assert "销售.csv" in told
    assert told.count("?batch=") == len(read_data(imported.lake, User.objects.get(username="dong")).turned)
    assert "乙公司" not in told, "what stood in a rejected row is in the workbook alone"
    batch = re.search(r"\?batch=(\w+)", told)
    assert batch is not None
    for address in ("/data/rejects.xlsx", f"/data/rejects.xlsx?batch={batch[1]}"):
        answer = sign_in("cai").get(address)
        sheet = load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        cells = [[str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        assert len(cells) == 3
        assert any("乙公司" in row for row in cells)
    assert AuditRow.objects.filter(action="rejects.taken", by="cai").count() == 2
    assert sign_in("mei").get("/data/rejects.xlsx").status_code == 403


def test_a_number_leads_to_its_files(imported: Workspace, sign_in: SignIn) -> None:
    user = User.objects.get(username="dong")
    origins = {
        origin.table: [file.file for file in origin.files]
        for origin in list_origins(imported.lake, user, "spend")
    }
    assert origins["purchase_day"] == ["销售.csv"]
    told = sign_in("dong").get("/data/?number=spend").content.decode()
    assert "销售.csv" in told.split('id="lineage"')[1]
    assert "没有这个数" in sign_in("dong").get("/data/?number=nothing").content.decode()


def test_the_important_fields_have_words_in_both_languages() -> None:
    for field in IMPORTANT:
        for text in (field.title, field.needed_for):
            assert any("一" <= c <= "鿿" for c in text.zh)
            assert not any("一" <= c <= "鿿" for c in text.en)


def test_in_english_the_page_has_no_chinese_but_what_the_books_hold(
    imported: Workspace, sign_in: SignIn
) -> None:
    assert imported.lake
    client = sign_in("dong")
    client.cookies["django_language"] = "en"
    told = client.get("/data/").content.decode()
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", told)
    said = re.sub(r"<script.*?</script>|<[^>]+>", " ", told, flags=re.DOTALL)
    assert not re.findall(r"[\u4e00-\u9fff]", re.sub("销售.csv|客层|中文", "", said))
