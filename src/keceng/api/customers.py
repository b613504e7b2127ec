"""客户: lists, one customer, its history, sources and letter, and its persons in full."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from keceng.api.bearer import caller, signed_by
from keceng.api.customers_shapes import CustomerLine, CustomersOrdered, GradeStep, Letter, Person, Persons
from keceng.api.customers_shapes import Profile as ProfileTold
from keceng.api.customers_shapes import Sources as SourcesTold
from keceng.api.customers_telling import read_asked, tell_line, tell_profile, tell_sources, tell_step
from keceng.api.operations import asks
from keceng.api.paging import Page, Turned, page_of_customers, page_of_list
from keceng.api.problems import absent
from keceng.api.words import CustomerKey, key_of
from keceng.api.workspace import served
from keceng.desk.directory.history import read_grade_history
from keceng.desk.directory.letters import read_letter
from keceng.desk.directory.listing import Listing
from keceng.desk.directory.profile import read_profile
from keceng.desk.directory.queries import ORDERS
from keceng.desk.directory.reveal import reveal_persons
from keceng.desk.directory.scope import current_edition, find_entry
from keceng.desk.directory.sources import read_sources
from keceng.desk.directory.tiers import read_tiers
from keceng.desk.groups.selection import select_entries
from keceng.desk.tokens.scopes import Scope

router = Router(tags=["customers"])


@router.get("", **asks(Scope.CUSTOMERS_READ, Page[CustomerLine]))
def list_customers(
    request: HttpRequest, asked: Annotated[CustomersOrdered, Query()], turn: Turned
) -> Page[CustomerLine]:
    """自己能看的客户。The customers one may see, of the published run."""
    edition = current_edition()
    if edition is None:
        return Page(items=[], next_cursor=None)
    classes = list(read_tiers(edition))
    found = select_entries(caller(request), edition, read_asked(asked, classes), timezone.localdate())
    listing = Listing(found, asked.order if asked.order in ORDERS else "spend")
    rows, following = page_of_customers(request, turn, listing, edition=edition.pk)
    return Page(items=[tell_line(row) for row in rows], next_cursor=following)


@router.get("/{customer_key}", **asks(Scope.CUSTOMERS_READ, ProfileTold))
def read_customer(request: HttpRequest, customer_key: CustomerKey) -> ProfileTold:
    """客户全景。One customer: figures, why, ways up, timeline."""
    found = read_profile(served(), caller(request), key_of(customer_key))
    if found is None:
        raise absent()
    return tell_profile(found)


@router.get("/{customer_key}/history", **asks(Scope.CUSTOMERS_READ, Page[GradeStep]))
def list_history(request: HttpRequest, customer_key: CustomerKey, turn: Turned) -> Page[GradeStep]:
    """等级历史。Moves and decisions, the latest first."""
    key = key_of(customer_key)
    entry = find_entry(caller(request), key)
    if entry is None:
        raise absent()
    steps = list(enumerate(read_grade_history(served().lake.snapshot(), key, entry.edition.run_id)))
    rows, following = page_of_list(request, turn, steps, lambda row: row[0])
    return Page(items=[tell_step(step) for _, step in rows], next_cursor=following)


@router.get("/{customer_key}/sources", **asks(Scope.CUSTOMERS_READ, SourcesTold))
def read_customer_sources(request: HttpRequest, customer_key: CustomerKey) -> SourcesTold:
    """数字背后的文件和行。The files and rows under the figures."""
    found = read_sources(served().lake.snapshot(), caller(request), key_of(customer_key))
    if found is None:
        raise absent()
    return tell_sources(found)


@router.get("/{customer_key}/letter", **asks(Scope.CUSTOMERS_READ, Letter))
def read_customer_letter(
    request: HttpRequest, customer_key: CustomerKey, language: Literal["zh", "en"] = "zh"
) -> Letter:
    """给客户的说明信。The letter to the customer."""
    found = read_letter(served(), caller(request), key_of(customer_key), language)
    if found is None:
        raise absent()
    return Letter(customer_id=found.customer_id, language=found.language, text=found.text)


@router.post("/{customer_key}/persons", **asks(Scope.PERSONS_READ, Persons))
def see_persons(request: HttpRequest, customer_key: CustomerKey) -> Persons:
    """完整姓名电话。Names and telephones in full; each look is recorded, and its answer is never kept."""
    found = reveal_persons(served().lake, key_of(customer_key), signed=signed_by(request))
    if found is None:
        raise absent()
    return Persons(persons=[Person(name=p.name, phone=p.phone, title=p.title) for p in found])
