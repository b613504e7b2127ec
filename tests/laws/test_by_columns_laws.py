"""Whatever a plan asks row by row, vectors and DuckDB answer alike; where vectors cannot, DuckDB answers for them."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from keceng.lake import Step, open_engine, sql
from keceng.lake.vector_engine import VectorEngine
from keceng.standard import Stored, blocking_leaf_sql, condition_sql, supporting_leaves_sql
from keceng.vocabulary import Text
from tests.laws.conditions import BOUND, condition_texts, random_row
from tests.laws.test_conditions import measured_table, parsed

pytestmark = pytest.mark.slow
ROWS = 60
TITLE = Text("试", "try")


def small(row: dict[str, Stored]) -> dict[str, Stored]:
    """The same row with amounts that any product of two fits."""
    return {
        name: 1_000_000 if isinstance(cell, int) and cell >= BOUND else -1_000_000 if cell == -BOUND else cell
        for name, cell in row.items()
    }


def answered(rows: pa.Table, query: exp.Expr, *, by_columns: bool) -> tuple[pa.Table, bool]:
    """The rows of `query`, and whether vectors gave them."""
    engine = VectorEngine() if by_columns else open_engine()
    engine.give("measured", rows)
    units = sql("select customer_key, customer_key as unit_key from measured")
    engine.run([Step("units", units, TITLE), Step("judged", query, TITLE)])
    found = engine.fetch(sql("select * from judged order by customer_key"))
    is_by_vectors = isinstance(engine, VectorEngine) and "judged" in engine.column_relations
    engine.close()
    return found, is_by_vectors


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(condition_texts(), st.integers(0, 2**32))
@example("(spend > 0 and state = 'lost') or not (share <= 0.6)", 2)
@example("spend * share >= margin", 1)
def test_conditions_and_reason_codes_are_the_same(text: str, seed: int) -> None:
    condition, rng = parsed(text), random.Random(seed)
    drawn = [random_row(rng) for _ in range(ROWS)]
    rows = measured_table([small(row) for row in drawn] if seed % 2 == 0 else drawn)
    rows = rows.append_column("customer_key", pa.array(rng.sample(range(10 * ROWS), ROWS)))
    query = exp.select(
        "customer_key",
        exp.alias_(condition_sql(condition, "measured"), "holds"),
        exp.alias_(blocking_leaf_sql(condition), "blocking"),
        exp.alias_(supporting_leaves_sql(condition), "supporting"),
    ).from_("measured")
    expected, _ = answered(rows, query, by_columns=False)
    found, _ = answered(rows, query, by_columns=True)
    assert found.to_pylist() == expected.to_pylist()


def test_vectors_answer_what_they_can() -> None:
    rows = pa.table({"customer_key": [2, 1, 3], "spend": [100, None, 300], "state": ["lost", None, "new"]})
    query = sql(
        """
        select customer_key, case when spend > 100 and state <> 'lost' then 'A' when spend is null then null else 'B' end as grade,
          concat(state, '#', cast(spend // 7 as varchar)) as code, min(spend) over () as least_spend
        from measured
        """
    )
    found, is_by_vectors = answered(rows, query, by_columns=True)
    assert is_by_vectors
    assert found.to_pylist() == answered(rows, query, by_columns=False)[0].to_pylist()


def test_what_64_bits_may_not_hold_is_answered_by_the_engine() -> None:
    rows = pa.table({"customer_key": [1, 2], "spend": [2**62, 5]})
    query = sql("select customer_key, cast(spend as hugeint) * 1000 > 7 as holds from measured")
    found, is_by_vectors = answered(rows, query, by_columns=True)
    assert not is_by_vectors
    assert found["holds"].to_pylist() == [True, True]
