"""The plan for a few measures gives the numbers of the whole plan, for every shipped standard."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from sqlglot import exp

from keceng.classify import ALWAYS
from keceng.collect import LEDGER, CollectOptions
from keceng.demo import AS_OF, write_company
from keceng.lake import Snapshot, Step, column, open_engine
from keceng.loop import create_workspace, read_standard
from keceng.measure import Frame, catalogue, measure_steps, select_measure_steps
from keceng.standard import list_templates

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    root = tmp_path_factory.mktemp("demo")
    files = write_company(root / "files", customers=400)
    workspace = create_workspace(root / "workspace")
    workspace.collect(list(files.paths.values()), CollectOptions(assume_defaults=True))
    return workspace.lake.snapshot()


@pytest.fixture(scope="module")
def whole() -> dict[tuple[object, ...], pa.Table]:
    """What whole plans gave, by frame and steps: most templates share one."""
    return {}


def measured(snapshot: Snapshot, plan: list[Step]) -> pa.Table:
    engine = open_engine(snapshot, LEDGER)
    engine.run(plan)
    rows = engine.fetch(exp.select("*").from_("measured").order_by(column("customer_key")))
    engine.close()
    return rows


@pytest.mark.parametrize("template", list_templates())
def test_the_numbers_are_those_of_the_whole_plan(
    template: str, demo: Snapshot, whole: dict[tuple[object, ...], pa.Table]
) -> None:
    standard = read_standard(template)
    frame = Frame(AS_OF, standard.window_days, standard.unit.value)
    wanted = tuple(dict.fromkeys((*standard.measures, *ALWAYS)))
    plan = measure_steps(frame, wanted)
    key = (frame, *(step.name for step in plan))
    if key not in whole:
        whole[key] = measured(demo, plan)
    few = measured(demo, select_measure_steps(frame, wanted))
    names = {"customer_key"}
    for name in wanted:
        names |= {name, *(catalogue()[name].exact or ())}
    assert set(few.column_names) == names
    assert few.num_rows > 150
    assert few.equals(whole[key].select(few.column_names))


def test_most_of_the_plan_falls_away() -> None:
    frame = Frame(dt.date(2026, 6, 30))
    few = [step.name for step in select_measure_steps(frame, ("spend", "lifecycle_state"))]
    assert few[-1] == "measured"
    assert {"units", "days", "purchases", "rhythm"} <= set(few)
    assert "settlements" not in few
    assert len(few) < len(measure_steps(frame)) / 3


def test_a_second_date_gives_the_same_steps_from_fewer_families() -> None:
    wanted = ("spend", "credit_grade")
    first, second = (select_measure_steps(Frame(dt.date(year, 6, 30)), wanted) for year in (2025, 2026))
    assert [step.name for step in first] == [step.name for step in second]
    assert first[-1].query.sql("duckdb") == second[-1].query.sql("duckdb")


def test_other_steps_are_kept_on_request() -> None:
    frame = Frame(dt.date(2026, 6, 30))
    assert "settlements" in [s.name for s in select_measure_steps(frame, (), keep=("settlements",))]
    with pytest.raises(KeyError):
        select_measure_steps(frame, ("no_such_measure",))
