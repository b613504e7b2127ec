"""Expressions of a plan as functions from rows to vectors: the part of the grammar that plans use row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Protocol

from sqlglot import exp

from keceng.lake.vectors import arithmetic, choices, texts, truths
from keceng.lake.vectors import vector as v
from keceng.lake.vectors.vector import UnsupportedError, Vector


class Rows(Protocol):
    """What an expression is worked out on: some rows of a relation, under the names of one query."""

    def column(self, name: str, table: str) -> Vector:
        """The column `name` of the source `table`, or of whichever has it where that is empty."""

    def whole(self, node: exp.Expr) -> Vector:
        """The least or greatest of an expression over all rows of the relation, for a window over everything."""

    made: dict[int, Vector]
    """What was worked out on these rows, by `number_of`."""

    @property
    def number_of(self) -> Callable[[exp.Expr], int]:
        """One number for all nodes that say the same."""


Way = Callable[[exp.Expr, Rows], Vector]
"""How one kind of node is worked out."""

_SIGNS: Mapping[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
_KINDS: Mapping[str, v.Kind] = {
    "BIGINT": "number", "INT": "number", "INT128": "number", "SMALLINT": "number", "TINYINT": "number",
    "DATE": "day", "BOOLEAN": "truth", "TEXT": "text", "VARCHAR": "text",
}  # fmt: skip


def evaluate(node: exp.Expr, rows: Rows) -> Vector:
    """The vector of `node`.

    Raises:
        UnsupportedError: the node is none of those that vectors know, or its numbers may not fit.
    """
    number = rows.number_of(node)
    found = rows.made.get(number)
    if found is None:
        way = _WAYS.get(type(node))
        if way is None:
            raise UnsupportedError(type(node).__name__)
        found = rows.made[number] = way(node, rows)
    return found


def is_known(node: exp.Expr) -> bool:
    """Whether vectors know this kind of node; what it holds is another question."""
    if isinstance(node, exp.Min | exp.Max):
        return isinstance(node.parent, exp.Window)
    return type(node) in _WAYS or type(node) in _PARTS


_PARTS = frozenset({exp.Identifier, exp.DataType, exp.DataTypeParam, exp.If, exp.Alias, exp.Star, exp.Where})


def _whole(node: exp.Expr) -> int:
    try:
        return int(node.this)
    except ValueError as error:
        raise UnsupportedError("a number with a fraction") from error


def _cast(node: exp.Expr, rows: Rows) -> Vector:
    target = node.args["to"].this.value
    if target == "DATE" and isinstance(node.this, exp.Literal):
        return v.day(node.this.this)
    found = evaluate(node.this, rows)
    kind = _KINDS.get(target)
    if kind is None:
        raise UnsupportedError(f"{found.kind} as {target}")
    if found.kind == "nothing":
        return v.unknown(kind)
    if kind == "text":
        return texts.as_text(found)
    if kind == "number" and found.kind == "text":
        return texts.read_digits(found)
    if found.kind != kind:
        raise UnsupportedError(f"{found.kind} as {target}")
    return found


def _connect(node: exp.Expr, rows: Rows) -> Vector:
    parts = list(node.flatten())
    found = evaluate(parts[0], rows)
    for part in parts[1:]:
        found = (truths.conjoin if isinstance(node, exp.And) else truths.disjoin)(found, evaluate(part, rows))
    return found


def _is(node: exp.Expr, rows: Rows) -> Vector:
    found = evaluate(node.this, rows)
    if isinstance(node.expression, exp.Null):
        return truths.is_null(found)
    if isinstance(node.expression, exp.Boolean):
        return truths.same(found, v.truth(bool(node.expression.this)))
    raise UnsupportedError("is")


def _in(node: exp.Expr, rows: Rows) -> Vector:
    if not node.expressions:
        raise UnsupportedError("in a query")
    found = evaluate(node.this, rows)
    result = truths.compare("=", found, evaluate(node.expressions[0], rows))
    for item in node.expressions[1:]:
        result = truths.disjoin(result, truths.compare("=", found, evaluate(item, rows)))
    return result


def _case(node: exp.Expr, rows: Rows) -> Vector:
    subject = None if node.this is None else evaluate(node.this, rows)
    if subject is not None and subject.kind == "text" and (listed := _listed(node)) is not None:
        return texts.look_up(subject, *listed)
    conditions, branches = [], []
    for branch in node.args["ifs"]:
        condition = evaluate(branch.this, rows)
        if subject is not None:
            condition = truths.compare("=", subject, condition)
        conditions.append(condition)
        is_met = bool(condition.values.any()) or condition.kind != "truth"
        branches.append(evaluate(branch.args["true"], rows) if is_met else _unmet(branch.args["true"], rows))
    otherwise = node.args.get("default")
    return choices.choose(conditions, branches, v.NOTHING if otherwise is None else evaluate(otherwise, rows))


def _unmet(node: exp.Expr, rows: Rows) -> Vector:
    """A branch that no row of these reaches: texts are long to put together, and need not be."""
    return v.unknown("text") if _is_text(node) else evaluate(node, rows)


def _is_text(node: exp.Expr) -> bool:
    if isinstance(node, exp.Case):
        return any(_is_text(branch.args["true"]) for branch in node.args["ifs"])
    return isinstance(node, exp.Concat | exp.DPipe | exp.Replace)


def _listed(node: exp.Expr) -> tuple[dict[str, int], int | None] | None:
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


def _texts(node: exp.Expr, rows: Rows) -> Vector:
    skips = isinstance(node, exp.Concat)
    parts = node.expressions if skips else list(node.flatten())
    found = evaluate(parts[0], rows)
    if len(parts) == 1:
        return texts.join_texts(found, v.text(""), skips_unknown=skips)
    for part in parts[1:]:
        found = texts.join_texts(found, evaluate(part, rows), skips_unknown=skips)
    return found


def _replace(node: exp.Expr, rows: Rows) -> Vector:
    old, new = node.expression, node.args["replacement"]
    if not (isinstance(old, exp.Literal) and isinstance(new, exp.Literal)):
        raise UnsupportedError("replace by a column")
    return texts.reword(evaluate(node.this, rows), lambda word: word.replace(old.this, new.this))


def _substring(node: exp.Expr, rows: Rows) -> Vector:
    first, length = (_whole(node.args[part]) for part in ("start", "length"))
    return texts.reword(evaluate(node.this, rows), lambda word: word[first - 1 : first - 1 + length])


def _digest(node: exp.Expr, rows: Rows) -> Vector:
    return texts.reword(
        evaluate(node.this, rows), lambda word: hashlib.md5(word.encode(), usedforsecurity=False).hexdigest()
    )


def _column(node: exp.Expr, rows: Rows) -> Vector:
    return rows.column(node.name, node.text("table"))


def _inner(node: exp.Expr, rows: Rows) -> Vector:
    return evaluate(node.this, rows)


def _literal(node: exp.Expr, _rows: Rows) -> Vector:
    return v.text(node.this) if node.is_string else v.number(_whole(node))


def _comparison(node: exp.Expr, rows: Rows) -> Vector:
    return truths.compare(_SIGNS[type(node)], evaluate(node.this, rows), evaluate(node.expression, rows))


def _coalesce(node: exp.Expr, rows: Rows) -> Vector:
    return choices.first_known([evaluate(part, rows) for part in (node.this, *node.expressions)])


def _extreme(node: exp.Expr, rows: Rows) -> Vector:
    parts = [evaluate(part, rows) for part in (node.this, *node.expressions)]
    return choices.extreme(parts, is_least=isinstance(node, exp.Least))


def _of_two(work: Callable[[Vector, Vector], Vector]) -> Way:
    return lambda node, rows: work(evaluate(node.this, rows), evaluate(node.expression, rows))


_WAYS: Mapping[type[exp.Expr], Way] = {
    exp.Paren: _inner,
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Boolean: lambda node, _rows: v.truth(bool(node.this)),
    exp.Null: lambda _node, _rows: v.NOTHING,
    exp.Cast: _cast,
    exp.And: _connect,
    exp.Or: _connect,
    exp.Not: lambda node, rows: truths.negate(evaluate(node.this, rows)),
    **dict.fromkeys(_SIGNS, _comparison),
    exp.NullSafeEQ: _of_two(truths.same),
    exp.Is: _is,
    exp.In: _in,
    exp.Case: _case,
    exp.Coalesce: _coalesce,
    exp.Nullif: _of_two(choices.unless_equal),
    exp.Least: _extreme,
    exp.Greatest: _extreme,
    exp.Concat: _texts,
    exp.DPipe: _texts,
    exp.Replace: _replace,
    exp.MD5: _digest,
    exp.Substring: _substring,
    exp.Window: lambda node, rows: rows.whole(node),
    exp.Neg: lambda node, rows: arithmetic.multiply(v.number(-1), evaluate(node.this, rows)),
    exp.Abs: lambda node, rows: arithmetic.absolute(evaluate(node.this, rows)),
    exp.Add: _of_two(arithmetic.add),
    exp.Sub: _of_two(arithmetic.subtract),
    exp.Mul: _of_two(arithmetic.multiply),
    exp.Mod: _of_two(arithmetic.remainder),
    exp.IntDiv: _of_two(arithmetic.divide),
}
