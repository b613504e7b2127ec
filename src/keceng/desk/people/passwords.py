"""Passwords: set for somebody by an administrator, or changed by whoever knows the old one."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation

from keceng.desk.audit.actions import record
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError


def require_good_password(password: str, user: User | None = None) -> None:
    """Let a password pass that is hard to guess.

    Raises:
        KecengError: what is wrong with it, in both languages.
    """
    told = {language: _faults(password, user, language) for language in ("zh-hans", "en")}
    if told["en"]:
        raise KecengError.of("weak_password", " ".join(told["zh-hans"]), " ".join(told["en"]))


def set_password(user: User, password: str, *, signed: Signature) -> None:
    """Give somebody a password to begin with; where they are signed in, they are signed out.

    Raises:
        KecengError: `signed.by` may not, or it is easy to guess.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    _set(user, password, "password.set", signed)


def change_own_password(old: str, new: str, *, signed: Signature) -> None:
    """Change the password of `signed.by`.

    Raises:
        KecengError: `old` is not theirs, or `new` is easy to guess.
    """
    if not signed.by.check_password(old):
        raise KecengError.of("wrong_password", "现在的口令不对", "the present password is wrong")
    _set(signed.by, new, "password.changed", signed)


def set_password_by_link(user: User, password: str, *, at: dt.datetime) -> None:
    """Set the password of whoever opened their link; only within the transaction that uses the link up.

    Raises:
        KecengError: it is easy to guess.
    """
    _set(user, password, "password.by_link", Signature(user, at))


def _set(user: User, password: str, action: str, signed: Signature) -> None:
    require_good_password(password, user)
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        record(action, signed, about="user", about_id=user.username)


def _faults(password: str, user: User | None, language: str) -> list[str]:
    with translation.override(language):
        try:
            validate_password(password, user)
        except ValidationError as error:
            return list(error.messages)
    return []
