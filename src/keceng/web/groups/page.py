"""The builder as a page shows it: every line with what may be chosen in it, and whom the condition holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keceng.desk.directory.listing import group_of
from keceng.desk.directory.models import Edition
from keceng.desk.directory.queries import distinct
from keceng.desk.directory.scope import visible_entries
from keceng.desk.groups.choices import Choice, as_choice, list_shelves
from keceng.desk.groups.conditions import tell_condition
from keceng.desk.groups.form import Block, count_unfinished
from keceng.desk.groups.lines import Line, signs_of
from keceng.desk.groups.names import Names, read_names
from keceng.desk.groups.queries import Count, count_met
from keceng.desk.people.models import User
from keceng.vocabulary import KecengError, Text
from keceng.web.frame.parsing import sentences
from keceng.web.groups.draft import Draft

_HINTED = ("owner", "region")


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line with its choices.

    Attributes:
        path: its place: `2`, or `2.0` within a block.
        choice: what is chosen; None while nothing is.
        signs: what may be said of it.
        hints: the name of the list of values to choose from, where there is one.
    """

    path: str
    line: Line
    choice: Choice | None
    signs: Mapping[str, Text]
    hints: str

    @property
    def fields(self) -> Sequence[str]:
        """What stands in its value fields, as many as the sign wants."""
        count = {"between": 2, "yes": 0, "no": 0, "known": 0, "unknown": 0}.get(self.line.sign, 1)
        return [*self.line.values[:count], *[""] * (count - len(self.line.values))]

    @property
    def wants_values(self) -> bool:
        """Whether the sign is followed by anything."""
        return bool(self.fields)


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A line of the form, or a block of lines."""

    place: int
    lines: Sequence[ShownLine]
    is_block: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whom the condition holds now.

    Attributes:
        told: the condition in words; None where it cannot be read, or says nothing yet.
        faults: what cannot be read, as sentences.
        unfinished: lines of the form that say nothing yet.
    """

    told: Text | None
    count: Count | None
    faults: Sequence[str]
    unfinished: int
    seen: int


def builder_context(draft: Draft, user: User, edition: Edition, today: dt.date) -> dict[str, object]:
    """Everything the builder's template reads."""
    names = read_names(edition)
    visible = visible_entries(user)
    return {
        "draft": draft,
        "parts": [_part(place, part, names) for place, part in enumerate(draft.form.parts)],
        "shelves": list_shelves(edition),
        "hints": {name: distinct(visible, name) for name in _HINTED},
        "outcome": _outcome(draft, user, edition, today),
    }


def _part(place: int, part: Line | Block, names: Names) -> ShownPart:
    if isinstance(part, Line):
        return ShownPart(place, [_line(f"{place}", part, names)], is_block=False)
    lines = [_line(f"{place}.{inner}", line, names) for inner, line in enumerate(part.lines)]
    return ShownPart(place, lines, is_block=True)


def _line(path: str, line: Line, names: Names) -> ShownLine:
    measure = names.scope.get(line.what)
    if measure is None:
        return ShownLine(path, Line(), None, {}, "")
    signs = signs_of(measure)
    if line.sign not in signs:
        # Another thing was chosen: what was said of the one before does not fit it.
        line = Line(line.what, next(iter(signs)), ())
    hints = line.what if line.what in _HINTED else ""
    return ShownLine(path, line, as_choice(line.what, measure), signs, hints)


def _outcome(draft: Draft, user: User, edition: Edition, today: dt.date) -> Outcome:
    unfinished = 0 if draft.is_text else count_unfinished(draft.form, read_names(edition).scope)
    seen = group_of(visible_entries(user)).heads
    faults = sentences(draft.error) if draft.error else []
    if not draft.text.strip():
        return Outcome(None, None, faults, unfinished, seen)
    try:
        told = tell_condition(draft.text, edition)
        return Outcome(told, count_met(user, draft.text, edition, today), faults, unfinished, seen)
    except KecengError as error:
        return Outcome(None, None, sentences(error), unfinished, seen)
