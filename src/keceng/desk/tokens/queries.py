"""Whose token a secret is, and which tokens there are."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Sequence

from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import require_duty
from keceng.desk.tokens.actions import digest_secret
from keceng.desk.tokens.guesses import count_guess, require_calm
from keceng.desk.tokens.models import Token
from keceng.desk.tokens.scopes import Scope
from keceng.vocabulary import KecengError, Text

_NOBODY = "0" * 64
_USED_TO_THE = dt.timedelta(minutes=1)


def recognise(secret: str, *, address: str, at: dt.datetime) -> Token:
    """The living token of this secret; that it was used is noted to the minute.

    Args:
        secret: as it was sent.
        address: from where, to slow down whoever guesses.
        at: now.

    Raises:
        KecengError: `bad_token`: no such secret, revoked, over, or of somebody who left, which all look the same;
            `too_many_guesses`: too many wrong ones from there.
    """
    require_calm(address, at=at)
    prefix = "_".join(secret.split("_")[:2])
    found = Token.objects.select_related("user").filter(prefix=prefix[:16]).first()
    # The comparison takes its time whether or not there is such a token.
    is_right = hmac.compare_digest(found.digest if found else _NOBODY, digest_secret(secret))
    if found is None or not is_right:
        count_guess(address, at=at)
        raise bad_token()
    if not found.is_alive(at):
        raise bad_token()
    if found.last_used_at is None or at - found.last_used_at >= _USED_TO_THE:
        Token.objects.filter(pk=found.pk).update(last_used_at=at)
    return found


def bad_token() -> KecengError:
    """The refusal of a secret that opens nothing; it never says why."""
    return KecengError.of(
        "bad_token",
        "访问令牌缺失、无效、已停用或已过期",
        "the access token is missing, wrong, revoked or expired",
        remedy=Text(
            "在 设置 → 访问令牌 新建一个，放在 Authorization: Bearer 之后",
            "issue one under Settings → Access tokens and send it after “Authorization: Bearer”",
        ),
    )


def require_scope(token: Token, scope: Scope) -> None:
    """Let a token pass that has a scope.

    Raises:
        KecengError: it does not have it.
    """
    if scope not in token.granted:
        raise KecengError.of(
            "missing_scope",
            f"这个令牌没有权限范围 {scope.value}",
            f"this token lacks the scope {scope.value}",
            remedy=Text("新建一个带此范围的令牌", "issue a token that has it"),
        )


def list_own_tokens(user: User) -> Sequence[Token]:
    """The tokens of `user`, the newest first."""
    return list(Token.objects.filter(user=user).select_related("user", "revoked_by").order_by("-id"))


def list_all_tokens(user: User) -> Sequence[Token]:
    """Everybody's tokens, the newest first.

    Raises:
        KecengError: `user` may not manage users.
    """
    require_duty(user, Duty.MANAGE_USERS)
    return list(Token.objects.select_related("user", "revoked_by").order_by("-id"))
