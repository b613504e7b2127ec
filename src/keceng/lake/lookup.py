"""One customer's rows of an immutable Parquet file without reading anybody else's.

A large file may have a sorted copy beside the tables: the same rows by key, in pieces of a thousand, so that one piece is
unpacked. It can be deleted at any time: without it the file itself is read, row group by row group, and says the same.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = "_lookup"
_PIECE = 1_024
_SORTED_AT_ONCE = 64 * _PIECE
_SMALL = 20_000
"""A file of fewer rows is read whole, and kept."""
_ABOUT = b"keceng_lookup"
_SUFFIX = ".arrow"


def find_rows(root: Path, file: Path, key: str, keys: Collection[int], columns: Sequence[str]) -> pa.Table:
    """The rows of `file` whose `key` is among `keys`, in the order of keys where the file is sorted.

    Args:
        root: of the lake.
        file: under `root`; it never changes.
        key: a column of whole numbers.
        keys: those wanted.
        columns: those wanted; what the file lacks is left out.
    """
    copy = _open_copy(_copy_path(root, file))
    if copy is not None and copy.has(columns):
        parts = list(copy.pieces(keys, columns))
    else:
        parts = list(_read_file(file, key, keys, columns))
    wanted = np.array(sorted(set(keys)), dtype=np.int64)
    found = [_picked(part, _rows_of(part[key].to_numpy(), wanted)) for part in parts]
    names = [name for name in columns if name in found[0].column_names] if found else []
    return pa.concat_tables([part.select(names) for part in found]) if found else pa.table({})


def _rows_of(known: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    if not bool((known[1:] >= known[:-1]).all()):
        return np.flatnonzero(np.isin(known, wanted))
    low, high = (np.searchsorted(known, wanted, side=side) for side in ("left", "right"))
    if bool((high - low <= 1).all()):
        return low[high > low]
    return np.concatenate([np.arange(*ends) for ends in zip(low, high, strict=True)])


def _picked(part: pa.Table, rows: npt.NDArray[np.intp]) -> pa.Table:
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
        return part.slice(int(rows[0]), len(rows))
    return part.take(pa.array(rows))


def make_copy(root: Path, file: Path, key: str, columns: Collection[str] | None = None) -> bool:
    """Give `file` its sorted copy, whole or not at all; whether one was made: small files and those that have one need none.

    Args:
        root: of the lake.
        file: under `root`; it never changes.
        key: a column of whole numbers.
        columns: those that the copy holds beside the key, of which absent ones are left out; None is all. Whoever asks for
            another is answered from the file.
    """
    path = _copy_path(root, file)
    parquet = pq.ParquetFile(file)
    if path.exists() or parquet.metadata.num_rows < _SMALL:
        return False
    keys = parquet.read(columns=[key])[key].to_numpy()
    names = [name for name in parquet.schema_arrow.names if columns is None or name == key or name in columns]
    groups: Iterator[pa.Table]
    if bool(np.all(keys[1:] >= keys[:-1])):
        sizes = [parquet.metadata.row_group(group).num_rows for group in range(parquet.num_row_groups)]
        groups = (
            _plain(parquet.read_row_group(group, columns=names)) for group in range(parquet.num_row_groups)
        )
    else:
        order = np.argsort(keys, kind="stable")
        keys, whole = keys[order], _plain(parquet.read(columns=names))
        parts = [order[low : low + _SORTED_AT_ONCE] for low in range(0, len(order), _SORTED_AT_ONCE)]
        sizes, groups = [len(part) for part in parts], (whole.take(pa.array(part)) for part in parts)
    starts = [at + start for at, size in _offsets(sizes) for start in range(0, size, _PIECE)]
    about = json.dumps(
        {
            "key": key,
            "firsts": keys[starts].tolist(),
            "lacks": sorted(set(parquet.schema_arrow.names) - set(names)),
        }
    ).encode()
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    fields = [_plain_field(parquet.schema_arrow.field(name)) for name in names]
    schema = pa.schema(fields, {_ABOUT: about})
    packed = pa.ipc.IpcWriteOptions(compression="lz4")
    try:
        with pa.OSFile(str(part), "wb") as sink, pa.ipc.new_file(sink, schema, options=packed) as writer:
            for group in groups:
                for start in range(0, group.num_rows, _PIECE):
                    piece = group.slice(start, _PIECE).combine_chunks()
                    writer.write_batch(piece.to_batches()[0].replace_schema_metadata({_ABOUT: about}))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return True


def _plain(table: pa.Table) -> pa.Table:
    # Tables that were merged hold their texts as views, which Arrow cannot take rows of.
    return table.cast(pa.schema([_plain_field(field) for field in table.schema]))


def _plain_field(field: pa.Field) -> pa.Field:
    return field.with_type(pa.string()) if field.type == pa.string_view() else field


def forget_copies(root: Path, keep: Collection[Path]) -> None:
    """Delete the copies of every file but those in `keep`."""
    kept = {_copy_path(root, file) for file in keep}
    for path in (root / FOLDER).glob(f"*{_SUFFIX}"):
        if path not in kept:
            path.unlink(missing_ok=True)


def _offsets(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    at = 0
    for size in sizes:
        yield at, size
        at += size


def _copy_path(root: Path, file: Path) -> Path:
    return root / FOLDER / ("~".join(file.relative_to(root).parts) + _SUFFIX)


class _Copy:
    """An open sorted copy; a reader is asked by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._readers: dict[tuple[str, ...], pa.RecordBatchFileReader] = {}
        whole = pa.ipc.open_file(pa.memory_map(str(path)))
        about = json.loads(whole.schema.metadata[_ABOUT])
        self._names, self._key, self._lacks = whole.schema.names, about["key"], frozenset(about["lacks"])
        self._firsts = np.array(about["firsts"], dtype=np.int64)
        if whole.num_record_batches != len(self._firsts):
            raise ValueError("pieces are missing")

    def has(self, columns: Sequence[str]) -> bool:
        """Whether it holds all of `columns` that the file holds."""
        return self._lacks.isdisjoint(columns)

    def pieces(self, keys: Collection[int], columns: Sequence[str]) -> Iterator[pa.Table]:
        """The pieces that may hold one of `keys`, of each the key and `columns`."""
        names = tuple(name for name in self._names if name == self._key or name in set(columns))
        numbers: set[int] = set()
        for wanted in keys:
            first = max(0, int(np.searchsorted(self._firsts, wanted, side="left")) - 1)
            after = int(np.searchsorted(self._firsts, wanted, side="right"))
            numbers.update(range(first, max(after, first + 1)))
        with self._lock:
            reader = self._readers.get(names)
            if reader is None:
                reader = self._readers[names] = self._reader(names)
            batches = [reader.get_batch(number) for number in sorted(numbers)]
        for batch in batches:
            yield pa.Table.from_batches([batch])

    def _reader(self, names: Sequence[str]) -> pa.RecordBatchFileReader:
        places = [self._names.index(name) for name in names]
        options = pa.ipc.IpcReadOptions(included_fields=places, use_threads=False)
        return pa.ipc.open_file(pa.memory_map(str(self._path)), options=options)


