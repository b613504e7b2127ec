"""Whom a condition holds: asked of every customer of a run at once, by the engine, and kept while nothing changes.

What is kept is a byte per customer and condition, in the memory of the process: at a million customers it is found in about a
second from the few columns that the condition names, and a request then hands the keys to the database in one piece. Nothing
is written, so nothing can be stale: what is kept is found by the run, the condition and, where it asks about today's list,
by the changes of that list so far.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.db import connection
from sqlglot import exp

from keceng.classify import scan_customers
from keceng.desk.directory.models import Edition
from keceng.desk.directory.roster import UNKNOWN, Coded
from keceng.desk.directory.rosters import roster_of
from keceng.desk.groups.names import LAST_CONTACT, OWN_COLUMNS, SILENT_DAYS, run_directory
from keceng.lake import column, literal, open_engine, sql
from keceng.standard import Condition, condition_sql

Keys = npt.NDArray[np.int64]
MOST_KEPT = 64_000_000
"""Answers that a process keeps at most, a byte each."""
_MOST_RUNS = 2
_UNMET, _MET, _UNKNOWN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Members:
    """Everybody of a run, by their answer to one condition.

    Attributes:
        keys: of everybody, in order.
        answers: whether each meets it, does not, or cannot be judged for want of a number.
    """

    keys: Keys
    answers: npt.NDArray[np.uint8]

    @property
    def met(self) -> Keys:
        """Who meets it."""
        return self._of(self.answers == _MET)

    @property
    def unknown(self) -> Keys:
        """Of whom a number is missing that would decide it; they are not members."""
        return self._of(self.answers == _UNKNOWN)

    @property
    def others(self) -> Keys:
        """Everybody who is no member."""
        return self._of(self.answers != _MET)

    def _of(self, mask: npt.NDArray[np.bool_]) -> Keys:
        found: Keys = self.keys[mask]
        return found

    @property
    def is_most(self) -> bool:
        """Whether more meet it than do not."""
        return 2 * int(np.count_nonzero(self.answers == _MET)) > len(self.answers)


Mark = tuple[object, ...]


class _Shelf:
    """The members last asked for, the oldest forgotten first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Mark, Members] = OrderedDict()
        self._keys: dict[str, Keys] = {}
        self._lock = Lock()

    def find(self, mark: Mark) -> Members | None:
        with self._lock:
            if mark in self._kept:
                self._kept.move_to_end(mark)
            return self._kept.get(mark)

    def one_copy(self, file: str, keys: Keys) -> Keys:
        """The keys of a run, of which every answer holds the same copy."""
        with self._lock:
            held = self._keys.setdefault(file, keys)
            for old in list(self._keys)[:-_MOST_RUNS]:
                del self._keys[old]
            return held

    def keep(self, mark: Mark, members: Members) -> None:
        with self._lock:
            self._kept[mark] = members
            while len(self._kept) > 1 and sum(len(m.answers) for m in self._kept.values()) > MOST_KEPT:
                self._kept.popitem(last=False)


_SHELF = _Shelf()


def find_members(condition: Condition, edition: Edition, today: dt.date) -> Members:
    """Everybody of the edition's run by their answer to `condition`; nobody's scope is applied yet."""
    return find_all_members([condition], edition, today)[0]


def find_all_members(conditions: Sequence[Condition], edition: Edition, today: dt.date) -> list[Members]:
    """The members of each condition; those that are not known yet are found in one pass over the run."""
    directory = run_directory(edition)
    marks: list[Mark] = [(str(directory), str(c), *_stamp(c, edition, today)) for c in conditions]
    found: dict[Mark, Members | None] = {mark: _SHELF.find(mark) for mark in marks}
    missing = {mark: c for mark, c in zip(marks, conditions, strict=True) if found[mark] is None}
    if missing:
        asked = _ask(list(missing.values()), directory, edition, today)
        for mark, answered in zip(missing, asked, strict=True):
            found[mark] = answered
            # What is not committed may be taken back, and its mark be another change's.
            if not connection.in_atomic_block:
                _SHELF.keep(mark, answered)
    return [members for mark in marks if (members := found[mark])]


def _stamp(condition: Condition, edition: Edition, today: dt.date) -> Mark:
    if condition.names.isdisjoint(OWN_COLUMNS):
        return ()
    return (edition.stamp, roster_of(edition).seen, today if SILENT_DAYS in condition.names else None)


def _ask(conditions: Sequence[Condition], directory: Path, edition: Edition, today: dt.date) -> list[Members]:
    columns = {name for condition in conditions for name in condition.columns}
    own = sorted(columns & set(OWN_COLUMNS))
    stored = [column(name, "s") for name in sorted(columns - set(own))]
    engine = open_engine()
    try:
        scan_customers(engine, "stored", directory)
        known = exp.select(column("customer_key", "s"), *stored).from_("stored as s")
        if own:
            engine.give("own", _read_own(edition))
            known = known.select(*[_own(name, today) for name in own]).join(
                "own as o", on="o.customer_key = s.customer_key", join_type="left"
            )
        engine.view("known", known)
        answers = [exp.alias_(_answer(c), f"answer_{k}") for k, c in enumerate(conditions)]
        rows = engine.fetch(exp.select("customer_key", *answers).from_("known").order_by("customer_key"))
    finally:
        engine.close()
    keys = _SHELF.one_copy(str(directory), np.asarray(rows["customer_key"].to_numpy(), dtype=np.int64))
    return [
        Members(keys, np.asarray(rows[f"answer_{k}"].to_numpy(), dtype=np.uint8))
        for k in range(len(conditions))
    ]


def _answer(condition: Condition) -> exp.Expr:
    return sql(
        "cast(case when :met then :yes when not :met then :no else :unknown end as utinyint)",
        met=exp.paren(condition_sql(condition)),
        yes=_MET,
        no=_UNMET,
        unknown=_UNKNOWN,
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
