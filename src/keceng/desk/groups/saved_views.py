"""Views of the list that somebody keeps under a name: the same filters and order again, on whatever run is current."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from django.db import transaction

from keceng.desk.audit.actions import record
from keceng.desk.groups.actions import read_name, require_free_name, require_own, require_room
from keceng.desk.groups.models import SavedGroup, SavedView
from keceng.desk.groups.queries import find_group
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError, Text

LONGEST_ADDRESS = 2000


def save_view(name: str, asked: Mapping[str, str], *, is_shared: bool, signed: Signature) -> SavedView:
    """Keep the filters and the order `asked`.

    Raises:
        KecengError: nothing is asked for, the name is empty, too long or taken, or a shared view names a private group.
    """
    name, address = read_name(name), urlencode({key: value for key, value in asked.items() if value})
    if not address or len(address) > LONGEST_ADDRESS:
        raise KecengError.of(
            "empty_view",
            "列表还没有筛选或排序，没有可保存的",
            "the list has no filter and no order to keep",
            remedy=Text("先选条件，再保存", "choose filters first, then save"),
        )
    written = asked.get("group", "")
    group = find_group(signed.by, int(written)) if written.isdecimal() else None
    _require_usable(group, is_shared=is_shared)
    with transaction.atomic():
        own = SavedView.objects.filter(owner=signed.by)
        require_free_name(own.filter(name=name).exists(), name)
        require_room(own.count())
        row = SavedView.objects.create(
            owner=signed.by, name=name, address=address, group=group, is_shared=is_shared, made_at=signed.at
        )
        record("view.saved", signed, about="view", about_id=row.pk, new=_told(row))
    return row


def change_view(row: SavedView, *, name: str, is_shared: bool, signed: Signature) -> None:
    """Give one of one's own views another name, share it or take it back.

    Raises:
        KecengError: it is another's, the name is empty, too long or taken, or a shared view names a private group.
    """
    require_own(row.owner, signed)
    name = read_name(name)
    _require_usable(row.group, is_shared=is_shared)
    with transaction.atomic():
        taken = SavedView.objects.filter(owner=signed.by, name=name).exclude(pk=row.pk).exists()
        require_free_name(taken, name)
        old = _told(row)
        row.name, row.is_shared = name, is_shared
        row.save(update_fields=["name", "is_shared"])
        record("view.changed", signed, about="view", about_id=row.pk, old=old, new=_told(row))


def delete_view(row: SavedView, *, signed: Signature) -> None:
    """Delete one of one's own views.

    Raises:
        KecengError: it is another's.
    """
    require_own(row.owner, signed)
    with transaction.atomic():
        record("view.deleted", signed, about="view", about_id=row.pk, old=_told(row))
        row.delete()


def _told(row: SavedView) -> dict[str, object]:
    # What somebody searched for may be a person's name, so the audit has the view by its name alone.
    return {"name": row.name, "shared": row.is_shared}


def _require_usable(group: SavedGroup | None, *, is_shared: bool) -> None:
    if is_shared and group is not None and not group.is_shared:
        raise KecengError.of(
            "private_group",
            f"客户组「{group.name}」只有您自己能用",
            f"the group “{group.name}” is yours alone",
            remedy=Text("先共享这个组，再共享视图", "share the group first, then the view"),
        )
