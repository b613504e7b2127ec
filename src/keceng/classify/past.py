"""What a run knows of the runs before it: the grades that were published, and the grades held under the same ruler."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keceng.classify.moves import NOTHING_EARLIER
from keceng.classify.stability import EMPTY_STANDINGS, standings_query
from keceng.classify.stored import scan_customers
from keceng.classify.summary import read_summary
from keceng.lake import Engine, Lake, Snapshot, sql
from keceng.standard import Standard, ruler_hash

_STANDING = ("customer_key", "unit_key", "grade_by_system", "grade_since", "weak_reviews", "reviewed_on")


@dataclass(frozen=True, slots=True)
class Past:
    """What came before a run.

    Attributes:
        ruler: the hash of the ruler of the run to come.
        published_run: the run that readers see until now; None at first.
        earlier: the directory of that run.
        held: the directory of the run of the last earlier date under the same ruler, from which units hold their grades.
        stability: `off`, `first_review` or `applied`.
        frozen: the directory of the run whose norms, cuts and distributions are to hold; None resolves them anew.
    """

    ruler: str
    published_run: str | None
    earlier: Path | None
    held: Path | None
    stability: str
    frozen: Path | None = None

    def lay_grades(self, engine: Engine) -> None:
        """Make the earlier grades readable in `engine` as `earlier`: customer_key, grade."""
        if self.earlier is None:
            engine.give("earlier", NOTHING_EARLIER)
        else:
            scan_customers(engine, "earlier_customers", self.earlier, ["customer_key", "grade"])
            engine.view("earlier", sql("select customer_key, grade from earlier_customers"))

    def lay_standings(self, engine: Engine) -> None:
        """Make what units hold readable in `engine` as `standings`."""
        if self.held is None:
            engine.give("standings", EMPTY_STANDINGS)
        else:
            scan_customers(engine, "held_customers", self.held, _STANDING)
            engine.view("held_units", sql("select * from held_customers where customer_key = unit_key"))
            engine.view("standings", standings_query("held_units"))


def look_at_past(snapshot: Snapshot, standard: Standard, as_of: dt.date, *, is_stable: bool = True) -> Past:
    """The past of a run of `standard` at `as_of`.

    Grades are held only from a run of an earlier date under the same ruler: whoever changes the ruler wants to see its
    effect, and whoever runs a day twice gets the same answer twice.
    """
    ruler = ruler_hash(standard)
    published = snapshot.entry.published_run
    earlier = snapshot.run_directory(published) if published else None
    if not is_stable or standard.stability is None:
        return Past(ruler, published, earlier, None, "off")
    before: dict[dt.date, Path] = {}
    for directory in _published_directories(snapshot):
        summary = read_summary(directory)
        is_same = summary.standard.id == standard.id and summary.ruler == ruler
        if is_same and summary.as_of < as_of:
            before.setdefault(summary.as_of, directory)
    if not before:
        return Past(ruler, published, earlier, None, "first_review")
    return Past(ruler, published, earlier, before[max(before)], "applied")


def _published_directories(snapshot: Snapshot) -> Iterator[Path]:
    # Newest first; a run stays published through the imports after it, so it occurs in many entries.
    seen: set[str] = set()
    for entry in reversed(Lake(snapshot.root).history()):
        run_id = entry.published_run
        if run_id and run_id not in seen and run_id in snapshot.entry.runs:
            seen.add(run_id)
            yield snapshot.run_directory(run_id)
