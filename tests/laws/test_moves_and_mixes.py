"""Laws of what compares two results: heads are conserved, order never matters, a mix against itself has not shifted."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keceng.classify import GONE, NEW
from keceng.evaluate import compare_characteristics, compare_mixes, describe_classes, migration_matrix
from keceng.lake import Lake
from keceng.loop import read_standard
from tests.evaluate.run_books import graded_table, store_run

RETAIL = read_standard("retail")
MIXES = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 500))
GRADES = st.dictionaries(
    st.integers(1, 12),
    st.tuples(st.sampled_from(["A", "B", "C", None]), st.integers(-500, 5_000)),
    max_size=12,
)


@given(before=MIXES, after=MIXES)
def test_a_shift_is_never_negative_and_the_same_both_ways(
    before: dict[str, int], after: dict[str, int]
) -> None:
    there, back = compare_mixes(before, after), compare_mixes(after, before)
    if not sum(before.values()) or not sum(after.values()):
        assert there.psi is None
        return
    assert there.psi is not None
    assert there.distance is not None
    assert there.psi >= -1e-12
    assert 0 <= there.distance <= 1 + 1e-12
    assert there.psi == pytest.approx(back.psi)
    assert there.distance == pytest.approx(back.distance)
    assert compare_mixes(before, before).psi == pytest.approx(0)


@given(mix=MIXES, times=st.integers(2, 9))
def test_the_size_of_a_company_is_no_shift(mix: dict[str, int], times: int) -> None:
    found = compare_mixes(mix, {cell: n * times for cell, n in mix.items()})
    assert found.psi is None or found.psi == pytest.approx(0)
    assert not found.is_shifted


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake.create(tmp_path_factory.mktemp("laws") / "lake")


@settings(max_examples=12)
@given(before=GRADES, after=GRADES)
def test_the_matrix_conserves_heads_and_sales(
    lake: Lake,
    before: Mapping[int, tuple[str | None, int]],
    after: Mapping[int, tuple[str | None, int]],
) -> None:
    runs = [
        store_run(
            lake,
            [{"customer_key": k, "unit_key": k, "grade": g, "spend": s} for k, (g, s) in side.items()],
            dt.date(2026, 6, 30),
        )
        for side in (before, after)
    ]
    found = migration_matrix(lake.snapshot(), *runs)
    assert sum(cell.heads for cell in found.cells.values()) == len({*before, *after})
    assert sum(found.heads_from(s) for s in found.from_states if s != NEW) == len(before)
    assert sum(found.heads_to(s) for s in found.to_states if s != GONE) == len(after)
    assert sum(c.before_cents for c in found.cells.values()) == sum(s for _, s in before.values())
    assert sum(c.after_cents for c in found.cells.values()) == sum(s for _, s in after.values())


def test_the_order_of_the_rows_changes_nothing() -> None:
    random.seed(3)
    rows: list[dict[str, object]] = [
        {
            "customer_key": k,
            "unit_key": k,
            "grade": random.choice("ABC"),
            "spend": random.randrange(10**12),
            "current_value": random.randrange(-(10**12), 10**12),
            "city": random.choice("xyz"),
        }
        for k in range(200)
    ]
    tables = [graded_table(rows)]
    random.shuffle(rows)
    tables.append(graded_table(rows))
    assert describe_classes(tables[0], RETAIL) == describe_classes(tables[1], RETAIL)
    assert compare_characteristics(tables[0], RETAIL) == compare_characteristics(tables[1], RETAIL)
