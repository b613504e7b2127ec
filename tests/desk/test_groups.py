"""Groups by a condition: members are whom the evaluator of one row finds, within what somebody may see, on today's list."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keceng.classify import read_customers
from keceng.desk.audit.models import AuditRow
from keceng.desk.directory.actions import follow_published_run, give_owner_name
from keceng.desk.directory.models import Edition, Entry
from keceng.desk.directory.queries import Wanted
from keceng.desk.directory.scope import current_edition, visible_entries
from keceng.desk.groups.actions import delete_group, save_group
from keceng.desk.groups.conditions import read_condition
from keceng.desk.groups.form import Block, Form, read_form, write_form
from keceng.desk.groups.lines import Line, is_whole, signs_of
from keceng.desk.groups.members import find_members
from keceng.desk.groups.models import SavedGroup
from keceng.desk.groups.names import OWN_COLUMNS, SILENT_DAYS, read_names, run_directory
from keceng.desk.groups.queries import count_met, find_group, list_groups
from keceng.desk.groups.saved_views import change_view, delete_view, save_view
from keceng.desk.groups.selection import Selection, select_entries
from keceng.desk.visits.actions import VisitLog, log_visit
from keceng.standard import evaluate_condition
from keceng.vocabulary import KecengError, Kind
from tests.desk.cast import CUSTOMERS, NOW, Desk

TODAY = dt.date(2026, 4, 2)
OWN = "王组"


@pytest.fixture
def listed(graded_desk: Desk) -> Iterator[Desk]:
    """A desk whose list follows the run of March; odd customers belong to rui, some have been called."""
    with override_settings(WORKSPACE=graded_desk.workspace.directory):
        follow_published_run(graded_desk.lake, at=NOW)
        give_owner_name(graded_desk.user("rui"), OWN, signed=graded_desk.signed("root"))
        for entry in Entry.objects.all():
            entry.owner = OWN if entry.customer_key % 2 else ""
            entry.region = "华东" if entry.customer_key % 3 else ""
            entry.last_contact_on = (
                TODAY - dt.timedelta(days=entry.customer_key) if entry.customer_key < 12 else None
            )
            entry.save()
        yield graded_desk


def edition() -> Edition:
    found = current_edition()
    assert found is not None
    return found


NUMBERS = st.sampled_from(["0", "1", "2.5", "20", "200", "1000", "-3"])
DAYS = st.sampled_from(["2026-01-20", "2026-03-10", "2026-03-25"])


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """A line of the form over any name of the run, with values of its kind."""
    scope = read_names(edition()).scope
    name = draw(st.sampled_from(sorted(scope)))
    measure = scope[name]
    sign = draw(st.sampled_from(sorted(signs_of(measure))))
    codes = [code for code, _ in measure.categories] or [OWN, "华东", "it's"]
    values = {Kind.CATEGORY: st.sampled_from(codes), Kind.DATE: DAYS}.get(measure.kind, NUMBERS)
    return Line(name, sign, tuple(draw(st.lists(values, min_size=2, max_size=2))))


def forms() -> st.SearchStrategy[Form]:
    """A form of lines and blocks."""
    blocks = st.builds(Block, st.lists(lines(), min_size=2, max_size=3).map(tuple))
    return st.builds(
        Form, st.booleans(), st.lists(st.one_of(lines(), blocks), min_size=1, max_size=3).map(tuple)
    )


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_members_are_whom_the_evaluator_finds_and_a_form_reads_back(
    listed: Desk, data: st.DataObject
) -> None:
    scope = read_names(edition()).scope
    form = data.draw(forms())
    text = write_form(form, scope)
    condition = read_condition(text, edition())
    again = read_form(condition, scope)
    assert again is not None, text
    assert read_condition(write_form(again, scope), edition()).tree == condition.tree
    members = find_members(condition, edition(), TODAY)
    answers: dict[bool | None, list[int]] = {True: [], False: [], None: []}
    for row in rows_of(edition()):
        answers[evaluate_condition(condition, row)].append(row["customer_key"])
    assert (members.met.tolist(), members.unknown.tolist()) == (answers[True], answers[None]), text
    assert members.others.tolist() == sorted(answers[False] + answers[None])
    user = listed.user(data.draw(st.sampled_from(["dong", "rui", "root"])))
    seen = set(visible_entries(user).values_list("customer_key", flat=True))
    group = SavedGroup(owner=user, name=text[:60], condition=text, made_at=NOW, changed_at=NOW)
    group.save()
    found = select_entries(user, edition(), Selection(group_id=group.pk), TODAY)
    assert set(found.values_list("customer_key", flat=True)) == seen & set(answers[True])
    count = count_met(user, text, edition(), TODAY)
    assert (count.met, count.unknown) == (found.count(), len(seen & set(answers[None])))
    group.delete()


def rows_of(found: Edition) -> list[dict[str, Any]]:
    """Every customer as the evaluator sees it: the run's columns, and today's list."""
    stored: list[dict[str, Any]] = read_customers(run_directory(found)).to_pylist()
    desk = {entry.customer_key: entry for entry in Entry.objects.filter(edition=found)}
    for row in stored:
        entry = desk[row["customer_key"]]
        row |= {name: getattr(entry, field) or None for name, field in OWN_COLUMNS.items()}
        row[SILENT_DAYS] = (TODAY - entry.last_contact_on).days if entry.last_contact_on else None
    return stored


def test_a_group_follows_a_contact_logged_today(listed: Desk) -> None:
    user = listed.user("rui")
    text = "days_since_last_contact >= 5"
    before = count_met(user, text, edition(), TODAY)
    assert (before.met, before.unknown) == (4, 4), "5, 7, 9, 11 of the odd ones; 13 to 19 were never called"
    log_visit(VisitLog("f" * 32, 7, "interested"), signed=listed.signed("rui"), today=TODAY)
    assert count_met(user, text, edition(), TODAY).met == 3


def test_filters_combine_with_a_group_and_with_each_other(listed: Desk) -> None:
    dong = listed.user("dong")
    group = save_group(
        "大户", "spend >= 1000", is_shared=False, edition=edition(), signed=listed.signed("dong")
    )

    def heads(**asked: object) -> int:
        wanted = Wanted(**{n: v for n, v in asked.items() if n == "region"})  # type: ignore[arg-type]
        rest = {n: v for n, v in asked.items() if n != "region"}
        return select_entries(dong, edition(), Selection(wanted, **rest), TODAY).count()  # type: ignore[arg-type]

    assert heads(group_id=group.pk) == 4
    assert heads(group_id=group.pk, region="华东") == 3
    assert heads(measure="spend", sign="ge", number="1,000") == 4
    assert heads(measure="spend", sign="lt", number="1000", silent_days=9) == 11, "9, 10 and the never called"
    assert heads(silent_days=9) == 12
    assert heads(measure="refund_rate", sign="le", number="50") == CUSTOMERS, "a ratio is written in per cent"
    with pytest.raises(KecengError, match="number"):
        heads(measure="spend", number="many")
    with pytest.raises(KecengError, match="no such measure"):
        heads(measure="password", number="1")


def test_groups_are_their_owner_s_alone_until_shared_and_every_change_is_told(listed: Desk) -> None:
    mei, rui = listed.signed("mei"), listed.user("rui")
    row = save_group("重点", "grade = 'A'", is_shared=False, edition=edition(), signed=mei)
    with pytest.raises(KecengError, match="no such group"):
        find_group(rui, row.pk)
    with pytest.raises(KecengError, match="already"):
        save_group("重点", "grade = 'B'", is_shared=False, edition=edition(), signed=mei)
    with pytest.raises(KecengError, match="character 1"):
        save_group("别的", "gradde = 'B'", is_shared=False, edition=edition(), signed=mei)
    save_group("重点", "grade = 'A'", is_shared=True, edition=edition(), signed=mei, row=row)
    assert [g.count.met for g in list_groups(rui, edition(), TODAY) if g.count] == [3], "of the four only his"
    with pytest.raises(KecengError, match="whoever kept it"):
        save_group(
            "重点", "grade = 'C'", is_shared=True, edition=edition(), signed=listed.signed("rui"), row=row
        )
    view = save_view("我的重点", {"group": str(row.pk)}, is_shared=False, signed=listed.signed("rui"))
    with pytest.raises(KecengError, match="these views use it"):
        delete_group(row, signed=mei)
    delete_group(row, signed=mei, is_confirmed=True)
    view.refresh_from_db()
    assert view.group is None
    with pytest.raises(KecengError, match="no such group"):
        select_entries(rui, edition(), Selection(group_id=int(view.address.split("=")[1])), TODAY)
    change_view(view, name="旧的", is_shared=False, signed=listed.signed("rui"))
    delete_view(view, signed=listed.signed("rui"))
    told = list(AuditRow.objects.filter(about__in=["group", "view"]).values_list("action", "by"))
    assert told == [
        ("group.made", "mei"),
        ("group.changed", "mei"),
        ("view.saved", "rui"),
        ("group.deleted", "mei"),
        ("view.changed", "rui"),
        ("view.deleted", "rui"),
    ]


def test_a_shared_view_needs_a_shared_group(listed: Desk) -> None:
    signed = listed.signed("mei")
    row = save_group("私", "grade = 'A'", is_shared=False, edition=edition(), signed=signed)
    with pytest.raises(KecengError, match="yours alone"):
        save_view("共", {"group": str(row.pk)}, is_shared=True, signed=signed)
    with pytest.raises(KecengError, match="no filter"):
        save_view("空", {"group": ""}, is_shared=True, signed=signed)


def test_what_a_form_cannot_say_stays_text(listed: Desk) -> None:
    scope = read_names(edition()).scope
    for text in ("spend > 2 * previous_spend", "spend > previous_spend", "not (spend between 1 and 2)"):
        assert read_form(read_condition(text, edition()), scope) is None
    deep = "grade = 'A' or (spend > 1 and (grade = 'B' or grade = 'C'))"
    assert read_form(read_condition(deep, edition()), scope) is None
    assert not is_whole(Line("spend", "between", ("1",)), scope["spend"])


def test_what_is_asked_for_travels_as_a_job_s_arguments(listed: Desk) -> None:
    asked = Selection(
        Wanted(region="华东", is_overdue=True),
        silent_days=9,
        measure="spend",
        sign="lt",
        number="5",
        group_id=7,
    )
    assert Selection.from_plain(json.loads(json.dumps(asked.as_plain()))) == asked
    assert Selection.from_plain({"wanted": {"gone": 1}, "gone": 2}) == Selection()
