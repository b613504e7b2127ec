"""On which day what of a stored run falls due: worked out once for the weeks after it, so that a day's increment reads a day of it.

Kept beside the mapped copies of the lake, and worked out anew where it is not there.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from keceng.classify.increment_previous import FIRST, Columns, RowsAtHand, places_among
from keceng.classify.plan import NEW_DAYS
from keceng.classify.stability import MIN_STAY
from keceng.classify.stored import KEY
from keceng.collect import CUSTOMERS, ORDER_LINES, PURCHASE_DAY
from keceng.lake import Keys, Snapshot, Table, map_large_files, mapped_folder, read_small_files
from keceng.standard import Standard

WEEKS_AHEAD = 9
SILENCES = (180, 365, 540)
GAPS = (1, 2, 3, 6)
"""The lines of the states: days of silence, and silence in expected gaps (`keceng.measure.rhythm`)."""
DUE_COLUMNS = (
    "tenure_days", "days_since_last_purchase", "expected_gap__num", "kept_by", "grade_since", "weak_reviews", "reviewed_on",
    "grade_by_system",
)  # fmt: skip
_EPOCH = dt.date(1970, 1, 1)
_NEVER = np.iinfo(np.int32).max
_ABOUT, _EARLIEST = "about.json", "earliest.npy"
MOST_EARLIEST = 4_096
Days = npt.NDArray[np.int32]
Entries = tuple[Days, Keys]


@dataclass(frozen=True, slots=True)
class Calendar:
    """What falls due after a full run, by days from 1970.

    Attributes:
        until: the last day that it knows of.
        files: of the ledger, whose rows it knows.
        reviewed: the days on which those who hold a grade were last reviewed.
        days: of each entry, in order.
        keys: of the customer for whom something may change on that day.
        earliest: whoever bought first of all, by day and key; the first `MOST_EARLIEST` of them.
    """

    until: int
    files: frozenset[str]
    reviewed: tuple[int, ...]
    days: Days
    keys: Keys
    earliest: Keys

    def between(self, since: int, until: int) -> Keys:
        """Who falls due after `since` and not after `until`."""
        asked = np.array([since, until], dtype=self.days.dtype)  # in another width all days would be copied
        low, high = np.searchsorted(self.days, asked, side="right")
        return np.asarray(self.keys[low:high], dtype=np.int64)


def number_of(day: dt.date) -> int:
    """Days from 1970."""
    return (day - _EPOCH).days


def calendar_of(
    snapshot: Snapshot, run: Path, below: Columns, standard: Standard, as_of: dt.date, tables: Sequence[Table]
) -> Calendar:
    """The calendar of the full run in `run`, kept for whoever asks next.

    Args:
        snapshot: the lake as the run read it.
        run: its directory.
        below: its rows.
        standard: its ruler.
        as_of: its day.
        tables: those of the ledger that it read.
    """
    folder = mapped_folder(snapshot.root, run / "due")
    if not (folder / _EARLIEST).exists():
        made = make_calendar(snapshot, below, standard, as_of, tables, number_of(as_of) + 7 * WEEKS_AHEAD)
        _keep(folder, made)
    about: dict[str, Any] = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    days, keys, earliest = (
        np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("days", "keys", "earliest")
    )
    return Calendar(about["until"], frozenset(about["files"]), tuple(about["reviewed"]), days, keys, earliest)


def make_calendar(
    snapshot: Snapshot,
    below: Columns,
    standard: Standard,
    as_of: dt.date,
    tables: Sequence[Table],
    until: int,
) -> Calendar:
    """The calendar up to the day `until`; see `calendar_of`."""
    since = number_of(as_of)
    parts = [due_of_rows(below, standard, since, until)]
    files: list[str] = []
    for table in tables:
        if table.name in dated_columns(standard):
            # Of a file that is gone no row is left, or every row was compared with those that took its place.
            gone = {Path(file).name for file in snapshot.files(table) if not Path(file).exists()}
            files += [Path(file).name for file in snapshot.files(table)]
            parts += due_of_ledger(snapshot, table, standard, since, until, gone)
    days, keys = (np.concatenate(side) for side in zip(*parts, strict=True))
    order = np.argsort(days, kind="stable")
    held = below.known("grade_by_system") if below.has(["grade_by_system"]) else None
    reviews = below.numbers("reviewed_on") if below.has(["reviewed_on"]) else None
    reviewed: Keys = np.zeros(0, dtype=np.int64)
    if held is not None and reviews is not None and reviews.values is not None:
        reviewed = np.unique(reviews.values[held])
    held_days = tuple(int(day) for day in reviewed)
    return Calendar(until, frozenset(files), held_days, days[order], keys[order], earliest_of(below))


def earliest_of(rows: Columns, left_out: Keys | None = None) -> Keys:
    """The keys of those of `rows` who bought first of all but `left_out`, by day and key; the first `MOST_EARLIEST`."""
    days = rows.numbers(FIRST)
    if days.values is None:
        return np.zeros(0, dtype=np.int64)
    known = rows.known(FIRST).copy()
    if left_out is not None:
        known[places_among(rows.keys, left_out)] = False
    places = np.flatnonzero(known)
    when = days.values[places]
    if len(places) > MOST_EARLIEST:
        last = np.partition(when, MOST_EARLIEST - 1)[MOST_EARLIEST - 1]
        places = places[when <= last]
        when = days.values[places]
    # Rows lie in the order of keys.
    return np.asarray(rows.keys)[places[np.argsort(when, kind="stable")[:MOST_EARLIEST]]].astype(np.int64)


def _keep(folder: Path, made: Calendar) -> None:
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    part.mkdir(parents=True)
    try:
        for name, values in (("days", made.days), ("keys", made.keys), ("earliest", made.earliest)):
            np.save(part / f"{name}.npy", values)
        about = {"until": made.until, "files": sorted(made.files), "reviewed": list(made.reviewed)}
        (part / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def due_of_rows(rows: Columns, standard: Standard, since: int, until: int) -> Entries:
    """For each of `rows`, as they stood at `since`, the first day up to `until` on which time changes more than an age."""
    ahead = until - since
    left = np.full(len(rows.keys), _NEVER, dtype=np.int64)
    tenure, silence, gap = (rows.numbers(name) for name in DUE_COLUMNS[:3])
    _pass(left, tenure.values, tenure.known, NEW_DAYS - 1)
    for line in SILENCES:
        _pass(left, silence.values, silence.known, line)
    if silence.values is not None and gap.values is not None:
        known = _both(silence.known, gap.known)
        twentieths = gap.values.astype(np.int64)
        for times in GAPS:
            _pass(left, silence.values, known, times * twentieths // 20)
    stability = standard.stability
    if stability is not None and rows.has(["kept_by"]):
        weak, held = rows.numbers("weak_reviews"), rows.numbers("grade_since")
        if weak.values is not None:
            # A demotion that was carried out is weighed no more.
            left[(weak.values > 0) & rows.known("weak_reviews") & ~rows.known("kept_by")] = 1
        if held.values is not None:
            stays = rows.equals("kept_by", MIN_STAY) & rows.known("grade_since")
            over = held.values[stays].astype(np.int64) + stability.min_stay_days - since
            left[stays] = np.minimum(left[stays], np.maximum(over, 1))
    found = np.flatnonzero(left <= ahead)
    return (since + left[found]).astype(np.int32), np.asarray(rows.keys)[found].astype(np.int64)


def _pass(
    left: Keys, ages: npt.NDArray[Any] | None, known: npt.NDArray[np.bool_] | None, lines: int | Keys
) -> None:
    # The day after an age has reached a line.
    if ages is None:
        return
    days = lines + 1 - ages.astype(np.int64)
    passes = days >= 1 if known is None else (days >= 1) & known
    left[passes] = np.minimum(left, days)[passes]


def _both(*known: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.bool_] | None:
    said = [one for one in known if one is not None]
    return None if not said else np.logical_and.reduce(said)


def dated_columns(standard: Standard) -> dict[str, list[tuple[str, int]]]:
    """By table, the days from which a row counts otherwise: a column, and how many days after it."""
    return {
        PURCHASE_DAY.name: [("day", 0), ("day", standard.window_days), ("void_on", 0)],
        ORDER_LINES.name: [("line_on", 0), ("void_on", 0)],
        CUSTOMERS.name: [("first_seen_on", 0)],
    }


def due_of_ledger(
    snapshot: Snapshot, table: Table, standard: Standard, since: int, until: int, known: Iterable[str] = ()
) -> Iterator[Entries]:
    """Entries of the rows of `table` that count otherwise from a day after `since`, not after `until`; not of the files `known`."""
    columns = dated_columns(standard)[table.name]
    names = [KEY, *dict.fromkeys(name for name, _ in columns)]
    left_out = frozenset(known)
    for file in map_large_files(snapshot, table, KEY, names, left_out):
        for name, after in columns:
            if not file.has([name]):
                continue
            days = file.numbers(name)
            if days.values is not None:
                places = _inside(days.values, days.known, since - after, until - after)
                due = (days.values[places] + np.int64(after)).astype(np.int32)
                yield due, file.take(places, [KEY])[KEY].to_numpy()
    for rows in read_small_files(snapshot, table, names, left_out):
        at_hand = RowsAtHand(rows.filter(rows[KEY].is_valid()))
        for name, after in columns:
            days = at_hand.numbers(name)
            if days.values is not None:
                places = _inside(days.values, days.known, since - after, until - after)
                yield (days.values[places] + after).astype(np.int32), at_hand.keys[places]


def _inside(values: npt.NDArray[Any], known: npt.NDArray[np.bool_] | None, since: int, until: int) -> Keys:
    held = np.iinfo(values.dtype)
    low, high = max(since, int(held.min)), min(until, int(held.max))
    if low > high:
        return np.zeros(0, dtype=np.int64)
    inside = (values > low) & (values <= high)
    if low > since:
        inside |= values == low
    return np.flatnonzero(inside if known is None else inside & known)
