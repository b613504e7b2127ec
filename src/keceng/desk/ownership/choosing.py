"""Which customers are handed over, and to whom they may go: both within what whoever asks may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from keceng.desk.directory.listing import Group, Listing, group_of
from keceng.desk.directory.models import Entry, OwnerName
from keceng.desk.directory.scope import Scope, current_edition, scope_of, visible_entries
from keceng.desk.groups.selection import Selection, select_entries
from keceng.desk.people.models import User
from keceng.vocabulary import KecengError, Text

MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Receiver:
    """An owner to whom customers may go: the name in the books, and who it is, if the desk knows."""

    owner: str
    user: User | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a hand-over is about: ticked customers, or everything that a list asks for.

    Attributes:
        keys: ticked ones; empty where the whole list is meant.
        asked: the list.
        today: the day of whoever asks, for filters that count days.
    """

    keys: frozenset[int] = frozenset()
    asked: Selection = field(default_factory=Selection)
    today: dt.date = dt.date.min


@dataclass(frozen=True, slots=True)
class Weighed:
    """What is about to change hands.

    Attributes:
        heads: customers.
        spend: their sales in the window, in cents.
        owners: (owner, heads) now, most first; empty for nobody's.
        first: the greatest of them.
    """

    heads: int
    spend: int
    owners: Sequence[tuple[str, int]]
    first: Sequence[Entry]


def choose_entries(user: User, chosen: Chosen) -> QuerySet[Entry]:
    """The customers meant, of those whom `user` may see now.

    Raises:
        KecengError: the list's own filters cannot be read.
    """
    if chosen.keys:
        return visible_entries(user).filter(customer_key__in=chosen.keys)
    edition = current_edition()
    if edition is None:
        return Entry.objects.none()
    return select_entries(user, edition, chosen.asked, chosen.today)


def weigh(entries: QuerySet[Entry]) -> Weighed:
    """How many customers these are, whose, and which are the greatest."""
    group = group_of(entries)
    owners = _most_first(group)
    return Weighed(group.heads, group.total("spend"), owners, Listing(entries, "spend")[:MOST_SHOWN])


def list_receivers(user: User) -> Sequence[Receiver]:
    """To whom `user` may hand customers over: the owners of their departments, or where all is theirs every owner.

    Owners who have left are not among them.
    """
    known = {row.owner: row.user for row in OwnerName.objects.select_related("user")}
    scope = scope_of(user)
    names = set(known) | (_named_in_books(scope) if scope.owners is None else set())
    if scope.owners is not None:
        names &= scope.owners
    open_names = [name for name in names if name not in known or known[name].is_active]
    return [Receiver(name, known.get(name)) for name in sorted(open_names)]


def require_receiver(user: User, owner: str) -> Receiver:
    """The receiver of this name.

    Raises:
        KecengError: there is none to whom `user` may hand customers over.
    """
    found = next((r for r in list_receivers(user) if r.owner == owner), None)
    if found is None:
        raise KecengError.of(
            "unknown_receiver",
            "请选择转交给谁",
            "choose to whom they go",
            remedy=Text(
                "只能转交给您范围内在职的负责人；新同事先在设置里取一个账上的名字",
                "it is an owner within your scope who works here; a new colleague first gets a name in the books",
            ),
        )
    return found


def left_behind(user: User) -> Sequence[tuple[str, User, int]]:
    """(owner, who it was, customers) of those who have left and whose customers `user` may see, most first."""
    gone = {
        row.owner: row.user for row in OwnerName.objects.select_related("user").filter(user__is_active=False)
    }
    counted = _count_by_owner(visible_entries(user), gone)
    return [(owner, gone[owner], heads) for owner, heads in counted]


def _count_by_owner(entries: QuerySet[Entry], owners: Collection[str]) -> list[tuple[str, int]]:
    return _most_first(group_of(entries).has_word("owner", *owners))


def _most_first(group: Group) -> list[tuple[str, int]]:
    rows = [(owner, heads) for (owner,), heads in group.count_by("owner").items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _named_in_books(scope: Scope) -> set[str]:
    edition = current_edition()
    if edition is None:
        return set()
    entries = Entry.objects.filter(scope.condition, edition=edition)
    return {owner for (owner,) in group_of(entries).count_by("owner") if owner}
