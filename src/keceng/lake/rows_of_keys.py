"""The rows of some customers in a table of the lake: of large files through their mapped copies, of small ones by reading them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keceng.lake import mapped
from keceng.lake.mapped import Keys, MappedFile, map_file
from keceng.lake.schema import Table
from keceng.lake.store import Snapshot


def rows_of_keys(snapshot: Snapshot, table: Table, key: str, keys: Keys, columns: Sequence[str]) -> pa.Table:
    """The rows of `table` whose `key` is among `keys`, which ascend; what a file lacks is null.

    Rows of one file come in the order of keys where the file is large; a file of few rows comes as it lies.
    """
    schema = pa.schema([field for field in table.arrow_schema if field.name in columns])
    parts = [
        _typed(found.take(found.places(keys), [n for n in columns if found.has([n])]), schema)
        for found in map_large_files(snapshot, table, key, columns)
    ]
    wanted = pa.array(keys)
    small = read_small_files(snapshot, table, columns)
    parts += [_typed(rows.filter(pc.is_in(rows[key], value_set=wanted)), schema) for rows in small]
    return pa.concat_tables([schema.empty_table(), *(part for part in parts if part.num_rows)])


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
    present = set(pq.read_schema(file).names)
    return _typed(
        pq.read_table(file, columns=[n for n in columns if n in present], use_threads=False), schema
    )


def keys_in(rows: pa.Table, key: str) -> Keys:
    """The keys that stand in `rows`, NULL left out."""
    return rows[key].drop_null().combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64, copy=False)  # type: ignore[no-any-return]


def _rows_of(file: str) -> int:
    return int(pq.read_metadata(file).num_rows)


def _typed(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    arrays = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)
