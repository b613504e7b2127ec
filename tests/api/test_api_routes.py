"""Every operation of the API × role × own, another's and absent object, and every way in which a token opens nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from ninja import Schema

from keceng.api.urls import door
from keceng.desk.people.actions import deactivate_user
from keceng.desk.people.duties import Role
from keceng.desk.people.models import User
from keceng.desk.signature import Signature
from keceng.desk.tokens.actions import revoke_token
from keceng.desk.tokens.models import Token
from keceng.desk.tokens.scopes import Scope
from tests.api.conftest import ALL_SCOPES, ActsFor, Program, issue
from tests.web.conftest import USER_OF_ROLE

EVERYBODY = frozenset(Role)
SEE_ALL = frozenset({Role.SALES_DIRECTOR, Role.MARKETING_MANAGER, Role.DATA_ANALYST, Role.CUSTOMER_SERVICE})
SEE = SEE_ALL | {Role.SALES_REP}
DIRECTOR = frozenset({Role.SALES_DIRECTOR})
ASK = frozenset({Role.SALES_REP, Role.ACCOUNT_MANAGER, Role.SALES_DIRECTOR, Role.CUSTOMER_SERVICE})
LOG = ASK | {Role.MARKETING_MANAGER}
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
RUNNERS = frozenset({Role.SALES_DIRECTOR, Role.MARKETING_MANAGER, Role.DATA_ANALYST})
IMPORTERS = RUNNERS | ADMINISTRATOR
OWN_KEY, OTHER_KEY, ABSENT_KEY = "3", "4", "999999"
NOBODY = "nobody-here"
LATER = "2099-01-01"


@dataclass(frozen=True, slots=True)
class Expected:
    """Who gets which answer from an operation.

    Attributes:
        roles: who is let in.
        status: what those let in get.
        refused: what the others get.
        body: what is sent; enough to be understood, and to be refused for its content where something would be done.
        per_customer: whether the address names a customer, so that ownership decides first.
    """

    roles: frozenset[Role] = EVERYBODY
    status: int = 200
    refused: int = 403
    body: object = None
    per_customer: bool = False


def seen(status: int = 200) -> Expected:
    return Expected(SEE, status, per_customer=True)


def asked(body: object, status: int = 422) -> Expected:
    return Expected(ASK, status, body=body, per_customer=True)


def answered(body: object) -> Expected:
    return Expected(DIRECTOR, 404, body=body, per_customer=True)


def gone(roles: frozenset[Role] = EVERYBODY, body: object = None) -> Expected:
    """An address that names something absent."""
    return Expected(roles, 404, body=body)


WHY = {"why": "because"}
STEP = gone(body=WHY)
EXPECTED: Mapping[str, Expected] = {
    "read_me": Expected(),
    "read_overview": Expected(),
    "read_day": Expected(),
    "list_waiting": Expected(),
    "list_customers": Expected(),
    "read_customer": seen(),
    "list_history": seen(),
    "read_customer_sources": seen(),
    "read_customer_letter": seen(),
    "see_persons": Expected(ASK, 200, per_customer=True),
    "read_asks": seen(),
    "appeal": asked({"why": " "}),
    "want_class": asked({"why": " ", "class_id": "A", "expires_on": LATER}),
    "nominate_customer": asked({"why": "good", "expires_on": "1999-01-01"}),
    "answer_appeal": answered({**WHY, "answer": "reject"}),
    "answer_request": answered({"answer": "approve"}),
    "end_class": answered({**WHY, "on": LATER}),
    "log_contact": Expected(LOG, 422, body={"outcome": "interested", "visit_id": "x"}, per_customer=True),
    "put_off": Expected(LOG, 422, body={"until": "1999-01-01"}, per_customer=True),
    "list_standards": Expected(),
    "list_standard_starts": Expected(),
    "read_strategy": Expected(),
    "read_standard": gone(),
    "read_yaml": gone(),
    "list_events": gone(),
    "list_changes": gone(),
    "validate_standard": Expected(RUNNERS, body={"document": "keceng: 1"}),
    "start_standard": Expected(RUNNERS, 422, body={"start": "no such"}),
    "import_standard": Expected(RUNNERS, 422, body={"document": "keceng: 1"}),
    "edit_standard": gone(body={"document": "keceng: 1", "based_on": "x"}),
    "list_numbers": gone(),
    "weigh_standard": gone(body={}),
    "want_trial": gone(body={}),
    "read_trial": gone(),
    "read_impact": gone(),
    "submit_standard": STEP,
    "return_standard": STEP,
    "approve_standard": gone(body={"seen": ""}),
    "publish_standard": gone(body={"day": LATER}),
    "retire_standard": gone(body={"day": LATER}),
    "list_reviews": Expected(),
    "open_new_review": Expected(DIRECTOR, 422, body={"due_on": "1999-01-01"}),
    "read_review": gone(),
    "list_items": gone(),
    "decide_item": gone(body={"verdict": "agree"}),
    "agree_rest": gone(),
    "close": gone(body={}),
    "read_minutes": gone(),
    "list_runs": Expected(RUNNERS),
    "start": Expected(RUNNERS, 404, body={"revision_id": 999}),
    "list_under_way": Expected(RUNNERS),
    "read_moves": Expected(RUNNERS),
    "read_run": Expected(RUNNERS, 404),
    "read_job": gone(),
    "cancel_job": gone(),
    "list_all_schedules": Expected(RUNNERS),
    "make_schedule": Expected(RUNNERS, 422, body={"kind": "classify", "every": "week", "on_day": 9}),
    "stop_schedule": gone(),
    "list_imports": Expected(IMPORTERS),
    "upload_files": Expected(IMPORTERS, 422),
    "read_import": gone(IMPORTERS),
    "say_what_is_meant": gone(IMPORTERS, {}),
    "take_into_ledger": gone(IMPORTERS, {}),
    "read_rejected": gone(IMPORTERS),
    "look_at_undo": gone(IMPORTERS),
    "undo_import": gone(IMPORTERS),
    "list_all_groups": Expected(),
    "make_group": Expected(status=422, body={"name": "x", "condition": "no such measure > 1"}),
    "count_group": Expected(body={"condition": "spend > 1"}),
    "change_group": gone(body={"name": "x", "condition": "spend > 1"}),
    "remove_group": gone(),
    "list_own_hand_overs": Expected(DIRECTOR),
    "list_all_receivers": Expected(DIRECTOR),
    "hand_customers_over": Expected(
        DIRECTOR, 422, body={"receiver": "no such", "expected": 1, "why": "because"}
    ),
    "take_back": gone(DIRECTOR),
    "list_exports": Expected(),
    "want_export": Expected(EVERYBODY, 202, body={}),
    "read_export": gone(),
    "read_export_file": gone(),
    "read_state": Expected(IMPORTERS),
    "list_measures": Expected(),
    "list_origins": Expected(IMPORTERS),
    "read_rejects": Expected(IMPORTERS - {Role.MARKETING_MANAGER}),
    "list_people": Expected(ADMINISTRATOR),
    "add_person": Expected(ADMINISTRATOR, 422, body={"username": "a b#c", "role": "sales_rep"}),
    "rename_person": gone(ADMINISTRATOR, {"display_name": "x"}),
    "deactivate_person": gone(ADMINISTRATOR),
    "reactivate_person": gone(ADMINISTRATOR),
    "give_role": gone(ADMINISTRATOR, {"role": "sales_rep"}),
    "take_role": gone(ADMINISTRATOR),
    "list_owner_names": Expected(ADMINISTRATOR),
    "say_owner": gone(ADMINISTRATOR, {"owner": "no such", "username": None}),
    "list_audit": Expected(ADMINISTRATOR),
    "read_chain": Expected(ADMINISTRATOR),
}
_PARTS = {
    "revision_id": ABSENT_KEY, "review_id": ABSENT_KEY, "item_id": "1", "job_id": ABSENT_KEY, "schedule_id": ABSENT_KEY,
    "upload_id": ABSENT_KEY, "appeal_id": "1", "request_id": "1", "run_id": "no-run", "username": NOBODY,
    "role": "sales_rep", "ending": "xlsx", "group_id": ABSENT_KEY, "hand_over_id": ABSENT_KEY,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    method: str
    path: str
    scope: str | None

    def address(self, customer_key: str = OWN_KEY) -> str:
        return self.path.format(**_PARTS, customer_key=customer_key).removeprefix("/api/v1")


@cache
def operations() -> Mapping[str, Operation]:
    def listed() -> Iterator[Operation]:
        document: Mapping[str, Any] = door.get_openapi_schema()
        for path, methods in document["paths"].items():
            for method, told in methods.items():
                yield Operation(told["operationId"], method, path, told.get("x-scope"))

    return {operation.name: operation for operation in listed()}


def test_every_operation_has_an_expectation_and_every_expectation_an_operation() -> None:
    assert set(operations()) == set(EXPECTED)


def send(program: Program, operation: Operation, key: str = OWN_KEY) -> Any:
    if operation.name == "upload_files":
        strange = SimpleUploadedFile("list.exe", b"MZ")
        return program.ask("post", operation.address(), form={"files": strange})
    body = EXPECTED[operation.name].body
    return program.ask(operation.method, operation.address(key), {} if body is None else body)


def may_see(role: Role, key: str) -> bool:
    return key != ABSENT_KEY and (role in SEE_ALL or (role is Role.SALES_REP and key == OWN_KEY))


@pytest.mark.parametrize("part", range(4))
def test_who_gets_which_answer(part: int, acts_for: ActsFor) -> None:
    programs = {role: acts_for(user) for role, user in USER_OF_ROLE.items()}
    for name in sorted(EXPECTED)[part::4]:
        expected, operation = EXPECTED[name], operations()[name]
        for role, program in programs.items():
            for key in (OWN_KEY, OTHER_KEY, ABSENT_KEY) if expected.per_customer else (OWN_KEY,):
                told = send(program, operation, key)
                case = (
                    f"{operation.method.upper()} {operation.address(key)} as {role}: {told.content[:300]!r}"
                )
                if expected.per_customer and not may_see(role, key):
                    assert told.status_code == 404, case
                else:
                    wanted = expected.status if role in expected.roles else expected.refused
                    assert told.status_code == wanted, case
                assert told["Cache-Control"] == "no-store", case
                if told.status_code >= 400:
                    assert_problem(told, case)


def assert_problem(told: Any, case: str = "") -> None:
    assert told["Content-Type"] == "application/problem+json", case
    problem = json.loads(told.content)
    assert problem["status"] == told.status_code, case
    assert problem["type"] == f"urn:keceng:problem:{problem['code']}", case
    assert problem["detail"], case
    assert problem["problems"], case


def test_a_body_is_an_object(acts_for: ActsFor) -> None:
    # Every member of this one may be left out.
    for sent in ([], [{"as_of": "2026-01-01"}], "classify", 7):
        answer = acts_for("dong").ask("post", "/runs", sent)
        assert answer.status_code == 400, sent
        assert_problem(answer)


def test_without_a_token_or_with_a_dead_one_nothing_opens(acts_for: ActsFor) -> None:
    now = timezone.now()
    revoked, over, left = issue("dong"), issue("dong", at=now - dt.timedelta(days=91)), issue("fang")
    root = Signature(User.objects.get(username="root"), now)
    revoke_token(Token.objects.get(prefix=revoked[:13]).pk, signed=root)
    deactivate_user(User.objects.get(username="fang"), signed=root)
    dead = {"read_me": (revoked, over, left), "appeal": (revoked, over, left)}
    for operation in operations().values():
        for secret in ("", *dead.get(operation.name, ())):
            told = send(Program(secret), operation)
            assert told.status_code == 401, operation
            assert told["WWW-Authenticate"].startswith("Bearer"), operation
            assert_problem(told)
    bodies = {
        json.loads(send(Program(s), operations()["read_me"]).content)["detail"] for s in (revoked, over, left)
    }
    assert len(bodies) == 1, "why a token opens nothing is nobody's business"
    assert acts_for("dong").ask("get", "/me").status_code == 200


def test_every_operation_but_one_asks_for_its_scope(acts_for: ActsFor) -> None:
    assert {name for name, operation in operations().items() if operation.scope is None} == {"read_me"}
    assert {operation.scope for operation in operations().values()} - {None} == set(ALL_SCOPES)
    lacking = {scope: acts_for("dong", [s for s in ALL_SCOPES if s != scope]) for scope in ALL_SCOPES}
    for operation in operations().values():
        if operation.scope:
            told = send(lacking[operation.scope], operation)
            assert told.status_code == 403, operation
            assert json.loads(told.content)["code"] == "missing_scope", operation


def test_a_session_opens_nothing(sign_in_client: Any) -> None:
    assert sign_in_client.get("/customers/").status_code == 200
    assert sign_in_client.get("/api/v1/customers").status_code == 401
    assert sign_in_client.post("/api/v1/customers/3/appeals", {"why": "x"}).status_code == 401


def test_methods_and_addresses_that_are_not_there_are_told_as_problems(acts_for: ActsFor) -> None:
    program = acts_for("dong")
    by_path = {operation.path: operation for operation in operations().values()}
    for operation in by_path.values():
        others = {o.method for o in operations().values() if o.path == operation.path}
        for method in {"get", "post", "put", "patch", "delete"} - others:
            told = program.ask(method, operation.address(), {})
            assert told.status_code == 405, operation
            assert {m.strip().lower() for m in told["Allow"].split(",")} == others, operation
            assert_problem(told)
    for path in ("", "/", "/nowhere", "/customers/", "/customers/3/nowhere"):
        told = program.ask("get", path)
        assert told.status_code == 404, path
        assert_problem(told)


def test_another_s_customer_is_told_just_as_an_absent_one(acts_for: ActsFor) -> None:
    program = acts_for("rui")
    for name, expected in EXPECTED.items():
        if expected.per_customer:
            other, absent = (send(program, operations()[name], key) for key in (OTHER_KEY, ABSENT_KEY))
            assert (other.status_code, other.content) == (absent.status_code, absent.content), name


def test_rights_taken_from_a_person_are_taken_from_their_tokens_at_once(acts_for: ActsFor) -> None:
    program, root = acts_for("dong"), acts_for("root")
    assert program.ask("get", "/runs").status_code == 200
    assert root.ask("delete", "/people/dong/roles/sales_director").status_code == 200
    assert program.ask("get", "/runs").status_code == 403
    assert program.get("/customers")["items"] == []


def test_refusals_speak_the_language_that_is_asked_for(acts_for: ActsFor) -> None:
    told = {
        language: json.loads(acts_for("rui", language=language).ask("get", "/runs").content)
        for language in ("zh-CN", "en-GB")
    }
    assert "无权" in told["zh-CN"]["detail"]
    assert "may not" in told["en-GB"]["detail"]
    assert "Sales director" in told["en-GB"]["remedy"]


def test_a_fault_of_ours_is_told_without_what_the_data_said(
    acts_for: ActsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_user: User) -> None:
        raise ValueError("张三 13800000000")

    monkeypatch.setattr("keceng.desk.directory.overview.read_overview", fail)
    told = acts_for("dong").ask("get", "/overview")
    assert told.status_code == 500
    assert_problem(told)
    assert "张三" not in told.content.decode()


def test_the_page_names_every_scope_and_every_place() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    places = {operation.path.split("/")[3] for operation in operations().values()}
    assert {place for place in places if f"`/{place}" not in page} == set()
    assert {scope for scope in ALL_SCOPES if f"`{scope}`" not in page} == set()


def test_scopes_have_words_in_both_languages() -> None:
    for scope in Scope:
        assert any("一" <= c <= "鿿" for c in scope.wording.zh)
        assert not any("一" <= c <= "鿿" for c in scope.wording.en)


def test_shapes_have_names_of_their_own() -> None:
    def below(kind: type[Schema]) -> Iterator[type[Schema]]:
        for made in kind.__subclasses__():
            yield made
            yield from below(made)

    # The document knows a shape by its name alone: of two with the same name it would describe one.
    own = {made for made in below(Schema) if made.__module__.startswith("keceng.api")}
    names = [made.__name__ for made in own]
    assert len(names) == len(set(names))
