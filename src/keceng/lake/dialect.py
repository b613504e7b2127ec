"""Spark SQL that means what a query in DuckDB's grammar means, to the last digit.

sqlglot renders most of it. What it renders inexactly, or what reads alike and means something else, stands here: one rule
per kind of node. A rule gets a node whose children are already rendered, and the types that DuckDB gives to its parts.
"""

from __future__ import annotations

from sqlglot import exp

from keceng.lake import dialect_aggregates, dialect_texts
from keceng.lake.dialect_parts import FLOATING, SPARK_TYPES, WHOLE, WIDE, Kinds, Rule, call, cast_to
from keceng.lake.dialect_types import PartTypes
from keceng.lake.twin import Twin


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


def _subtract(node: exp.Sub, kinds: Kinds) -> exp.Expr:
    # A difference of days is a whole number in DuckDB and an interval in Spark.
    left, right = kinds[id(node.this)], kinds[id(node.expression)]
    if left == right == "DATE":
        return cast_to(call("datediff", node.this, node.expression), "bigint")
    if left == "DATE" and right in WHOLE:
        return call("date_sub", node.this, cast_to(node.expression, "int"))
    return _plain(node, left, right)


def _add(node: exp.Add, kinds: Kinds) -> exp.Expr:
    # Spark moves a day by an int alone.
    left, right = kinds[id(node.this)], kinds[id(node.expression)]
    if left == "DATE" and right in WHOLE:
        return call("date_add", node.this, cast_to(node.expression, "int"))
    if right == "DATE" and left in WHOLE:
        return call("date_add", node.expression, cast_to(node.this, "int"))
    return _plain(node, left, right)


def _plain(node: exp.Binary, left: str, right: str) -> exp.Expr:
    for kind in (left, right):
        if kind in {"DATE", "TIMESTAMP", "INTERVAL"}:
            raise NotImplementedError(f"{left} and {right} on Spark: {node.sql(dialect='duckdb')}")
    return node


def _divide_whole(node: exp.IntDiv, kinds: Kinds) -> exp.Expr:
    # Spark's `div` of wide numbers wraps around silently past 64 bits; a decimal quotient alone rounds up in its last digit.
    sides = {kinds[id(node.this)], kinds[id(node.expression)]}
    if sides <= set(WHOLE):
        return node
    if not sides <= {*WHOLE, WIDE}:
        raise NotImplementedError(f"// of {sorted(sides)} on Spark: {node.sql(dialect='duckdb')}")
    above, below = exp.Paren(this=node.this), exp.Paren(this=node.expression)
    rest = exp.Paren(this=exp.Sub(this=above, expression=exp.Mod(this=above.copy(), expression=below)))
    return cast_to(exp.Div(this=rest, expression=below.copy()), SPARK_TYPES[WIDE])


def _divide(node: exp.Div, _kinds: Kinds) -> exp.Expr:
    # Always floating in DuckDB; of decimals a rounded decimal in Spark.
    return exp.Div(this=cast_to(node.this, "double"), expression=cast_to(node.expression, "double"))


def _cast(node: exp.Cast, kinds: Kinds) -> exp.Expr:
    # DuckDB rounds on the way to a whole number (doubles to even), Spark cuts off; 128-bit numbers are decimals in Spark.
    source, wanted = kinds[id(node.this)], node.to.sql(dialect="duckdb").replace("INT128", WIDE)
    if wanted == "TEXT" and source in FLOATING:
        raise NotImplementedError(f"{source} to text on Spark: {node.sql(dialect='duckdb')}")
    if wanted in {"INT", *WHOLE, WIDE}:
        if source in FLOATING:
            node.set("this", call("rint", node.this))
        elif source.startswith("DECIMAL("):
            node.set("this", call("round", node.this))
        elif source == "VARCHAR" and isinstance(node.this, exp.Anonymous):
            node.set("this", _hexadecimal(node.this))
    if wanted == WIDE:
        node.set("to", exp.DataType.build(SPARK_TYPES[WIDE], dialect="spark"))
    return node


def _hexadecimal(text: exp.Anonymous) -> exp.Expr:
    # `cast(concat('0x', digits) as bigint)` is a number in DuckDB and an error in Spark.
    prefix, *digits = text.expressions if text.name == "concat" else [text]
    if len(digits) == 1 and any(inside.this == "0x" for inside in prefix.find_all(exp.Literal)):
        return call("conv", digits[0], exp.Literal.number(16), exp.Literal.number(10))
    return text


def _try_cast(node: exp.TryCast, _kinds: Kinds) -> exp.Expr:
    # DuckDB reads the text '2.5' as the whole number 3, Spark as none.
    if node.to.sql(dialect="duckdb") not in WHOLE:
        return node
    number = exp.TryCast(this=node.this.copy(), to=exp.DataType.build("decimal(38, 9)", dialect="spark"))
    rounded = exp.TryCast(this=call("round", number), to=node.to.copy())
    return exp.Coalesce(this=node, expressions=[rounded])


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
    exp.Greatest: _extreme,
    exp.Least: _extreme,
    **dialect_aggregates.RULES,
    **dialect_texts.RULES,
}
"""What to do with a node of a kind; all other kinds sqlglot renders exactly, as the parity tests show."""
