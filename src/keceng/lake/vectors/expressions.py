"""Expressions of a plan as functions from rows to vectors: the part of the grammar that plans use row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from sqlglot import exp

from keceng.lake.vectors import vector as v
from keceng.lake.vectors.vector import Unsupported, Vector


class Rows(Protocol):
    """What an expression is worked out on: some rows of a relation, under the names of one query."""

    def column(self, name: str, table: str) -> Vector:
        """The column `name` of the source `table`, or of whichever has it where that is empty."""

    def whole(self, node: exp.Expr) -> Vector:
        """The least or greatest of an expression over all rows of the relation, for a window over everything."""

    def kept(self, node: exp.Expr, work: Callable[[], Vector]) -> Vector:
        """What `work` gives for `node`, worked out once for these rows."""


_SIGNS: Mapping[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
_KINDS: Mapping[str, v.Kind] = {
    "BIGINT": "number", "INT": "number", "INT128": "number", "SMALLINT": "number", "TINYINT": "number",
    "DATE": "day", "BOOLEAN": "truth", "TEXT": "text", "VARCHAR": "text",
}  # fmt: skip
_SIMPLE = frozenset({exp.Column, exp.Literal, exp.Boolean, exp.Null, exp.Identifier, exp.DataType})


def evaluate(node: exp.Expr, rows: Rows) -> Vector:
    """The vector of `node`.

    Raises:
        Unsupported: the node is none of those that vectors know, or its numbers may not fit.
    """
    if type(node) in _SIMPLE:
        return _evaluate(node, rows)
    return rows.kept(node, lambda: _evaluate(node, rows))


def _evaluate(node: exp.Expr, rows: Rows) -> Vector:  # noqa: PLR0911, PLR0912  one case a kind of node
    match node:
        case exp.Paren():
            return evaluate(node.this, rows)
        case exp.Column():
            return rows.column(node.name, node.table)
        case exp.Literal():
            return v.text(node.this) if node.is_string else v.number(_whole(node))
        case exp.Boolean():
            return v.truth(bool(node.this))
        case exp.Null():
            return v.NOTHING
        case exp.Cast():
            return _cast(node, rows)
        case exp.And() | exp.Or():
            return _connect(node, rows)
        case exp.Not():
            return v.negate(evaluate(node.this, rows))
        case exp.EQ() | exp.NEQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
            return v.compare(_SIGNS[type(node)], evaluate(node.this, rows), evaluate(node.expression, rows))
        case exp.NullSafeEQ():
            return v.same(evaluate(node.this, rows), evaluate(node.expression, rows))
        case exp.Is():
            return _is(node, rows)
        case exp.In():
            return _in(node, rows)
        case exp.Case():
            return _case(node, rows)
        case exp.Coalesce():
            return v.first_known([evaluate(part, rows) for part in (node.this, *node.expressions)])
        case exp.Nullif():
            return v.unless_equal(evaluate(node.this, rows), evaluate(node.expression, rows))
        case exp.Least() | exp.Greatest():
            parts = [evaluate(part, rows) for part in (node.this, *node.expressions)]
            return v.extreme(parts, isinstance(node, exp.Least))
        case exp.Concat() | exp.DPipe():
            return _texts(node, rows)
        case exp.Replace():
            return _replace(node, rows)
        case exp.Window():
            return rows.whole(node)
        case _:
            return _arithmetic(node, rows)


def _arithmetic(node: exp.Expr, rows: Rows) -> Vector:
    match node:
        case exp.Neg():
            return v.multiply(v.number(-1), evaluate(node.this, rows))
        case exp.Abs():
            return v.absolute(evaluate(node.this, rows))
        case exp.Add():
            return v.add(evaluate(node.this, rows), evaluate(node.expression, rows))
        case exp.Sub():
            return v.add(evaluate(node.this, rows), evaluate(node.expression, rows), -1)
        case exp.Mul():
            return v.multiply(evaluate(node.this, rows), evaluate(node.expression, rows))
        case exp.Mod():
            return v.remainder(evaluate(node.this, rows), evaluate(node.expression, rows))
        case exp.IntDiv():
            return v.divide(evaluate(node.this, rows), evaluate(node.expression, rows))
        case _:
            raise Unsupported(type(node).__name__)


def _whole(node: exp.Literal) -> int:
    try:
        return int(node.this)
    except ValueError as error:
        raise Unsupported("a number with a fraction") from error


def _cast(node: exp.Cast, rows: Rows) -> Vector:
    target = node.to.this.value
    if target == "DATE" and isinstance(node.this, exp.Literal):
        return v.day(node.this.this)
    found = evaluate(node.this, rows)
    kind = _KINDS.get(target)
    if kind is None:
        raise Unsupported(f"{found.kind} as {target}")
    if found.kind == "nothing":
        return v.unknown(kind)
    if kind == "text":
        return v.as_text(found)
    if found.kind != kind:
        raise Unsupported(f"{found.kind} as {target}")
    return found


def _connect(node: exp.And | exp.Or, rows: Rows) -> Vector:
    parts = list(node.flatten())
    found = evaluate(parts[0], rows)
    for part in parts[1:]:
        found = (v.conjoin if isinstance(node, exp.And) else v.disjoin)(found, evaluate(part, rows))
    return found


def _is(node: exp.Is, rows: Rows) -> Vector:
    found = evaluate(node.this, rows)
    if isinstance(node.expression, exp.Null):
        return v.is_null(found)
    if isinstance(node.expression, exp.Boolean):
        return v.same(found, v.truth(bool(node.expression.this)))
    raise Unsupported("is")


def _in(node: exp.In, rows: Rows) -> Vector:
    if not node.expressions:
        raise Unsupported("in a query")
    found = evaluate(node.this, rows)
    result = v.compare("=", found, evaluate(node.expressions[0], rows))
    for item in node.expressions[1:]:
        result = v.disjoin(result, v.compare("=", found, evaluate(item, rows)))
    return result


def _case(node: exp.Case, rows: Rows) -> Vector:
    subject = None if node.this is None else evaluate(node.this, rows)
    if subject is not None and subject.kind == "text" and (listed := _listed(node)) is not None:
        return v.look_up(subject, *listed)
    conditions, branches = [], []
    for branch in node.args["ifs"]:
        condition = evaluate(branch.this, rows)
        if subject is not None:
            condition = v.compare("=", subject, condition)
        conditions.append(condition)
        branches.append(evaluate(branch.args["true"], rows))
    otherwise = node.args.get("default")
    return v.choose(conditions, branches, v.NOTHING if otherwise is None else evaluate(otherwise, rows))


def _listed(node: exp.Case) -> tuple[dict[str, int], int | None] | None:
    """What each word stands for, and any other, where words and what they stand for are written down."""
    otherwise = node.args.get("default")
    written = [(branch.this, branch.args["true"]) for branch in node.args["ifs"]]
    numbers = [stands for _, stands in written] + ([otherwise] if otherwise is not None else [])
    if not all(isinstance(n, exp.Literal) and not n.is_string for n in numbers):
        return None
    if not all(isinstance(word, exp.Literal) and word.is_string for word, _ in written):
        return None
    stands: dict[str, exp.Literal] = {}
    for word, number in written:
        stands.setdefault(word.this, number)
    return {w: _whole(n) for w, n in stands.items()}, None if otherwise is None else _whole(otherwise)


def _texts(node: exp.Concat | exp.DPipe, rows: Rows) -> Vector:
    skips = isinstance(node, exp.Concat)
    parts = node.expressions if skips else list(node.flatten())
    found = evaluate(parts[0], rows)
    if len(parts) == 1:
        return v.join_texts(found, v.text(""), skips_unknown=skips)
    for part in parts[1:]:
        found = v.join_texts(found, evaluate(part, rows), skips_unknown=skips)
    return found


def _replace(node: exp.Replace, rows: Rows) -> Vector:
    old, new = node.expression, node.args["replacement"]
    if not (isinstance(old, exp.Literal) and isinstance(new, exp.Literal)):
        raise Unsupported("replace by a column")
    return v.reword(evaluate(node.this, rows), lambda word: word.replace(old.this, new.this))
