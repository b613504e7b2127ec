"""Write a row with the change it tells of; seal what is not sealed yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from django.db import connection, transaction

from keceng.desk.audit.chain import FIRST, digest_of
from keceng.desk.audit.models import AuditRow, AuditSeal
from keceng.desk.signature import Signature
from keceng.desk.turns import take_turn

HOUSE = "(keceng)"
"""Who did what a rule of the house does by itself; nobody can be called so."""
HEADS_FILE = "audit-heads.txt"
"""Beside the database: the end of the chain after each sealing, so that a shortened chain is found too."""


def record(
    action: str,
    signed: Signature,
    *,
    about: str,
    about_id: str | int,
    old: Mapping[str, object] | None = None,
    new: Mapping[str, object] | None = None,
) -> None:
    """Tell that `signed.by` did `action`. Only within the transaction of what they did.

    Raises:
        RuntimeError: no transaction is open, so that the act and its row could part.
    """
    _require_transaction()
    AuditRow.objects.create(
        at=signed.at,
        by=signed.by.username,
        action=action,
        about=about,
        about_id=str(about_id),
        why=signed.why.strip(),
        old=dict(old or {}),
        new=dict(new or {}),
    )


def record_of_house(
    action: str, *, at: dt.datetime, about: str, about_id: str | int, new: Mapping[str, object]
) -> None:
    """Tell that a rule of the house was followed, at nobody's wish. Only within the transaction of what was done.

    Raises:
        RuntimeError: no transaction is open, so that the act and its row could part.
    """
    _require_transaction()
    AuditRow.objects.create(
        at=at, by=HOUSE, action=action, about=about, about_id=str(about_id), new=dict(new)
    )


def seal_rows(directory: Path, *, at: dt.datetime) -> int:
    """Link every row that has no seal yet to the end of the chain, and note its new end in `directory`; how many were linked."""
    with transaction.atomic():
        # Two links after the same one would be two chains.
        take_turn("audit")
        last = AuditSeal.objects.order_by("-position").first()
        position, digest = (last.position, last.digest) if last else (0, FIRST)
        sealed = AuditSeal.objects.values_list("row_id", flat=True)
        seals = []
        # A row that was committed late has a lower number than sealed ones; it is linked when it is seen.
        for row in AuditRow.objects.exclude(pk__in=sealed).order_by("id").iterator():
            position += 1
            digest = digest_of(position, digest, row)
            seals.append(AuditSeal(position=position, row_id=row.pk, digest=digest, sealed_at=at))
        AuditSeal.objects.bulk_create(seals, batch_size=500)
    if seals:
        with (directory / HEADS_FILE).open("a", encoding="utf-8") as heads:
            heads.write(f"{position} {digest}\n")
    return len(seals)


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("an audit row is written in the transaction of what it tells of")
