"""What an engine of columns answers from what it has at hand is what DuckDB says, rows and types."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from keceng.lake import Step, open_engine, sql
from keceng.lake.duck import DuckEngine
from keceng.vocabulary import Text

KNOWN = pa.table(
    {
        "customer_key": pa.array([3, 1, 2, 9], pa.int64()),
        "city": pa.array(["南京", None, "上海", "南京"]).dictionary_encode(),
        "seen_on": pa.array([dt.date(2026, 1, day) for day in (1, 2, 3, 4)], pa.date32()),
        "score": pa.array([5, None, 7, 8], pa.int32()),
        "is_open": pa.array([True, False, None, True]),
    }
)
GRADES = pa.table({"customer_key": pa.array([1, 2, 5], pa.int64()), "grade": pa.array(["A", None, "B"])})
UNITS = "select customer_key, customer_key as unit_key from known where seen_on <= date '2026-01-03'"
GRADED = "select u.customer_key, g.grade, k.city from units as u left join known as k using (customer_key) left join grades as g using (customer_key)"
ASKED = (
    "select * from known order by customer_key",
    "select city, score from known where score > 5 order by customer_key",
    "select customer_key, seen_on from known where is_open order by customer_key",
    "select customer_key, city from known order by customer_key",
    "select * from grades order by customer_key",
    "select * from units order by customer_key",
    "select customer_key, grade, city from graded order by customer_key",
    "select customer_key, city from graded where grade is not null order by customer_key",
    "select g.customer_key, g.grade from grades as g left join units as u using (customer_key) order by g.customer_key",
    "select distinct city from graded order by city",
)


def engine_with_rows(*, by_columns: bool) -> DuckEngine:
    engine = open_engine(by_columns=by_columns)
    assert isinstance(engine, DuckEngine)
    engine.give("known", KNOWN)
    engine.give("grades", GRADES)
    title = Text("一步", "a step")
    engine.run([Step("units", sql(UNITS), title), Step("graded", sql(GRADED), title)])
    return engine


@pytest.mark.parametrize("query", ASKED)
def test_what_is_at_hand_is_told_as_duckdb_tells_it(query: str) -> None:
    one, other = engine_with_rows(by_columns=True), engine_with_rows(by_columns=False)
    found, wanted = one.fetch(sql(query)), other.fetch(sql(query))
    one.close()
    other.close()
    assert found.equals(wanted.cast(found.schema))
    assert found.schema.types == wanted.schema.types


def test_duckdb_is_not_opened_for_what_is_at_hand() -> None:
    engine = engine_with_rows(by_columns=True)
    engine.fetch(sql(ASKED[6]))
    assert "_connection" not in vars(engine)
    engine.fetch(sql(ASKED[-1]))
    assert "_connection" in vars(engine)
    engine.close()
