"""What arrays say instead of a query is what the query says: ranks, and who is no longer there."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keceng.classify.moves import move_steps
from keceng.classify.rank_pass import rank_rows
from keceng.classify.ranking import Ranking, ranking_steps
from keceng.lake import Step, open_engine, sql

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
