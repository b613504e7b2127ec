"""Lists of customers, counts and facets: a query over entries answered from the roster, equal to what the desk would say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TypeVar, overload

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from keceng.desk.directory.models import Edition, Entry
from keceng.desk.directory.roster import UNKNOWN, Mask, Places, Roster, Seen, make_roster
from keceng.desk.directory.roster_masks import NotInColumnsError, edition_of, mask_of
from keceng.desk.directory.rosters import roster_of
from keceng.desk.directory.scope import current_edition

_Cell = TypeVar("_Cell", np.int64, np.int32)


class Group:
    """The customers that a query over entries means, to be counted, summed and listed.

    What the query asks beyond the columns of a roster is asked of the desk: slower, and the same.
    """

    def __init__(self, roster: Roster, mask: Mask | None) -> None:
        """Those of `roster` in `mask`, or all of them."""
        self.roster, self._mask = roster, mask

    @cached_property
    def rows(self) -> Places | None:
        """Their rows, ascending; None for all."""
        return None if self._mask is None else np.flatnonzero(self._mask).astype(np.int32)

    @cached_property
    def heads(self) -> int:
        """How many."""
        return len(self.roster) if self._mask is None else int(np.count_nonzero(self._mask))

    def also(self, mask: Mask) -> Group:
        """Those of them in `mask`."""
        return Group(self.roster, mask if self._mask is None else self._mask & mask)

    def has_word(self, name: str, *words: str) -> Group:
        """Those with one of `words` in a column of words."""
        return self.also(self.roster.words[name].is_any_of(words))

    def lacks_word(self, name: str, *words: str) -> Group:
        """Those with none of `words` in a column of words."""
        return self.also(~self.roster.words[name].is_any_of(words))

    def total(self, name: str) -> int:
        """The sum of a column of numbers, unknown ones left out."""
        numbers = self._of(self.roster.numbers[name])
        return int(numbers.sum(where=numbers != UNKNOWN))

    def is_known(self, name: str) -> bool:
        """Whether anybody's number of a column is known."""
        return bool((self._of(self.roster.numbers[name]) != UNKNOWN).any())

    def total_by(self, name: str, by: str) -> dict[str, int]:
        """The sum of a column of numbers by the words of another, unknown ones left out."""
        if self._mask is None:
            return self.roster.known_once(("total", name, by), lambda: self._total_by(name, by))
        return self._total_by(name, by)

    def count_by(self, *names: str) -> dict[tuple[str, ...], int]:
        """Heads by the words of some columns, empty ones included; combinations of nobody are left out."""
        if self._mask is None:
            return self.roster.known_once(("count", *names), lambda: self._count_by(names))
        return self._count_by(names)

    def in_order(self, order: str) -> Places:
        """Their rows, in one of the orders of a list."""
        whole = self.roster.orders[order]
        if self.rows is None or self._mask is None:
            return whole
        if self.heads * _FEW > len(self.roster):
            return whole[self._mask[whole]]
        ranks = self.roster.known_once(("ranks", order), lambda: _ranks(whole))
        found: Places = self.rows[np.argsort(ranks[self.rows])]
        return found

    def first_in_order(self, order: str, count: int) -> Places:
        """The first `count` of `in_order`; of everybody else only as many are looked at as it takes."""
        if self._mask is None or self.heads * _FEW <= len(self.roster):
            return self.in_order(order)[:count]
        whole, parts, found = self.roster.orders[order], [], 0
        for start in range(0, len(whole), _LOOKED_AT):
            some = whole[start : start + _LOOKED_AT]
            parts.append(some[self._mask[some]])
            found += len(parts[-1])
            if found >= count:
                break
        return np.concatenate(parts)[:count]

    def _of(self, column: npt.NDArray[_Cell]) -> npt.NDArray[_Cell]:
        return column if self.rows is None else column[self.rows]

    def _total_by(self, name: str, by: str) -> dict[str, int]:
        numbers, column = self._of(self.roster.numbers[name]), self.roster.words[by]
        codes, is_known = self._of(column.codes), numbers != UNKNOWN
        return {
            word: int(numbers.sum(where=is_known & (codes == place)))
            for place, word in enumerate(column.words)
        }

    def _count_by(self, names: Sequence[str]) -> dict[tuple[str, ...], int]:
        columns = [self.roster.words[name] for name in names]
        combined = np.zeros(self.heads, dtype=np.int64)
        for column in columns:
            combined = combined * len(column.words) + self._of(column.codes)
        bins = int(np.prod([len(column.words) for column in columns]))
        if bins <= _MOST_BINS:
            counted = np.bincount(combined, minlength=bins)
            values = np.flatnonzero(counted)
            counts = counted[values]
        else:
            values, counts = np.unique(combined, return_counts=True)
        places = np.unravel_index(values, [len(column.words) for column in columns]) if len(values) else ()
        words = [
            [column.words[place] for place in of_column.tolist()]
            for column, of_column in zip(columns, places, strict=False)
        ]
        return dict(zip(zip(*words, strict=True), counts.tolist(), strict=True)) if words else {}


_MOST_BINS = 1 << 20
_LOOKED_AT = 1 << 14
_FEW = 32
"""Below one customer in so many, sorting them is faster than picking them out of everybody in order."""


def _ranks(order: Places) -> Places:
    ranks = np.empty(len(order), dtype=np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    return ranks


def group_of(entries: QuerySet[Entry]) -> Group:
    """The customers that `entries` means."""
    if entries.query.is_empty():
        return _NOBODY
    try:
        roster = roster_of(_edition(edition_of(entries)))
        return Group(roster, mask_of(roster, entries))
    except NotInColumnsError:
        return _asked_of_desk(entries)


def _edition(number: int) -> Edition:
    # Lists are of the current edition, which the page knows by now.
    current = current_edition()
    return current if current is not None and current.pk == number else Edition.objects.get(pk=number)


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
        wanted = place if isinstance(place, slice) else slice(place, place + 1 or None)
        start, stop, step = wanted.indices(group.heads)
        rows = group.first_in_order(self._order, max(start + 1, stop))[start:stop:step]
        keys = group.roster.keys[rows].tolist()
        known = {
            entry.customer_key: entry
            for entry in Entry.objects.filter(edition_id=group.roster.edition_id, customer_key__in=keys)
        }
        found = [known[key] for key in keys if key in known]
        return found if isinstance(place, slice) else found[0]

    def place_after(self, customer_key: int) -> int | None:
        """The place of the first entry behind a customer, which may itself not be listed; None where nobody knows the customer."""
        group = self._found()
        rows = np.flatnonzero(group.roster.keys == customer_key)
        if not len(rows):
            return None
        whole = group.roster.orders[self._order]
        ranks = group.roster.known_once(("ranks", self._order), lambda: _ranks(whole))
        listed = group.in_order(self._order)
        return int(np.searchsorted(ranks[listed], ranks[rows[0]], side="right"))

    def __iter__(self) -> Iterator[Entry]:
        for start in range(0, len(self), _ROWS_AT_ONCE):
            yield from self[start : start + _ROWS_AT_ONCE]


_ROWS_AT_ONCE = 500
