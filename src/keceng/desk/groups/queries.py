"""Groups and views that somebody may use: their own, and those that others share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from keceng.desk.directory.given_keys import GivenKeys
from keceng.desk.directory.listing import group_of
from keceng.desk.directory.models import Edition
from keceng.desk.directory.scope import visible_entries
from keceng.desk.groups.conditions import read_condition, tell_condition
from keceng.desk.groups.members import find_all_members, find_members
from keceng.desk.groups.models import SavedGroup, SavedView
from keceng.desk.people.models import User
from keceng.standard import Condition
from keceng.vocabulary import KecengError, Problem, Text


@dataclass(frozen=True, slots=True)
class Count:
    """How many of those somebody may see meet a condition, and of how many that is unknown."""

    met: int
    unknown: int


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """A group as a list of groups shows it.

    Attributes:
        told: the condition in words; None where it cannot be read any more.
        count: among those the viewer may see; None where it cannot be read any more, or before the first run.
        problems: why it cannot be read.
    """

    row: SavedGroup
    is_own: bool
    told: Text | None
    count: Count | None
    problems: Sequence[Problem] = ()


def usable_groups(user: User) -> QuerySet[SavedGroup]:
    """Their own groups and everybody's."""
    return SavedGroup.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner")


def find_group(user: User, group_id: int) -> SavedGroup:
    """One group.

    Raises:
        KecengError: there is none, or it is another's own, which look the same.
    """
    found = usable_groups(user).filter(pk=group_id).first()
    if found is None:
        raise KecengError.of(
            "unknown_group",
            "没有这个客户组",
            "there is no such group",
            remedy=Text(
                "它可能已被删除；换一个组，或去掉这个条件",
                "it may be gone; choose another, or drop the filter",
            ),
        )
    return found


def usable_views(user: User) -> QuerySet[SavedView]:
    """Their own saved views and everybody's."""
    return SavedView.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner")


def list_groups(user: User, edition: Edition | None, today: dt.date) -> list[ListedGroup]:
    """The groups somebody may use, their own first, each with whom it holds now."""
    rows = sorted(usable_groups(user), key=lambda row: (row.owner_id != user.pk, row.name, row.pk))
    if edition is not None:
        # All of them in one pass over the run; each then finds its own answers.
        find_all_members([c for row in rows if (c := _readable(row, edition))], edition, today)
    return [_listed(user, row, edition, today) for row in rows]


def _listed(user: User, row: SavedGroup, edition: Edition | None, today: dt.date) -> ListedGroup:
    is_own = row.owner_id == user.pk
    if edition is None:
        return ListedGroup(row, is_own, None, None)
    try:
        told = tell_condition(row.condition, edition)
        return ListedGroup(row, is_own, told, count_met(user, row.condition, edition, today))
    except KecengError as error:
        return ListedGroup(row, is_own, None, None, error.problems)


def _readable(row: SavedGroup, edition: Edition) -> Condition | None:
    try:
        return read_condition(row.condition, edition)
    except KecengError:
        return None


def count_met(user: User, text: str, edition: Edition, today: dt.date) -> Count:
    """How many of those `user` may see meet the condition.

    Raises:
        KecengError: it cannot be read.
    """
    members = find_members(read_condition(text, edition), edition, today)
    visible = visible_entries(user)
    met, unknown = (
        visible.filter(customer_key__in=GivenKeys(keys)) for keys in (members.met, members.unknown)
    )
    return Count(group_of(met).heads, group_of(unknown).heads)


def list_uses(row: SavedGroup) -> list[SavedView]:
    """The views that use a group, whoever kept them."""
    return list(SavedView.objects.filter(group=row).select_related("owner"))
