"""How Spark says what DuckDB does with texts: nulls left out, first matches alone, letters one by one."""

from __future__ import annotations

from sqlglot import exp

from keceng.lake.dialect_parts import FLOATING, Kinds, Rule, call, cast_to, is_known


def _concatenate(node: exp.Concat, kinds: Kinds) -> exp.Expr:
    # DuckDB leaves nulls out, Spark gives null for all.
    if any(kinds[id(part)] in FLOATING for part in node.expressions):
        raise NotImplementedError(f"a floating number to text on Spark: {node.sql(dialect='duckdb')}")
    empty = exp.Literal.string("")
    parts = [
        exp.Coalesce(this=cast_to(part, "string"), expressions=[empty.copy()]) for part in node.expressions
    ]
    return call("concat", *parts)


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
    return call("regexp_replace", node.this, first, exp.Literal.string("$1"))


def _function(node: exp.Anonymous, _kinds: Kinds) -> exp.Expr:
    if node.name.lower() == "json_valid":
        [text] = node.expressions
        parsed = is_known(call("try_parse_json", text.copy()))
        return exp.Case(ifs=[exp.If(this=is_known(text), true=parsed)])
    return node


def _format(node: exp.Format, _kinds: Kinds) -> exp.Expr:
    # Thousands set apart: the one pattern in use.
    if node.this.name != "{:,}":
        raise NotImplementedError(f"this format on Spark: {node.sql(dialect='duckdb')}")
    return call("format_number", *node.expressions, exp.Literal.number(0))


def _lower(node: exp.Lower, _kinds: Kinds) -> exp.Expr:
    # DuckDB takes letters one by one; the two that Java takes otherwise are exchanged before.
    return exp.Lower(this=call("translate", node.this, exp.Literal.string("İΣ"), exp.Literal.string("iσ")))


RULES: dict[type[exp.Expr], Rule] = {
    exp.Concat: _concatenate,
    exp.RegexpLike: _matches,
    exp.RegexpReplace: _replace_pattern,
    exp.Anonymous: _function,
    exp.Format: _format,
    exp.Lower: _lower,
}
"""What to do with a node of a kind."""
