"""What stands on the desk of the browser tests' company before anybody looks."""

from __future__ import annotations

import datetime as dt
import uuid

from keceng.desk.directory.actions import follow_published_run, give_owner_name
from keceng.desk.directory.scope import visible_entries
from keceng.desk.jobs.schedules import schedule
from keceng.desk.jobs.states import Every, JobKind
from keceng.desk.people.actions import create_first_administrator, create_user, grant_role, rename_user
from keceng.desk.people.models import User
from keceng.desk.runs.actions import open_appeal, open_review
from keceng.desk.signature import Signature
from keceng.desk.standards.actions import approve, publish, submit_for_review
from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.simulation import simulate_revision
from keceng.desk.standards.starting import PUBLISHED, start_draft
from keceng.desk.visits.actions import VisitLog, log_visit
from keceng.loop import Workspace
from tests.browser.company import OWNER_NAMES, PASSWORD, PEOPLE


def set_to_work(workspace: Workspace) -> None:
    """People, owners, a standard in force and one in review, a review, an appeal, a visit, a schedule."""
    now = dt.datetime.now(dt.UTC)
    _let_in(now)
    follow_published_run(workspace.lake, at=now)
    for name, owner in OWNER_NAMES.items():
        give_owner_name(_user(name), owner, signed=_sign("guan"))
    _put_a_standard_in_force(workspace)
    submit_for_review(start_draft("b2b", "", signed=_sign("mei")).pk, signed=_sign("mei"))
    start_draft("vip", "", signed=_sign("cai"))
    open_appeal(_customers("rui")[0], signed=_sign("rui", "客户说下月有一笔大单"), lake=workspace.lake)
    open_review(due_on=now.date() + dt.timedelta(days=14), signed=_sign("dong"), lake=workspace.lake)
    said = VisitLog(uuid.uuid4().hex, _customers("an")[0], "interested", content="谈了新一年的框架")
    log_visit(said, signed=_sign("an"), today=now.date())
    schedule(JobKind.CLASSIFY, {"standard_id": "retail"}, every=Every.MONTH, on_day=1, signed=_sign("dong"))


def _let_in(now: dt.datetime) -> None:
    first, *others = PEOPLE
    root = create_first_administrator(first, PASSWORD, at=now)
    rename_user(root, PEOPLE[first][0], signed=Signature(root, now))
    for name in others:
        shown, role = PEOPLE[name]
        user = create_user(name, signed=Signature(root, now), display_name=shown, password=PASSWORD)
        grant_role(user, role, signed=Signature(root, now))


def _put_a_standard_in_force(workspace: Workspace) -> StandardRevision:
    row = start_draft(PUBLISHED, "", signed=_sign("mei"))
    submit_for_review(row.pk, signed=_sign("mei"))
    impact = simulate_revision(row, workspace.lake)
    approve(row.pk, impact=impact, signed=_sign("dong", "影响单看过"), lake=workspace.lake)
    today = dt.datetime.now(dt.UTC).date()
    return publish(row.pk, effective_from=today, signed=_sign("dong", "发布"), lake=workspace.lake)


def _customers(name: str) -> list[int]:
    """Whom somebody sees, the best first."""
    seen = visible_entries(_user(name)).order_by("-spend", "customer_key")
    return list(seen.values_list("customer_key", flat=True))


def _user(name: str) -> User:
    return User.objects.get(username=name)


def _sign(name: str, why: str = "") -> Signature:
    return Signature(_user(name), dt.datetime.now(dt.UTC), why)
