"""The life of a revision: submitted, returned, approved with its impact in view, published, retired."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from keceng.api import standards_effects_shapes as weighed
from keceng.api import standards_shapes as shapes
from keceng.api.bearer import caller, signed_by
from keceng.api.operations import asks, once
from keceng.api.standards import find_row
from keceng.api.standards_telling import tell_impact, tell_revision
from keceng.api.words import Number
from keceng.api.workspace import served
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.standards.actions import approve, publish, retire, send_back, submit_for_review
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.sheet import read_sheet
from keceng.desk.standards.simulation import check_seen, simulate_here
from keceng.desk.tokens.scopes import Scope

router = Router(tags=["standards"])
_ASKS = asks(Scope.STANDARDS_WRITE, shapes.Revision)


@router.get("/{revision_id}/impact", **asks(Scope.STANDARDS_READ, weighed.Impact))
def read_impact(request: HttpRequest, revision_id: Number) -> weighed.Impact:
    """影响单。The sheet: simulated for a draft, as approved from then on."""
    row = find_row(revision_id)
    require_duty(caller(request), Duty.WRITE_STANDARDS)
    document = row.impact if row.impact is not None else simulate_here(row, served())
    return tell_impact(read_sheet(document), is_stored=row.impact is not None)


@router.post("/{revision_id}/submit", **_ASKS)
@once
def submit_standard(request: HttpRequest, revision_id: Number, body: shapes.Submitted) -> shapes.Revision:
    """提交审核。Ask for a review."""
    row = find_row(revision_id)
    return _told(submit_for_review(row.pk, signed=signed_by(request, body.why)))


@router.post("/{revision_id}/return", **_ASKS)
@once
def return_standard(request: HttpRequest, revision_id: Number, body: shapes.Returned) -> shapes.Revision:
    """退回作者。Send it back to its author."""
    row = find_row(revision_id)
    return _told(send_back(row.pk, signed=signed_by(request, body.why)))


@router.post("/{revision_id}/approve", **_ASKS)
@once
def approve_standard(request: HttpRequest, revision_id: Number, body: shapes.Approved) -> shapes.Revision:
    """批准看过的影响；不能批准自己写的。Approve it with the impact that was read; never one's own."""
    row, workspace = find_row(revision_id), served()
    # Whoever may not approve is refused before anything is simulated for them.
    require_duty(caller(request), Duty.APPROVE_STANDARDS)
    sheet = simulate_here(row, workspace)
    check_seen(sheet, body.seen)
    return _told(approve(row.pk, impact=sheet, signed=signed_by(request, body.why), lake=workspace.lake))


@router.post("/{revision_id}/publish", **_ASKS)
@once
def publish_standard(request: HttpRequest, revision_id: Number, body: shapes.Published) -> shapes.Revision:
    """发布，从某日生效。Put it in force from a day."""
    row, signed = find_row(revision_id), signed_by(request, body.why)
    return _told(publish(row.pk, effective_from=body.day, signed=signed, lake=served().lake))


@router.post("/{revision_id}/retire", **_ASKS)
@once
def retire_standard(request: HttpRequest, revision_id: Number, body: shapes.Published) -> shapes.Revision:
    """停用。End it on a day, without a successor."""
    row, signed = find_row(revision_id), signed_by(request, body.why)
    return _told(retire(row.pk, on=body.day, signed=signed, lake=served().lake))


def _told(row: StandardRevision) -> shapes.Revision:
    return tell_revision(row, timezone.localdate())
