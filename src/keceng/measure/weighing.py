"""Weighted means of the parts that are known: an unknown part is dropped and the rest weighs more."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from keceng.lake import column, sql


def weigh_parts(parts: Sequence[tuple[str, int]]) -> tuple[exp.Expr, exp.Expr]:
    """Σ weight × part and Σ weight over the columns of `parts` (name, whole weight) that are not NULL.

    Their quotient is the weighted mean, in the unit of the parts; both are 0 where nothing is known.
    """
    points, weights = sql("cast(0 as hugeint)"), sql("cast(0 as hugeint)")
    for name, weight in parts:
        points = sql(":sum + coalesce(:part * :weight, 0)", sum=points, part=column(name), weight=weight)
        weights = sql(
            ":sum + case when :part is null then 0 else :weight end",
            sum=weights,
            part=column(name),
            weight=weight,
        )
    return exp.Paren(this=points), exp.Paren(this=weights)
