"""今日: the day of whoever the token acts for, contacts logged, customers put off."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field

from keceng.api.bearer import caller, signed_by
from keceng.api.customers_shapes import CustomerLine
from keceng.api.customers_telling import tell_line, words
from keceng.api.operations import asks, once
from keceng.api.problems import absent
from keceng.api.words import Cents, CustomerKey, Line, Reason, Words, key_of
from keceng.api.workspace import served
from keceng.desk.directory.scope import find_entry
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.tokens.scopes import Scope
from keceng.desk.visits.actions import VisitLog, deliver_visits, log_visit, postpone
from keceng.desk.visits.day import DayItem
from keceng.desk.visits.day import read_day as read_my_day
from keceng.desk.visits.words import Channel, Outcome
from keceng.vocabulary import KecengError

router = Router(tags=["day"])
_log = logging.getLogger(__name__)


class DayLine(Schema):
    """今日的一位客户和原因。A customer of the day, and why."""

    customer: CustomerLine
    pile: str
    why: Words
    stake_cents: Cents
    is_done: bool


class Day(Schema):
    """今日，最多十五家。The day: fifteen lines at most."""

    today: dt.date
    owner_names: list[str]
    own: int
    items: list[DayLine]


class Visited(Schema):
    """今天的一次联系。A contact of today."""

    outcome: Outcome
    channel: Channel = Channel.VISIT
    content: Annotated[Reason, Field(description="what was said · 说了什么")] = ""
    next_on: dt.date | None = None
    visit_id: Line = Field(
        "", description="32 hexadecimal digits; the same twice is one contact · 32 位十六进制"
    )


class Visit(Schema):
    """已记录的联系。A contact as it was logged; its text is not told back."""

    visit_id: str
    customer_key: str
    happened_on: dt.date
    outcome: str
    channel: str
    next_on: dt.date | None


class Delayed(Schema):
    """推迟到哪天。Put off to a later day."""

    until: dt.date


@router.get("/day", **asks(Scope.CUSTOMERS_READ, Day))
def read_day(request: HttpRequest) -> Day:
    """今日名单。One's own day."""
    found = read_my_day(caller(request), timezone.localdate())
    return Day(
        today=found.today,
        owner_names=list(found.owner_names),
        own=found.own,
        items=[_line(item) for item in found.items],
    )


@router.post("/customers/{customer_key}/visits", **asks(Scope.CUSTOMERS_WRITE, Visit, 201))
@once
def log_contact(request: HttpRequest, customer_key: CustomerKey, body: Visited) -> Status[Visit]:
    """记录联系。Log a contact of today; it enters the ledger."""
    key = _require_customer(request, customer_key)
    said = VisitLog(
        visit_id=body.visit_id or uuid.uuid4().hex,
        customer_key=key,
        outcome=body.outcome.value,
        channel=body.channel.value,
        content=body.content,
        next_on=body.next_on,
    )
    row = log_visit(said, signed=signed_by(request), today=timezone.localdate())
    _bring_to_lake()
    told = Visit(
        visit_id=row.visit_id,
        customer_key=str(row.customer_key),
        happened_on=row.happened_on,
        outcome=row.outcome,
        channel=row.channel,
        next_on=row.next_on,
    )
    return Status(201, told)


@router.post("/customers/{customer_key}/delays", **asks(Scope.CUSTOMERS_WRITE, Delayed, 201))
@once
def put_off(request: HttpRequest, customer_key: CustomerKey, body: Delayed) -> Status[Delayed]:
    """推迟联系。Put a customer off to one of the next ninety days."""
    key = _require_customer(request, customer_key)
    postpone(key, body.until, signed=signed_by(request), today=timezone.localdate())
    return Status(201, body)


def _require_customer(request: HttpRequest, customer_key: str) -> int:
    key = key_of(customer_key)
    if find_entry(caller(request), key) is None:
        raise absent()
    require_duty(caller(request), Duty.LOG_CONTACTS)
    return key


def _bring_to_lake() -> None:
    # A run may be writing to the lake for minutes; what was logged is kept, and follows by the next delivery.
    try:
        deliver_visits(served().lake, at=timezone.now())
    except KecengError as error:
        _log.warning("a logged contact waits for the lake: %s", error.problems[0].code)


def _line(item: DayItem) -> DayLine:
    return DayLine(
        customer=tell_line(item.entry),
        pile=item.why.pile.value,
        why=words(item.why.told),
        stake_cents=item.stake,
        is_done=item.is_done,
    )
