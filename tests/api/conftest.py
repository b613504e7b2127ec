"""A served workspace, and programs that act for its people by token."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

import tests.django_ready  # noqa: F401  models are imported below
from keceng.desk.people.models import User
from keceng.desk.signature import Signature
from keceng.desk.tokens.actions import issue_token
from keceng.desk.tokens.scopes import Scope
from keceng.loop import Workspace
from tests.desk.conftest import book, database, migrated  # noqa: F401  the desk's fixtures serve here too
from tests.web.conftest import owned_book, served  # noqa: F401

ALL_SCOPES = tuple(scope.value for scope in Scope)
ROOT = "/api/v1"


@dataclass(frozen=True, slots=True)
class Program:
    """A client that sends a token."""

    secret: str
    language: str = "zh-CN"

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, Any] | None = None,
    ) -> Any:
        """The answer to one request; `body` goes as JSON, `form` as a form with files."""
        sent = {"accept-language": self.language, **(headers or {})}
        if self.secret:
            sent["authorization"] = f"Bearer {self.secret}"
        address, client = ROOT + path, Client()
        if form is not None:
            return client.post(address, form, headers=sent)
        content = "" if body is None else json.dumps(body)
        return client.generic(method.upper(), address, content, content_type="application/json", headers=sent)

    def get(self, path: str) -> Any:
        """The content of a page that is there."""
        answer = self.ask("get", path)
        assert answer.status_code == 200, (path, answer.content.decode())
        return json.loads(answer.content)

    def post(self, path: str, body: object, *, key: str | None = None) -> Any:
        """The answer to a POST, under a key where one is given."""
        return self.ask("post", path, body, headers={"idempotency-key": key} if key else None)


ActsFor = Callable[..., Program]


def issue(username: str, scopes: Iterable[str] = ALL_SCOPES, *, at: dt.datetime | None = None) -> str:
    """The secret of a new token of somebody."""
    signed = Signature(User.objects.get(username=username), at or timezone.now())
    return issue_token("a test", scopes, signed=signed)[1]


@pytest.fixture
def acts_for(served: Workspace) -> ActsFor:  # noqa: F811
    """A program that acts for somebody, with every scope or with those named."""

    def made(username: str, scopes: Iterable[str] = ALL_SCOPES, language: str = "zh-CN") -> Program:
        return Program(issue(username, scopes), language)

    return made


@pytest.fixture
def sign_in_client(served: Workspace) -> Client:  # noqa: F811
    """A browser in which the director is signed in."""
    client = Client()
    user = User.objects.get(username="dong")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
