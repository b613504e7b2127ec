"""升降级评审: opened, decided row by row, closed, and written down."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keceng.desk.opening import served_workspace
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import may, require_duty
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
from keceng.desk.runs.board import find_review, read_lines, visible_items
from keceng.desk.runs.models import Review, ReviewItem
from keceng.desk.runs.queries import list_reviews
from keceng.lake import Lake
from keceng.vocabulary import KecengError
from keceng.web.frame.parsing import read_day, refusal_status, sentences
from keceng.web.frame.people import signature, signed_in
from keceng.web.frame.templatetags.words import page_language
from keceng.web.reviews.screen import Refusal, list_screen, review_screen

_FILES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@require_http_methods(["GET", "HEAD", "POST"])
def reviews(request: HttpRequest) -> HttpResponse:
    """Every review, and a new one for the published run."""
    user, told, status = signed_in(request), list[str](), 200
    if request.method == "POST":
        try:
            require_duty(user, Duty.CLOSE_REVIEWS)
            due_on = read_day(request.POST.get("due_on", ""))
            opened = open_review(due_on=due_on, signed=signature(request), lake=_lake())
        except KecengError as error:
            told, status = sentences(error), refusal_status(error)
        else:
            return redirect("review", opened.pk)
    screen = list_screen(list_reviews(), user, timezone.localdate())
    return render(request, "reviews.html", {**screen, "told": told}, status=status)


@require_safe
def review(request: HttpRequest, review_id: int) -> HttpResponse:
    """One list: moves, appeals and classes by hand that expire."""
    return _page(request, _find(review_id))


@require_POST
def decide(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """The verdict on one row; the row alone comes back to a page that swaps it in."""
    user, found = signed_in(request), _find(review_id)
    item = visible_items(found, user).filter(pk=item_id).first()
    if item is None:
        raise Http404
    refusal = None
    try:
        _decide(request, item)
    except KecengError as error:
        refusal = Refusal(item_id, sentences(error), refusal_status(error), request.POST.dict())
    if getattr(request, "htmx", False):
        return _row(request, found, item_id, refusal)
    if refusal:
        return _page(request, found, refusal)
    return redirect(f"{_address(request, found)}#item-{item_id}")


@require_POST
def agree_rest(request: HttpRequest, review_id: int) -> HttpResponse:
    """Agree to whatever move or expiry is undecided, of the customers one may see."""
    found = _find(review_id)
    agree_to_rest(
        found.pk, signed=signature(request), only=visible_items(found, signed_in(request)).order_by()
    )
    return redirect(_address(request, found))


@require_POST
def close(request: HttpRequest, review_id: int) -> HttpResponse:
    """Close it: what was decided is told to the lake, what was not takes the system's class."""
    found = _find(review_id)
    try:
        written = request.POST.get("next_review_on", "")
        until = read_day(written) if written else None
        close_review(found.pk, signed=signature(request), lake=_lake(), next_review_on=until)
    except KecengError as error:
        # The lake may refuse what the review has decided; then it is closed all the same.
        found.refresh_from_db()
        return _page(request, found, Refusal(None, sentences(error), refusal_status(error), {}))
    return redirect("review", found.pk)


@require_safe
def minutes(request: HttpRequest, review_id: int, ending: str) -> HttpResponse:
    """The minutes as a workbook or a Word document, in the language of the page, of the customers one may see."""
    found = _find(review_id)
    if ending not in _FILES:
        raise Http404
    if not may(signed_in(request), Duty.DECIDE_REVIEWS):
        raise Http404
    name = f"review-{found.as_of}.{ending}"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        seen = visible_items(found, signed_in(request))
        write_minutes(found.pk, file, language=page_language(), lake=_lake(), only=seen)
        content = file.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=_FILES[ending], headers=headers)


def _decide(request: HttpRequest, item: ReviewItem) -> None:
    signed = signature(request, request.POST.get("why", "")[:500])
    match request.POST.get("verdict"):
        case "agree":
            agree(item.pk, signed=signed)
        case "postpone":
            postpone(item.pk, signed=signed)
        case "undo":
            undo(item.pk, signed=signed)
        case "adjust":
            expires_on = read_day(request.POST.get("expires_on", ""))
            adjust(
                item.pk,
                request.POST.get("class_id", ""),
                expires_on=expires_on,
                signed=signed,
                lake=_lake(),
            )
        case other:
            raise KecengError.of(
                "unknown_verdict", f"没有这种决定：{other}", f"there is no such verdict: {other}"
            )


def _page(request: HttpRequest, found: Review, refusal: Refusal | None = None) -> HttpResponse:
    user, today = signed_in(request), timezone.localdate()
    screen = review_screen(found, user, request.GET, today)
    pages = Paginator(screen.items, screen.page_rows)
    rows = pages.get_page(request.GET.get("page"))
    context = {
        **screen.context,
        "rows": rows,
        "lines": read_lines(rows.object_list, screen.classes, user),
        "refusal": refusal,
    }
    return render(request, "review.html", context, status=refusal.status if refusal else 200)


def _row(request: HttpRequest, found: Review, item_id: int, refusal: Refusal | None) -> HttpResponse:
    # The answer is swapped in whatever it says, so that a refusal stands in its row.
    user = signed_in(request)
    screen = review_screen(found, user, request.GET, timezone.localdate())
    (line,) = read_lines(visible_items(found, user).filter(pk=item_id), screen.classes, user)
    context = {**screen.context, "line": line, "refusal": refusal, "is_part": True}
    return render(request, "review_row.html", context)


def _find(review_id: int) -> Review:
    found = find_review(review_id)
    if found is None:
        raise Http404
    return found


def _address(request: HttpRequest, found: Review) -> str:
    asked = request.GET.urlencode()
    return reverse("review", args=[found.pk]) + (f"?{asked}" if asked else "")


def _lake() -> Lake:
    return served_workspace(settings.WORKSPACE).lake
