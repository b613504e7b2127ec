"""Queries answered from rows that an engine of columns holds itself: given tables, and columns that were kept.

What is answered here has the rows and the types that DuckDB would give, and DuckDB need not be asked, nor opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from sqlglot import exp

from keceng.lake.plain_queries import all_of, columns_of, without_order
from keceng.lake.trees import has_star, names_in, tables_in
from keceng.lake.vectors import Kept, Relation, Selected, Stored, UnsupportedError, to_table
from keceng.lake.vectors.blocks import BLOCK, Keys
from keceng.lake.vectors.stored import kind_of, read_keys


def answer(query: exp.Expr, given: Mapping[str, object], key: str, units: Keys | None) -> pa.Table | None:
    """The rows of `query`; None where only DuckDB can tell.

    Args:
        query: which is only answered where it hands on columns of one table, or some of the rows of relations.
        given: what is at hand, by name.
        key: the column of keys.
        units: the keys of all units.
    """
    plain, order = without_order(query)
    name = all_of(plain)[0] or columns_of(plain)[0]
    rows = given.get(name)
    if isinstance(rows, Kept | pa.Table):
        names = columns_of(plain)[1] or rows.schema.names
        is_by_key = isinstance(rows, Kept) and rows.is_in_order
        return _in_order(_read(rows, names), order, key if is_by_key else "")
    if not columns_of(plain)[1]:
        return None
    try:
        found = _selected(plain, given, key, units)
        return None if found is None else _in_order(found, order, key)
    except UnsupportedError:
        return None


def _selected(query: exp.Expr, given: Mapping[str, object], key: str, units: Keys | None) -> pa.Table | None:
    """Some of the rows of one given table, or of relations of `units`, in the order of keys."""
    [name, *others] = tables_in(query) or [""]
    rows = given.get(name)
    if isinstance(rows, pa.Table) and not others and key in rows.column_names:
        # Its own keys are the units.
        units = np.sort(read_keys(rows[key]))
    if units is None or len(units) > BLOCK:
        return None
    asked = None if has_star(query) else names_in(query)
    found = Selected(query, lambda name: _relation(given.get(name), asked, key, units), _no_table, units)
    return to_table(found, found.names, len(units))


def _read(rows: pa.Table | Kept, names: Sequence[str]) -> pa.Table:
    return rows.read(names) if isinstance(rows, Kept) else rows.select(list(names))


def lay_table(rows: pa.Table, key: str, units: Keys) -> Relation | None:
    """The few rows of a table, laid along `units`, each column when it is first asked for; None where they are many.

    Raises:
        UnsupportedError: vectors do not have one of its columns, or a key stands twice.
    """
    for field in rows.schema:
        kind_of(field.type)
    return Stored(rows, key, units) if max(rows.num_rows, len(units)) <= BLOCK else None


def keys_of(query: exp.Expr, given: Mapping[str, object], key: str, named: str) -> Keys | None:
    """The `key` of every row of a query of some rows of one given table, in order; None where only DuckDB can tell.

    Args:
        query: with the columns `key` and `named`.
        given: what is at hand, by name.
        key: a column of keys, no two alike.
        named: another; where they differ nothing is told.
    """
    try:
        told = _selected(query, given, key, None)
    except UnsupportedError:
        return None
    if told is None or not {key, named} <= set(told.column_names) or not told[key].equals(told[named]):
        return None
    return read_keys(told[key])


def _relation(rows: object, asked: frozenset[str] | None, key: str, units: Keys) -> Relation:
    if not isinstance(rows, Kept | pa.Table):
        raise UnsupportedError("no table of units")
    fields = [field for field in rows.schema if asked is None or field.name in asked or field.name == key]
    if any(_is_widened(field.type) for field in fields):
        raise UnsupportedError("other types than those of units")
    if isinstance(rows, Kept) and rows.is_in_order:
        return rows
    if isinstance(rows, pa.Table) and key in rows.column_names and np.isin(read_keys(rows[key]), units).all():
        return Stored(rows.select([field.name for field in fields]), key, units)
    raise UnsupportedError("rows of others")


def _is_widened(kind: pa.DataType) -> bool:
    return kind_of(kind) == "number" and kind != pa.int64()


def _no_table(name: str) -> pa.Table:
    raise UnsupportedError(name)


def _in_order(rows: pa.Table, order: Sequence[str], key: str) -> pa.Table | None:
    """`rows`, which lie in the order of `key`, in the `order` that is asked for; None where only DuckDB can tell it."""
    told = plain_texts(rows)
    if told is None or not set(order) <= set(told.column_names) or any(told[n].null_count for n in order):
        return None
    return (
        told if not order or list(order) == [key] else told.sort_by([(name, "ascending") for name in order])
    )


def plain_texts(rows: pa.Table) -> pa.Table | None:
    """`rows` with the types that DuckDB gives back; None where one of them may come out otherwise."""
    fields = []
    for field in rows.schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if not any(is_same(kind) for is_same in _SAME):
            return None
        fields.append(pa.field(field.name, kind))
    return rows.cast(pa.schema(fields))


_SAME = (
    pa.types.is_integer, pa.types.is_date32, pa.types.is_boolean, pa.types.is_string, pa.types.is_decimal128, pa.types.is_float64,
)  # fmt: skip
