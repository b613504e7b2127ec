"""Ranges that are written upside down: `between` takes the smaller bound first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction

from keceng.standard.condition import Between, LeafNode, Literal, Not, leaf_nodes
from keceng.standard.findings import finding
from keceng.standard.mentions import list_mentions
from keceng.standard.model import Standard
from keceng.vocabulary import Problem, Text


def find_reversed(standard: Standard) -> Iterator[Problem]:
    """Every `between` whose first bound lies above its second: nothing lies between the two."""
    for mention in list_mentions(standard):
        for leaf in leaf_nodes(mention.condition.tree) if mention.condition else ():
            if (found := _range_of(leaf)) and _is_reversed(found):
                message = Text(
                    f"「{found}」的上下限写反了，没有值落在其间",
                    f"“{found}” has its bounds upside down: nothing lies between them",
                )
                right = f"between {found.high} and {found.low}"
                remedy = Text(f"小的写在前面：{right}", f"write the smaller one first: {right}")
                yield finding("reversed", mention.path, message, remedy)


def _range_of(leaf: LeafNode) -> Between | None:
    inner = leaf.operand if isinstance(leaf, Not) else leaf
    return inner if isinstance(inner, Between) else None


def _is_reversed(found: Between) -> bool:
    match found.low, found.high:
        case Literal(content=Fraction() as low), Literal(content=Fraction() as high):
            return low > high
        case Literal(content=dt.date() as first), Literal(content=dt.date() as last):
            return first > last
        case _:
            return False
