"""客户组: named conditions, one's own and those that others share; each narrows the list of customers."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import StringConstraints

from keceng.api.bearer import caller, signed_by
from keceng.api.customers_telling import words_or_none
from keceng.api.operations import asks, once
from keceng.api.paging import Page, Turned, page_of_list
from keceng.api.problems import absent
from keceng.api.words import Done, Line, Number, Words
from keceng.desk.directory.models import Edition
from keceng.desk.directory.scope import current_edition
from keceng.desk.groups.actions import delete_group, save_group
from keceng.desk.groups.models import SavedGroup
from keceng.desk.groups.queries import ListedGroup, count_met, list_groups, usable_groups
from keceng.desk.people.models import User
from keceng.desk.tokens.scopes import Scope
from keceng.vocabulary import KecengError

router = Router(tags=["groups"])
Condition = Annotated[str, StringConstraints(max_length=5_000, pattern=r"^[^\x00]*$")]


class GroupCount(Schema):
    """自己能看的客户里符合的和无法判断的户数。Of those one may see: how many meet it, and of how many that is unknown."""

    met: int
    unknown: int


class GroupTold(Schema):
    """一个客户组。A named condition, and whom it holds now."""

    id: int
    name: str
    condition: str
    told: Words | None
    owner: str
    is_own: bool
    is_shared: bool
    count: GroupCount | None
    changed_at: dt.datetime


class GroupWanted(Schema):
    """要保存的条件。A condition to keep, in the language of standards."""

    name: Line
    condition: Condition
    is_shared: bool = False


class ConditionTried(Schema):
    """要试的条件。A condition to be counted."""

    condition: Condition


@router.get("", **asks(Scope.CUSTOMERS_READ, Page[GroupTold]))
def list_all_groups(request: HttpRequest, turn: Turned) -> Page[GroupTold]:
    """自己的和共享的客户组。One's own groups and those that others share."""
    rows = list_groups(caller(request), current_edition(), timezone.localdate())
    found, following = page_of_list(request, turn, rows, lambda listed: listed.row.pk)
    return Page(items=[_tell(listed) for listed in found], next_cursor=following)


@router.post("", **asks(Scope.CUSTOMERS_WRITE, GroupTold, 201))
@once
def make_group(request: HttpRequest, body: GroupWanted) -> Status[GroupTold]:
    """新建客户组。Keep a group."""
    return Status(201, _saved(request, body, None))


@router.post("/count", **asks(Scope.CUSTOMERS_READ, GroupCount))
@once
def count_group(request: HttpRequest, body: ConditionTried) -> GroupCount:
    """试数一个条件，不保存。How many meet a condition; nothing is kept."""
    found = count_met(caller(request), body.condition, _edition(), timezone.localdate())
    return GroupCount(met=found.met, unknown=found.unknown)


@router.put("/{group_id}", **asks(Scope.CUSTOMERS_WRITE, GroupTold))
def change_group(request: HttpRequest, group_id: Number, body: GroupWanted) -> GroupTold:
    """更改自己的客户组。Change one of one's own."""
    return _saved(request, body, _find(caller(request), group_id))


@router.delete("/{group_id}", **asks(Scope.CUSTOMERS_WRITE, Done))
def remove_group(request: HttpRequest, group_id: Number, confirmed: bool = False) -> Done:
    """删除自己的客户组；有视图在用时需确认。Delete one of one's own; confirmed where views use it."""
    row = _find(caller(request), group_id)
    delete_group(row, signed=signed_by(request), is_confirmed=confirmed)
    return Done()


def _edition() -> Edition:
    edition = current_edition()
    if edition is None:
        raise KecengError.of("nothing_published", "还没有分级结果", "nothing is classified yet")
    return edition


def _find(user: User, group_id: int) -> SavedGroup:
    row = usable_groups(user).filter(pk=group_id).first()
    if row is None:
        raise absent()
    return row


def _saved(request: HttpRequest, body: GroupWanted, row: SavedGroup | None) -> GroupTold:
    edition = _edition()
    made = save_group(
        body.name,
        body.condition,
        is_shared=body.is_shared,
        edition=edition,
        signed=signed_by(request),
        row=row,
    )
    rows = list_groups(caller(request), edition, timezone.localdate())
    return _tell(next(listed for listed in rows if listed.row.pk == made.pk))


def _tell(listed: ListedGroup) -> GroupTold:
    row, count = listed.row, listed.count
    return GroupTold(
        id=row.pk,
        name=row.name,
        condition=row.condition,
        told=words_or_none(listed.told),
        owner=row.owner.username,
        is_own=listed.is_own,
        is_shared=row.is_shared,
        count=GroupCount(met=count.met, unknown=count.unknown) if count else None,
        changed_at=row.changed_at,
    )
