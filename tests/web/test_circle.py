"""Contact persons, ties and the next contact on a customer's page: masked, and nobody out of sight."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
from django.urls import reverse

from keceng.collect import CONTACTS, RELATIONS
from keceng.desk.directory.circle import read_circle
from keceng.desk.directory.models import Entry
from keceng.desk.directory.scope import find_entry
from keceng.desk.people.models import User
from keceng.desk.signature import Signature
from keceng.desk.visits.actions import VisitLog, log_visit
from keceng.desk.visits.day import read_plan
from keceng.loop import Workspace
from tests.desk.cast import NOW
from tests.web.conftest import SignIn

OWN, TIED, HIDDEN = 3, 5, 4


def write_circle(served: Workspace) -> None:
    persons = [
        {"contact_key": 1, "source": "main", "customer_key": OWN, "name": "赵大海", "title": "采购员", "buying_role": "buyer",
         "power": 2, "support": 1},
        {"contact_key": 2, "source": "main", "customer_key": OWN, "name": "孙明", "title": "总经理", "buying_role": "decider",
         "left_on": dt.date(2026, 1, 5)},
        {"contact_key": 3, "source": "main", "customer_key": HIDDEN, "name": "李四"},
    ]  # fmt: skip
    ties = [
        {"from_key": OWN, "to_key": TIED, "relation_type": "supplies"},
        {"from_key": HIDDEN, "to_key": OWN, "relation_type": "refers"},
        {"from_key": OWN, "to_key": 7, "relation_type": "knows", "since_on": dt.date(2030, 1, 1)},
    ]
    with served.lake.unit_of_work("import") as work:
        work.append(CONTACTS, pa.Table.from_pylist(persons, CONTACTS.arrow_schema))
        work.append(RELATIONS, pa.Table.from_pylist(ties, RELATIONS.arrow_schema))


def test_a_circle_is_masked_and_keeps_to_what_its_reader_sees(served: Workspace) -> None:
    write_circle(served)
    circles = {}
    for name in ("rui", "dong"):
        user = User.objects.get(username=name)
        entry = find_entry(user, OWN)
        assert entry is not None
        circles[name] = read_circle(served.lake.snapshot(), user, entry)
    assert [(p.shown_name[0], p.has_left) for p in circles["rui"].persons] == [("赵", False), ("孙", True)]
    assert "大海" not in str(circles["rui"].persons)
    assert circles["rui"].lacks_decider
    assert {(t.told.en, t.other.customer_key) for t in circles["rui"].ties} == {("supplies", TIED)}
    seen = {(t.told.en, t.other.customer_key) for t in circles["dong"].ties}
    assert seen == {("supplies", TIED), ("was referred by", HIDDEN)}


def test_the_page_names_the_circle_and_the_next_contact(served: Workspace, sign_in: SignIn) -> None:
    write_circle(served)
    page = sign_in("rui").get(reverse("customer", args=[OWN])).content.decode()
    assert "还不知道谁是决策者" in page
    assert "供货给" in page
    assert "由其介绍" not in page
    assert reverse("customer", args=[HIDDEN]) not in page


def test_the_next_contact_is_what_was_agreed_else_what_the_rhythm_says(served: Workspace) -> None:
    rui, today = User.objects.get(username="rui"), NOW.date()
    entry = find_entry(rui, OWN)
    assert entry is not None
    assert not read_plan(entry, today).is_agreed
    agreed = today + dt.timedelta(days=9)
    said = VisitLog("a" * 32, OWN, "interested", channel="visit", content="", next_on=agreed)
    log_visit(said, signed=Signature(rui, NOW), today=today)
    plan = read_plan(Entry.objects.get(pk=entry.pk), today)
    assert (plan.on, plan.is_agreed) == (agreed, True)
