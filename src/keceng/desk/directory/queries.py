"""Whom somebody may see, and lists of them. Every list, count and page of the workbench starts here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from keceng.desk.directory.models import CurrentEdition, Edition, Entry
from keceng.desk.people.duties import Role
from keceng.desk.people.models import User
from keceng.desk.people.queries import roles_of

SEES_EVERYBODY = frozenset(
    {Role.SALES_DIRECTOR, Role.MARKETING_MANAGER, Role.DATA_ANALYST, Role.CUSTOMER_SERVICE}
)
SEES_OWN = frozenset({Role.SALES_REP, Role.ACCOUNT_MANAGER})
MOST_TOKENS = 5


def current_edition() -> Edition | None:
    """What lists read now; None before the first run."""
    pointer = CurrentEdition.objects.select_related("edition").first()
    return pointer.edition if pointer else None


def sees_everybody(user: User) -> bool:
    """Whether `user` may see every customer, those of no owner included."""
    return bool(roles_of(user) & SEES_EVERYBODY)


def visible_entries(user: User) -> QuerySet[Entry]:
    """The customers whom `user` may see: everybody's, those they own, or none."""
    edition = current_edition()
    if edition is None:
        return Entry.objects.none()
    entries = Entry.objects.filter(edition=edition)
    roles = roles_of(user)
    if roles & SEES_EVERYBODY:
        return entries
    if roles & SEES_OWN:
        return entries.filter(owner__in=list(user.owner_names.values_list("owner", flat=True)))
    return Entry.objects.none()


def find_entry(user: User, customer_key: int) -> Entry | None:
    """One customer; None when there is none or `user` may not see it, which look the same."""
    return visible_entries(user).filter(customer_key=customer_key).first()


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
ORDERS = {
    "spend": ("-spend", "customer_key"),
    "loss": ("-expected_loss", "customer_key"),
    "overdue": ("-overdue_amount", "customer_key"),
    "silence": ("-gap_ratio", "customer_key"),
    "name": ("shown_name", "customer_key"),
}


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


def count_classes(entries: QuerySet[Entry], classes: Sequence[str]) -> list[ClassCount]:
    """Heads and sales per class, best first."""
    graded = entries.exclude(grade="").values_list("grade").annotate(heads=Count("pk"), spend=Sum("spend"))
    now = {grade: (heads, spend or 0) for grade, heads, spend in graded}
    earlier = entries.exclude(earlier_grade="").values_list("earlier_grade").annotate(heads=Count("pk"))
    before = dict(earlier)
    return [ClassCount(c, *now.get(c, (0, 0)), before.get(c, 0)) for c in classes]


def distinct(entries: QuerySet[Entry], name: str) -> list[str]:
    """The values of a column among the visible, the commonest first."""
    counted = (
        entries.exclude(**{name: ""}).values_list(name).annotate(heads=Count("pk")).order_by("-heads", name)
    )
    return [value for value, _ in counted[:200]]
