"""Tables with one row per key, laid along the keys of all units."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from keceng.lake.streams import in_one
from keceng.lake.vectors import vector as v
from keceng.lake.vectors.blocks import Block, Keys, Relation
from keceng.lake.vectors.vector import UnsupportedError, Vector


class Columns(Protocol):
    """Named columns of the same length, as an Arrow table has them."""

    @property
    def column_names(self) -> list[str]:
        """Their names."""

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        """One of them."""


class Stored(Relation):
    """A table with one row per key, laid along the keys of all units.

    Args:
        table: with the column `key`; rows of keys that are no unit's are not seen.
        key: its first column.
        units: the keys of all units, in order.

    Raises:
        UnsupportedError: a key stands twice, or a column is of a kind that vectors do not have.
    """

    def __init__(self, table: Columns, key: str, units: Keys) -> None:
        self.names = tuple(table.column_names)
        keys = read_keys(table[key])
        if len(keys) > 1 and not (keys[1:] > keys[:-1]).all():
            order = np.argsort(keys, kind="stable")
            whole = pa.table({name: table[name] for name in table.column_names})
            table, keys = whole.take(pa.array(order)), keys[order]
            if not (keys[1:] > keys[:-1]).all():
                raise UnsupportedError("a key twice")
        self._places, self._present = _places(keys, units)
        self._table: Columns = table
        self._columns: dict[str, Vector] = {}

    def column(self, name: str, block: Block) -> Vector:
        """A slice of the stored column."""
        whole = self._columns.get(name)
        if whole is None:
            whole = self._columns[name] = _laid_along(
                read_column(self._table[name]), self._places, self._present
            )
        return _slice(whole, block)

    def present(self, block: Block) -> v.Known:
        """Which units have a row."""
        return None if self._present is None else v.known_or_all(self._present[block.low : block.high])


def _places(keys: Keys, units: Keys) -> tuple[Keys | None, v.Known]:
    if np.array_equal(keys, units):
        return None, None
    if not len(keys):
        return np.zeros(1, dtype=np.int64), np.zeros(len(units), dtype=np.bool_)
    places = np.minimum(np.searchsorted(keys, units), len(keys) - 1)
    return places, keys[places] == units


def _laid_along(column: Vector, places: Keys | None, present: v.Known) -> Vector:
    if places is None:
        return column
    if column.values.ndim == 0:
        return column
    known = present if column.known is None else _and(column.known[places], present)
    values = column.values[places]
    if column.kind == "truth" and known is not None:
        values = values & known
    return Vector(column.kind, values, known, column.words, column.low, column.high)


def _and(a: npt.NDArray[np.bool_], b: v.Known) -> v.Known:
    return a if b is None else a & b


def _slice(whole: Vector, block: Block) -> Vector:
    if whole.values.ndim == 0:
        return whole
    known = None if whole.known is None else v.known_or_all(whole.known[block.low : block.high])
    return Vector(whole.kind, whole.values[block.low : block.high], known, whole.words, whole.low, whole.high)


def read_keys(column: pa.ChunkedArray) -> Keys:
    """Whole numbers, none of them NULL.

    Raises:
        UnsupportedError: others.
    """
    if column.null_count or not pa.types.is_integer(column.type):
        raise UnsupportedError("an unknown key")
    return in_one(column).to_numpy(zero_copy_only=False).astype(np.int64, copy=False)  # type: ignore[no-any-return]


def read_column(column: pa.ChunkedArray) -> Vector:
    """An Arrow column as one vector.

    Raises:
        UnsupportedError: floats, times, nested values, numbers beyond 64 bits, or more texts than vectors hold.
    """
    kind = kind_of(column.type)
    if column.null_count == len(column):
        return v.unknown(kind)
    known = in_one(column.is_valid()).to_numpy(zero_copy_only=False) if column.null_count else None
    match kind:
        case "number":
            column = _narrow(column) if pa.types.is_decimal(column.type) else column
            return _with_bounds(kind, column, np.int64, known)
        case "day":
            return _with_bounds(kind, column.cast(pa.int32()), np.int32, known)
        case "truth":
            return Vector(kind, _truths(column), known)
        case _:
            return _text(column, known)


def kind_of(kind: pa.DataType) -> v.Kind:
    """How vectors hold an Arrow type.

    Raises:
        UnsupportedError: not at all.
    """
    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0):
        return "number"
    if pa.types.is_date32(kind):
        return "day"
    if pa.types.is_boolean(kind):
        return "truth"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return "text"
    raise UnsupportedError(str(kind))


def _narrow(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise UnsupportedError("a number beyond 64 bits") from error


def _with_bounds(
    kind: v.Kind, column: pa.ChunkedArray, dtype: type[np.signedinteger[Any]], known: v.Known
) -> Vector:
    ends = pc.min_max(column).as_py()
    # What stands where nothing is known is zero, and enters sums all the same.
    low, high = (ends["min"], ends["max"]) if known is None else (min(ends["min"], 0), max(ends["max"], 0))
    return Vector(kind, _filled(column, 0).astype(dtype, copy=False), known, (), low, high)


def _truths(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    filled = column.fill_null(False) if column.null_count else column
    return in_one(filled).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _filled(column: pa.ChunkedArray, filling: int) -> npt.NDArray[np.int64]:
    filled = column.fill_null(filling) if column.null_count else column
    return in_one(filled).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _text(column: pa.ChunkedArray, known: v.Known) -> Vector:
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    whole = coded.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    if len(whole.dictionary) > v.MOST_WORDS:
        raise UnsupportedError("too many different texts")
    codes = whole.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return Vector("text", codes, known, tuple(whole.dictionary.to_pylist()))
