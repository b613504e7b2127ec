"""The one-row judge and the engine give the same grade, classes and published numbers, on random measured tables."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keceng.classify import EMPTY_STANDINGS, FrozenRanking, Judge, class_steps
from keceng.collect import DECISIONS
from keceng.lake import Engine, column, open_engine, sql
from keceng.measure import catalogue
from keceng.standard import CumulativeShare, Dimension, Quantiles, Standard, find_standard, list_templates
from tests.laws.test_classification import (
    METHODS,
    Row,
    as_table,
    invent_row,
    ladder,
    measures_of,
)

AS_OF = dt.date(2026, 6, 30)
CATALOGUE = catalogue()


def laid(rows: Sequence[Row], standard: Standard) -> Engine:
    engine = open_engine()
    measured = as_table(rows, measures_of(standard))
    engine.give("measured", measured)
    engine.give("decisions", DECISIONS.arrow_schema.empty_table())
    engine.give("standings", EMPTY_STANDINGS)
    keys = measured["customer_key"]
    engine.give("units", pa.table({"customer_key": keys, "unit_key": keys}))
    engine.run(class_steps(standard, AS_OF))
    return engine


def judge_of(engine: Engine, standard: Standard) -> Judge:
    cuts = {
        (d.id, row["peer_group"], class_id): row[f"cut_{k}"]
        for d in resolved(standard)
        for row in engine.fetch(sql("select * from :cuts", cuts=column(f"cuts_{d.id}"))).to_pylist()
        for k, class_id in enumerate(d.class_ids[:-1])
    }
    return Judge(
        standard,
        cuts,
        lambda i: FrozenRanking(engine.fetch(sql("select * from :ranks", ranks=column(f"ranks_{i}")))),
    )


def resolved(standard: Standard) -> list[Dimension]:
    return [
        d for d in (*standard.dimensions, standard.grade) if isinstance(d.method, Quantiles | CumulativeShare)
    ]


def differences(judge: Judge, row: Mapping[str, object], standard: Standard) -> list[str]:
    verdict = judge.judge(row, complete=True)  # type: ignore[arg-type]
    names = [n for d in standard.dimensions for n in (d.id, *(m.name for m in d.published))]
    names += [part for d in standard.dimensions for m in d.published for part in m.exact or ()]
    told = {name: verdict.columns.get(name) for name in names if name in row}
    wrong = [f"{n}: {row[n]} but {told[n]}" for n in told if row[n] != told[n]]
    if verdict.grade != row["grade_by_rules"] or verdict.excluded_as != row["excluded_as"]:
        wrong.append(f"grade: {row['grade_by_rules']} but {verdict.grade}")
    return wrong


def check_all(rows: Sequence[Row], standard: Standard) -> None:
    engine = laid(rows, standard)
    try:
        judge = judge_of(engine, standard)
        for row in engine.fetch(sql("select * from coded order by customer_key")).to_pylist():
            assert not differences(judge, row, standard), row["customer_key"]
    finally:
        engine.close()


@pytest.mark.parametrize("template", list_templates())
@settings(max_examples=2)
@given(seed=st.integers(0, 2**32), size=st.sampled_from([1, 45, 110]))
def test_the_judge_agrees_with_the_engine_on_every_template(template: str, seed: int, size: int) -> None:
    standard = find_standard(template, CATALOGUE)
    chance = random.Random(seed)
    check_all([invent_row(k, measures_of(standard), chance) for k in range(size)], standard)


@pytest.mark.parametrize("method", list(METHODS))
@settings(max_examples=2)
@given(
    amounts=st.lists(st.integers(-100_000, 10_000_000), min_size=1, max_size=150),
    policy=st.sampled_from(["", "tie_policy: down", "small_data: off"]),
)
def test_the_judge_agrees_with_the_engine_on_every_method(
    method: str, amounts: list[int], policy: str
) -> None:
    standard = ladder(method, "" if method in {"bands", "scorecard"} else policy)
    check_all(
        [
            {"customer_key": k, "spend": a, "tenure_days": 400, "history_days": 400}
            for k, a in enumerate(amounts)
        ],
        standard,
    )
