"""The monthly review: its list, its verdicts, and what becomes of them in the next run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from keceng.classify import Decision, DecisionKind, read_customers, read_decisions
from keceng.desk.runs.actions import (
    adjust,
    agree,
    agree_to_rest,
    close_review,
    open_appeal,
    open_review,
    postpone,
    undo,
)
from keceng.desk.runs.models import Review, ReviewItem, RunEvent
from keceng.desk.runs.queries import count_verdicts, list_events, list_open_appeals, list_review_items
from keceng.measure import catalogue
from keceng.standard import load_standard
from keceng.vocabulary import KecengError
from tests.desk.cast import APRIL, FALLEN, FALLING, FALLING_TOO, MARCH, NOW, PLAIN, RISING, Desk

DUE = dt.date(2026, 3, 9)
TERM = dt.date(2026, 9, 30)
LATER = NOW + dt.timedelta(days=7)


def opened(desk: Desk) -> dict[str, ReviewItem]:
    """The items of a new review, by kind and customer."""
    review = open_review(due_on=DUE, signed=desk.signed("dong"), lake=desk.lake)
    return {f"{i.kind}/{i.customer_key}": i for i in list_review_items(review.pk)}


def next_grades(desk: Desk, as_of: dt.date = APRIL) -> dict[int, dict[str, object]]:
    """The rows of a further run, by customer."""
    summary = desk.workspace.classify(load_standard(PLAIN, catalogue()), as_of)
    directory = desk.lake.snapshot().run_directory(summary.run_id)
    columns = [
        "customer_key",
        "grade",
        "grade_by_system",
        "decision_id",
        "is_appealed",
        "reason_zh",
        "reason_en",
    ]
    return {row["customer_key"]: row for row in read_customers(directory, columns).to_pylist()}


def code_of(error: pytest.ExceptionInfo[KecengError]) -> str:
    return error.value.problems[0].code


def test_the_list_has_moves_appeals_and_expiring_classes_with_the_systems_reason(graded_desk: Desk) -> None:
    open_appeal(5, signed=graded_desk.signed("rui", "客户说今年有大单"), lake=graded_desk.lake)
    items = opened(graded_desk)
    falls = [f"move/{key}" for key in (FALLING, FALLING_TOO, FALLEN)]
    assert list(items) == [f"move/{RISING}", *falls, "appeal/5"]
    classes = {name: (item.from_class, item.to_class) for name, item in items.items()}
    assert classes == {
        f"move/{RISING}": ("C", "A"),
        **dict.fromkeys(falls, ("A", "C")),
        "appeal/5": ("B", "B"),
    }
    assert all(i.reason_zh and i.reason_en and not i.verdict for i in items.values())
    with pytest.raises(KecengError) as error:
        opened(graded_desk)
    assert code_of(error) == "review_exists"


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a review: its verdicts, the lake's decisions, the next run's rows, the next review's items."""

    verdicts: Mapping[str, int]
    decisions: Mapping[int | None, list[Decision]]
    grades: Mapping[int, dict[str, object]]
    following: Mapping[str, ReviewItem]
    later: Mapping[int, dict[str, object]]


@pytest.fixture(scope="module")
def told(story: Desk) -> Told:
    """A review closed on its date, the run of April, the review of that, and a run of May.

    11: agreed. 12: adjusted to B. 13: postponed. 14: undecided. Appeals: 5 turned down, 6 upheld, 7 undecided.
    """
    desk, lake = story, story.lake
    for key in (5, 6, 7):
        open_appeal(key, signed=desk.signed("rui", "客户不同意"), lake=lake)
    items = opened(desk)
    agree(items[f"move/{RISING}"].pk, signed=desk.signed("an"))
    fall = items[f"move/{FALLING}"].pk
    adjust(fall, "B", expires_on=TERM, signed=desk.signed("an", "大单已签, 下月到货"), lake=lake)
    postpone(items[f"move/{FALLING_TOO}"].pk, signed=desk.signed("an", "等一个月再看"))
    agree(items["appeal/5"].pk, signed=desk.signed("fang", "金额未到"))
    adjust(items["appeal/6"].pk, "A", expires_on=TERM, signed=desk.signed("fang", "合同已签"), lake=lake)
    review_id = items["appeal/5"].review_id
    with pytest.raises(KecengError) as error:
        close_review(review_id, signed=desk.signed("dong"), lake=lake)
    assert code_of(error) == "undecided_items"
    assert Review.objects.get(pk=review_id).state == "open"
    review = close_review(review_id, signed=desk.signed("dong", at=LATER), lake=lake)
    assert (review.state, review.next_review_on) == ("closed", APRIL)
    decisions: dict[int | None, list[Decision]] = {}
    for decision in read_decisions(lake.snapshot()):
        decisions.setdefault(decision.customer_key, []).append(decision)
    grades = next_grades(desk)
    assert [a.customer_key for a in list_open_appeals()] == [7]
    return Told(
        count_verdicts(review_id), decisions, grades, opened(desk), next_grades(desk, dt.date(2026, 5, 1))
    )


def test_every_item_has_a_verdict_once_the_review_is_closed(told: Told) -> None:
    assert told.verdicts == {"agree": 2, "adjust": 2, "postpone": 1, "lapsed": 2}


def test_an_adjustment_ends_in_the_lake_and_in_the_next_runs_grade_and_reason(told: Told) -> None:
    (override,) = told.decisions[FALLING]
    assert (override.kind, override.class_id) == (DecisionKind.OVERRIDE, "B")
    assert (override.decided_by, override.approved_by) == ("an", "dong")
    assert (override.effective_on, override.expires_on) == (MARCH, TERM)
    after = told.grades[FALLING]
    assert (after["grade"], after["grade_by_system"]) == ("B", "C")
    assert after["decision_id"] == override.decision_id
    assert "人工" in str(after["reason_zh"])


