"""Every route × method × role × own, another's and absent object: who may come in, and that nothing leaks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from keceng.desk.people.duties import Role
from tests.web.conftest import ANONYMOUS, USER_OF_ROLE, SignIn

METHODS = ("get", "post", "put", "patch", "delete")
EVERYBODY = frozenset(Role)
SEE_ALL = frozenset({Role.SALES_DIRECTOR, Role.MARKETING_MANAGER, Role.DATA_ANALYST, Role.CUSTOMER_SERVICE})
SEE_OWN = frozenset({Role.SALES_REP})
OWN_KEY, OTHER_KEY, ABSENT_KEY = 3, 4, 999_999


@dataclass(frozen=True, slots=True)
class Expected:
    """Who gets an answer from a route, by method; other methods are refused with 405.

    Attributes:
        roles: by method, who is let in; for the others the object is absent or the act refused.
        status: what those let in get.
        is_open: whether somebody unknown gets an answer too.
        per_customer: whether the route names a customer, so that ownership decides.
    """

    roles: Mapping[str, frozenset[Role]]
    status: int = 200
    is_open: bool = False
    per_customer: bool = False


EXPECTED: Mapping[str, Expected] = {
    "overview": Expected({"get": EVERYBODY}),
    "signin": Expected({"get": EVERYBODY, "post": frozenset()}, is_open=True),
    "signout": Expected({"post": EVERYBODY}, status=302),
    "language": Expected({"post": EVERYBODY}, status=302, is_open=True),
    "customers": Expected({"get": EVERYBODY}),
    "customer": Expected({"get": SEE_ALL | SEE_OWN}, per_customer=True),
}


def routes(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    for pattern in (resolver or get_resolver("keceng.web.urls")).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern)
        else:
            yield pattern


def address(name: str, key: int) -> str:
    return reverse(name, args=[key]) if EXPECTED[name].per_customer else reverse(name)


def test_every_route_has_an_expectation_and_every_expectation_a_route() -> None:
    assert {pattern.name for pattern in routes()} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_who_gets_an_answer(name: str, sign_in: SignIn) -> None:
    expected = EXPECTED[name]
    people = {ANONYMOUS: None, **{user: role for role, user in USER_OF_ROLE.items()}}
    for person, role in people.items():
        for method in METHODS:
            for key in (OWN_KEY, OTHER_KEY, ABSENT_KEY) if expected.per_customer else (0,):
                told = getattr(sign_in(person), method)(address(name, key))
                case = f"{method.upper()} {name} {key} as {person}"
                if role is None and not expected.is_open:
                    assert told.status_code == 302, case
                    assert told["Location"].startswith("/signin/"), case
                elif method not in expected.roles:
                    assert told.status_code == 405, case
                elif expected.per_customer:
                    assert told.status_code == (200 if may_see(role, key) else 404), case
                elif role is not None and role in expected.roles[method]:
                    assert told.status_code == expected.status, case


def may_see(role: Role | None, key: int) -> bool:
    if key == ABSENT_KEY or role is None:
        return False
    return role in SEE_ALL or (role in SEE_OWN and key == OWN_KEY)


def test_another_s_customer_looks_like_an_absent_one(sign_in: SignIn) -> None:
    client = sign_in("rui")
    other, absent = (client.get(address("customer", key)) for key in (OTHER_KEY, ABSENT_KEY))
    assert other.status_code == absent.status_code == 404
    assert without_tokens(other.content) == without_tokens(absent.content)


def without_tokens(content: bytes) -> str:
    # The page repeats its own address, and every page has a fresh token.
    text = re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"\w+"', "", content.decode())
    return re.sub(rf"/customers/({OTHER_KEY}|{ABSENT_KEY})/", "", text)


def test_lists_counts_and_filters_hold_to_what_somebody_may_see(sign_in: SignIn) -> None:
    told = sign_in("rui").get("/customers/").content.decode()
    assert "10 家，共 10 家" in told
    assert "李组" not in told
    everybody = sign_in("dong").get("/customers/").content.decode()
    assert "20 家，共 20 家" in everybody
    assert "0 家，共 10 家" in sign_in("rui").get("/customers/?owner=李组").content.decode()
    assert "0 家，共 0 家" in sign_in("root").get("/customers/").content.decode()
