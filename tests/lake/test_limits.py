"""What a process may take: engines spill beside the lake, give back, leave nothing behind, and say when it is not enough."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from keceng.lake import Lake, Limits, Step, column, open_engine, run_and_drop, size_text, sql
from keceng.lake.limits import resident_bytes
from keceng.lake.spilling import SPILL_FOLDER, SpillPlace, ranges_of
from keceng.vocabulary import KecengError, Text

TITLE = Text("表", "table")
WIDE = Step("wide", sql("select i as customer_key, hash(i) as mixed, hash(i + 1) as more from range(4000000) as made(i)"), TITLE)  # fmt: skip
SORTED = Step("ordered", sql("select * from wide order by mixed"), TITLE)


def _tight(lake: Lake, spill: int | None = None) -> Lake:
    """The same lake for a process that may take no more than it has already, so that an engine gets its least."""
    return Lake(lake.root, Limits(resident_bytes(), spill, 1))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def test_an_engine_spills_beside_the_lake_and_leaves_nothing(lake: Lake) -> None:
    engine = open_engine(_tight(lake).snapshot())
    engine.run([WIDE, SORTED])
    found = engine.fetch(
        sql("select count(*) as rows, count(distinct mixed) as keys from ordered")
    ).to_pylist()
    assert found == [{"rows": 4_000_000, "keys": 4_000_000}]
    assert engine.spilled_bytes > 10_000_000
    engine.close()
    assert list((lake.root / SPILL_FOLDER).iterdir()) == []


def test_disk_that_may_not_be_taken_is_told_in_words(lake: Lake) -> None:
    engine = open_engine(_tight(lake, spill=20_000_000).snapshot())
    with pytest.raises(KecengError) as told:
        engine.run([WIDE, SORTED])
    engine.close()
    [problem] = told.value.problems
    assert problem.code == "spill_exhausted"
    assert "20 MB" in problem.describe("zh")
    assert "spill_limit" in problem.describe("en")


@pytest.mark.slow
def test_what_a_killed_process_left_is_swept_and_a_living_one_keeps_its_own(lake: Lake) -> None:
    script = (
        "import sys, time; from pathlib import Path; from keceng.lake.spilling import SpillPlace; "
        "place = SpillPlace(Path(sys.argv[1])); place.path.mkdir(); print('held', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", script, str(lake.root)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"held\n"
    folder = lake.root / SPILL_FOLDER
    [held] = [path for path in folder.iterdir() if path.is_dir()]
    SpillPlace(lake.root).close()
    assert held.is_dir()
    child.kill()
    child.wait()
    child.stdout.close()
    deadline = time.monotonic() + 5
    while held.exists() and time.monotonic() < deadline:
        SpillPlace(lake.root).close()
    assert list(folder.iterdir()) == []


def test_without_a_limit_nothing_is_spilled(lake: Lake) -> None:
    engine = open_engine(lake.snapshot())
    engine.run([WIDE])
    engine.close()
    assert engine.spilled_bytes == 0


def test_ranges_share_all_keys_and_those_unknown(lake: Lake) -> None:
    engine = open_engine(lake.snapshot())
    keys = "select * from (values (1), (5), (6), (99), (-3), (400), (null)) as known(k)"
    for first, last, parts in ((1, 99, 4), (5, 5, 3), (None, None, 2), (1, 99, 1)):
        counted = [
            engine.fetch(sql(f"select count(*) as n from ({keys}) as given where {part}"))["n"][0].as_py()
            for part in ranges_of("k", first, last, parts)
        ]
        assert sum(counted) == 7
        assert len(counted) <= parts + 1
    engine.close()


def test_a_plan_keeps_only_what_is_still_read(lake: Lake) -> None:
    engine = open_engine(lake.snapshot())
    steps = [
        Step("raw", sql("select 1 as customer_key, 2 as number"), TITLE),
        Step("doubled", sql("select customer_key, 2 * number as number from raw"), TITLE, in_place=True),
        Step("told", sql("select sum(number) as total from doubled"), TITLE),
        Step("shown", sql("select told.total + raw.number as total from told, raw"), TITLE, in_place=True),
        Step("alone", sql("select total from told"), TITLE),
    ]
    seconds = run_and_drop(engine, steps, {"shown", "alone"}, ("raw", "customer_key"), lambda _step: None)
    assert list(seconds) == [step.name for step in steps]
    assert engine.fetch(sql("select total from shown"))["total"].to_pylist() == [6]
    steps = [Step(f"{step.name}_2", step.query, TITLE) for step in steps[:1]] + [
        Step("last", sql("select number from raw_2"), TITLE)
    ]
    run_and_drop(engine, steps, {"last"}, ("raw_2", "customer_key"), lambda _step: None)
    with pytest.raises(Exception, match="raw_2"):
        engine.fetch(sql("select * from raw_2"))
    engine.close()


@pytest.mark.slow
def test_a_step_that_memory_does_not_hold_is_made_in_parts(lake: Lake) -> None:
    # The states of this aggregate cannot be spilled.
    query = sql(
        "select customer_key // 2 as customer_key, median(mixed) as middle, quantile_disc(more, 0.3) as lower from wide group by customer_key // 2"
    )
    engine = open_engine(_tight(lake).snapshot())
    engine.run([WIDE])
    with pytest.raises(KecengError) as told:
        engine.run([Step("gathered", query, TITLE)])
    assert told.value.problems[0].code == "memory_exhausted"
    engine.run([Step("gathered", query, TITLE, by=("wide", "customer_key"))])
    found = engine.fetch(
        sql("select count(*) as rows, count(middle) as kept, count(distinct :key) as keys from gathered", key=column("customer_key"))
    ).to_pylist()  # fmt: skip
    engine.close()
    assert [{name: int(n) for name, n in row.items()} for row in found] == [
        {"rows": 2_000_000, "kept": 2_000_000, "keys": 2_000_000}
    ]


@pytest.mark.parametrize(("size", "told"), [(400_000_000, "400 MB"), (1_500_000_000, "1.5 GB"), (10_000_000_000, "10 GB")])  # fmt: skip
def test_sizes_are_said_shortly(size: int, told: str) -> None:
    assert size_text(size) == told
