"""Who somebody is and what they may do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from keceng.desk.people.duties import (
    HOLDERS,
    OF_HEADS,
    SEES_EVERYBODY,
    SEES_OWN,
    WHOLE_COMPANY,
    Duty,
    Role,
)
from keceng.desk.people.models import RoleGrant, User
from keceng.desk.people.tree import headed_by, is_limited
from keceng.desk.remembering import remembered
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
    return remembered(("roles", user.pk), lambda: frozenset(Role(role) for role in held))


def may(user: User, duty: Duty) -> bool:
    """Whether `user` has this duty: by a role, or as the head of a department.

    A role that sees everybody gives no duty about the whole company to somebody who is limited to a part of it.
    """
    roles = roles_of(user)
    return duty in _held({duty}, roles, lambda: is_limited(user), lambda: bool(headed_by(user)))


def duties_of(user: User, roles: frozenset[Role]) -> frozenset[Duty]:
    """Every duty of `user`, who holds `roles` now: what `may` says of each, asked at once."""
    limited, heads = is_limited(user), bool(headed_by(user))
    return _held(Duty, roles, lambda: limited, lambda: heads)


def _held(
    duties: Iterable[Duty], roles: frozenset[Role], limited: Callable[[], bool], heads: Callable[[], bool]
) -> frozenset[Duty]:
    found = set()
    for duty in duties:
        by_role = roles & HOLDERS[duty]
        if by_role and duty in WHOLE_COMPANY and limited():
            by_role -= SEES_EVERYBODY
        if by_role or (duty in OF_HEADS and roles & (SEES_EVERYBODY | SEES_OWN) and heads()):
            found.add(duty)
    return frozenset(found)


def require_duty(user: User, duty: Duty) -> None:
    """Let whoever has the duty pass.

    Raises:
        KecengError: `user` does not have it; the message names the roles that do, or the limit.
    """
    if may(user, duty):
        return
    if roles_of(user) & HOLDERS[duty]:
        raise KecengError.of(
            "not_permitted",
            f"{user.shown_name} 的范围限于部分部门或区域，无权{duty.wording.zh}：这关乎全公司",
            f"{user.shown_name} is limited to departments or regions and may not {duty.wording.en}: "
            "it concerns the whole company",
            remedy=Text("请由不受限的同事来做", "somebody without limits does it"),
        )
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
    found = User.objects.select_related("membership__department")
    found = found.prefetch_related("role_grants", "department_limits__department", "region_limits")
    return list(found.order_by("-is_active", "username"))
