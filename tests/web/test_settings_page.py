"""Settings: people, roles, names in the books, the own password, names revealed, the audit; refusals beside their form."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from keceng.desk.audit.models import AuditRow
from keceng.desk.directory.scope import visible_entries
from keceng.desk.people.duties import Role
from keceng.desk.people.models import Department, PasswordLink, User
from keceng.desk.people.queries import roles_of
from tests.desk.cast import NOW
from tests.web.conftest import OTHER, OWN, SignIn

NEW = {"username": "xin", "display_name": "小新", "role": "sales_rep", "password": "a good first word"}
CHANGE = "/settings/people/change/"


def test_somebody_added_signs_in_sees_their_customers_and_leaves(sign_in: SignIn) -> None:
    root = sign_in("root")
    assert root.post("/settings/people/", NEW).status_code == 302
    assert "小新" in root.get("/settings/people/").content.decode()
    assert root.post("/settings/owners/", {"owner": OTHER, "username": "xin"}).status_code == 302
    xin = User.objects.get(username="xin")
    assert set(visible_entries(xin).values_list("owner", flat=True)) == {OTHER}
    client = Client()
    assert client.post("/signin/", {"username": "xin", "password": NEW["password"]}).status_code == 302
    assert client.get("/day/").status_code == 200
    assert root.post(CHANGE, {"username": "xin", "act": "leave"}).status_code == 302
    assert client.get("/day/").status_code == 302, "the session of whoever left is over"
    assert root.post(CHANGE, {"username": "xin", "act": "return"}).status_code == 302
    assert root.post("/settings/owners/", {"owner": OTHER, "username": ""}).status_code == 302
    assert not visible_entries(User.objects.get(username="xin")).exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"username": ""}, "请填写用户名"),
        ({"username": "a b#c"}, "请填写用户名"),
        ({"username": "rui"}, "用户名已有"),
        ({"role": "king"}, "请选一个角色"),
        ({"password": "short"}, "口令|密码"),
    ],
)
def test_a_refused_addition_is_said_in_place_and_adds_nobody(
    sign_in: SignIn, changed: dict[str, str], told: str
) -> None:
    before = User.objects.count()
    answer = sign_in("root").post("/settings/people/", {**NEW, **changed})
    assert answer.status_code == 400
    assert re.search(told, answer.content.decode())
    assert User.objects.count() == before


def test_roles_are_granted_and_taken_back_and_the_last_administrator_stays(sign_in: SignIn) -> None:
    root, rui = sign_in("root"), User.objects.get(username="rui")
    for act, role in (("grant", "data_analyst"), ("revoke", "sales_rep")):
        assert root.post(CHANGE, {"username": "rui", "act": act, "role": role}).status_code == 302
    assert roles_of(rui) == {Role.DATA_ANALYST}
    refused = root.post(CHANGE, {"username": "root", "act": "revoke", "role": "administrator"})
    assert refused.status_code == 400
    card = refused.content.decode().split('id="u-root"')[1]
    assert "至少保留一位管理员" in card.split("</li>")[0]
    assert root.post(CHANGE, {"username": "rui", "act": "fly"}).status_code == 400
    assert root.post(CHANGE, {"username": "nobody", "act": "leave"}).status_code == 400


def test_an_owner_s_name_belongs_to_one_person(sign_in: SignIn) -> None:
    root = sign_in("root")
    taken = root.post("/settings/owners/", {"owner": OWN, "username": "an"})
    assert taken.status_code == 400
    assert "已属于" in taken.content.decode()
    assert root.post("/settings/owners/", {"owner": "无此人", "username": "an"}).status_code == 400


def test_one_changes_the_own_password_and_stays_signed_in(sign_in: SignIn) -> None:
    root = sign_in("root")
    root.post(CHANGE, {"username": "rui", "act": "password", "password": "a good first word"})
    client, elsewhere = Client(), Client()
    for browser in (client, elsewhere):
        browser.post("/signin/", {"username": "rui", "password": "a good first word"})
    wrong = client.post("/settings/password/", {"old": "x", "new": "a good second word"})
    assert wrong.status_code == 400
    assert "口令不对" in wrong.content.decode()
    fine = {"old": "a good first word", "new": "a good second word"}
    assert client.post("/settings/password/", fine).status_code == 302
    assert client.get("/settings/").status_code == 200
    assert elsewhere.get("/settings/").status_code == 302


def test_a_person_is_revealed_to_whoever_may_by_one_click_that_is_written_down(sign_in: SignIn) -> None:
    kefu = sign_in("kefu")
    assert "客户18" not in kefu.get("/customers/18/").content.decode()
    part = kefu.post("/customers/18/persons/", headers={"hx-request": "true"})
    assert "客户18" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert "no-store" in part["Cache-Control"]
    assert "<html" in kefu.post("/customers/18/persons/").content.decode()
    rows = AuditRow.objects.filter(action="person.revealed")
    assert [(row.by, row.about_id) for row in rows] == [("kefu", "18")] * 2
    assert "客户18" not in str(list(rows.values()))
    assert sign_in("cai").post("/customers/18/persons/").status_code == 403
    assert sign_in("rui").post("/customers/18/persons/").status_code == 404
    assert rows.count() == 2


def test_the_audit_page_says_when_the_chain_is_broken(sign_in: SignIn) -> None:
    root = sign_in("root")
    root.post(CHANGE, {"username": "rui", "act": "rename", "display_name": "锐"})
    assert "审计链完整" in root.get("/settings/audit/").content.decode()
    AuditRow.objects.filter(action="user.renamed").update(by="mei")
    told = root.get("/settings/audit/").content.decode()
    assert "审计链不完整" in told
    assert "审计行被改动" in told


@pytest.mark.parametrize(
    "page", ["/settings/people/", "/settings/departments/", "/settings/owners/", "/settings/audit/"]
)
def test_an_administrator_s_pages_are_strict_and_speak_one_language(page: str, sign_in: SignIn) -> None:
    root = sign_in("root")
    root.cookies["django_language"] = "en"
    root.post(CHANGE, {"username": "rui", "act": "rename", "display_name": "Rui"})
    told = root.get(page).content.decode()
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", told)
    said = re.sub(r"<script.*?</script>|<[^>]+>", " ", told, flags=re.DOTALL)
    assert not re.findall(r"[\u4e00-\u9fff]", re.sub("王组|李组|华东|华北|客层|中文", "", said))


def test_departments_are_made_moved_and_removed_and_refusals_are_said(sign_in: SignIn) -> None:
    root = sign_in("root")
    change = "/settings/departments/change/"
    assert root.post("/settings/departments/", {"name": "销售部", "above": ""}).status_code == 302
    top = str(Department.objects.get(name="销售部").pk)
    assert root.post("/settings/departments/", {"name": "华东组", "above": top}).status_code == 302
    east = str(Department.objects.get(name="华东组").pk)
    for wrong in ({"name": "华东组", "above": ""}, {"name": "", "above": ""}, {"name": "x", "above": "0"}):
        assert root.post("/settings/departments/", wrong).status_code == 400
    ring = root.post(change, {"department": top, "act": "move", "above": east})
    assert (ring.status_code, "部门不能放到自己下面" in ring.content.decode()) == (400, True)
    placed = {"username": "an", "act": "place", "department": east, "is_head": "1"}
    assert root.post(CHANGE, placed).status_code == 302
    told = root.get("/settings/departments/").content.decode()
    assert "an (负责人)" in told
    assert root.post(change, {"department": east, "act": "remove"}).status_code == 400
    assert root.post(change, {"department": top, "act": "remove"}).status_code == 400
    assert root.post(change, {"department": east, "act": "rename", "name": "华东大区"}).status_code == 302
    assert root.post(CHANGE, {"username": "an", "act": "place", "department": ""}).status_code == 302
    assert root.post(change, {"department": east, "act": "remove"}).status_code == 302
    actions = set(AuditRow.objects.values_list("action", flat=True))
    made = {"department.made", "department.renamed", "department.removed", "user.placed"}
    assert made <= actions


def test_somebody_limited_sees_less_and_does_nothing_about_the_whole_company(sign_in: SignIn) -> None:
    root, dong = sign_in("root"), sign_in("dong")
    assert (
        root.post(CHANGE, {"username": "dong", "act": "limit", "regions": ["华北", "无此区"]}).status_code
        == 302
    )
    assert set(visible_entries(User.objects.get(username="dong")).values_list("region", flat=True)) == {
        "华北"
    }
    assert "6 家，共 6 家" in dong.get("/customers/").content.decode()
    assert dong.get("/customers/1/").status_code == 404
    for page in ("/runs/", "/data/", "/imports/"):
        refused = dong.get(page)
        assert refused.status_code == 403
        assert "这关乎全公司" in refused.content.decode()
    assert "只看：" in root.get("/settings/people/").content.decode()
    assert root.post(CHANGE, {"username": "dong", "act": "limit"}).status_code == 302
    assert dong.get("/runs/").status_code == 200


def test_a_link_sets_a_password_once_and_a_newer_one_ends_it(sign_in: SignIn) -> None:
    root, somebody = sign_in("root"), Client()
    links = []
    for _ in range(2):
        told = root.post(CHANGE, {"username": "rui", "act": "link"})
        assert "no-store" in told["Cache-Control"]
        found = re.search(r'value="http://testserver(/password/\?code=[\w-]+)"', told.content.decode())
        assert found is not None
        links.append(found[1])
    first, second = links
    assert somebody.get(first).status_code == 404
    assert somebody.get(second).status_code == 200
    code = second.partition("=")[2]
    weak = somebody.post("/password/", {"code": code, "password": "short"})
    assert weak.status_code == 400
    fine = {"code": code, "password": "a good third word"}
    assert somebody.post("/password/", fine).status_code == 302
    assert somebody.get(second).status_code == 404
    assert somebody.post("/password/", fine).status_code == 404
    assert somebody.post("/signin/", {"username": "rui", "password": "a good third word"}).status_code == 302
    assert code not in str(list(AuditRow.objects.values()))
    assert not PasswordLink.objects.filter(digest=code).exists()
    PasswordLink.objects.update(used_at=None, expires_at=NOW)
    assert somebody.get(second).status_code == 404
    assert sign_in("dong").post(CHANGE, {"username": "rui", "act": "link"}).status_code == 403


def test_a_new_colleague_gets_a_name_that_the_books_do_not_have(sign_in: SignIn) -> None:
    root = sign_in("root")
    given = {"owner": "周组", "username": "an", "new": "1"}
    assert root.post("/settings/owners/", {**given, "owner": ""}).status_code == 400
    assert root.post("/settings/owners/", given).status_code == 302
    assert list(User.objects.get(username="an").owner_names.values_list("owner", flat=True)) == ["周组"]
