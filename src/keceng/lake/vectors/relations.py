"""Tables and views of a plan that have one row per unit, in the order of their keys: columns on demand, block by block.

A view holds no rows. Whoever asks for a column of a block has it worked out from the columns below, once for that block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from keceng.lake.vectors import vector as v
from keceng.lake.vectors.expressions import evaluate
from keceng.lake.vectors.vector import Unsupported, Vector

BLOCK = 1 << 17
Keys = npt.NDArray[np.int64]


@dataclass(slots=True)
class Block:
    """Some rows that lie together, and what was worked out for them."""

    low: int
    high: int
    made: dict[tuple[int, object], Vector] = field(default_factory=dict)

    def kept(self, place: tuple[int, object], work: Callable[[], Vector]) -> Vector:
        """What `work` gives for `place`, once."""
        found = self.made.get(place)
        if found is None:
            found = self.made[place] = work()
        return found


def blocks_of(rows: int) -> Iterator[Block]:
    """All rows, block by block."""
    for low in range(0, rows, BLOCK):
        yield Block(low, min(low + BLOCK, rows))


class Relation:
    """One row per unit, or for some units only: columns by name, and which units have a row."""

    names: tuple[str, ...] = ()

    def column(self, name: str, block: Block) -> Vector:
        """The column `name` of the rows of `block`."""
        raise NotImplementedError

    def present(self, block: Block) -> v.Known:
        """Which units of `block` have a row; None where all have."""
        raise NotImplementedError


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
        Unsupported: a key stands twice, or a column is of a kind that vectors do not have.
    """

    def __init__(self, table: Columns, key: str, units: Keys) -> None:
        self.names = tuple(table.column_names)
        keys = _whole(table[key])
        if len(keys) > 1 and not (keys[1:] > keys[:-1]).all():
            order = np.argsort(keys, kind="stable")
            whole = pa.table({name: table[name] for name in table.column_names})
            table, keys = whole.take(pa.array(order)), keys[order]
            if not (keys[1:] > keys[:-1]).all():
                raise Unsupported("a key twice")
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


def _whole(column: pa.ChunkedArray) -> Keys:
    if column.null_count or not pa.types.is_integer(column.type):
        raise Unsupported("an unknown key")
    return column.combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64, copy=False)  # type: ignore[no-any-return]


def read_column(column: pa.ChunkedArray) -> Vector:
    """An Arrow column as one vector.

    Raises:
        Unsupported: floats, times, nested values, numbers beyond 64 bits, or more texts than vectors hold.
    """
    kind = _kind_of(column.type)
    if column.null_count == len(column):
        return v.unknown(kind)
    known = column.is_valid().combine_chunks().to_numpy(zero_copy_only=False) if column.null_count else None
    match kind:
        case "number":
            column = _narrow(column) if pa.types.is_decimal(column.type) else column
            return _with_bounds(kind, column, np.int64, known)
        case "day":
            return _with_bounds(kind, column.cast(pa.int32()), np.int32, known)
        case "truth":
            return Vector(kind, _filled(column, False).astype(np.bool_), known)
        case _:
            return _text(column, known)


def _kind_of(kind: pa.DataType) -> v.Kind:
    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0):
        return "number"
    if pa.types.is_date32(kind):
        return "day"
    if pa.types.is_boolean(kind):
        return "truth"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return "text"
    raise Unsupported(str(kind))


