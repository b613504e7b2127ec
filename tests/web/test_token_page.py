"""The screen of access tokens: a secret is shown once, one's own are listed, an administrator sees and ends all."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from keceng.desk.tokens.models import Token
from tests.web.conftest import SignIn

PAGE = "/settings/tokens/"
WANTED = {"name": "夜间取数", "scope": ["customers:read", "runs:read"], "days": "30"}


def test_a_new_token_works_and_is_shown_this_once(sign_in: SignIn) -> None:
    client = sign_in("dong")
    answer = client.post(PAGE, WANTED)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    found = re.search(r">(kc_[^<]{50,})</textarea>", answer.content.decode())
    assert found
    secret = found[1]
    assert (
        Client(headers={"authorization": f"Bearer {secret}"}).get("/api/v1/me").json()["username"] == "dong"
    )
    page = client.get(PAGE).content.decode()
    assert "夜间取数" in page
    assert secret not in page
    token = Token.objects.get()
    assert client.post(f"{PAGE}{token.pk}/revoke/").status_code == 302
    assert "已停用" in client.get(PAGE).content.decode()
    assert Client(headers={"authorization": f"Bearer {secret}"}).get("/api/v1/me").status_code == 401


def test_one_sees_one_s_own_and_an_administrator_everybody_s(sign_in: SignIn) -> None:
    sign_in("dong").post(PAGE, WANTED)
    token = Token.objects.get()
    assert "夜间取数" not in sign_in("mei").get(PAGE).content.decode()
    other, absent = (sign_in("mei").post(f"{PAGE}{n}/revoke/") for n in (token.pk, 99_999))
    assert other.status_code == absent.status_code == 400
    assert "没有这个令牌" in other.content.decode()
    root = sign_in("root")
    page = root.get(PAGE).content.decode()
    assert "夜间取数" in page
    assert token.digest not in page
    assert root.post(f"{PAGE}{token.pk}/revoke/").status_code == 302


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": ""}, "用途"),
        ({"scope": []}, "至少选一项"),
        ({"days": "366"}, "1 到 365 天"),
        ({"days": "soon"}, "1 到 365 天"),
    ],
)
def test_a_refusal_stands_above_the_form_that_keeps_what_was_typed(
    sign_in: SignIn, changed: dict[str, object], told: str
) -> None:
    answer = sign_in("dong").post(PAGE, {**WANTED, **changed})
    assert answer.status_code == 400
    assert told in answer.content.decode()
    assert not Token.objects.exists()
    if "scope" not in changed:
        assert re.search(r'value="runs:read" checked', answer.content.decode())
