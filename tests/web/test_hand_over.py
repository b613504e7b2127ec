"""Customers change hands: lists and scopes follow at once, the lake and later runs too, and the same day takes it back."""

from __future__ import annotations

import datetime as dt
import re

import pyarrow as pa
import pytest
from django.test import Client
from django.utils import timezone

from keceng.collect import CUSTOMERS, OWNER_CHANGES
from keceng.desk.audit.models import AuditRow
from keceng.desk.directory.actions import follow_published_run, give_owner_name
from keceng.desk.directory.models import Entry
from keceng.desk.directory.queries import Wanted
from keceng.desk.directory.scope import visible_entries
from keceng.desk.groups.selection import Selection
from keceng.desk.jobs.working import carry_out_next
from keceng.desk.ownership.actions import Order, deliver_hand_overs, hand_over, undo_hand_over
from keceng.desk.ownership.choosing import Chosen, list_receivers
from keceng.desk.ownership.large import ask_for_hand_over
from keceng.desk.ownership.models import HandOver
from keceng.desk.people.actions import create_user, deactivate_user, grant_role
from keceng.desk.people.departments import create_department, limit_user, place_user
from keceng.desk.people.duties import Role
from keceng.desk.people.models import User
from keceng.desk.signature import Signature
from keceng.evaluate import simulate_standard
from keceng.loop import Workspace
from keceng.measure import catalogue
from keceng.standard import load_standard
from keceng.vocabulary import KecengError
from tests.desk.cast import APRIL, NOW, PLAIN
from tests.web.conftest import OTHER, OWN, SignIn

NEW = "/handover/new/"


def user(name: str) -> User:
    return User.objects.get(username=name)


def signed(name: str, why: str = "换人跟进", *, at: dt.datetime = NOW) -> Signature:
    return Signature(user(name), at, why)


def keys_of(owner: str) -> set[int]:
    rows = Entry.objects.filter(edition__currentedition__isnull=False, owner=owner)
    return set(rows.values_list("customer_key", flat=True))


def seen_by(name: str) -> set[int]:
    return set(visible_entries(user(name)).values_list("customer_key", flat=True))


def form_of(client: Client, address: str) -> dict[str, str | list[str]]:
    """The hidden fields of the confirmation page, as a browser would send them back."""
    told = client.get(address).content.decode()
    form = told.split('action="/handover/new/"')[1].split("</form>")[0]
    fields: dict[str, str | list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form):
        if name == "keys":
            kept = fields.setdefault("keys", [])
            assert isinstance(kept, list)
            kept.append(value)
        elif name != "csrfmiddlewaretoken":
            fields[name] = value
    return fields


def test_a_whole_list_goes_to_another_owner_and_comes_back_the_same_day(
    sign_in: SignIn, served: Workspace
) -> None:
    dong = sign_in("dong")
    asked = f"{NEW}?owner={OTHER}&region=华北"
    fields = form_of(dong, asked)
    moved = {key for key in keys_of(OTHER) if key % 3 == 0}
    assert fields["expected"] == str(len(moved))
    before = seen_by("rui")
    assert dong.post(NEW, {**fields, "receiver": OWN, "why": "李组换区"}).status_code == 302
    assert seen_by("rui") == before | moved
    assert f"已把 {len(moved)} 家转交给 {OWN}" in dong.get("/handover/").content.decode()
    story = sign_in("rui").get(f"/customers/{min(moved)}/").content.decode()
    assert f"{OTHER} → <b>{OWN}</b>" in story
    made = HandOver.objects.get()
    assert made.delivered_at is not None
    lake_rows = served.lake.snapshot().read(OWNER_CHANGES).to_pylist()
    assert {(r["customer_key"], r["owner"], r["stated_owner"]) for r in lake_rows} == {
        (key, OWN, OTHER) for key in moved
    }
    row = AuditRow.objects.get(action="owner.handed_over")
    assert (row.by, row.why, row.new["customers"]) == ("dong", "李组换区", len(moved))
    assert dong.post(f"/handover/{made.pk}/undo/").status_code == 302
    assert seen_by("rui") == before
    assert AuditRow.objects.filter(action="owner.hand_over_undone").count() == 1
    assert dong.post(f"/handover/{made.pk}/undo/").status_code == 400


