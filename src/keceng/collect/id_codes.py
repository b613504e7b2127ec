"""The number that stands for a source id where results are compared."""

from __future__ import annotations

from sqlglot import exp

from keceng.lake import sql

_DIGITS = 15


def id_code(source_id: exp.Expr) -> exp.Expr:
    """The first 60 bits of the MD5 of `source_id` as a whole number: kept with a person, so that no run works it out again."""
    return sql("cast(concat('0x', substr(md5(:x), 1, :digits)) as bigint)", x=source_id, digits=_DIGITS)
