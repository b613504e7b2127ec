"""Whom somebody may see. Every list, count and page of the workbench starts here.

Somebody sees the customers they own, as the head of a department those of everybody in it and below it, and by a role that
sees everybody all customers, or those of the departments to which they are limited; whoever is limited to regions sees of
all these only those in the regions.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from keceng.desk.directory.models import CurrentEdition, Edition, Entry, OwnerName
from keceng.desk.people.duties import SEES_EVERYBODY, SEES_OWN
from keceng.desk.people.models import User
from keceng.desk.people.queries import roles_of
from keceng.desk.people.tree import headed_by, limits_of, members_below
from keceng.desk.remembering import remembered


@dataclass(frozen=True, slots=True)
class Scope:
    """The customers whom somebody may see.

    Attributes:
        owners: theirs alone; None for everybody's, those of no owner included.
        regions: in these alone; None for everywhere, customers of no region included.
    """

    owners: frozenset[str] | None
    regions: frozenset[str] | None

    @property
    def is_everybody(self) -> bool:
        """Whether no customer is outside."""
        return self.owners is None and self.regions is None

    @property
    def condition(self) -> Q:
        """The same about rows that have `owner` and `region`."""
        wanted = Q()
        if self.owners is not None:
            wanted &= Q(owner__in=sorted(self.owners - {""}))
        if self.regions is not None:
            wanted &= Q(region__in=sorted(self.regions - {""}))
        return wanted


NOBODY = Scope(frozenset(), None)


def scope_of(user: User) -> Scope:
    """Whom `user` may see."""
    roles = roles_of(user)
    if not roles & (SEES_EVERYBODY | SEES_OWN):
        return NOBODY
    limits = limits_of(user)
    regions = limits.regions or None
    sees_wide = bool(roles & SEES_EVERYBODY)
    if sees_wide and not limits.departments:
        return Scope(None, regions)
    people = {user.pk, *members_below(headed_by(user))}
    if sees_wide:
        people |= members_below(limits.departments)
    return Scope(
        frozenset(OwnerName.objects.filter(user__in=people).values_list("owner", flat=True)), regions
    )


def current_edition() -> Edition | None:
    """What lists read now; None before the first run."""
    return remembered("current edition", _read_edition)


def _read_edition() -> Edition | None:
    pointer = CurrentEdition.objects.select_related("edition").first()
    return pointer.edition if pointer else None


def sees_everybody(user: User) -> bool:
    """Whether `user` may see every customer, those of no owner included."""
    return scope_of(user).is_everybody


def visible_entries(user: User) -> QuerySet[Entry]:
    """The customers whom `user` may see: everybody's, those of some owners and regions, or none."""
    edition = current_edition()
    if edition is None:
        return Entry.objects.none()
    return Entry.objects.filter(scope_of(user).condition, edition=edition)


def find_entry(user: User, customer_key: int) -> Entry | None:
    """One customer; None when there is none or `user` may not see it, which look the same."""
    found = next(iter(visible_entries(user).filter(customer_key=customer_key)[:1]), None)
    edition = current_edition()
    if found is not None and edition is not None and found.edition_id == edition.pk:
        found.edition = edition  # known, so nobody asks for it again
    return found
