"""Numbers brought in order by their digits, found by a hash of them and packed in bits are what NumPy and Python say."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from keceng.lake import Step, in_order, open_engine, sorting, sql
from keceng.lake.number_index import NumberIndex
from keceng.lake.vector_engine import VectorEngine
from keceng.lake.vectors import looking_up
from keceng.vocabulary import Text

pytestmark = pytest.mark.slow
NUMBERS = st.one_of(st.integers(-20, 20), st.integers(-(2**33), 2**33), st.integers(-(2**63), 2**63 - 1))
TITLE = Text("试", "try")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(NUMBERS, min_size=1, max_size=60))
@example([2**31, 0, 2**32 - 1])
@example([2**32, 0])
@example([7] * 9)
def test_numbers_come_in_order(monkeypatch: pytest.MonkeyPatch, numbers: list[int]) -> None:
    monkeypatch.setattr(sorting, "_MANY", 1)
    assert in_order(np.array(numbers, dtype=np.int64)).tolist() == sorted(numbers)


@settings(max_examples=80, deadline=None)
@given(st.lists(NUMBERS, unique=True, max_size=60), st.lists(NUMBERS, max_size=60))
def test_a_number_is_found_where_it_stands(numbers: list[int], others: list[int]) -> None:
    asked = [*others, *numbers]
    places, has = NumberIndex(np.array(numbers, dtype=np.int64)).find(np.array(asked, dtype=np.int64))
    stands = {number: place for place, number in enumerate(numbers)}
    assert has.tolist() == [number in stands for number in asked]
    assert places.tolist() == [stands.get(number, 0) for number in asked]


GROUPS = ("all", "零售", "other")
KEYED = st.tuples(st.sampled_from(GROUPS), st.integers(-4, 4))
CELLS = st.tuples(st.one_of(st.none(), st.sampled_from(GROUPS)), st.one_of(st.none(), st.integers(-5, 5)))


def joined(people: pa.Table, ranks: pa.Table, on: str, *, by_columns: bool) -> list[dict[str, object]]:
    engine = VectorEngine() if by_columns else open_engine()
    engine.give("people", people)
    engine.give("ranks", ranks)
    units = sql("select customer_key, customer_key as unit_key from people")
    query = sql(f"""
        select p.customer_key, r.upto, r.worth, r.word, r.upto + 1 as more, r.word is null as lacks
        from people as p left join ranks as r on {on}
        """)
    engine.run([Step("units", units, TITLE), Step("found", query, TITLE)])
    found = [*engine.fetch(sql("select * from found order by customer_key")).to_pylist()]
    assert not isinstance(engine, VectorEngine) or "found" in engine.column_relations
    engine.close()
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(KEYED, unique=True, max_size=20),
    st.lists(CELLS, min_size=1, max_size=40),
    st.sampled_from(["r.peer_group = p.peer_group and r.number = p.number", "r.number = p.number"]),
    st.sampled_from([0, 10_000]),
)
def test_a_join_finds_what_the_query_finds(
    monkeypatch: pytest.MonkeyPatch, keyed: list[tuple[str, int]], cells: list[tuple[str | None, int | None]],
    on: str, many: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(looking_up, "_MANY", many)
    rows = (
        keyed if "peer_group" in on else list({number: (group, number) for group, number in keyed}.values())
    )
    ranks = pa.table(
        {
            "peer_group": pa.array([group for group, _ in rows], pa.string()),
            "number": pa.array([number for _, number in rows], pa.int64()),
            "upto": pa.array(range(len(rows)), pa.int64()),
            "worth": pa.array([7] * len(rows), pa.int64()),
            "word": pa.array([None if n < 0 else str(n) for _, n in rows], pa.string()),
        }
    )
    people = pa.table(
        {
            "customer_key": pa.array(range(10, 10 + len(cells)), pa.int64()),
            "peer_group": pa.array([group for group, _ in cells], pa.string()),
            "number": pa.array([number for _, number in cells], pa.int64()),
        }
    )
    assert joined(people, ranks, on, by_columns=True) == joined(people, ranks, on, by_columns=False)
