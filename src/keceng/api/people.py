"""设置: people, roles, owners of the books. Passwords are never set here: a program has no business with them."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Path, Router, Schema
from ninja.responses import Status
from pydantic import StringConstraints

from keceng.api.bearer import caller, signed_by
from keceng.api.operations import asks, once
from keceng.api.paging import Page, Turned, page_of_list
from keceng.api.problems import absent
from keceng.api.words import Done, Line
from keceng.desk.directory.actions import give_owner_name, take_owner_name
from keceng.desk.directory.owners import list_owners
from keceng.desk.people.actions import (
    LONGEST_NAME,
    create_user,
    deactivate_user,
    grant_role,
    reactivate_user,
    rename_user,
    revoke_role,
)
from keceng.desk.people.duties import Duty, Role
from keceng.desk.people.models import User
from keceng.desk.people.queries import find_user, list_users, require_duty, roles_of
from keceng.desk.tokens.scopes import Scope

router = Router(tags=["people"])
Username = Annotated[str, Path(max_length=150)]
Shown = Annotated[str, StringConstraints(max_length=LONGEST_NAME, pattern=r"^[^\x00]*$")]


class Colleague(Schema):
    """同事。Somebody who works here."""

    username: str
    display_name: str
    is_active: bool
    roles: list[str]
    owner_names: list[str]


class PersonAdded(Schema):
    """新同事；口令由管理员在工作台设置。Somebody new, who cannot sign in before an administrator gives them a password."""

    username: Line
    display_name: Shown = ""
    role: Role


class PersonRenamed(Schema):
    """称呼。The name that colleagues read."""

    display_name: Shown


class RoleGiven(Schema):
    """角色。A role."""

    role: Role


class OwnerTold(Schema):
    """账上的负责人。An owner in the books, and who it is."""

    owner: str
    customers: int
    username: str | None


class OwnerSaid(Schema):
    """负责人是谁。Who an owner is; nobody where it is null."""

    owner: Line
    username: Line | None


@router.get("/people", **asks(Scope.PEOPLE_READ, Page[Colleague]))
def list_people(request: HttpRequest, turn: Turned) -> Page[Colleague]:
    """全部同事。Everybody who works here."""
    require_duty(caller(request), Duty.MANAGE_USERS)
    found, following = page_of_list(request, turn, list_users(), lambda user: user.username)
    return Page(items=[_tell(user) for user in found], next_cursor=following)


@router.post("/people", **asks(Scope.PEOPLE_WRITE, Colleague, 201))
@once
def add_person(request: HttpRequest, body: PersonAdded) -> Status[Colleague]:
    """添加同事。Add somebody with a role."""
    signed = signed_by(request)
    user = create_user(body.username.strip(), signed=signed, display_name=body.display_name.strip())
    grant_role(user, body.role, signed=signed)
    return Status(201, _tell(user))


@router.post("/people/{username}/rename", **asks(Scope.PEOPLE_WRITE, Colleague))
@once
def rename_person(request: HttpRequest, username: Username, body: PersonRenamed) -> Colleague:
    """更改称呼。Change the name that colleagues read."""
    user = _managed(request, username)
    rename_user(user, body.display_name.strip(), signed=signed_by(request))
    return _tell(user)


@router.post("/people/{username}/deactivate", **asks(Scope.PEOPLE_WRITE, Colleague))
@once
def deactivate_person(request: HttpRequest, username: Username) -> Colleague:
    """停用；其令牌随之失效。Let somebody leave; their tokens open nothing any more."""
    user = _managed(request, username)
    deactivate_user(user, signed=signed_by(request))
    return _tell(user)


@router.post("/people/{username}/reactivate", **asks(Scope.PEOPLE_WRITE, Colleague))
@once
def reactivate_person(request: HttpRequest, username: Username) -> Colleague:
    """恢复。Let somebody come back."""
    user = _managed(request, username)
    reactivate_user(user, signed=signed_by(request))
    return _tell(user)


@router.post("/people/{username}/roles", **asks(Scope.PEOPLE_WRITE, Colleague))
@once
def give_role(request: HttpRequest, username: Username, body: RoleGiven) -> Colleague:
    """授予角色。Give a role."""
    user = _managed(request, username)
    grant_role(user, body.role, signed=signed_by(request))
    return _tell(user)


@router.delete("/people/{username}/roles/{role}", **asks(Scope.PEOPLE_WRITE, Colleague))
def take_role(request: HttpRequest, username: Username, role: Role) -> Colleague:
    """收回角色。Take a role back."""
    user = _managed(request, username)
    revoke_role(user, role, signed=signed_by(request))
    return _tell(user)


@router.get("/owners", **asks(Scope.PEOPLE_READ, Page[OwnerTold]))
def list_owner_names(request: HttpRequest, turn: Turned) -> Page[OwnerTold]:
    """账上的负责人。The owners in the books and who they are."""
    found, following = page_of_list(request, turn, list_owners(caller(request)), lambda owner: owner.name)
    told = [
        OwnerTold(owner=o.name, customers=o.customers, username=o.user.username if o.user else None)
        for o in found
    ]
    return Page(items=told, next_cursor=following)


@router.put("/owners", **asks(Scope.PEOPLE_WRITE, Done))
def say_owner(request: HttpRequest, body: OwnerSaid) -> Done:
    """指定负责人是谁。Say who an owner is, or that the name is nobody's."""
    if body.owner not in {known.name for known in list_owners(caller(request))}:
        raise absent()
    signed = signed_by(request)
    if body.username is None:
        take_owner_name(body.owner, signed=signed)
    else:
        give_owner_name(find_user(body.username), body.owner, signed=signed)
    return Done()


def _managed(request: HttpRequest, username: str) -> User:
    # Whoever may not manage users learns nothing of who is there.
    require_duty(caller(request), Duty.MANAGE_USERS)
    return find_user(username)


def _tell(user: User) -> Colleague:
    return Colleague(
        username=user.username,
        display_name=user.display_name,
        is_active=user.is_active,
        roles=sorted(role.value for role in roles_of(user)),
        owner_names=sorted(user.owner_names.values_list("owner", flat=True)),
    )