def test_ticked_customers_go_and_no_others_and_a_changed_list_is_asked_again(sign_in: SignIn) -> None:
    dong = sign_in("dong")
    fields = form_of(dong, f"{NEW}?ticked=1&keys=2&keys=4&keys=999999&q=x")
    assert (sorted(fields["keys"]), fields["expected"]) == (["2", "4", "999999"], "2")
    assert dong.post(NEW, {**fields, "receiver": OWN, "why": "y", "expected": "3"}).status_code == 400
    assert dong.post(NEW, {**fields, "receiver": OWN, "why": ""}).status_code == 400
    assert dong.post(NEW, {**fields, "receiver": "无此人", "why": "y"}).status_code == 400
    assert not HandOver.objects.exists()
    assert dong.post(NEW, {**fields, "receiver": OWN, "why": "y"}).status_code == 302
    assert keys_of(OWN) == {1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 2, 4}
    assert "请先在列表里勾选客户" in dong.get(f"{NEW}?ticked=1").content.decode()
    assert sign_in("rui").get(NEW).status_code == 403
    assert sign_in("mei").get(NEW).status_code == 403


@pytest.mark.slow
def test_the_next_run_and_directory_know_it_and_news_in_a_file_wins(
    sign_in: SignIn, served: Workspace
) -> None:
    order = Order(OWN, Chosen(frozenset({2, 4, 6})), 3)
    hand_over(order, signed=signed("dong"), today=NOW.date(), lake=served.lake)
    # Not delivered: the directory of a run made before it arrives still shows it.
    served.classify(load_standard(PLAIN, catalogue()), APRIL)
    follow_published_run(served.lake, at=timezone.now())
    assert {2, 4, 6} <= keys_of(OWN)
    assert deliver_hand_overs(served.lake, at=timezone.now()) == 1
    assert deliver_hand_overs(served.lake, at=timezone.now()) == 0
    rows = [
        {**row, "owner": {2: OTHER, 4: "赵组"}.get(row["customer_key"], row["owner"])}
        for row in served.lake.snapshot().read(CUSTOMERS).to_pylist()
    ]
    with served.lake.unit_of_work("import") as work:
        work.merge(CUSTOMERS, pa.Table.from_pylist(rows, CUSTOMERS.arrow_schema))
    served.classify(load_standard(PLAIN, catalogue()), APRIL + dt.timedelta(days=1))
    follow_published_run(served.lake, at=timezone.now() + dt.timedelta(minutes=1))
    assert keys_of(OWN) & {2, 4, 6} == {2, 6}
    assert keys_of("赵组") == {4}
    weighed = simulate_standard(served.lake.snapshot(), load_standard(PLAIN, catalogue())).owners
    assert {line.owner: sum(line.after.values()) for line in weighed} == {
        OWN: len(keys_of(OWN)),
        OTHER: len(keys_of(OTHER)),
        "赵组": 1,
    }


