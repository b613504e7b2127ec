"""Whom a condition holds: asked of every customer of a run at once, by the engine, and kept while nothing changes.

What is kept are the keys, in the memory of the process: at a million customers they are found in a fraction of a
second from the few columns that the condition names, and a request then hands them to the database in one piece. Nothing
is written, so nothing can be stale: what is kept is found by the run, the condition and, where it asks about today's list,
by the changes of that list so far.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from keceng.desk.directory.models import Edition
from keceng.desk.directory.roster import UNKNOWN, Coded
from keceng.desk.directory.rosters import roster_of
from keceng.desk.groups.names import LAST_CONTACT, OWN_COLUMNS, SILENT_DAYS, run_file
from keceng.lake import column, literal, open_engine, sql
from keceng.standard import Condition, condition_sql

Keys = npt.NDArray[np.int64]
MOST_KEPT = 8_000_000
"""Keys that a process keeps at most, some 64 MB."""


@dataclass(frozen=True, slots=True)
class Members:
    """Everybody of a run, by their answer to one condition; keys in order.

    Attributes:
        met: who meets it.
        unknown: of whom a number is missing that would decide it; they are not members.
        unmet: all the others.
    """

    met: Keys
    unknown: Keys
    unmet: Keys

    @property
    def weight(self) -> int:
        """How many keys are held."""
        return len(self.met) + len(self.unknown) + len(self.unmet)


class _Shelf:
    """The members last asked for, the oldest forgotten first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], Members] = OrderedDict()
        self._lock = Lock()

    def find(self, mark: tuple[object, ...]) -> Members | None:
        with self._lock:
            if mark in self._kept:
                self._kept.move_to_end(mark)
            return self._kept.get(mark)

    def keep(self, mark: tuple[object, ...], members: Members) -> None:
        with self._lock:
            self._kept[mark] = members
            while len(self._kept) > 1 and sum(m.weight for m in self._kept.values()) > MOST_KEPT:
                self._kept.popitem(last=False)


_SHELF = _Shelf()


def find_members(condition: Condition, edition: Edition, today: dt.date) -> Members:
    """Everybody of the edition's run by their answer to `condition`; nobody's scope is applied yet."""
    mark = (str(run_file(edition)), str(condition), *_stamp(condition, edition, today))
    members = _SHELF.find(mark)
    if members is None:
        members = _ask(condition, edition, today)
        _SHELF.keep(mark, members)
    return members


def _stamp(condition: Condition, edition: Edition, today: dt.date) -> tuple[object, ...]:
    if condition.names.isdisjoint(OWN_COLUMNS):
        return ()
    return (edition.stamp, roster_of(edition).seen, today if SILENT_DAYS in condition.names else None)


def _ask(condition: Condition, edition: Edition, today: dt.date) -> Members:
    own = sorted(condition.columns & set(OWN_COLUMNS))
    stored = sorted(condition.columns - set(own))
    engine = open_engine()
    try:
        engine.scan("stored", run_file(edition))
        known = exp.select(column("customer_key", "s"), *[column(name, "s") for name in stored]).from_(
            "stored as s"
        )
        if own:
            engine.give("own", _read_own(edition))
            known = known.select(*[_own(name, today) for name in own]).join(
                "own as o", on="o.customer_key = s.customer_key", join_type="left"
            )
        engine.view("known", known)
        met = exp.alias_(condition_sql(condition), "met")
        rows = engine.fetch(exp.select("customer_key", met).from_("known").order_by("customer_key"))
    finally:
        engine.close()
    keys = rows["customer_key"]
    return Members(
        met=_keys(keys.filter(pc.fill_null(rows["met"], False))),
        unknown=_keys(keys.filter(pc.is_null(rows["met"]))),
        unmet=_keys(keys.filter(pc.fill_null(pc.invert(rows["met"]), False))),
    )


def _own(name: str, today: dt.date) -> exp.Expr:
    if name == SILENT_DAYS:
        days = sql("date_diff('day', :since, :today)", since=column(LAST_CONTACT, "o"), today=literal(today))
        return exp.alias_(days, SILENT_DAYS, quoted=True)
    return exp.alias_(column(OWN_COLUMNS[name], "o"), name, quoted=True)


def _read_own(edition: Edition) -> pa.Table:
    """What today's list says of everybody; an empty text is unknown."""
    roster = roster_of(edition)
    columns = {name: _texts(roster.words[name]) for name in set(OWN_COLUMNS.values()) - {LAST_CONTACT}}
    days = roster.numbers[LAST_CONTACT]
    contact = pa.array(np.where(days == UNKNOWN, 0, days).astype(np.int32), mask=days == UNKNOWN)
    return pa.table({"customer_key": roster.keys, LAST_CONTACT: contact.cast(pa.date32()), **columns})


def _texts(column: Coded) -> pa.Array:
    words = pa.array([word or None for word in column.words], pa.string())
    return words.take(pa.array(column.codes))


def _keys(found: pa.ChunkedArray) -> Keys:
    return np.asarray(found.combine_chunks().to_numpy(zero_copy_only=False), dtype=np.int64)
