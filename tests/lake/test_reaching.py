"""Of a step by a fold, what no reader of the plan comes to by name is not made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyarrow as pa
import pytest

from keceng.lake import Column, Fold, Step, Storage, Table, narrow_folds, sql
from keceng.vocabulary import Text

NONE = Text("", "")
DAYS = Table("days", NONE, ("key",), (Column("key", Storage.INTEGER),))


def nothing(_batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield from ()


def folded_with(told: list[frozenset[str]]) -> Step:
    fold = Fold(DAYS, ("key",), nothing, sql("select 0 as key where false"))

    def narrowed(names: frozenset[str]) -> Fold:
        told.append(names)
        return fold

    return Step("sums", sql("select 1 as key"), NONE, fold=replace(fold, narrowed=narrowed))


def reached(*texts: str) -> frozenset[str] | None:
    """Names that reach the last of a few steps."""
    told: list[frozenset[str]] = []
    steps = [Step(f"step_{place}", sql(text), NONE) for place, text in enumerate(texts)]
    narrow_folds([folded_with(told), *steps], {steps[-1].name})
    return told[0] if told else None


@pytest.mark.parametrize(
    ("texts", "needed", "unneeded"),
    [
        (("select key, a + b as ab, c as d from sums", "select key, ab from step_0"), {"a", "b"}, {"c"}),
        (("select *, c * 2 as twice from sums", "select key, a from step_0"), {"a"}, {"c", "b"}),
        (("select * from (select key, a as x, b as y from sums) as t where y > 0", "select x from step_0"), {"a", "b"}, {"c"}),
        (("with t as (select key, a as x, b as y from sums) select key, x from t", "select x from step_0"), {"a"}, {"b", "y"}),
        (("select distinct a as x, b as y from sums", "select x from step_0"), {"a", "b"}, {"c"}),
        (("select key from sums where a in (select b from sums) order by c",), {"a", "b", "c"}, {"d"}),
        (("with t(x, y) as (select a as u, b as w from sums) select x from t",), {"a", "b"}, {"c"}),
        (("select a as x from sums union all select b as y from sums", "select x from step_0"), {"a", "b"}, {"c"}),
    ],
)  # fmt: skip
def test_names_that_reach_a_reader(texts: tuple[str, ...], needed: set[str], unneeded: set[str]) -> None:
    names = reached(*texts)
    assert names is not None
    assert needed <= names
    assert not unneeded & names


@pytest.mark.parametrize(
    "texts",
    [
        ("select *, a + b as ab from sums",),
        ("select * from sums", "select * from step_0"),
        ("select * from sums union all select * from sums", "select a from step_0"),
    ],
)
def test_where_any_column_may_be_read_all_are_made(texts: tuple[str, ...]) -> None:
    assert reached(*texts) is None
