"""What a run knows of the runs before it: the grades that were published, and the grades held under the same ruler."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keceng.classify.moves import NOTHING_EARLIER, read_grades
from keceng.classify.stability import EMPTY_STANDINGS, STANDINGS_SCHEMA
from keceng.classify.summary import read_summary
from keceng.classify.tables import CUSTOMERS_FILE
from keceng.lake import Lake, Snapshot
from keceng.standard import Standard, ruler_hash

_STORED = ("customer_key", "unit_key", "grade_by_system", "grade_since", "weak_reviews", "reviewed_on")


@dataclass(frozen=True, slots=True)
class Past:
    """What came before a run.

    Attributes:
        ruler: the hash of the ruler of the run to come.
        published_run: the run that readers see until now; None at first.
        grades: its customers' grades.
        standings: what units hold under the same ruler from the last earlier date.
        stability: `off`, `first_review` or `applied`.
    """

    ruler: str
    published_run: str | None
    grades: pa.Table
    standings: pa.Table
    stability: str


def look_at_past(snapshot: Snapshot, standard: Standard, as_of: dt.date, *, is_stable: bool = True) -> Past:
    """The past of a run of `standard` at `as_of`.

    Grades are held only from a run of an earlier date under the same ruler: whoever changes the ruler wants to see its
    effect, and whoever runs a day twice gets the same answer twice.
    """
    ruler = ruler_hash(standard)
    published = snapshot.entry.published_run
    grades = read_grades(snapshot.run_directory(published)) if published else NOTHING_EARLIER
    if not is_stable or standard.stability is None:
        return Past(ruler, published, grades, EMPTY_STANDINGS, "off")
    before: dict[dt.date, Path] = {}
    for directory in _published_directories(snapshot):
        summary = read_summary(directory)
        is_same = summary.standard.id == standard.id and summary.ruler == ruler
        if is_same and summary.as_of < as_of:
            before.setdefault(summary.as_of, directory)
    if not before:
        return Past(ruler, published, grades, EMPTY_STANDINGS, "first_review")
    return Past(ruler, published, grades, _read_standings(before[max(before)]), "applied")


def _published_directories(snapshot: Snapshot) -> Iterator[Path]:
    # Newest first; a run stays published through the imports after it, so it occurs in many entries.
    seen: set[str] = set()
    for entry in reversed(Lake(snapshot.root).history()):
        run_id = entry.published_run
        if run_id and run_id not in seen and run_id in snapshot.entry.runs:
            seen.add(run_id)
            yield snapshot.run_directory(run_id)


def _read_standings(directory: Path) -> pa.Table:
    stored = pq.read_table(directory / CUSTOMERS_FILE, columns=list(_STORED))
    units = stored.filter(pc.equal(stored["customer_key"], stored["unit_key"]))
    held = units.filter(pc.is_valid(units["grade_by_system"])).drop_columns(["unit_key"])
    return held.rename_columns(["customer_key", "held_class", "since", "weak_reviews", "reviewed_on"]).cast(
        STANDINGS_SCHEMA
    )
