"""客户组 and saved views through a browser's client: built in a form or as text, counted while edited, another's own absent."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client

from keceng.desk.groups.models import SavedGroup, SavedView
from tests.desk.cast import CUSTOMERS as HEADS
from tests.web.conftest import SignIn

NEW = "/customers/groups/new/"


def read(client: Client, address: str) -> str:
    return unescape(client.get(address).content.decode())


def send(client: Client, address: str, *, headers: Any = None, **told: Any) -> str:
    return unescape(client.post(address, told, headers=headers).content.decode())


def line(path: str, what: str, sign: str = "", *values: str) -> dict[str, object]:
    return {f"what-{path}": what, f"sign-{path}": sign, f"value-{path}": list(values)}


def test_the_form_writes_the_text_and_counts_whom_one_sees(sign_in: SignIn) -> None:
    lines = {
        **line("0", "grade", "in", "A", "B"),
        **line("1.0", "spend", "ge", "1,000"),
        **line("1.1", "days_since_last_purchase", "gt", "30"),
    }
    told = {"mode": "form", "joined": "all", "line": ["0", "1.0", "1.1"], **lines}
    part = send(sign_in("dong"), NEW, headers={"hx-request": "true"}, **told)
    assert "<html" not in part
    assert "grade in ('A', 'B') and (spend >= 1000 or days_since_last_purchase > 30)" in part
    everybody = re.search(r"<b>(\d+)</b> 家符合，在您能看到的 (\d+) 家中", part)
    own = re.search(r"<b>(\d+)</b> 家符合，在您能看到的 (\d+) 家中", send(sign_in("rui"), NEW, **told))
    assert everybody
    assert own
    assert (everybody[2], own[2]) == (str(HEADS), str(HEADS // 2))
    assert int(own[1]) < int(everybody[1])


def test_without_a_script_lines_are_added_and_removed_by_buttons(sign_in: SignIn) -> None:
    client = sign_in("dong")
    one = {"mode": "form", "joined": "all", "line": "0", **line("0", "spend", "ge", "5")}
    assert 'name="what-1"' in send(client, NEW, act="add", **one)
    assert 'name="what-1.1"' in send(client, NEW, act="block", **one)
    both = {**one, "line": ["0", "1"], **line("1", "grade", "in", "A")}
    assert 'name="what-1"' not in send(client, NEW, act="drop:0", **both)
    assert "spend >= 5" not in send(client, NEW, act="drop:0", **both)


def test_text_and_form_follow_each_other_as_far_as_a_form_goes(sign_in: SignIn) -> None:
    client = sign_in("dong")
    text = "grade = 'A' or (spend >= 5 and days_since_last_purchase <= 9)"
    form = send(client, NEW, mode="text", text=text, act="form")
    assert re.search(r'id="value-1\.1-1"[^>]*value="9"', form)
    assert text in form
    rich = send(client, NEW, mode="text", text="spend > 2 * previous_spend", act="form")
    assert "表单装不下" in rich
    assert ">spend > 2 * previous_spend</textarea>" in rich, "nothing that was written is lost"
    wrong = send(client, NEW, mode="text", text="spend >= 5 and gradde = 'A'")
    assert "第16个字符" in wrong
    assert "是不是：grade" in wrong


def test_a_kept_group_opens_as_a_filter_with_the_same_count(sign_in: SignIn) -> None:
    client = sign_in("dong")
    text = "spend >= 1000"
    kept = client.post(NEW, {"mode": "text", "text": text, "name": "大户", "act": "save"})
    assert kept.status_code == 302
    listed = re.search(r"<b>(\d+)</b> 家</a>", read(client, "/customers/groups/"))
    assert listed
    page = read(client, kept["Location"])
    assert f"{listed[1]} 家，共 {HEADS} 家" in page
    assert "客户组 大户" in page
    assert f"group={SavedGroup.objects.get().pk}" in read(client, f"{kept['Location']}&grade=A")
    assert "0 家，共" in read(client, f"{kept['Location']}&grade=C")


def test_the_filters_of_a_list_become_a_group(sign_in: SignIn) -> None:
    client = sign_in("dong")
    asked = "grade=A&owner=王组&measure=spend&sign=ge&number=1000&silent=30"
    listed = read(client, f"/customers/?{asked}")
    address = re.search(r'href="(/customers/groups/new/\?[^"]*)">存为客户组', listed)
    assert address
    page = read(client, address[1])
    assert "grade = 'A' and owner = '王组' and spend >= 1000 and (days_since_last_contact >= 30" in page
    heads = re.search(r"(\d+) 家，共", listed)
    assert heads
    assert f"<b>{heads[1]}</b> 家符合" in page


def test_half_a_line_or_no_name_keeps_nothing_and_says_so(sign_in: SignIn) -> None:
    client = sign_in("dong")
    half = {"mode": "form", "joined": "all", "line": "0", **line("0", "spend", "ge", "")}
    assert "还没写完" in send(client, NEW, name="x", act="save", **half)
    whole = {**half, **line("0", "spend", "ge", "5")}
    assert "名称须有" in send(client, NEW, name=" ", act="save", **whole)
    assert "要写一个数" in send(
        client, NEW, name="x", act="save", **{**half, **line("0", "spend", "ge", "five")}
    )
    assert not SavedGroup.objects.exists()


def test_another_s_private_group_is_absent_and_a_shared_one_is_read_only(sign_in: SignIn) -> None:
    mei, rui = sign_in("mei"), sign_in("rui")
    mei.post(NEW, {"mode": "text", "text": "grade = 'A'", "name": "甲", "act": "save"})
    row = SavedGroup.objects.get()
    assert rui.get(f"/customers/groups/{row.pk}/").status_code == 404
    assert "甲" not in read(rui, "/customers/groups/")
    gone = read(rui, f"/customers/?group={row.pk}")
    absent = read(rui, "/customers/?group=999999")
    assert "客户组已不存在" in gone
    assert "客户组已不存在" in absent
    SavedGroup.objects.update(is_shared=True)
    assert "另存为我的组" in read(rui, f"/customers/groups/{row.pk}/")
    assert rui.post(f"/customers/groups/{row.pk}/", {"act": "save", "name": "乙"}).status_code == 404
    assert rui.post(f"/customers/groups/{row.pk}/delete/").status_code == 404
    rui.post("/customers/views/", {"name": "我的甲", "group": str(row.pk)})
    assert "这些视图在用它" in send(mei, f"/customers/groups/{row.pk}/delete/")
    assert mei.post(f"/customers/groups/{row.pk}/delete/", {"confirmed": "1"}).status_code == 302
    assert not SavedGroup.objects.exists()


def test_four_views_come_filled_and_one_s_own_join_them(sign_in: SignIn) -> None:
    rui, mei = sign_in("rui"), sign_in("mei")
    page = read(rui, "/customers/")
    for title in ("我的 A", "有流失风险", "逾期", "30 天未联系"):
        assert f">{title}</a>" in page
    assert "10 家，共 10 家" in read(rui, "/customers/?silent=30"), "nobody was ever called"
    assert "4 家，共 20 家" in read(mei, "/customers/?best=1&mine=1"), (
        "to whom the books give nobody sees all"
    )
    told = {
        "name": "大额",
        "shared": "1",
        "measure": "spend",
        "sign": "ge",
        "number": "1000",
        "order": "name",
    }
    kept = rui.post("/customers/views/", {**told, "page": "2", "anything": "else"})
    assert kept["Location"] == "/customers/?measure=spend&sign=ge&number=1000&order=name"
    assert 'aria-current="page">大额</a>' in read(rui, kept["Location"])
    assert ">大额</a>" in read(mei, "/customers/")
    view = SavedView.objects.get()
    assert mei.post(f"/customers/views/{view.pk}/", {"name": "x"}).status_code == 404
    rui.post(f"/customers/views/{view.pk}/", {"name": "千元以上"})
    assert "千元以上" not in read(mei, "/customers/"), "taken back"
    rui.post(f"/customers/views/{view.pk}/", {"act": "delete"})
    assert not SavedView.objects.exists()


def test_an_empty_list_says_which_filter_removed_everyone(sign_in: SignIn) -> None:
    client = sign_in("dong")
    page = read(client, "/customers/?grade=A&overdue=1")
    assert "去掉“有逾期”：4 家" in page
    assert 'href="/customers/?grade=A"' in page
    assert "去掉“等级 A”" not in page, "nobody is overdue without it either"
    both = read(client, "/customers/?overdue=1&by_hand=1")
    assert "没有客户符合“有逾期”，去掉它" in both
    wrong = read(client, "/customers/?measure=spend&sign=ge&number=many")
    assert "要写一个数" in wrong
