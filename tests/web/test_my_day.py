"""My day: own customers alone, at most fifteen, the same all day; a contact reaches the lake once."""

from __future__ import annotations

import datetime as dt
import random
import re

import pytest
from django.utils import timezone

from keceng.collect import INTERACTIONS, TEXTS
from keceng.desk.audit.models import AuditRow
from keceng.desk.directory.actions import give_owner_name
from keceng.desk.directory.models import Entry
from keceng.desk.directory.scope import find_entry
from keceng.desk.opening import repair_desk
from keceng.desk.people.models import User
from keceng.desk.signature import Signature
from keceng.desk.visits.actions import VisitLog, deliver_visits, log_visit, postpone
from keceng.desk.visits.day import MOST, Day, read_day
from keceng.desk.visits.models import Visit
from keceng.desk.visits.reasons import Pile
from keceng.loop import Workspace
from keceng.vocabulary import KecengError
from tests.desk.cast import FALLING, NOW, RISING
from tests.web.conftest import OTHER, SignIn

TODAY = dt.date(2026, 4, 2)
KEY = "0123456789abcdef0123456789abcdef"


def rui() -> User:
    return User.objects.get(username="rui")


def signed() -> Signature:
    return Signature(rui(), NOW)


def said(customer_key: int, day: dt.date, **rest: object) -> VisitLog:
    return VisitLog(f"{customer_key:016x}{day.toordinal():016x}", customer_key, "interested", **rest)  # type: ignore[arg-type]


def keys(day: Day) -> list[int]:
    return [item.entry.customer_key for item in day.items]


def why_of(day: Day, key: int) -> str | None:
    return next((item.why.told.zh for item in day.items if item.entry.customer_key == key), None)


@pytest.mark.usefixtures("served")
def test_the_day_holds_own_customers_dearest_first_each_with_its_reason() -> None:
    day = read_day(rui(), TODAY)
    assert {key % 2 for key in keys(day)} == {1}, "the rep owns the odd ones"
    stakes = [item.stake for item in day.items]
    assert stakes == sorted(stakes, reverse=True)
    assert why_of(day, FALLING) is None, "an even customer is another's"
    assert why_of(day, 13) == "本期由 A 降到 C，还没有联系记录"
    assert why_of(day, RISING) == "A 类每 14 天联系一次，还没有联系记录"
    assert why_of(day, 1) == "A 类每 14 天联系一次，还没有联系记录"


@pytest.mark.usefixtures("served")
def test_a_rise_is_told_until_somebody_was_in_touch() -> None:
    before, after = NOW.date() - dt.timedelta(days=1), NOW.date() + dt.timedelta(days=8)
    log_visit(said(RISING, before), signed=signed(), today=before)
    assert why_of(read_day(rui(), after), RISING) == "本期由 C 升到 A，已 9 天未联系"
    log_visit(said(RISING, after), signed=signed(), today=after)
    assert why_of(read_day(rui(), after + dt.timedelta(days=1)), RISING) is None


@pytest.mark.usefixtures("served")
def test_whoever_has_no_name_in_the_books_has_no_day() -> None:
    for name in ("an", "dong", "root"):
        assert not read_day(User.objects.get(username=name), TODAY).items


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_a_day_is_own_customers_never_above_fifteen_and_the_same_all_day(seed: int) -> None:
    give_owner_name(rui(), OTHER, signed=Signature(User.objects.get(username="root"), NOW))
    if seed % 2:
        rui().owner_names.filter(owner=OTHER).delete()
    drawn = random.Random(seed)
    own = set(
        Entry.objects.filter(owner__in=rui().owner_names.values("owner")).values_list(
            "customer_key", flat=True
        )
    )
    for offset in range(0, 40, 8):
        today = TODAY + dt.timedelta(days=offset)
        morning = keys(read_day(rui(), today))
        assert len(morning) <= MOST
        assert set(morning) <= own
        assert len(set(morning)) == len(morning)
        assert keys(read_day(rui(), today)) == morning
        touched = set()
        for key in drawn.sample(sorted(own), 6):
            later = today + dt.timedelta(days=drawn.randint(1, 20))
            if drawn.random() < 0.4:
                postpone(key, later, signed=signed(), today=today)
            else:
                log_visit(
                    said(key, today, next_on=later if drawn.random() < 0.5 else None),
                    signed=signed(),
                    today=today,
                )
            touched.add(key)
            evening = read_day(rui(), today)
            assert keys(evening) == morning
            assert {i.entry.customer_key for i in evening.done_items} == touched & set(morning)
            assert len(evening.open_items) + len(evening.done_items) == len(morning)


@pytest.mark.usefixtures("served")
def test_a_contact_quiets_its_customer_for_the_rhythm_of_its_class() -> None:
    log_visit(said(1, TODAY), signed=signed(), today=TODAY)
    days = {n: why_of(read_day(rui(), TODAY + dt.timedelta(days=n)), 1) for n in (1, 14, 15)}
    assert days[1] is None
    assert days[14] is None
    assert days[15] == "A 类每 14 天联系一次，已 15 天未联系"


