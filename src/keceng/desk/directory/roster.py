"""An edition in columns: what lists filter, count and sort by, held in memory so that a million customers answer at once.

The desk's database stays the truth. A roster says how many of the edition's changes it has seen; whoever asks brings it up to date first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

WORDS = ("kind", "role", "owner", "region", "grade", "earlier_grade", "state", "kept_by", "excluded_as")
NUMBERS = (
    "spend", "previous_spend", "days_since_last_purchase", "gap_ratio", "overdue_amount", "expected_loss",
)  # fmt: skip
DAYS = ("grade_since", "last_contact_on")
FLAGS = ("is_by_hand", "is_appealed", "provisional")
TEXTS = ("search", "shown_name")
COLUMNS = ("customer_key", *WORDS, *NUMBERS, *DAYS, *FLAGS, *TEXTS)
"""The columns of an entry that a roster holds, in the order in which its rows are read."""

UNKNOWN = int(np.iinfo(np.int64).min)
"""Stands for null among numbers and days."""
SORTED_BY = {
    "spend": "spend",
    "loss": "expected_loss",
    "overdue": "overdue_amount",
    "silence": "gap_ratio",
    "name": "shown_name",
}
"""By order of a list, its column: numbers descend, unknown ones last; names ascend by code point; equals stand by key."""

Integers = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Codes = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
Cell = str | int | bool | dt.date | None
_Column = TypeVar("_Column", Integers, Mask)
_Known = TypeVar("_Known")


@dataclass(frozen=True, slots=True)
class Seen:
    """Which changes of an edition were seen: how many, and the greatest number among them.

    Where several write at once a lower number may be committed after a higher one, so the greatest alone would not do.
    """

    count: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few different words: per row the place of its word in `words`, in as few bytes as they need."""

    codes: Codes
    words: tuple[str, ...]

    def is_any_of(self, wanted: Sequence[str]) -> Mask:
        """Which rows have one of the `wanted` words."""
        sought = set(wanted)
        places = [place for place, word in enumerate(self.words) if word in sought]
        if len(places) == 1:
            same: Mask = self.codes == places[0]
            return same
        table = np.zeros(len(self.words) + 1, dtype=np.bool_)
        table[places] = True
        found: Mask = table[self.codes]
        return found

    def put(self, places: Integers, words: Sequence[str]) -> Coded:
        """The column with `words` at `places`; itself where nothing changes."""
        known = {word: place for place, word in enumerate(self.words)}
        for word in words:
            known.setdefault(word, len(known))
        codes = np.array([known[word] for word in words], dtype=np.int64)
        if np.array_equal(self.codes[places], codes):
            return self
        changed = self.codes.astype(np.result_type(self.codes, np.min_scalar_type(len(known))))
        changed[places] = codes
        return Coded(changed, tuple(known))


@dataclass(frozen=True, slots=True)
class Roster:
    """The customers of an edition, in the order of their keys.

    Attributes:
        edition_id: whose.
        seen: the changes that are in it.
        keys: of the customers, ascending.
        words, numbers, flags, texts: the columns by name; days are among the numbers, as days since 1970-01-01.
        orders: by order of a list, the rows in it.
    """

    edition_id: int
    seen: Seen
    keys: Integers
    words: Mapping[str, Coded]
    numbers: Mapping[str, Integers]
    flags: Mapping[str, Mask]
    texts: Mapping[str, pa.LargeStringArray]
    orders: Mapping[str, Places]
    _known: dict[tuple[str, ...], Any] = field(default_factory=dict, compare=False, repr=False)

    def known_once(self, name: tuple[str, ...], work_out: Callable[[], _Known]) -> _Known:
        """What `work_out` says of the whole roster, worked out once: a roster never changes."""
        if name not in self._known:
            self._known[name] = work_out()
        known: _Known = self._known[name]
        return known

    def __len__(self) -> int:
        return len(self.keys)

    def put(self, rows: Sequence[Sequence[Cell]], seen: Seen) -> Roster | None:
        """The roster after `rows` changed, each with the `COLUMNS`; None where a row is of nobody known here."""
        if not rows:
            return replace(self, seen=seen)
        columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
        keys = np.array(columns["customer_key"], dtype=np.int64)
        places = np.minimum(np.searchsorted(self.keys, keys), max(0, len(self.keys) - 1))
        if not len(self.keys) or not np.array_equal(self.keys[places], keys):
            return None
        words = {name: self.words[name].put(places, [str(w) for w in columns[name]]) for name in WORDS}
        numbers = {
            name: _put(self.numbers[name], places, as_integers(columns[name])) for name in self.numbers
        }
        flags = {
            name: _put(self.flags[name], places, np.array(columns[name], dtype=np.bool_)) for name in FLAGS
        }
        texts = {name: _put_texts(self.texts[name], places, columns[name]) for name in TEXTS}
        orders = {
            order: rows_in_order
            if numbers.get(name) is self.numbers.get(name) and texts.get(name) is self.texts.get(name)
            else sort_rows(self.keys, numbers.get(name), texts.get(name))
            for order, name in SORTED_BY.items()
            for rows_in_order in (self.orders[order],)
        }
        # What was worked out once was worked out of the rows before.
        return replace(
            self, seen=seen, words=words, numbers=numbers, flags=flags, texts=texts, orders=orders, _known={}
        )


