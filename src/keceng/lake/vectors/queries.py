"""A query with one row per unit, worked out column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
from sqlglot import exp

from keceng.lake.trees import once_per_tree
from keceng.lake.vectors import vector as v
from keceng.lake.vectors.blocks import Block, ColumnOf, Keys, Relation, blocks_of, masked
from keceng.lake.vectors.expressions import Work, evaluate, is_known, work_for
from keceng.lake.vectors.looking_up import LookedUp, Restricted, narrow
from keceng.lake.vectors.vector import UnsupportedError, Vector

Source = Callable[[str], Relation]
"""Finds a table by name; raises `UnsupportedError` for one that is no relation of units."""
Found = Callable[[str], pa.Table]
"""Fetches a small table whole."""


_KEYS = ("customer_key", "unit_key")
_BEYOND = ("group", "order", "limit", "distinct", "qualify", "having")


@once_per_tree
def _unknown_node(query: exp.Expr) -> str:
    where = query.args.get("where")
    for part in (*query.expressions, *([] if where is None else [where])):
        for node in part.walk():
            if not is_known(node):
                return type(node).__name__
    return ""


class _Numbers:
    """One number for all nodes of a query that say the same, and how they are worked out."""

    def __init__(self, _query: exp.Expr) -> None:
        self._numbers: dict[int, tuple[exp.Expr, int]] = {}
        self._canon: dict[object, int] = {}
        self._works: dict[int, Work] = {}
        self.columns: dict[object, dict[str, exp.Expr]] = {}
        """Its columns, by the columns of what it reads."""

    def of(self, node: exp.Expr) -> int:
        found = self._numbers.get(id(node))
        if found is not None:
            return found[1]
        said = (type(node), *((k, self._said(a)) for k, a in node.args.items() if a is not None))
        number = self._canon.setdefault(said, len(self._canon))
        self._numbers[id(node)] = (node, number)
        return number

    def work_of(self, node: exp.Expr) -> Work:
        number = self.of(node)
        found = self._works.get(number)
        if found is None:
            found = self._works[number] = work_for(node, number, self.work_of)
        return found

    def _said(self, part: object) -> object:
        if isinstance(part, exp.Expr):
            return self.of(part)
        return tuple(self._said(p) for p in part) if isinstance(part, list) else part


_numbers_of = once_per_tree(_Numbers)


class Selected(Relation):
    """A query with one row per unit: expressions over one relation of units and what is joined to it.

    Args:
        query: of the grammar that vectors know: no grouping, and joins that add columns and no rows.
        source: finds the relations that it names.
        fetch: fetches the tables that it names which have no row per unit.
        units: the keys of all units.

    Raises:
        UnsupportedError: the query is beyond that.
    """

    def __init__(self, query: exp.Expr, source: Source, fetch: Found, units: Keys) -> None:
        if not isinstance(query, exp.Select) or any(query.args.get(part) for part in _BEYOND):
            raise UnsupportedError("no plain query")
        if unknown := _unknown_node(query):
            raise UnsupportedError(unknown)
        known = dict(self._common(query, source, fetch, units))
        self._find: Source = lambda name: known[name] if name in known else source(name)
        self._fetch, self._units = fetch, units
        self._sources: dict[str, Relation] = {}
        first = query.args["from_"].this
        self._base = self._sources[first.alias_or_name] = self._relation(first)
        self._shared: set[str] = set()
        self._owners: dict[tuple[str, str], Relation] = {}
        for join in query.args.get("joins") or ():
            self._join(join)
        where = query.args.get("where")
        self._where = None if where is None else where.this
        self._wholes: dict[int, Vector] = {}
        numbers = _numbers_of(query)
        self._number_of, self.work_of = numbers.of, numbers.work_of
        self._owners.clear()
        self._readers: dict[str, ColumnOf] = {}
        self._read: dict[tuple[str, str], ColumnOf] = {}
        read = tuple((alias, relation.names) for alias, relation in self._sources.items())
        self._columns = numbers.columns.get(read) or dict(self._projections(query))
        self.names = tuple(self._columns)
        if read not in numbers.columns:
            self._check_columns()
            numbers.columns[read] = self._columns

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
        raise UnsupportedError("no table")

    def _join(self, join: exp.Join) -> None:
        if join.args.get("side") != "LEFT" or join.args.get("kind"):
            raise UnsupportedError("a join that changes rows")
        alias = join.this.alias_or_name
        using = [i.name for i in join.args.get("using") or ()]
        pairs, narrowed, only = (
            ([(exp.column(k), k) for k in using], [], []) if using else _split(join.args["on"], alias)
        )
        self._shared |= set(using)
        if [right for _, right in pairs] == ["customer_key"] and not narrowed and self._is_key(pairs[0][0]):
            found = self._relation(join.this)
        else:
            found = self._looked_up(join.this, pairs, narrowed)
        self._sources[alias] = Restricted(found, only, self._rows) if only else found

    def _is_key(self, left: exp.Expr) -> bool:
        # A key that was itself looked up may be another unit's.
        is_named = isinstance(left, exp.Column) and left.name in _KEYS
        return is_named and not isinstance(self._owner(left.name, left.text("table")), LookedUp | Restricted)

    def _looked_up(
        self, node: exp.Expr, pairs: list[tuple[exp.Expr, str]], narrowed: list[exp.Expr]
    ) -> Relation:
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            raise UnsupportedError("a join with a query")
        table = self._fetch(node.name)
        for condition in narrowed:
            table = table.filter(narrow(condition, table))
        return LookedUp(table, pairs, self._rows)

    def _rows(self, block: Block) -> _Here:
        here: _Here | None = block.rows.get(id(self))
        if here is None:
            here = block.rows[id(self)] = _Here(self, block)
        return here

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
                            raise UnsupportedError("a name twice")
                        seen.add(name)
                        yield name, exp.column(exp.to_identifier(name, quoted=True), table=alias)

    def _check_columns(self) -> None:
        for node in (*self._columns.values(), *([self._where] if self._where is not None else [])):
            for part in node.find_all(exp.Column):
                self._owner(part.name, part.table)

    def _owner(self, name: str, table: str) -> Relation:
        found = self._owners.get((name, table))
        if found is None:
            found = self._owners[name, table] = self._find_owner(name, table)
        return found

    def _find_owner(self, name: str, table: str) -> Relation:
        if table:
            if table in self._sources and name in self._sources[table].names:
                return self._sources[table]
            raise UnsupportedError(f"{table}.{name}")
        owners = [r for r in self._sources.values() if name in r.names]
        if not owners or (len(owners) > 1 and name not in self._shared):
            raise UnsupportedError(name)
        return owners[0]

    def column(self, name: str, block: Block) -> Vector:
        """The column worked out for the rows of `block`; NULL for those that have none."""
        return self.column_of(name)(block)

    def column_of(self, name: str) -> ColumnOf:
        """How the column is worked out; of one that is handed on as it is, how it is where it comes from."""
        found = self._readers.get(name)
        if found is None:
            found = self._readers[name] = self._reader(self._columns[name])
        return found

    def _reader(self, node: exp.Expr) -> ColumnOf:
        while isinstance(node, exp.Paren):
            node = node.this
        if isinstance(node, exp.Column):
            return self.read(node.name, node.text("table"))
        work = self.work_of(node)
        return lambda block: work(self._rows(block))

    def present(self, block: Block) -> v.Known:
        """The rows of the first relation, where the condition holds."""
        base = self._base.present(block)
        if self._where is None:
            return base
        held = evaluate(self._where, self._rows(block)).values
        return held if base is None else held & base

    def read(self, name: str, table: str) -> ColumnOf:
        """The column `name` of one of the sources, NULL for the units that it has no row of."""
        found = self._read.get((name, table))
        if found is None:
            found = self._read[name, table] = self._source_reader(name, table)
        return found

    def _source_reader(self, name: str, table: str) -> ColumnOf:
        owner = self._owner(name, table)
        reader = owner.column_of(name)
        if owner is self._base:
            return reader
        return lambda block: block.kept(
            (id(owner), ("where present", name)), lambda: masked(reader(block), owner.present(block))
        )

    def whole(self, node: exp.Window) -> Vector:
        """The least or greatest over all rows.

        Raises:
            UnsupportedError: any other window.
        """
        is_partial = any(node.args.get(part) for part in ("partition_by", "order", "spec"))
        if is_partial or self._where is not None or not isinstance(node.this, exp.Min | exp.Max):
            raise UnsupportedError("a window")
        place = self._number_of(node)
        if place not in self._wholes:
            self._wholes[place] = self._extreme(node.this)
        return self._wholes[place]

    def _extreme(self, node: exp.Min | exp.Max) -> Vector:
        best: int | None = None
        kind: v.Kind = "nothing"
        for block in blocks_of(len(self._units)):
            found = masked(evaluate(node.this, self._rows(block)), self._base.present(block))
            if found.kind == "nothing":
                continue
            kind = found.kind
            values = found.values[found.known] if found.known is not None else np.atleast_1d(found.values)
            if values.size:
                ends = [int(values.min() if isinstance(node, exp.Min) else values.max())]
                best = (min if isinstance(node, exp.Min) else max)(ends if best is None else [best, *ends])
        if kind not in ("number", "day") or best is None:
            return v.NOTHING
        dtype = v.width_of(best, best)
        return Vector(kind, np.array(best, dtype=dtype), None, (), best, best)


class _Here:
    """The rows of one block of one query."""

    __slots__ = ("_block", "_relation", "made", "work_of")

    def __init__(self, relation: Selected, block: Block) -> None:
        self._relation, self._block = relation, block
        self.made: dict[int, Vector] = {}
        self.work_of = relation.work_of

    def column(self, name: str, table: str) -> Vector:
        return self._relation.read(name, table)(self._block)

    def whole(self, node: exp.Expr) -> Vector:
        assert isinstance(node, exp.Window)  # noqa: S101  nothing else is asked
        return self._relation.whole(node)


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
                raise UnsupportedError("a join by an expression")
            pairs.append((left, right.name))
        elif alias not in tables:
            only.append(part)
        else:
            raise UnsupportedError("a join by something else")
    return pairs, narrowed, only
