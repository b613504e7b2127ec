"""The filters of a list as the lines of a group, so that what somebody looks at can be kept as a condition."""

from __future__ import annotations

from keceng.desk.directory.models import Edition
from keceng.desk.directory.queries import RISKY_STATES
from keceng.desk.groups.form import Block, Form, Part
from keceng.desk.groups.lines import Line, is_whole
from keceng.desk.groups.names import SILENT_DAYS, Names, read_names
from keceng.desk.groups.selection import Selection


def form_of(asked: Selection, edition: Edition) -> Form:
    """A form that asks what `asked` asks, as far as conditions can say it: a search, what moved and who is whose cannot."""
    names = read_names(edition)
    wanted = asked.wanted
    lines = [
        _graded(wanted.grade),
        Line("state", "in", (wanted.state,)) if wanted.state else None,
        Line("state", "in", RISKY_STATES) if wanted.is_at_risk else None,
        Line("owner", "eq", (wanted.owner,)) if wanted.owner else None,
        Line("region", "eq", (wanted.region,)) if wanted.region else None,
        Line("overdue_amount", "gt", ("0",)) if wanted.is_overdue else None,
        Line("grade", "known") if wanted.is_graded else None,
        Line(asked.measure, asked.sign, (asked.number,)) if asked.measure and asked.number else None,
    ]
    parts: list[Part] = [line for line in lines if line and _fits(line, names)]
    if asked.silent_days is not None:
        # The list counts those of whom no contact is known among the silent.
        silent = Line(SILENT_DAYS, "ge", (str(asked.silent_days),))
        parts.append(Block((silent, Line(SILENT_DAYS, "unknown"))))
    return Form(parts=tuple(parts) or (Line(),))


def _graded(grade: str) -> Line | None:
    if not grade:
        return None
    return Line("grade", "unknown") if grade == "-" else Line("grade", "in", (grade,))


def _fits(line: Line, names: Names) -> bool:
    measure = names.scope.get(line.what)
    return measure is not None and is_whole(line, measure)