def test_a_head_hands_over_within_the_department_and_sees_those_below(sign_in: SignIn) -> None:
    root = signed("root")
    for name, owner in (("xin", OTHER), ("gu", "赵组")):
        grant_role(create_user(name, signed=root), Role.SALES_REP, signed=root)
        give_owner_name(user(name), owner, signed=root)
    top = create_department("销售部", None, signed=root)
    east = create_department("华东组", top, signed=root)
    place_user(user("an"), top, is_head=True, signed=root)
    place_user(user("rui"), east, is_head=False, signed=root)
    place_user(user("xin"), east, is_head=False, signed=root)
    assert seen_by("an") == keys_of(OWN) | keys_of(OTHER)
    assert [r.owner for r in list_receivers(user("an"))] == sorted([OTHER, OWN])
    an = sign_in("an")
    assert 'id="hand-over"' in an.get("/customers/").content.decode()
    assert 'id="hand-over"' not in sign_in("rui").get("/customers/").content.decode()
    fields = form_of(an, f"{NEW}?keys=2")
    assert an.post(NEW, {**fields, "receiver": "赵组", "why": "y"}).status_code == 400
    assert an.post(NEW, {**fields, "receiver": OWN, "why": "y"}).status_code == 302
    assert 2 in seen_by("rui")
    assert 2 not in seen_by("xin")
    place_user(user("an"), top, is_head=False, signed=root)
    assert an.get(NEW).status_code == 403


def test_customers_of_a_colleague_who_left_are_one_button_away(sign_in: SignIn) -> None:
    root, dong = signed("root"), sign_in("dong")
    deactivate_user(user("rui"), signed=root)
    assert "<b>10</b> 家在离职同事名下" in dong.get("/").content.decode()
    told = dong.get("/handover/").content.decode()
    assert f"/handover/new/?owner={OWN}" in told or "/handover/new/?owner=%E7%8E%8B%E7%BB%84" in told
    assert OWN not in [r.owner for r in list_receivers(user("dong"))]
    fields = form_of(dong, f"{NEW}?owner={OWN}")
    assert fields["expected"] == "10"
    assert dong.post(NEW, {**fields, "receiver": OTHER, "why": "离职"}).status_code == 302
    assert keys_of(OWN) == set()
    assert "离职同事名下的客户" not in dong.get("/handover/").content.decode()


def test_very_many_are_a_job_that_is_done_once_and_looks_at_the_scope_anew(
    sign_in: SignIn, served: Workspace
) -> None:
    give_owner_name(user("an"), OTHER, signed=signed("root"))
    order = Order(OWN, Chosen(asked=Selection(Wanted(owner=OTHER)), today=NOW.date()), 10)
    job = ask_for_hand_over(order, signed=signed("dong"), today=timezone.localdate())
    assert "排队中" in sign_in("dong").get("/handover/").content.decode()
    done = carry_out_next(served, owner="test", clock=timezone.now)
    assert done is not None
    assert (done.pk, done.state, done.result["customers"]) == (job.pk, "done", 10)
    assert keys_of(OTHER) == set()
    back = Order(OTHER, Chosen(asked=Selection(Wanted(region="华北")), today=NOW.date()), 6)
    ask_for_hand_over(back, signed=signed("dong"), today=timezone.localdate())
    limit_user(user("dong"), [], ["华东"], signed=signed("root"))
    failed = carry_out_next(served, owner="test", clock=timezone.now)
    assert failed is not None
    assert failed.state == "failed"
    assert keys_of(OTHER) == set()


def test_what_went_on_since_stays_and_yesterday_s_is_over(served: Workspace, sign_in: SignIn) -> None:
    today = NOW.date()
    first = hand_over(
        Order(OWN, Chosen(frozenset({2, 4})), 2), signed=signed("dong"), today=today, lake=served.lake
    )
    later = signed("dong", at=NOW + dt.timedelta(minutes=5))
    hand_over(Order(OTHER, Chosen(frozenset({4})), 1), signed=later, today=today, lake=served.lake)
    with pytest.raises(KecengError):
        undo_hand_over(first.pk, signed=later, today=today + dt.timedelta(days=1))
    with pytest.raises(KecengError):
        undo_hand_over(first.pk, signed=signed("fang"), today=today)
    undo_hand_over(first.pk, signed=later, today=today)
    assert {2, 4} <= keys_of(OTHER)
    assert [line.customer_key for line in first.lines.filter(is_undone=True)] == [2]
    assert deliver_hand_overs(served.lake, at=timezone.now()) == 3
