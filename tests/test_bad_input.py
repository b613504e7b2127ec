"""What a user may get wrong: a clear sentence, exit 2, and nothing written. Every case through the shell door."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.shell import Done, run_shell

GOOD = "订单号,下单时间,客户编号,商品编码,数量,单价\nD1,2026-01-05,C1,P1,1,10\nD2,2026-02-05,C2,P1,2,10\n"
STANDARD = """
keceng: 1
id: mine
title: {{zh: 我的标准, en: Mine}}
window: 365d
dimensions:
  state: {{use: lifecycle_state}}
  {dimension}
grade:
  title: {{zh: 等级, en: Grade}}
  kind: tier
  by: rules
  classes:
    A: {{when: "{when}", title: {{zh: A类, en: A}}, public_title: {{zh: 尊享, en: Priority}}}}
    B: {{otherwise: true, title: {{zh: B类, en: B}}, public_title: {{zh: 标准, en: Standard}}}}
stability: off
strategy:
  A: {{goal: {{zh: 深耕, en: Deepen}}, rhythm: 14d, service: priority}}
  B: {{goal: {{zh: 了解, en: Learn}}, rhythm: 90d, service: standard}}
review: {{every: 3 months, owner: sales-director}}
"""
CIRCLE = """a:
    title: {zh: 甲, en: A}
    kind: segment
    by: rules
    classes: {x: {when: "b = 'x'", title: {zh: 是, en: Yes}}, y: {otherwise: true, title: {zh: 否, en: No}}}
  b:
    title: {zh: 乙, en: B}
    kind: segment
    by: rules
    classes: {x: {when: "a = 'x'", title: {zh: 是, en: Yes}}, y: {otherwise: true, title: {zh: 否, en: No}}}"""


def keceng(*arguments: str, language: str = "en") -> Done:
    return run_shell("--lang", language, *arguments)


def refused(tmp_path: Path, *arguments: str) -> str:
    """The message in English, after checking that the Chinese one exists and that nothing was written."""
    out = tmp_path / "out"
    before = sorted(tmp_path.rglob("*"))
    messages = []
    for language in ("zh", "en"):
        done = keceng("classify", *arguments, "--out", str(out), language=language)
        assert done.returncode == 2, done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        assert done.stderr.strip()
        messages.append(done.stderr)
    assert sorted(tmp_path.rglob("*")) == before, "nothing is written"
    chinese, english = messages
    assert any("一" <= c <= "鿿" for c in chinese)
    assert chinese != english
    return english


def made(tmp_path: Path, name: str, content: str | bytes) -> str:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", "", "empty"),
        ("header.csv", "订单号,下单时间,客户编号,数量,单价\n", "no"),
        ("mislabelled.xlsx", "<html><body>not a workbook</body></html>", "mislabelled.xlsx"),
        ("broken.xlsx", b"PK\x03\x04 truncated", "broken.xlsx"),
        ("columns.csv", "a,b\n1,2\n", "--map"),
        (
            "order.csv",
            GOOD.replace("2026-01-05", "01/02/2026").replace("2026-02-05", "03/02/2026"),
            "--date-order",
        ),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, name: str, content: str | bytes, says: str) -> None:
    assert says in refused(tmp_path, made(tmp_path, name, content))


def test_a_missing_file_and_no_file(tmp_path: Path) -> None:
    assert "nowhere.csv" in refused(tmp_path, str(tmp_path / "nowhere.csv"))
    assert "no file" in refused(tmp_path)


def test_a_map_to_a_column_that_is_not_there(tmp_path: Path) -> None:
    message = refused(tmp_path, made(tmp_path, "good.csv", GOOD), "--map", "amount=总额")
    assert "总额" in message
    assert "单价" in message, "it lists the columns that exist"


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("spent > 100", "spent"),
        ("abs(spend) > 100", "abs"),
        ("spend > 100; drop table customers", ";"),
        ("spend * spend > 100", "spend"),
        ("state < 'new'", "state"),
        ("state = 'newish'", "newish"),
        ("spend > (select 1)", "select"),
        ("first_purchase_on > current_date", "current_date"),
    ],
)
def test_a_standard_that_cannot_be_used(tmp_path: Path, when: str, says: str) -> None:
    ruler = made(tmp_path, "mine.yaml", STANDARD.format(when=when, dimension=""))
    message = refused(tmp_path, made(tmp_path, "good.csv", GOOD), "--standard", ruler)
    assert says in message
    assert "grade.classes.A.when" in message


def test_dimensions_in_a_circle(tmp_path: Path) -> None:
    ruler = made(tmp_path, "circle.yaml", STANDARD.format(when="a = 'x'", dimension=CIRCLE))
    message = refused(tmp_path, made(tmp_path, "good.csv", GOOD), "--standard", ruler)
    assert "a" in message
    assert "b" in message


def test_a_standard_that_does_not_exist_lists_those_that_do(tmp_path: Path) -> None:
    message = refused(tmp_path, made(tmp_path, "good.csv", GOOD), "--standard", "retial")
    assert "retail" in message


PHONES = "订单号,下单时间,客户编号,手机,数量,单价\nD1,2026-01-05,C1,13800000001,1,10\nD2,2026-02-05,C2,1.38E+10,2,10\n"


def test_a_phone_that_lost_its_digits_stops_the_import_with_its_place(tmp_path: Path) -> None:
    message = refused(tmp_path, made(tmp_path, "phones.csv", PHONES))
    for said in ("phones.csv", "row 3", "手机", "1.38E+10", "--reject-lost-phones"):
        assert said in message


def test_a_phone_that_lost_its_digits_can_be_a_rejected_row(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = keceng("classify", made(tmp_path, "phones.csv", PHONES), "--reject-lost-phones", "--out", str(out))
    assert done.returncode == 0, done.stderr
    rejected = (out / "rejects.csv").read_text(encoding="utf-8-sig")
    assert "1.38E+10" in rejected
    assert "手机" in rejected


def test_a_place_that_holds_something_else_is_not_replaced(tmp_path: Path) -> None:
    orders = made(tmp_path, "good.csv", GOOD)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "novel.txt").write_text("chapter one", encoding="utf-8")
    done = keceng("classify", orders, "--out", str(mine))
    assert done.returncode == 2
    assert [p.name for p in mine.iterdir()] == ["novel.txt"]


@pytest.mark.parametrize("out", ["file/x", "/proc/nope"])
def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, out: str) -> None:
    orders = made(tmp_path, "good.csv", GOOD)
    made(tmp_path, "file", "not a folder")
    done = keceng("classify", orders, "--out", str(tmp_path / out))
    assert done.returncode == 2
    assert "--out" in done.stderr


def test_an_earlier_result_is_replaced_whole(tmp_path: Path) -> None:
    orders = made(tmp_path, "good.csv", GOOD)
    out = tmp_path / "out"
    assert keceng("classify", orders, "--out", str(out)).returncode == 0
    (out / "old-note.txt").write_text("from last time", encoding="utf-8")
    assert keceng("classify", orders, "--out", str(out)).returncode == 0
    assert not (out / "old-note.txt").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".out")]


def test_a_date_written_otherwise(tmp_path: Path) -> None:
    message = refused(tmp_path, made(tmp_path, "good.csv", GOOD), "--as-of", "30/06/2026")
    assert "2026-06-30" in message


@pytest.fixture(autouse=True)
def _no_stray_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KECENG_LANG", raising=False)


def test_the_installed_command_exits_with_two_and_no_traceback(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from keceng.cli import main; main()",
        "classify",
        str(tmp_path / "nowhere.csv"),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
