"""Which customers somebody looks after: by the books, and by the role that the strategy of their cell names.

A cell without a role is its customers' owners'. A cell of sales reps or account managers stays with the owner too, whoever of
the two that is, so that no customer falls between them; a cell of any other role is that role's alone. Nobody looks after
a customer whom they may not see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet

from keceng.desk.directory.models import Entry
from keceng.desk.directory.scope import visible_entries
from keceng.desk.people.duties import Role
from keceng.desk.people.models import User
from keceng.desk.people.queries import roles_of
from keceng.standard import OWNER_ROLES, Standard

_OWNERS = frozenset({Role.SALES_REP.value, Role.ACCOUNT_MANAGER.value})


def looked_after(user: User, standard: Standard, names: Collection[str]) -> QuerySet[Entry]:
    """The customers that `user` looks after, whom nothing excludes; `names` are those by which the books know them."""
    mine = {role.value for role in roles_of(user)} & set(OWNER_ROLES)
    others = cells_of(standard, set(OWNER_ROLES) - mine - _OWNERS)
    own = Q(owner__in=list(names)) & ~others if others else Q(owner__in=list(names))
    by_role = cells_of(standard, mine)
    return visible_entries(user).filter(own | by_role if by_role else own, excluded_as="")


def has_cells(user: User, standard: Standard) -> bool:
    """Whether a strategy names a role of `user`."""
    return any(
        s.owner_role in {role.value for role in roles_of(user)} for s in standard.strategy if s.owner_role
    )


def cells_of(standard: Standard, roles: Collection[str]) -> Q:
    """The customers in cells that one of `roles` looks after; empty where there is no such cell."""
    found = Q()
    for strategy in standard.strategy:
        if strategy.state is None:
            if strategy.owner_role in roles:
                found |= Q(grade=strategy.grade) & _elsewhere(_taken(standard, strategy.grade, roles))
        elif standard.owner_role_for(strategy.grade, strategy.state) in roles:
            found |= Q(grade=strategy.grade, state=strategy.state)
    return found


def _taken(standard: Standard, grade: str, roles: Collection[str]) -> Iterable[str]:
    """The states of a grade that another role looks after."""
    return [
        s.state
        for s in standard.strategy
        if s.grade == grade and s.state is not None and standard.owner_role_for(grade, s.state) not in roles
    ]


def _elsewhere(states: Iterable[str]) -> Q:
    listed = list(states)
    return ~Q(state__in=listed) if listed else Q()
