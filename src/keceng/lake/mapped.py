"""Columns of an immutable Parquet file laid open in the order of a key, for whoever reads a few per cent of its rows, spread all over.

To unpack every piece of a file for a twentieth of its rows costs as much as to read it whole. Here each column lies as plain
numbers in a file of its own that is mapped into memory, so only what is asked for is touched. It may be deleted at any time.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

MAPPED_FOLDER = "_mapped"
SMALL = 50_000
"""A file of fewer rows is read whole instead."""
_ABOUT = "about.json"
_WIDTHS: tuple[type[np.signedinteger[Any]], ...] = (np.int8, np.int16, np.int32)
_MOST_WORDS, _LOOKED_AT, _REPEATING = 32_767, 8_192, 0.3
Keys = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of whole numbers, days or truths, in the order of rows.

    Attributes:
        values: days count from 1970-01-01; anything where nothing is known. None stands for nothing but NULL.
        known: which are; None where all are.
    """

    values: npt.NDArray[Any] | None
    known: npt.NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class Spans:
    """Where the rows of each of some keys lie, one after another.

    Attributes:
        first: the first of them; anything where there is none.
        counts: how many.
    """

    first: Places
    counts: Places


def spread(spans: Spans) -> Places:
    """The places of all rows of `spans`, key after key."""
    counts = spans.counts
    before = np.cumsum(counts) - counts
    return np.repeat(spans.first - before, counts) + np.arange(int(counts.sum()), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Footer:
    """What a Parquet file says of itself.

    Attributes:
        rows: how many it has.
        names: of its columns.
    """

    rows: int
    names: tuple[str, ...]


def footer_of(file: Path) -> Footer:
    """Rows and columns of a file that never changes."""
    return _footer(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _footer(file: Path, _written: int) -> Footer:
    metadata = pq.read_metadata(file)
    return Footer(metadata.num_rows, tuple(metadata.schema.to_arrow_schema().names))


class MappedFile:
    """An open mapped copy; see `map_file`."""

    def __init__(self, folder: Path) -> None:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        self._folder, self.rows = folder, int(about["rows"])
        self.schema = pa.ipc.read_schema(pa.BufferReader(bytes.fromhex(about["schema"])))
        self._lies: dict[str, dict[str, Any]] = about["columns"]
        self._open: dict[str, npt.NDArray[Any]] = {}
        self.keys = self._array("key", about["key"])
        self._firsts = None if about["firsts"] is None else self._array("firsts", about["firsts"])

    def has(self, columns: Collection[str]) -> bool:
        """Whether all of `columns` are there."""
        return set(columns) <= self._lies.keys()

    def has_texts(self, columns: Collection[str]) -> bool:
        """Whether one of `columns` holds texts."""
        return any(self._lies[name]["kind"] in ("text", "word") for name in columns if name in self._lies)

    def spans(self, keys: Keys) -> Spans:
        """Where the rows of each of `keys`, which ascend, begin, and how many they are; none of those that are not there."""
        if not len(keys) or not len(self.keys):
            return Spans(np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.int64))
        asked = keys
        if self.keys.dtype != np.int64:
            # A haystack of another width would be copied whole.
            held = np.iinfo(self.keys.dtype)
            asked = np.clip(keys, held.min, held.max).astype(self.keys.dtype)
        at = np.minimum(np.searchsorted(self.keys, asked), len(self.keys) - 1)
        is_there = self.keys[at] == keys
        if self._firsts is None:
            return Spans(at.astype(np.int64), is_there.astype(np.int64))
        first = self._firsts[at].astype(np.int64)
        return Spans(first, (self._firsts[at + 1] - first) * is_there)

    def counts(self, keys: Keys) -> Places:
        """How many rows each of `keys` has, which ascend."""
        return self.spans(keys).counts

    def places(self, keys: Keys) -> Places:
        """Where the rows of `keys`, which ascend, lie: in the order of keys."""
        spans = self.spans(keys)
        if self._firsts is None:
            return spans.first[spans.counts > 0]
        return spread(spans)

    def take(self, places: Places, names: Sequence[str]) -> pa.Table:
        """Those rows, in the columns `names`, typed as in the file, but texts plain, or as codes where there are few of them."""
        return pa.table({name: self._taken(name, places) for name in names})

    def words(self, name: str) -> list[str]:
        """The texts of a column that has few of them; none of any other."""
        return list(self._lies[name].get("words", ()))

    def numbers(self, name: str) -> Numbers:
        """A whole column as it lies, which is neither the key nor of texts."""
        lies = self._lies[name]
        if lies["kind"] == "nothing":
            return Numbers(None, None)
        return Numbers(self._array(f"{name}.values", lies["dtype"]), self._known(name, lies))

    def known(self, name: str) -> npt.NDArray[np.bool_]:
        """Where a column is not NULL."""
        lies = self._lies[name]
        if lies["kind"] == "nothing":
            return np.zeros(self.rows, dtype=np.bool_)
        known = self._known(name, lies) if lies["kind"] != "key" else None
        return np.ones(self.rows, dtype=np.bool_) if known is None else known

    def equals(self, name: str, word: str) -> npt.NDArray[np.bool_]:
        """Where a column of texts says `word`."""
        lies = self._lies[name]
        if lies["kind"] == "text":
            whole = self._taken(name, np.arange(self.rows, dtype=np.int64))
            said: npt.NDArray[np.bool_] = pc.fill_null(pc.equal(whole, word), False).to_numpy(
                zero_copy_only=False
            )
            return said
        if word not in self.words(name):
            return np.zeros(self.rows, dtype=np.bool_)
        codes = self._array(f"{name}.values", lies["dtype"])
        return np.asarray(codes == self.words(name).index(word), dtype=np.bool_) & self.known(name)

    def _known(self, name: str, lies: dict[str, Any]) -> npt.NDArray[np.bool_] | None:
        return self._array(f"{name}.known", "|b1") if lies["has_nulls"] else None

    def _taken(self, name: str, places: Places) -> pa.Array:
        lies, kind = self._lies[name], plain_type(self.schema.field(name).type)
        if lies["kind"] == "key":
            at = places if self._firsts is None else np.searchsorted(self._firsts, places, side="right") - 1
            return pa.array(self.keys[at].astype(np.int64)).cast(kind)
        if lies["kind"] == "nothing":
            return pa.nulls(len(places), kind)
        known = self._known(name, lies)
        mask = None if known is None else ~known[places]
        if lies["kind"] == "text":
            parts = (self._array(f"{name}.offsets", "<i8"), self._array(f"{name}.values", "|u1"))
            whole = pa.LargeStringArray.from_buffers(self.rows, *map(pa.py_buffer, parts))
            found = whole.take(pa.array(places)).cast(pa.string())
            found = found if mask is None else pc.if_else(pa.array(mask), pa.scalar(None, pa.string()), found)
            return found.cast(kind)
        values = self._array(f"{name}.values", lies["dtype"])[places]
        if lies["kind"] == "word":
            codes = pa.array(values.astype(np.int32), mask=mask)
            words = pa.array(lies["words"], pa.string())
            return pa.DictionaryArray.from_arrays(codes, words)
        wide = np.int32 if pa.types.is_date32(kind) else np.bool_ if pa.types.is_boolean(kind) else np.int64
        made = pa.array(values.astype(wide), mask=mask)
        return made.view(kind) if pa.types.is_date32(kind) else made.cast(kind)

    def _array(self, name: str, dtype: str) -> npt.NDArray[Any]:
        found = self._open.get(name)
        if found is None:
            path = self._folder / name
            if path.stat().st_size:
                found = np.memmap(path, dtype=np.dtype(dtype), mode="r").view(np.ndarray)
            else:
                found = np.zeros(0, dtype=np.dtype(dtype))
            self._open[name] = found
        return found


def map_file(root: Path, file: Path, key: str, columns: Collection[str]) -> MappedFile:
    """The mapped copy of `file`, made where there is none yet that has `columns`.

    Args:
        root: of the lake.
        file: under `root`; it never changes.
        key: a column of whole numbers, none of them NULL.
        columns: those that will be asked for, of which absent ones are left out.
    """
    folder = mapped_folder(root, file)
    present = footer_of(file).names
    wanted = [name for name in present if name in columns or name == key]
    if (folder / _ABOUT).exists():
        found = _opened(folder, (folder / _ABOUT).stat().st_mtime_ns)
        if found.has(wanted):
            return found
        wanted = [name for name in present if name in wanted or found.has([name])]
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    part.mkdir(parents=True)
    try:
        _lay_open(pq.ParquetFile(file), part, key, wanted)
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return _opened(folder, (folder / _ABOUT).stat().st_mtime_ns)


def forget_mapped(root: Path, keep: Collection[Path]) -> None:
    """Delete the mapped copies of every file but those in `keep`."""
    kept = {mapped_folder(root, file).name for file in keep}
    for folder in (root / MAPPED_FOLDER).glob("*"):
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def mapped_folder(root: Path, file: Path) -> Path:
    """Where the mapped copy of `file` lies."""
    return root / MAPPED_FOLDER / "~".join(file.relative_to(root).parts)


@lru_cache(maxsize=64)
def _opened(folder: Path, _written: int) -> MappedFile:
    return MappedFile(folder)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of a column whose texts may be stored as codes or views: texts."""
    is_text = pa.types.is_dictionary(kind) or pa.types.is_string_view(kind)
    return pa.string() if is_text else kind


def _lay_open(file: pq.ParquetFile, folder: Path, key: str, columns: Sequence[str]) -> None:
    keys = np.concatenate([np.zeros(0, np.int64), *(_whole(piece) for piece in _pieces(file, key))])
    order = None if bool(np.all(keys[1:] >= keys[:-1])) else np.argsort(keys, kind="stable")
    keys = keys if order is None else keys[order]
    firsts = np.flatnonzero(np.concatenate([np.ones(min(len(keys), 1), np.bool_), keys[1:] != keys[:-1]]))
    schema = pa.schema([file.schema_arrow.field(name).remove_metadata() for name in columns])
    about: dict[str, Any] = {
        "rows": len(keys),
        "schema": schema.serialize().to_pybytes().hex(),
        "key": _write(folder / "key", [keys[firsts]]),
        "firsts": _write(folder / "firsts", [np.append(firsts, len(keys))])
        if len(firsts) < len(keys)
        else None,
        "columns": {name: _column(folder, name, file, order) for name in columns if name != key},
    }
    about["columns"][key] = {"kind": "key"}
    (folder / _ABOUT).write_text(json.dumps(about), encoding="utf-8")


def _pieces(file: pq.ParquetFile, name: str) -> Iterator[pa.Array]:
    # A piece at a time stays where the processor has it at hand.
    for group in range(file.metadata.num_row_groups):
        yield from file.read_row_group(group, columns=[name], use_threads=False)[name].chunks


def _column(folder: Path, name: str, file: pq.ParquetFile, order: Places | None) -> dict[str, Any]:
    kind = file.schema_arrow.field(name).type
    is_whole = pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0)
    if not (is_whole or pa.types.is_date32(kind) or pa.types.is_boolean(kind)):
        return _texts(folder, name, file.read(columns=[name], use_threads=False)[name], order)
    values, known, has_some, has_nulls = list[npt.NDArray[Any]](), list[npt.NDArray[np.bool_]](), False, False
    for piece in _pieces(file, name):
        has_nulls |= piece.null_count > 0
        has_some |= piece.null_count < len(piece)
        values.append(_narrowed(_whole(piece)))
        known.append(
            piece.is_valid().to_numpy(zero_copy_only=False)
            if piece.null_count
            else np.ones(len(piece), np.bool_)
        )
    if not has_some:
        return {"kind": "nothing"}
    if order is not None:
        values, known = [np.concatenate(values)[order]], [np.concatenate(known)[order]]
    if has_nulls:
        np.concatenate(known).tofile(folder / f"{name}.known")
    return {"kind": "number", "has_nulls": has_nulls, "dtype": _write(folder / f"{name}.values", values)}


def _whole(piece: pa.Array) -> npt.NDArray[Any]:
    kind = piece.type
    if pa.types.is_date32(kind):
        piece = piece.view(pa.int32())
    elif pa.types.is_boolean(kind):
        piece = piece.cast(pa.int8())
    elif not pa.types.is_int64(kind):
        piece = piece.cast(pa.int64())
    found: npt.NDArray[Any] = (piece.fill_null(0) if piece.null_count else piece).to_numpy(
        zero_copy_only=False
    )
    return found


def _texts(folder: Path, name: str, column: pa.ChunkedArray, order: Places | None) -> dict[str, Any]:
    # Tables that were merged hold their texts as views, which Arrow cannot take rows of.
    is_other = not pa.types.is_dictionary(column.type) and not pa.types.is_string(column.type)
    column = column.cast(pa.string()) if is_other else column
    column = column if order is None else column.take(pa.array(order))
    if column.null_count == len(column):
        return {"kind": "nothing"}
    lies: dict[str, Any] = {"kind": "text", "has_nulls": bool(column.null_count)}
    if column.null_count:
        column.is_valid().combine_chunks().to_numpy(zero_copy_only=False).tofile(folder / f"{name}.known")
    is_coded = pa.types.is_dictionary(column.type)
    if is_coded or len(column.slice(0, _LOOKED_AT).unique()) < _REPEATING * min(len(column), _LOOKED_AT):
        coded = (column if is_coded else column.dictionary_encode()).unify_dictionaries()
        words = coded.chunk(0).dictionary if coded.num_chunks else pa.array([], pa.string())
        codes = [piece.indices.fill_null(0).to_numpy(zero_copy_only=False) for piece in coded.chunks]
        if len(words) <= _MOST_WORDS:
            return lies | {
                "kind": "word",
                "words": words.to_pylist(),
                "dtype": _write(folder / f"{name}.values", codes),
            }
    whole = column.cast(pa.large_string()).fill_null("").combine_chunks()
    whole = whole if isinstance(whole, pa.Array) else whole.chunk(0)
    _, offsets, data = whole.buffers()
    np.frombuffer(offsets, dtype=np.int64)[: len(whole) + 1].tofile(folder / f"{name}.offsets")
    np.frombuffer(data, dtype=np.uint8).tofile(folder / f"{name}.values")
    return lies


def _write(path: Path, parts: Sequence[npt.NDArray[Any]]) -> str:
    """The parts one after another, in the fewest bytes that hold all of them."""
    narrow = [_narrowed(part) for part in parts]
    dtype = np.result_type(np.int8, *narrow)
    with path.open("wb") as sink:
        for part in narrow:
            part.astype(dtype, copy=False).tofile(sink)
    return str(dtype.str)


def _narrowed(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if not len(values):
        return values.astype(np.int8)
    low, high = int(values.min()), int(values.max())
    for width in _WIDTHS:
        if np.iinfo(width).min <= low and high <= np.iinfo(width).max:
            return values.astype(width, copy=False)
    return values
