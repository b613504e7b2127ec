"""What a step is where nobody said anything it rests on: the same rows and types as its query gives."""

from __future__ import annotations

import datetime as dt

import pytest

from keceng.classify.plan import plan_steps
from keceng.classify.stability import EMPTY_STANDINGS
from keceng.collect import LEDGER
from keceng.lake.twin import Twin
from keceng.measure import catalogue
from keceng.standard import find_standard

TABLES = {"products", "declared_measures", "decisions"}


@pytest.mark.slow
@pytest.mark.parametrize("template", ["b2b", "retail", "education"])
def test_steps_without_facts_have_the_types_of_their_queries(template: str) -> None:
    twin, seen = Twin(), set()
    twin.declare(LEDGER)
    twin.give("standings", EMPTY_STANDINGS)
    for step in plan_steps(find_standard(template, catalogue()), dt.date(2026, 6, 30), is_lean=True):
        twin.make(step.name, step.query)
        if step.kernel is None or not step.kernel.reads.keys() <= TABLES:
            continue
        [(table, columns)] = step.kernel.reads.items()
        made = step.kernel.compute(twin.table_schema(table).empty_table().select(columns))
        assert made is not None, step.name
        assert made.schema == twin.table_schema(step.name), step.name
        seen.add(step.name)
    twin.close()
    assert {"stated_totals", "main_categories", "decided"} <= seen
