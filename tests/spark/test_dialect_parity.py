"""One parity test for each thing that the two dialects write alike and mean differently, or write differently."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pyarrow as pa
import pytest

from keceng.lake import Engine, EngineChoice, open_engine, sql

pytestmark = [pytest.mark.slow, pytest.mark.spark]

AS_SHIPPED = {
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.codegen.factoryMode": "FALLBACK",
}
_BIG = 9_007_199_254_740_991
ROWS = pa.table(
    {
        "id": pa.array(range(8), pa.int64()),
        "a": pa.array([7, -7, 0, None, 5, -_BIG, _BIG, 3], pa.int64()),
        "b": pa.array([2, 2, 3, 4, None, 7, -7, 3], pa.int64()),
        "small": pa.array([1, 2, 3, 4, 5, 6, 7, None], pa.int32()),
        "x": pa.array([0.5, 1.5, 2.5, -0.5, -1.5, None, 1e9, 0.1], pa.float64()),
        "q": pa.array(["1.5", "2.5", "-2.5", None, "0", "7.4999", "-0.5", "10"]).cast(pa.decimal128(18, 4)),
        "day": pa.array([dt.date(2024, 2, 29), dt.date(2026, 6, 30), None, *[dt.date(1999, 12, 31)] * 5]),
        "until": pa.array([dt.date(2024, 3, 1), dt.date(2025, 6, 30), dt.date(2024, 1, 1), *[None] * 5]),
        "flag": pa.array([True, False, None, True, True, False, None, False]),
        "k": pa.array(["甲", "甲", "乙", "乙", None, "a", "A", "b"]),
        "w": pa.array(["O'Neil\\n", "", None, "市北市", "${x} :y", "a%b_c", "İ ΟΔΟΣ Σ", "城镇🙂 \t"]),
        "j": pa.array(['{"tier": "2"}', '{"tier": 3}', "{", None, "[]", "", '{"tier": "2.5"}', '{"a": 1}']),
        "at": pa.array(["2026-06-30 23:59:59.250", None, *["2020-01-01 00:00:00"] * 6]).cast(
            pa.timestamp("us")
        ),
    }
)
SCALARS = (
    "a // b",
    "a // 2",
    "cast(a as hugeint) * 1000 // b",
    "cast(a as hugeint) * cast(a as hugeint) // (cast(b as hugeint) * 1000000007)",
    "a % b",
    "a / nullif(b, 0)",
    "q / 3",
    "cast(a as hugeint) / 7",
    "cast(a as hugeint) * 1000000 - b",
    "1000000 * small * b",
    "cast(x as bigint)",
    "cast(x as hugeint)",
    "cast(q as bigint)",
    "cast(a as double)",
    "cast(round(x) as bigint)",
    "round(x * 3)",
    "day - until",
    "day - 90",
    "until + small",
    "cast(day as varchar)",
    "cast(at as varchar)",
    "cast(q as varchar)",
    "cast(flag as int)",
    "case when day - until > 0 then 10000 * (day - until) end",
    "concat(k, null, a, flag, day)",
    "k || w",
    "concat('¥', format('{:,}', a))",
    "format('{:,}', cast(a as hugeint) * 1000)",
    "cast(concat('0x', substr(md5(coalesce(w, '')), 1, 15)) as bigint)",
    "md5(concat(w, '|', coalesce(cast(a as varchar), '∅')))",
    "lower(trim(w))",
    "replace(w, '市', '')",
    "regexp_replace(w, '市|b', '')",
    "regexp_replace(w, '(市|c)$', '')",
    "regexp_matches(w, '^市|镇')",
    "regexp_matches(w, 'O''NEIL|城', 'i')",
    "w like '%b_c'",
    "starts_with(w, 'O''N')",
    "w = 'O''Neil\\n'",
    "k is distinct from 'a'",
    "k is not distinct from null",
    "k in ('a', '甲')",
    "k not in ('a', null)",
    "greatest(a, b, small)",
    "least(day, until)",
    "greatest(a)",
    "coalesce(small, a, cast(b as hugeint))",
    "case when json_valid(j) then try_cast(j ->> '$.tier' as bigint) end",
    "json_valid(j)",
    "ln(1 + abs(x)) / ln(6)",
    "cast(round(1000000 * exp(-abs(x) / 30)) as bigint)",
    "cast(round(1e9 * power(2, -cast(small as double) / 30)) as bigint)",
    "a between 0 and 7",
    "not flag or flag is null",
)
QUERIES = {
    "sums are wide": "select k, sum(a) * 1000000000 as s, sum(small) as i, sum(q) as d from t group by k",
    "sums of part": "select sum(a) filter (where flag) as s, count(*) filter (where flag) as n, "
    "count(distinct k) filter (where a > 0) as d from t",
    "an exact mean": "select avg(a) as m, avg(a - 1) filter (where a < 100) as f, avg(x) as x, avg(a) filter (where false) as n from t",
    "order statistics": "select k, quantile_disc(a, 0.5) as m, quantile_disc(b, 0.75) as u from t group by k",
    "order statistics of part": "select quantile_disc(a, 0.7) filter (where flag) as m from t",
    "order statistics in a window": "select id, quantile_disc(b, 0.5) over (partition by k) as m from t",
    "the latest known": "select k, arg_max(a, id) as l, arg_max(a, id) filter (where flag) as f from t group by k",
    "ranks and numbers": "select id, row_number() over (order by k, id) as n, dense_rank() over (order by a desc) as d, "
    "1000000000 * row_number() over (order by id desc) as big from t",
    "running sums with ties": "select id, sum(b) over (order by k range between unbounded preceding and current row) as u, "
    "sum(b) over (partition by k) as tied, count(*) over () as n from t",
    "part of a window": "select id, sum(a) filter (where flag) over (partition by k) as s, "
    "count(*) filter (where flag) over () as n from t",
    "the sum of sums": "select k, sum(sum(b)) over () as s, 10000 * sum(b) // sum(sum(b)) over () as p from t group by k",
    "the one before": "select id, day - lag(day) over (order by id) as gap from t",
    "distinct on": "select distinct on (k) k, id from t order by k, id desc",
    "nulls last": "select id from t order by k, a desc, id limit 5",
    "words in order": "select min(k) as first, max(k) as last, min(w) as least from t",
    "all but some": "select t.* exclude (x, q), b as c from t",
    "a name within its list": "select a + 1 as c, c * 2 as d, c - 1 as e from t",
    "pairs counted": "select count(distinct (k, flag)) as n, bool_or(flag) as some from t",
    "values as a table": "select l.word, t.id from (values (0, '零'), (1, null), (5, 'it''s')) as l(n, word) "
    "left join t on t.id = l.n",
    "joined by name": "select * from t join (select id, a as other from t where a > 0) as o using (id)",
    "a full join": "select coalesce(l.id, r.id) as id, l.a, r.b from (select * from t where id < 4) as l "
    "full join (select * from t where id > 2) as r on l.id = r.id",
    "none of them": "select id from t where not exists (select 1 from t as o where o.a = t.b and o.id <> t.id)",
    "names before": "with some as (select * from t where flag), counted as (select k, count(*) as n from some group by all) "
    "select counted.*, (select sum(b) from some) as s from counted",
    "names that recur": "with recursive up as (select 1 as n union all select n + 1 from up where n < 9) select n from up",
    "unions by name": "select * from (select 1 as a, k from t union all by name select id, a from t "
    "union all by name select cast(7 as hugeint) as h, 'x' as k) as u",
    "conditions counted": "select count_if(a > 3) as n, count_if(flag is null) as u from t",
    "sets": "select k from t union select null union select 'neu'",
    "something is left": "select k, sum(b) as s from t group by k having sum(b) > 3",
    "days moved and compared": "select id from t where day > date '2024-03-01' - 3 and until + 1 >= date '2024-01-02'",
    "pieces of decimals": "select sum(q) as s, min(q) as l, sum(q) * 100 as h, cast(sum(q * 100) as bigint) as c from t",
}


@pytest.fixture(scope="module")
def engines(spark: EngineChoice) -> Iterator[tuple[Engine, Engine]]:
    both = open_engine(), open_engine(choice=spark)
    for name, setting in AS_SHIPPED.items():
        both[1]._session.conf.set(name, setting)  # type: ignore[attr-defined]
    for engine in both:
        engine.give("t", ROWS)
    yield both
    for engine in both:
        engine.close()


def rows_of(engine: Engine, text: str) -> tuple[pa.Schema, list[object]]:
    found = engine.fetch(sql(text))
    rows: list[object] = [tuple(row.values()) for row in found.to_pylist()]
    return found.schema, rows if "order by k, a desc" in text else sorted(rows, key=repr)


@pytest.mark.parametrize("scalar", SCALARS)
def test_a_value_is_the_same_on_both_engines(engines: tuple[Engine, Engine], scalar: str) -> None:
    ours, theirs = (rows_of(engine, f"select id, {scalar} as v from t") for engine in engines)
    assert any(row[1] is not None for row in ours[1])  # type: ignore[index]
    assert theirs == ours


@pytest.mark.parametrize("name", QUERIES)
def test_a_table_is_the_same_on_both_engines(engines: tuple[Engine, Engine], name: str) -> None:
    ours, theirs = (rows_of(engine, QUERIES[name]) for engine in engines)
    assert ours[1]
    assert theirs == ours


@pytest.mark.parametrize("share", ["0.5", "0.7", "0.75", "0.9"])
def test_an_order_statistic_is_the_same_at_every_number_of_rows(
    engines: tuple[Engine, Engine], share: str
) -> None:
    sizes = pa.table(
        {"n": [n for n in range(1, 121) for _ in range(n)], "v": [v for n in range(1, 121) for v in range(n)]}
    )
    for engine in engines:
        engine.give("sizes", sizes)
    ours, theirs = (
        rows_of(engine, f"select n, quantile_disc(v, {share}) as s from sizes group by n")
        for engine in engines
    )
    assert len(ours[1]) == 120
    assert theirs == ours


def test_what_overflows_is_an_error_and_never_another_number(engines: tuple[Engine, Engine]) -> None:
    too_large = pa.table({"v": pa.array([Decimal(9) * 10**37], pa.decimal128(38, 0))})
    for engine in engines:
        engine.give("wide", too_large)
        with pytest.raises(Exception, match=r"(?i)overflow|out of range|NUMERIC_VALUE_OUT_OF_RANGE"):
            engine.fetch(sql("select cast(v as hugeint) * 1000 // 3 as w from wide"))
