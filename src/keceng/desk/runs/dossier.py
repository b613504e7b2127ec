"""What people have asked about one customer's grade, and what somebody may ask or answer about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from keceng.desk.directory.models import Edition
from keceng.desk.directory.scope import current_edition, sees_everybody, visible_entries
from keceng.desk.directory.tiers import read_standard_of
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import may
from keceng.desk.runs.models import Appeal, ClassRequest
from keceng.desk.runs.states import AppealState, RequestKind, RequestState
from keceng.desk.runs.terms import LONGEST_MONTHS, add_months
from keceng.standard import Nomination
from keceng.vocabulary import Text

_APPEALS: Mapping[AppealState, Text] = {
    AppealState.OPEN: Text("待答复", "waits for an answer"),
    AppealState.UPHELD: Text("已支持", "upheld"),
    AppealState.REJECTED: Text("维持原级", "grade stands"),
}
_REQUESTS: Mapping[RequestState, Text] = {
    RequestState.ASKED: Text("待批准", "waits for approval"),
    RequestState.APPROVED: Text("已批准", "approved"),
    RequestState.REFUSED: Text("未批准", "refused"),
    RequestState.ENDED: Text("已提前结束", "ended early"),
}
_KINDS: Mapping[RequestKind, Text] = {
    RequestKind.OVERRIDE: Text("人工调整", "another class by hand"),
    RequestKind.NOMINATION: Text("重点客户提名", "key-account nomination"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """An appeal or a request as a page shows it.

    Attributes:
        row: an appeal, or a request for a class.
        title: what it is.
        state: where it stands, in words.
        is_open: whether it waits for an answer.
        class_id: the class contested, or the class asked for.
        can_answer: whether this user may answer it: the duty is theirs and they did not ask.
        can_end: whether it is in force and this user may end it.
    """

    row: Appeal | ClassRequest
    title: Text
    state: Text
    is_open: bool
    class_id: str
    can_answer: bool
    can_end: bool

    @property
    def is_appeal(self) -> bool:
        """Whether it is an appeal."""
        return isinstance(self.row, Appeal)

    @property
    def asked_by(self) -> User:
        """Who asked."""
        return self.row.opened_by if isinstance(self.row, Appeal) else self.row.asked_by


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything asked about a customer's grade, newest first, and what may be asked now.

    Attributes:
        asked: appeals and requests.
        may_ask: whether this user may appeal, ask for a class, or nominate.
        has_open_appeal: one at a time.
        nomination: what the standard says of nominations; None where it takes none.
        first_day, last_day: between which a class by hand ends.
    """

    asked: Sequence[Asked]
    may_ask: bool
    has_open_appeal: bool
    nomination: Nomination | None
    first_day: dt.date
    last_day: dt.date


def read_dossier(user: User, customer_key: int, edition: Edition) -> Dossier:
    """What was asked about a customer whom `user` may see."""
    appeals = Appeal.objects.filter(customer_key=customer_key).select_related("opened_by", "answered_by")
    requests = ClassRequest.objects.filter(customer_key=customer_key).select_related(
        "asked_by", "answered_by"
    )
    asked = [*tell_rows(user, appeals), *tell_rows(user, requests)]
    return Dossier(
        asked=sorted(asked, key=lambda a: (not a.is_open, -_asked_at(a).timestamp())),
        may_ask=may(user, Duty.ASK_ABOUT_GRADES),
        has_open_appeal=any(a.is_open and a.is_appeal for a in asked),
        nomination=read_standard_of(edition).nomination,
        first_day=edition.as_of,
        last_day=add_months(edition.as_of, LONGEST_MONTHS),
    )


def list_waiting(user: User) -> Sequence[Asked]:
    """Open appeals and requests about the customers whom `user` may see, oldest first."""
    appeals = Appeal.objects.filter(state=AppealState.OPEN.value).select_related("opened_by")
    requests = ClassRequest.objects.filter(state=RequestState.ASKED.value).select_related("asked_by")
    if not sees_everybody(user):
        keys = visible_entries(user).values("customer_key")
        appeals, requests = appeals.filter(customer_key__in=keys), requests.filter(customer_key__in=keys)
    return sorted([*tell_rows(user, appeals), *tell_rows(user, requests)], key=_asked_at)


def count_waiting_for(user: User) -> tuple[int, int]:
    """How many appeals and how many requests wait about the customers whom `user` may see."""
    waiting = list_waiting(user) if current_edition() else []
    appeals = sum(asked.is_appeal for asked in waiting)
    return appeals, len(waiting) - appeals


def tell_rows(user: User, rows: Iterable[Appeal | ClassRequest]) -> list[Asked]:
    """Appeals and requests as `user` sees them, and what they may do about each."""
    may_answer = may(user, Duty.APPROVE_GRADES)
    return [
        _appeal(user, row, may_answer) if isinstance(row, Appeal) else _request(user, row, may_answer)
        for row in rows
    ]


def _appeal(user: User, row: Appeal, may_answer: bool) -> Asked:
    is_open = row.state == AppealState.OPEN.value
    return Asked(
        row=row,
        title=Text("申诉", "appeal"),
        state=_APPEALS[AppealState(row.state)],
        is_open=is_open,
        class_id=row.grade,
        can_answer=is_open and may_answer and row.opened_by_id != user.pk,
        can_end=False,
    )


def _request(user: User, row: ClassRequest, may_answer: bool) -> Asked:
    is_open = row.state == RequestState.ASKED.value
    return Asked(
        row=row,
        title=_KINDS[RequestKind(row.kind)],
        state=_REQUESTS[RequestState(row.state)],
        is_open=is_open,
        class_id=row.class_id,
        can_answer=is_open and may_answer and row.asked_by_id != user.pk,
        can_end=row.state == RequestState.APPROVED.value and may_answer,
    )


def _asked_at(asked: Asked) -> dt.datetime:
    return asked.row.opened_at if isinstance(asked.row, Appeal) else asked.row.asked_at


def is_about(number: int, customer_key: int, *, is_appeal: bool) -> bool:
    """Whether the appeal or the request of this number is about this customer."""
    rows = (Appeal if is_appeal else ClassRequest).objects.filter(pk=number, customer_key=customer_key)
    return rows.exists()
