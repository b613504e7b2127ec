"""A condition as a form: lines that all or any must hold, and blocks of lines of the other kind, one level deep.

Every form writes a condition; a condition that says more than a form can stays a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keceng.desk.groups.lines import Line, is_whole, read_line, write_line
from keceng.measure import Measure
from keceng.standard import And, Condition, Leaf, Or
from keceng.vocabulary import KecengError, Problem

Scope = Mapping[str, Measure]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines within a form, joined the other way: of a form that wants all, any of these is enough."""

    lines: tuple[Line, ...] = ()


Part = Line | Block


@dataclass(frozen=True, slots=True)
class Form:
    """What a form holds.

    Attributes:
        is_any: whether one part is enough; else all must hold.
    """

    is_any: bool = False
    parts: tuple[Part, ...] = ()

    @property
    def lines(self) -> Sequence[Line]:
        """Every line, those of blocks too."""
        return [line for part in self.parts for line in (part.lines if isinstance(part, Block) else (part,))]


def write_form(form: Form, scope: Scope) -> str:
    """The condition of the lines that say something already; empty where none does.

    Raises:
        KecengError: every number or day that is none.
    """
    problems: list[Problem] = []
    texts = [_part(part, scope, is_any=form.is_any, problems=problems) for part in form.parts]
    if problems:
        raise KecengError(problems)
    return (" or " if form.is_any else " and ").join(text for text in texts if text)


def count_unfinished(form: Form, scope: Scope) -> int:
    """Lines in which something is chosen and something is missing."""
    return sum(
        1
        for line in form.lines
        if line.what and (line.what not in scope or not is_whole(line, scope[line.what]))
    )


def _part(part: Part, scope: Scope, *, is_any: bool, problems: list[Problem]) -> str:
    if isinstance(part, Line):
        return _line(part, scope, problems)
    texts = [text for line in part.lines if (text := _line(line, scope, problems))]
    joined = (" and " if is_any else " or ").join(texts)
    return f"({joined})" if len(texts) > 1 else joined


def _line(line: Line, scope: Scope, problems: list[Problem]) -> str:
    measure = scope.get(line.what)
    if measure is None or not is_whole(line, measure):
        return ""
    try:
        return write_line(line, measure)
    except KecengError as error:
        problems += error.problems
        return ""


def read_form(condition: Condition, scope: Scope) -> Form | None:
    """The form that writes `condition`; None where it says more than a form can."""
    leaves = iter(condition.leaves)
    tree = condition.tree
    is_any = isinstance(tree, Or)
    nodes = tree.parts if isinstance(tree, And | Or) else (tree,)
    parts: list[Part] = []
    for node in nodes:
        if isinstance(node, And | Or):
            if any(isinstance(inner, And | Or) for inner in node.parts):
                return None
            lines = [_read(next(leaves), scope) for _ in node.parts]
            if any(line is None for line in lines):
                return None
            parts.append(Block(tuple(line for line in lines if line)))
        else:
            line = _read(next(leaves), scope)
            if line is None:
                return None
            parts.append(line)
    return Form(is_any, tuple(parts))


def _read(leaf: Leaf, scope: Scope) -> Line | None:
    if any(name not in scope for name in leaf.names):
        return None
    return read_line(leaf, scope)
