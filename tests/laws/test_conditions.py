"""One condition, two readings: the engine over all rows and the evaluator over one row always agree."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, reject, settings
from hypothesis import strategies as st
from sqlglot import exp

from keceng.standard import (
    Condition,
    Stored,
    blocking_leaf,
    blocking_leaf_sql,
    condition_sql,
    describe_condition,
    evaluate_condition,
    leaf_sql,
    parse_condition,
    supporting_leaves,
    supporting_leaves_sql,
)
from keceng.vocabulary import KecengError, Problem
from tests.laws.conditions import SCOPE, condition_texts, random_row

ROWS_PER_EXAMPLE = 60
LAWS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
ARROW_TYPES = {bool: pa.bool_(), int: pa.int64(), str: pa.string(), dt.date: pa.date32()}


def parsed(text: str) -> Condition:
    """The condition, or another example: only what could overflow may be refused, all these texts are well typed."""
    try:
        return parse_condition(text, SCOPE)
    except KecengError as error:
        if {problem.code for problem in error.problems} == {"condition.too_large"}:
            reject()
        raise


def measured_table(rows: Sequence[dict[str, Stored]]) -> pa.Table:
    columns = {}
    for name in rows[0]:
        cells = [row[name] for row in rows]
        known = {type(cell) for cell in cells if cell is not None} or {int}
        columns[name] = pa.array(cells, ARROW_TYPES[known.pop()])
    return pa.table(columns)


def asked_of_engine(
    rows: Sequence[dict[str, Stored]], *questions: exp.Expression
) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        connection.register(
            "measured", measured_table(rows).append_column("row_no", pa.array(range(len(rows))))
        )
        query = exp.select(*questions).from_("measured").order_by("row_no")
        answers: list[tuple[object, ...]] = connection.sql(query.sql("duckdb")).fetchall()
        return answers


@LAWS
@given(condition_texts(), st.integers(0, 2**32))
def test_the_engine_and_the_evaluator_give_every_row_the_same_answer(text: str, seed: int) -> None:
    condition = parsed(text)
    rng = random.Random(seed)
    rows = [random_row(rng) for _ in range(ROWS_PER_EXAMPLE)]
    answers = asked_of_engine(
        rows,
        condition_sql(condition, "measured"),
        blocking_leaf_sql(condition),
        supporting_leaves_sql(condition),
        *(leaf_sql(leaf) for leaf in condition.leaves),
    )
    for row, (met, blocking, supporting, *leaves) in zip(rows, answers, strict=True):
        assert met is evaluate_condition(condition, row), (text, row)
        assert blocking == blocking_leaf(condition, row)
        assert supporting == (",".join(map(str, supporting_leaves(condition, row))) or None)
        assert (blocking is None) is (met is True)
        for leaf, answer in zip(condition.leaves, leaves, strict=True):
            alone = Condition(str(leaf.node), leaf.node)
            assert answer is evaluate_condition(alone, row)
        if blocking is not None:
            assert leaves[blocking] is not True
        assert all(leaves[int(index)] is True for index in (supporting or "").split(",") if index)


@LAWS
@given(condition_texts())
def test_a_printed_condition_reads_back_to_the_same_tree(text: str) -> None:
    condition = parsed(text)
    assert parse_condition(str(condition), SCOPE).tree == condition.tree


@LAWS
@given(condition_texts())
def test_every_condition_can_be_said_in_both_languages(text: str) -> None:
    words = describe_condition(parsed(text), SCOPE)
    assert words.zh
    assert words.en


@LAWS
@example("--")
@given(st.text(max_size=60) | st.text(alphabet="ab spend><=()'\";-+*/0123456789.,\n", max_size=60))
def test_any_text_is_either_a_condition_or_refused_with_a_position(text: str) -> None:
    problems: Sequence[Problem] = ()
    try:
        parse_condition(text, SCOPE)
    except KecengError as error:
        problems = error.problems
    assert all(problem.message.en.startswith("character ") for problem in problems)


@pytest.mark.parametrize(("cents", "is_met"), [(999_999, False), (1_000_000, False), (1_000_001, True)])
def test_ten_thousand_yuan_is_cut_to_the_cent(cents: int, *, is_met: bool) -> None:
    condition = parse_condition("spend > 10000", SCOPE)
    row = random_row(random.Random(1)) | {"spend": cents}
    assert evaluate_condition(condition, row) is is_met
    assert asked_of_engine([row], condition_sql(condition)) == [(is_met,)]


@pytest.mark.parametrize(
    "text", ["spend * refunds > margin * 0.9", "spend / average <= 1.5", "refunds * margin >= spend"]
)
def test_money_of_ten_trillion_yuan_is_multiplied_and_divided_without_overflow(text: str) -> None:
    condition = parse_condition(text, SCOPE)
    row = random_row(random.Random(1)) | {
        "spend": 10**15,
        "margin": -(10**15),
        "average__num": 10**15 - 1,
        "average__den": 10**15 - 7,
        "refunds__num": 9 * 10**18,
        "refunds__den": 10**15,
    }
    assert asked_of_engine([row], condition_sql(condition)) == [(evaluate_condition(condition, row),)]
