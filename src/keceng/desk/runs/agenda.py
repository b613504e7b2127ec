"""What comes on the list of a review: the run's moves, open appeals, and classes by hand that end before the next one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from keceng.classify import Decision, DecisionKind, read_decisions
from keceng.desk.runs.models import Appeal, Review, ReviewItem
from keceng.desk.runs.published import PublishedRun
from keceng.desk.runs.states import AppealState, ItemKind

_GIVES_CLASS = frozenset({DecisionKind.OVERRIDE, DecisionKind.NOMINATION})


def list_items(review: Review, run: PublishedRun, *, expiring_by: dt.date) -> list[ReviewItem]:
    """The items of a review, not stored yet: moves, then appeals, then classes by hand that end by `expiring_by`.

    Each has the system's class and the run's stored reason for it.
    """
    items = [
        *_moves(review, run),
        *_appeals(review, run),
        *_expiries(review, run, expiring_by),
    ]
    grades = run.grades_of({item.customer_key for item in items})
    for item in items:
        if (graded := grades.get(item.customer_key)) is not None:
            item.reason_zh, item.reason_en = graded.reason_zh, graded.reason_en
            item.to_class = item.to_class or graded.by_system or ""
            item.from_class = item.from_class or graded.grade or ""
    return items


def _moves(review: Review, run: PublishedRun) -> Iterator[ReviewItem]:
    for key, before, after in run.list_moves():
        yield ReviewItem(
            review=review, kind=ItemKind.MOVE.value, customer_key=key, from_class=before, to_class=after
        )


def _appeals(review: Review, run: PublishedRun) -> Iterator[ReviewItem]:
    waiting = Appeal.objects.filter(standard_id=run.standard.id, state=AppealState.OPEN.value)
    for appeal in waiting.order_by("id"):
        yield ReviewItem(
            review=review,
            kind=ItemKind.APPEAL.value,
            customer_key=appeal.customer_key,
            from_class=appeal.grade,
            appeal=appeal,
            about=appeal.decision_id,
        )


def _expiries(review: Review, run: PublishedRun, by: dt.date) -> Iterator[ReviewItem]:
    for decision in _standing_decisions(run):
        key, held, ends_on = decision.customer_key, decision.class_id, decision.expires_on
        if key is not None and held is not None and ends_on is not None and ends_on <= by:
            yield ReviewItem(
                review=review,
                kind=ItemKind.EXPIRY.value,
                customer_key=key,
                from_class=held,
                about=decision.decision_id,
                ends_on=ends_on,
            )


def _standing_decisions(run: PublishedRun) -> Iterator[Decision]:
    # The run wrote down which decision each grade rests on; one that was ended since does not expire any more.
    decisions = read_decisions(run.snapshot)
    ended = {d.about for d in decisions if d.about}
    resting = run.decision_ids()
    for decision in decisions:
        if decision.kind in _GIVES_CLASS and decision.decision_id in resting - ended:
            yield decision