def _narrow(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise Unsupported("a number beyond 64 bits") from error


def _with_bounds(kind: v.Kind, column: pa.ChunkedArray, dtype: Any, known: v.Known) -> Vector:
    ends = pc.min_max(column).as_py()
    # What stands where nothing is known is zero, and enters sums all the same.
    low, high = (ends["min"], ends["max"]) if known is None else (min(ends["min"], 0), max(ends["max"], 0))
    return Vector(kind, _filled(column, 0).astype(dtype, copy=False), known, (), low, high)


def _filled(column: pa.ChunkedArray, filling: Any) -> npt.NDArray[Any]:
    filled = column.fill_null(filling) if column.null_count else column
    return filled.combine_chunks().to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _text(column: pa.ChunkedArray, known: v.Known) -> Vector:
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    whole = coded.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    if len(whole.dictionary) > v.MOST_WORDS:
        raise Unsupported("too many different texts")
    codes = whole.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return Vector("text", codes, known, tuple(whole.dictionary.to_pylist()))


Source = Callable[[str], Relation]
"""Finds a table by name; raises `Unsupported` for one that is no relation of units."""
Found = Callable[[str], pa.Table]
"""Fetches a small table whole."""


class Selected(Relation):
    """A query with one row per unit: expressions over one relation of units and what is joined to it.

    Args:
        query: of the grammar that vectors know: no grouping, and joins that add columns and no rows.
        source: finds the relations that it names.
        fetch: fetches the tables that it names which have no row per unit.
        units: the keys of all units.

    Raises:
        Unsupported: the query is beyond that.
    """

    def __init__(self, query: exp.Expr, source: Source, fetch: Found, units: Keys) -> None:
        if not isinstance(query, exp.Select) or any(
            query.args.get(k) for k in ("group", "order", "limit", "distinct", "qualify", "having")
        ):
            raise Unsupported("no plain query")
        for node in (
            n for part in (*query.expressions, query.args.get("where")) if part for n in part.walk()
        ):
            if not _is_known(node):
                raise Unsupported(type(node).__name__)
        known = dict(self._common(query, source, fetch, units))
        self._find: Source = lambda name: known[name] if name in known else source(name)
        self._fetch, self._units = fetch, units
        self._sources: dict[str, Relation] = {}
        first = query.args["from_"].this
        base = self._relation(first)
        self._sources[first.alias_or_name] = base
        self._base = base
        self._shared: set[str] = set()
        for join in query.args.get("joins") or ():
            self._join(join)
        self._columns = dict(self._projections(query))
        self.names = tuple(self._columns)
        where = query.args.get("where")
        self._where = None if where is None else where.this
        self._wholes: dict[int, Vector] = {}
        self._numbers: dict[int, int] = {}
        self._canon: dict[object, int] = {}
        self._check()

    def _common(
        self, query: exp.Select, source: Source, fetch: Found, units: Keys
    ) -> Iterator[tuple[str, Relation]]:
        made: dict[str, Relation] = {}
        clause = query.args.get("with_")
        for part in clause.expressions if clause is not None else ():
            made[part.alias] = Selected(
                part.this, lambda name: made[name] if name in made else source(name), fetch, units
            )
            yield part.alias, made[part.alias]

    def _relation(self, node: exp.Expr) -> Relation:
        while isinstance(node, exp.Table) and isinstance(node.this, exp.Table | exp.Subquery):
            node = node.this  # a table given in place of a table
        if isinstance(node, exp.Subquery):
            return Selected(node.this, self._find, self._fetch, self._units)
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            return self._find(node.name)
        raise Unsupported("no table")

    def _join(self, join: exp.Join) -> None:
        if join.args.get("side") != "LEFT" or join.args.get("kind"):
            raise Unsupported("a join that changes rows")
        alias = join.this.alias_or_name
        using = [i.name for i in join.args.get("using") or ()]
        pairs, narrowed, only = (
            ([(exp.column(k), k) for k in using], [], []) if using else _split(join.args["on"], alias)
        )
        self._shared |= set(using)
        if [right for _, right in pairs] == ["customer_key"] and not narrowed and self._is_key(pairs[0][0]):
            found = self._relation(join.this)
        else:
            found = self._looked_up(join.this, alias, pairs, narrowed)
        self._sources[alias] = Restricted(found, only, self) if only else found

    def _is_key(self, left: exp.Expr) -> bool:
        return isinstance(left, exp.Column) and left.name in ("customer_key", "unit_key")

    def _looked_up(
        self, node: exp.Expr, alias: str, pairs: list[tuple[exp.Expr, str]], narrowed: list[exp.Expr]
    ) -> Relation:
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            raise Unsupported("a join with a query")
        table = self._fetch(node.name)
        for condition in narrowed:
            table = table.filter(_on_table(condition, table))
        return LookedUp(table, pairs, self)

    def _projections(self, query: exp.Select) -> Iterator[tuple[str, exp.Expr]]:
        for node in query.expressions:
            if isinstance(node, exp.Star) or (
                isinstance(node, exp.Column) and isinstance(node.this, exp.Star)
            ):
                yield from self._starred(node)
            else:
                yield node.alias_or_name, node.this if isinstance(node, exp.Alias) else node

    def _starred(self, node: exp.Star | exp.Column) -> Iterator[tuple[str, exp.Expr]]:
        star = node if isinstance(node, exp.Star) else node.this
        left_out = {e.name for e in star.args.get("except_") or ()}
        table = node.table if isinstance(node, exp.Column) else ""
        seen: set[str] = set()
        for alias, relation in self._sources.items():
            if table in ("", alias):
                for name in relation.names:
                    if name not in left_out and not (name in self._shared and name in seen):
                        if name in seen:
                            raise Unsupported("a name twice")
                        seen.add(name)
                        yield name, exp.column(exp.to_identifier(name, quoted=True), table=alias)

    def _check(self) -> None:
        for node in (*self._columns.values(), *([self._where] if self._where is not None else [])):
            for part in node.find_all(exp.Column):
                self._owner(part.name, part.table)

    def _owner(self, name: str, table: str) -> Relation:
        if table:
            if table in self._sources and name in self._sources[table].names:
                return self._sources[table]
            raise Unsupported(f"{table}.{name}")
        owners = [r for r in self._sources.values() if name in r.names]
        if not owners or (len(owners) > 1 and name not in self._shared):
            raise Unsupported(name)
        return owners[0]

    def column(self, name: str, block: Block) -> Vector:
        """The column worked out for the rows of `block`; NULL for those that have none."""
        return block.kept((id(self), name), lambda: evaluate(self._columns[name], _Here(self, block)))

    def present(self, block: Block) -> v.Known:
        """The rows of the first relation, where the condition holds."""
        base = self._base.present(block)
        if self._where is None:
            return base
        held = evaluate(self._where, _Here(self, block)).values
        return held if base is None else held & base

    def read(self, name: str, table: str, block: Block) -> Vector:
        """The column `name` of one of the sources, NULL for the units that it has no row of."""
        owner = self._owner(name, table)
        found = owner.column(name, block)
        if owner is self._base:
            return found
        return masked(found, owner.present(block))

    def number_of(self, node: exp.Expr) -> int:
        """One number for all nodes that say the same."""
        found = self._numbers.get(id(node))
        if found is None:
            said = (type(node), *((k, self._said(a)) for k, a in node.args.items() if a is not None))
            found = self._numbers[id(node)] = self._canon.setdefault(said, len(self._canon))
        return found

    def _said(self, part: object) -> object:
        if isinstance(part, exp.Expr):
            return self.number_of(part)
        return tuple(self._said(p) for p in part) if isinstance(part, list) else part

    def whole(self, node: exp.Window) -> Vector:
        """The least or greatest over all rows.

        Raises:
            Unsupported: any other window.
        """
        if any(node.args.get(k) for k in ("partition_by", "order", "spec")) or not isinstance(
            node.this, exp.Min | exp.Max
        ):
            raise Unsupported("a window")
        place = self.number_of(node)
        if place not in self._wholes:
            self._wholes[place] = self._extreme(node.this)
        return self._wholes[place]

    def _extreme(self, node: exp.Min | exp.Max) -> Vector:
        best: int | None = None
        kind: v.Kind = "nothing"
        for block in blocks_of(len(self._units)):
            found = masked(evaluate(node.this, _Here(self, block)), self._base.present(block))
            if found.kind == "nothing":
                continue
            kind = found.kind
            values = found.values[found.known] if found.known is not None else np.atleast_1d(found.values)
            if values.size:
                ends = [int(values.min() if isinstance(node, exp.Min) else values.max())]
                best = (min if isinstance(node, exp.Min) else max)(ends if best is None else [best, *ends])
        if kind not in ("number", "day") or best is None:
            return v.NOTHING
        dtype = np.int64 if kind == "number" else np.int32
        return Vector(kind, np.array(best, dtype=dtype), None, (), best, best)


def masked(found: Vector, present: v.Known) -> Vector:
    """`found`, NULL where no row is present."""
    if present is None or found.kind == "nothing":
        return found
    known = present if found.known is None else found.known & present
    values = found.values & known if found.kind == "truth" else found.values
    return Vector(found.kind, values, known, found.words, found.low, found.high)


@dataclass(frozen=True, slots=True)
class _Here:
    """The rows of one block of one query."""

    relation: Selected
    block: Block

    def column(self, name: str, table: str) -> Vector:
        return self.relation.read(name, table, self.block)

    def whole(self, node: exp.Expr) -> Vector:
        assert isinstance(node, exp.Window)  # noqa: S101  nothing else is asked
        return self.relation.whole(node)

    def kept(self, node: exp.Expr, work: Callable[[], Vector]) -> Vector:
        return self.block.kept((id(self.relation), self.relation.number_of(node)), work)


_KNOWN = (
    exp.Identifier, exp.Column, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Cast, exp.DataType, exp.And, exp.Or,
    exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.Is, exp.In, exp.Case, exp.If,
    exp.Coalesce, exp.Nullif, exp.Least, exp.Greatest, exp.Concat, exp.DPipe, exp.Replace, exp.Window, exp.Min, exp.Max,
    exp.Neg, exp.Abs, exp.Add, exp.Sub, exp.Mul, exp.IntDiv, exp.Mod, exp.Alias, exp.Star, exp.Where, exp.DataTypeParam,
)  # fmt: skip


def _is_known(node: exp.Expr) -> bool:
    if isinstance(node, exp.Min | exp.Max):
        return isinstance(node.parent, exp.Window)
    return isinstance(node, _KNOWN)


def _split(
    condition: exp.Expr, alias: str
) -> tuple[list[tuple[exp.Expr, str]], list[exp.Expr], list[exp.Expr]]:
    """A join's condition: pairs (expression of the left, column of the right), conditions on the right, on the left alone."""
    pairs, narrowed, only = [], [], []
    for part in condition.flatten() if isinstance(condition, exp.And) else (condition,):
        tables = {c.table for c in part.find_all(exp.Column)}
        if tables == {alias}:
            narrowed.append(part)
        elif isinstance(part, exp.EQ) and len(tables) == 2:
            left, right = (part.this, part.expression)
            if isinstance(left, exp.Column) and left.table == alias:
                left, right = right, left
            if not isinstance(right, exp.Column) or right.table != alias:
                raise Unsupported("a join by an expression")
            pairs.append((left, right.name))
        elif alias not in tables:
            only.append(part)
        else:
            raise Unsupported("a join by something else")
    return pairs, narrowed, only


def _on_table(condition: exp.Expr, table: pa.Table) -> pa.ChunkedArray:
    match condition:
        case exp.Is(this=exp.Column() as subject, expression=exp.Null()):
            return pc.is_null(table[subject.name])
        case exp.EQ(this=exp.Column() as subject, expression=exp.Literal() as literal):
            written = literal.this if literal.is_string else int(literal.this)
            return pc.fill_null(pc.equal(table[subject.name], written), False)
    raise Unsupported("a join on a condition")


class Restricted(Relation):
    """What is joined where conditions on the left hold, and nowhere else."""

    def __init__(self, joined: Relation, conditions: list[exp.Expr], left: Selected) -> None:
        self.names, self._joined, self._conditions, self._left = joined.names, joined, conditions, left

    def column(self, name: str, block: Block) -> Vector:
        """The joined column."""
        return self._joined.column(name, block)

    def present(self, block: Block) -> v.Known:
        """Where there is a row and the conditions hold."""
        present = self._joined.present(block)
        for condition in self._conditions:
            held = evaluate(condition, _Here(self._left, block)).values
            present = held if present is None else held & present
        return present


class LookedUp(Relation):
    """A table that is found by the values of some columns: by one number at most, and by texts.

    Args:
        table: the rows; no two alike in the columns they are found by.
        pairs: the expression that finds, and the column that is found; none where the table has one row for all.
        left: what the expressions are worked out on.

    Raises:
        Unsupported: rows alike, or more than one number.
    """

    def __init__(self, table: pa.Table, pairs: list[tuple[exp.Expr, str]], left: Selected) -> None:
        self.names = tuple(table.column_names)
        self._left, self._table = left, table
        self._texts = [(node, name) for node, name in pairs if not pa.types.is_integer(table[name].type)]
        numbers = [(node, name) for node, name in pairs if pa.types.is_integer(table[name].type)]
        if len(numbers) > 1 or (not pairs and table.num_rows > 1):
            raise Unsupported("a join by two numbers")
        self._number = numbers[0] if numbers else None
        self._groups = self._grouped()
        self._columns: dict[str, Vector] = {}

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
                raise Unsupported("two rows for one")
            return np.zeros(len(places), dtype=np.int64), places
        column = self._table[self._number[1]].take(pa.array(places))
        numbers = _whole(column.drop_null()) if column.null_count == 0 else None
        if numbers is None:
            raise Unsupported("an unknown key")
        if len(numbers) > 1 and not (numbers[1:] > numbers[:-1]).all():
            order = np.argsort(numbers, kind="stable")
            numbers, places = numbers[order], places[order]
            if not (numbers[1:] > numbers[:-1]).all():
                raise Unsupported("two rows for one")
        return numbers, places

    def column(self, name: str, block: Block) -> Vector:
        """The column of the rows that were found."""
        return block.kept((id(self), name), lambda: self._taken(name, block))

    def _taken(self, name: str, block: Block) -> Vector:
        whole = self._columns.get(name)
        if whole is None:
            whole = self._columns[name] = read_column(self._table[name])
        if whole.kind == "nothing" or whole.values.ndim == 0:
            return whole
        places = self._found(block)[0]
        known = None if whole.known is None else whole.known[places]
        values = whole.values[places]
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
        rows = block.high - block.low
        here = _Here(self._left, block)
        number = None if self._number is None else evaluate(self._number[0], here)
        texts = [evaluate(node, here) for node, _ in self._texts]
        places, present = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.bool_)
        for key, (numbers, at) in self._groups.items():
            asked = _asks(texts, key, rows)
            if not len(at) or not asked.any():
                continue
            if number is None:
                found, has = at[0], asked
            else:
                spot = np.minimum(_searched(numbers, number.values), len(at) - 1)
                has = asked & (numbers[spot] == number.values)
                has = has if number.known is None else has & number.known
                found = at[spot]
            places, present = np.where(has, found, places), present | has
        return places, v.known_or_all(present)


