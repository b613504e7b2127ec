"""Who somebody is and what they may do."""

from __future__ import annotations

from collections.abc import Sequence

from keceng.desk.people.duties import HOLDERS, Duty, Role
from keceng.desk.people.models import RoleGrant, User
from keceng.vocabulary import KecengError, Text


def find_user(username: str) -> User:
    """The user of this name.

    Raises:
        KecengError: there is none.
    """
    found = User.objects.filter(username=username).first()
    if found is None:
        raise KecengError.of("unknown_user", f"没有用户 {username}", f"there is no user {username}")
    return found


def roles_of(user: User) -> frozenset[Role]:
    """The roles `user` holds now; none for somebody who has left."""
    if not user.is_active:
        return frozenset()
    held = RoleGrant.objects.filter(user=user, revoked_at=None).values_list("role", flat=True)
    return frozenset(Role(role) for role in held)


def may(user: User, duty: Duty) -> bool:
    """Whether one of the roles of `user` has this duty."""
    return bool(roles_of(user) & HOLDERS[duty])


def require_duty(user: User, duty: Duty) -> None:
    """Let whoever has the duty pass.

    Raises:
        KecengError: `user` does not have it; the message names the roles that do.
    """
    if may(user, duty):
        return
    titles = [role.title for role in Role if role in HOLDERS[duty]]
    raise KecengError.of(
        "not_permitted",
        f"{user.shown_name} 无权{duty.wording.zh}",
        f"{user.shown_name} may not {duty.wording.en}",
        remedy=Text(
            "须有角色：" + "、".join(t.zh for t in titles), "it takes: " + ", ".join(t.en for t in titles)
        ),
    )


def list_users() -> Sequence[User]:
    """Everybody, those who work here first, by name."""
    return list(User.objects.prefetch_related("role_grants").order_by("-is_active", "username"))
