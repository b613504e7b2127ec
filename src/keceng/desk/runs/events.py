"""Every change of a run, request, appeal, review or item leaves a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import models

from keceng.desk.runs.models import RunEvent
from keceng.desk.signature import Signature


def change(row: models.Model, step: str, signed: Signature, changes: Mapping[str, object]) -> None:
    """Write `changes` to `row`, and the event that tells them."""
    old = {name: _plain(getattr(row, name)) for name in changes}
    for name, content in changes.items():
        setattr(row, name, content)
    row.save()
    record(row, step, signed, old=old, new={name: _plain(content) for name, content in changes.items()})


def record(
    row: models.Model,
    step: str,
    signed: Signature,
    *,
    old: Mapping[str, object] | None = None,
    new: Mapping[str, object] | None = None,
) -> None:
    """Tell that something happened to `row`."""
    RunEvent.objects.create(
        subject=type(row).__name__.lower(),
        subject_id=row.pk,
        step=step,
        by=signed.by,
        at=signed.at,
        why=signed.why.strip(),
        old=dict(old or {}),
        new=dict(new or {}),
    )


def record_many(
    rows: Sequence[models.Model],
    step: str,
    signed: Signature,
    *,
    old: Mapping[str, object],
    new: Mapping[str, object],
) -> None:
    """Tell that the same happened to many rows of one table."""
    same = {"step": step, "by": signed.by, "at": signed.at, "why": signed.why.strip()}
    RunEvent.objects.bulk_create(
        [
            RunEvent(
                subject=type(row).__name__.lower(), subject_id=row.pk, old=dict(old), new=dict(new), **same
            )
            for row in rows
        ]
    )


def _plain(content: object) -> object:
    if isinstance(content, models.Model):
        return content.pk
    return content.isoformat() if isinstance(content, dt.date) else content
