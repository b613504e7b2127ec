"""What the rules of a rendering for Spark share: types, and the few nodes that they are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
"""DuckDB's types of whole numbers that Spark has too."""
WIDE = "HUGEINT"
"""DuckDB's whole numbers of 128 bits, which are decimals in Spark."""
FLOATING = ("DOUBLE", "FLOAT")
"""DuckDB's types of floating numbers."""
SPARK_TYPES = {
    "VARCHAR": "string",
    WIDE: "decimal(38, 0)",
    "TIMESTAMP": "timestamp_ntz",
    **{name: name.lower() for name in (*WHOLE, *FLOATING, "BOOLEAN", "DATE")},
}
"""Spark's type by DuckDB's."""

Kinds = dict[int, str]
"""DuckDB's type of a part by its `id()`."""
Rule = Callable[[Any, Kinds], exp.Expr]
"""From a node whose children are rendered to its own rendering."""


def spark_type(kind: str) -> str:
    """Spark's name of a type of DuckDB.

    Raises:
        NotImplementedError: there is none.
    """
    if kind.startswith("DECIMAL("):
        return kind.lower()
    if kind not in SPARK_TYPES:
        raise NotImplementedError(f"a column of type {kind} on Spark")
    return SPARK_TYPES[kind]


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of a function of Spark."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def cast_to(node: exp.Expr, kind: str) -> exp.Expr:
    """A cast to a type of Spark."""
    return exp.Cast(this=node, to=exp.DataType.build(kind, dialect="spark"))


def is_known(node: exp.Expr) -> exp.Expr:
    """Whether a value is not null."""
    return exp.Not(this=exp.Is(this=node, expression=exp.null()))
