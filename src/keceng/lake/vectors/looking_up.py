"""What is joined to units otherwise than row by row: small tables found by a value, and joins under a condition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from keceng.lake.vectors import truths
from keceng.lake.vectors import vector as v
from keceng.lake.vectors.blocks import Block, Keys, Relation
from keceng.lake.vectors.expressions import Rows, evaluate
from keceng.lake.vectors.stored import read_column, read_keys
from keceng.lake.vectors.vector import UnsupportedError, Vector

if TYPE_CHECKING:
    from keceng.lake.number_index import NumberIndex

RowsOf = Callable[[Block], Rows]
"""The rows of the left side in a block, on which expressions are worked out."""
_MANY = 100_000
_FIRST = np.zeros((), dtype=np.int64)


class Restricted(Relation):
    """What is joined where conditions on the left hold, and nowhere else."""

    def __init__(self, joined: Relation, conditions: Sequence[exp.Expr], left: RowsOf) -> None:
        self.names, self._joined, self._conditions, self._left = joined.names, joined, conditions, left

    def column(self, name: str, block: Block) -> Vector:
        """The joined column."""
        return self._joined.column(name, block)

    def present(self, block: Block) -> v.Known:
        """Where there is a row and the conditions hold."""
        present = self._joined.present(block)
        for condition in self._conditions:
            held = evaluate(condition, self._left(block)).values
            present = held if present is None else held & present
        return present


class LookedUp(Relation):
    """A table that is found by the values of some columns: by one number at most, and by texts.

    Args:
        table: the rows; no two alike in the columns they are found by.
        pairs: the expression that finds, and the column that is found; none where the table has one row for all.
        left: what the expressions are worked out on.

    Raises:
        UnsupportedError: rows alike, or more than one number.
    """

    def __init__(self, table: pa.Table, pairs: list[tuple[exp.Expr, str]], left: RowsOf) -> None:
        self.names = tuple(table.column_names)
        self._left, self._table = left, table
        self._texts = [(node, name) for node, name in pairs if not pa.types.is_integer(table[name].type)]
        numbers = [(node, name) for node, name in pairs if pa.types.is_integer(table[name].type)]
        if len(numbers) > 1 or (not pairs and table.num_rows > 1):
            raise UnsupportedError("a join by two numbers")
        self._number = numbers[0] if numbers else None
        self._groups = self._grouped()
        self._columns: dict[str, Vector] = {}
        self._indexes: dict[tuple[str, ...], NumberIndex] = {}

    def _grouped(self) -> dict[tuple[str, ...], tuple[Keys, Keys]]:
        """Per combination of texts the numbers in order and their rows."""
        columns = [read_column(self._table[name]) for _, name in self._texts]
        rows = np.arange(self._table.num_rows, dtype=np.int64)
        groups: dict[tuple[str, ...], Keys] = {(): rows}
        for column in columns:
            groups = {
                (*key, word): places[codes]
                for key, places in groups.items()
                for word, codes in _with_each_word(column, places)
            }
        return {key: self._in_order(places) for key, places in groups.items()}

    def _in_order(self, places: Keys) -> tuple[Keys, Keys]:
        if self._number is None:
            if len(places) > 1:
                raise UnsupportedError("two rows for one")
            return np.zeros(len(places), dtype=np.int64), places
        column = self._table[self._number[1]].take(pa.array(places))
        numbers = read_keys(column.drop_null()) if column.null_count == 0 else None
        if numbers is None:
            raise UnsupportedError("an unknown key")
        if len(numbers) > 1 and not (numbers[1:] > numbers[:-1]).all():
            order = np.argsort(numbers, kind="stable")
            numbers, places = numbers[order], places[order]
            if not (numbers[1:] > numbers[:-1]).all():
                raise UnsupportedError("two rows for one")
        return numbers, places

    def column(self, name: str, block: Block) -> Vector:
        """The column of the rows that were found."""
        return block.kept((id(self), name), lambda: self._taken(name, block))

    def _taken(self, name: str, block: Block) -> Vector:
        whole = self._columns.get(name)
        if whole is None:
            whole = self._columns[name] = _whole(read_column(self._table[name]))
        if whole.kind == "nothing" or whole.values.ndim == 0:
            return whole
        places = self._found(block)[0]
        if not places.ndim:
            return _one_of(whole, int(places))
        known = None if whole.known is None else whole.known.take(places)
        values = whole.values.take(places)
        return Vector(whole.kind, values, known, whole.words, whole.low, whole.high)

    def present(self, block: Block) -> v.Known:
        """Where a row was found."""
        return self._found(block)[1]

    def _found(self, block: Block) -> tuple[Keys, v.Known]:
        kept = block.made.get((id(self), None))
        if kept is None:
            places, present = self._find(block)
            kept = Vector("number", places, present)
            block.made[id(self), None] = kept
        return kept.values, kept.known

    def _find(self, block: Block) -> tuple[Keys, v.Known]:
        here = self._left(block)
        number = None if self._number is None else evaluate(self._number[0], here)
        texts = [evaluate(node, here) for node, _ in self._texts]
        places, present = _FIRST, v.FALSE
        for key, (numbers, at) in self._groups.items():
            asked = _asks(texts, key)
            if not len(at) or not asked.any():
                continue
            if number is None:
                found, has = at[:1].reshape(()), asked
            else:
                spot, has = self._searched(key, numbers, number.values)
                has = has & asked if number.known is None else has & asked & number.known
                found = at[spot]
            places = np.where(has, found, places) if present.any() else found
            present = np.asarray(present | has)
        return places, v.known_or_all(present)

    def _searched(self, key: tuple[str, ...], numbers: Keys, asked: v.Values) -> tuple[Keys, v.Values]:
        if asked.ndim == 0 or len(numbers) < _MANY:
            spot = np.minimum(np.searchsorted(numbers, asked), len(numbers) - 1)
            return spot, numbers[spot] == asked
        if key not in self._indexes:
            # Loaded where it is needed: the compiler takes a while.
            from keceng.lake.number_index import NumberIndex  # noqa: PLC0415

            self._indexes[key] = NumberIndex(numbers)
        return self._indexes[key].find(asked)


def _whole(column: Vector) -> Vector:
    is_same = column.kind == "number" and column.low == column.high and column.known is None
    return _one_of(column, 0) if is_same and column.values.ndim else column


def _one_of(whole: Vector, place: int) -> Vector:
    """What one row has, for every row."""
    if whole.known is not None and not whole.known[place]:
        return v.unknown(whole.kind)
    value = whole.values[place : place + 1].reshape(())
    low, high = (whole.low, whole.high) if whole.kind == "text" else (int(value), int(value))
    return Vector(whole.kind, value, None, whole.words, low, high)


def _with_each_word(column: Vector, places: Keys) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    if not column.values.ndim:
        return  # no row has one
    if column.kind != "text":
        raise UnsupportedError(f"a join by a {column.kind}")
    codes = column.values[places]
    for code, word in enumerate(column.words):
        found = codes == code if column.known is None else (codes == code) & column.known[places]
        if found.any():
            yield word, found


def _asks(texts: list[Vector], key: tuple[str, ...]) -> v.Values:
    asked: v.Values = v.TRUE
    for vector, word in zip(texts, key, strict=True):
        asked = asked & truths.compare("=", vector, v.text(word)).values
    return asked


def narrow(condition: exp.Expr, table: pa.Table) -> pa.ChunkedArray:
    """Which rows of `table` a condition on it alone holds for.

    Raises:
        UnsupportedError: it is neither `is null` nor equal to something written down.
    """
    match condition:
        case exp.Is(this=exp.Column() as subject, expression=exp.Null()):
            return pc.is_null(table[subject.name])
        case exp.EQ(this=exp.Column() as subject, expression=exp.Literal() as literal):
            written = literal.this if literal.is_string else int(literal.this)
            return pc.fill_null(pc.equal(table[subject.name], written), False)
    raise UnsupportedError("a join on a condition")