def _searched(numbers: Keys, asked: npt.NDArray[Any]) -> Keys:
    if asked.ndim == 0 or len(numbers) < _MANY:
        return np.searchsorted(numbers, asked)
    # In order, one search begins where the one before it ended.
    order = np.argsort(asked)
    found = np.empty(len(asked), dtype=np.int64)
    found[order] = np.searchsorted(numbers, asked[order])
    return found


_MANY = 10_000


def _with_each_word(column: Vector, places: Keys) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    if not column.values.ndim:
        return  # no row has one
    if column.kind != "text":
        raise Unsupported(f"a join by a {column.kind}")
    codes = column.values[places]
    for code, word in enumerate(column.words):
        found = codes == code if column.known is None else (codes == code) & column.known[places]
        if found.any():
            yield word, found


def _asks(texts: list[Vector], key: tuple[str, ...], rows: int) -> npt.NDArray[np.bool_]:
    asked = np.ones(rows, dtype=np.bool_)
    for vector, word in zip(texts, key, strict=True):
        asked = asked & v.compare("=", vector, v.text(word)).values
    return asked


def to_table(relation: Relation, names: Sequence[str], rows: int) -> pa.Table:
    """The rows of `relation` in the order of their keys, texts as dictionaries; `rows` is how many units there are."""
    return _laid(relation, names, blocks_of(rows), rows)


