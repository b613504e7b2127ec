"""Queries that only hand on what one table holds: whoever has its rows need not ask for them."""

from __future__ import annotations

from sqlglot import exp

_PLAIN_PARTS = {"expressions", "from_"}


def columns_of_one(query: exp.Expr) -> str:
    """The table of which the query takes some columns under their own names, and nothing else; empty for any other query."""
    is_plain = isinstance(query, exp.Select) and {k for k, part in query.args.items() if part} == _PLAIN_PARTS
    if not is_plain or not isinstance(query.args["from_"].this, exp.Table):
        return ""
    is_column = [isinstance(node, exp.Column) and not node.is_star for node in query.expressions]
    return query.args["from_"].this.name if all(is_column) else ""


def all_of(query: exp.Expr) -> tuple[str, tuple[str, ...]]:
    """The table of which the query wants every column of every row, and by which columns in order; an empty name for any other query."""
    is_plain = isinstance(query, exp.Select) and not any(
        query.args.get(part) for part in ("joins", "where", "group", "limit", "with_", "distinct")
    )
    if not is_plain or not isinstance(query.args["from_"].this, exp.Table):
        return "", ()
    order = query.args.get("order")
    keys = tuple(node.this.name for node in order.expressions) if order is not None else ()
    stars = [node.is_star for node in query.expressions]
    return (query.args["from_"].this.name, keys) if stars == [True] else ("", ())
