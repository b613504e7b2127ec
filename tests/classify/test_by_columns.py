"""A run worked out column by column in memory is the run that DuckDB makes of the same plan, in every row."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace

import pyarrow as pa
import pytest

from keceng.classify import EMPTY_STANDINGS, plan_steps
from keceng.classify.fingerprint import hash_steps, linked_hash
from keceng.classify.moves import NOTHING_EARLIER, count_moves, move_steps
from keceng.classify.plan import assigned_step
from keceng.classify.tally import classed_dimensions, count_assigned, cut_steps, tally_steps, tell_assumptions
from keceng.collect import LEDGER, PERSONS, CollectOptions
from keceng.demo import AS_OF, write_company
from keceng.lake import Engine, Snapshot, folds, open_engine, shelf, sql
from keceng.lake.vector_engine import VectorEngine
from keceng.lake.vectors import blocks
from keceng.loop import create_workspace, read_standard
from keceng.measure import folding
from keceng.standard import list_templates

pytestmark = pytest.mark.slow
EARLIER_GRADES = pa.table(
    {"customer_key": pa.array([-1, -2], pa.int64()), "grade": pa.array(["A", None], pa.string())}
)
EARLIER = AS_OF - dt.timedelta(days=31)


@pytest.fixture(autouse=True)
def many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few customers lie as very many would: passed over once, in several blocks, and on the disk."""
    monkeypatch.setattr(folds, "LEAST_ROWS", 1)
    monkeypatch.setattr(folding, "_ROOM", 50)
    monkeypatch.setattr(blocks, "BLOCK", 64)
    monkeypatch.setattr(shelf, "_HELD", 0)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("company")
    files = write_company(folder / "files", customers=400)
    workspace = create_workspace(folder / "workspace")
    workspace.collect(list(files.paths.values()), CollectOptions(assume_defaults=True))
    return workspace.lake.snapshot()


def judged(company: Snapshot, template: str, *, by_columns: bool, standings: pa.Table) -> Engine:
    standard = read_standard(template)
    engine = open_engine(company, LEDGER, by_columns=by_columns)
    engine.give("standings", standings)
    engine.give("earlier", NOTHING_EARLIER)
    engine.run([*plan_steps(standard, AS_OF, is_lean=True), assigned_step(standard)])
    return engine


def rows_of(engine: Engine) -> pa.Table:
    return engine.fetch(sql("select * from assigned order by customer_key"))


@pytest.mark.parametrize("template", list_templates())
def test_columns_say_what_the_queries_say(company: Snapshot, template: str) -> None:
    plain = judged(company, template, by_columns=False, standings=EMPTY_STANDINGS)
    expected = rows_of(plain)
    vectors = judged(company, template, by_columns=True, standings=EMPTY_STANDINGS)
    assert isinstance(vectors, VectorEngine)
    found = rows_of(vectors)
    assert found.column_names == expected.column_names
    for name in expected.column_names:
        assert found[name].cast(expected[name].type).to_pylist() == expected[name].to_pylist(), name
    plain.close()
    vectors.close()
    assert ("assigned" in vectors.column_relations) == (template != "education")


def counted(company: Snapshot, template: str, *, by_columns: bool) -> list[object]:
    """What a run counts of its result: heads, changes, its hash, what it took for granted."""
    standard = read_standard(template)
    engine = open_engine(company, LEDGER, by_columns=by_columns)
    engine.give("standings", EMPTY_STANDINGS)
    engine.give("earlier", EARLIER_GRADES)
    engine.run([*plan_steps(standard, AS_OF, is_lean=True), replace(assigned_step(standard), is_result=True)])
    dimensions = [d.id for d in classed_dimensions(standard) if d.id != "grade"]
    engine.run([*hash_steps(standard, dimensions), *move_steps(), *tally_steps(standard)])
    told = [count_assigned(engine, standard), count_moves(engine), linked_hash(engine, cut_steps(standard))]
    found = [*told, tell_assumptions(engine, standard)]
    engine.close()
    return found


@pytest.mark.parametrize("template", ["education", "retail", "b2b"])
def test_what_is_counted_while_a_result_is_written_is_what_queries_count(
    company: Snapshot, template: str
) -> None:
    assert counted(company, template, by_columns=True) == counted(company, template, by_columns=False)


def test_every_id_is_kept_with_what_it_enters_a_hash_as(company: Snapshot) -> None:
    persons = company.read(PERSONS)
    wanted = [
        hashlib.md5(i.encode(), usedforsecurity=False).hexdigest()[:15]
        for i in persons["source_id"].to_pylist()
    ]
    assert persons.num_rows > 400
    assert persons["id_code"].to_pylist() == [int(digits, 16) for digits in wanted]
