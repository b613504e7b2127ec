"""转交: customers come to another owner, and back on the same day."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field, StringConstraints

from keceng.api.bearer import caller, signed_by
from keceng.api.customers_shapes import CustomersAsked
from keceng.api.customers_telling import read_asked
from keceng.api.jobs_shapes import JobTold, tell_job
from keceng.api.operations import asks, once
from keceng.api.paging import Page, Turned, page_of_list, page_of_rows
from keceng.api.words import Line, Number, Reason, key_of
from keceng.api.workspace import served
from keceng.desk.directory.scope import current_edition
from keceng.desk.directory.tiers import read_tiers
from keceng.desk.ownership.actions import Order, deliver_hand_overs, hand_over, undo_hand_over
from keceng.desk.ownership.choosing import Chosen, list_receivers
from keceng.desk.ownership.large import MOST_AT_ONCE, ask_for_hand_over, find_job
from keceng.desk.ownership.models import HandOver
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.tokens.scopes import Scope
from keceng.vocabulary import KecengError

router = Router(tags=["hand-overs"])
Key = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,19}$")]


class ReceiverTold(Schema):
    """可以转交给谁。An owner to whom customers may go."""

    owner: str
    username: str | None


class HandOverWanted(Schema):
    """转交：点名的客户，或一个名单的全部。Named customers, or everything that a list asks for."""

    receiver: Line
    customer_keys: list[Key] = Field([], max_length=1000, description="none means the list · 不写即整个名单")
    asked: CustomersAsked = Field(default_factory=lambda: CustomersAsked.model_validate({}))
    expected: int = Field(ge=1, description="how many these are, as `customers` lists them · 确认的户数")
    why: Reason


class HandOverTold(Schema):
    """一次转交。A hand-over; more than a thousand customers are a job."""

    id: int
    owner: str
    customers: int
    state: str
    why: str
    at: dt.datetime
    job: JobTold | None


@router.get("", **asks(Scope.CUSTOMERS_READ, Page[HandOverTold]))
def list_own_hand_overs(request: HttpRequest, turn: Turned) -> Page[HandOverTold]:
    """自己做的转交。One's own hand-overs, the newest first."""
    require_duty(caller(request), Duty.HAND_OVER)
    rows = HandOver.objects.filter(by=caller(request))
    found, following = page_of_rows(request, turn, rows, ["-id"])
    return Page(items=[_tell(row) for row in found], next_cursor=following)


@router.get("/receivers", **asks(Scope.CUSTOMERS_READ, Page[ReceiverTold]))
def list_all_receivers(request: HttpRequest, turn: Turned) -> Page[ReceiverTold]:
    """可以转交给谁。To whom one may hand customers over."""
    require_duty(caller(request), Duty.HAND_OVER)
    receivers = list_receivers(caller(request))
    found, following = page_of_list(request, turn, receivers, lambda receiver: receiver.owner)
    told = [ReceiverTold(owner=r.owner, username=r.user.username if r.user else None) for r in found]
    return Page(items=told, next_cursor=following)


@router.post("", **asks(Scope.CUSTOMERS_WRITE, HandOverTold, 201))
@once
def hand_customers_over(request: HttpRequest, body: HandOverWanted) -> Status[HandOverTold]:
    """转交客户。Give customers to another owner; lists and scopes follow at once."""
    order, today = _order(body), timezone.localdate()
    signed = signed_by(request, body.why)
    if body.expected > MOST_AT_ONCE:
        job = ask_for_hand_over(order, signed=signed, today=today)
        made = HandOver.objects.get(pk=job.arguments["hand_over"])
    else:
        made = hand_over(order, signed=signed, today=today, lake=served().lake)
        _deliver()
    return Status(201, _tell(made))


@router.post("/{hand_over_id}/undo", **asks(Scope.CUSTOMERS_WRITE, HandOverTold))
@once
def take_back(request: HttpRequest, hand_over_id: Number) -> HandOverTold:
    """当天撤回。Take it back on its own day."""
    made = undo_hand_over(hand_over_id, signed=signed_by(request), today=timezone.localdate())
    _deliver()
    return _tell(made)


def _order(body: HandOverWanted) -> Order:
    edition = current_edition()
    asked = read_asked(body.asked, list(read_tiers(edition)) if edition else [])
    keys = frozenset(key_of(key) for key in body.customer_keys)
    return Order(body.receiver, Chosen(keys, asked, timezone.localdate()), body.expected)


def _deliver() -> None:
    try:
        deliver_hand_overs(served().lake, at=timezone.now())
    except KecengError as error:
        # Somebody else writes to the lake; the worker tells it later.
        if error.problems[0].code != "workspace_busy":
            raise


def _tell(row: HandOver) -> HandOverTold:
    job = find_job(row)
    return HandOverTold(
        id=row.pk,
        owner=row.owner,
        customers=row.customers,
        state=row.state,
        why=row.why,
        at=row.at,
        job=tell_job(job) if job else None,
    )
