"""运行: parsed, asked of the desk, rendered."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from keceng.desk.directory.scope import current_edition
from keceng.desk.jobs.actions import cancel
from keceng.desk.jobs.classifying import start_run
from keceng.desk.jobs.history import list_failed_runs, list_run_jobs, list_stored_runs, read_migration
from keceng.desk.jobs.queries import find_job, list_schedules
from keceng.desk.jobs.schedules import end_schedule, schedule
from keceng.desk.jobs.states import Every, JobKind
from keceng.desk.opening import served_workspace
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import may, require_duty
from keceng.desk.signature import Signature
from keceng.desk.standards.choosing import choose_first_standard, list_first_standards
from keceng.desk.standards.queries import find_only_in_force, list_in_force
from keceng.vocabulary import KecengError, Text
from keceng.web.frame.people import signature, signed_in
from keceng.web.frame.templatetags.words import page_language

_WEEK = (
    Text("周一", "Monday"), Text("周二", "Tuesday"), Text("周三", "Wednesday"), Text("周四", "Thursday"),
    Text("周五", "Friday"), Text("周六", "Saturday"), Text("周日", "Sunday"),
)  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def runs(request: HttpRequest) -> HttpResponse:
    """The list of runs, and the form that starts one; a refusal is told beside it."""
    user = signed_in(request)
    require_duty(user, Duty.START_RUNS)
    told: list[str] = []
    if request.method == "POST":
        try:
            if template := request.POST.get("template", ""):
                choose_first_standard(template, signed=signature(request))
            revision = request.POST.get("revision", "")
            start_run(
                int(revision) if revision.isdigit() else _only_standard(),
                as_of=_day(request.POST.get("as_of", "")),
                signed=signature(request),
            )
        except KecengError as error:
            told = _tell(error)
        else:
            return redirect("overview" if current_edition() is None else "runs")
    under_way = list_run_jobs(user)
    if getattr(request, "htmx", False):
        if not under_way:
            return HttpResponseClientRefresh()
        return render(request, "run_jobs.html", {"jobs": under_way})
    workspace = served_workspace(settings.WORKSPACE)
    context = {
        "jobs": under_way,
        "stored": list_stored_runs(user, workspace.lake),
        "failed": list_failed_runs(user),
        "in_force": list_in_force(signature(request).day),
        "as_set_up": workspace.settings.standard,
        "fits": list_first_standards(),
        "schedules": list_schedules(),
        "rhythms": list(Every),
        "week": list(enumerate(_WEEK)),
        "may_review": may(user, Duty.CLOSE_REVIEWS),
        "told": told,
    }
    return render(request, "runs.html", context, status=400 if told else 200)


@require_safe
def moves(request: HttpRequest) -> HttpResponse:
    """Who went from which class to which between two runs."""
    user, lake = signed_in(request), served_workspace(settings.WORKSPACE).lake
    stored = list_stored_runs(user, lake)
    context: dict[str, object] = {"stored": stored}
    try:
        found = read_migration(user, lake, request.GET.get("from") or None, request.GET.get("to") or None)
    except KecengError as error:
        return render(request, "run_moves.html", {**context, "told": _tell(error)})
    rows = [
        {
            "title": found.title_of(state),
            "state": state,
            "cells": [(found.cells.get((state, to)), to == state) for to in found.to_states],
            "heads": found.heads_from(state),
        }
        for state in found.from_states
        if found.heads_from(state)
    ]
    heads = [(found.title_of(state), state, found.heads_to(state)) for state in found.to_states]
    everybody = sum(n for _, _, n in heads)
    context |= {"found": found, "rows": rows, "heads": heads, "everybody": everybody}
    context["currency"] = served_workspace(settings.WORKSPACE).settings.currency
    return render(request, "run_moves.html", context)


@require_POST
def schedules(request: HttpRequest) -> HttpResponse:
    """A job that comes again; its hour is the machine's."""
    kind = JobKind.REVIEW if request.POST.get("kind") == "review" else JobKind.CLASSIFY
    every = Every.WEEK if request.POST.get("every") == "week" else Every.MONTH
    every = Every.DAY if request.POST.get("every") == "day" else every
    asked = request.POST.get("weekday" if every is Every.WEEK else "monthday", "")
    arguments: dict[str, object] = {"due_days": 7} if kind is JobKind.REVIEW else {}
    if kind is JobKind.CLASSIFY and (standard := request.POST.get("standard", "")):
        arguments["standard_id"] = standard
    schedule(
        kind,
        arguments,
        every=every,
        on_day=0 if every is Every.DAY else _number(asked),
        at_hour=_number(request.POST.get("at_hour", "")),
        signed=Signature(signed_in(request), dt.datetime.now().astimezone()),
    )
    return redirect("runs")


@require_POST
def end(request: HttpRequest, schedule_id: int) -> HttpResponse:
    """It comes no more."""
    end_schedule(schedule_id, signed=signature(request))
    return redirect("runs")


@require_POST
def cancel_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """End a job; back to the page it was seen on. One of another's looks like none to whoever may not end it."""
    user, job = signed_in(request), find_job(job_id)
    if job is None or (job.asked_by_id != user.pk and not may(user, Duty.START_RUNS)):
        raise Http404
    cancel(job.pk, signed=signature(request))
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if wanted and is_ours else "/")


def _only_standard() -> int | None:
    row = find_only_in_force(dt.datetime.now(dt.UTC).date())
    return row.pk if row else None


def _tell(error: KecengError) -> list[str]:
    return [problem.describe(page_language()) for problem in error.problems]


def _day(text: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise KecengError.of(
            "bad_date", "日期应写成 2026-06-30", "write the date as 2026-06-30", value=text
        ) from error


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 99
