"""Lists of customers, counts and facets: a query over entries answered from the roster, equal to what the desk would say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
from django.db.models import QuerySet

from keceng.desk.directory.models import Edition, Entry
from keceng.desk.directory.roster import UNKNOWN, Mask, Roster, Seen, make_roster
from keceng.desk.directory.roster_masks import NotInColumnsError, edition_of, mask_of
from keceng.desk.directory.rosters import roster_of
from keceng.desk.directory.scope import current_edition


class Group:
    """The customers that a query over entries means, to be counted, summed and listed.

    What the query asks beyond the columns of a roster is asked of the desk: slower, and the same.
    """

    def __init__(self, roster: Roster, mask: Mask) -> None:
        self.roster, self.mask = roster, mask

    @property
    def heads(self) -> int:
        """How many."""
        return int(np.count_nonzero(self.mask))

    def also(self, mask: Mask) -> Group:
        """Those of them in `mask`."""
        return Group(self.roster, self.mask & mask)

    def has_word(self, name: str, *words: str) -> Group:
        """Those with one of `words` in a column of words."""
        return self.also(self.roster.words[name].is_any_of(words))

    def lacks_word(self, name: str, *words: str) -> Group:
        """Those with none of `words` in a column of words."""
        return self.also(~self.roster.words[name].is_any_of(words))

    def total(self, name: str) -> int:
        """The sum of a column of numbers, unknown ones left out."""
        numbers = self.roster.numbers[name][self.mask]
        return int(numbers[numbers != UNKNOWN].sum())

    def count_by(self, *names: str) -> dict[tuple[str, ...], int]:
        """Heads by the words of some columns, empty ones included; combinations of nobody are left out."""
        columns = [self.roster.words[name] for name in names]
        combined = np.zeros(self.heads, dtype=np.int64)
        for column in columns:
            combined = combined * max(1, len(column.words)) + column.codes[self.mask]
        found: dict[tuple[str, ...], int] = {}
        values, counts = np.unique(combined, return_counts=True) if len(columns) > 1 else _bins(combined)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            words, rest = [], value
            for column in reversed(columns):
                rest, place = divmod(rest, max(1, len(column.words)))
                words.append(column.words[place])
            found[tuple(reversed(words))] = count
        return found

    def in_order(self, order: str) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        """Their rows, in one of the orders of a list."""
        rows = self.roster.orders[order]
        return rows if self.heads == len(self.roster) else rows[self.mask[rows]]


def _bins(places: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    counts = np.bincount(places)
    values = np.flatnonzero(counts)
    return values, counts[values]


def group_of(entries: QuerySet[Entry]) -> Group:
    """The customers that `entries` means."""
    if entries.query.is_empty():
        return _NOBODY
    try:
        roster = roster_of(Edition.objects.get(pk=edition_of(entries)))
        return Group(roster, mask_of(roster, entries))
    except NotInColumnsError:
        return _asked_of_desk(entries)


def _asked_of_desk(entries: QuerySet[Entry]) -> Group:
    edition = current_edition()
    assert edition is not None  # noqa: S101  a query that means nobody is answered from columns
    roster = roster_of(edition)
    keys = entries.filter(edition=edition).order_by().values_list("customer_key", flat=True)
    mask = np.isin(roster.keys, np.fromiter(keys.iterator(chunk_size=20_000), dtype=np.int64))
    return Group(roster, mask)


_NOBODY = Group(make_roster(0, Seen(), ()), np.zeros(0, dtype=np.bool_))


class Listing(Sequence[Entry]):
    """Entries in one of the orders of a list; only those of the page that is looked at are read."""

    def __init__(self, entries: QuerySet[Entry], order: str) -> None:
        self._entries, self._order = entries, order
        self._group: Group | None = None

    def _found(self) -> Group:
        if self._group is None:
            self._group = group_of(self._entries)
        return self._group

    def __len__(self) -> int:
        return self._found().heads

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> list[Entry]: ...
    def __getitem__(self, place: int | slice) -> Entry | list[Entry]:
        group = self._found()
        rows = group.in_order(self._order)[
            place if isinstance(place, slice) else slice(place, place + 1 or None)
        ]
        keys = group.roster.keys[rows].tolist()
        known = {
            entry.customer_key: entry
            for entry in Entry.objects.filter(edition_id=group.roster.edition_id, customer_key__in=keys)
        }
        found = [known[key] for key in keys if key in known]
        return found if isinstance(place, slice) else found[0]

    def __iter__(self) -> Iterator[Entry]:
        for start in range(0, len(self), _ROWS_AT_ONCE):
            yield from self[start : start + _ROWS_AT_ONCE]


_ROWS_AT_ONCE = 500
