"""The numbers of a standard that people turn: where each stands in the document, what it says, and how to set it alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import yaml

from keceng.desk.standards.threshold_words import UNITS, Worded, word_threshold
from keceng.desk.standards.written import (
    Path,
    Written,
    is_number,
    read_number,
    read_numbers,
    read_scalars,
    refuse_number,
)
from keceng.standard import Condition, Standard, describe_leaf
from keceng.standard import Leaf as _Leaf
from keceng.standard import Literal as _Literal
from keceng.vocabulary import KecengError, Text

_CONDITIONS = frozenset({"when", "stay", "include", "among", "provisional", "at_once"})
_CHILDREN = ("left", "right", "operand", "subject", "low", "high", "items")


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number of a standard.

    Attributes:
        key: its path, with dots; behind a condition the place of the number in it.
        section: what it belongs to.
        group: the condition it stands in, by what that decides; None for a number of its own.
        label: what it says.
        unit: after the field; empty for a plain number.
        text: as written.
        start, end: its characters in the document.
    """

    key: str
    section: Text
    group: Text | None
    label: Text
    unit: Text
    text: str
    start: int
    end: int


def list_thresholds(text: str, standard: Standard) -> tuple[Threshold, ...]:
    """Every number that `text`, the document of `standard`, gives people to turn, the grade's first.

    Raises:
        KecengError: the text is no YAML with an id.
    """
    found = [t for path, node in read_scalars(text) for t in _thresholds(text, standard, path, node)]
    return tuple(sorted(found, key=lambda t: not t.key.startswith("grade.")))


def set_thresholds(text: str, standard: Standard, wanted: Mapping[str, str]) -> str:
    """The document with other numbers; every other character stays.

    Args:
        text: the document.
        standard: what it declares.
        wanted: the new numbers by key; a key that the document does not have is left out.

    Raises:
        KecengError: everything wanted that is not a number, each with what it is called.
    """
    found = list_thresholds(text, standard)
    changed = [(t, wanted[t.key].strip()) for t in found if t.key in wanted]
    problems = [
        problem
        for threshold, number in changed
        if not is_number(number)
        for problem in refuse_number(threshold.label.zh, number).problems
    ]
    if problems:
        raise KecengError(problems)
    for threshold, number in sorted(changed, key=lambda pair: -pair[0].start):
        text = text[: threshold.start] + number + text[threshold.end :]
    return text


def _thresholds(text: str, standard: Standard, path: Path, node: yaml.ScalarNode) -> Iterator[Threshold]:
    worded = word_threshold(standard, path)
    if worded is None:
        return
    if path[-1] not in _CONDITIONS:
        written = read_number(text, path, node)
        if written is not None:
            yield _threshold(written, worded, worded.label)
        return
    written_here = read_numbers(text, path, node)
    leaves = _leaves_of(worded.condition, written_here)
    for place, written in enumerate(written_here):
        # A comparison with 0 asks whether there is any: it is no line that people turn.
        if Fraction(written.text) != 0:
            label = describe_leaf(leaves[place], standard.scope) if leaves else worded.label
            yield _threshold(written, worded, label, worded.label)


def _threshold(written: Written, worded: Worded, label: Text, group: Text | None = None) -> Threshold:
    return Threshold(
        key=".".join(written.path),
        section=worded.section,
        group=group,
        label=label,
        unit=UNITS.get(written.unit, worded.unit),
        text=written.text,
        start=written.start,
        end=written.end,
    )


def _leaves_of(condition: Condition | None, written: list[Written]) -> list[_Leaf]:
    """The comparison in which each number stands; empty where the two readings do not agree."""
    if condition is None:
        return []
    pairs = [(leaf, number) for leaf in condition.leaves for number in _numbers(leaf.node)]
    if [number for _, number in pairs] != [Fraction(w.text) for w in written]:
        return []
    return [leaf for leaf, _ in pairs]


def _numbers(node: object) -> Iterator[Fraction]:
    if isinstance(node, _Literal):
        if isinstance(node.content, Fraction):
            yield abs(node.content)
        return
    for name in _CHILDREN:
        child = getattr(node, name, ())
        for part in child if isinstance(child, tuple) else (child,):
            yield from _numbers(part)
