"""A pruned plan keeps what the wanted tables rest on, in order, and nothing else."""

from __future__ import annotations

import pytest

from keceng.lake import Step, open_engine, prune_steps, sql
from keceng.vocabulary import Text

NONE = Text("", "")


def step(name: str, text: str) -> Step:
    return Step(name, sql(text), NONE)


PLAN = [
    step("one", "select 1 as n"),
    step("aside", "select n + 100 as n from one"),
    step("two", "with one_more as (select n + 1 as n from one) select * from one_more"),
    step("two", "select n * 10 as n from two"),
    step("three", "select n + (select max(n) from two) as n from one"),
]


def test_what_nothing_wanted_rests_on_is_left_out() -> None:
    assert [s.name for s in prune_steps(PLAN, {"three"})] == ["one", "two", "two", "three"]
    assert [s.name for s in prune_steps(PLAN, {"aside"})] == ["one", "aside"]


def test_a_pruned_plan_gives_what_the_whole_plan_gives() -> None:
    engine = open_engine()
    engine.run(prune_steps(PLAN, {"three"}))
    assert engine.fetch(sql("select n from three"))["n"].to_pylist() == [21]
    engine.close()


def test_a_table_that_no_step_makes_is_refused() -> None:
    with pytest.raises(KeyError, match="four"):
        prune_steps(PLAN, {"four"})
