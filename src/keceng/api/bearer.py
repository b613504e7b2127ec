"""Who calls: the token in the `Authorization` header, and nothing else. Sessions open nothing here, so nothing can ride on one."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from keceng.desk.people.models import User
from keceng.desk.signature import Signature
from keceng.desk.tokens.models import Token
from keceng.desk.tokens.queries import bad_token, recognise, require_scope
from keceng.desk.tokens.scopes import Scope

LONGEST_SECRET = 200
LONGEST_REASON = 500


class Bearer(HttpBearer):
    """Lets a living token pass that has a scope; None asks for no scope."""

    def __init__(self, scope: Scope | None) -> None:
        self.scope = scope
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> Token:
        """The token behind the request.

        Raises:
            KecengError: it opens nothing, has not the scope, or too many wrong ones came from the same address.
        """
        if len(token) > LONGEST_SECRET:
            raise bad_token()
        found = recognise(token, address=request.META.get("REMOTE_ADDR", ""), at=timezone.now())
        if self.scope is not None:
            require_scope(found, self.scope)
        return found


def token_of(request: HttpRequest) -> Token:
    """The token that `Bearer` let pass.

    Raises:
        KecengError: none did.
    """
    found = getattr(request, "auth", None)
    if isinstance(found, Token):
        return found
    raise bad_token()


def caller(request: HttpRequest) -> User:
    """For whom the program acts."""
    return token_of(request).user


def signed_by(request: HttpRequest, why: str = "") -> Signature:
    """Their hand under what it does."""
    return Signature(caller(request), timezone.now(), why[:LONGEST_REASON])