@pytest.mark.usefixtures("served")
def test_a_date_somebody_set_is_kept_and_comes_first() -> None:
    due = TODAY + dt.timedelta(days=40)
    log_visit(said(19, TODAY, next_on=due), signed=signed(), today=TODAY)
    assert why_of(read_day(rui(), due - dt.timedelta(days=1)), 19) is None
    first = read_day(rui(), due).items[0]
    assert (first.entry.customer_key, first.why.pile) == (19, Pile.PROMISED)
    assert "有意向" in first.why.told.zh
    postpone(19, due + dt.timedelta(days=3), signed=Signature(rui(), NOW + dt.timedelta(hours=1)), today=due)
    assert why_of(read_day(rui(), due + dt.timedelta(days=2)), 19) is None
    assert read_day(rui(), due + dt.timedelta(days=3)).items[0].entry.customer_key == 19


@pytest.mark.usefixtures("served")
def test_a_contact_after_a_delay_of_the_same_day_ends_the_delay() -> None:
    later = Signature(rui(), NOW + dt.timedelta(hours=1))
    postpone(1, TODAY + dt.timedelta(days=2), signed=signed(), today=TODAY)
    log_visit(said(1, TODAY), signed=later, today=TODAY)
    assert why_of(read_day(rui(), TODAY + dt.timedelta(days=2)), 1) is None


@pytest.mark.usefixtures("served")
def test_everything_wrong_with_a_log_is_said_at_once_and_nothing_is_kept() -> None:
    wrong = VisitLog("no", 1, "great", "pigeon", "长" * 501, TODAY)
    with pytest.raises(KecengError) as error:
        log_visit(wrong, signed=signed(), today=TODAY)
    assert [p.code for p in error.value.problems] == [
        "bad_key", "no_outcome", "no_channel", "long_text", "bad_next",
    ]  # fmt: skip
    for until in (TODAY, TODAY + dt.timedelta(days=91)):
        with pytest.raises(KecengError):
            postpone(1, until, signed=signed(), today=TODAY)
    with pytest.raises(KecengError):
        log_visit(said(2, TODAY), signed=signed(), today=TODAY)
    assert not Visit.objects.exists()


def test_a_contact_enters_the_lake_as_an_interaction_once_and_its_text_where_erasure_finds_it(
    served: Workspace, sign_in: SignIn
) -> None:
    client, today = sign_in("rui"), timezone.localdate()
    form = {
        "visit_id": KEY,
        "outcome": "trouble",
        "channel": "phone",
        "content": "王总说交货慢",
        "next_on": "",
    }
    for _ in range(2):
        assert client.post("/day/contact/3/", form).status_code == 302
    snapshot = served.lake.snapshot()
    (fact,) = snapshot.read(INTERACTIONS).to_pylist()
    wanted = {
        "source": "desk", "interaction_id": KEY, "customer_key": 3, "happened_on": today, "channel": "phone",
        "initiated_by": "us", "staff": "rui", "outcome": "trouble",
    }  # fmt: skip
    assert wanted.items() <= fact.items()
    (text,) = snapshot.read(TEXTS).to_pylist()
    assert (text["about"], text["record_id"], text["content"]) == ("interactions", KEY, "王总说交货慢")
    visit = Visit.objects.get()
    assert (visit.content, visit.delivered_at is None) == ("", False)
    entry = find_entry(rui(), 3)
    assert entry is not None
    assert entry.last_contact_on == today
    assert [row.action for row in AuditRow.objects.filter(about_id="3")] == ["contact.logged"]
    assert "王总" not in str(list(AuditRow.objects.values()))
    told = re.sub(r"<[^>]+>|\s+", " ", client.get("/day/").content.decode())
    assert re.search(r"剩 +9 +件", told)
    assert "有问题" in told


def test_what_is_logged_while_the_lake_is_busy_waits_and_arrives(served: Workspace, sign_in: SignIn) -> None:
    form = {"visit_id": KEY, "outcome": "interested", "channel": "visit"}
    with served.lake.unit_of_work("run"):
        assert sign_in("rui").post("/day/contact/3/", form).status_code == 302
    assert Visit.objects.get().delivered_at is None
    assert repair_desk(served, at=NOW) == 1
    assert served.lake.snapshot().read(INTERACTIONS)["interaction_id"].to_pylist() == [KEY]
    assert deliver_visits(served.lake, at=NOW) == 0


def test_a_faulty_form_comes_back_open_with_what_was_typed(sign_in: SignIn) -> None:
    told = sign_in("rui").post("/day/contact/3/", {"visit_id": KEY, "content": "说了很多"})
    assert told.status_code == 400
    page = told.content.decode()
    assert "请选一个结果" in page
    assert "说了很多" in page
    assert page.count('<details class="day-act" open>') == 1
    assert not Visit.objects.exists()


def test_another_s_customer_cannot_be_logged_or_put_off(sign_in: SignIn) -> None:
    client = sign_in("rui")
    assert client.post("/day/contact/4/", {"visit_id": KEY, "outcome": "interested"}).status_code == 404
    assert client.post("/day/later/4/", {"until": "2030-01-01"}).status_code == 404
    assert not Visit.objects.exists()


def test_putting_off_leaves_the_day_one_shorter(sign_in: SignIn) -> None:
    client = sign_in("rui")
    until = timezone.localdate() + dt.timedelta(days=3)
    assert client.post("/day/later/3/", {"until": until.isoformat()}).status_code == 302
    told = client.get("/day/").content.decode()
    assert f"推迟到 {until.isoformat()}" in told
    assert client.post("/day/later/5/", {"until": "2020-01-01"}).status_code == 400
