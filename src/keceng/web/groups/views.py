"""客户组: parsed, asked, rendered."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keceng.desk.directory.models import Edition
from keceng.desk.directory.scope import current_edition
from keceng.desk.groups.actions import delete_group, save_group
from keceng.desk.groups.form import count_unfinished
from keceng.desk.groups.models import SavedGroup
from keceng.desk.groups.names import read_names
from keceng.desk.groups.queries import find_group, list_groups, list_uses
from keceng.vocabulary import KecengError, Text
from keceng.web.frame.parsing import sentences
from keceng.web.frame.people import signature, signed_in
from keceng.web.groups.draft import Draft, begin_draft, open_draft, read_draft
from keceng.web.groups.page import builder_context

_HALF = KecengError.of(
    "unfinished_line",
    "有一行还没写完",
    "a line is not finished",
    remedy=Text("写完它，或删去这一行", "finish it, or remove the line"),
)


@require_safe
def groups(request: HttpRequest) -> HttpResponse:
    """The groups one may use, each with whom it holds."""
    listed = list_groups(signed_in(request), current_edition(), timezone.localdate())
    return render(request, "groups.html", {"listed": listed})


@require_http_methods(["GET", "HEAD", "POST"])
def group_new(request: HttpRequest) -> HttpResponse:
    """The builder, empty or with the filters of a list; a POST is what was written in it, kept where its button says so."""
    return _build(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def group(request: HttpRequest, group_id: int) -> HttpResponse:
    """A group in the builder; another's shared one can be looked at and kept as one's own."""
    row = _find(request, group_id)
    if request.method == "POST" and row.owner_id != signed_in(request).pk:
        raise Http404
    return _build(request, row)


@require_POST
def group_delete(request: HttpRequest, group_id: int) -> HttpResponse:
    """Delete one's own group; where views use it, after a second word."""
    row = _find(request, group_id)
    if row.owner_id != signed_in(request).pk:
        raise Http404
    try:
        delete_group(row, signed=signature(request), is_confirmed=bool(request.POST.get("confirmed")))
    except KecengError as error:
        edition = current_edition()
        draft = open_draft(row, edition) if edition else Draft(row.name, row.is_shared, text=row.condition)
        return _page(request, draft, row, edition, sentences(error), is_asked=True)
    return redirect("groups")


def _find(request: HttpRequest, group_id: int) -> SavedGroup:
    try:
        return find_group(signed_in(request), group_id)
    except KecengError:
        raise Http404 from None


def _build(request: HttpRequest, row: SavedGroup | None) -> HttpResponse:
    edition = current_edition()
    if edition is None:
        return render(request, "group.html", {"draft": None})
    if request.method != "POST":
        return _page(
            request, open_draft(row, edition) if row else begin_draft(request.GET, edition), row, edition
        )
    draft = read_draft(request.POST, edition)
    if request.POST.get("act") != "save":
        return _page(request, draft, row, edition)
    try:
        kept = _save(request, draft, row, edition)
    except KecengError as error:
        return _page(request, draft, row, edition, sentences(error))
    return redirect(f"{reverse('customers')}?group={kept.pk}")


def _save(request: HttpRequest, draft: Draft, row: SavedGroup | None, edition: Edition) -> SavedGroup:
    if draft.error is not None:
        raise draft.error
    if not draft.is_text and count_unfinished(draft.form, read_names(edition).scope):
        raise _HALF
    return save_group(
        draft.name, draft.text, is_shared=draft.is_shared, edition=edition, signed=signature(request), row=row
    )


def _page(
    request: HttpRequest,
    draft: Draft,
    row: SavedGroup | None,
    edition: Edition | None,
    told: Sequence[str] = (),
    *,
    is_asked: bool = False,
) -> HttpResponse:
    user = signed_in(request)
    context: dict[str, object] = {
        "row": row,
        "is_own": row is None or row.owner_id == user.pk,
        "uses": [view for view in list_uses(row) if view.owner_id == user.pk or view.is_shared]
        if row
        else [],
        "told": told,
        "is_asked": is_asked,
        "draft": draft,
    }
    if edition is not None:
        context |= builder_context(draft, user, edition, timezone.localdate())
    part = getattr(request, "htmx", False)
    return render(
        request, "group_builder.html" if part else "group.html", context, status=400 if told else 200
    )
