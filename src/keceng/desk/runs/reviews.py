"""The monthly review: one list, decided item by item; what nobody decided takes the system's class at the date."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet

from keceng.desk.outbox.actions import deliver_waiting
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.runs.agenda import list_items
from keceng.desk.runs.events import change, record, record_many
from keceng.desk.runs.models import Review, ReviewItem
from keceng.desk.runs.published import open_run
from keceng.desk.runs.states import ItemKind, ReviewState, Verdict
from keceng.desk.runs.terms import add_months, check_term
from keceng.desk.runs.verdicts import carry_out_item, check_answerer, check_deciders, check_postponable
from keceng.desk.signature import Signature
from keceng.lake import Lake
from keceng.vocabulary import KecengError, Text

REVIEW_MONTHS = 1
"""Reviews are monthly; a class by hand that ends before the next one comes on the list."""


def open_review(*, due_on: dt.date, signed: Signature, lake: Lake, run_id: str | None = None) -> Review:
    """Put the moves of a run (the published one), open appeals and expiring classes by hand on one list.

    Raises:
        KecengError: the run has its review already, there is no such run, or the date lies in the past.
    """
    require_duty(signed.by, Duty.CLOSE_REVIEWS)
    run = open_run(lake.snapshot(), run_id)
    if due_on < signed.day:
        raise KecengError.of("day_in_the_past", f"{due_on} 已经过去", f"{due_on} is in the past")
    with transaction.atomic():
        if Review.objects.filter(run_id=run.run_id).exists():
            raise KecengError.of("review_exists", "这次分级已有评审", "this run has its review already")
        review = Review.objects.create(
            run_id=run.run_id,
            standard_id=run.standard.id,
            as_of=run.summary.as_of,
            due_on=due_on,
            state=ReviewState.OPEN.value,
            opened_by=signed.by,
            opened_at=signed.at,
        )
        expiring_by = add_months(run.summary.as_of, REVIEW_MONTHS)
        items = ReviewItem.objects.bulk_create(list_items(review, run, expiring_by=expiring_by))
        record(review, "open", signed, new={"items": len(items), "due_on": due_on.isoformat()})
    return review


def agree(item_id: int, *, signed: Signature) -> ReviewItem:
    """The system's class stands: a move is carried out, an appeal turned down (with a reason), a class by hand ends.

    Raises:
        KecengError: the review is closed, or an appeal is turned down without a reason or by who opened it.
    """
    return _decide(item_id, Verdict.AGREE, signed)


def postpone(item_id: int, *, signed: Signature) -> ReviewItem:
    """As it was, until the next review; with a reason.

    Raises:
        KecengError: the review is closed, or no reason.
    """
    return _decide(item_id, Verdict.POSTPONE, signed)


def adjust(item_id: int, class_id: str, *, expires_on: dt.date, signed: Signature, lake: Lake) -> ReviewItem:
    """Another class by hand until `expires_on`; with a reason. Whoever closes the review approves it.

    Raises:
        KecengError: the review is closed, no reason, no such class, or a term of more than twelve months.
    """
    review = _find_item(item_id, ReviewItem.objects.all()).review
    open_run(lake.snapshot(), review.run_id).require_class(class_id)
    check_term(review.as_of, expires_on)
    return _decide(item_id, Verdict.ADJUST, signed, {"class_id": class_id, "expires_on": expires_on})


def agree_to_rest(review_id: int, *, signed: Signature, only: QuerySet[ReviewItem] | None = None) -> int:
    """Agree to every move and every expiry that nobody has decided; how many. Appeals are answered one by one.

    Args:
        review_id: an open review.
        signed: who agrees.
        only: the items whom the agreement is about, where it is not about all.

    Raises:
        KecengError: the review is closed.
    """
    require_duty(signed.by, Duty.DECIDE_REVIEWS)
    with transaction.atomic():
        review = _lock_review(review_id)
        rest = review.items.filter(verdict="").exclude(kind=ItemKind.APPEAL.value)
        if only is not None:
            rest = rest.filter(pk__in=only.values("pk"))
        return _decide_many(rest, Verdict.AGREE, signed)


def undo(item_id: int, *, signed: Signature) -> ReviewItem:
    """Take a verdict back; the item is undecided again.

    Raises:
        KecengError: the review is closed.
    """
    require_duty(signed.by, Duty.DECIDE_REVIEWS)
    with transaction.atomic():
        item = _lock_item(item_id)
        change(item, "undo", signed, {**_NOTHING, "decided_by": None, "decided_at": None})
    return item


def close_review(
    review_id: int, *, signed: Signature, lake: Lake, next_review_on: dt.date | None = None
) -> Review:
    """Close a review: what was decided goes to the lake, what was not takes the system's class.

    Args:
        review_id: an open review.
        signed: who approves what others decided.
        lake: is told.
        next_review_on: until when postponements hold; a month after the run's day, if it is not said.

    Raises:
        KecengError: items are undecided and the date has not come, or an item would be approved by who decided it.
    """
    require_duty(signed.by, Duty.CLOSE_REVIEWS)
    with transaction.atomic(durable=True):
        review = _lock_review(review_id)
        until = check_term(review.as_of, next_review_on or add_months(review.as_of, REVIEW_MONTHS))
        items = list(
            review.items.select_for_update(of=("self",)).select_related("decided_by", "appeal").order_by("id")
        )
        _check_time(review, items, signed.day)
        check_deciders(items, signed.by)
        _decide_many(review.items.filter(verdict=""), Verdict.LAPSED, signed)
        for item in items:
            if item.verdict:
                carry_out_item(review, item, until, signed)
        closing = {"closed_by": signed.by, "closed_at": signed.at, "next_review_on": until}
        change(review, "close", signed, {**closing, "state": ReviewState.CLOSED.value})
    deliver_waiting(lake, at=signed.at)
    return review


_NOTHING: dict[str, object] = {"verdict": "", "class_id": "", "expires_on": None, "why": ""}


def _decide(
    item_id: int, verdict: Verdict, signed: Signature, given: dict[str, object] | None = None
) -> ReviewItem:
    require_duty(signed.by, Duty.DECIDE_REVIEWS)
    with transaction.atomic():
        item = _lock_item(item_id)
        if verdict is not Verdict.AGREE or item.kind == ItemKind.APPEAL.value:
            signed.require_why()
        if verdict is Verdict.POSTPONE:
            check_postponable(item)
        check_answerer(item, signed.by)
        decided = {
            "verdict": verdict.value,
            "why": signed.why.strip(),
            "decided_by": signed.by,
            "decided_at": signed.at,
        }
        change(item, verdict.value, signed, {**_NOTHING, **decided, **(given or {})})
    return item


def _decide_many(undecided: QuerySet[ReviewItem], verdict: Verdict, signed: Signature) -> int:
    # A list may have tens of thousands of moves; they are written together, not one by one.
    decided: dict[str, object] = {"verdict": verdict.value}
    if verdict is not Verdict.LAPSED:
        decided |= {"decided_by": signed.by, "decided_at": signed.at, "why": signed.why.strip()}
    items = list(undecided)
    record_many(items, verdict.value, signed, old={"verdict": ""}, new={"verdict": verdict.value})
    return undecided.update(**decided)


def _lock_item(item_id: int) -> ReviewItem:
    return _find_item(item_id, ReviewItem.objects.select_for_update(of=("self", "review")))


def _find_item(item_id: int, rows: QuerySet[ReviewItem]) -> ReviewItem:
    found = rows.filter(pk=item_id).select_related("review", "appeal").first()
    if found is None:
        raise KecengError.of("unknown_item", "评审里没有这一项", "the review has no such item")
    _require_open(found.review)
    return found


def _lock_review(review_id: int) -> Review:
    found = Review.objects.select_for_update().filter(pk=review_id).first()
    if found is None:
        raise KecengError.of("unknown_review", "没有这个评审", "there is no such review")
    _require_open(found)
    return found


def _require_open(review: Review) -> None:
    if review.state != ReviewState.OPEN.value:
        raise KecengError.of("wrong_status", "评审已经关闭", "the review is closed")


def _check_time(review: Review, items: list[ReviewItem], today: dt.date) -> None:
    undecided = sum(not item.verdict for item in items)
    if undecided and today < review.due_on:
        raise KecengError.of(
            "undecided_items",
            f"还有 {undecided} 项未决，{review.due_on} 前不能关闭",
            f"{undecided} items are undecided; the review cannot be closed before {review.due_on}",
            remedy=Text("逐项决定，或等到当日按系统值处理", "decide them, or let them lapse on the date"),
        )
