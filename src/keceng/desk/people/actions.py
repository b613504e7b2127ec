"""Users enter, get roles, lose them, leave."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from keceng.desk.people.duties import Duty, Role
from keceng.desk.people.models import RoleGrant, User
from keceng.desk.people.queries import require_duty, roles_of
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError


def create_first_administrator(username: str, password: str, *, at: dt.datetime) -> User:
    """The user who lets all the others in.

    Raises:
        KecengError: the desk has users already.
    """
    with transaction.atomic():
        if User.objects.exists():
            raise KecengError.of(
                "users_exist", "已有用户, 请由管理员添加", "there are users; an administrator adds others"
            )
        user = User.objects.create_user(username=username, password=password)
        RoleGrant.objects.create(user=user, role=Role.ADMINISTRATOR, granted_by=user, granted_at=at)
    return user


def create_user(
    username: str, *, signed: Signature, display_name: str = "", password: str | None = None
) -> User:
    """A new user without roles; without a password nobody can sign in as them.

    Raises:
        KecengError: the name is taken, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        if User.objects.filter(username=username).exists():
            raise KecengError.of("user_exists", f"用户名已有: {username}", f"the name is taken: {username}")
        return User.objects.create_user(username=username, password=password, display_name=display_name)


def grant_role(user: User, role: Role, *, signed: Signature) -> None:
    """Give `user` a role; one they have already stays as it was given.

    Raises:
        KecengError: `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        if role not in roles_of(user):
            RoleGrant.objects.create(user=user, role=role, granted_by=signed.by, granted_at=signed.at)


def revoke_role(user: User, role: Role, *, signed: Signature) -> None:
    """Take a role back.

    Raises:
        KecengError: `signed.by` may not, or it is the last administrator.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        held = RoleGrant.objects.filter(role=role, revoked_at=None)
        if role is Role.ADMINISTRATOR and not held.exclude(user=user).exists():
            raise KecengError.of(
                "last_administrator",
                "至少保留一位管理员",
                "one administrator must remain",
            )
        held.filter(user=user).update(revoked_by=signed.by, revoked_at=signed.at)
