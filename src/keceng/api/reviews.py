"""升降级评审: opened, decided item by item, closed, and written down."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field

from keceng.api.bearer import caller, signed_by
from keceng.api.customers_shapes import CustomerLine
from keceng.api.customers_telling import tell_line
from keceng.api.operations import asks, gives_file, once
from keceng.api.paging import Page, Turned, page_of_rows
from keceng.api.problems import absent, page_language
from keceng.api.words import Line, Number, Reason, Words
from keceng.api.workspace import DOCX, XLSX, as_file, served, written
from keceng.desk.directory.tiers import read_run_tiers
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import may
from keceng.desk.runs import board
from keceng.desk.runs.actions import (
    adjust,
    agree,
    agree_to_rest,
    close_review,
    open_review,
    postpone,
    undo,
    write_minutes,
)
from keceng.desk.runs.models import Review, ReviewItem
from keceng.desk.tokens.scopes import Scope
from keceng.vocabulary import KecengError

router = Router(tags=["reviews"])
_MEDIA = {"xlsx": XLSX, "docx": DOCX}


class ReviewTold(Schema):
    """一次评审。A review, and how many of its items about one's customers wait."""

    id: int
    run_id: str
    standard_id: str
    as_of: dt.date
    due_on: dt.date
    next_review_on: dt.date | None
    state: str
    opened_by: str
    closed_by: str | None
    items: int
    undecided: int


class ReviewOpened(Schema):
    """为已发布结果召集评审。A review of the published run."""

    due_on: dt.date


class ReviewClosed(Schema):
    """暂缓到哪天。Until when postponements hold."""

    next_review_on: dt.date | None = None


class ItemTold(Schema):
    """评审的一行。A line of a review."""

    id: int
    kind: str
    customer_key: str
    customer: CustomerLine | None
    from_class: str | None
    to_class: str | None
    reason: Words
    verdict: str | None
    class_id: str | None
    expires_on: dt.date | None
    why: str
    decided_by: str | None
    delivery: str | None = Field(
        description="where the decision is: arrived, waiting, refused · 决定是否已入账"
    )


class Verdict(Schema):
    """对一项的决定。What is decided of an item; `adjust` gives a class until a day."""

    verdict: Literal["agree", "postpone", "adjust", "undo"]
    why: Reason = ""
    class_id: Line = ""
    expires_on: dt.date | None = None


class Counted(Schema):
    """决定了几项。How many were decided."""

    decided: int


@router.get("", **asks(Scope.REVIEWS_READ, Page[ReviewTold]))
def list_reviews(request: HttpRequest, turn: Turned) -> Page[ReviewTold]:
    """全部评审。Every review, the newest first."""
    rows = Review.objects.select_related("opened_by", "closed_by")
    found, following = page_of_rows(request, turn, rows, ["-id"])
    return Page(items=[_tell(request, row) for row in found], next_cursor=following)


@router.post("", **asks(Scope.REVIEWS_WRITE, ReviewTold, 201))
@once
def open_new_review(request: HttpRequest, body: ReviewOpened) -> Status[ReviewTold]:
    """召集评审。Open the review of the published run."""
    row = open_review(due_on=body.due_on, signed=signed_by(request), lake=served().lake)
    return Status(201, _tell(request, row))


@router.get("/{review_id}", **asks(Scope.REVIEWS_READ, ReviewTold))
def read_review(request: HttpRequest, review_id: Number) -> ReviewTold:
    """一次评审。One review."""
    return _tell(request, _find(review_id))


@router.get("/{review_id}/items", **asks(Scope.REVIEWS_READ, Page[ItemTold]))
def list_items(
    request: HttpRequest, review_id: Number, turn: Turned, pile: Line = "", undecided: bool = False
) -> Page[ItemTold]:
    """自己能看的各项。Its items about the customers one may see; `pile`: down, up, appeal, expiry."""
    review, user = _find(review_id), caller(request)
    classes = list(read_run_tiers(review.run_id))
    items = board.narrow_items(board.visible_items(review, user), classes, pile, undecided=undecided)
    found, following = page_of_rows(request, turn, items, ["id"])
    lines = board.read_lines(found, classes, user)
    return Page(items=[_line(line) for line in lines], next_cursor=following)


