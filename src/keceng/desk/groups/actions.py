"""Groups are made, changed and deleted by whom they belong to; each change has its audit row."""

from __future__ import annotations

from django.db import transaction

from keceng.desk.audit.actions import record
from keceng.desk.directory.models import Edition
from keceng.desk.groups.conditions import read_condition
from keceng.desk.groups.models import SavedGroup
from keceng.desk.groups.queries import list_uses
from keceng.desk.people.models import User
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError, Text

LONGEST_NAME = 60
MOST_KEPT = 200
"""Groups, and views, that one person keeps."""


def save_group(
    name: str,
    condition: str,
    *,
    is_shared: bool,
    edition: Edition,
    signed: Signature,
    row: SavedGroup | None = None,
) -> SavedGroup:
    """Keep a group, or change `row`, one of one's own.

    Raises:
        KecengError: the condition cannot be read, the name is empty, too long or taken, or `row` is another's.
    """
    condition = condition.strip()
    read_condition(condition, edition)
    name = read_name(name)
    with transaction.atomic():
        others = SavedGroup.objects.filter(owner=signed.by)
        require_free_name(others.filter(name=name).exclude(pk=row.pk if row else 0).exists(), name)
        if row is None:
            require_room(others.count())
            row = SavedGroup(owner=signed.by, made_at=signed.at)
        require_own(row.owner, signed)
        old = _told(row) if row.pk else {}
        row.name, row.condition, row.is_shared, row.changed_at = name, condition, is_shared, signed.at
        row.save()
        action = "group.changed" if old else "group.made"
        record(action, signed, about="group", about_id=row.pk, old=old, new=_told(row))
    return row


def delete_group(row: SavedGroup, *, signed: Signature, is_confirmed: bool = False) -> None:
    """Delete one of one's own groups; saved views that use it then say that it is gone.

    Raises:
        KecengError: it is another's, or views use it and nobody has said that this is known.
    """
    require_own(row.owner, signed)
    with transaction.atomic():
        uses = list_uses(row)
        if uses and not is_confirmed:
            # Another's private view is told by its owner alone: its name is theirs.
            told = [v.name if v.owner == signed.by or v.is_shared else "…" for v in uses]
            said = [f"{name} ({v.owner.shown_name})" for name, v in zip(told, uses, strict=True)]
            raise KecengError.of(
                "group_in_use",
                "这些视图在用它：" + "、".join(said),
                "these views use it: " + ", ".join(said),
                remedy=Text("再按一次删除", "delete once more to confirm"),
            )
        record("group.deleted", signed, about="group", about_id=row.pk, old=_told(row))
        row.delete()


def _told(row: SavedGroup) -> dict[str, object]:
    return {"name": row.name, "condition": row.condition, "shared": row.is_shared}


def read_name(written: str) -> str:
    """A name to keep something under.

    Raises:
        KecengError: it is empty or too long.
    """
    name = " ".join(written.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise KecengError.of(
            "bad_name",
            f"名称须有 1 到 {LONGEST_NAME} 个字",
            f"a name has 1 to {LONGEST_NAME} characters",
            remedy=Text("起一个同事一看就懂的名称", "choose one that colleagues understand"),
        )
    return name


def require_free_name(is_taken: bool, name: str) -> None:
    """Let a name pass that nothing of theirs has.

    Raises:
        KecengError: it is taken.
    """
    if is_taken:
        raise KecengError.of(
            "name_taken",
            f"您已有一个叫「{name}」的",
            f"you have one called “{name}” already",
            remedy=Text("换一个名称，或改原来那个", "choose another name, or change that one"),
        )


def require_room(kept: int) -> None:
    """Let somebody keep one more.

    Raises:
        KecengError: they keep as many as anybody may.
    """
    if kept >= MOST_KEPT:
        raise KecengError.of(
            "too_many",
            f"每人最多保存 {MOST_KEPT} 个",
            f"one person keeps at most {MOST_KEPT}",
            remedy=Text("先删去不用的", "delete those you do not use"),
        )


def require_own(owner: User, signed: Signature) -> None:
    """Let somebody change what is their own.

    Raises:
        KecengError: it is another's.
    """
    if owner != signed.by:
        raise KecengError.of(
            "not_permitted",
            "只有保存的人可以更改",
            "only whoever kept it may change it",
            remedy=Text("另存一个自己的", "keep one of your own"),
        )
