"""Users enter, get roles, lose them, leave."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction

from keceng.desk.audit.actions import record
from keceng.desk.people.duties import Duty, Role
from keceng.desk.people.models import RoleGrant, User
from keceng.desk.people.queries import require_duty, roles_of
from keceng.desk.signature import Signature
from keceng.desk.turns import take_turn
from keceng.vocabulary import KecengError

LONGEST_NAME = 80


def create_first_administrator(username: str, password: str, *, at: dt.datetime) -> User:
    """The user who lets all the others in.

    Raises:
        KecengError: the desk has users already.
    """
    with transaction.atomic():
        take_turn("first administrator")
        if User.objects.exists():
            raise KecengError.of(
                "users_exist", "已有用户, 请由管理员添加", "there are users; an administrator adds others"
            )
        user = User.objects.create_user(username=username, password=password)
        RoleGrant.objects.create(user=user, role=Role.ADMINISTRATOR, granted_by=user, granted_at=at)
        _tell("user.first", user, Signature(user, at), new={"role": Role.ADMINISTRATOR.value})
    return user


def create_user(
    username: str, *, signed: Signature, display_name: str = "", password: str | None = None
) -> User:
    """A new user without roles; without a password nobody can sign in as them.

    Raises:
        KecengError: the name is taken, or none to sign in with, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    _require_name(username)
    with transaction.atomic():
        if User.objects.filter(username=username).exists():
            raise KecengError.of("user_exists", f"用户名已有: {username}", f"the name is taken: {username}")
        user = User.objects.create_user(username=username, password=password, display_name=display_name)
        _tell("user.created", user, signed, new={"display_name": display_name})
    return user


def rename_user(user: User, display_name: str, *, signed: Signature) -> None:
    """Change the name that colleagues read.

    Raises:
        KecengError: `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        old, user.display_name = user.display_name, display_name
        user.save(update_fields=["display_name"])
        _tell("user.renamed", user, signed, old={"display_name": old}, new={"display_name": display_name})


def deactivate_user(user: User, *, signed: Signature) -> None:
    """Let somebody leave: they can do nothing any more, what they did stays.

    Raises:
        KecengError: `signed.by` may not, or it is the last administrator who works here.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        if Role.ADMINISTRATOR in roles_of(user):
            _require_another_administrator(user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        _tell("user.left", user, signed, old={"is_active": True}, new={"is_active": False})


def reactivate_user(user: User, *, signed: Signature) -> None:
    """Let somebody come back, with the roles they had.

    Raises:
        KecengError: `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        user.is_active = True
        user.save(update_fields=["is_active"])
        _tell("user.returned", user, signed, old={"is_active": False}, new={"is_active": True})


def grant_role(user: User, role: Role, *, signed: Signature) -> None:
    """Give `user` a role; one they have already stays as it was given.

    Raises:
        KecengError: `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        if not RoleGrant.objects.filter(user=user, role=role, revoked_at=None).exists():
            RoleGrant.objects.create(user=user, role=role, granted_by=signed.by, granted_at=signed.at)
            _tell("role.granted", user, signed, new={"role": role.value})


def revoke_role(user: User, role: Role, *, signed: Signature) -> None:
    """Take a role back.

    Raises:
        KecengError: `signed.by` may not, or it is the last administrator.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        held = RoleGrant.objects.filter(role=role, revoked_at=None, user=user)
        if role is Role.ADMINISTRATOR:
            _require_another_administrator(user)
        if held.update(revoked_by=signed.by, revoked_at=signed.at):
            _tell("role.revoked", user, signed, old={"role": role.value})


def _require_name(username: str) -> None:
    try:
        User.username_validator(username)
    except ValidationError:
        username = ""
    if not 0 < len(username) <= LONGEST_NAME:
        raise KecengError.of(
            "bad_name",
            f"请填写用户名：文字、数字和 @ . + - _，最多 {LONGEST_NAME} 个",
            f"give a name of letters, digits and @ . + - _, at most {LONGEST_NAME}",
        )


def _require_another_administrator(user: User) -> None:
    held = RoleGrant.objects.filter(role=Role.ADMINISTRATOR, revoked_at=None, user__is_active=True)
    if not held.exclude(user=user).exists():
        raise KecengError.of("last_administrator", "至少保留一位管理员", "one administrator must remain")


def _tell(
    action: str,
    user: User,
    signed: Signature,
    *,
    old: dict[str, object] | None = None,
    new: dict[str, object] | None = None,
) -> None:
    record(action, signed, about="user", about_id=user.username, old=old, new=new)
