"""标准 as they are read: revisions, words, documents, history, differences, the strategy board."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from keceng.api import standards_effects_shapes as weighed
from keceng.api import standards_shapes as shapes
from keceng.api.bearer import caller
from keceng.api.customers_telling import words
from keceng.api.operations import asks
from keceng.api.paging import Page, Turned, page_of_list, page_of_rows
from keceng.api.problems import absent
from keceng.api.standards_telling import tell_board, tell_opinion, tell_revision, tell_words
from keceng.api.words import Line, Number, RowNumber
from keceng.desk.standards.board import read_board
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.queries import (
    compare_revisions,
    find_by_id,
    list_history,
    list_revisions,
    look_over,
)
from keceng.desk.standards.reading import put_in_words
from keceng.desk.standards.starting import list_starts
from keceng.desk.standards.states import Step
from keceng.desk.tokens.scopes import Scope

router = Router(tags=["standards"])


def find_row(revision_id: int) -> StandardRevision:
    """The revision of the address.

    Raises:
        KecengError: there is none.
    """
    row = find_by_id(revision_id)
    if row is None:
        raise absent()
    return row


@router.get("", **asks(Scope.STANDARDS_READ, Page[shapes.Revision]))
def list_standards(request: HttpRequest, turn: Turned, standard_id: Line = "") -> Page[shapes.Revision]:
    """全部修订版。Every revision, or those of one standard, the newest first."""
    rows = StandardRevision.objects.select_related("author", "reviewer", "approver")
    wanted = rows.filter(standard_id=standard_id) if standard_id else rows
    found, following = page_of_rows(request, turn, wanted, ["-id"])
    today = timezone.localdate()
    return Page(items=[tell_revision(row, today) for row in found], next_cursor=following)


@router.get("/starts", **asks(Scope.STANDARDS_READ, Page[shapes.Start]))
def list_standard_starts(request: HttpRequest, turn: Turned) -> Page[shapes.Start]:
    """可用的模板。What a draft can start from."""
    found, following = page_of_list(request, turn, list(list_starts().items()), lambda item: item[0])
    starts = [shapes.Start(start=start, title=words(title)) for start, title in found]
    return Page(items=starts, next_cursor=following)


@router.get("/strategy", **asks(Scope.STANDARDS_READ, weighed.Board))
def read_strategy(request: HttpRequest, of: RowNumber | None = None) -> weighed.Board:
    """策略板。The strategies in force, or of one revision."""
    row = find_row(of) if of is not None else None
    return tell_board(read_board(caller(request), timezone.localdate(), row))


@router.get("/{revision_id}", **asks(Scope.STANDARDS_READ, shapes.RevisionWhole))
def read_standard(request: HttpRequest, revision_id: Number) -> shapes.RevisionWhole:
    """修订版的白话与意见。A revision in words, and what is to be said of it."""
    del request
    row = find_row(revision_id)
    opinion = look_over(row.yaml_bytes)
    return shapes.RevisionWhole(
        revision=tell_revision(row, timezone.localdate()),
        opinion=tell_opinion(opinion),
        words=tell_words(put_in_words(opinion.standard)) if opinion.standard else None,
    )


@router.get("/{revision_id}/history", **asks(Scope.STANDARDS_READ, Page[shapes.Event]))
def list_events(request: HttpRequest, revision_id: Number, turn: Turned) -> Page[shapes.Event]:
    """谁做了什么。Who did what with the standard, the latest first."""
    events = list(list_history(find_row(revision_id).standard_id))[::-1]
    found, following = page_of_list(request, turn, events, lambda event: event.pk)
    told = [
        shapes.Event(
            revision=event.revision.revision,
            step=event.step,
            told=words(Step(event.step).wording),
            by=event.by.username,
            at=event.at,
            why=event.why,
        )
        for event in found
    ]
    return Page(items=told, next_cursor=following)


@router.get("/{revision_id}/changes", **asks(Scope.STANDARDS_READ, Page[shapes.Change]))
def list_changes(
    request: HttpRequest,
    revision_id: Number,
    turn: Turned,
    against: RowNumber | None = None,
) -> Page[shapes.Change]:
    """与另一版的差异。What changed from another revision of the standard, the one before it if none is named."""
    row = find_row(revision_id)
    others = [other for other in list_revisions(row.standard_id) if other.pk != row.pk]
    chosen = [other for other in others if other.pk == against]
    if against is not None and not chosen:
        raise absent()
    earlier = [other for other in others if other.revision < row.revision]
    old = next(iter(chosen or earlier[::-1]), None)
    changes = [c for c in compare_revisions(old, row) if c.path != "revision"] if old else []
    found, following = page_of_list(request, turn, list(enumerate(changes)), lambda item: item[0])
    told = [shapes.Change(path=c.path, told=words(c.words), can_move=c.can_move) for _, c in found]
    return Page(items=told, next_cursor=following)
