"""策略: parsed, asked, rendered."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from keceng.desk.standards.board import read_board
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.reading import owner_title
from keceng.web.frame.people import signed_in
from keceng.web.standards.page import class_looks


@require_safe
def strategy(request: HttpRequest) -> HttpResponse:
    """The board of what is in force, or of the revision that `?of=` names."""
    of = request.GET.get("of", "")
    row = StandardRevision.objects.filter(pk=int(of)).first() if of.isdecimal() and len(of) < 10 else None
    if of and row is None:
        raise Http404
    board = read_board(signed_in(request), timezone.localdate(), row)
    context: dict[str, object] = {"board": board, "of": row}
    if board is not None:
        context["tiers"] = class_looks(board.standard)
        review = board.standard.review
        context["owner"] = owner_title(review.owner) if review else None
    return render(request, "strategy.html", context)
