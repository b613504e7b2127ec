"""What a group's condition may name: what the run stored of every customer, and what the desk knows of them today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from keceng.classify import customer_columns, list_known_measures
from keceng.desk.directory.models import Edition
from keceng.desk.directory.tiers import read_standard_of
from keceng.desk.opening import served_workspace
from keceng.measure import Measure, catalogue
from keceng.vocabulary import Direction, Kind, Text

LAST_CONTACT = "last_contact_on"
SILENT_DAYS = "days_since_last_contact"
OWN_COLUMNS: Mapping[str, str] = {
    "owner": "owner",
    "region": "region",
    "customer_kind": "kind",
    LAST_CONTACT: LAST_CONTACT,
    SILENT_DAYS: LAST_CONTACT,
}
"""Names that today's list answers and not the run, with the column of the list that holds them."""
_NO_UNIT = Text("", "")


def _desk_measure(name: str, title: Text, definition: Text, kind: Kind) -> Measure:
    unit = Text("天", "days") if kind is Kind.DAYS else _NO_UNIT
    return Measure(name, title, definition, kind, unit, Direction.NEUTRAL, ("interactions",))


_OF_THE_DESK = (
    _desk_measure(
        LAST_CONTACT,
        Text("最近联系日", "Last contact"),
        Text("最近一次联系的日期，含今天记下的", "The day of the last contact, today's included"),
        Kind.DATE,
    ),
    _desk_measure(
        SILENT_DAYS,
        Text("距最近联系", "Days since last contact"),
        Text("从最近一次联系到今天的天数", "Days from the last contact to today"),
        Kind.DAYS,
    ),
)
_PROVISIONAL = Measure(
    "provisional",
    Text("暂定", "Provisional"),
    Text("等级只依据部分数据，还不是最终的", "The grade rests on part of the data and is not final yet"),
    Kind.FLAG,
    _NO_UNIT,
    Direction.NEUTRAL,
    (),
    source="standard",
)


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one run.

    Attributes:
        scope: by what a condition calls them; `state` is whatever refines strategies.
        results: those that the run gave: grade, state, classes, scores and ranks.
        own: those of today's list.
        known: those that are not unknown for everybody.
    """

    scope: Mapping[str, Measure]
    results: tuple[str, ...]
    own: tuple[str, ...]
    known: frozenset[str]


def run_directory(edition: Edition) -> Path:
    """Where the edition's run lies."""
    return served_workspace(settings.WORKSPACE).lake.snapshot().run_directory(edition.run_id)


def read_names(edition: Edition) -> Names:
    """What can be named of the edition's customers."""
    return _names(run_directory(edition), edition)


@lru_cache(maxsize=4)
def _names(directory: Path, edition: Edition) -> Names:
    # A stored run never changes, so it is looked at once.
    present = frozenset(customer_columns(directory))
    standard = read_standard_of(edition)
    published = [m for d in (standard.grade, *standard.dimensions) for m in d.published]
    results = {m.name: m for m in (*published, _PROVISIONAL) if _is_stored(m, present)}
    state = results.get(standard.strategy_by or "") or catalogue()["lifecycle_state"]
    if _is_stored(state, present):
        results.setdefault("state", state)
    own = {name: catalogue()[name] for name in OWN_COLUMNS if name in catalogue()}
    own |= {measure.name: measure for measure in _OF_THE_DESK}
    stored = {m.name: m for m in catalogue().values() if _is_stored(m, present)}
    return Names(
        scope={**stored, **own, **results},
        results=tuple(results),
        own=tuple(own),
        known=list_known_measures(directory) | set(results) | set(own),
    )


def _is_stored(measure: Measure, present: frozenset[str]) -> bool:
    return set(measure.exact or (measure.name,)) <= present
