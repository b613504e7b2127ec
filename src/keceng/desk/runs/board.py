"""The list of a review as somebody may see it: whose customers, in which pile, at what stake, and what came of each decision."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from keceng.desk.directory.models import Entry
from keceng.desk.directory.scope import current_edition, sees_everybody, visible_entries
from keceng.desk.outbox.models import OutboxRow
from keceng.desk.outbox.queries import find_answers, find_rows
from keceng.desk.people.models import User
from keceng.desk.runs.models import Review, ReviewItem
from keceng.desk.runs.states import ItemKind, ReviewState, Verdict
from keceng.vocabulary import Text


class Pile(StrEnum):
    """By what a list is narrowed."""

    DOWN = "down"
    UP = "up"
    APPEAL = "appeal"
    EXPIRY = "expiry"

    @property
    def wording(self) -> Text:
        """The pile in words."""
        return _PILES[self]


_PILES: Mapping[Pile, Text] = {
    Pile.DOWN: Text("降级", "down"),
    Pile.UP: Text("升级", "up"),
    Pile.APPEAL: Text("申诉", "appeals"),
    Pile.EXPIRY: Text("人工定级到期", "classes by hand that expire"),
}


_OF_APPEALS: Mapping[Verdict, Text] = {
    Verdict.AGREE: Text("维持原级", "grade stands"),
    Verdict.ADJUST: Text("支持申诉，人工调整", "upheld, adjusted"),
    Verdict.LAPSED: Text("未答复，下次再议", "unanswered, it comes again"),
}


@dataclass(frozen=True, slots=True)
class PileCount:
    """A pile: heads, and how many of them nobody has decided."""

    pile: Pile
    heads: int
    undecided: int


class Delivery(StrEnum):
    """Where the decision that an item made is."""

    ARRIVED = "arrived"
    WAITING = "waiting"
    REFUSED = "refused"

    @property
    def wording(self) -> Text:
        """The delivery in words."""
        return _DELIVERIES[self]


_DELIVERIES: Mapping[Delivery, Text] = {
    Delivery.ARRIVED: Text("已入账，下一次分级生效", "recorded; the next run follows it"),
    Delivery.WAITING: Text("待入账", "on its way to the records"),
    Delivery.REFUSED: Text("未能入账，会再试", "not recorded yet, it is tried again"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An item with what the directory knows of its customer.

    Attributes:
        item: what is decided.
        pile: under which heading it stands.
        entry: the customer in the current edition; None when it is not in it.
        delivery: where the decision is; None where none was made.
        stands: the class that holds after the verdict; empty while nothing is decided.
        until: the last day of a class by hand; None otherwise.
    """

    item: ReviewItem
    pile: Pile
    entry: Entry | None
    delivery: Delivery | None
    stands: str
    until: dt.date | None

    @property
    def verdict(self) -> Text | None:
        """What was decided, in words; None while nothing is."""
        if not self.item.verdict:
            return None
        verdict = Verdict(self.item.verdict)
        return _OF_APPEALS.get(verdict, verdict.wording) if self.pile is Pile.APPEAL else verdict.wording


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing a review would do now.

    Attributes:
        undecided: items that would take the system's class.
        by_hand: items that would become classes by hand.
        own: those of them that this user decided or appealed for and therefore cannot approve.
        waits_until: the date before which it cannot be closed; None when it can.
    """

    undecided: int
    by_hand: int
    own: int
    waits_until: dt.date | None

    @property
    def is_possible(self) -> bool:
        """Whether this user can close it today."""
        return not self.own and self.waits_until is None


def find_review(review_id: int) -> Review | None:
    """One review; None when there is none."""
    return Review.objects.select_related("opened_by", "closed_by").filter(pk=review_id).first()


def find_open_review() -> Review | None:
    """The newest review that may still be decided; None when there is none."""
    return Review.objects.filter(state=ReviewState.OPEN.value).order_by("-id").first()


def visible_items(review: Review, user: User) -> QuerySet[ReviewItem]:
    """The items about customers whom `user` may see."""
    items = review.items.select_related("decided_by", "appeal", "appeal__opened_by", "review")
    if sees_everybody(user):
        return items
    return items.filter(customer_key__in=visible_entries(user).values("customer_key"))


def narrow_items(
    items: QuerySet[ReviewItem], classes: Sequence[str], pile: str, *, undecided: bool, verdict: str = ""
) -> QuerySet[ReviewItem]:
    """The items of one pile, or all for another word, and of one verdict where it is named; the greatest sales first."""
    if pile in set(Pile):
        items = items.filter(_in_pile(Pile(pile), classes))
    if undecided:
        items = items.filter(verdict="")
    if verdict in set(Verdict):
        items = items.filter(verdict=verdict)
    spend = Entry.objects.filter(edition=current_edition(), customer_key=OuterRef("customer_key")).values(
        "spend"
    )
    return items.annotate(stake=Subquery(spend[:1])).order_by(F("stake").desc(nulls_last=True), "id")


def count_piles(items: QuerySet[ReviewItem], classes: Sequence[str]) -> list[PileCount]:
    """Every pile with its heads and how many wait."""
    counted = items.aggregate(
        **{f"{p}_all": Count("pk", filter=_in_pile(p, classes)) for p in Pile},
        **{f"{p}_open": Count("pk", filter=_in_pile(p, classes) & Q(verdict="")) for p in Pile},
    )
    return [PileCount(p, counted[f"{p}_all"], counted[f"{p}_open"]) for p in Pile]


def count_outcomes(items: QuerySet[ReviewItem]) -> list[tuple[Verdict, int]]:
    """How often each verdict was given; those never given are left out."""
    counted = dict(items.order_by().values_list("verdict").annotate(heads=Count("pk")))
    return [(verdict, counted[verdict.value]) for verdict in Verdict if verdict.value in counted]


def count_deliveries(items: QuerySet[ReviewItem]) -> Mapping[Delivery, int]:
    """Where the classes by hand that these items gave are, by head."""
    given = items.exclude(decision_id="").order_by().values("decision_id")
    rows = OutboxRow.objects.filter(decision_id__in=given)
    found = Counter(_delivery(row) for row in rows.only("done_at", "attempts"))
    return {delivery: found[delivery] for delivery in Delivery if found[delivery]}


def read_lines(items: Iterable[ReviewItem], classes: Sequence[str], user: User) -> list[Line]:
    """The items of one page with their customers and their decisions."""
    page = list(items)
    entries = {
        e.customer_key: e
        for e in visible_entries(user).filter(customer_key__in=[i.customer_key for i in page])
    }
    sent = find_rows([i.decision_id for i in page if i.decision_id])
    answers = find_answers([i.about for i in page if i.kind == ItemKind.APPEAL.value])
    lines = []
    for item in page:
        row = sent.get(item.decision_id) or (answers.get(item.about) if item.verdict else None)
        stands, until = outcome_of(item)
        lines.append(
            Line(
                item=item,
                pile=_pile_of(item, classes),
                entry=entries.get(item.customer_key),
                delivery=_delivery(row),
                stands=stands,
                until=until,
            )
        )
    return lines


def outcome_of(item: ReviewItem) -> tuple[str, dt.date | None]:
    """The class that holds after an item's verdict and its last day; empty while it is undecided."""
    if item.verdict == Verdict.ADJUST.value:
        return item.class_id, item.expires_on
    if item.verdict == Verdict.POSTPONE.value and item.kind != ItemKind.APPEAL.value:
        until = item.review.next_review_on
        return item.from_class, max(until, item.ends_on or until) if until else None
    return (item.to_class, None) if item.verdict else ("", None)


