"""Pages by cursor: a list goes on after the last row that was given, whatever came or went before it meanwhile.

A cursor is opaque and signed. It names the list as it was asked for and the key of its last row, never a personal value, so
that it may stand in an address.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from keceng.desk.directory.listing import Listing
from keceng.desk.directory.models import Entry
from keceng.vocabulary import KecengError, Text

MOST_ROWS = 200
_SALT = "keceng.api.paging"
Row = TypeVar("Row")
Kept = TypeVar("Kept", bound=Model)


class Turn(Schema):
    """列表的哪一页。Which page of a list."""

    cursor: str = Field("", max_length=500, description="`next_cursor` of the page before · 上一页给出的游标")
    limit: int = Field(50, ge=1, le=MOST_ROWS, description="rows of a page · 每页行数")


Turned = Annotated[Turn, Query()]


class Page(Schema, Generic[Row]):
    """列表的一页。A page of a list."""

    items: list[Row]
    next_cursor: str | None = Field(
        description="of the page after this one; null at the end · 下一页；末页为空"
    )


def page_of_rows(
    request: HttpRequest, turn: Turn, rows: QuerySet[Kept], order: Sequence[str]
) -> tuple[list[Kept], str | None]:
    """The rows of a page and the cursor of the next, in the order of `order`, whose last name is unique.

    Args:
        request: as it was asked.
        turn: which page.
        rows: all that are asked for.
        order: field names, `-` before those that descend; none is ever unknown.

    Raises:
        KecengError: the cursor is no cursor of this list, or outdated.
    """
    ordered = rows.order_by(*order)
    if turn.cursor:
        _, key = _open(request, turn.cursor)
        last = rows.model._default_manager.filter(pk=key).first()  # noqa: SLF001  Django's documented way
        if last is None:
            raise _outdated()
        ordered = ordered.filter(_after(order, last))
    found = list(ordered[: turn.limit + 1])
    return found[: turn.limit], _next(request, turn, found, lambda row: row.pk)


def page_of_customers(
    request: HttpRequest, turn: Turn, entries: Listing, *, edition: int
) -> tuple[list[Entry], str | None]:
    """The same of customers of one edition; of another edition a cursor is outdated, for everybody's figures are new.

    Raises:
        KecengError: the cursor is no cursor of this list, or outdated.
    """
    start: int | None = 0
    if turn.cursor:
        of, key = _open(request, turn.cursor)
        start = entries.place_after(int(key)) if of == edition else None
        if start is None:
            raise _outdated()
    found = entries[start : (start or 0) + turn.limit + 1]
    return found[: turn.limit], _next(request, turn, found, lambda entry: entry.customer_key, edition)


def page_of_list(
    request: HttpRequest, turn: Turn, rows: Sequence[Row], key: Callable[[Row], str | int]
) -> tuple[list[Row], str | None]:
    """The same of a list that is at hand; `key` tells its rows apart.

    Raises:
        KecengError: the cursor is no cursor of this list, or its row is gone.
    """
    start = 0
    if turn.cursor:
        _, last = _open(request, turn.cursor)
        places = [place for place, row in enumerate(rows) if key(row) == last]
        if not places:
            raise _outdated()
        start = places[0] + 1
    found = list(rows[start : start + turn.limit + 1])
    return found[: turn.limit], _next(request, turn, found, key)


def _next(
    request: HttpRequest, turn: Turn, found: Sequence[Row], key: Callable[[Row], str | int], of: int = 0
) -> str | None:
    if len(found) <= turn.limit:
        return None
    return signing.dumps([_asked(request), of, key(found[turn.limit - 1])], salt=_SALT)


def _open(request: HttpRequest, cursor: str) -> tuple[int, str | int]:
    try:
        asked, of, key = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        asked, of, key = None, 0, 0
    if asked != _asked(request):
        raise KecengError.of(
            "bad_cursor",
            "这不是此列表的游标",
            "this is no cursor of this list",
            remedy=Text("其他参数与上一页保持一致", "leave the other parameters as they were"),
        )
    return of, key


def _asked(request: HttpRequest) -> str:
    # A filter may hold a name: the cursor has its hash alone.
    told = sorted((name, text) for name, text in request.GET.items() if name not in {"cursor", "limit"})
    return signing.Signer(salt=_SALT).signature(f"{request.path} {told}")


def _outdated() -> KecengError:
    return KecengError.of(
        "cursor_outdated",
        "列表已换新，游标不再有效",
        "the list has been replaced; the cursor leads nowhere any more",
        remedy=Text("从第一页重新读取", "read it again from its first page"),
    )


def _after(order: Sequence[str], last: Model) -> Q:
    found, equal = Q(pk__in=[]), Q()
    for name in order:
        field, stands = name.lstrip("-"), getattr(last, name.lstrip("-"))
        found |= equal & Q(**{f"{field}__{'lt' if name.startswith('-') else 'gt'}": stands})
        equal &= Q(**{field: stands})
    return found
