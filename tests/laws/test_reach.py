"""A class that is said to be out of reach really is: no row of numbers, however random, ever gets it."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keceng.standard import Rules, evaluate_condition, lint_standard
from tests.laws.conditions import SCOPE, random_row, written
from tests.laws.test_ladders import ladder

LAWS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SIGNS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
LINES = st.sampled_from(["0", "1", "2", "3", "0.5", "10"])
NARROW = st.one_of(
    written(
        "{name} {sign} {line}", name=st.sampled_from(["orders", "spend", "refunds"]), sign=SIGNS, line=LINES
    ),
    written(
        "state {sign} '{code}'", sign=st.sampled_from(["=", "<>"]), code=st.sampled_from(["new", "lost"])
    ),
    st.sampled_from(["related", "not related", "spend is null", "orders is not null", "spend > margin"]),
    written("orders {no}between {a} and {b}", no=st.sampled_from(["", "not "]), a=LINES, b=LINES),
)
CONDITIONS = st.recursive(
    NARROW,
    lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
        lambda parts: f"({' '.join(parts)})"
    ),
    max_leaves=5,
)


@LAWS
@given(CONDITIONS, CONDITIONS, st.integers(0, 2**32))
def test_nobody_ever_gets_a_class_that_is_said_to_be_out_of_reach(first: str, second: str, seed: int) -> None:
    standard = ladder(first, second)
    lost = {
        (p.place.path or "").removesuffix(".when").rpartition(".")[2]
        for p in lint_standard(standard, SCOPE)
        if p.code == "lint.unreachable"
    }
    assert isinstance(standard.grade.method, Rules)
    rng = random.Random(seed)
    for _ in range(60 if lost else 0):
        row = random_row(rng)
        met = [
            rule.class_id
            for rule in standard.grade.method.rules
            if rule.when is None or evaluate_condition(rule.when, row) is True
        ]
        assert met[0] not in lost, (first, second, row)


def test_the_law_meets_classes_out_of_reach_at_all() -> None:
    found = lint_standard(ladder("orders > 1", "orders > 2 and related"), SCOPE)
    assert "lint.unreachable" in {p.code for p in found}
