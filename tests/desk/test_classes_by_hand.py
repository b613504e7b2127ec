"""Overrides, appeals and nominations: a reason, an end, and somebody else's approval."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from keceng.classify import Decision, DecisionKind, read_decisions
from keceng.desk.runs.actions import (
    approve_request,
    ask_for_class,
    end_request,
    nominate,
    open_appeal,
    refuse_request,
    reject_appeal,
    uphold_appeal,
)
from keceng.desk.runs.models import ClassRequest
from keceng.desk.runs.queries import find_quota, list_waiting_requests
from keceng.desk.runs.terms import add_months
from keceng.vocabulary import KecengError
from tests.desk.cast import APRIL, MARCH, RISING, Desk
from tests.desk.test_reviews import code_of, next_grades

TERM = dt.date(2026, 12, 31)


@pytest.fixture(scope="module")
def told(story: Desk) -> tuple[list[Decision], dict[int, dict[str, object]]]:
    """What the lake and the run of April say after a month of requests and appeals.

    15: an override approved. 16: one ended early. 5: an appeal open. 6: one upheld. 7: one rejected. 8: a nomination.
    """
    desk, lake = story, story.lake
    for key in (15, 16):
        row = ask_for_class(key, "B", expires_on=TERM, signed=desk.signed("rui", "战略合作客户"), lake=lake)
        assert row in list_waiting_requests()
        approve_request(row.pk, signed=desk.signed("dong"), lake=lake)
    end_request(row.pk, on=APRIL, signed=desk.signed("dong", "合作终止"), lake=lake)
    appeals = [open_appeal(key, signed=desk.signed("rui", "张总说会下大单"), lake=lake) for key in (5, 6, 7)]
    assert [a.grade for a in appeals] == ["B", "B", "B"]
    uphold_appeal(appeals[1].pk, "A", expires_on=TERM, signed=desk.signed("fang", "合同属实"), lake=lake)
    reject_appeal(appeals[2].pk, signed=desk.signed("dong", "以到账为准"), lake=lake)
    nomination = nominate(8, signed=desk.signed("an", "有潜力"), lake=lake)
    approve_request(nomination.pk, signed=desk.signed("dong"), lake=lake)
    assert not list_waiting_requests()
    return read_decisions(lake.snapshot()), next_grades(desk)


Told = tuple[list[Decision], dict[int, dict[str, object]]]


def test_an_override_is_in_the_next_run_and_in_its_reason(told: Told) -> None:
    decisions, grades = told
    override = next(d for d in decisions if d.customer_key == 15)
    assert (override.decided_by, override.approved_by, override.reason) == ("rui", "dong", "战略合作客户")
    assert (override.effective_on, override.expires_on) == (MARCH, TERM)
    after = grades[15]
    assert (after["grade"], after["grade_by_system"]) == ("B", "C")
    assert after["decision_id"] == override.decision_id
    assert "人工确定至2026-12-31" in str(after["reason_zh"])


def test_a_class_by_hand_that_was_ended_is_gone(told: Told) -> None:
    decisions, grades = told
    kinds = {d.kind for d in decisions if d.customer_key == 16}
    assert kinds == {DecisionKind.OVERRIDE, DecisionKind.WITHDRAWAL}
    assert (grades[16]["grade"], grades[16]["decision_id"]) == ("C", None)


def test_an_appeal_shows_in_the_run_until_it_is_answered_and_what_was_said_stays_at_the_desk(
    told: Told,
) -> None:
    decisions, grades = told
    shown = [(grades[key]["grade"], grades[key]["is_appealed"]) for key in (5, 6, 7)]
    assert shown == [("B", True), ("A", False), ("B", False)]
    assert not any("张总" in str(d.to_row()) for d in decisions)
    answers = {d.customer_key: d.payload["state"] for d in decisions if d.kind is DecisionKind.APPEAL_ANSWER}
    assert answers == {6: "upheld", 7: "rejected"}


def test_an_appeal_upheld_is_asked_for_by_one_and_approved_by_another(told: Told) -> None:
    override = next(d for d in told[0] if d.customer_key == 6 and d.kind is DecisionKind.OVERRIDE)
    assert (override.decided_by, override.approved_by, override.expires_on) == ("rui", "fang", TERM)


def test_a_nominated_customer_has_the_class_for_twelve_months(told: Told) -> None:
    decisions, grades = told
    nomination = next(d for d in decisions if d.kind is DecisionKind.NOMINATION)
    assert (nomination.class_id, nomination.expires_on) == ("A", dt.date(2027, 3, 31))
    assert (grades[8]["grade"], grades[8]["grade_by_system"]) == ("A", "B")


def test_nobody_approves_what_they_asked_for(graded_desk: Desk) -> None:
    desk = graded_desk
    row = ask_for_class(15, "B", expires_on=TERM, signed=desk.signed("dong", "重要"), lake=desk.lake)
    with pytest.raises(KecengError) as error:
        approve_request(row.pk, signed=desk.signed("dong"), lake=desk.lake)
    assert code_of(error) == "own_approval"
    with pytest.raises(KecengError) as error:
        approve_request(row.pk, signed=desk.signed("rui"), lake=desk.lake)
    assert code_of(error) == "not_permitted"
    with pytest.raises(IntegrityError), transaction.atomic():
        ClassRequest.objects.filter(pk=row.pk).update(state="approved", answered_by=row.asked_by)
    approve_request(row.pk, signed=desk.signed("fang"), lake=desk.lake)
    with pytest.raises(KecengError) as error:
        approve_request(row.pk, signed=desk.signed("fang"), lake=desk.lake)
    assert code_of(error) == "wrong_status"
    assert len(read_decisions(desk.lake.snapshot())) == 1


@pytest.mark.parametrize(
    ("key", "class_id", "day", "why", "code"),
    [
        (15, "B", dt.date(2027, 3, 31), "一年", None),
        (15, "B", dt.date(2027, 4, 1), "一年多", "bad_term"),
        (15, "B", dt.date(2026, 3, 30), "已过去", "bad_term"),
        (15, "X", TERM, "没有这类", "unknown_class"),
        (999, "B", TERM, "没有这位", "unknown_customer"),
        (15, "B", TERM, "  ", "reason_required"),
    ],
)
def test_a_class_by_hand_has_a_reason_and_ends_within_twelve_months(
    graded_desk: Desk, key: int, class_id: str, day: dt.date, why: str, code: str | None
) -> None:
    desk = graded_desk
    if code is None:
        ask_for_class(key, class_id, expires_on=day, signed=desk.signed("rui", why), lake=desk.lake)
        return
    with pytest.raises(KecengError) as error:
        ask_for_class(key, class_id, expires_on=day, signed=desk.signed("rui", why), lake=desk.lake)
    assert code_of(error) == code
    assert not ClassRequest.objects.exists()


def test_a_refusal_needs_a_reason_and_tells_the_lake_nothing(graded_desk: Desk) -> None:
    desk = graded_desk
    row = ask_for_class(15, "B", expires_on=TERM, signed=desk.signed("rui", "重要"), lake=desk.lake)
    with pytest.raises(KecengError):
        refuse_request(row.pk, signed=desk.signed("dong"))
    assert refuse_request(row.pk, signed=desk.signed("dong", "金额太小")).answer == "金额太小"
    assert not read_decisions(desk.lake.snapshot())


def test_an_appeal_is_opened_once_and_not_answered_by_who_opened_it(graded_desk: Desk) -> None:
    desk = graded_desk
    appeal = open_appeal(5, signed=desk.signed("dong", "合同已签"), lake=desk.lake)
    with pytest.raises(KecengError) as error:
        open_appeal(5, signed=desk.signed("an", "再申诉一次"), lake=desk.lake)
    assert code_of(error) == "appeal_open"
    with pytest.raises(KecengError) as error:
        uphold_appeal(appeal.pk, "A", expires_on=TERM, signed=desk.signed("dong", "同意"), lake=desk.lake)
    assert code_of(error) == "own_approval"
    assert [d.kind for d in read_decisions(desk.lake.snapshot())] == [DecisionKind.APPEAL]


def test_nominations_fill_the_class_up_to_its_quota_and_no_further(graded_desk: Desk) -> None:
    desk = graded_desk
    quota = find_quota(desk.lake)
    assert (quota.held, quota.room) == (frozenset({1, 2, 3, RISING}), 6)  # 30 % of 20 customers
    first, second, third = (
        nominate(key, signed=desk.signed("an", "有潜力"), lake=desk.lake) for key in (5, 6, 7)
    )
    assert first.expires_on == dt.date(2027, 3, 31)
    for row in (first, second):
        approve_request(row.pk, signed=desk.signed("dong"), lake=desk.lake)
    with pytest.raises(KecengError) as error:
        approve_request(third.pk, signed=desk.signed("dong"), lake=desk.lake)
    assert code_of(error) == "quota_full"
    with pytest.raises(KecengError) as error:
        nominate(8, signed=desk.signed("an", "有潜力"), lake=desk.lake)
    assert code_of(error) == "quota_full"
    told = {(d.kind, d.customer_key, d.class_id) for d in read_decisions(desk.lake.snapshot())}
    assert told == {(DecisionKind.NOMINATION, 5, "A"), (DecisionKind.NOMINATION, 6, "A")}
    end_request(first.pk, on=MARCH, signed=desk.signed("dong", "客户转为代理"), lake=desk.lake)
    approve_request(third.pk, signed=desk.signed("dong"), lake=desk.lake)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (dt.date(2026, 1, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2024, 2, 29), 12, dt.date(2025, 2, 28)),
        (dt.date(2026, 11, 30), 3, dt.date(2027, 2, 28)),
        (dt.date(2026, 12, 15), 12, dt.date(2027, 12, 15)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(
    day: dt.date, months: int, later: dt.date
) -> None:
    assert add_months(day, months) == later
