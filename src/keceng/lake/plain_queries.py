"""Queries that only hand on what one table holds: whoever has its rows need not ask for them."""

from __future__ import annotations

from sqlglot import exp

from keceng.lake.trees import once_per_tree

_PLAIN_PARTS = {"expressions", "from_"}


def columns_of_one(query: exp.Expr) -> str:
    """The table of which the query takes some columns under their own names, and nothing else; empty for any other query."""
    is_plain = isinstance(query, exp.Select) and {k for k, part in query.args.items() if part} == _PLAIN_PARTS
    if not is_plain or not isinstance(query.args["from_"].this, exp.Table):
        return ""
    is_column = [isinstance(node, exp.Column) and not node.is_star for node in query.expressions]
    return query.args["from_"].this.name if all(is_column) else ""


@once_per_tree
def columns_of(query: exp.Expr) -> tuple[str, tuple[str, ...]]:
    """The table of `columns_of_one`, and the columns of any query that names nothing but columns under their own names."""
    is_named = all(isinstance(node, exp.Column) and not node.is_star for node in query.expressions)
    return columns_of_one(query), tuple(node.name for node in query.expressions) if is_named else ()


@once_per_tree
def without_order(query: exp.Expr) -> tuple[exp.Expr, tuple[str, ...]]:
    """A query without its order, and the columns in whose rising order it wants its rows; any other order stays in the query."""
    order = query.args.get("order")
    if order is None or any(
        not isinstance(node.this, exp.Column) or node.args.get("desc") for node in order.expressions
    ):
        return query, ()
    plain = query.copy()
    plain.set("order", None)
    return plain, tuple(node.this.name for node in order.expressions)


def all_of(query: exp.Expr) -> tuple[str, tuple[str, ...]]:
    """The table of which the query wants every column of every row, and by which columns in order; an empty name for any other query."""
    is_plain = isinstance(query, exp.Select) and not any(
        query.args.get(part) for part in ("joins", "where", "group", "limit", "with_", "distinct")
    )
    if not is_plain or not isinstance(query.args["from_"].this, exp.Table):
        return "", ()
    order = query.args.get("order")
    keys = tuple(node.this.name for node in order.expressions) if order is not None else ()
    stars = [_is_whole(node) for node in query.expressions]
    return (query.args["from_"].this.name, keys) if stars == [True] else ("", ())


def _is_whole(node: exp.Expr) -> bool:
    star = node.this if isinstance(node, exp.Column) else node
    return isinstance(star, exp.Star) and not any(star.args.values())
