"""What a list of customers is asked for, whole: the directory's own filters, and those that only the run can answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from django.db.models import Q, QuerySet

from keceng.desk.directory.given_keys import GivenKeys
from keceng.desk.directory.models import Edition, Entry
from keceng.desk.directory.queries import Wanted, narrow
from keceng.desk.directory.scope import visible_entries
from keceng.desk.directory.tiers import read_tiers
from keceng.desk.groups.conditions import read_condition
from keceng.desk.groups.lines import COMPARED, Line, write_line
from keceng.desk.groups.members import find_members
from keceng.desk.groups.names import read_names
from keceng.desk.groups.queries import count_met, find_group
from keceng.desk.people.models import User
from keceng.vocabulary import KecengError, Text

SIGNS = tuple(COMPARED)
"""How an address writes a comparison."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; empty values narrow nothing.

    Attributes:
        wanted: the filters of the directory.
        is_mine: only customers that the books give to whoever asks; somebody to whom they give none asks for all.
        silent_days: no contact is known of the last so many days.
        measure: a measure of the run; with a number, its filter is on.
        sign: one of `SIGNS`.
        number: in the measure's unit, as written.
        group_id: a saved group.
    """

    wanted: Wanted = field(default_factory=Wanted)
    is_mine: bool = False
    silent_days: int | None = None
    measure: str = ""
    sign: str = "ge"
    number: str = ""
    group_id: int | None = None

    def as_plain(self) -> dict[str, object]:
        """For the arguments of a job."""
        return asdict(self)

    @classmethod
    def from_plain(cls, told: Mapping[str, Any]) -> Selection:
        """What a job's arguments say; names of another version are passed over."""
        known = {f.name for f in fields(cls)} - {"wanted"}
        names = {f.name for f in fields(Wanted)}
        wanted = Wanted(**{name: value for name, value in told.get("wanted", {}).items() if name in names})
        return cls(wanted, **{name: value for name, value in told.items() if name in known})


def select_entries(user: User, edition: Edition, asked: Selection, today: dt.date) -> QuerySet[Entry]:
    """The customers that `user` may see and asks for.

    Raises:
        KecengError: the measure's filter cannot be read, or there is no such group for `user`.
    """
    entries = narrow(visible_entries(user), asked.wanted, list(read_tiers(edition)))
    if asked.is_mine and (names := list(user.owner_names.values_list("owner", flat=True))):
        entries = entries.filter(owner__in=names)
    if asked.silent_days is not None:
        since = today - dt.timedelta(days=asked.silent_days)
        entries = entries.filter(Q(last_contact_on=None) | Q(last_contact_on__lte=since))
    for text in _conditions(user, edition, asked):
        entries = hold(entries, text, edition, today)
    return entries


def measure_condition(asked: Selection, edition: Edition) -> str:
    """The measure's filter as a condition; empty where there is none.

    Raises:
        KecengError: there is no such measure in the run, or its number is none.
    """
    if not asked.measure or not asked.number:
        return ""
    measure = read_names(edition).scope.get(asked.measure)
    if measure is None or not measure.kind.is_number:
        raise KecengError.of(
            "unknown_measure",
            "这次分级里没有这个指标",
            "this run has no such measure",
            remedy=Text("在“更多条件”里另选一个指标", "choose another measure under “More filters”"),
        )
    return write_line(Line(asked.measure, asked.sign, (asked.number,)), measure)


def _conditions(user: User, edition: Edition, asked: Selection) -> list[str]:
    found = [measure_condition(asked, edition)]
    if asked.group_id is not None:
        found.append(find_group(user, asked.group_id).condition)
    return [text for text in found if text]


def count_unknown(user: User, edition: Edition, asked: Selection, today: dt.date) -> int:
    """Of those `user` may see, how many lack the data by which the group, or else the measure's filter, would judge them.

    Raises:
        KecengError: as for `select_entries`.
    """
    texts = _conditions(user, edition, asked)
    return count_met(user, texts[-1], edition, today).unknown if texts else 0


def hold(entries: QuerySet[Entry], text: str, edition: Edition, today: dt.date) -> QuerySet[Entry]:
    """Those of `entries` who meet the condition `text`.

    Raises:
        KecengError: the condition cannot be read.
    """
    members = find_members(read_condition(text, edition), edition, today)
    if members.is_most:
        # The shorter list is handed over: almost everybody is everybody but a few.
        return entries.exclude(customer_key__in=GivenKeys(members.others))
    return entries.filter(customer_key__in=GivenKeys(members.met))
