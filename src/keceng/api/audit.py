"""审计: who did what, and whether the chain that tells of it is whole."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from keceng.api.bearer import caller
from keceng.api.customers_telling import words
from keceng.api.operations import asks
from keceng.api.paging import Page, Turned, page_of_rows
from keceng.api.words import Words
from keceng.desk.audit.actions import seal_rows
from keceng.desk.audit.models import AuditRow
from keceng.desk.audit.queries import check_chain, count_sealed
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.tokens.scopes import Scope

router = Router(tags=["audit"])


class RowTold(Schema):
    """一条记录。One thing that somebody did."""

    id: int
    at: dt.datetime
    by: str
    action: str
    told: Words
    about: str
    about_id: str
    why: str
    old: dict[str, Any]
    new: dict[str, Any]


class ChainFault(Schema):
    """断开的一环。A place at which the chain does not hold."""

    position: int
    told: Words


class Chain(Schema):
    """审计链是否完整。Whether the chain is whole."""

    is_whole: bool
    links: int
    faults: list[ChainFault]


@router.get("", **asks(Scope.AUDIT_READ, Page[RowTold]))
def list_audit(request: HttpRequest, turn: Turned) -> Page[RowTold]:
    """审计记录。What people did, the newest first."""
    require_duty(caller(request), Duty.MANAGE_USERS)
    found, following = page_of_rows(request, turn, AuditRow.objects.all(), ["-id"])
    return Page(items=[_tell(row) for row in found], next_cursor=following)


@router.get("/chain", **asks(Scope.AUDIT_READ, Chain))
def read_chain(request: HttpRequest) -> Chain:
    """审计链检查。Whether a sealed row was changed or removed."""
    require_duty(caller(request), Duty.MANAGE_USERS)
    seal_rows(settings.WORKSPACE, at=timezone.now())
    faults = check_chain(settings.WORKSPACE)
    told = [ChainFault(position=fault.position, told=words(fault.told)) for fault in faults]
    return Chain(is_whole=not told, links=count_sealed(), faults=told)


def _tell(row: AuditRow) -> RowTold:
    return RowTold(
        id=row.pk,
        at=row.at,
        by=row.by,
        action=row.action,
        told=words(row.told),
        about=row.about,
        about_id=row.about_id,
        why=row.why,
        old=row.old,
        new=row.new,
    )
