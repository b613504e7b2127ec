"""What a list of customers is narrowed to, and what is counted over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy

from keceng.desk.directory.listing import Group, group_of
from keceng.desk.directory.models import Entry
from keceng.desk.directory.roster import SORTED_BY

MOST_TOKENS, MOST_VALUES = 5, 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; empty values narrow nothing.

    Attributes:
        text: number, part of the name, or initials of its pinyin; several words must all be there.
        grade: a class, or `-` for those without one.
        moved: `up` or `down` against the run before.
        is_at_risk: whether only those in one of the `RISKY_STATES` are wanted.
    """

    text: str = ""
    grade: str = ""
    state: str = ""
    owner: str = ""
    region: str = ""
    moved: str = ""
    is_overdue: bool = False
    is_by_hand: bool = False
    is_appealed: bool = False
    excluded_as: str = ""
    is_graded: bool = False
    is_excluded: bool = False
    is_at_risk: bool = False


RISKY_STATES = ("at_risk", "dormant")
"""States of customers who have been silent too long and are not lost yet."""
ORDERS: Mapping[str, tuple[OrderBy | str, ...]] = {
    order: ("shown_name" if name == "shown_name" else F(name).desc(nulls_last=True), "customer_key")
    for order, name in SORTED_BY.items()
}
"""For a query of the desk itself; `Listing` has the same orders."""


def narrow(entries: QuerySet[Entry], wanted: Wanted, classes: Sequence[str]) -> QuerySet[Entry]:
    """`entries` as wanted; `classes` best first, to tell up from down."""
    for word in wanted.text.lower().split()[:MOST_TOKENS]:
        entries = entries.filter(search__contains=word)
    for name in ("state", "owner", "region", "excluded_as"):
        if value := getattr(wanted, name):
            entries = entries.filter(**{name: value})
    if wanted.grade:
        entries = entries.filter(grade="" if wanted.grade == "-" else wanted.grade)
    for is_asked, condition in (
        (wanted.is_overdue, Q(overdue_amount__gt=0)),
        (wanted.is_by_hand, Q(is_by_hand=True)),
        (wanted.is_appealed, Q(is_appealed=True)),
        (wanted.is_graded, ~Q(grade="")),
        (wanted.is_excluded, ~Q(excluded_as="")),
        (wanted.is_at_risk, Q(state__in=RISKY_STATES)),
    ):
        if is_asked:
            entries = entries.filter(condition)
    if wanted.moved in {"up", "down"}:
        entries = entries.filter(_moves(classes, wanted.moved))
    return entries


def _moves(classes: Sequence[str], direction: str) -> Q:
    found = Q(pk__in=[])
    for place, better in enumerate(classes):
        for worse in classes[place + 1 :]:
            before, after = (worse, better) if direction == "up" else (better, worse)
            found |= Q(earlier_grade=before, grade=after)
    return found


@dataclass(frozen=True, slots=True)
class ClassCount:
    """A class among the visible: heads, sales in cents, and heads before."""

    class_id: str
    heads: int
    spend: int
    earlier_heads: int


def count_classes(entries: QuerySet[Entry] | Group, classes: Sequence[str]) -> list[ClassCount]:
    """Heads and sales per class, best first."""
    group = _group(entries)
    now, before = group.count_by("grade"), group.count_by("earlier_grade")
    spend = group.total_by("spend", "grade")
    return [ClassCount(c, now.get((c,), 0), spend.get(c, 0), before.get((c,), 0)) for c in classes]


def count_heads(entries: QuerySet[Entry]) -> int:
    """How many customers `entries` means."""
    return group_of(entries).heads


def distinct(entries: QuerySet[Entry] | Group, name: str) -> list[str]:
    """The values of a column among the visible, the commonest first."""
    counted = _group(entries).count_by(name)
    commonest = sorted((-heads, word) for (word,), heads in counted.items() if word)
    return [word for _, word in commonest[:MOST_VALUES]]


def _group(entries: QuerySet[Entry] | Group) -> Group:
    return entries if isinstance(entries, Group) else group_of(entries)
