"""What the verdict on an item does when its review is closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from keceng.desk.people.models import User
from keceng.desk.runs.appeals import lock_open, reject_row, uphold_row
from keceng.desk.runs.events import change
from keceng.desk.runs.models import ClassRequest, Review, ReviewItem
from keceng.desk.runs.requests import approve_row, own_approval
from keceng.desk.runs.states import AppealState, ItemKind, RequestKind, RequestState, Verdict
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError, Text

_BY_HAND = (Verdict.POSTPONE.value, Verdict.ADJUST.value)


def check_postponable(item: ReviewItem) -> None:
    """Let an item pass that has a class to stay in.

    Raises:
        KecengError: it has none.
    """
    if not item.from_class and item.kind != ItemKind.APPEAL.value:
        raise KecengError.of("no_class_to_keep", "没有可保留的等级", "there is no class to stay in")


def check_deciders(items: Sequence[ReviewItem], closer: User) -> None:
    """Let a closing pass that approves no class by hand which the closer decided, or appealed for.

    Raises:
        KecengError: it would; the message says how many items.
    """
    own = [item for item in items if item.verdict in _BY_HAND and closer.pk in _askers(item)]
    if own:
        raise KecengError.of(
            "own_approval",
            f"有 {len(own)} 项暂缓或调整是您本人提出的，须由别人关闭评审",
            f"{len(own)} postponements or adjustments are your own; somebody else must close the review",
            remedy=Text("请另一位有权限的同事关闭", "have a colleague with the right close it"),
        )


def check_answerer(item: ReviewItem, decider: User) -> None:
    """Let somebody decide an appeal who has not opened it.

    Raises:
        KecengError: they have.
    """
    if item.appeal is not None and item.appeal.opened_by_id == decider.pk:
        raise own_approval()


def carry_out_item(review: Review, item: ReviewItem, until: dt.date, signed: Signature) -> None:
    """Do what the verdict says, within the open transaction.

    Args:
        review: it belongs to.
        item: a decided one.
        until: the day of the next review.
        signed: who closes the review.
    """
    if item.kind == ItemKind.APPEAL.value:
        _answer_appeal(review, item, signed)
    elif item.verdict == Verdict.ADJUST.value:
        _give_class(review, item, (item.class_id, item.expires_on), signed)
    elif item.verdict == Verdict.POSTPONE.value:
        _give_class(review, item, (item.from_class, max(until, item.ends_on or until)), signed)


def _answer_appeal(review: Review, item: ReviewItem, signed: Signature) -> None:
    if item.appeal is None or item.decided_by is None or item.verdict == Verdict.POSTPONE.value:
        return
    if item.appeal.state != AppealState.OPEN.value:
        return  # answered meanwhile, outside the review
    appeal = lock_open(item.appeal.pk)
    answered = Signature(item.decided_by, signed.at, item.why)
    if item.verdict == Verdict.AGREE.value:
        reject_row(appeal, item.decided_by, review.as_of, answered)
        return
    if item.expires_on is not None:
        given = (item.class_id, review.as_of, item.expires_on)
        decision_id = uphold_row(appeal, given, signed.by, Signature(signed.by, signed.at, item.why))
        change(item, "tell", signed, {"decision_id": decision_id})


def _give_class(
    review: Review, item: ReviewItem, given: tuple[str, dt.date | None], signed: Signature
) -> None:
    class_id, expires_on = given
    if item.decided_by is None or expires_on is None:
        raise KecengError.of("undecided_items", "这一项没有决定", "this item has no decision")
    request = ClassRequest.objects.create(
        kind=_kind(item),
        customer_key=item.customer_key,
        standard_id=review.standard_id,
        class_id=class_id,
        why=item.why,
        effective_on=review.as_of,
        expires_on=expires_on,
        asked_by=item.decided_by,
        asked_at=item.decided_at or signed.at,
        state=RequestState.ASKED.value,
    )
    approve_row(request, signed.by, signed)
    change(item, "tell", signed, {"decision_id": request.decision_id})


def _kind(item: ReviewItem) -> str:
    # A nomination that is prolonged stays one, so that it goes on counting against the quota.
    before = ClassRequest.objects.filter(decision_id=item.about).first() if item.about else None
    if before is not None and item.verdict == Verdict.POSTPONE.value:
        return before.kind
    return RequestKind.OVERRIDE.value


def _askers(item: ReviewItem) -> set[int | None]:
    return {item.decided_by_id, item.appeal.opened_by_id if item.appeal else None}
