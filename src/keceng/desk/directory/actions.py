"""By which names the books know whom, and what shows in lists at once."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q

from keceng.desk.audit.actions import record
from keceng.desk.directory.filling import follow_published_run
from keceng.desk.directory.models import Entry, OwnerName
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError

__all__ = ["follow_published_run", "give_owner_name", "note_contact", "take_owner_name"]


def give_owner_name(user: User, owner: str, *, signed: Signature) -> None:
    """Say that the books know `user` as `owner`: from then on its customers are theirs.

    Raises:
        KecengError: the name belongs to somebody else, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        row, is_new = OwnerName.objects.get_or_create(owner=owner, defaults={"user": user})
        if is_new:
            record("owner.given", signed, about="owner", about_id=owner, new={"user": user.username})
    if row.user_id != user.pk:
        raise KecengError.of(
            "owner_name_taken",
            f"负责人「{owner}」已属于 {row.user.shown_name}",
            f"the owner “{owner}” is {row.user.shown_name} already",
        )


def take_owner_name(owner: str, *, signed: Signature) -> None:
    """Say that `owner` is nobody's name any more; its customers stay in the books as they are.

    Raises:
        KecengError: `signed.by` may not.
    """
    require_duty(signed.by, Duty.MANAGE_USERS)
    with transaction.atomic():
        row = OwnerName.objects.select_related("user").filter(owner=owner).first()
        if row is not None:
            old = {"user": row.user.username}
            row.delete()
            record("owner.taken", signed, about="owner", about_id=owner, old=old)


def note_contact(customer_key: int, on: dt.date) -> None:
    """Lists show at once that somebody was in touch with a customer; an earlier contact changes nothing."""
    entries = Entry.objects.filter(customer_key=customer_key, edition__currentedition__isnull=False)
    entries.filter(Q(last_contact_on=None) | Q(last_contact_on__lt=on)).update(last_contact_on=on)
