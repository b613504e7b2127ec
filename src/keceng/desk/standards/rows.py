"""How rows of revisions are written: each change together with the event that tells it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import models
from django.db.models import Max

from keceng.desk.signature import Signature
from keceng.desk.standards.documents import hash_document, number_document, parse_document, read_head
from keceng.desk.standards.models import StandardEvent, StandardRevision
from keceng.desk.standards.states import Status, Step
from keceng.standard import standard_hash
from keceng.vocabulary import KecengError, Text


def lock_revision(revision_id: int) -> StandardRevision:
    """The row, held until the transaction ends.

    Raises:
        KecengError: there is none.
    """
    found = StandardRevision.objects.select_for_update().filter(pk=revision_id).first()
    if found is None:
        raise KecengError.of("unknown_revision", "没有这个修订版", "there is no such revision")
    return found


def add_revision(standard_id: str, document: bytes, signed: Signature) -> StandardRevision:
    """A draft after the last revision of its standard; the document is given that number."""
    last = StandardRevision.objects.filter(standard_id=standard_id).aggregate(last=Max("revision"))["last"]
    number = (last or 0) + 1
    return insert_revision(
        standard_id, number, number_document(document, number), step=Step.CREATE, signed=signed
    )


def insert_revision(
    standard_id: str, number: int, document: bytes, *, step: Step, signed: Signature
) -> StandardRevision:
    """A draft under this number, its bytes as they are."""
    row = StandardRevision(
        standard_id=standard_id,
        revision=number,
        status=Status.DRAFT.value,
        author=signed.by,
        created_at=signed.at,
    )
    _take_document(row, document)
    row.save(force_insert=True)
    _record(row, step, signed, {}, {"status": row.status, "document": row.yaml_text})
    return row


def save_document(row: StandardRevision, document: bytes, signed: Signature) -> StandardRevision:
    """Other bytes in the same draft.

    Raises:
        KecengError: they name another standard.
    """
    require_same_id(row, document)
    old = {"document": row.yaml_text, "document_hash": row.document_hash, "author": row.author.username}
    _take_document(row, number_document(document, row.revision))
    row.author = signed.by
    row.save()
    new = {"document": row.yaml_text, "document_hash": row.document_hash, "author": signed.by.username}
    _record(row, Step.EDIT, signed, old, new)
    return row


def require_same_id(row: StandardRevision, document: bytes) -> None:
    """Let a document pass that names the standard of `row`.

    Raises:
        KecengError: it names another.
    """
    if (written := read_head(document).standard_id) != row.standard_id:
        raise KecengError.of(
            "standard.renamed",
            f"这份标准叫 {row.standard_id}，不能改成 {written}",
            f"this standard is {row.standard_id}; it cannot become {written}",
            remedy=Text("另建一份标准", "create another standard"),
        )


def move_revision(
    row: StandardRevision,
    step: Step,
    status: Status,
    signed: Signature,
    changes: Mapping[str, object] | None = None,
) -> StandardRevision:
    """Take a step: the new status and what changes with it, and the event."""
    given = {"status": status.value, **(changes or {})}
    old = {name: _plain(getattr(row, name)) for name in given}
    for name, content in given.items():
        setattr(row, name, content)
    row.save()
    _record(row, step, signed, old, {name: _plain(content) for name, content in given.items()})
    return row


def supersede_others(row: StandardRevision, effective_from: dt.date, signed: Signature) -> None:
    """End the other revisions of the same standard on the day on which `row` begins, where they do not end earlier."""
    others = StandardRevision.objects.select_for_update().filter(
        standard_id=row.standard_id, effective_from__isnull=False
    )
    for other in others.exclude(pk=row.pk):
        if other.retired_on is None or other.retired_on > effective_from:
            move_revision(other, Step.RETIRE, Status.RETIRED, signed, {"retired_on": effective_from})


def _take_document(row: StandardRevision, document: bytes) -> None:
    row.document = document
    row.document_hash = hash_document(document)
    try:
        parsed = parse_document(document, standard_id=row.standard_id, revision=row.revision)
    except KecengError:
        row.standard_hash = ""
    else:
        row.standard_hash = standard_hash(parsed)


def _record(
    row: StandardRevision,
    step: Step,
    signed: Signature,
    old: Mapping[str, object],
    new: Mapping[str, object],
) -> None:
    StandardEvent.objects.create(
        revision=row,
        step=step.value,
        by=signed.by,
        at=signed.at,
        why=signed.why.strip(),
        old=dict(old),
        new=dict(new),
    )


def _plain(content: object) -> object:
    if isinstance(content, models.Model):
        return content.pk
    return content.isoformat() if isinstance(content, dt.date) else content
