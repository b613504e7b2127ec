"""What the builder's form sends: a group as it is being written, and what its buttons do to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.http import QueryDict

from keceng.desk.directory.models import Edition
from keceng.desk.directory.tiers import read_tiers
from keceng.desk.groups.conditions import read_condition
from keceng.desk.groups.form import Block, Form, Part, read_form, write_form
from keceng.desk.groups.from_list import form_of
from keceng.desk.groups.lines import Line
from keceng.desk.groups.models import SavedGroup
from keceng.desk.groups.names import read_names
from keceng.vocabulary import KecengError, Text
from keceng.web.customers.asked import read_selection

MOST_LINES = 40
MOST_VALUES = 40
LONGEST_VALUE = 120
EMPTY = Form(parts=(Line(),))
"""One line in which nothing is chosen yet."""
_PATH = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))?")
TOO_MUCH = KecengError.of(
    "no_form",
    "这个条件表单装不下（例如两个指标相比，或多层括号），请继续用文字编辑",
    "a form cannot hold this condition (two measures compared, or brackets within brackets): go on as text",
    remedy=Text("简化后可切回表单", "once simpler it fits the form again"),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A group as it is being written.

    Attributes:
        is_text: whether the text is what counts; else the form.
        form: the lines; where the text counts, what stood there last.
        text: the condition; of a form, what it writes.
        problems: what cannot be read in the form.
    """

    name: str = ""
    is_shared: bool = False
    is_text: bool = False
    form: Form = EMPTY
    text: str = ""
    error: KecengError | None = None


def begin_draft(asked: QueryDict, edition: Edition) -> Draft:
    """A group that nobody has kept yet: empty, or with the filters of a list that the address names."""
    form = form_of(read_selection(asked, list(read_tiers(edition))), edition)
    try:
        return Draft(form=form, text=write_form(form, read_names(edition).scope))
    except KecengError as error:
        return Draft(form=form, error=error)


def open_draft(row: SavedGroup, edition: Edition) -> Draft:
    """A kept group: as a form where it fits one, else as text."""
    draft = Draft(row.name, row.is_shared, is_text=True, text=row.condition)
    try:
        form = read_form(read_condition(row.condition, edition), read_names(edition).scope)
    except KecengError:
        return draft
    return draft if form is None else replace(draft, is_text=False, form=form)


def read_draft(told: QueryDict, edition: Edition) -> Draft:
    """What was sent, after what the button in `act` does to it."""
    act = told.get("act", "")
    draft = Draft(
        name=told.get("name", ""),
        is_shared=bool(told.get("shared")),
        is_text=told.get("mode") == "text",
        form=_acted(_read_form(told), act),
        text=told.get("text", ""),
    )
    if draft.is_text:
        return _as_form(draft, edition) if act == "form" else draft
    try:
        draft = replace(draft, text=write_form(draft.form, read_names(edition).scope))
    except KecengError as error:
        return replace(draft, text="", error=error)
    return replace(draft, is_text=True) if act == "text" else draft


def _as_form(draft: Draft, edition: Edition) -> Draft:
    if not draft.text.strip():
        return replace(draft, is_text=False, form=EMPTY)
    try:
        form = read_form(read_condition(draft.text, edition), read_names(edition).scope)
    except KecengError as error:
        return replace(draft, error=error)
    return replace(draft, error=TOO_MUCH) if form is None else replace(draft, is_text=False, form=form)


def _read_form(told: QueryDict) -> Form:
    lines: dict[int, Line] = {}
    blocks: dict[int, list[Line]] = {}
    for written in told.getlist("line")[:MOST_LINES]:
        path = _PATH.fullmatch(written)
        if path is None:
            continue
        if path[2] is None:
            lines[int(path[1])] = _read_line(told, written)
        else:
            blocks.setdefault(int(path[1]), []).append(_read_line(told, written))
    parts: Mapping[int, Part] = {**lines, **{place: Block(tuple(found)) for place, found in blocks.items()}}
    return Form(told.get("joined") == "any", tuple(parts[place] for place in sorted(parts)))


def _read_line(told: QueryDict, path: str) -> Line:
    values = [value[:LONGEST_VALUE] for value in told.getlist(f"value-{path}")[:MOST_VALUES]]
    return Line(told.get(f"what-{path}", ""), told.get(f"sign-{path}", ""), tuple(values))


def _acted(form: Form, act: str) -> Form:
    verb, _, where = act.partition(":")
    path = _PATH.fullmatch(where) if where else None
    parts = list(form.parts)
    place = int(path[1]) if path else -1
    if verb == "add" and path is None and len(form.lines) < MOST_LINES:
        parts.append(Line())
    elif verb == "block" and len(form.lines) + 1 < MOST_LINES:
        parts.append(Block((Line(), Line())))
    elif path and place < len(parts):
        parts[place : place + 1] = _changed(parts[place], verb, path[2])
    return replace(form, parts=tuple(parts) or (Line(),))


def _changed(part: Part, verb: str, inner: str | None) -> list[Part]:
    if verb == "drop" and (inner is None or isinstance(part, Line)):
        return []
    if not isinstance(part, Block):
        return [part]
    lines = list(part.lines)
    if verb == "add":
        lines.append(Line())
    elif verb == "drop" and inner is not None and int(inner) < len(lines):
        del lines[int(inner)]
    return [Block(tuple(lines))] if lines else []