@router.post("/{review_id}/items/{item_id}/verdict", **asks(Scope.REVIEWS_WRITE, ItemTold))
@once
def decide_item(request: HttpRequest, review_id: Number, item_id: Number, body: Verdict) -> ItemTold:
    """决定一项。Decide one item."""
    review, user = _find(review_id), caller(request)
    mine = board.visible_items(review, user).filter(pk=item_id)
    if not mine.exists():
        raise absent()
    _decide(request, item_id, body)
    (line,) = board.read_lines(mine, list(read_run_tiers(review.run_id)), user)
    return _line(line)


@router.post("/{review_id}/rest", **asks(Scope.REVIEWS_WRITE, Counted))
@once
def agree_rest(request: HttpRequest, review_id: Number) -> Counted:
    """其余全部同意。Agree to every undecided move and expiry of the customers one may see."""
    review = _find(review_id)
    mine = board.visible_items(review, caller(request)).order_by()
    return Counted(decided=agree_to_rest(review.pk, signed=signed_by(request), only=mine))


@router.post("/{review_id}/close", **asks(Scope.REVIEWS_WRITE, ReviewTold))
@once
def close(request: HttpRequest, review_id: Number, body: ReviewClosed) -> ReviewTold:
    """关闭评审。Close it: what was decided is told to the records."""
    review, until = _find(review_id), body.next_review_on
    row = close_review(review.pk, signed=signed_by(request), lake=served().lake, next_review_on=until)
    return _tell(request, row)


@router.get("/{review_id}/minutes/{ending}", **gives_file(Scope.REVIEWS_READ, XLSX, DOCX))
def read_minutes(request: HttpRequest, review_id: Number, ending: Literal["xlsx", "docx"]) -> HttpResponse:
    """评审纪要。The minutes, in the language of the request, of the customers one may see."""
    review, user = _find(review_id), caller(request)
    if not may(user, Duty.DECIDE_REVIEWS):
        raise absent()
    name, seen = f"review-{review.as_of}.{ending}", board.visible_items(review, user)
    content = written(
        name,
        lambda path: write_minutes(review.pk, path, language=page_language(), lake=served().lake, only=seen),
    )
    return as_file(content, name, _MEDIA[ending])


def _find(review_id: int) -> Review:
    found = board.find_review(review_id)
    if found is None:
        raise absent()
    return found


def _decide(request: HttpRequest, item_id: int, body: Verdict) -> ReviewItem:
    signed = signed_by(request, body.why)
    match body.verdict:
        case "agree":
            return agree(item_id, signed=signed)
        case "postpone":
            return postpone(item_id, signed=signed)
        case "undo":
            return undo(item_id, signed=signed)
        case "adjust":
            if body.expires_on is None:
                raise KecengError.of("bad_date", "请写到期日 expires_on", "give the last day, `expires_on`")
            until, lake = body.expires_on, served().lake
            return adjust(item_id, body.class_id, expires_on=until, signed=signed, lake=lake)


def _tell(request: HttpRequest, row: Review) -> ReviewTold:
    items = board.visible_items(row, caller(request))
    return ReviewTold(
        id=row.pk,
        run_id=row.run_id,
        standard_id=row.standard_id,
        as_of=row.as_of,
        due_on=row.due_on,
        next_review_on=row.next_review_on,
        state=row.state,
        opened_by=row.opened_by.username,
        closed_by=row.closed_by.username if row.closed_by else None,
        items=items.count(),
        undecided=items.filter(verdict="").count(),
    )


def _line(line: board.Line) -> ItemTold:
    item = line.item
    return ItemTold(
        id=item.pk,
        kind=item.kind,
        customer_key=str(item.customer_key),
        customer=tell_line(line.entry) if line.entry else None,
        from_class=item.from_class or None,
        to_class=item.to_class or None,
        reason=Words(zh=item.reason_zh, en=item.reason_en),
        verdict=item.verdict or None,
        class_id=item.class_id or None,
        expires_on=item.expires_on,
        why=item.why,
        decided_by=item.decided_by.username if item.decided_by else None,
        delivery=line.delivery.value if line.delivery else None,
    )