def test_a_postponed_move_stays_as_it_was_until_the_next_review_and_comes_again(told: Told) -> None:
    after = told.grades[FALLING_TOO]
    assert (after["grade"], after["grade_by_system"]) == ("A", "C")
    expiry = told.following[f"expiry/{FALLING_TOO}"]
    assert (expiry.from_class, expiry.to_class, expiry.ends_on) == ("A", "C", APRIL)
    assert told.later[FALLING_TOO]["grade"] == "C"


def test_what_was_agreed_or_not_decided_takes_the_systems_class_and_tells_the_lake_nothing(
    told: Told,
) -> None:
    assert [told.grades[key]["grade"] for key in (RISING, FALLEN)] == ["A", "C"]
    assert RISING not in told.decisions
    assert FALLEN not in told.decisions


def test_an_appeal_is_answered_in_the_review_and_an_undecided_one_comes_again(told: Told) -> None:
    shown = [(told.grades[key]["grade"], told.grades[key]["is_appealed"]) for key in (5, 6, 7)]
    assert shown == [("B", False), ("A", False), ("B", True)]
    assert "appeal/7" in told.following
    assert "appeal/5" not in told.following
    override = next(d for d in told.decisions[6] if d.kind is DecisionKind.OVERRIDE)
    assert (override.decided_by, override.approved_by) == ("rui", "dong")


def test_an_appeal_is_turned_down_with_a_reason_and_not_by_who_opened_it(graded_desk: Desk) -> None:
    desk = graded_desk
    open_appeal(5, signed=desk.signed("an", "客户不同意"), lake=desk.lake)
    item = opened(desk)["appeal/5"]
    with pytest.raises(KecengError) as error:
        agree(item.pk, signed=desk.signed("fang"))
    assert code_of(error) == "reason_required"
    with pytest.raises(KecengError) as error:
        agree(item.pk, signed=desk.signed("an", "算了"))
    assert code_of(error) == "own_approval"


def test_nobody_closes_a_review_over_their_own_adjustments(graded_desk: Desk) -> None:
    desk = graded_desk
    items = opened(desk)
    fall = items[f"move/{FALLING}"]
    postpone(fall.pk, signed=desk.signed("dong", "再看"))
    for key in (RISING, FALLING_TOO, FALLEN):
        agree(items[f"move/{key}"].pk, signed=desk.signed("dong"))
    with pytest.raises(KecengError) as error:
        close_review(fall.review_id, signed=desk.signed("dong"), lake=desk.lake)
    assert code_of(error) == "own_approval"
    assert not read_decisions(desk.lake.snapshot())
    close_review(fall.review_id, signed=desk.signed("fang"), lake=desk.lake)
    assert len(read_decisions(desk.lake.snapshot())) == 1


def test_a_verdict_needs_its_reason_its_class_and_its_end(graded_desk: Desk) -> None:
    desk = graded_desk
    fall = opened(desk)[f"move/{FALLING}"]
    signed, term = desk.signed("an", "特殊情况"), dt.date(2026, 9, 30)
    with pytest.raises(KecengError) as error:
        postpone(fall.pk, signed=desk.signed("an"))
    assert code_of(error) == "reason_required"
    with pytest.raises(KecengError) as error:
        adjust(fall.pk, "Z", expires_on=term, signed=signed, lake=desk.lake)
    assert code_of(error) == "unknown_class"
    for day in (dt.date(2026, 3, 30), dt.date(2027, 4, 1)):
        with pytest.raises(KecengError) as error:
            adjust(fall.pk, "B", expires_on=day, signed=signed, lake=desk.lake)
        assert code_of(error) == "bad_term"
    with pytest.raises(KecengError) as error:
        agree(fall.pk, signed=desk.signed("rui"))
    assert code_of(error) == "not_permitted"
    fall.refresh_from_db()
    assert not fall.verdict


def test_a_verdict_can_be_taken_back_until_the_review_is_closed_and_every_change_is_a_row(
    graded_desk: Desk,
) -> None:
    desk = graded_desk
    items = opened(desk)
    rise = items[f"move/{RISING}"]
    postpone(rise.pk, signed=desk.signed("an", "再看"))
    undo(rise.pk, signed=desk.signed("an"))
    agree(rise.pk, signed=desk.signed("an"))
    assert agree_to_rest(rise.review_id, signed=desk.signed("an")) == 3
    close_review(rise.review_id, signed=desk.signed("dong"), lake=desk.lake)
    events = list_events(rise)
    assert [(e.step, e.by.username, e.why) for e in events] == [
        ("postpone", "an", "再看"),
        ("undo", "an", ""),
        ("agree", "an", ""),
    ]
    assert [(e.old["verdict"], e.new["verdict"]) for e in events] == [
        ("", "postpone"),
        ("postpone", ""),
        ("", "agree"),
    ]
    with pytest.raises(KecengError) as error:
        undo(rise.pk, signed=desk.signed("an"))
    assert code_of(error) == "wrong_status"
    fallen = list_events(items[f"move/{FALLEN}"])
    assert [(e.step, e.by.username, e.new) for e in fallen] == [("agree", "an", {"verdict": "agree"})]
    assert RunEvent.objects.filter(subject="review").count() == 2


def test_agreeing_to_the_rest_leaves_appeals_to_be_answered(graded_desk: Desk) -> None:
    desk = graded_desk
    open_appeal(5, signed=desk.signed("rui", "客户不同意"), lake=desk.lake)
    review_id = opened(desk)["appeal/5"].review_id
    assert agree_to_rest(review_id, signed=desk.signed("an")) == 4
    assert count_verdicts(review_id) == {"agree": 4, "": 1}
