"""SQL written as text once, kept as a tree, filled with trees: never pasted strings."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache, wraps
from typing import TypeVar, cast

import sqlglot
from sqlglot import exp

Told = TypeVar("Told")
Filling = exp.Expr | str | int | bool | Decimal | dt.date | None


_PLACE = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@lru_cache(maxsize=512)
def _parsed(text: str) -> exp.Expr:
    # `select :a` would read as DuckDB's prefix alias, so places are parsed in their `$a` form.
    return sqlglot.parse_one(_PLACE.sub(r"$\1", text), dialect="duckdb")


def literal(value: Filling) -> exp.Expr:
    """`value` as a node; a node is copied so that it can stand in several trees."""
    match value:
        case exp.Expr():
            return value.copy()
        case None:
            return exp.null()
        case bool():
            return exp.true() if value else exp.false()
        case dt.datetime():
            return exp.cast(exp.Literal.string(value.isoformat(" ")), "timestamp")
        case dt.date():
            return exp.cast(exp.Literal.string(value.isoformat()), "date")
        case int() | Decimal():
            number = exp.Literal.number(str(abs(value)))
            return exp.Neg(this=number) if value < 0 else number
        case str():
            return exp.Literal.string(value)


def sql(text: str, /, **fillings: Filling) -> exp.Expression:
    """The tree of a fixed piece of SQL (DuckDB grammar), with each `:name` replaced by `fillings[name]`.

    Table placeholders are written as `{name}`-free ordinary names: engines resolve named steps and lake tables.

    Raises:
        KeyError: the text has a placeholder that is not filled, or a filling that is not used.
    """
    tree = _parsed(text).copy()
    used: set[str] = set()

    def replaced(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Placeholder | exp.Parameter):
            used.add(node.name)
            return literal(fillings[node.name])
        return node

    tree = tree.transform(replaced, copy=False)
    if unused := set(fillings) - used:
        raise KeyError(f"not in the text: {sorted(unused)}")
    return cast("exp.Expression", tree)


_MOST_KEPT = 1_024


def once_per_tree(work: Callable[[exp.Expr], Told]) -> Callable[[exp.Expr], Told]:
    """`work`, done once for each tree, which is never changed after: plans are kept, and the same trees come again with every run."""
    kept: dict[int, tuple[exp.Expr, Told]] = {}

    @wraps(work)
    def told(tree: exp.Expr) -> Told:
        known = kept.get(id(tree))
        if known is not None:
            return known[1]
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        found = work(tree)
        kept[id(tree)] = (tree, found)  # with the tree, or its number might become another's
        return found

    return told


@once_per_tree
def tables_in(tree: exp.Expr) -> frozenset[str]:
    """The names of all tables that stand in `tree`."""
    return frozenset(table.name for table in tree.find_all(exp.Table))


@once_per_tree
def names_in(tree: exp.Expr) -> frozenset[str]:
    """Every name that stands in `tree`: of tables, columns, aliases."""
    return frozenset(node.name for node in tree.find_all(exp.Identifier))


@once_per_tree
def has_star(tree: exp.Expr) -> bool:
    """Whether `tree` asks somewhere for all columns, whatever they are."""
    return any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star))


def column(name: str, table: str | None = None) -> exp.Column:
    """A quoted column reference."""
    return exp.column(exp.to_identifier(name, quoted=True), table=table)
