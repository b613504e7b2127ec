"""A thousand random customers of Online Retail under every template: each proposed change does it, a tenth less does not."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator

import pytest

from keceng.classify import find_ways_up
from keceng.collect import CollectOptions
from keceng.loop import create_workspace
from keceng.measure import catalogue
from keceng.standard import find_standard, list_templates
from tests.classify.cases import Bench
from tests.classify.test_ways import check_down, check_way
from tests.real_data import real_file

AS_OF = dt.date(2011, 12, 10)
CUSTOMERS = 1_000
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    path = real_file("online_retail_1/online_retail.parquet")
    workspace = create_workspace(tmp_path_factory.mktemp("retail") / "workspace")
    workspace.collect([path], CollectOptions(assume_defaults=True, from_shell=True))
    made = Bench(workspace.lake.snapshot(), AS_OF)
    yield made
    made.engine.close()


@pytest.mark.parametrize("template", [t for t in list_templates() if t != "government"])
def test_a_thousand_customers_can_rely_on_what_they_are_told(template: str, bench: Bench) -> None:
    cases = list(bench.cases(find_standard(template, catalogue())))
    assert all(case.verdict.grade == case.row["grade_by_rules"] for case in cases)
    ways = 0
    for case in random.Random(2011).sample(cases, CUSTOMERS):
        for way in find_ways_up(case).ways:
            check_way(case, way)
            ways += 1
        check_down(case)
    assert ways > 0
