"""The steps of a revision's life, each from the page that shows what it does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from keceng.desk.opening import served_workspace
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.standards.actions import approve, publish, retire, send_back, submit_for_review
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.simulation import check_seen, simulate_here
from keceng.desk.standards.states import Step
from keceng.loop import Workspace
from keceng.vocabulary import KecengError, Text
from keceng.web.frame.people import signature, signed_in
from keceng.web.frame.templatetags.words import spoken
from keceng.web.standards.page import find_row, status_of, tell
from keceng.web.standards.weighing import impact_page

Taking = Callable[[HttpRequest, StandardRevision, Workspace], StandardRevision]


def _submit(request: HttpRequest, row: StandardRevision, _workspace: Workspace) -> StandardRevision:
    return submit_for_review(row.pk, signed=signature(request, _why(request)))


def _send_back(request: HttpRequest, row: StandardRevision, _workspace: Workspace) -> StandardRevision:
    return send_back(row.pk, signed=signature(request, _why(request)))


def _approve(request: HttpRequest, row: StandardRevision, workspace: Workspace) -> StandardRevision:
    # Whoever may not approve is refused before anything is simulated for them.
    require_duty(signed_in(request), Duty.APPROVE_STANDARDS)
    sheet = simulate_here(row, workspace)
    check_seen(sheet, request.POST.get("seen", ""))
    return approve(row.pk, impact=sheet, signed=signature(request, _why(request)), lake=workspace.lake)


def _publish(request: HttpRequest, row: StandardRevision, workspace: Workspace) -> StandardRevision:
    signed = signature(request, _why(request))
    return publish(row.pk, effective_from=_day(request), signed=signed, lake=workspace.lake)


def _retire(request: HttpRequest, row: StandardRevision, workspace: Workspace) -> StandardRevision:
    signed = signature(request, _why(request))
    return retire(row.pk, on=_day(request), signed=signed, lake=workspace.lake)


_STEPS: Mapping[str, tuple[Taking, Text]] = {
    Step.SUBMIT.value: (_submit, Text("已提交审核", "Submitted for review")),
    Step.SEND_BACK.value: (_send_back, Text("已退回作者", "Sent back to its author")),
    Step.APPROVE.value: (
        _approve,
        Text("已批准，影响单已随批准存下", "Approved; the sheet is kept with the approval"),
    ),
    Step.PUBLISH.value: (_publish, Text("已发布", "Published")),
    Step.RETIRE.value: (_retire, Text("已停用", "Retired")),
}


@require_POST
def take(request: HttpRequest, revision_id: int) -> HttpResponse:
    """Take the step that the button names; what is refused is said on the page it came from."""
    row = find_row(revision_id)
    require_duty(signed_in(request), Duty.WRITE_STANDARDS)
    step = _STEPS.get(request.POST.get("step", ""))
    try:
        if step is None:
            raise KecengError.of("unknown_step", "没有这一步", "there is no such step")
        step[0](request, row, served_workspace(settings.WORKSPACE))
    except KecengError as error:
        return impact_page(request, find_row(revision_id), tell(error), status=status_of(error))
    messages.success(request, spoken(step[1]))
    return redirect("standard-impact", row.pk)


def _why(request: HttpRequest) -> str:
    return request.POST.get("why", "")


def _day(request: HttpRequest) -> dt.date:
    written = request.POST.get("day", "")
    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        raise KecengError.of(
            "bad_day",
            "请写生效或停用的日期",
            "give the day",
            remedy=Text("例如 2026-04-01", "for example 2026-04-01"),
            value=written or None,
        ) from None
