"""A standard from its first draft to its retirement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from keceng.classify import DecisionKind, read_decisions
from keceng.desk.outbox.queries import count_waiting
from keceng.desk.standards.actions import (
    approve,
    create_draft,
    edit_draft,
    export_yaml,
    import_yaml,
    publish,
    retire,
    send_back,
    submit_for_review,
)
from keceng.desk.standards.models import StandardEvent, StandardRevision
from keceng.desk.standards.queries import (
    compare_revisions,
    find_in_force,
    list_findings,
    list_history,
    status_on,
)
from keceng.desk.standards.simulation import simulate_revision
from keceng.desk.standards.states import Status
from keceng.standard import list_templates, template_text
from keceng.vocabulary import KecengError
from tests.desk.cast import CUSTOMERS, NOW, PLAIN, Desk

TODAY = NOW.date()


def code_of(error: pytest.ExceptionInfo[KecengError]) -> str:
    return error.value.problems[0].code


def drafted(desk: Desk, text: str = PLAIN) -> StandardRevision:
    return create_draft(text.encode(), signed=desk.signed("mei"))


def approved(desk: Desk, text: str = PLAIN) -> StandardRevision:
    row = drafted(desk, text)
    submit_for_review(row.pk, signed=desk.signed("mei"))
    return approve(
        row.pk, impact=simulated(desk, row), signed=desk.signed("dong", "看过影响"), lake=desk.lake
    )


def simulated(desk: Desk, row: StandardRevision) -> Mapping[str, object]:
    return simulate_revision(row, desk.lake)


def published(desk: Desk, text: str = PLAIN, day: dt.date = TODAY) -> StandardRevision:
    return publish(
        approved(desk, text).pk, effective_from=day, signed=desk.signed("dong", "发布"), lake=desk.lake
    )


def edited(desk: Desk, row: StandardRevision, text: str) -> StandardRevision:
    return edit_draft(
        row.pk, text.encode(), based_on=row.document_hash, signed=desk.signed("mei"), lake=desk.lake
    )


def test_a_standard_lives_from_draft_to_retirement_and_every_step_is_a_row(desk: Desk) -> None:
    row = published(desk)
    retire(row.pk, on=dt.date(2026, 6, 1), signed=desk.signed("dong", "换新标准"), lake=desk.lake)
    events = list_history("plain")
    assert [e.step for e in events] == ["create", "submit", "approve", "publish", "retire"]
    assert [e.by.username for e in events] == ["mei", "mei", "dong", "dong", "dong"]
    assert [(e.old.get("status"), e.new["status"]) for e in events[1:]] == [
        ("draft", "in_review"),
        ("in_review", "approved"),
        ("approved", "in_force"),
        ("in_force", "retired"),
    ]
    kinds = [(d.kind, d.effective_on) for d in read_decisions(desk.lake.snapshot())]
    assert kinds == [
        (DecisionKind.PUBLICATION, TODAY),
        (DecisionKind.WITHDRAWAL, dt.date(2026, 6, 1)),
    ]
    assert count_waiting() == 0


def test_the_lake_is_told_the_whole_document_and_what_it_was_approved_to_do(desk: Desk) -> None:
    row = published(desk)
    told = read_decisions(desk.lake.snapshot())[0]
    assert told.standard_id == "plain"
    assert (told.decided_by, told.approved_by) == ("mei", "dong")
    assert str(told.payload["document"]).encode() == row.yaml_bytes
    assert told.payload["moves_hash"] == row.moves_hash
    assert told.payload["standard_hash"] == row.standard_hash


def test_in_force_is_a_matter_of_the_day(desk: Desk) -> None:
    first = published(desk, day=dt.date(2026, 4, 1))
    assert status_on(first, TODAY) is Status.APPROVED
    assert find_in_force("plain", TODAY) is None
    second = published(desk, PLAIN.replace("1000", "2000"), day=dt.date(2026, 5, 1))
    in_force = [
        found.revision if (found := find_in_force("plain", dt.date(2026, month, day))) else None
        for month, day in ((3, 31), (4, 1), (4, 30), (5, 1))
    ]
    assert in_force == [None, 1, 1, 2]
    first.refresh_from_db()
    assert (first.status, first.retired_on) == ("retired", dt.date(2026, 5, 1))
    assert status_on(first, dt.date(2026, 4, 15)) is Status.IN_FORCE
    assert status_on(first, dt.date(2026, 5, 1)) is Status.RETIRED
    assert status_on(second, dt.date(2026, 5, 1)) is Status.IN_FORCE


def test_nobody_approves_what_they_wrote(desk: Desk) -> None:
    row = create_draft(PLAIN.encode(), signed=desk.signed("dong"))
    row = edited(desk, row, PLAIN.replace("1000", "3000"))
    submit_for_review(row.pk, signed=desk.signed("mei"))
    with pytest.raises(KecengError) as error:
        approve(row.pk, impact=simulated(desk, row), signed=desk.signed("dong"), lake=desk.lake)
    assert code_of(error) == "own_approval"
    approve(row.pk, impact=simulated(desk, row), signed=desk.signed("fang"), lake=desk.lake)
    with pytest.raises(IntegrityError), transaction.atomic():
        StandardRevision.objects.filter(pk=row.pk).update(approver=desk.user("mei"))


def test_who_may_not_approve_is_told_who_may(desk: Desk) -> None:
    row = drafted(desk)
    submit_for_review(row.pk, signed=desk.signed("mei"))
    with pytest.raises(KecengError) as error:
        approve(row.pk, impact=simulated(desk, row), signed=desk.signed("an"), lake=desk.lake)
    assert code_of(error) == "not_permitted"
    assert "销售总监" in error.value.problems[0].describe("zh")


def test_a_revision_that_a_run_used_does_not_change_and_editing_makes_the_next(graded_desk: Desk) -> None:
    desk = graded_desk
    row = drafted(desk)  # two runs of the lake laid this very standard on, by the shell
    assert row.status == "draft"
    following = edited(desk, row, PLAIN.replace("1000", "3000"))
    row.refresh_from_db()
    assert row.yaml_text == PLAIN
    assert following.revision == 2
    assert "revision: 2\n" in following.yaml_text
    assert {use.run_id for use in row.uses.all()} == set(desk.lake.snapshot().entry.runs)
    with pytest.raises(KecengError) as error:
        import_yaml(PLAIN.replace("1000", "9").encode(), signed=desk.signed("mei"), lake=desk.lake)
    assert code_of(error) == "revision_is_fixed"
    again = edited(desk, following, PLAIN.replace("1000", "4000"))
    assert again.pk == following.pk


def test_a_published_revision_does_not_change_either(desk: Desk) -> None:
    row = published(desk)
    following = edited(desk, row, PLAIN.replace("1000", "3000"))
    assert (following.revision, following.status) == (2, "draft")
    row.refresh_from_db()
    assert "1000" in row.yaml_text


def test_what_somebody_else_saved_is_not_overwritten_unseen(desk: Desk) -> None:
    row = drafted(desk)
    seen = row.document_hash
    edited(desk, row, PLAIN.replace("1000", "3000"))
    with pytest.raises(KecengError) as error:
        edit_draft(row.pk, PLAIN.encode(), based_on=seen, signed=desk.signed("dong"), lake=desk.lake)
    assert code_of(error) == "changed_meanwhile"


def test_a_faulty_draft_is_kept_but_does_not_leave_draft(desk: Desk) -> None:
    row = drafted(desk, PLAIN.replace("measure: spend", "measure: spnd").replace("window: 60d", "window: x"))
    assert row.standard_hash == ""
    with pytest.raises(KecengError) as error:
        submit_for_review(row.pk, signed=desk.signed("mei"))
    assert {p.place.path for p in error.value.problems} >= {"window", "grade.measure"}
    assert {p.code for p in list_findings(row)} == {p.code for p in error.value.problems}
    row.refresh_from_db()
    assert row.status == "draft"


def test_a_class_without_a_strategy_is_not_published(desk: Desk) -> None:
    row = drafted(
        desk, PLAIN.replace("  C: {goal: {zh: 了解需求, en: Learn}, rhythm: 90d, service: standard}\n", "")
    )
    with pytest.raises(KecengError) as error:
        submit_for_review(row.pk, signed=desk.signed("mei"))
    assert "standard.strategy" in {p.code for p in error.value.problems}


def test_an_approval_needs_the_simulation_of_this_very_revision_on_the_run_published_now(
    graded_desk: Desk,
) -> None:
    desk = graded_desk
    row = drafted(desk, PLAIN.replace("1000", "5000"))
    submit_for_review(row.pk, signed=desk.signed("mei"))
    impact = simulated(desk, row)
    assert (impact["customers"], impact["moved"]) == (CUSTOMERS, 4)
    for faulty, code in (
        ({}, "impact_missing"),
        ({**impact, "moves_hash": ""}, "impact_missing"),
        ({**impact, "draft": {"hash": "another"}}, "impact_of_another"),
        ({**impact, "against": {"run_id": "older"}}, "impact_outdated"),
    ):
        with pytest.raises(KecengError) as error:
            approve(row.pk, impact=faulty, signed=desk.signed("dong"), lake=desk.lake)
        assert code_of(error) == code
    approve(row.pk, impact=impact, signed=desk.signed("dong"), lake=desk.lake)
    row.refresh_from_db()
    assert row.moves_hash == impact["moves_hash"]
    assert row.impact == impact


def test_sending_back_takes_the_approval_away_and_needs_a_reason(desk: Desk) -> None:
    row = approved(desk)
    with pytest.raises(KecengError) as error:
        send_back(row.pk, signed=desk.signed("dong", "  "))
    assert code_of(error) == "reason_required"
    send_back(row.pk, signed=desk.signed("dong", "门槛太低"))
    row.refresh_from_db()
    assert (row.status, row.approver, row.impact, row.moves_hash) == ("draft", None, None, "")
    event = StandardEvent.objects.filter(revision=row).last()
    assert event is not None
    assert (event.why, event.old["status"]) == ("门槛太低", "approved")
    assert event.old["impact"]["moves"] == {}


def test_steps_out_of_turn_are_refused(desk: Desk) -> None:
    row = drafted(desk)
    with pytest.raises(KecengError) as error:
        publish(row.pk, effective_from=TODAY, signed=desk.signed("dong"), lake=desk.lake)
    assert code_of(error) == "wrong_status"
    submit_for_review(row.pk, signed=desk.signed("mei"))
    with pytest.raises(KecengError):
        edited(desk, row, PLAIN.replace("1000", "3000"))
    with pytest.raises(KecengError):
        submit_for_review(row.pk, signed=desk.signed("mei"))


def test_nothing_begins_in_the_past(desk: Desk) -> None:
    row = approved(desk)
    with pytest.raises(KecengError) as error:
        publish(row.pk, effective_from=dt.date(2026, 3, 1), signed=desk.signed("dong"), lake=desk.lake)
    assert code_of(error) == "day_in_the_past"
    row.refresh_from_db()
    assert row.status == "approved"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("template", list_templates())
def test_a_document_comes_out_byte_for_byte_as_it_went_in(
    desk: Desk, tmp_path: Path, template: str, newline: str
) -> None:
    mark = "" if newline == "\n" else "\ufeff"
    document = (mark + template_text(template).replace("\n", newline)).encode()
    row = import_yaml(document, signed=desk.signed("mei"), lake=desk.lake)
    export_yaml(row.pk, tmp_path / "out.yaml")
    assert (tmp_path / "out.yaml").read_bytes() == document
    assert import_yaml(document, signed=desk.signed("mei"), lake=desk.lake).pk == row.pk
    assert StandardEvent.objects.count() == 1
    assert row.standard_hash


def test_two_revisions_differ_in_words(desk: Desk) -> None:
    first = published(desk)
    second = edited(desk, first, PLAIN.replace("1000", "3000"))
    changes = {change.path: change for change in compare_revisions(first, second)}
    line = changes.pop("grade.classes.A.from")
    assert line.can_move
    assert "3,000" in line.words.zh
    assert "3,000" in line.words.en
    assert list(changes) == ["revision"]
