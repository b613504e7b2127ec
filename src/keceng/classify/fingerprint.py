"""The hash of a result: additive over rows, so neither order, engine nor machine can change it.

Each row becomes a text of codes and whole numbers, its MD5 gives 60 bits, and the sum is taken modulo 2^61 - 1.
MD5 serves as a well-spread number that every engine has, not as a secret.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from keceng.lake import Engine, column, literal, sql
from keceng.standard import Standard

_MODULUS = 2**61 - 1


def result_hash(
    engine: Engine, standard: Standard, dimensions: Sequence[str], cut_steps: Sequence[str]
) -> str:
    """The hash over customer ids, dimensions, grade, reason codes, measures used and cuts of the step `assigned`.

    Args:
        engine: with the steps `assigned` and `identities`.
        standard: what was laid on.
        dimensions: the dimensions that have a class.
        cut_steps: steps whose rows are cuts.
    """
    rows = [column("customer_id"), *map(column, dimensions), column("grade"), column("excluded_as")]
    rows += [column("reason_code"), *(column(m.name) for m in standard.inputs)]
    total = _sum_of(engine, rows, exp.to_table("assigned").copy(), join=True)
    for step in cut_steps:
        total += _sum_of_all(engine, step)
    return f"{total % _MODULUS:016x}"


def rows_hash(engine: Engine, parts: Sequence[exp.Column], rows: exp.Expr) -> str:
    """The hash over `parts` of the query `rows` joined with the step `identities`; of no rows it is all zeros."""
    source = exp.Subquery(this=rows, alias=exp.TableAlias(this=exp.to_identifier("hashed")))
    return f"{_sum_of(engine, [*parts], source, join=True) % _MODULUS:016x}"


def _sum_of(engine: Engine, parts: list[exp.Column], source: exp.Expr, *, join: bool) -> int:
    query = exp.select(exp.alias_(_row_sum(parts), "total")).from_(source)
    if join:
        query = query.join("identities", using=["customer_key"], join_type="left")
    return int(engine.fetch(query)["total"][0].as_py() or 0)


def _sum_of_all(engine: Engine, step: str) -> int:
    names = engine.fetch(exp.select("*").from_(step).limit(0)).column_names
    return _sum_of(engine, [column(n) for n in sorted(names)], exp.to_table(step), join=False)


def _row_sum(parts: list[exp.Column]) -> exp.Expr:
    text: exp.Expr = literal("")
    for part in parts:
        text = sql("concat(:text, '|', coalesce(cast(:part as varchar), '∅'))", text=text, part=part)
    return sql("sum(cast(cast(concat('0x', substr(md5(:text), 1, 15)) as bigint) as hugeint))", text=text)
