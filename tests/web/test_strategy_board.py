"""策略板 through a browser's client: every class has its cell, heads are those somebody may see, gaps are told."""

from __future__ import annotations

import re

from django.utils import timezone

from keceng.desk.directory.models import Entry
from keceng.desk.people.models import User
from keceng.desk.signature import Signature
from keceng.desk.standards.actions import create_draft
from keceng.desk.standards.board import read_board
from tests.desk.cast import CUSTOMERS as HEADS
from tests.desk.cast import PLAIN
from tests.web.conftest import SignIn


def heads_of(name: str) -> dict[str, int]:
    board = read_board(User.objects.get(username=name), timezone.localdate())
    assert board is not None
    return {row.grade: row.heads for row in board.rows}


def test_the_board_counts_whom_somebody_may_see(sign_in: SignIn) -> None:
    page = sign_in("dong").get("/strategy/").content.decode()
    assert "深度服务" in page
    assert "每 14 天" in page
    assert sum(heads_of("dong").values()) == HEADS
    assert sum(heads_of("rui").values()) == HEADS // 2
    assert sum(heads_of("root").values()) == 0


def test_customers_in_a_class_without_a_strategy_are_told(sign_in: SignIn) -> None:
    Entry.objects.filter(customer_key=3).update(grade="Z")
    page = sign_in("dong").get("/strategy/").content.decode()
    assert "没有策略" in page
    assert re.search(r"1 家客户所在的格子没有策略", page)


def test_a_draft_s_board_can_be_looked_at(sign_in: SignIn) -> None:
    signed = Signature(User.objects.get(username="mei"), timezone.now())
    other = PLAIN.replace("深度服务", "共同规划").replace("id: plain", "id: other")
    row = create_draft(other.encode(), signed=signed)
    page = sign_in("dong").get(f"/strategy/?of={row.pk}").content.decode()
    assert "共同规划" in page
    assert "户数来自按标准 plain 得到的结果" in page
    assert sign_in("dong").get("/strategy/?of=999999").status_code == 404