def to_tables(relation: Relation, names: Sequence[str], rows: int) -> Iterator[pa.Table]:
    """The same, one block after another, of which none is kept; at least one."""
    for block in blocks_of(rows):
        yield _laid(relation, names, [block], block.high - block.low)


def _laid(relation: Relation, names: Sequence[str], blocks: Iterable[Block], rows: int) -> pa.Table:
    laid = {name: _Laid(rows) for name in names}
    kept: list[npt.NDArray[np.bool_]] = []
    filled = 0
    for block in blocks:
        here = slice(filled, filled + block.high - block.low)
        present = relation.present(block)
        if present is not None:
            kept.append(np.broadcast_to(present, here.stop - here.start))
        for name, column in laid.items():
            column.take(relation.column(name, block), here)
        filled = here.stop
    table = pa.table({name: column.to_arrow() for name, column in laid.items()})
    return table.filter(pa.array(np.concatenate(kept))) if kept else table


class _Laid:
    """One column of all rows, filled block by block; one that is everywhere the same takes no room."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._same: Vector | None = None
        self._kind: v.Kind = "nothing"
        self._values: npt.NDArray[Any] | None = None
        self._known: npt.NDArray[np.bool_] | None = None
        self._words: dict[str, int] = {}

    def take(self, found: Vector, here: slice) -> None:
        if self._values is None and _is_same(found, self._same if here.start else found):
            self._same = found
            return
        if self._values is None and here.stop - here.start == self._rows and found.values.ndim:
            self._kind, self._values, self._known = found.kind, found.values, _spread(found.known, self._rows)
            self._words = {word: place for place, word in enumerate(found.words)}
            return
        if self._values is None:
            self._begin(found, here.start)
        self._fill(found, here)

    def _begin(self, found: Vector, filled: int) -> None:
        kinds = {v_.kind for v_ in (found, self._same) if v_ is not None} - {"nothing"}
        if len(kinds) > 1:
            raise Unsupported("a column of two kinds")
        self._kind = kinds.pop() if kinds else "nothing"
        self._values = np.empty(self._rows, dtype=_STORED[self._kind])
        if self._same is not None and filled:
            self._fill(self._same, slice(0, filled))

    def _fill(self, found: Vector, here: slice) -> None:
        assert self._values is not None  # noqa: S101  it has begun
        if found.kind not in (self._kind, "nothing"):
            raise Unsupported("a column of two kinds")
        values = found.values
        if found.kind == "text":
            places = [self._words.setdefault(word, len(self._words)) for word in found.words]
            values = np.array(places, dtype=np.int32)[values]
        self._values[here] = values
        if found.known is not None:
            if self._known is None:
                self._known = np.ones(self._rows, dtype=np.bool_)
            self._known[here] = found.known

    def to_arrow(self) -> pa.Array:
        if self._values is None:
            return _repeated(self._same or v.NOTHING, self._rows)
        mask = None if self._known is None else ~self._known
        made = pa.array(self._values, mask=mask)
        if self._kind == "text":
            return pa.DictionaryArray.from_arrays(made, pa.array(list(self._words), pa.string()))
        return made.view(pa.date32()) if self._kind == "day" else made


def _spread(known: v.Known, rows: int) -> v.Known:
    return None if known is None else np.broadcast_to(known, rows)


_STORED: dict[v.Kind, Any] = {
    "number": np.int64, "day": np.int32, "truth": np.bool_, "text": np.int32, "nothing": np.int64,
}  # fmt: skip


def _is_same(found: Vector, other: Vector | None) -> bool:
    if other is None or found.values.ndim or found.kind != other.kind:
        return False
    if found.known is not None or other.known is not None:
        return _is_unknown(found) and _is_unknown(other)
    if found.kind == "text":
        return found.words[int(found.values)] == other.words[int(other.values)]
    return bool(found.values == other.values)


def _is_unknown(found: Vector) -> bool:
    return found.known is not None and not found.known.ndim and not bool(found.known)


def _repeated(same: Vector, rows: int) -> pa.Array:
    if _is_unknown(same):
        kind = {"text": pa.dictionary(pa.int32(), pa.string()), "day": pa.date32(), "truth": pa.bool_()}
        return pa.nulls(rows, kind.get(same.kind, pa.int64()))
    if same.kind == "text":
        codes = pa.array(np.zeros(rows, dtype=np.int32))
        return pa.DictionaryArray.from_arrays(codes, pa.array([same.words[int(same.values)]], pa.string()))
    made = pa.repeat(pa.scalar(same.values.item()), rows)
    return made.cast(pa.int32()).view(pa.date32()) if same.kind == "day" else made
