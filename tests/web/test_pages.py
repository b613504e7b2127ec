"""Pages as people get them: the policy on every response, both languages, figures that reconcile, doors that lock."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client, override_settings

from keceng.desk.people.models import RoleGrant, User
from keceng.loop import Workspace, new_setup_code
from tests.web.conftest import SignIn

PAGES = (
    "/",
    "/customers/",
    "/customers/views/",
    "/customers/groups/",
    "/customers/groups/new/",
    "/customers/3/",
    "/customers/3/letter/",
    "/customers/3/sources/",
    "/reviews/",
    "/waiting/",
    "/day/",
    "/standards/",
    "/strategy/",
    "/data/",
    "/settings/",
    "/settings/tokens/",
    "/imports/",
    "/runs/",
    "/runs/moves/",
    "/exports/",
    "/handover/",
    "/handover/new/",
    "/password/",
)
CJK = re.compile(r"[\u4e00-\u9fff]")
FROM_THE_BOOKS = re.compile(r"客户\d+|客\*\*|王组|李组|华东|华北|客层|中文|简明标准|A类|B类|C类")


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_carries_a_strict_policy(page: str, sign_in: SignIn) -> None:
    told = sign_in("dong").get(page)
    policy = told["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert told["X-Frame-Options"] == "DENY"
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", told.content.decode())


@pytest.mark.parametrize("page", PAGES)
def test_an_english_page_has_no_chinese_but_what_the_books_hold(page: str, sign_in: SignIn) -> None:
    client = sign_in("dong")
    client.cookies["django_language"] = "en"
    told = client.get(page).content.decode()
    assert '<html lang="en">' in told
    said = FROM_THE_BOOKS.sub("", re.sub(r"<script.*?</script>|<[^>]+>", " ", told, flags=re.DOTALL))
    assert CJK.findall(said) == []


def test_the_first_line_reconciles(sign_in: SignIn) -> None:
    told = re.sub(r"<[^>]+>|\s+", "", sign_in("dong").get("/").content.decode())
    assert "20家=20分级" in told
    assert "+0排除+0数据不足" in told


def test_a_person_s_name_is_masked_and_an_organisation_s_is_not(sign_in: SignIn) -> None:
    told = sign_in("dong").get("/customers/").content.decode()
    assert "客户17" in told
    assert "客户18" not in told
    assert "客**" in told


def test_a_search_finds_by_number_name_and_initials(sign_in: SignIn) -> None:
    client = sign_in("dong")
    for word in ("C00011", "客户11", "kh11"):
        told = client.get("/customers/", {"q": word}).content.decode()
        assert "1 家，共 20 家" in told, word


def test_a_changed_filter_gets_the_rows_alone(sign_in: SignIn) -> None:
    part = sign_in("dong").get("/customers/?grade=A", headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part
    assert "<table" in part


@pytest.mark.usefixtures("database")
def test_until_there_is_an_administrator_the_first_page_is_the_set_up(tmp_path: Path) -> None:
    RoleGrant.objects.all().delete()
    User.objects.all().delete()
    with override_settings(WORKSPACE=tmp_path):
        code = new_setup_code(tmp_path)
        client = Client(headers={"accept-language": "en"})
        assert client.get("/").status_code == 200
        assert client.get("/customers/")["Location"] == "/"
        wrong = {"code": "no", "username": "root", "password": "a long enough password"}
        assert client.post("/", wrong).status_code == 400
        weak = {**wrong, "code": code, "password": "short"}
        assert client.post("/", weak).status_code == 400
        assert not User.objects.exists()
        assert client.post("/", {**wrong, "code": code})["Location"] == "/"
        assert User.objects.get().username == "root"
        assert not (tmp_path / ".setup-code").exists(), "a code serves once"


def test_guessing_a_password_is_locked_out(served: Workspace) -> None:
    User.objects.filter(username="rui").update(password="")
    client = Client()
    guess = {"username": "rui", "password": "guess"}
    answers = [client.post("/signin/", guess).status_code for _ in range(7)]
    assert answers[:4] == [401] * 4
    assert answers[-1] == 429


@pytest.mark.parametrize(
    ("address", "heads"), [("graded=1", 20), ("excluded=1", 0), ("best=1", 4), ("best=1&risk=1", 0)]
)
def test_a_figure_of_the_overview_opens_the_customers_behind_it(
    address: str, heads: int, sign_in: SignIn
) -> None:
    told = sign_in("dong").get(f"/customers/?{address}").content.decode()
    assert f"{heads} 家，共 20 家" in told
