"""Links to set a password: made by an administrator, given by hand, good once and for a day."""

from __future__ import annotations

import datetime as dt
import secrets
from hashlib import sha256

from django.db import transaction
from django.db.models import QuerySet

from keceng.desk.audit.actions import record
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import PasswordLink, User
from keceng.desk.people.passwords import set_password_by_link
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError, Text

LINK_HOURS = 24


def make_password_link(user: User, *, signed: Signature) -> str:
    """A secret by which `user` may set a password once within a day; earlier links of theirs stop working.

    It is returned once and kept nowhere.

    Raises:
        KecengError: `user` has left, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    if not user.is_active:
        raise KecengError.of("user_left", f"{user.shown_name} 已停用", f"{user.shown_name} has left")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        PasswordLink.objects.filter(user=user, used_at=None).update(used_at=signed.at)
        PasswordLink.objects.create(
            user=user,
            digest=_digest(secret),
            made_by=signed.by,
            made_at=signed.at,
            expires_at=signed.at + dt.timedelta(hours=LINK_HOURS),
        )
        record("password.link_made", signed, about="user", about_id=user.username)
    return secret


def find_linked_user(secret: str, *, at: dt.datetime) -> User | None:
    """Whose link this is; None for one that was never made, was used, or has run out."""
    link = _open_links(secret, at).select_related("user").first()
    return link.user if link else None


def use_password_link(secret: str, password: str, *, at: dt.datetime) -> User:
    """Set the password of whoever has this link, which opens nothing afterwards.

    Raises:
        KecengError: the link is no good any more, or the password is easy to guess.
    """
    with transaction.atomic():
        links = _open_links(secret, at)
        link = links.select_for_update(of=("self",)).select_related("user").first()
        # Of two at once only one still finds it unused.
        if link is None or not links.filter(pk=link.pk).update(used_at=at):
            raise KecengError.of(
                "link_over",
                "链接已失效",
                "this link is no good any more",
                remedy=Text("请管理员再生成一个", "ask an administrator for another one"),
            )
        set_password_by_link(link.user, password, at=at)
    return link.user


def _open_links(secret: str, at: dt.datetime) -> QuerySet[PasswordLink]:
    links = PasswordLink.objects.filter(digest=_digest(secret), used_at=None, expires_at__gt=at)
    return links.filter(user__is_active=True)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
