"""策略板 through a browser's client: every class has its cell, heads are those somebody may see, gaps are told."""

from __future__ import annotations

import datetime as dt
import re

from django.utils import timezone

from keceng.desk.directory.actions import follow_published_run
from keceng.desk.directory.models import Entry
from keceng.desk.people.models import RoleGrant, User
from keceng.desk.signature import Signature
from keceng.desk.standards.actions import create_draft
from keceng.desk.standards.board import read_board
from keceng.desk.standards.states import Status
from keceng.desk.visits.day import read_day
from keceng.desk.visits.reasons import Pile
from keceng.loop import Workspace
from keceng.measure import catalogue
from keceng.standard import load_standard
from tests.desk.cast import CUSTOMERS as HEADS
from tests.desk.cast import MARCH, PLAIN
from tests.web.conftest import OWN, SignIn


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


IN_CHARGE = PLAIN.replace("service: priority}", "service: priority, owner: account_manager}").replace(
    "rhythm: 90d, service: standard}", "rhythm: 14d, service: standard, owner: marketing_manager}"
)
TODAY = MARCH + dt.timedelta(days=2)


def run_with_roles(served: Workspace) -> None:
    """The published run is one whose strategies name who looks after A and C."""
    served.classify(load_standard(IN_CHARGE, catalogue()), MARCH)
    follow_published_run(served.lake, at=timezone.now())


def grades_of_day(name: str) -> dict[str, int]:
    items = read_day(User.objects.get(username=name), TODAY).items
    return {grade: sum(item.entry.grade == grade for item in items) for grade in "ABC"}


def test_a_cell_s_role_is_shown_and_its_customers_stand_on_its_day(
    served: Workspace, sign_in: SignIn
) -> None:
    before = read_day(User.objects.get(username="rui"), TODAY)
    assert before.own == HEADS // 2
    run_with_roles(served)
    page = sign_in("dong").get("/strategy/").content.decode()
    assert "客户经理" in page
    assert "市场经理" in page
    assert "客户各自的负责人" in page
    assert "没有人有这个角色" not in page
    day = read_day(User.objects.get(username="mei"), TODAY)
    assert day.items
    assert {item.entry.grade for item in day.items} == {"C"}, (
        "of everybody she sees those of marketing's cells"
    )
    assert day.own == Entry.objects.filter(edition=day.edition, grade="C").count()
    assert "今日" in sign_in("mei").get("/day/").content.decode()
    own = read_day(User.objects.get(username="rui"), TODAY)
    assert "C" not in {item.entry.grade for item in own.items}, "marketing's, not the rep's"
    assert own.own == Entry.objects.filter(edition=own.edition, owner=OWN).exclude(grade="C").count()
    assert grades_of_day("rui")["A"] > 0, "what account managers look after stays with its owner"
    assert read_day(User.objects.get(username="root"), TODAY).items == []


def test_a_role_that_nobody_has_is_told(served: Workspace, sign_in: SignIn) -> None:
    run_with_roles(served)
    RoleGrant.objects.filter(role="marketing_manager").update(revoked_at=timezone.now())
    assert "没有人有这个角色" in sign_in("dong").get("/strategy/").content.decode()


def test_the_rhythm_of_a_cell_decides_who_is_overdue_for_a_contact(served: Workspace) -> None:
    run_with_roles(served)
    called = TODAY - dt.timedelta(days=10)
    Entry.objects.filter(grade="B").update(last_contact_on=called)
    Entry.objects.filter(grade="B", customer_key=5).update(last_contact_on=TODAY - dt.timedelta(days=31))
    piles = {
        item.entry.customer_key: item.why.pile
        for item in read_day(User.objects.get(username="rui"), TODAY).items
    }
    assert piles.get(5) is Pile.OVERDUE, "31 days, where B is called every 30"
    assert Pile.OVERDUE not in {piles.get(key) for key in (7, 9)}, "10 days"


def test_a_class_without_a_strategy_keeps_its_standard_from_being_published(sign_in: SignIn) -> None:
    signed = Signature(User.objects.get(username="mei"), timezone.now())
    whole = PLAIN.replace("id: plain", "id: other")
    row = create_draft(whole.encode(), signed=signed)
    client = sign_in("mei")
    without = "".join(line for line in whole.splitlines(keepends=True) if "Learn" not in line)
    based_on = re.search(
        r'name="based_on" value="(\w*)"', client.get(f"/standards/{row.pk}/yaml/").content.decode()
    )
    assert based_on
    told = client.post(
        f"/standards/{row.pk}/yaml/",
        {"document": without, "based_on": based_on[1], "do": "save", "why": "试"},
    )
    assert told.status_code == 302, "a draft may be unfinished"
    assert "没有策略" in client.get(f"/standards/{row.pk}/yaml/").content.decode()
    submitted = client.post(f"/standards/{row.pk}/step/", {"step": "submit"})
    assert submitted.status_code == 400
    assert "没有策略" in submitted.content.decode()
    row.refresh_from_db()
    assert row.state is Status.DRAFT
