"""Which columns of a step reach anybody: what no reader of a plan comes to by name need not be made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from keceng.lake.trees import tables_in

if TYPE_CHECKING:
    from keceng.lake.engine import Step


def narrow_folds(steps: Sequence[Step], kept: Collection[str]) -> list[Step]:
    """The same plan, in which a fold makes of its step only the columns that reach a reader; the others stand there, and are NULL.

    Args:
        steps: the plan.
        kept: names of steps of which any column may be read beside the plan; a fold's own step among them is made whole.
    """
    return [_narrowed(step, steps[place + 1 :], kept) for place, step in enumerate(steps)]


def _narrowed(step: Step, later: Sequence[Step], kept: Collection[str]) -> Step:
    if step.fold is None or step.fold.narrowed is None or step.name in kept:
        return step
    names = names_reached(later, kept, step.name)
    return step if names is None else replace(step, fold=step.fold.narrowed(names))


def names_reached(steps: Sequence[Step], kept: Collection[str], table: str) -> frozenset[str] | None:
    """Names by which any column of `table` is read on a way to a step in `kept` or to a condition; None where it may be any.

    Columns are told apart by their names alone, so too many may be found, and never too few.
    """
    whole = _read_whole(steps, kept)
    if table in whole:
        return None
    found = _Names()
    for step in steps:
        found.take(step.query, is_open=step.name not in whole)
        if step.kernel is not None:
            found.needed.update(name for names in step.kernel.reads.values() for name in names)
    return found.closed()


def _read_whole(steps: Sequence[Step], kept: Collection[str]) -> set[str]:
    """The steps of which any column may be read, and with those that take over all columns of others, these too."""
    whole = {step.name for step in steps if step.name in kept or step.compute is not None}
    whole.update(step.name for step in steps[-1:])
    for step in reversed(steps):
        stars = [s for s in step.query.find_all(exp.Star) if not isinstance(s.parent, exp.Count)]
        # What is put together goes by the places of columns.
        if (stars and step.name in whole) or any(star.find_ancestor(exp.SetOperation) for star in stars):
            whole |= tables_in(step.query)
    return whole


@dataclass
class _Names:
    """Names that are needed, and those that are if another is."""

    needed: set[str] = field(default_factory=set)
    given: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def take(self, node: exp.Expr, *, is_open: bool) -> None:
        """What `node` names; of an open one, what a column is made from is needed only with the column."""
        if isinstance(node, exp.Column | exp.Identifier):
            self.needed.add(node.name)
        for part in _parts(node):
            if is_open and isinstance(part, exp.Alias | exp.Column) and _is_column_of_rows(part, node):
                made_from = part.this if isinstance(part, exp.Alias) else part
                self.given.append((part.alias_or_name, frozenset(_names(made_from))))
            else:
                self.take(part, is_open=is_open)

    def closed(self) -> frozenset[str]:
        """All names that are needed."""
        before = -1
        while before != len(self.needed):
            before = len(self.needed)
            for name, made_from in self.given:
                if name in self.needed:
                    self.needed |= made_from
        return frozenset(self.needed)


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    for part in node.args.values():
        if isinstance(part, exp.Expr):
            yield part
        elif isinstance(part, list):
            yield from (one for one in part if isinstance(one, exp.Expr))


def _names(node: exp.Expr) -> Iterable[str]:
    return (found.name for found in node.find_all(exp.Column, exp.Identifier))


def _is_column_of_rows(part: exp.Expr, node: exp.Expr) -> bool:
    """Whether `part` is a column of a select whose columns are found by their names."""
    if not isinstance(node, exp.Select) or part.arg_key != "expressions" or node.args.get("distinct"):
        return False
    told: exp.Expr = node
    above = node.parent
    if isinstance(above, exp.Subquery):
        told, above = above, above.parent
        if isinstance(above, exp.Table):  # a filled place that got an alias
            told, above = above, above.parent
        return isinstance(above, exp.From | exp.Join) and not told.alias_column_names
    return above is None or (isinstance(above, exp.CTE) and not above.alias_column_names)
