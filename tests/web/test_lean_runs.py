"""Pages after a run of what its standard reads alone: what was not measured is said so, and taken for nothing nowhere."""

from __future__ import annotations

import re

import pytest

from keceng.desk.directory.actions import follow_published_run
from keceng.loop import Workspace, open_workspace
from keceng.measure import catalogue
from keceng.settings import SETTINGS_FILE
from keceng.standard import load_standard
from tests.desk.cast import MARCH, NOW, PLAIN
from tests.web.conftest import SignIn

pytestmark = pytest.mark.slow
LEAN = "这次分级没有算它"


def words(content: bytes) -> str:
    return re.sub(r"(?:<[^>]+>|\s)+", " ", content.decode())


def test_what_a_lean_run_did_not_measure_is_no_nought(served: Workspace, sign_in: SignIn) -> None:
    director = sign_in("dong")
    before = [words(director.get(page).content) for page in ("/", "/customers/", "/customers/3/")]
    assert not any(LEAN in page for page in before)
    assert "上一窗口" in before[1]
    with (served.directory / SETTINGS_FILE).open("a", encoding="utf-8") as settings:
        settings.write('measures = "needed"\n')
    lean = open_workspace(served.directory)
    summary = lean.classify(load_standard(PLAIN, catalogue()), MARCH)
    follow_published_run(lean.lake, at=NOW)
    overview, rows, customer = (
        words(director.get(page).content) for page in ("/", "/customers/", "/customers/3/")
    )
    assert f"– 逾期 {LEAN}" in overview
    assert re.search(r"A A类 4 [\d.]+% 销售占比", overview)
    assert summary.classes["grade"]["A"] == 4
    assert not re.search("上一窗口|逾期", rows)
    assert customer.count(LEAN) == 2, "margin and overdue"
    assert "导入应收明细" not in customer
