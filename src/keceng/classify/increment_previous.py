"""The rows of the run that an increment goes on from, found by key without reading the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keceng.classify.aging import HISTORY, Aging, with_what_ages_need
from keceng.classify.layers import layers_of
from keceng.classify.row_columns import with_columns
from keceng.classify.stored import KEY, customer_columns
from keceng.classify.stored_reasons import SENTENCES
from keceng.classify.tables import LINKS_FILE
from keceng.lake import Keys, MappedFile, Numbers, map_file

Truths = npt.NDArray[np.bool_]
FIRST = "first_purchase_on"


class Columns(Protocol):
    """Whole columns of some rows."""

    @property
    def keys(self) -> npt.NDArray[Any]:
        """Of the rows."""

    def has(self, columns: Collection[str]) -> bool:
        """Whether all of `columns` are there."""

    def numbers(self, name: str) -> Numbers:
        """A column of numbers, days or truths."""

    def known(self, name: str) -> Truths:
        """Where a column is not NULL."""

    def equals(self, name: str, word: str) -> Truths:
        """Where a column of texts says `word`."""


class RowsAtHand:
    """The columns of an Arrow table."""

    def __init__(self, rows: pa.Table) -> None:
        self._rows = rows.combine_chunks()
        self.keys: Keys = rows[KEY].to_numpy()

    def has(self, columns: Collection[str]) -> bool:
        """Whether all of `columns` are there."""
        return set(columns) <= set(self._rows.column_names)

    def numbers(self, name: str) -> Numbers:
        """A column of numbers, days or truths."""
        column = self._rows[name]
        if column.null_count == len(column):
            return Numbers(None, None)
        whole = column.cast(pa.int32()) if pa.types.is_date32(column.type) else column
        return Numbers(whole.cast(pa.int64()).fill_null(0).to_numpy(), self.known(name))

    def known(self, name: str) -> Truths:
        """Where a column is not NULL."""
        return self._rows[name].is_valid().to_numpy()  # type: ignore[no-any-return]

    def equals(self, name: str, word: str) -> Truths:
        """Where a column of texts says `word`."""
        return pc.fill_null(pc.equal(self._rows[name], word), False).to_numpy()  # type: ignore[no-any-return]


class Previous:
    """The rows of a published run.

    Attributes:
        names: the columns that are stored.
        below: those of the full run, as it left them.
        above: those that an earlier increment replaced, as of its day; None where the run is a full one.
        replaced: keys of rows of `below` that count no more.
        links: what each row of `above` adds to the hash; none where the hash is taken anew.
    """

    def __init__(self, root: Path, directory: Path, columns: Sequence[str]) -> None:
        """Of the run in `directory` of the lake at `root`; of the full run below, `columns` may be asked for."""
        layers = layers_of(directory)
        self.names = [name for name in customer_columns(directory) if name not in SENTENCES]
        present = frozenset(self.names)
        wanted = with_what_ages_need([name for name in columns if name in present], present)
        self.below: MappedFile = map_file(root, layers.base, KEY, wanted)
        self.above = (
            None if layers.overlay is None else _plain(pq.read_table(layers.overlay)).select(self.names)
        )
        self.replaced: Keys = layers.replaced.to_numpy(zero_copy_only=False)
        self._aging = layers.aging
        stored = directory / LINKS_FILE
        self.links: Keys = np.load(stored) if stored.exists() else np.zeros(0, dtype=np.int64)
        self._found: tuple[Keys, Keys] | None = None

    @property
    def history_days(self) -> int | None:
        """From the first purchase of anybody to the day of the run; None while nobody bought anything."""
        if self._aging is not None:
            return self._aging.history_days
        days = self.below.numbers(HISTORY)
        if days.values is None:
            return None
        return int(days.values[0 if days.known is None else int(np.argmax(days.known))])

    def rows(self, keys: Keys, names: Sequence[str]) -> pa.Table:
        """The rows of `keys`, which ascend, as of the day of the run, in the order of keys."""
        if self.above is None or self._aging is None:
            return self.below.take(self._places(keys), names)
        need = with_what_ages_need(names, frozenset(self.names))
        below = carried(self.below.take(self._places(keys), need), self._aging)
        above = self.above.select(need).filter(pc.is_in(self.above[KEY], value_set=pa.array(keys)))
        return pa.concat_tables([below.cast(above.schema), above]).sort_by(KEY).select(names)

    def links_of(self, keys: Keys, below: Keys) -> Keys:
        """What the rows of `keys`, which ascend, add to the hash, where `below` says it of all rows of the full run; in any order."""
        mine = below[self._places(keys)]
        if self.above is None:
            return mine
        held = self.above[KEY].to_numpy()
        return np.concatenate([mine, self.links[places_among(held, keys)]])

    def _places(self, keys: Keys) -> Keys:
        # The same customers are asked about again and again.
        if self._found is None or self._found[0] is not keys:
            self._found = keys, self.below.places(without(keys, self.replaced))
        return self._found[1]


def carried(rows: pa.Table, aging: Aging) -> pa.Table:
    """`rows` with their ages carried forward."""
    present = frozenset(rows.column_names)
    if not aging.columns(present) or not rows.num_rows:
        return rows
    return with_columns(rows, ("ages", aging), lambda: aging.columns(present))


def places_among(keys: npt.NDArray[Any], wanted: Keys) -> Keys:
    """Where those of `wanted` that are among `keys` lie; both ascend."""
    if not len(keys) or not len(wanted):
        return np.zeros(0, dtype=np.int64)
    asked = wanted[(wanted >= keys[0]) & (wanted <= keys[-1])].astype(keys.dtype)
    at = np.searchsorted(keys, asked)
    return np.asarray(at[keys[at] == asked], dtype=np.int64)


def without(keys: Keys, others: Keys) -> Keys:
    """`keys` that are not among `others`; both ascend."""
    kept = np.ones(len(keys), dtype=np.bool_)
    kept[places_among(keys, others)] = False
    return keys[kept]


def _plain(rows: pa.Table) -> pa.Table:
    fields = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in rows.schema]
    return rows.cast(pa.schema(fields))
