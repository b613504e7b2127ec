"""What arrays say instead of a query is what the query says: ranks, and who is no longer there."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from keceng.classify.moves import move_steps
from keceng.classify.rank_pass import rank_rows
from keceng.classify.ranking import Ranking, ranking_steps
from keceng.lake import Step, open_engine, sql
from keceng.measure.norm_pass import norm_rows
from keceng.measure.rhythm import MIN_CATEGORY_CUSTOMERS, rhythm_steps

pytestmark = pytest.mark.slow
NUMBERS = st.one_of(st.integers(-5, 5), st.integers(-(10**12), 10**12))
GROUPS = st.sampled_from(["all", "company", "other_roles", "north", "south"])
MEMBERS = st.lists(st.tuples(GROUPS, NUMBERS), max_size=30)
GRADES = st.dictionaries(st.integers(1, 12), st.one_of(st.none(), st.sampled_from("ABC")), max_size=8)


def asked(steps: list[Step], name: str, order: str, **given_tables: pa.Table) -> list[dict[str, object]]:
    """The rows of the step `name` as DuckDB makes them."""
    engine = open_engine()
    for table, rows in given_tables.items():
        engine.give(table, rows)
    engine.run([step for step in steps if step.name == name])
    found: list[dict[str, object]] = engine.fetch(sql(f"select * from {name} order by {order}")).to_pylist()
    engine.close()
    return found


@given(MEMBERS)
@settings(deadline=None, max_examples=60)
def test_ranks_in_arrays_are_the_ranks_of_the_query(members: list[tuple[str, int]]) -> None:
    names, numbers = [name for name, _ in members], [number for _, number in members]
    groups = pa.table({"peer_group": pa.array(names, pa.string()), "number": pa.array(numbers, pa.int64())})
    steps = ranking_steps(Ranking("value", "judged", sql("spend"), None, None, 1))
    found = rank_rows(groups)
    assert found is not None
    assert found.to_pylist() == asked(steps, "ranks_value", "peer_group, number", groups_value=groups)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 400), st.sampled_from([None, "tea", "rice"])), max_size=12
    ),
    st.integers(1, 3),
)
@settings(deadline=None, max_examples=60)
def test_norms_of_gaps_in_arrays_are_those_of_the_query(
    people: list[tuple[int, int, str | None]], enough: int
) -> None:
    keys = list(range(1, len(people) + 1))
    folded = pa.table(
        {
            "customer_key": pa.array(keys, pa.int64()),
            "gap_count": pa.array([count for count, _, _ in people], pa.int64()),
            "personal_gap": pa.array([gap if count else None for count, gap, _ in people], pa.int64()),
        }
    )
    bought = [(key, category) for key, (_, _, category) in zip(keys, people, strict=True) if key % 4]
    categories = pa.table(
        {
            "customer_key": pa.array([key for key, _ in bought], pa.int64()),
            "main_category": pa.array([category for _, category in bought], pa.string()),
        }
    )
    found = norm_rows(folded, categories, MIN_CATEGORY_CUSTOMERS if enough == 3 else enough)
    assert found is not None
    step = next(step for step in rhythm_steps() if step.name == "gap_norms")
    query = step.query.transform(
        lambda node: exp.Literal.number(enough) if node == exp.Literal.number(MIN_CATEGORY_CUSTOMERS) else node
    ) if enough < 3 else step.query  # fmt: skip
    asked_rows = asked(
        [replace(step, query=query)],
        "gap_norms",
        "main_category nulls first",
        folded=folded,
        main_categories=categories,
    )
    assert sorted(found.to_pylist(), key=lambda row: row["main_category"] or "") == asked_rows


def test_sums_that_may_not_fit_are_left_to_the_query() -> None:
    assert rank_rows(pa.table({"peer_group": ["all"] * 3, "number": [2**61, 2**61, -1]})) is None


@given(GRADES, GRADES)
@settings(deadline=None, max_examples=60)
def test_who_is_no_longer_there_is_found_alike(
    before: dict[int, str | None], now: dict[int, str | None]
) -> None:
    earlier, assigned = (
        pa.table({"customer_key": pa.array(sorted(g), pa.int64()), "grade": pa.array([g[k] for k in sorted(g)], pa.string())})
        for g in (before, now)
    )  # fmt: skip
    step = next(step for step in move_steps() if step.name == "departures")
    assert step.kernel is not None
    found = step.kernel.compute(*(
        table.select(names) for table, names in zip((earlier, assigned), step.kernel.reads.values(), strict=True)
    ))  # fmt: skip
    assert found is not None
    wanted = asked([step], "departures", "customer_key", earlier=earlier, assigned=assigned)
    assert found.to_pylist() == wanted
