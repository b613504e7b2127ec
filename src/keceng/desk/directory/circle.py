"""Who stands around a customer: its contact persons, masked, and the customers it is tied to that the viewer may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keceng.collect import CONTACTS, RELATIONS
from keceng.desk.directory.models import Entry
from keceng.desk.directory.scope import visible_entries
from keceng.desk.people.models import User
from keceng.lake import Snapshot
from keceng.protect import mask_name
from keceng.vocabulary import Text

MOST_TIES = 20
_CONTACT_COLUMNS = ("contact_key", "name", "title", "dept", "power", "buying_role", "support", "left_on")
_TIE_COLUMNS = ("from_key", "to_key", "relation_type", "since_on")
_Row = Mapping[str, Any]

BUYING_ROLES: Mapping[str, Text] = {
    "decider": Text("决策者", "decider"),
    "approver": Text("审批者", "approver"),
    "technical": Text("技术把关者", "technical gatekeeper"),
    "buyer": Text("采购者", "buyer"),
    "user": Text("使用者", "user"),
    "influencer": Text("影响者", "influencer"),
    "coach": Text("内线", "coach"),
}
"""Roles in the decision, those who decide first."""
_TIES: Mapping[str, tuple[Text, Text]] = {
    "knows": (Text("相识", "knows"), Text("相识", "knows")),
    "depends": (Text("隶属于", "depends on"), Text("下属", "its dependant")),
    "supplies": (Text("供货给", "supplies"), Text("由其供货", "is supplied by")),
    "refers": (Text("介绍了", "referred"), Text("由其介绍", "was referred by")),
}
_RELATED = Text("有关系", "related to")
_FIRM, _AGAINST = 1, -1


@dataclass(frozen=True, slots=True)
class ContactPerson:
    """One contact person.

    Attributes:
        shown_name: masked.
        role: in the decision; None where nobody has said.
        stance: for or against us; None where unknown.
        has_left: whether they no longer work there on the day shown.
    """

    shown_name: str
    title: str
    role: Text | None
    power: int | None
    stance: Text | None
    has_left: bool


@dataclass(frozen=True, slots=True)
class Tie:
    """One relation to another customer, as seen from this one."""

    told: Text
    other: Entry
    since_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Circle:
    """Contact persons, those who weigh most first, and ties. Customers out of the viewer's sight are neither named nor counted.

    Attributes:
        lacks_decider: whether persons are known and none of those still there decides.
    """

    persons: Sequence[ContactPerson]
    ties: Sequence[Tie]

    @property
    def lacks_decider(self) -> bool:
        """Somebody is known, and nobody who decides."""
        there = [person for person in self.persons if not person.has_left]
        return bool(there) and all(person.role != BUYING_ROLES["decider"] for person in there)


def read_circle(snapshot: Snapshot, user: User, entry: Entry) -> Circle:
    """The circle of a customer whom `user` may see, on the day of its edition."""
    as_of, key = entry.edition.as_of, entry.customer_key
    rows = snapshot.find_rows(
        CONTACTS, "customer_key", [key], ["customer_key", *_CONTACT_COLUMNS]
    ).to_pylist()
    rows.sort(
        key=lambda row: (row["left_on"] is not None, _place(row), -(row["power"] or 0), row["contact_key"])
    )
    return Circle([_person(row, as_of) for row in rows], list(_ties(snapshot, user, key, as_of)))


def _place(row: _Row) -> int:
    known = list(BUYING_ROLES)
    return known.index(row["buying_role"]) if row["buying_role"] in known else len(known)


def _person(row: _Row, as_of: dt.date) -> ContactPerson:
    where = [part for part in (row["dept"], row["title"]) if part]
    return ContactPerson(
        shown_name=mask_name(row["name"] or ""),
        title=" ".join(where),
        role=BUYING_ROLES.get(row["buying_role"] or ""),
        power=row["power"],
        stance=_stance(row["support"]),
        has_left=row["left_on"] is not None and row["left_on"] <= as_of,
    )


def _stance(support: int | None) -> Text | None:
    if support is None:
        return None
    if support >= _FIRM:
        return Text("支持", "in favour")
    return Text("反对", "against") if support <= _AGAINST else Text("中立", "neutral")


def _ties(snapshot: Snapshot, user: User, key: int, as_of: dt.date) -> Iterator[Tie]:
    found = {
        (row[other], row["relation_type"], place): row["since_on"]
        for place, (own, other) in enumerate((("from_key", "to_key"), ("to_key", "from_key")))
        for row in snapshot.find_rows(RELATIONS, own, [key], _TIE_COLUMNS).to_pylist()
        if row[other] != key and (row["since_on"] is None or row["since_on"] <= as_of)
    }
    seen = visible_entries(user).filter(customer_key__in={other for other, _, _ in found})
    entries = {entry.customer_key: entry for entry in seen.order_by("-spend", "customer_key")[:MOST_TIES]}
    for (other, kind, place), since_on in found.items():
        if other in entries:
            yield Tie(_TIES.get(kind or "", (_RELATED, _RELATED))[place], entries[other], since_on)
