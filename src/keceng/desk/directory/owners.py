"""By which names the books know whom: the owners of customers and the users behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from keceng.desk.directory.models import CurrentEdition, Entry, OwnerName
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import RegionLimit, User
from keceng.desk.people.queries import require_duty


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner in the books: the name, how many customers have it, and who it is, if anybody has said."""

    name: str
    customers: int
    user: User | None


def list_owners(user: User) -> Sequence[Owner]:
    """Every owner that the books or the desk name, the one with most customers first.

    Raises:
        KecengError: `user` may not.
    """
    require_duty(user, Duty.MANAGE_USERS)
    pointer = CurrentEdition.objects.first()
    entries = Entry.objects.filter(edition=pointer.edition_id) if pointer else Entry.objects.none()
    heads = dict(entries.exclude(owner="").values_list("owner").annotate(Count("pk")))
    known = {row.owner: row.user for row in OwnerName.objects.select_related("user")}
    names = sorted({*heads, *known}, key=lambda name: (-heads.get(name, 0), name))
    return [Owner(name, heads.get(name, 0), known.get(name)) for name in names]


def list_regions(user: User) -> Sequence[str]:
    """Every region that the books or a limit name.

    Raises:
        KecengError: `user` may not.
    """
    require_duty(user, Duty.MANAGE_USERS)
    pointer = CurrentEdition.objects.first()
    entries = Entry.objects.filter(edition=pointer.edition_id) if pointer else Entry.objects.none()
    named = entries.exclude(region="").order_by().values_list("region", flat=True).distinct()
    return sorted({*named, *RegionLimit.objects.values_list("region", flat=True)})


def count_left_behind(user: User) -> Mapping[str, int]:
    """Customers by the user name of the colleague who has left and owned them; those of none are left out.

    Raises:
        KecengError: `user` may not.
    """
    heads: dict[str, int] = {}
    for owner in list_owners(user):
        if owner.user is not None and not owner.user.is_active and owner.customers:
            heads[owner.user.username] = heads.get(owner.user.username, 0) + owner.customers
    return heads
