"""Every route × method × role × own, another's and absent object: who may come in, and that nothing leaks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from keceng.desk.people.duties import Role
from tests.web.conftest import ANONYMOUS, USER_OF_ROLE, SignIn

METHODS = ("get", "post", "put", "patch", "delete")
EVERYBODY = frozenset(Role)
SEE_ALL = frozenset({Role.SALES_DIRECTOR, Role.MARKETING_MANAGER, Role.DATA_ANALYST, Role.CUSTOMER_SERVICE})
SEE_OWN = frozenset({Role.SALES_REP})
DIRECTOR = frozenset({Role.SALES_DIRECTOR})
ASK = frozenset({Role.SALES_REP, Role.ACCOUNT_MANAGER, Role.SALES_DIRECTOR, Role.CUSTOMER_SERVICE})
LOG = ASK | {Role.MARKETING_MANAGER}
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
SEE_DATA = frozenset({Role.SALES_DIRECTOR, Role.MARKETING_MANAGER, Role.DATA_ANALYST, Role.ADMINISTRATOR})
RUNNERS = frozenset({Role.SALES_DIRECTOR, Role.MARKETING_MANAGER, Role.DATA_ANALYST})
IMPORTERS = RUNNERS | {Role.ADMINISTRATOR}
OWN_KEY, OTHER_KEY, ABSENT_KEY = 3, 4, 999_999


@dataclass(frozen=True, slots=True)
class Expected:
    """Who gets an answer from a route, by method; other methods are refused with 405.

    Attributes:
        roles: by method, who is let in; for the others the object is absent or the act refused.
        status: what those let in get.
        is_open: whether somebody unknown gets an answer too.
        per_customer: whether the route names a customer, so that ownership decides.
        args: what else the address names; here something that does not exist.
        answers: by method, what those let in get where it is not `status`.
        refused: what those get who are known and may not; unchecked where None.
    """

    roles: Mapping[str, frozenset[Role]]
    status: int = 200
    is_open: bool = False
    per_customer: bool = False
    args: tuple[object, ...] = ()
    answers: Mapping[str, int] = field(default_factory=dict)
    refused: int | None = None

    def answer(self, method: str, role: Role) -> int | None:
        """What somebody gets who may see whatever the address names."""
        if role in self.roles[method]:
            return self.answers.get(method, self.status)
        return self.refused


EXPECTED: Mapping[str, Expected] = {
    "overview": Expected({"get": EVERYBODY}),
    "signin": Expected({"get": EVERYBODY, "post": frozenset()}, is_open=True),
    "signout": Expected({"post": EVERYBODY}, status=302),
    "set_password": Expected({"get": EVERYBODY, "post": EVERYBODY}, answers={"post": 404}, is_open=True),
    "language": Expected({"post": EVERYBODY}, status=302, is_open=True),
    "customers": Expected({"get": EVERYBODY}),
    "saved_views": Expected({"get": EVERYBODY, "post": EVERYBODY}, answers={"post": 400}),
    "saved_view": Expected({"post": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "groups": Expected({"get": EVERYBODY}),
    "group_new": Expected({"get": EVERYBODY, "post": EVERYBODY}),
    "group": Expected({"get": EVERYBODY, "post": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "group_delete": Expected({"post": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "customer": Expected({"get": SEE_ALL | SEE_OWN}, per_customer=True),
    "customer_letter": Expected({"get": SEE_ALL | SEE_OWN}, per_customer=True),
    "customer_sources": Expected({"get": SEE_ALL | SEE_OWN}, per_customer=True),
    "customer_ask": Expected({"post": ASK}, per_customer=True, status=400, refused=403),
    "customer_answer": Expected({"post": DIRECTOR}, per_customer=True, status=400, refused=403),
    "reviews": Expected({"get": EVERYBODY, "post": DIRECTOR}, answers={"post": 400}, refused=403),
    "review": Expected({"get": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "review_item": Expected({"post": EVERYBODY}, args=(ABSENT_KEY, 1), status=404),
    "review_rest": Expected({"post": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "review_close": Expected({"post": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "review_minutes": Expected({"get": EVERYBODY}, args=(ABSENT_KEY, "xlsx"), status=404),
    "waiting": Expected({"get": EVERYBODY}),
    "standards": Expected({"get": EVERYBODY}),
    "standard-new": Expected({"post": RUNNERS}, status=400, refused=403),
    "standard-import": Expected({"post": RUNNERS}, status=400, refused=403),
    "standard": Expected({"get": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "standard-history": Expected({"get": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "standard-export": Expected({"get": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "standard-yaml": Expected({"get": EVERYBODY, "post": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "standard-numbers": Expected({"get": EVERYBODY, "post": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "standard-effect": Expected({"post": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "standard-impact": Expected({"get": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "standard-trial": Expected({"get": EVERYBODY, "post": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "standard-step": Expected({"post": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "strategy": Expected({"get": EVERYBODY}),
    "my_day": Expected({"get": EVERYBODY}),
    "log_contact": Expected({"post": LOG}, per_customer=True, status=400, refused=403),
    "put_off": Expected({"post": LOG}, per_customer=True, status=400, refused=403),
    "reveal": Expected({"post": ASK}, per_customer=True, refused=403),
    "hand_overs": Expected({"get": DIRECTOR}, refused=403),
    "hand_over": Expected({"get": DIRECTOR, "post": DIRECTOR}, answers={"post": 400}, refused=403),
    "hand_over_undo": Expected({"post": DIRECTOR}, args=(ABSENT_KEY,), status=404, refused=403),
    "data": Expected({"get": SEE_DATA}, refused=403),
    "rejects": Expected({"get": SEE_DATA - {Role.MARKETING_MANAGER}}, refused=403),
    "settings": Expected({"get": EVERYBODY}),
    "own_password": Expected({"post": EVERYBODY}, status=400),
    "people": Expected({"get": ADMINISTRATOR, "post": ADMINISTRATOR}, answers={"post": 400}, refused=403),
    "change_person": Expected({"post": ADMINISTRATOR}, status=400, refused=403),
    "departments": Expected(
        {"get": ADMINISTRATOR, "post": ADMINISTRATOR}, answers={"post": 400}, refused=403
    ),
    "change_department": Expected({"post": ADMINISTRATOR}, status=400, refused=403),
    "owners": Expected({"get": ADMINISTRATOR, "post": ADMINISTRATOR}, answers={"post": 400}, refused=403),
    "audit": Expected({"get": ADMINISTRATOR}, refused=403),
    "tokens": Expected({"get": EVERYBODY, "post": EVERYBODY}, answers={"post": 400}),
    "token_revoke": Expected({"post": EVERYBODY}, args=(ABSENT_KEY,), status=400),
    "imports": Expected({"get": IMPORTERS, "post": IMPORTERS}, answers={"post": 400}, refused=403),
    "import": Expected({"get": IMPORTERS}, args=(ABSENT_KEY,), status=404, refused=403),
    "import_said": Expected({"post": IMPORTERS}, args=(ABSENT_KEY,), status=404, refused=403),
    "import_take": Expected({"post": IMPORTERS}, args=(ABSENT_KEY,), status=404, refused=403),
    "import_undo": Expected({"post": IMPORTERS}, args=(ABSENT_KEY,), status=404, refused=403),
    "import_rejected": Expected({"get": IMPORTERS}, args=(ABSENT_KEY,), status=404, refused=403),
    "runs": Expected({"get": RUNNERS, "post": RUNNERS}, answers={"post": 302}, refused=403),
    "run_moves": Expected({"get": RUNNERS}, refused=403),
    "schedules": Expected({"post": RUNNERS}, status=400, refused=403),
    "schedule_end": Expected({"post": EVERYBODY}, args=(ABSENT_KEY,), status=400),
    "job_cancel": Expected({"post": EVERYBODY}, args=(ABSENT_KEY,), status=404),
    "exports": Expected({"get": EVERYBODY, "post": EVERYBODY}, answers={"post": 302}),
    "export_file": Expected({"get": EVERYBODY}, args=(ABSENT_KEY,), status=404),
}


def routes(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    for pattern in (resolver or get_resolver("keceng.web.urls")).url_patterns:
        if isinstance(pattern, URLResolver):
            # The API has a matrix of its own: it knows tokens, and no sessions.
            if str(pattern.pattern) != "api/":
                yield from routes(pattern)
        else:
            yield pattern


def address(name: str, key: int) -> str:
    own = [key] if EXPECTED[name].per_customer else []
    return reverse(name, args=[*own, *EXPECTED[name].args])


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
                elif expected.per_customer and not may_see(role, key):
                    assert told.status_code == 404, case
                elif role is not None and (answer := expected.answer(method, role)) is not None:
                    assert told.status_code == answer, case


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
