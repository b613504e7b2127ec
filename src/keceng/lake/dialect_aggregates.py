"""How Spark says what DuckDB counts, sums and ranks: widths kept, order statistics and means exact."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from keceng.lake.dialect_parts import FLOATING, Kinds, Rule, call, cast_to, is_known, spark_type

_RANKS = (exp.RowNumber, exp.DenseRank, exp.Rank, exp.Ntile)


def _sum(node: exp.Sum, kinds: Kinds) -> exp.Expr:
    return _aggregate(node, kinds)


def _aggregate(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return node if isinstance(node.parent, exp.Filter | exp.Window) else _typed(node, node, kinds)


def _order_statistic(node: exp.PercentileDisc, kinds: Kinds) -> exp.Expr:
    # Spark knows `percentile_disc` in its long form alone; sqlglot's short one is an error or an approximation there.
    order = exp.Order(expressions=[exp.Ordered(this=node.this, nulls_first=False)])
    exact = exp.WithinGroup(this=call("percentile_disc", node.expression), expression=order)
    kinds[id(exact)] = kinds[id(node)]  # for the filter or window around it
    return exact if isinstance(node.parent, exp.Filter | exp.Window) else _typed(exact, exact, kinds)


def _average(node: exp.Avg, kinds: Kinds) -> exp.Expr:
    # Spark averages whole numbers in decimals or doubles by their width; DuckDB divides the exact sum once.
    if isinstance(node.parent, exp.Filter | exp.Window) or kinds[id(node.this)] in FLOATING:
        return node
    return _exact_average(node, lambda total: total)


def _exact_average(node: exp.Avg, within: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    total, number = within(exp.Sum(this=node.this.copy())), within(exp.Count(this=node.this.copy()))
    some = exp.Nullif(this=number, expression=exp.Literal.number(0))
    return exp.Div(this=cast_to(total, "double"), expression=cast_to(some, "double"))


def _filter(node: exp.Filter, kinds: Kinds) -> exp.Expr:
    if isinstance(node.parent, exp.Window):
        return node
    if isinstance(node.this, exp.Avg) and kinds[id(node.this.this)] not in FLOATING:
        return _exact_average(node.this, lambda of: exp.Filter(this=of, expression=node.expression.copy()))
    return _typed(node, node.this, kinds)


def _window(node: exp.Window, kinds: Kinds) -> exp.Expr:
    # Spark has no `filter` over a window.
    counted = node.this
    if isinstance(counted, exp.Filter):
        condition, counted = counted.expression.this, counted.this
        given = exp.Literal.number(1) if isinstance(counted.this, exp.Star) else counted.this
        counted.set("this", exp.Case(ifs=[exp.If(this=condition, true=given)]))
        node.set("this", counted)
    if isinstance(counted, exp.Avg) and kinds[id(counted.this)] not in FLOATING:
        raise NotImplementedError(f"an average over a window on Spark: {node.sql(dialect='duckdb')}")
    return _typed(node, counted, kinds)


def _typed(whole: exp.Expr, aggregate: exp.Expr, kinds: Kinds) -> exp.Expr:
    # What DuckDB counts in 64 bits Spark may count in 32, and sums are wide there, so that what they are multiplied by fits.
    if isinstance(aggregate, _RANKS):
        return cast_to(whole, "bigint")
    if isinstance(aggregate, exp.Sum | exp.WithinGroup):
        return cast_to(whole, spark_type(kinds[id(aggregate)]))
    return whole


def _latest(node: exp.ArgMax, _kinds: Kinds) -> exp.Expr:
    # DuckDB passes over rows where what is wanted is null, Spark does not.
    order = exp.Case(ifs=[exp.If(this=is_known(node.this.copy()), true=node.expression)])
    return call("max_by", node.this, order)


RULES: dict[type[exp.Expr], Rule] = {
    exp.Sum: _sum,
    exp.PercentileDisc: _order_statistic,
    exp.Avg: _average,
    exp.Filter: _filter,
    exp.Window: _window,
    exp.ArgMax: _latest,
}
"""What to do with a node of a kind."""