@lru_cache(maxsize=32)
def _opened(path: Path, _written: int) -> _Copy:
    return _Copy(path)


def _open_copy(path: Path) -> _Copy | None:
    try:
        return _opened(path, path.stat().st_mtime_ns)
    except (OSError, pa.ArrowInvalid, KeyError, ValueError):
        return None


def _read_file(file: Path, key: str, keys: Collection[int], columns: Sequence[str]) -> Iterator[pa.Table]:
    written = file.stat().st_mtime_ns
    metadata = _metadata(file, written)
    present = metadata.schema.to_arrow_schema().names
    names = [name for name in dict.fromkeys([key, *columns]) if name in present]
    if metadata.num_rows < _SMALL:
        yield _small_file(file, written, tuple(names))
        return
    place, parquet = present.index(key), pq.ParquetFile(file, metadata=metadata, pre_buffer=False)
    groups = [
        group
        for group in range(metadata.num_row_groups)
        if _may_hold(metadata.row_group(group).column(place).statistics, keys)
    ]
    for group in groups or [0]:
        yield _plain(parquet.read_row_group(group, columns=names, use_threads=False))


@lru_cache(maxsize=512)
def _small_file(file: Path, _written: int, names: tuple[str, ...]) -> pa.Table:
    return _plain(pq.ParquetFile(file).read(columns=list(names)))


@lru_cache(maxsize=512)
def _metadata(file: Path, _written: int) -> pq.FileMetaData:
    return pq.read_metadata(file)


def _may_hold(statistics: pq.Statistics | None, keys: Collection[int]) -> bool:
    if statistics is None or not statistics.has_min_max:
        return True
    return any(statistics.min <= key <= statistics.max for key in keys)
