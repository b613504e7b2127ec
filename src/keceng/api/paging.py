"""Pages by cursor: a list goes on after the last row that was given, whatever came or went before it meanwhile.

A cursor is opaque and signed. It names the list as it was asked for and the key of its last row, never a personal value, so
that it may stand in an address.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from django.core import signing
from django.db.models import F, Model, Q, QuerySet
from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

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
    request: HttpRequest, turn: Turn, rows: QuerySet[Kept], order: Sequence[str], *, of: int = 0
) -> tuple[list[Kept], str | None]:
    """The rows of a page and the cursor of the next, in the order of `order`, whose last name is unique.

    Args:
        request: as it was asked.
        turn: which page.
        rows: all that are asked for.
        order: field names, `-` before those that descend; unknowns come last.
        of: what the list is of; a cursor of another is outdated.

    Raises:
        KecengError: the cursor is no cursor of this list, or outdated.
    """
    ordered = rows.order_by(*(_ordering(rows, name) for name in order))
    if turn.cursor:
        stands, key = _open(request, turn.cursor)
        last = rows.model._default_manager.filter(pk=key).first() if stands == of else None  # noqa: SLF001
        if last is None:
            raise _outdated()
        ordered = ordered.filter(_after(ordered, order, last))
    found = list(ordered[: turn.limit + 1])
    return found[: turn.limit], _next(request, turn, found, lambda row: row.pk, of)


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
    return found[: turn.limit], _next(request, turn, found, key, 0)


def _next(
    request: HttpRequest, turn: Turn, found: Sequence[Row], key: Callable[[Row], str | int], of: int
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


def _ordering(rows: QuerySet[Kept], name: str) -> Any:  # noqa: ANN401  a name or an expression, as Django takes it
    if not _is_nullable(rows, name.lstrip("-")):
        return name
    field = F(name.lstrip("-"))
    return field.desc(nulls_last=True) if name.startswith("-") else field.asc(nulls_last=True)


def _is_nullable(rows: QuerySet[Kept], name: str) -> bool:
    return bool(getattr(rows.model._meta.get_field(name), "null", False))  # noqa: SLF001  Django's documented way


def _after(rows: QuerySet[Kept], order: Sequence[str], last: Model) -> Q:
    found, equal = Q(pk__in=[]), Q()
    for name in order:
        field, stands = name.lstrip("-"), getattr(last, name.lstrip("-"))
        if stands is not None:
            beyond = Q(**{f"{field}__{'lt' if name.startswith('-') else 'gt'}": stands})
            if _is_nullable(rows, field):
                beyond |= Q(**{f"{field}__isnull": True})
            found |= equal & beyond
        equal &= Q(**{f"{field}__isnull": True}) if stands is None else Q(**{field: stands})
    return found
