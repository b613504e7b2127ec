"""The catalogue is complete and documented: what a screen shows, somebody can look up."""

from __future__ import annotations

import datetime as dt

import pytest

from keceng.collect import LEDGER
from keceng.lake import Lake, Snapshot, open_engine, sql
from keceng.measure import Frame, Measure, catalogue, measure_steps
from keceng.vocabulary import Kind

MEASURES = list(catalogue().values())
TABLES = {t.name for t in LEDGER}


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_a_measure_says_what_it_is_in_both_languages(measure: Measure) -> None:
    for text in (measure.title, measure.definition):
        assert text.zh
        assert text.en
    assert any("一" <= c <= "鿿" for c in measure.title.zh + measure.definition.zh)
    assert not any("一" <= c <= "鿿" for c in measure.title.en + measure.definition.en)
    assert measure.inputs
    assert set(measure.inputs) <= TABLES
    assert measure.source


def test_the_measured_table_has_every_measure_in_its_declared_type(empty_snapshot: Snapshot) -> None:
    engine = open_engine(empty_snapshot, LEDGER)
    engine.run(measure_steps(Frame(dt.date(2026, 6, 30))))
    schema = engine.fetch(sql("select * from measured")).schema
    types = {Kind.CATEGORY: "string", Kind.FLAG: "bool", Kind.DATE: "date32[day]"}
    wrong = {
        m.name: str(schema.field(m.name).type)
        for m in MEASURES
        if str(schema.field(m.name).type)
        not in {types.get(m.kind, "int64"), "int32" if m.kind is Kind.COUNT else ""}
    }
    assert not wrong


@pytest.fixture
def empty_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return Lake.create(tmp_path_factory.mktemp("lake")).snapshot()
