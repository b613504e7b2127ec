"""The verbs of a workspace through the shell door: what each prints, and that JSON stands alone."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from keceng.measure import catalogue
from tests.shell import Done, run_shell

ORDERS = "订单号,下单时间,客户编号,客户名称,数量,单价\n" + "".join(
    f"D{n},2026-0{n % 6 + 1}-{n % 27 + 1:02d},C{n % 4},客户{n % 4},{n % 5 + 1},{10 + n}.50\n"
    for n in range(40)
)
BAD = "订单号,下单时间,客户编号,客户名称,数量,单价\nE1,2026-03-01,C1,客户1,2,10\nE2,someday,C2,客户2,1,10\n"


def keceng(*arguments: str, expect: int = 0) -> Done:
    done = run_shell("--lang", "en", *arguments)
    assert done.returncode == expect, done.stderr
    return done


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (folder / "bad.csv").write_text(BAD, encoding="utf-8")
    keceng("init", str(folder / "shop"))
    keceng("collect", str(folder / "orders.csv"), "--workspace", str(folder / "shop"), "--yes")
    keceng("classify", "--workspace", str(folder / "shop"), "--json")
    return folder


def test_init_twice_is_refused(shop: Path) -> None:
    assert "already" in keceng("init", str(shop / "shop"), expect=2).stderr


def test_a_folder_that_is_no_workspace_is_told_so(tmp_path: Path) -> None:
    assert "keceng init" in keceng("classify", "--workspace", str(tmp_path), expect=2).stderr


def test_collect_prints_its_ledger_as_json_alone(shop: Path) -> None:
    printed = keceng(
        "collect", str(shop / "orders.csv"), "--workspace", str(shop / "shop"), "--yes", "--json"
    ).stdout
    rows = json.loads(printed)["rows"]
    assert (rows["read"], rows["unchanged"]) == (40, 40)


def test_measures_lists_the_whole_catalogue(shop: Path) -> None:
    listed = json.loads(keceng("measures", "--json").stdout)
    assert [m["name"] for m in listed] == list(catalogue())
    assert all(m["definition"]["zh"] and m["definition"]["en"] and m["kind"] for m in listed)
    assert "spend" in keceng("measures").stdout


def test_standards_lists_the_templates_and_checks_one() -> None:
    listed = keceng("standards").stdout
    assert all(name in listed for name in ("retail", "b2b-start", "government", "vip"))
    assert keceng("standards", "retail").stdout.startswith("retail r1")


def test_explain_tells_the_reason_and_each_condition(shop: Path) -> None:
    told = json.loads(keceng("explain", "C1", "--workspace", str(shop / "shop"), "--json").stdout)
    assert told["customer_id"] == "C1"
    assert told["reason_zh"]
    assert {c["class"] for c in told["conditions"]} == {"A", "B"}
    assert (
        "no customer has the id"
        in keceng("explain", "C9", "--workspace", str(shop / "shop"), expect=2).stderr
    )


def test_explain_prints_the_plan_as_named_steps(shop: Path) -> None:
    plan = keceng("explain", "--plan", "--workspace", str(shop / "shop")).stdout
    names = [line.removeprefix("-- ").split(":")[0] for line in plan.splitlines() if line.startswith("-- ")]
    assert names[0] == "units"
    assert names[-1] == "coded"
    assert {"days", "purchases", "gap_norms", "measured", "population", "cuts_value", "with_grade"} <= set(
        names
    )


def test_rejected_rows_go_out_are_corrected_and_come_back(shop: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "ws"
    keceng("init", str(workspace))
    collected = keceng("collect", str(shop / "bad.csv"), "--workspace", str(workspace), "--yes")
    assert "rejected 1" in collected.stdout
    out = tmp_path / "rejects.csv"
    keceng("rejects", str(out), "--workspace", str(workspace))
    text = out.read_text(encoding="utf-8-sig")
    assert "someday" in text
    header, *lines = text.splitlines()
    fixed = [line.replace("someday", "2026-03-02") for line in lines]
    out.write_text("\n".join([header, *fixed]) + "\n", encoding="utf-8-sig")
    again = keceng("collect", str(out), "--workspace", str(workspace), "--yes")
    assert "added 1" in again.stdout
    keceng("rejects", str(tmp_path / "none.csv"), "--workspace", str(workspace))


def test_rejects_into_a_folder_that_is_not_there(shop: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "ws"
    keceng("init", str(workspace))
    keceng("collect", str(shop / "bad.csv"), "--workspace", str(workspace), "--yes")
    assert (
        "folder"
        in keceng("rejects", str(tmp_path / "no" / "r.csv"), "--workspace", str(workspace), expect=2).stderr
    )


def test_an_unknown_command_or_option_exits_two() -> None:
    assert keceng("clasify", expect=2).stderr
    assert keceng("classify", "--nope", expect=2).stderr


def test_help_is_bilingual() -> None:
    text = keceng("classify", "--help").stdout
    assert "分级" in text
    assert "Grade customers" in text


def test_value_is_estimated_beside_the_grades_where_it_is_asked_for(shop: Path, tmp_path: Path) -> None:
    orders = str(shop / "orders.csv")
    plain = json.loads(keceng("classify", orders, "--json").stdout)
    out = tmp_path / "out"
    valued = json.loads(keceng("classify", orders, "--value", "--json", "--out", str(out)).stdout)
    assert valued["result_hash"] == plain["result_hash"]
    assert {"valuations", "prospects"} <= set(valued["seconds"]) - set(plain["seconds"])
    rows = pq.read_table(out / "customers.parquet").to_pylist()
    assert all(row["clv"] > 0 and row["valuation_method"] == "shrunk" for row in rows)
    assert "Shrunk estimate" in (out / "report.html").read_text(encoding="utf-8")
