"""The order of dimensions: each after what it needs; a circle is found and named."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from keceng.standard.graph import find_circle, order_dimensions

IDS = st.sampled_from("abcdef")
GRAPHS = st.dictionaries(IDS, st.sets(IDS), max_size=6).map(
    lambda needs: {name: others & set(needs) for name, others in needs.items()}
)


@given(GRAPHS)
def test_every_dimension_comes_after_what_it_needs_or_stands_on_a_circle(needs: dict[str, set[str]]) -> None:
    ordered = order_dimensions(needs)
    for place, name in enumerate(ordered):
        assert needs[name] <= set(ordered[:place])
    assert (len(ordered) == len(needs)) is (find_circle(needs) == ())


@given(GRAPHS)
def test_a_circle_is_walked_along_real_references(needs: dict[str, set[str]]) -> None:
    circle = find_circle(needs)
    for name, needed in pairwise(circle):
        assert needed in needs[name]
    assert not circle or circle[0] == circle[-1]


def test_independent_dimensions_keep_their_order() -> None:
    assert order_dimensions({"z": set(), "a": set(), "m": {"a"}}) == ("z", "a", "m")
