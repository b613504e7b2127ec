"""Tokens are issued, used, revoked."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable

from django.db import transaction

from keceng.desk.audit.actions import record
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import may
from keceng.desk.signature import Signature
from keceng.desk.tokens.models import Token
from keceng.desk.tokens.scopes import read_scopes
from keceng.vocabulary import KecengError, Text

USUAL_DAYS, LONGEST_DAYS, MOST_TOKENS, LONGEST_NAME = 90, 365, 20, 80
_MARK = "kc"
_PREFIX_BYTES, _SECRET_BYTES = 5, 32


def digest_secret(secret: str) -> str:
    """The hash by which a secret is recognised; the secret has 256 random bits, so that no salt or stretching is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(
    name: str, scopes: Iterable[str], *, days: int = USUAL_DAYS, signed: Signature
) -> tuple[Token, str]:
    """A token of `signed.by`, and its secret, which nobody can read again.

    Raises:
        KecengError: no name, no or unknown scopes, too long a life, or twenty tokens already.
    """
    granted = read_scopes(scopes)
    _check(name, days)
    prefix = f"{_MARK}_{secrets.token_hex(_PREFIX_BYTES)}"
    secret = f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    with transaction.atomic():
        living = Token.objects.filter(user=signed.by, revoked_at=None, expires_at__gt=signed.at)
        if living.count() >= MOST_TOKENS:
            raise KecengError.of(
                "too_many_tokens",
                f"每人最多 {MOST_TOKENS} 个有效令牌",
                f"{MOST_TOKENS} living tokens a person at most",
                remedy=Text("先停用不用的令牌", "revoke one that is not used"),
            )
        token = Token.objects.create(
            user=signed.by,
            name=name.strip(),
            prefix=prefix,
            digest=digest_secret(secret),
            scopes=sorted(granted),
            issued_at=signed.at,
            expires_at=signed.at + dt.timedelta(days=days),
        )
        new = {"name": token.name, "scopes": token.scopes, "expires_at": token.expires_at.isoformat()}
        record("token.issued", signed, about="token", about_id=prefix, new=new)
    return token, secret


def revoke_token(token_id: int, *, signed: Signature) -> None:
    """End a token: one's own, or anybody's for whoever manages users. One that is revoked already stays as it is.

    Raises:
        KecengError: there is no such token, or it is another's, which look the same.
    """
    with transaction.atomic():
        token = Token.objects.select_for_update(of=("self",)).filter(pk=token_id).first()
        if token is None or (token.user_id != signed.by.pk and not may(signed.by, Duty.MANAGE_USERS)):
            raise KecengError.of("unknown_token", "没有这个令牌", "there is no such token")
        if token.revoked_at is None:
            token.revoked_at, token.revoked_by = signed.at, signed.by
            token.save(update_fields=["revoked_at", "revoked_by"])
            record("token.revoked", signed, about="token", about_id=token.prefix, old={"name": token.name})


def _check(name: str, days: int) -> None:
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise KecengError.of(
            "bad_token_name",
            f"请写明用途，最多 {LONGEST_NAME} 个字",
            f"say what it is for, in {LONGEST_NAME} characters at most",
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise KecengError.of(
            "bad_token_life",
            f"有效期为 1 到 {LONGEST_DAYS} 天",
            f"a token lives 1 to {LONGEST_DAYS} days",
            value=str(days),
        )
