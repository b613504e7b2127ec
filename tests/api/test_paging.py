"""Pages by cursor: every row once, whatever comes meanwhile; and no cursor but one's own leads anywhere."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from django.db import transaction

from keceng.desk.audit.actions import record
from keceng.desk.audit.models import AuditRow
from keceng.desk.directory.models import CurrentEdition, Edition, Entry
from keceng.desk.people.models import User
from keceng.desk.signature import Signature
from tests.api.conftest import ActsFor, Program
from tests.desk.cast import NOW


def walk(program: Program, path: str, limit: int) -> list[Any]:
    items, cursor, sign = [], "", "&" if "?" in path else "?"
    for _ in range(100):
        page = program.get(f"{path}{sign}limit={limit}&cursor={cursor}")
        assert len(page["items"]) <= limit
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items
    raise AssertionError("the list has no end")


@pytest.mark.parametrize("order", ["spend", "loss", "overdue", "silence", "name"])
def test_every_customer_comes_once_in_every_order_with_unknowns_last(acts_for: ActsFor, order: str) -> None:
    program = acts_for("dong")
    Entry.objects.filter(customer_key__in=[2, 9, 17]).update(spend=None, gap_ratio=None)
    Entry.objects.filter(customer_key__in=[4, 5, 6]).update(overdue_amount=700, expected_loss=900)
    whole = program.get(f"/customers?order={order}&limit=200")["items"]
    assert len(whole) == len({line["customer_key"] for line in whole}) == 20
    for limit in (1, 3, 7, 20):
        assert walk(program, f"/customers?order={order}", limit) == whole
    if order == "spend":
        spends = [line["spend_cents"] for line in whole]
        assert spends == sorted(spends, key=lambda cents: (cents is None, -(cents or 0)))


def test_the_filters_are_those_of_the_screen(acts_for: ActsFor) -> None:
    program = acts_for("dong")
    assert len(walk(program, "/customers?grade=B", 4)) == 7
    assert {line["grade"] for line in program.get("/customers?best=true")["items"]} == {"A"}
    assert [line["customer_key"] for line in program.get("/customers?moved=up")["items"]] == ["11"]
    assert len(walk(program, "/customers?owner=王组", 3)) == 10
    assert program.get("/customers?q=C00018")["items"][0]["customer_key"] == "18"
    assert len(walk(acts_for("rui"), "/customers", 3)) == 10, "one's own alone"


def test_what_comes_while_somebody_reads_neither_repeats_nor_hides_a_row(acts_for: ActsFor) -> None:
    program, signed = acts_for("root"), Signature(User.objects.get(username="root"), NOW)

    def add(number: int) -> None:
        with transaction.atomic():
            record("user.renamed", signed, about="user", about_id=f"x{number}")

    for number in range(10):
        add(number)
    known = set(AuditRow.objects.values_list("pk", flat=True))
    seen, cursor = [], ""
    for number in itertools.count(100):
        page = program.get(f"/audit?limit=3&cursor={cursor}")
        seen += [item["id"] for item in page["items"]]
        add(number)
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen, reverse=True) == seen
    assert len(seen) == len(set(seen))
    assert set(seen) == known


def problem(program: Program, path: str) -> tuple[int, str]:
    answer = program.ask("get", path)
    return answer.status_code, json.loads(answer.content).get("code", "")


def test_a_cursor_is_of_one_list_and_cannot_be_made(acts_for: ActsFor) -> None:
    program = acts_for("dong")
    cursor = program.get("/customers?limit=2&grade=B")["next_cursor"]
    assert problem(program, f"/customers?grade=B&cursor={cursor}")[0] == 200
    for path in (
        f"/customers?cursor={cursor}",
        f"/customers?grade=C&cursor={cursor}",
        f"/reviews?cursor={cursor}",
        f"/customers?grade=B&cursor={cursor[:-1]}",
        "/customers?cursor=WzFd",
    ):
        assert problem(program, path) == (422, "bad_cursor"), path
    assert problem(program, "/customers?limit=201") == (422, "invalid_request")
    assert "客户" not in cursor


def test_a_list_of_another_run_is_read_from_its_beginning(acts_for: ActsFor) -> None:
    program = acts_for("dong")
    cursor = program.get("/customers?limit=2")["next_cursor"]
    old = CurrentEdition.objects.get().edition
    fields = {f.name: getattr(old, f.name) for f in Edition._meta.fields if f.name != "id"}
    Edition.objects.filter(pk=old.pk).update(run_id="replaced")
    CurrentEdition.objects.update(edition=Edition.objects.create(**fields))
    assert problem(program, f"/customers?limit=2&cursor={cursor}") == (409, "cursor_outdated")
    assert program.get("/customers?limit=2")["items"] == []
