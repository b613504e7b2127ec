"""Random typed conditions and rows for the laws: a scope with every kind, small numbers so that cuts are met."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

from hypothesis import strategies as st

from keceng.measure import Measure
from keceng.standard import Stored
from keceng.vocabulary import Direction, Kind, Text

STATES = ("new", "active", "lost")
BOUND = 10**15


def measure(
    name: str,
    kind: Kind,
    *,
    exact: bool = False,
    categories: tuple[str, ...] = (),
    direction: Direction = Direction.HIGHER,
) -> Measure:
    """A measure of the given kind, called by its own name in both languages."""
    return Measure(
        name=name,
        title=Text(name, name),
        definition=Text(name, name),
        kind=kind,
        unit=Text("", ""),
        direction=direction,
        inputs=(),
        exact=(f"{name}__num", f"{name}__den") if exact else None,
        categories=tuple((code, Text(code, code)) for code in categories),
    )


SCOPE: Mapping[str, Measure] = {
    m.name: m
    for m in (
        measure("spend", Kind.MONEY),
        measure("margin", Kind.MONEY),
        measure("average", Kind.MONEY, exact=True),
        measure("orders", Kind.COUNT),
        measure("first", Kind.COUNT),
        measure("tenure", Kind.DAYS),
        measure("gap", Kind.DAYS, exact=True),
        measure("share", Kind.RATIO),
        measure("refunds", Kind.RATIO, exact=True),
        measure("points", Kind.SCORE),
        measure("bought_on", Kind.DATE),
        measure("joined_on", Kind.DATE),
        measure("related", Kind.FLAG),
        measure("listed", Kind.FLAG),
        measure("state", Kind.CATEGORY, categories=STATES),
        measure("城市", Kind.CATEGORY),
    )
}
NAMES_BY_KIND = {kind: [m.name for m in SCOPE.values() if m.kind is kind] for kind in Kind}
NUMBER_KINDS = tuple(kind for kind in Kind if kind.is_number)
NUMBERS = st.sampled_from(["0", "1", "2", "3", "0.5", "0.6", "1.25", "10", "-1", "-0.01", "12345.67"])
PLAIN_FACTORS = st.sampled_from(["2", "0.2", "-3", "0.25", "1"])
COMPARATORS = st.sampled_from(["=", "<>", "<", "<=", ">", ">=", "!="])


def names(kind: Kind) -> st.SearchStrategy[str]:
    """A measure of `kind`."""
    return st.sampled_from(NAMES_BY_KIND[kind])


def written(pattern: str, **parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """`pattern` with each `{part}` drawn."""
    return st.fixed_dictionaries(parts).map(lambda drawn: pattern.format(**drawn))


def quantities(kind: Kind, depth: int = 2) -> st.SearchStrategy[str]:
    """Text of a number of `kind`."""
    shapes = [names(kind)]
    if kind is Kind.DAYS:
        shapes.append(st.just("(bought_on - joined_on)"))
    if depth:
        inner = quantities(kind, depth - 1)
        shapes += [
            written("({a} {sign} {b})", a=inner, b=inner, sign=st.sampled_from(["+", "-"])),
            written("{factor} * {name}", factor=PLAIN_FACTORS, name=names(kind)),
            written("(- {a})", a=inner),
            written("({a} + {number})", a=inner, number=NUMBERS),
            names(kind),
            names(kind),
        ]
        shapes += _scalings(kind, inner)
    return st.one_of(shapes)


def _scalings(kind: Kind, inner: st.SearchStrategy[str]) -> list[st.SearchStrategy[str]]:
    if kind is Kind.RATIO:
        return [written("({a} / {b})", a=names(other), b=names(other)) for other in NUMBER_KINDS]
    times = written("({a} * {ratio})", a=inner, ratio=names(Kind.RATIO))
    if kind is Kind.COUNT:
        return [times]
    return [times, *(written("({a} / {b})", a=inner, b=names(by)) for by in (Kind.RATIO, Kind.COUNT))]


def number_leaves(kind: Kind) -> st.SearchStrategy[str]:
    """Text of one comparison of numbers of `kind`."""
    side, simple = quantities(kind), quantities(kind, 1)
    not_or = st.sampled_from(["", "not "])
    lists = st.lists(NUMBERS, min_size=1, max_size=3).map(", ".join)
    return st.one_of(
        written("{a} {compare} {b}", a=side, b=side, compare=COMPARATORS),
        written("{a} {compare} {b}", a=side, b=NUMBERS, compare=COMPARATORS),
        written("{a} {compare} {b}", a=NUMBERS, b=simple, compare=COMPARATORS),
        written("{a} {not_or}between {low} and {high}", a=side, not_or=not_or, low=NUMBERS, high=simple),
        written("{a} {not_or}in ({items})", a=simple, not_or=not_or, items=lists),
    )


def leaves() -> st.SearchStrategy[str]:
    """Text of one comparison."""
    flags = st.sampled_from(["", " = true", " = false", " <> true"])
    states = st.lists(st.sampled_from(STATES), min_size=1, max_size=3).map(
        lambda codes: ", ".join(map(repr, codes))
    )
    days = st.sampled_from(["'2024-01-31'", "joined_on"])
    not_or = st.sampled_from(["", "not "])
    return st.one_of(
        *map(number_leaves, NUMBER_KINDS),
        written("{flag}{test}", flag=names(Kind.FLAG), test=flags),
        written("state {not_or}in ({states})", not_or=not_or, states=states),
        written("城市 {compare} '北京'", compare=st.sampled_from(["=", "<>"])),
        written("bought_on {compare} {day}", compare=COMPARATORS, day=days),
        written("{name} is {not_or}null", name=st.sampled_from(list(SCOPE)), not_or=not_or),
    )


def condition_texts() -> st.SearchStrategy[str]:
    """Text of a whole condition."""
    return st.recursive(
        leaves(),
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' and '.join(parts)})"),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' or '.join(parts)})"),
            inner.map(lambda part: f"not ({part})"),
        ),
        max_leaves=8,
    )


def random_row(rng: random.Random) -> dict[str, Stored]:
    """One measured row: unknowns, zero and negative denominators, small and very large numbers."""
    row: dict[str, Stored] = {}
    for found in SCOPE.values():
        if found.exact:
            row[found.exact[0]] = _unknown_or(rng, rng.choice([0, 1, -7, 5_000, 6_000, BOUND]))
            row[found.exact[1]] = _unknown_or(rng, rng.choice([0, 1, 3, -2, BOUND]))
        else:
            row[found.name] = _unknown_or(rng, _stored(rng, found))
    return row


def _unknown_or(rng: random.Random, known: Stored) -> Stored:
    return None if rng.random() < 0.15 else known


def _stored(rng: random.Random, found: Measure) -> Stored:
    match found.kind:
        case Kind.DATE:
            return dt.date(2024, 1, 31) + dt.timedelta(days=rng.randint(-2, 2))
        case Kind.FLAG:
            return rng.random() < 0.5
        case Kind.CATEGORY:
            return rng.choice([*STATES, "北京"])
        case Kind.MONEY:
            return rng.choice([0, 1, -1, 50, 100, 300, 1_234_567, -BOUND, BOUND])
        case _:
            return rng.choice([0, 1, 2, 3, 10]) * rng.choice(
                [1, found.kind.scale, found.kind.scale // 2 or 1]
            )
