"""Expressions of a plan as functions from rows to vectors: the part of the grammar that plans use row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Protocol

from sqlglot import exp

from keceng.lake.vectors import arithmetic, choices, texts, truths
from keceng.lake.vectors import vector as v
from keceng.lake.vectors.by_words import by_words, text_of
from keceng.lake.vectors.vector import UnsupportedError, Vector


class Rows(Protocol):
    """What an expression is worked out on: some rows of a relation, under the names of one query."""

    def column(self, name: str, table: str) -> Vector:
        """The column `name` of the source `table`, or of whichever has it where that is empty."""

    def whole(self, node: exp.Expr) -> Vector:
        """The least or greatest of an expression over all rows of the relation, for a window over everything."""

    @property
    def work_of(self) -> Build:
        """How a node of the query is worked out."""

    made: dict[int, Vector]
    """What was worked out on these rows, by the number of what it says."""


Work = Callable[[Rows], Vector]
"""How one node is worked out on some rows."""
Build = Callable[[exp.Expr], Work]
"""Finds how a node is worked out."""
Way = Callable[[exp.Expr, Build], Work]
"""How one kind of node is worked out, from how its parts are. A tree is looked at once, and worked out block by block."""

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
    return rows.work_of(node)(rows)


def work_for(node: exp.Expr, number: int, build: Build) -> Work:
    """How `node` is worked out, once for some rows.

    Args:
        node: of a query.
        number: one for all nodes of the query that say the same.
        build: finds the same for the parts of the node.

    Raises:
        UnsupportedError: the node is none of those that vectors know.
    """
    way = _WAYS.get(type(node))
    if way is None:
        raise UnsupportedError(type(node).__name__)
    work = way(node, build)
    if isinstance(node, _AT_HAND):
        return work
    text = text_of(node)
    return _once(number, work if text is None else by_words(work, build, *text))


def _once(number: int, work: Work) -> Work:
    def told(rows: Rows) -> Vector:
        found = rows.made.get(number)
        if found is None:
            found = rows.made[number] = work(rows)
        return found

    return told


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


def _constant(found: Vector) -> Work:
    return lambda _rows: found


def _cast(node: exp.Expr, build: Build) -> Work:
    target = node.args["to"].this.value
    if target == "DATE" and isinstance(node.this, exp.Literal):
        return _constant(v.day(node.this.this))
    inner, kind = build(node.this), _KINDS.get(target)
    return lambda rows: _as_kind(inner(rows), kind, target)


def _as_kind(found: Vector, kind: v.Kind | None, target: str) -> Vector:
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


def _connect(node: exp.Expr, build: Build) -> Work:
    join = truths.conjoin if isinstance(node, exp.And) else truths.disjoin
    parts = [build(part) for part in node.flatten()]
    return lambda rows: reduce(join, (part(rows) for part in parts))


def _is(node: exp.Expr, build: Build) -> Work:
    inner = build(node.this)
    if isinstance(node.expression, exp.Null):
        return lambda rows: truths.is_null(inner(rows))
    if isinstance(node.expression, exp.Boolean):
        wanted = v.truth(bool(node.expression.this))
        return lambda rows: truths.same(inner(rows), wanted)
    raise UnsupportedError("is")


def _in(node: exp.Expr, build: Build) -> Work:
    if not node.expressions:
        raise UnsupportedError("in a query")
    inner, items = build(node.this), [build(item) for item in node.expressions]

    def work(rows: Rows) -> Vector:
        found = inner(rows)
        return reduce(truths.disjoin, (truths.compare("=", found, item(rows)) for item in items))

    return work


def _case(node: exp.Expr, build: Build) -> Work:
    subject = None if node.this is None else build(node.this)
    listed = None if subject is None else _listed(node)
    branches = [(build(branch.this), _branch(branch.args["true"], build)) for branch in node.args["ifs"]]
    otherwise = node.args.get("default")
    last = _constant(v.NOTHING) if otherwise is None else build(otherwise)

    def work(rows: Rows) -> Vector:
        found = None if subject is None else subject(rows)
        if found is not None and found.kind == "text" and listed is not None:
            return texts.look_up(found, *listed)
        conditions, values = [], []
        for condition, branch in branches:
            held = condition(rows) if found is None else truths.compare("=", found, condition(rows))
            conditions.append(held)
            values.append(branch(rows, bool(held.values.any()) or held.kind != "truth"))
        return choices.choose(conditions, values, last(rows))

    return work


def _branch(node: exp.Expr, build: Build) -> Callable[[Rows, bool], Vector]:
    work = build(node)
    if _is_text(node):
        # A branch that no row of these reaches: texts are long to put together, and need not be.
        return lambda rows, is_met: work(rows) if is_met else v.unknown("text")
    return lambda rows, _is_met: work(rows)


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


def _texts(node: exp.Expr, build: Build) -> Work:
    skips = isinstance(node, exp.Concat)
    parts = [build(part) for part in (node.expressions if skips else node.flatten())]
    if len(parts) == 1:
        parts.append(_constant(v.text("")))
    return lambda rows: reduce(
        lambda found, part: texts.join_texts(found, part, skips_unknown=skips), (part(rows) for part in parts)
    )


def _reworded(node: exp.Expr, build: Build, change: Callable[[str], str]) -> Work:
    inner = build(node.this)
    return lambda rows: texts.reword(inner(rows), change)


def _replace(node: exp.Expr, build: Build) -> Work:
    old, new = node.expression, node.args["replacement"]
    if not (isinstance(old, exp.Literal) and isinstance(new, exp.Literal)):
        raise UnsupportedError("replace by a column")
    before, after = str(old.this), str(new.this)
    return _reworded(node, build, lambda word: word.replace(before, after))


def _substring(node: exp.Expr, build: Build) -> Work:
    first, length = (_whole(node.args[part]) for part in ("start", "length"))
    return _reworded(node, build, lambda word: word[first - 1 : first - 1 + length])


def _digest(node: exp.Expr, build: Build) -> Work:
    return _reworded(node, build, lambda word: hashlib.md5(word.encode(), usedforsecurity=False).hexdigest())


def _column(node: exp.Expr, _build: Build) -> Work:
    name, table = node.name, node.text("table")
    return lambda rows: rows.column(name, table)


def _literal(node: exp.Expr, _build: Build) -> Work:
    return _constant(v.text(node.this) if node.is_string else v.number(_whole(node)))


def _comparison(node: exp.Expr, build: Build) -> Work:
    sign, left, right = _SIGNS[type(node)], build(node.this), build(node.expression)
    return lambda rows: truths.compare(sign, left(rows), right(rows))


def _coalesce(node: exp.Expr, build: Build) -> Work:
    parts = [build(part) for part in (node.this, *node.expressions)]
    return lambda rows: choices.first_known([part(rows) for part in parts])


def _extreme(node: exp.Expr, build: Build) -> Work:
    parts = [build(part) for part in (node.this, *node.expressions)]
    is_least = isinstance(node, exp.Least)
    return lambda rows: choices.extreme([part(rows) for part in parts], is_least=is_least)


def _of_one(work: Callable[[Vector], Vector]) -> Way:
    def way(node: exp.Expr, build: Build) -> Work:
        inner = build(node.this)
        return lambda rows: work(inner(rows))

    return way


def _of_two(work: Callable[[Vector, Vector], Vector]) -> Way:
    def way(node: exp.Expr, build: Build) -> Work:
        left, right = build(node.this), build(node.expression)
        return lambda rows: work(left(rows), right(rows))

    return way


_AT_HAND = (exp.Paren, exp.Column, exp.Literal, exp.Boolean, exp.Null)
"""What takes no work, or is remembered where it is found."""
_WAYS: Mapping[type[exp.Expr], Way] = {
    exp.Paren: lambda node, build: build(node.this),
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Boolean: lambda node, _build: _constant(v.truth(bool(node.this))),
    exp.Null: lambda _node, _build: _constant(v.NOTHING),
    exp.Cast: _cast,
    exp.And: _connect,
    exp.Or: _connect,
    exp.Not: _of_one(truths.negate),
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
    exp.Window: lambda node, _build: lambda rows: rows.whole(node),
    exp.Neg: _of_one(lambda found: arithmetic.multiply(v.number(-1), found)),
    exp.Abs: _of_one(arithmetic.absolute),
    exp.Add: _of_two(arithmetic.add),
    exp.Sub: _of_two(arithmetic.subtract),
    exp.Mul: _of_two(arithmetic.multiply),
    exp.Mod: _of_two(arithmetic.remainder),
    exp.IntDiv: _of_two(arithmetic.divide),
}
