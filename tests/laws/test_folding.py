"""One compiled pass over the purchase days gives the sums and gaps that the query gives."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keceng.collect import LEDGER, PURCHASE_DAY
from keceng.lake import NotInOrderError, Step, open_engine, sql
from keceng.measure import Frame, measure_steps

pytestmark = pytest.mark.slow
AS_OF = dt.date(2026, 6, 30)
EPOCH = dt.date(1970, 1, 1).toordinal()
FRAME = Frame(AS_OF, 365)
FEWER = ("spend", "order_count", "gap_count", "personal_gap", "last_purchase_on")
DAYS = st.one_of(st.integers(-800, 20), st.integers(-3, 3))


@st.composite
def rows(draw: st.DrawFn) -> pa.Table:
    """Days of a few customers; a day may stand twice, once with orders that were returned later."""
    keys = st.tuples(st.integers(1, 4), DAYS, st.one_of(st.none(), DAYS))
    drawn = sorted(
        draw(st.sets(keys, max_size=40)), key=lambda k: (k[0], k[1], k[2] if k[2] is not None else 10**6)
    )
    amounts = st.integers(0, 10**12)
    made = [
        {
            "customer_key": key,
            "day": AS_OF + dt.timedelta(days=day),
            "void_on": None if void is None else AS_OF + dt.timedelta(days=void),
            "orders": draw(st.integers(0, 3)),
            "gross": draw(amounts),
            "net": draw(amounts) - draw(amounts),
            "returned": draw(amounts),
        }
        for key, day, void in drawn
    ]
    return pa.Table.from_pylist(made, PURCHASE_DAY.arrow_schema)


def folded_step() -> tuple[list[Step], Step]:
    steps = measure_steps(FRAME)
    place = next(k for k, step in enumerate(steps) if step.name == "folded")
    return steps[:place], steps[place]


def in_pieces(table: pa.Table, size: int, columns: Sequence[str] | None = None) -> list[pa.RecordBatch]:
    step = folded_step()[1]
    assert step.fold is not None
    rows = table.select(step.fold.columns if columns is None else columns)
    batches: list[pa.RecordBatch] = rows.combine_chunks().to_batches(max_chunksize=size)
    return batches


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(rows(), st.integers(1, 7))
def test_the_pass_is_the_query(table: pa.Table, size: int) -> None:
    before, step = folded_step()
    assert step.fold is not None
    engine = open_engine()
    for declared in LEDGER:
        engine.give(declared.name, declared.arrow_schema.empty_table())
    engine.give("purchase_day", table)
    engine.give("customers", pa.table({"customer_key": list(range(1, 5)), "first_seen_on": [None] * 4}).cast(
        pa.schema([("customer_key", pa.int64()), ("first_seen_on", pa.date32())])
    ))  # fmt: skip
    engine.run([*before, replace(step, fold=None)])
    expected = engine.fetch(sql("select * from folded order by customer_key"))
    engine.close()
    passed = pa.Table.from_batches(step.fold.compute(in_pieces(table, size)))
    for name in expected.column_names:
        assert passed[name].to_pylist() == expected[name].to_pylist(), name
    assert step.fold.few is not None
    whole = table.select(step.fold.columns).combine_chunks().to_batches()
    few = pa.Table.from_batches(map(step.fold.few, whole), passed.schema)
    assert few.equals(passed)
    assert step.fold.narrowed is not None
    fewer = step.fold.narrowed(frozenset(FEWER))
    passed = pa.Table.from_batches(fewer.compute(in_pieces(table, size, fewer.columns)))
    assert set(passed.column_names) == set(expected.column_names)
    for name in FEWER:
        assert passed[name].to_pylist() == expected[name].to_pylist(), name


def test_rows_out_of_order_are_refused() -> None:
    day = {"void_on": None, "orders": 1, "gross": 1, "net": 1, "returned": 0, "day": AS_OF}
    table = pa.Table.from_pylist([{"customer_key": k, **day} for k in (2, 1)], PURCHASE_DAY.arrow_schema)
    step = folded_step()[1]
    assert step.fold is not None
    with pytest.raises(NotInOrderError):
        list(step.fold.compute(in_pieces(table, 10)))


def test_sums_beyond_64_bits_are_refused() -> None:
    day = {"void_on": None, "orders": 1, "gross": 2**62, "net": 1, "returned": 0}
    table = pa.Table.from_pylist(
        [{"customer_key": 1, "day": AS_OF - dt.timedelta(days=k), **day} for k in (3, 2, 1)],
        PURCHASE_DAY.arrow_schema,
    )
    step = folded_step()[1]
    assert step.fold is not None
    with pytest.raises(NotInOrderError):
        list(step.fold.compute(in_pieces(table, 10)))


@pytest.mark.parametrize("longest", [30, 500, 40_000])
def test_the_middle_gap_of_many_days(longest: int) -> None:
    step = folded_step()[1]
    assert step.fold is not None
    picked = random.Random(longest)
    gaps = [[picked.randint(1, longest) for _ in range(count)] for count in range(60)]
    days = [
        AS_OF.toordinal() - EPOCH - total for each in gaps for total in (*reversed([*accumulate(each)]), 0)
    ]
    nothing, ones = pa.repeat(pa.scalar(0), len(days)), pa.repeat(pa.scalar(1), len(days))
    keys = pa.array([key for key, each in enumerate(gaps) for _ in range(len(each) + 1)])
    told = {
        "customer_key": keys,
        "day": pa.array(days, pa.int32()).view(pa.date32()),
        "orders": ones,
        "lines": ones,
    }
    table = pa.table(told | dict.fromkeys(("net", "gross", "returned"), nothing))
    passed = pa.Table.from_batches(step.fold.compute(in_pieces(PURCHASE_DAY.conform(table), 100)))
    assert passed["gap_count"].to_pylist() == [len(each) for each in gaps]
    assert passed["personal_gap"].to_pylist() == [sorted(e)[(len(e) - 1) // 2] if e else None for e in gaps]
    assert passed["latest_gap"].to_pylist() == [each[0] if each else None for each in gaps]
