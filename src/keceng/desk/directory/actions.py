"""The directory is written beside what stands, then switched; a crash leaves the old one."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction
from django.db.models import Q

from keceng.classify import read_summary
from keceng.desk.audit.actions import record
from keceng.desk.directory.models import CurrentEdition, Edition, Entry, OwnerName
from keceng.desk.directory.rows import FIELDS, read_rows
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.lake import Lake
from keceng.vocabulary import KecengError

KEPT_EDITIONS = 2


def follow_published_run(lake: Lake, *, at: dt.datetime) -> Edition | None:
    """Make the directory the published run's; harmless where it is already. None while nothing is published."""
    snapshot = lake.snapshot()
    run_id = snapshot.entry.published_run
    if run_id is None:
        return None
    current = CurrentEdition.objects.select_related("edition").first()
    if current is not None and current.edition.run_id == run_id:
        return current.edition
    summary = read_summary(snapshot.run_directory(run_id))
    heads = summary.population
    with transaction.atomic():
        Edition.objects.filter(run_id=run_id).exclude(currentedition__isnull=False).delete()
        edition = Edition.objects.create(
            run_id=run_id,
            earlier_run_id=summary.earlier_run or "",
            standard_id=summary.standard.id,
            revision=summary.standard.revision,
            as_of=summary.as_of,
            written_at=at,
            customers=heads.customers,
            classified=heads.classified,
            provisional=heads.provisional,
            insufficient=heads.insufficient,
            excluded=dict(heads.excluded),
            currency=summary.currency,
        )
        with connection.cursor() as cursor:
            for rows in read_rows(snapshot, run_id):
                cursor.executemany(_insertion(), [[edition.pk, *row] for row in rows])
        CurrentEdition.objects.update_or_create(pk=1, defaults={"edition": edition})
        _forget_old()
    return edition


def _insertion() -> str:
    table = connection.ops.quote_name(Entry._meta.db_table)  # noqa: SLF001  Django's documented way
    columns = ", ".join(connection.ops.quote_name(name) for name in ("edition_id", *FIELDS))
    places = ", ".join(["%s"] * (1 + len(FIELDS)))
    return f"insert into {table} ({columns}) values ({places})"  # noqa: S608  declared names alone


def _forget_old() -> None:
    kept = Edition.objects.order_by("-pk").values_list("pk", flat=True)[:KEPT_EDITIONS]
    old = Edition.objects.exclude(pk__in=list(kept))
    Entry.objects.filter(edition__in=old).delete()
    old.delete()


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
