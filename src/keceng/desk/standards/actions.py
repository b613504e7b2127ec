"""The life of a standard: drafted, reviewed, approved with its impact in view, in force from a day, retired.

Every action is one transaction with its event. What changes a result goes on to the lake through the outbox.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from django.db import transaction

from keceng.desk.outbox.actions import deliver_waiting, post
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.desk.standards.approval import (
    check_approver,
    check_current,
    check_effective,
    check_impact,
    check_publishable,
)
from keceng.desk.standards.documents import read_head
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.notices import publication_notice, withdrawal_notice
from keceng.desk.standards.queries import read_standard_of
from keceng.desk.standards.rows import (
    add_revision,
    insert_revision,
    lock_revision,
    move_revision,
    require_same_id,
    save_document,
    supersede_others,
)
from keceng.desk.standards.states import Status, Step, require_status
from keceng.desk.standards.uses import is_used, note_uses
from keceng.desk.turns import take_turn
from keceng.lake import Lake
from keceng.vocabulary import KecengError, Text


def create_draft(document: bytes, *, signed: Signature) -> StandardRevision:
    """A new draft under the id that `document` gives itself, numbered after that standard's last revision.

    The document may still have faults; only its id must be readable. Of its bytes only the number is set, where it differs.

    Raises:
        KecengError: the document has no readable id, or `signed.by` may not write standards.
    """
    require_duty(signed.by, Duty.WRITE_STANDARDS)
    head = read_head(document)
    with transaction.atomic():
        return add_revision(head.standard_id, document, signed)


def edit_draft(
    revision_id: int, document: bytes, *, based_on: str, signed: Signature, lake: Lake
) -> StandardRevision:
    """Save another document. A draft changes in place; a revision that was approved or used by a run gets a successor.

    Args:
        revision_id: the row that was opened for editing.
        document: the new bytes.
        based_on: the `document_hash` the editor saw, so that nobody's work is overwritten unseen.
        signed: who, when and why.
        lake: knows the runs.

    Returns:
        The draft that now holds `document`: the same revision, or the next one.

    Raises:
        KecengError: somebody else saved in between, the document names another standard, or the revision is in review.
    """
    require_duty(signed.by, Duty.WRITE_STANDARDS)
    note_uses(lake, at=signed.at)
    with transaction.atomic():
        row = lock_revision(revision_id)
        _check_basis(row, based_on)
        if document == row.yaml_bytes:
            return row
        if is_used(row) or row.state in {Status.APPROVED, Status.IN_FORCE, Status.RETIRED}:
            require_same_id(row, document)
            return add_revision(row.standard_id, document, signed)
        require_status(Step.EDIT, row.state)
        return save_document(row, document, signed)


def import_yaml(document: bytes, *, signed: Signature, lake: Lake) -> StandardRevision:
    """Take a document as it lies in a file, every byte, under the id and number it gives itself.

    Importing the same bytes again changes nothing; other bytes under the number of an unused draft replace that draft.

    Raises:
        KecengError: no readable id or number, or that revision cannot change any more.
    """
    require_duty(signed.by, Duty.WRITE_STANDARDS)
    note_uses(lake, at=signed.at)
    head = read_head(document)
    if head.revision is None:
        raise KecengError.of(
            "standard.numbering", "「revision」不是正整数", "`revision` is not a whole number"
        )
    with transaction.atomic():
        rows = StandardRevision.objects.select_for_update()
        row = rows.filter(standard_id=head.standard_id, revision=head.revision).first()
        if row is None:
            return insert_revision(head.standard_id, head.revision, document, step=Step.IMPORT, signed=signed)
        if document == row.yaml_bytes:
            return row
        if is_used(row) or row.state is not Status.DRAFT:
            raise _refuse_change(row)
        return save_document(row, document, signed)


def export_yaml(revision_id: int, path: Path) -> None:
    """Write the document of a revision to `path`, every byte as its author saved it, so that it can live in git."""
    path.write_bytes(StandardRevision.objects.get(pk=revision_id).yaml_bytes)


def submit_for_review(revision_id: int, *, signed: Signature) -> StandardRevision:
    """Ask for a review.

    Raises:
        KecengError: every fault of the document, or it is not a draft.
    """
    require_duty(signed.by, Duty.WRITE_STANDARDS)
    with transaction.atomic():
        row = lock_revision(revision_id)
        require_status(Step.SUBMIT, row.state)
        read_standard_of(row)
        return move_revision(row, Step.SUBMIT, Status.IN_REVIEW, signed)


def send_back(revision_id: int, *, signed: Signature) -> StandardRevision:
    """Return a revision to its author with a reason; an approval already given is gone.

    Raises:
        KecengError: no reason, or it is neither in review nor approved.
    """
    require_duty(signed.by, Duty.APPROVE_STANDARDS)
    signed.require_why()
    with transaction.atomic():
        row = lock_revision(revision_id)
        require_status(Step.SEND_BACK, row.state)
        undone = {"approver": None, "impact": None, "moves_hash": "", "reviewer": signed.by}
        return move_revision(row, Step.SEND_BACK, Status.DRAFT, signed, undone)


def approve(
    revision_id: int, *, impact: Mapping[str, object], signed: Signature, lake: Lake
) -> StandardRevision:
    """Approve a revision with the effect it was simulated to have; both are kept.

    Args:
        revision_id: a revision in review.
        impact: the document of its simulation (`simulate_revision`) against the run that is published now, with the
            `moves_hash` that the next run must show.
        signed: who, never one of its authors.
        lake: knows the published run.

    Raises:
        KecengError: the approver wrote it, the document has faults, or `impact` is not the simulation of this
            revision, or an old one.
    """
    require_duty(signed.by, Duty.APPROVE_STANDARDS)
    with transaction.atomic():
        row = lock_revision(revision_id)
        require_status(Step.APPROVE, row.state)
        check_approver(row, signed.by)
        moves_hash = check_impact(row, impact)
        check_current(impact, lake.snapshot().entry.published_run)
        check_publishable(read_standard_of(row))
        given = {
            "approver": signed.by,
            "reviewer": signed.by,
            "impact": dict(impact),
            "moves_hash": moves_hash,
        }
        return move_revision(row, Step.APPROVE, Status.APPROVED, signed, given)


def publish(revision_id: int, *, effective_from: dt.date, signed: Signature, lake: Lake) -> StandardRevision:
    """Put an approved revision in force from a day; the one before it ends on that day. The lake is told.

    Raises:
        KecengError: it is not approved, the day lies in the past, or a finding forbids publishing.
    """
    require_duty(signed.by, Duty.APPROVE_STANDARDS)
    with transaction.atomic(durable=True):
        # Two at once would each end the others that it sees, and not each other.
        take_turn("publication")
        row = lock_revision(revision_id)
        require_status(Step.PUBLISH, row.state)
        check_effective(effective_from, signed.day)
        check_publishable(read_standard_of(row))
        supersede_others(row, effective_from, signed)
        decision = publication_notice(row, effective_from, signed)
        new = {"effective_from": effective_from, "publication_id": decision.decision_id}
        move_revision(row, Step.PUBLISH, Status.IN_FORCE, signed, new)
        post(decision, at=signed.at)
    deliver_waiting(lake, at=signed.at)
    return row


def retire(revision_id: int, *, on: dt.date, signed: Signature, lake: Lake) -> StandardRevision:
    """End a revision in force on a day, with no successor. The lake is told.

    Raises:
        KecengError: no reason, it is not in force, or the day lies in the past.
    """
    require_duty(signed.by, Duty.APPROVE_STANDARDS)
    signed.require_why()
    with transaction.atomic(durable=True):
        row = lock_revision(revision_id)
        require_status(Step.RETIRE, row.state)
        check_effective(on, signed.day)
        move_revision(row, Step.RETIRE, Status.RETIRED, signed, {"retired_on": on})
        post(withdrawal_notice(row, on, signed), at=signed.at)
    deliver_waiting(lake, at=signed.at)
    return row


def _check_basis(row: StandardRevision, based_on: str) -> None:
    if row.document_hash != based_on:
        raise KecengError.of(
            "changed_meanwhile",
            "这份标准刚刚被别人改过",
            "somebody else has changed this standard meanwhile",
            remedy=Text("重新打开再改", "open it again, then edit"),
        )


def _refuse_change(row: StandardRevision) -> KecengError:
    wording = row.state.wording
    return KecengError.of(
        "revision_is_fixed",
        f"{row.standard_id} r{row.revision} {wording.zh}或已用于分级，内容不能再变",
        f"{row.standard_id} r{row.revision} is {wording.en} or was used by a run; its document is fixed",
        remedy=Text(f"把 revision 改成 {row.revision + 1} 再导入", "import it under the next `revision`"),
    )
