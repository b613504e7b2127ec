"""The roster of an edition as it stands at this moment: read once per process, and every change of the desk since put in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max

from keceng.desk.directory.models import Edition, Entry, EntryChange
from keceng.desk.directory.roster import COLUMNS, TEXTS, Cell, Roster, Seen, make_roster
from keceng.desk.directory.roster_files import map_roster, write_roster
from keceng.desk.directory.roster_parts import RosterParts

_MOST_HELD = 2
_MOST_AT_ONCE = 500
_ROWS_A_PART = 20_000
_held: dict[str, Roster] = {}
_lock = threading.Lock()


def roster_of(edition: Edition) -> Roster:
    """The roster of `edition` with every change that the desk has committed, whoever made it."""
    now = _seen_now(edition)
    held = _held.get(edition.stamp)
    if held is not None and held.seen == now:
        return held
    if connection.in_atomic_block:
        # What is not committed is seen by whoever does it, and kept for nobody.
        return _brought_up_to_date(held or _mapped(edition) or _from_desk(edition), edition)
    with _lock:
        before = _held.get(edition.stamp) or _read(edition)
        held = _held[edition.stamp] = _brought_up_to_date(before, edition)
        if any(held.texts[name] is not before.texts[name] for name in TEXTS):
            # Whoever is called otherwise from now on, or not at all, is not left on the disk by the old name.
            _keep(held, edition)
        for stamp in list(_held)[:-_MOST_HELD]:
            del _held[stamp]
    return held


def gather_roster() -> RosterParts:
    """A place for the rows of an edition while it is filled."""
    return RosterParts(_folder())


def prepare_roster(edition: Edition, parts: RosterParts | None = None) -> None:
    """Write the roster of an edition that has just been filled, so that the first who asks finds it.

    Args:
        edition: of which nobody knows yet.
        parts: all its rows; None reads them from the desk.
    """
    _keep(_from_desk(edition) if parts is None else parts.finish(edition.pk, Seen()), edition)


def forget_rosters(keep: list[str]) -> None:
    """Remove the files of every edition but those of the stamps `keep`."""
    folder = _folder()
    for path in folder.glob("*.arrow") if folder.is_dir() else ():
        if path.name.removesuffix(".arrow") not in keep:
            path.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.WORKSPACE) / "rosters"


def _path(edition: Edition) -> Path:
    return _folder() / f"{edition.stamp}.arrow"


def _read(edition: Edition) -> Roster:
    mapped = _mapped(edition)
    if mapped is not None:
        return mapped
    made = _from_desk(edition)
    _keep(made, edition)
    return made


def _mapped(edition: Edition) -> Roster | None:
    mapped = map_roster(_path(edition))
    return mapped if mapped is not None and mapped.edition_id == edition.pk else None


def _keep(roster: Roster, edition: Edition) -> None:
    # A disk that is full or closed to us costs the next process some seconds, and nobody an answer.
    try:
        write_roster(roster, _path(edition))
    except OSError:
        return


def _seen_now(edition: Edition) -> Seen:
    found = EntryChange.objects.filter(edition=edition).aggregate(count=Count("pk"), last=Max("pk"))
    return Seen(found["count"], found["last"] or 0)


def _from_desk(edition: Edition) -> Roster:
    # Counted first: a change that comes between is read now and put in again later, which is the same.
    seen = _seen_now(edition)
    rows = Entry.objects.filter(edition=edition).order_by("customer_key").values_list(*COLUMNS)
    return make_roster(edition.pk, seen, _parts(rows.iterator(chunk_size=_ROWS_A_PART)))


def _parts(rows: Iterator[tuple[Cell, ...]]) -> Iterator[list[tuple[Cell, ...]]]:
    while part := list(islice(rows, _ROWS_A_PART)):
        yield part


def _brought_up_to_date(held: Roster, edition: Edition) -> Roster:
    now = _seen_now(edition)
    if held.seen == now:
        return held
    changes = EntryChange.objects.filter(edition=edition, pk__lte=now.last).order_by("pk")
    later = changes.filter(pk__gt=held.seen.last).values_list("customer_key", flat=True)
    keys = list(later)
    if held.seen.count + len(keys) != now.count:
        keys = list(changes.values_list("customer_key", flat=True))
    rows: list[tuple[Cell, ...]] = []
    wanted = sorted(set(keys))
    for start in range(0, len(wanted), _MOST_AT_ONCE):
        some = Entry.objects.filter(edition=edition, customer_key__in=wanted[start : start + _MOST_AT_ONCE])
        rows += some.values_list(*COLUMNS)
    return held.put(rows, now) or _from_desk(edition)
