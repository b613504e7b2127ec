"""What lies on the desks of the demo company: a standard in force and one in review, an appeal, overrides, a review, visits."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from keceng.desk.directory.actions import follow_published_run
from keceng.desk.directory.scope import visible_entries
from keceng.desk.jobs.schedules import schedule
from keceng.desk.jobs.states import Every, JobKind
from keceng.desk.people.duties import Role
from keceng.desk.people.models import User
from keceng.desk.runs.actions import approve_request, ask_for_class, open_appeal, open_review
from keceng.desk.showroom.people import let_in
from keceng.desk.signature import Signature
from keceng.desk.standards.actions import approve, create_draft, publish, submit_for_review
from keceng.desk.standards.simulation import simulate_revision
from keceng.desk.standards.starting import PUBLISHED, start_draft
from keceng.desk.visits.actions import VisitLog, log_visit
from keceng.loop import Workspace
from keceng.standard import template_text

STANDARD, BEST = "retail", "A"
_HALF_A_YEAR = dt.timedelta(days=180)


@dataclass(frozen=True, slots=True)
class _Office:
    """The demo company's workspace and people, on a day."""

    workspace: Workspace
    people: Mapping[Role, User]
    now: dt.datetime

    def sign(self, role: Role, why: str = "") -> Signature:
        return Signature(self.people[role], self.now, why)

    def customers_of(self, role: Role, *, below: str = "") -> list[int]:
        """The graded customers somebody owns, the greatest first; those who are not in the class `below`."""
        seen = visible_entries(self.people[role]).exclude(owner="").exclude(grade__in=("", below))
        return list(seen.order_by("-spend", "customer_key").values_list("customer_key", flat=True)[:20])


def furnish(workspace: Workspace, password: str, *, at: dt.datetime) -> None:
    """Let the people of the demo company in and do on their behalf what a month brings; the desk must be empty.

    Raises:
        KecengError: the desk has users already, or nothing is published.
    """
    people = let_in(password, at=at)
    follow_published_run(workspace.lake, at=at)
    office = _Office(workspace, people, at)
    _settle_standards(office)
    _ask_about_grades(office)
    open_review(
        due_on=at.date() + dt.timedelta(days=7), signed=office.sign(Role.SALES_DIRECTOR), lake=workspace.lake
    )
    _visit(office)
    monthly = {"standard_id": STANDARD}
    schedule(JobKind.CLASSIFY, monthly, every=Every.MONTH, on_day=1, signed=office.sign(Role.SALES_DIRECTOR))


def _settle_standards(office: _Office) -> None:
    """The published ruler comes into force; a stricter one waits for the director."""
    lake, marketing = office.workspace.lake, office.sign(Role.MARKETING_MANAGER)
    row = start_draft(PUBLISHED, "", signed=marketing)
    submit_for_review(row.pk, signed=marketing)
    impact = simulate_revision(row, lake)
    approve(row.pk, impact=impact, signed=office.sign(Role.SALES_DIRECTOR, "影响单看过, 同意"), lake=lake)
    publish(
        row.pk, effective_from=office.now.date(), signed=office.sign(Role.SALES_DIRECTOR, "发布"), lake=lake
    )
    stricter = template_text(STANDARD).replace("purchase_days >= 3", "purchase_days >= 4")
    submit_for_review(create_draft(stricter.encode(), signed=marketing).pk, signed=marketing)


def _ask_about_grades(office: _Office) -> None:
    """An appeal to be answered, an override in force and one that waits."""
    lake = office.workspace.lake
    as_of = office.workspace.run_summary().as_of
    mine = office.customers_of(Role.SALES_REP, below=BEST)
    open_appeal(mine[0], signed=office.sign(Role.SALES_REP, "客户下月有一笔框架订单, 请重新考虑"), lake=lake)
    wanted = ask_for_class(
        mine[1],
        BEST,
        expires_on=as_of + _HALF_A_YEAR,
        signed=office.sign(Role.SALES_REP, "新签年度合作, 首批已发货"),
        lake=lake,
    )
    approve_request(wanted.pk, signed=office.sign(Role.SALES_DIRECTOR, "同意, 半年后复核"), lake=lake)
    ask_for_class(
        office.customers_of(Role.ACCOUNT_MANAGER, below=BEST)[0],
        BEST,
        expires_on=as_of + _HALF_A_YEAR,
        signed=office.sign(Role.ACCOUNT_MANAGER, "集团统采, 明年量会翻倍"),
        lake=lake,
    )


def _visit(office: _Office) -> None:
    """Two contacts of this week."""
    today = office.now.date()
    for role, said in (
        (Role.SALES_REP, "看了新品, 下周报价"),
        (Role.ACCOUNT_MANAGER, "谈了明年的框架, 要账期 60 天"),
    ):
        customer = office.customers_of(role)[0]
        told = VisitLog(
            uuid.uuid4().hex, customer, "interested", content=said, next_on=today + dt.timedelta(days=7)
        )
        log_visit(told, signed=office.sign(role), today=today)
