"""System × level of government customers: how many units stand in each cell, in which grades."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from keceng.classify import read_customers
from keceng.desk.directory.models import Edition
from keceng.desk.directory.tiers import read_standard_of
from keceng.desk.opening import served_workspace
from keceng.vocabulary import Text

_ROWS, _COLUMNS = "department", "level"


@dataclass(frozen=True, slots=True)
class Cell:
    """Heads of one system at one level, and of them by grade, best first, without grades of nobody."""

    heads: int
    grades: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Grid:
    """Systems down, levels across, without those of nobody."""

    levels: Sequence[Text]
    rows: Sequence[tuple[Text, Sequence[tuple[Text, Cell]]]]


def has_grid(edition: Edition) -> bool:
    """Whether the edition's standard knows systems and levels."""
    return {_ROWS, _COLUMNS} <= {d.id for d in read_standard_of(edition).dimensions}


def read_grid(edition: Edition, visible: Collection[int]) -> Grid:
    """The grid of the customers with these keys, of an edition that has one."""
    standard = read_standard_of(edition)
    run = served_workspace(settings.WORKSPACE).lake.snapshot().run_directory(edition.run_id)
    table = read_customers(run, ["customer_key", _ROWS, _COLUMNS, "grade"])
    table = table.filter(pc.is_in(table["customer_key"], value_set=pa.array(sorted(visible), pa.int64())))
    counted = Counter(
        zip(*(table[name].cast(pa.string()).to_pylist() for name in (_ROWS, _COLUMNS, "grade")), strict=True)
    )
    levels = [c for c in standard.dimension(_COLUMNS).classes if any(k[1] == c.id for k in counted)]
    systems = [c for c in standard.dimension(_ROWS).classes if any(k[0] == c.id for k in counted)]
    grades = standard.grade.class_ids

    def cell(system: str, level: str) -> Cell:
        found = [(g, counted[system, level, g]) for g in grades if counted[system, level, g]]
        return Cell(sum(n for (s, at, _), n in counted.items() if (s, at) == (system, level)), found)

    return Grid(
        [c.title for c in levels],
        [(s.title, [(at.title, cell(s.id, at.id)) for at in levels]) for s in systems],
    )
