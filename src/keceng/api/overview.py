"""总览 in figures, and who the token acts for."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from keceng.api.bearer import token_of
from keceng.api.customers_shapes import CustomerLine
from keceng.api.customers_telling import tell_line
from keceng.api.operations import asks
from keceng.api.words import Cents
from keceng.desk.directory import overview
from keceng.desk.people.queries import roles_of
from keceng.desk.tokens.scopes import Scope

router = Router(tags=["overview"])


class Me(Schema):
    """令牌代表谁，能做什么。For whom the token acts, and what it may."""

    username: str
    shown_name: str
    roles: list[str]
    owner_names: list[str]
    token_name: str
    scopes: list[str]
    expires_at: dt.datetime


class ClassCard(Schema):
    """一级的户数、销售与变化。A class: heads, sales, change of heads."""

    class_id: str
    heads: int
    earlier_heads: int
    change: int
    spend_cents: Cents
    share: float = Field(description="of the positive sales · 占正销售额")


class Flow(Schema):
    """等级之间的户数。Heads from class to class."""

    source: str
    target: str
    heads: int


class Figures(Schema):
    """已发布结果的数字。The figures of the published run."""

    run_id: str
    earlier_run_id: str | None
    as_of: dt.date
    standard_id: str
    revision: int
    everybody: int
    classified: int
    provisional: int
    excluded: int
    insufficient: int
    classes: list[ClassCard]
    up: int
    down: int
    falls: list[CustomerLine]
    at_risk_cents: Cents
    overdue_cents: Cents | None
    flows: list[Flow]
    waiting_appeals: int
    waiting_requests: int
    waiting_standards: int
    open_review_id: int | None
    review_undecided: int


class Overview(Schema):
    """总览；首次分级前为空。Figures of the customers one may see; null before the first run."""

    figures: Figures | None


@router.get("/me", **asks(None, Me))
def read_me(request: HttpRequest) -> Me:
    """令牌代表谁。Who the token acts for."""
    token = token_of(request)
    user = token.user
    return Me(
        username=user.username,
        shown_name=user.shown_name,
        roles=sorted(role.value for role in roles_of(user)),
        owner_names=sorted(user.owner_names.values_list("owner", flat=True)),
        token_name=token.name,
        scopes=sorted(scope.value for scope in token.granted),
        expires_at=token.expires_at,
    )


@router.get("/overview", **asks(Scope.CUSTOMERS_READ, Overview))
def read_overview(request: HttpRequest) -> Overview:
    """总览。The first screen in figures."""
    found = overview.read_overview(token_of(request).user)
    return Overview(figures=_tell(found) if found else None)


def _tell(found: overview.Overview) -> Figures:
    edition = found.edition
    return Figures(
        run_id=edition.run_id,
        earlier_run_id=edition.earlier_run_id or None,
        as_of=edition.as_of,
        standard_id=edition.standard_id,
        revision=edition.revision,
        everybody=found.everybody,
        classified=found.classified,
        provisional=found.provisional,
        excluded=found.excluded,
        insufficient=found.insufficient,
        classes=[_card(card) for card in found.cards],
        up=found.up,
        down=found.down,
        falls=[tell_line(entry) for entry in found.falls],
        at_risk_cents=found.at_risk,
        overdue_cents=found.overdue,
        flows=[Flow(source=f.source, target=f.target, heads=f.heads) for f in found.flows],
        waiting_appeals=found.waiting_appeals,
        waiting_requests=found.waiting_requests,
        waiting_standards=found.waiting_standards,
        open_review_id=found.review.pk if found.review else None,
        review_undecided=found.review_undecided,
    )


def _card(card: overview.ClassCard) -> ClassCard:
    count = card.count
    return ClassCard(
        class_id=count.class_id,
        heads=count.heads,
        earlier_heads=count.earlier_heads,
        change=card.change,
        spend_cents=count.spend,
        share=card.share,
    )
