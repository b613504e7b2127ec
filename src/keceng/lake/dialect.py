"""Spark SQL that means what a query in DuckDB's grammar means, to the last digit.

sqlglot renders most of it. What it renders inexactly, or what reads alike and means something else, stands here: one rule
per kind of node. A rule gets a node whose children are already rendered, and the types that DuckDB gives to its parts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from keceng.lake.dialect_types import PartTypes
from keceng.lake.twin import Twin

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_WIDE = "HUGEINT"
_FLOATING = ("DOUBLE", "FLOAT")
_SPARK_TYPES = {
    "VARCHAR": "string",
    _WIDE: "decimal(38, 0)",
    "TIMESTAMP": "timestamp_ntz",
    **{name: name.lower() for name in (*_WHOLE, *_FLOATING, "BOOLEAN", "DATE")},
}
_RANKS = (exp.RowNumber, exp.DenseRank, exp.Rank, exp.Ntile)

Kinds = dict[int, str]
Rule = Callable[[Any, Kinds], exp.Expr]


def spark_sql(query: exp.Expr, twin: Twin) -> str:
    """`query` in Spark's grammar.

    Args:
        query: in DuckDB's grammar, over tables that `twin` knows.
        twin: of the engine that will run it.

    Raises:
        NotImplementedError: it has a part that no exact rendering is known for.
    """
    tree = query.copy()
    parts = PartTypes(twin, tree)
    _line_up(tree, parts)
    nodes = list(tree.walk(bfs=False))
    kinds = parts.of([part for node in nodes for part in _judged_parts(node)])
    for node in reversed(nodes):  # children before their parents
        rule = RULES.get(type(node))
        if rule is None:
            continue
        parent, key, index = node.parent, node.arg_key, node.index
        changed = rule(node, kinds)
        if id(node) in kinds:
            kinds[id(changed)] = kinds[id(node)]
        if node is tree:
            tree = changed
        elif changed is not node and parent is not None and key is not None:
            parent.set(key, changed, index=index)
    return tree.sql(dialect="spark", identify=True)


def spark_type(kind: str) -> str:
    """Spark's name of a type of DuckDB.

    Raises:
        NotImplementedError: there is none.
    """
    if kind.startswith("DECIMAL("):
        return kind.lower()
    if kind not in _SPARK_TYPES:
        raise NotImplementedError(f"a column of type {kind} on Spark")
    return _SPARK_TYPES[kind]


def _line_up(tree: exp.Expr, parts: PartTypes) -> None:
    """Unions by name become unions by place, which both engines know."""
    unions = [union for union in tree.find_all(exp.Union) if union.args.get("by_name")]
    shapes = [[parts.columns(side) for side in (union.this, union.expression)] for union in unions]
    for union, (left, right) in zip(unions, shapes, strict=True):
        everything = {**right, **left}
        names = [*left, *(name for name in right if name not in left)]
        for key, own in (("this", left), ("expression", right)):
            columns = [
                exp.column(name, quoted=True)
                if name in own
                else exp.alias_(exp.cast(exp.null(), everything[name], dialect="duckdb"), name, quoted=True)
                for name in names
            ]
            side = exp.Subquery(this=union.args[key], alias=exp.TableAlias(this=exp.to_identifier("side")))
            union.set(key, exp.select(*columns).from_(side))
        union.set("by_name", False)


def _judged_parts(node: exp.Expr) -> list[exp.Expr]:
    """The parts of `node` whose types its rule needs."""
    match node:
        case exp.Sub() | exp.Add() | exp.IntDiv():
            return [node.this, node.expression]
        case exp.Sum() | exp.PercentileDisc():
            return [node]
        case exp.Avg() | exp.Cast():
            return [node.this]
        case exp.Concat():
            return list(node.expressions)
    return []


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _as(node: exp.Expr, kind: str) -> exp.Expr:
    return exp.Cast(this=node, to=exp.DataType.build(kind, dialect="spark"))


def _is_known(node: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=node, expression=exp.null()))


def _subtract(node: exp.Sub, kinds: Kinds) -> exp.Expr:
    # A difference of days is a whole number in DuckDB and an interval in Spark.
    left, right = kinds[id(node.this)], kinds[id(node.expression)]
    if left == right == "DATE":
        return _as(_call("datediff", node.this, node.expression), "bigint")
    if left == "DATE" and right in _WHOLE:
        return _call("date_sub", node.this, _as(node.expression, "int"))
    return _plain(node, left, right)


def _add(node: exp.Add, kinds: Kinds) -> exp.Expr:
    # Spark moves a day by an int alone.
    left, right = kinds[id(node.this)], kinds[id(node.expression)]
    if left == "DATE" and right in _WHOLE:
        return _call("date_add", node.this, _as(node.expression, "int"))
    if right == "DATE" and left in _WHOLE:
        return _call("date_add", node.expression, _as(node.this, "int"))
    return _plain(node, left, right)


def _plain(node: exp.Binary, left: str, right: str) -> exp.Expr:
    for kind in (left, right):
        if kind in {"DATE", "TIMESTAMP", "INTERVAL"}:
            raise NotImplementedError(f"{left} and {right} on Spark: {node.sql(dialect='duckdb')}")
    return node


def _divide_whole(node: exp.IntDiv, kinds: Kinds) -> exp.Expr:
    # Spark's `div` of wide numbers wraps around silently past 64 bits; a decimal quotient alone rounds up in its last digit.
    sides = {kinds[id(node.this)], kinds[id(node.expression)]}
    if sides <= set(_WHOLE):
        return node
    if not sides <= {*_WHOLE, _WIDE}:
        raise NotImplementedError(f"// of {sorted(sides)} on Spark: {node.sql(dialect='duckdb')}")
    above, below = exp.Paren(this=node.this), exp.Paren(this=node.expression)
    rest = exp.Paren(this=exp.Sub(this=above, expression=exp.Mod(this=above.copy(), expression=below)))
    return _as(exp.Div(this=rest, expression=below.copy()), _SPARK_TYPES[_WIDE])


def _divide(node: exp.Div, _kinds: Kinds) -> exp.Expr:
    # Always floating in DuckDB; of decimals a rounded decimal in Spark.
    return exp.Div(this=_as(node.this, "double"), expression=_as(node.expression, "double"))


def _cast(node: exp.Cast, kinds: Kinds) -> exp.Expr:
    # DuckDB rounds on the way to a whole number (doubles to even), Spark cuts off; 128-bit numbers are decimals in Spark.
    source, wanted = kinds[id(node.this)], node.to.sql(dialect="duckdb").replace("INT128", _WIDE)
    if wanted == "TEXT" and source in _FLOATING:
        raise NotImplementedError(f"{source} to text on Spark: {node.sql(dialect='duckdb')}")
    if wanted in {"INT", *_WHOLE, _WIDE}:
        if source in _FLOATING:
            node.set("this", _call("rint", node.this))
        elif source.startswith("DECIMAL("):
            node.set("this", _call("round", node.this))
        elif source == "VARCHAR" and isinstance(node.this, exp.Anonymous):
            node.set("this", _hexadecimal(node.this))
    if wanted == _WIDE:
        node.set("to", exp.DataType.build(_SPARK_TYPES[_WIDE], dialect="spark"))
    return node


def _hexadecimal(text: exp.Anonymous) -> exp.Expr:
    # `cast(concat('0x', digits) as bigint)` is a number in DuckDB and an error in Spark.
    prefix, *digits = text.expressions if text.name == "concat" else [text]
    if len(digits) == 1 and any(inside.this == "0x" for inside in prefix.find_all(exp.Literal)):
        return _call("conv", digits[0], exp.Literal.number(16), exp.Literal.number(10))
    return text


def _try_cast(node: exp.TryCast, _kinds: Kinds) -> exp.Expr:
    # DuckDB reads the text '2.5' as the whole number 3, Spark as none.
    if node.to.sql(dialect="duckdb") not in _WHOLE:
        return node
    number = exp.TryCast(this=node.this.copy(), to=exp.DataType.build("decimal(38, 9)", dialect="spark"))
    rounded = exp.TryCast(this=_call("round", number), to=node.to.copy())
    return exp.Coalesce(this=node, expressions=[rounded])


def _concatenate(node: exp.Concat, kinds: Kinds) -> exp.Expr:
    # DuckDB leaves nulls out, Spark gives null for all.
    if any(kinds[id(part)] in _FLOATING for part in node.expressions):
        raise NotImplementedError(f"a floating number to text on Spark: {node.sql(dialect='duckdb')}")
    empty = exp.Literal.string("")
    parts = [exp.Coalesce(this=_as(part, "string"), expressions=[empty.copy()]) for part in node.expressions]
    return _call("concat", *parts)


def _aggregate(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return node if isinstance(node.parent, exp.Filter | exp.Window) else _typed(node, node, kinds)


def _order_statistic(node: exp.PercentileDisc, kinds: Kinds) -> exp.Expr:
    # Spark knows `percentile_disc` in its long form alone; sqlglot's short one is an error or an approximation there.
    order = exp.Order(expressions=[exp.Ordered(this=node.this, nulls_first=False)])
    exact = exp.WithinGroup(this=_call("percentile_disc", node.expression), expression=order)
    kinds[id(exact)] = kinds[id(node)]  # for the filter or window around it
    return exact if isinstance(node.parent, exp.Filter | exp.Window) else _typed(exact, exact, kinds)


def _average(node: exp.Avg, kinds: Kinds) -> exp.Expr:
    # Spark averages whole numbers in decimals or doubles by their width; DuckDB divides the exact sum once.
    if isinstance(node.parent, exp.Filter | exp.Window) or kinds[id(node.this)] in _FLOATING:
        return node
    return _exact_average(node, lambda total: total)


def _exact_average(node: exp.Avg, within: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    total, number = within(exp.Sum(this=node.this.copy())), within(exp.Count(this=node.this.copy()))
    some = exp.Nullif(this=number, expression=exp.Literal.number(0))
    return exp.Div(this=_as(total, "double"), expression=_as(some, "double"))


def _filter(node: exp.Filter, kinds: Kinds) -> exp.Expr:
    if isinstance(node.parent, exp.Window):
        return node
    if isinstance(node.this, exp.Avg) and kinds[id(node.this.this)] not in _FLOATING:
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
    if isinstance(counted, exp.Avg) and kinds[id(counted.this)] not in _FLOATING:
        raise NotImplementedError(f"an average over a window on Spark: {node.sql(dialect='duckdb')}")
    return _typed(node, counted, kinds)


def _typed(whole: exp.Expr, aggregate: exp.Expr, kinds: Kinds) -> exp.Expr:
    # What DuckDB counts in 64 bits Spark may count in 32, and sums are wide there, so that what they are multiplied by fits.
    if isinstance(aggregate, _RANKS):
        return _as(whole, "bigint")
    if isinstance(aggregate, exp.Sum | exp.WithinGroup):
        return _as(whole, spark_type(kinds[id(aggregate)]))
    return whole


def _sum(node: exp.Sum, kinds: Kinds) -> exp.Expr:
    return _aggregate(node, kinds)


def _latest(node: exp.ArgMax, _kinds: Kinds) -> exp.Expr:
    # DuckDB passes over rows where what is wanted is null, Spark does not.
    order = exp.Case(ifs=[exp.If(this=_is_known(node.this.copy()), true=node.expression)])
    return _call("max_by", node.this, order)


def _matches(node: exp.RegexpLike, _kinds: Kinds) -> exp.Expr:
    flag = node.args.get("flag")
    if flag is None:
        return node
    if flag.name != "i" or not isinstance(node.expression, exp.Literal):
        raise NotImplementedError(f"flags of a pattern on Spark: {node.sql(dialect='duckdb')}")
    return exp.RegexpLike(this=node.this, expression=exp.Literal.string(f"(?iu){node.expression.this}"))


def _replace_pattern(node: exp.RegexpReplace, _kinds: Kinds) -> exp.Expr:
    # DuckDB replaces the first match unless told `g`, Spark always every one.
    pattern, to, flags = node.expression, node.args["replacement"], node.args.get("modifiers")
    if not isinstance(pattern, exp.Literal) or not isinstance(to, exp.Literal) or flags is not None:
        raise NotImplementedError(f"this replacement on Spark: {node.sql(dialect='duckdb')}")
    if to.this:
        raise NotImplementedError(f"replacement by more than nothing on Spark: {node.sql(dialect='duckdb')}")
    first = exp.Literal.string(f"(?s)^(.*?)(?:{pattern.this})")
    return _call("regexp_replace", node.this, first, exp.Literal.string("$1"))


def _function(node: exp.Anonymous, _kinds: Kinds) -> exp.Expr:
    if node.name.lower() == "json_valid":
        [text] = node.expressions
        parsed = _is_known(_call("try_parse_json", text.copy()))
        return exp.Case(ifs=[exp.If(this=_is_known(text), true=parsed)])
    return node


def _lower(node: exp.Lower, _kinds: Kinds) -> exp.Expr:
    # DuckDB takes letters one by one; the two that Java takes otherwise are exchanged before.
    return exp.Lower(this=_call("translate", node.this, exp.Literal.string("İΣ"), exp.Literal.string("iσ")))


def _format(node: exp.Format, _kinds: Kinds) -> exp.Expr:
    # Thousands set apart: the one pattern in use.
    if node.this.name != "{:,}":
        raise NotImplementedError(f"this format on Spark: {node.sql(dialect='duckdb')}")
    return _call("format_number", *node.expressions, exp.Literal.number(0))


def _extreme(node: exp.Greatest | exp.Least, _kinds: Kinds) -> exp.Expr:
    # Spark wants two at least.
    return node if node.expressions else node.this


RULES: dict[type[exp.Expr], Rule] = {
    exp.Sub: _subtract,
    exp.Add: _add,
    exp.IntDiv: _divide_whole,
    exp.Div: _divide,
    exp.Cast: _cast,
    exp.TryCast: _try_cast,
    exp.Concat: _concatenate,
    exp.Sum: _sum,
    exp.PercentileDisc: _order_statistic,
    exp.Avg: _average,
    exp.Filter: _filter,
    exp.Window: _window,
    exp.ArgMax: _latest,
    exp.RegexpLike: _matches,
    exp.RegexpReplace: _replace_pattern,
    exp.Anonymous: _function,
    exp.Format: _format,
    exp.Lower: _lower,
    exp.Greatest: _extreme,
    exp.Least: _extreme,
}
"""What to do with a node of a kind; all other kinds sqlglot renders exactly, as the parity tests show."""
