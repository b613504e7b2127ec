"""An import as people do it: files in, what was seen, questions, what would change, the change, the classes."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from keceng.collect import BATCHES, ORDERS
from keceng.desk.jobs.actions import take
from keceng.desk.jobs.models import Job, Upload
from keceng.desk.jobs.working import carry_out_next
from keceng.loop import Workspace, create_workspace
from tests.desk.cast import NOW
from tests.web.conftest import SignIn

ROWS = (
    "订单号,下单时间,客户编号,客户名称,商品名称,数量,金额",
    "D1,2026-01-10,C1,甲公司,笔,1,100.50",
    "D2,2026-02-10,C2,乙公司,笔,1,200",
    "D3,2026-02-30,C2,乙公司,笔,1,5",
    "D4,2026-03-10,C3,丙公司,笔,1,300",
)
TOTAL = "600.50"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace nobody has put anything into."""
    workspace = create_workspace(tmp_path / "fresh")
    with override_settings(WORKSPACE=workspace.directory):
        yield workspace


@pytest.fixture
def analyst(fresh: Workspace) -> Client:
    from keceng.desk.people.models import User  # noqa: PLC0415

    client = Client(headers={"accept-language": "zh-CN"})
    client.force_login(User.objects.get(username="mei"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def csv_of(rows: tuple[str, ...] = ROWS, name: str = "销售.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "\n".join(rows).encode())


def uploaded(client: Client, *files: SimpleUploadedFile) -> str:
    told = client.post("/imports/", {"files": list(files), "source": "erp"})
    assert told.status_code == 302, told.content.decode()
    return str(told["Location"])


def worked(workspace: Workspace) -> Job:
    job = carry_out_next(workspace, owner="here", clock=lambda: dt.datetime.now(dt.UTC))
    assert job is not None
    return job


def words(told: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", told.content.decode()))


def test_files_become_customers_on_the_first_screen(fresh: Workspace, analyst: Client) -> None:
    page = uploaded(analyst, csv_of())
    assert "等待执行" in words(analyst.get(page))
    assert worked(fresh).state == "done"
    seen = words(analyst.get(page))
    assert "600.50" in seen
    assert "2026-01-10 – 2026-03-10" in seen
    assert "新增 3" in seen
    assert "退回 1" in seen
    assert "2026-02-30" in seen, "an example of what was rejected"
    assert fresh.lake.snapshot().read(ORDERS).num_rows == 0, "nothing is taken unseen"
    assert "一致" in words(analyst.get(page, {"books": "¥600.50"}))
    assert "文件比 ERP 少 ¥99.50" in words(analyst.get(page, {"books": "700"}))
    assert analyst.post(f"{page}take/").status_code == 302
    worked(fresh)
    assert fresh.lake.snapshot().read(ORDERS).num_rows == 3
    assert "已导入" in words(analyst.get(page))
    book = openpyxl.load_workbook(io.BytesIO(analyst.get(f"{page}rejected.xlsx").content))
    assert "2026-02-30" in {str(cell.value) for row in book.active.iter_rows() for cell in row}
    assert analyst.post("/runs/").status_code == 302
    assert worked(fresh).state == "done"
    assert "3 家，共 3 家" in words(analyst.get("/customers/"))
    assert "甲公司" in words(analyst.get("/customers/"))


def test_an_answer_is_asked_once_and_remembered(fresh: Workspace, analyst: Client) -> None:
    rows = tuple(line.replace("2026-01-10", "01/02/2026") for line in ROWS[:2])
    page = uploaded(analyst, csv_of(rows))
    worked(fresh)
    told = analyst.get(page)
    assert "日期是日在前还是月在前" in words(told)
    assert "看到了什么" not in words(told), "no figure before an answer without which it would be a guess"
    refused = analyst.post(f"{page}take/")
    assert refused.status_code == 400
    analyst.post(f"{page}said/", {"answer:date_order": "dmy"})
    worked(fresh)
    assert "2026-02-01" in words(analyst.get(page))
    analyst.post(f"{page}take/")
    worked(fresh)
    following = tuple(line.replace("D1", "D9").replace("01/02/2026", "03/02/2026") for line in rows)
    page = uploaded(analyst, csv_of(following))
    worked(fresh)
    told = analyst.get(page)
    assert "日期是日在前" not in words(told).split("已有的回答")[0]
    assert "只有您知道的" not in words(told), "next month: one drop, no question"
    assert "2026-02-03" in words(told)
    analyst.post(f"{page}take/", {"answer:date_order": "mdy"})
    assert Upload.objects.order_by("id").last().taking is None, "a changed answer is looked at first"  # type: ignore[union-attr]
    worked(fresh)
    assert "2026-03-02" in words(analyst.get(page))


def test_a_default_that_is_changed_is_looked_at_again_and_one_that_stands_is_taken(
    fresh: Workspace, analyst: Client
) -> None:
    rows = (
        "客户名称,下单时间,订单号,金额",
        "散客,2026-01-10,D1,100",
        "甲公司,2026-01-11,D2,50",
        "乙公司,2026-01-11,D3,70",
    )
    page = uploaded(analyst, csv_of(rows))
    worked(fresh)
    question = Upload.objects.get().preview.result["questions"][0]  # type: ignore[union-attr]
    assert question["id"] == "exclude_parties"
    other = next(o[0] for o in question["options"] if o[0] != question["default"])
    analyst.post(f"{page}take/", {"answer:exclude_parties": other})
    assert Upload.objects.get().taking is None
    assert worked(fresh).kind == "preview"
    analyst.post(f"{page}take/", {"answer:exclude_parties": other})
    assert worked(fresh).kind == "import"


def test_a_column_that_nobody_can_know_is_asked_about(fresh: Workspace, analyst: Client) -> None:
    rows = ("甲,乙,丙", "C1,2026-01-10,100", "C2,2026-01-11,200")
    page = uploaded(analyst, csv_of(rows, "怪.csv"))
    worked(fresh)
    assert "需要您说明" in words(analyst.get(page))
    said = {
        "need:customer_id": "甲",
        "need:ordered_at": "乙",
        "need:amount": "丙",
        "kind:怪.csv": "order_lines",
    }
    analyst.post(f"{page}said/", said)
    worked(fresh)
    assert "¥300" in words(analyst.get(page))


def test_a_column_can_be_said_to_be_another_or_nothing(fresh: Workspace, analyst: Client) -> None:
    page = uploaded(analyst, csv_of())
    worked(fresh)
    analyst.post(f"{page}said/", {"column": "商品名称", "meaning": "-"})
    assert Upload.objects.get().said["overrides"] == {"product_name": ""}
    worked(fresh)
    columns = Upload.objects.get().preview.result["tables"][0]["columns"]  # type: ignore[union-attr]
    assert {c["header"]: c["field"] for c in columns}["商品名称"] is None


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [("a.exe", b"MZ", "不能读这种格式"), ("a.parquet", b"PAR1", "不能读这种格式")],
)
def test_what_is_not_read_is_refused_beside_the_form(
    fresh: Workspace, analyst: Client, name: str, content: bytes, told: str
) -> None:
    refused = analyst.post("/imports/", {"files": SimpleUploadedFile(name, content)})
    assert refused.status_code == 400
    assert told in words(refused)
    assert not Upload.objects.exists()
    assert (
        not list((fresh.directory / "uploads").glob("*")) if (fresh.directory / "uploads").exists() else True
    )


def test_a_file_that_cannot_be_read_says_so_and_writes_nothing(fresh: Workspace, analyst: Client) -> None:
    page = uploaded(analyst, SimpleUploadedFile("坏.xlsx", b"this is no workbook"))
    assert worked(fresh).state == "failed"
    told = words(analyst.get(page))
    assert "文件不能这样读" in told
    assert "坏.xlsx" in told


def test_a_name_cannot_leave_its_folder_and_two_alike_stay_apart(fresh: Workspace, analyst: Client) -> None:
    # The web layer strips folders by itself; what reaches us is still cleaned.
    uploaded(analyst, csv_of(name="..\\..\\销售.csv"), csv_of(ROWS[:2], name="销售.csv"))
    upload = Upload.objects.get()
    names = [f["name"] for f in upload.files]
    assert names == ["销售.csv", "销售 (2).csv"]
    assert all((fresh.directory / "uploads" / upload.code / name).is_file() for name in names)


@pytest.mark.parametrize("arrived", [True, False])
def test_an_import_whose_process_died_is_done_once_and_tells_what_it_did(
    fresh: Workspace, analyst: Client, arrived: bool
) -> None:
    page = uploaded(analyst, csv_of())
    worked(fresh)
    analyst.post(f"{page}take/")
    if arrived:
        first = worked(fresh)
        assert first.result["rows"]["added"] == 3
        Job.objects.filter(pk=first.pk).update(state="running", result={}, lease_until=NOW)
    else:
        assert take("dead", at=dt.datetime.now(dt.UTC)) is not None
        Job.objects.filter(kind="import").update(lease_until=NOW)
    again = worked(fresh)
    assert (again.state, again.attempts) == ("done", 2)
    assert (again.result["rows"]["added"], again.result["rows"]["rejected"]) == (3, 1)
    assert fresh.lake.snapshot().read(ORDERS).num_rows == 3
    assert fresh.lake.snapshot().read(BATCHES).num_rows == 1
    assert [e.kind for e in fresh.lake.history()].count("import") == 1


def test_progress_is_told_alone_and_the_page_comes_back_when_it_is_over(
    fresh: Workspace, analyst: Client
) -> None:
    page = uploaded(analyst, csv_of())
    part = analyst.get(page, headers={"hx-request": "true"})
    assert "<progress" in part.content.decode()
    assert "<html" not in part.content.decode()
    worked(fresh)
    assert analyst.get(page, headers={"hx-request": "true"})["HX-Refresh"] == "true"


def test_a_rep_neither_sees_nor_makes_imports(sign_in: SignIn) -> None:
    for page in ("/imports/", "/imports/1/", "/runs/", "/runs/moves/"):
        assert sign_in("rui").get(page).status_code == 403
    assert sign_in("rui").post("/imports/", {"files": csv_of()}).status_code == 403
    assert 'href="/imports/"' not in sign_in("rui").get("/").content.decode()
    assert 'href="/imports/"' in sign_in("mei").get("/").content.decode()


def test_an_export_is_its_asker_s_alone(served: Workspace, sign_in: SignIn) -> None:
    dong, rui = sign_in("dong"), sign_in("rui")
    for client in (dong, rui):
        assert client.post("/exports/", {"format": "csv"}).status_code == 302
    theirs, own = worked(served), worked(served)
    assert (theirs.result["customers"], own.result["customers"]) == (20, 10)
    told = b"".join(rui.get(f"/exports/{own.pk}/").streaming_content)  # type: ignore[attr-defined]
    assert len(told.decode("utf-8-sig").splitlines()) == 11
    assert "李组" not in told.decode("utf-8-sig")
    assert rui.get(f"/exports/{theirs.pk}/").status_code == 404
    assert rui.post(f"/jobs/{theirs.pk}/cancel/").status_code == 404
    assert f"/exports/{theirs.pk}/" not in rui.get("/exports/").content.decode()


def test_the_runs_are_listed_compared_started_and_scheduled(served: Workspace, sign_in: SignIn) -> None:
    client = sign_in("mei")
    told = words(client.get("/runs/"))
    assert "2026-03-31" in told
    assert "2026-02-28" in told
    matrix = words(client.get("/runs/moves/"))
    assert "家换了等级" in matrix
    assert client.post("/runs/", {"as_of": "2026-04-30"}).status_code == 302
    assert "排队中" in words(client.get("/runs/"))
    assert client.post("/runs/", {"as_of": "yesterday"}).status_code == 400
    assert (
        client.post("/runs/schedules/", {"every": "month", "monthday": "1", "at_hour": "3"}).status_code
        == 302
    )
    assert "每月 · 1 日 3:00" in words(client.get("/runs/"))
    assert client.post("/runs/schedules/1/end/").status_code == 302
    assert "没有定期任务" in words(client.get("/runs/"))
    job = Job.objects.get()
    assert client.post(f"/jobs/{job.pk}/cancel/", {"next": "https://elsewhere.example/"})["Location"] == "/"
    assert carry_out_next(served, owner="here", clock=lambda: dt.datetime.now(dt.UTC)) is None


def test_a_run_that_failed_says_why_and_what_stands(served: Workspace, sign_in: SignIn) -> None:
    client = sign_in("mei")
    client.post("/runs/", {"as_of": "1999-01-01"})
    assert worked(served).state == "failed"
    told = words(client.get("/runs/"))
    assert "没有成功的" in told
    assert "之前的分级仍然有效" in told


def test_an_import_is_taken_back_after_a_look_at_what_that_changes(fresh: Workspace, analyst: Client) -> None:
    page = uploaded(analyst, csv_of())
    worked(fresh)
    seen = words(analyst.get(page))
    assert "新 3 家" in seen
    assert "¥0 → ¥600.50" in seen
    foreseen = Upload.objects.get().preview.result["change"]  # type: ignore[union-attr]
    analyst.post(f"{page}take/")
    worked(fresh)
    assert Upload.objects.get().taking.result["change"] == foreseen, "what was shown is what was done"  # type: ignore[union-attr]
    later = uploaded(analyst, csv_of((ROWS[0], "D9,2026-04-10,C4,丁公司,笔,1,7"), "四月.csv"))
    worked(fresh)
    analyst.post(f"{later}take/")
    worked(fresh)
    assert analyst.post(f"{page}undo/", {"say": "do"}).status_code == 400, "not without a look"
    analyst.post(f"{page}undo/")
    assert worked(fresh).kind == "undo_look"
    told = words(analyst.get(page))
    assert "撤销将改变什么" in told
    assert "去掉 3 家" in told
    assert "¥607.50 → ¥7" in told
    assert "之后的导入保留: 四月.csv" in told
    assert fresh.lake.snapshot().read(ORDERS).num_rows == 4
    analyst.post(f"{page}undo/", {"say": "do"})
    job = worked(fresh)
    assert (job.kind, job.state) == ("undo", "done")
    assert "已撤销" in words(analyst.get(page))
    assert fresh.lake.snapshot().read(ORDERS)["order_id"].to_pylist() == ["D9"]
    refused = analyst.post(f"{page}undo/")
    assert refused.status_code == 400
    assert "已经撤销" in words(refused)
    again = uploaded(analyst, csv_of())
    worked(fresh)
    analyst.post(f"{again}take/")
    worked(fresh)
    assert fresh.lake.snapshot().read(ORDERS).num_rows == 4
    analyst.post(f"{again}undo/")
    worked(fresh)
    analyst.post(f"{again}undo/", {"say": "leave"})
    assert "已导入" in words(analyst.get(again))
    assert fresh.lake.snapshot().read(ORDERS).num_rows == 4


@pytest.mark.slow
def test_rejected_rows_are_corrected_in_their_workbook_and_dropped_back_in(
    fresh: Workspace, analyst: Client
) -> None:
    page = uploaded(analyst, csv_of())
    worked(fresh)
    analyst.post(f"{page}take/")
    worked(fresh)
    english = analyst.get(f"{page}rejected.xlsx", headers={"accept-language": "en"})
    heads = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(english.content)).active[1]]
    assert heads[:6] == [
        "rejected file",
        "rejected sheet",
        "rejected row",
        "rejected column",
        "rejected value",
        "reason",
    ]
    book = openpyxl.load_workbook(io.BytesIO(analyst.get(f"{page}rejected.xlsx").content))
    sheet = book.active
    assert [cell.value for cell in sheet[1]][5] == "退回原因"
    column = next(cell.column for cell in sheet[1] if cell.value == "下单时间")
    sheet.cell(2, column).value = "2026-02-28"
    corrected = io.BytesIO()
    book.save(corrected)
    back = uploaded(analyst, SimpleUploadedFile("退回行.xlsx", corrected.getvalue()))
    worked(fresh)
    assert "新增 1" in words(analyst.get(back))
    analyst.post(f"{back}take/")
    worked(fresh)
    assert "没有退回的行" in words(analyst.get(back))
    assert fresh.lake.snapshot().read(ORDERS).num_rows == 4
    analyst.post(f"{back}undo/")
    worked(fresh)
    analyst.post(f"{back}undo/", {"say": "do"})
    worked(fresh)
    assert fresh.lake.snapshot().read(ORDERS).num_rows == 3, "a correction is taken back alone"


def test_parquet_is_refused_with_what_to_do(fresh: Workspace, analyst: Client) -> None:
    told = analyst.post("/imports/", {"files": [SimpleUploadedFile("a.parquet", b"PAR1")], "source": "erp"})
    assert told.status_code == 400
    assert "请另存为 CSV" in words(told)