def read_closing(review: Review, user: User, today: dt.date) -> Closing:
    """What closing would do, counted over the whole list whoever may see it: it is closed for all."""
    by_hand = Q(verdict__in=[Verdict.POSTPONE.value, Verdict.ADJUST.value])
    own = by_hand & (Q(decided_by=user) | Q(appeal__opened_by=user))
    counted = review.items.aggregate(
        undecided=Count("pk", filter=Q(verdict="")),
        by_hand=Count("pk", filter=by_hand),
        own=Count("pk", filter=own),
    )
    waits = counted["undecided"] > 0 and today < review.due_on
    return Closing(**counted, waits_until=review.due_on if waits else None)


def count_undecided(review: Review, user: User) -> int:
    """Items nobody has decided, among the customers whom `user` may see."""
    return visible_items(review, user).filter(verdict="").count()


def _in_pile(pile: Pile, classes: Sequence[str]) -> Q:
    if pile in {Pile.APPEAL, Pile.EXPIRY}:
        return Q(kind=pile.value)
    return Q(kind=ItemKind.MOVE.value) & _towards(pile, classes)


def _towards(pile: Pile, classes: Sequence[str]) -> Q:
    found = Q(pk__in=[])
    for place, better in enumerate(classes):
        worse = list(classes[place + 1 :])
        if pile is Pile.UP:
            found |= Q(from_class__in=worse, to_class=better)
        else:
            found |= Q(from_class=better, to_class__in=worse)
    return found


def _pile_of(item: ReviewItem, classes: Sequence[str]) -> Pile:
    if item.kind != ItemKind.MOVE.value:
        return Pile(item.kind)
    return Pile.UP if classes.index(item.to_class) < classes.index(item.from_class) else Pile.DOWN


def _delivery(row: OutboxRow | None) -> Delivery | None:
    if row is None:
        return None
    if row.done_at is not None:
        return Delivery.ARRIVED
    return Delivery.REFUSED if row.attempts else Delivery.WAITING
