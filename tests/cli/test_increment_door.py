"""`keceng classify --increment`: a day's file taken in by collect is worked in, or the shell says why everybody was judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keceng.settings import SETTINGS_FILE
from tests.shell import run_shell

HEADER = "订单号,下单时间,客户编号,客户名称,数量,单价\n"
pytestmark = pytest.mark.slow
BOOK = "".join(
    f"D{c}-{n},2026-0{n}-{(c * 3 + n) % 27 + 1:02d},C{c},客户{c},{c % 7 + 1},{100 + c}.00\n"
    for c in range(60)
    for n in range(1, 6)
)
DAY = "E1,2026-06-01,C7,客户7,3,900.00\nE2,2026-06-01,C60,客户60,1,50.00\n"


def keceng(*arguments: str, expect: int = 0) -> str:
    done = run_shell("--lang", "en", *arguments)
    assert done.returncode == expect, done.stderr
    return done.stdout if "--json" in arguments else " ".join(f"{done.stdout} {done.stderr}".split())


def test_a_day_taken_in_by_collect_is_worked_in_and_says_so(tmp_path: Path) -> None:
    shop = str(tmp_path / "shop")
    for name, rows in (("book.csv", BOOK), ("day.csv", DAY)):
        (tmp_path / name).write_text(HEADER + rows, encoding="utf-8")
    keceng("init", shop)
    (tmp_path / "shop" / SETTINGS_FILE).write_text('measures = "needed"\n', encoding="utf-8")
    keceng("collect", str(tmp_path / "book.csv"), "--workspace", shop, "--yes")
    first = keceng("classify", "--workspace", shop, "--as-of", "2026-05-31", "--increment")
    assert "everybody was judged anew: nothing is published yet" in first
    keceng("collect", str(tmp_path / "day.csv"), "--workspace", shop, "--yes")
    told = json.loads(keceng("classify", "--workspace", shop, "--increment", "--json"))
    assert told["as_of"] == "2026-06-01"
    assert told["increment"]["touched"] == 2
    assert told["population"]["customers"] == 61
    assert "as of 2026-06-01" in keceng("explain", "C7", "--workspace", shop)
    assert "files alone have none" in keceng("classify", str(tmp_path / "day.csv"), "--increment", expect=2)
