"""SQL is a tree with named places, never a pasted string."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from keceng.lake import open_engine, sql


def test_fillings_become_literals_of_their_type() -> None:
    tree = sql(
        "select :a as a, :b as b, :c as c, :d as d, :e as e",
        a=-5,
        b="o'clock; drop table x",
        c=dt.date(2026, 6, 30),
        d=Decimal("1.25"),
        e=None,
    )
    row = open_engine().fetch(tree).to_pylist()[0]
    assert row == {
        "a": -5,
        "b": "o'clock; drop table x",
        "c": dt.date(2026, 6, 30),
        "d": Decimal("1.25"),
        "e": None,
    }


def test_a_place_without_filling_and_a_filling_without_place_are_errors() -> None:
    with pytest.raises(KeyError):
        sql("select :a as a, :b as b", a=1)
    with pytest.raises(KeyError):
        sql("select :a as a", a=1, b=2)


def test_the_same_text_can_be_filled_twice() -> None:
    first, second = sql("select :a as a", a=1), sql("select :a as a", a=2)
    assert (first.sql(), second.sql()) == ("SELECT 1 AS a", "SELECT 2 AS a")