def make_roster(edition_id: int, seen: Seen, parts: Iterable[Sequence[Sequence[Cell]]]) -> Roster:
    """The roster of all rows in `parts`, each with the `COLUMNS`, in the order of their keys."""
    columns = [_columns_of(part) for part in parts if part] or [_columns_of(())]

    def joined(name: str) -> pa.ChunkedArray:
        return pa.chunked_array([column[name] for column in columns])

    keys = joined("customer_key").to_numpy()
    numbers = {name: joined(name).to_numpy() for name in (*NUMBERS, *DAYS)}
    texts = {name: joined(name).combine_chunks() for name in TEXTS}
    return Roster(
        edition_id=edition_id,
        seen=seen,
        keys=keys,
        words={name: _coded(joined(name)) for name in WORDS},
        numbers=numbers,
        flags={name: joined(name).to_numpy() for name in FLAGS},
        texts=texts,
        orders={
            order: sort_rows(keys, numbers.get(name), texts.get(name)) for order, name in SORTED_BY.items()
        },
    )


def _columns_of(rows: Sequence[Sequence[Cell]]) -> Mapping[str, pa.Array]:
    cells: dict[str, Sequence[Cell]] = dict.fromkeys(COLUMNS, ())
    if rows:
        cells.update(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    whole = ("customer_key", *NUMBERS, *DAYS)
    return {
        **{name: pa.array(as_integers(cells[name])) for name in whole},
        **{name: pa.array(cells[name], pa.string()) for name in WORDS},
        **{name: pa.array(cells[name], pa.bool_()) for name in FLAGS},
        **{name: pa.array(cells[name], pa.large_string()) for name in TEXTS},
    }


def sort_rows(keys: Integers, numbers: Integers | None, texts: pa.LargeStringArray | None) -> Places:
    """The rows by one column as `SORTED_BY` says, equals by key; `keys` ascend."""
    if numbers is not None:
        # The complement descends where numbers ascend, and the least number there is becomes the greatest.
        return np.argsort(~numbers, kind="stable").astype(np.int32)
    table = pa.table({"text": texts, "key": keys})
    rows = pc.sort_indices(table, sort_keys=[("text", "ascending"), ("key", "ascending")])
    found: Places = rows.to_numpy().astype(np.int32)
    return found


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


_EPOCH = dt.date(1970, 1, 1).toordinal()


def as_integers(cells: Sequence[Cell]) -> Integers:
    """Numbers or days as whole numbers, null as `UNKNOWN`."""
    return np.array(
        [
            UNKNOWN if cell is None else day_number(cell) if isinstance(cell, dt.date) else cell
            for cell in cells
        ],
        dtype=np.int64,
    )


def _coded(cells: pa.ChunkedArray) -> Coded:
    coded = cells.combine_chunks().dictionary_encode()
    words = tuple(coded.dictionary.to_pylist())
    return Coded(narrowed(coded.indices.to_numpy(), len(words)), words)


def narrowed(codes: npt.NDArray[np.int32], words: int) -> Codes:
    """`codes` into so many words, in as few bytes as they need: lists are filtered as fast as memory is read."""
    return codes.astype(np.min_scalar_type(words))


def _put(column: _Column, places: Integers, cells: _Column) -> _Column:
    if np.array_equal(column[places], cells):
        return column
    changed = column.copy()
    changed[places] = cells
    return changed


def _put_texts(column: pa.LargeStringArray, places: Integers, cells: Sequence[Cell]) -> pa.LargeStringArray:
    new = pa.array(cells, pa.large_string())
    if column.take(pa.array(places)).equals(new):
        return column
    mask = np.zeros(len(column), dtype=np.bool_)
    mask[places] = True
    in_order = new.take(pa.array(np.argsort(places, kind="stable")))
    return pc.replace_with_mask(column, pa.array(mask), in_order)
