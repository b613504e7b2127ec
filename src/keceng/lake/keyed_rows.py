"""The rows of some customers in a table of the lake: of large files through their mapped copies, of small ones by reading them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from keceng.lake import mapped
from keceng.lake.keyed_runs import HeldLane, Lane, runs_in_order
from keceng.lake.mapped import Keys, MappedFile, footer_of, map_file
from keceng.lake.schema import Table
from keceng.lake.store import Snapshot


class RowsOfKeys:
    """The rows of customers in `table`, found by `key` some keys at a time."""

    def __init__(self, snapshot: Snapshot, table: Table, key: str, columns: Sequence[str]) -> None:
        """Of `table` at `snapshot`, in `columns`; what a file lacks is null."""
        self._schema = pa.schema([field for field in table.arrow_schema if field.name in columns])
        self._large = list(map_large_files(snapshot, table, key, columns))
        self._small = [_by_key(rows, key) for rows in read_small_files(snapshot, table, columns)]
        self._names = [field.name for field in self._schema]

    def of(self, keys: Keys) -> pa.Table:
        """The rows of `keys`, which ascend: file after file, each in the order of keys; few different texts may come as codes."""
        parts = [
            _typed(file.take(places, [n for n in self._names if file.has([n])]), self._schema)
            for file in self._large
            if len(places := file.places(keys))
        ]
        for held, rows in self._small:
            low, high = np.searchsorted(held, [keys[0], keys[-1] + 1]) if len(keys) else (0, 0)
            near = rows.slice(int(low), int(high - low))
            wanted = among(held[low:high], keys)
            parts.append(near if bool(wanted.all()) else near.filter(pa.array(wanted)))
        parts = [part for part in parts if part.num_rows]
        if len(parts) == 1:
            return parts[0]
        return pa.concat_tables([self._schema.empty_table(), *(part.cast(self._schema) for part in parts)])

    def runs(self, keys: Keys, columns: Sequence[str], by: str, *, by_loops: bool) -> pa.RecordBatch:
        """The rows of `keys`, which ascend, key after key, and of one key in the order of `by`, a column of days.

        Args:
            keys: of customers.
            columns: the key, and some of whole numbers or days.
            by: one of them.
            by_loops: whether the compiled loop is to be loaded.
        """
        lanes: list[Lane] = [*self._large, *(HeldLane(*held) for held in self._small)]
        return runs_in_order(
            lanes, keys, pa.schema([self._schema.field(name) for name in columns]), by, by_loops=by_loops
        )


def rows_of_keys(snapshot: Snapshot, table: Table, key: str, keys: Keys, columns: Sequence[str]) -> pa.Table:
    """The rows of `table` whose `key` is among `keys`, which ascend; what a file lacks is null."""
    return RowsOfKeys(snapshot, table, key, columns).of(keys)


def _by_key(rows: pa.Table, key: str) -> tuple[Keys, pa.Table]:
    rows = rows.filter(rows[key].is_valid()) if rows[key].null_count else rows
    keys = keys_in(rows, key)
    if bool(np.all(keys[1:] >= keys[:-1])):
        return keys, rows
    order = np.argsort(keys, kind="stable")
    return keys[order], rows.take(pa.array(order))


def map_large_files(
    snapshot: Snapshot, table: Table, key: str, columns: Sequence[str], left_out: Collection[str] = ()
) -> Iterator[MappedFile]:
    """The large files of `table` laid open in those of `columns` that they have, but for those named in `left_out`."""
    for file in snapshot.files(table):
        if Path(file).name not in left_out and _rows_of(file) >= mapped.SMALL:
            yield map_file(snapshot.root, Path(file), key, columns)


def read_small_files(
    snapshot: Snapshot, table: Table, columns: Sequence[str], left_out: Collection[str] = ()
) -> Iterator[pa.Table]:
    """The small files of `table` in `columns`, but for those named in `left_out`; what a file lacks is null."""
    for file in snapshot.files(table):
        if Path(file).name not in left_out and _rows_of(file) < mapped.SMALL:
            yield read_file(file, table, columns)


def read_file(file: str, table: Table, columns: Sequence[str]) -> pa.Table:
    """All rows of one file of `table`, in `columns`; what it lacks is null."""
    schema = pa.schema([field for field in table.arrow_schema if field.name in columns])
    present = set(footer_of(Path(file)).names)
    return _typed(
        pq.read_table(file, columns=[n for n in columns if n in present], use_threads=False), schema
    )


def keys_in(rows: pa.Table, key: str) -> Keys:
    """The keys that stand in `rows`, NULL left out."""
    return rows[key].drop_null().combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64, copy=False)  # type: ignore[no-any-return]


def among(keys: Keys, wanted: Keys) -> npt.NDArray[np.bool_]:
    """Which of `keys` are among `wanted`, which ascend."""
    if not len(wanted):
        return np.zeros(len(keys), dtype=np.bool_)
    at = np.minimum(np.searchsorted(wanted, keys), len(wanted) - 1)
    return np.asarray(wanted[at] == keys)


def each_once(parts: Iterable[Keys]) -> Keys:
    """All keys of `parts` in order, each once."""
    # A sort that knows what is in order already, as most parts are; hashes would be looked up all over memory.
    keys: Keys = np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *parts]), kind="stable")
    is_other = np.concatenate([np.ones(min(len(keys), 1), dtype=np.bool_), keys[1:] != keys[:-1]])
    return np.asarray(keys[is_other])


def _rows_of(file: str) -> int:
    return footer_of(Path(file)).rows


def _typed(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    for field in schema:
        if field.name not in rows.column_names:
            columns[field.name] = pa.nulls(rows.num_rows, field.type)
        elif pa.types.is_dictionary(rows.schema.field(field.name).type):
            columns[field.name] = rows[field.name]
        else:
            columns[field.name] = rows[field.name].cast(field.type)
    return pa.table(columns)
