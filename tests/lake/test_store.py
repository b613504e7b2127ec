"""A unit of work is all or nothing, readers see catalogued versions only, one writer at a time."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from keceng.lake import Column, Lake, Storage, Table, delta, open_engine, sql
from keceng.vocabulary import KecengError, Text

THINGS = Table(
    "things", Text("物", "a thing"), ("id",), (Column("id", Storage.INTEGER), Column("name", Storage.TEXT))
)
COUNTS = Table(
    "counts",
    Text("数", "a count"),
    ("id", "place"),
    (Column("id", Storage.INTEGER), Column("place", Storage.TEXT), Column("amount", Storage.CENTS)),
)


def things(*rows: tuple[int, str]) -> pa.Table:
    return pa.table({"id": pa.array([r[0] for r in rows], pa.int64()), "name": [r[1] for r in rows]})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def test_rows_stand_in_the_place_of_some_files_alone(lake: Lake) -> None:
    for row in ((1, "a"), (2, "b"), (3, "c")):
        with lake.unit_of_work("import") as work:
            work.append(THINGS, things(row))
    earlier = lake.snapshot()
    [kept, *replaced] = sorted(earlier.files(THINGS), key=lambda file: pq.read_table(file)["id"][0].as_py())
    with lake.unit_of_work("import") as work, work.writing(THINGS, instead_of=replaced) as writer:
        writer.write(things((2, "new")))
    assert kept in lake.snapshot().files(THINGS)
    assert sorted(lake.snapshot().read(THINGS)["name"].to_pylist()) == ["a", "new"]
    assert sorted(earlier.read(THINGS)["name"].to_pylist()) == ["a", "b", "c"]
    with lake.unit_of_work("import") as work, work.writing(THINGS, instead_of=[kept]):
        pass
    assert lake.snapshot().read(THINGS)["name"].to_pylist() == ["new"]
    with lake.unit_of_work("undo") as work:
        work.restore(THINGS, earlier)
    assert lake.snapshot().read(THINGS).num_rows == 3


def test_changes_to_several_tables_appear_together(lake: Lake) -> None:
    before = lake.snapshot()
    with lake.unit_of_work("import") as work:
        work.append(THINGS, things((1, "a")))
        assert lake.snapshot().read(THINGS).num_rows == 0
        work.append(COUNTS, pa.table({"id": [1], "place": ["x"], "amount": [5]}))
        assert work.current().read(THINGS).num_rows == 1
    assert lake.snapshot().snapshot_id == before.snapshot_id + 1
    assert lake.snapshot().read(COUNTS).num_rows == 1
    assert before.read(THINGS).num_rows == 0


def test_a_unit_of_work_that_fails_leaves_nothing_and_the_next_one_restores(lake: Lake) -> None:
    with lake.unit_of_work("import") as work:
        work.append(THINGS, things((1, "a")))
    with pytest.raises(ZeroDivisionError):
        _fail_half_way(lake)
    assert lake.snapshot().read(THINGS)["id"].to_pylist() == [1]
    with lake.unit_of_work("import") as work:
        assert work.current().read(THINGS)["id"].to_pylist() == [1]
        assert work.current().read(COUNTS).num_rows == 0
        work.append(THINGS, things((3, "c")))
    assert sorted(lake.snapshot().read(THINGS)["id"].to_pylist()) == [1, 3]
    assert not list((lake.root / "runs").iterdir())


def _fail_half_way(lake: Lake) -> None:
    with lake.unit_of_work("import") as work:
        work.append(THINGS, things((2, "b")))
        work.append(COUNTS, pa.table({"id": [1], "place": ["x"], "amount": [5]}))
        work.stage_run()
        raise ZeroDivisionError


def test_nothing_changed_makes_no_version(lake: Lake) -> None:
    with lake.unit_of_work("import") as work:
        work.append(THINGS, things())
    assert lake.snapshot().snapshot_id == 0


def test_merge_updates_known_keys_and_inserts_new_ones(lake: Lake) -> None:
    with lake.unit_of_work("import") as work:
        work.merge(THINGS, things((1, "a"), (2, "b")))
    with lake.unit_of_work("import") as work:
        work.merge(THINGS, things((2, "B"), (3, "c")))
    rows = {r["id"]: r["name"] for r in lake.snapshot().read(THINGS).to_pylist()}
    assert rows == {1: "a", 2: "B", 3: "c"}


def test_delete_matches_on_the_given_columns(lake: Lake) -> None:
    with lake.unit_of_work("import") as work:
        work.append(COUNTS, pa.table({"id": [1, 1, 2], "place": ["x", "y", "x"], "amount": [1, 2, 3]}))
    with lake.unit_of_work("import") as work:
        work.delete(COUNTS, pa.table({"id": [1]}))
    assert lake.snapshot().read(COUNTS)["amount"].to_pylist() == [3]


def test_a_past_snapshot_reads_as_it_was_until_vacuum_lets_it_go(lake: Lake) -> None:
    for name in "abc":
        with lake.unit_of_work("import") as work:
            work.replace(THINGS, things((1, name)))
    assert [lake.snapshot(i).read(THINGS)["name"].to_pylist() for i in (1, 2, 3)] == [["a"], ["b"], ["c"]]
    assert lake.vacuum([THINGS], keep_snapshots=2) == 1
    assert lake.snapshot(2).read(THINGS)["name"].to_pylist() == ["b"]
    with pytest.raises(Exception, match=r"(?i)not found|no such file"):
        lake.snapshot(1).read(THINGS)


def test_a_column_declared_later_reads_as_unknown_in_old_rows(lake: Lake) -> None:
    with lake.unit_of_work("import") as work:
        work.append(THINGS, things((1, "a")))
    wider = Table("things", THINGS.grain, THINGS.key, (*THINGS.columns, Column("amount", Storage.CENTS)))
    engine = open_engine(lake.snapshot(), [wider])
    assert engine.fetch(sql("select id, amount from things")).to_pylist() == [{"id": 1, "amount": None}]
    with lake.unit_of_work("import") as work:
        work.append(wider, pa.table({"id": [2], "name": ["b"], "amount": [7]}))
    amounts = open_engine(lake.snapshot(), [wider]).fetch(sql("select amount from things order by id"))
    assert amounts["amount"].to_pylist() == [None, 7]


def test_an_undeclared_column_is_refused(lake: Lake) -> None:
    with pytest.raises(ValueError, match="does not declare"), lake.unit_of_work("import") as work:
        work.append(THINGS, pa.table({"id": [1], "surprise": [2]}))


def test_a_table_that_another_program_changed_is_refused(lake: Lake) -> None:
    with lake.unit_of_work("import") as work:
        work.append(THINGS, things((1, "a")))
    foreign = lake.root / "foreign"
    write_deltalake(str(foreign), things((1, "a")), partition_by=["name"])
    with pytest.raises(KecengError, match="another program"):
        delta.open_table(foreign)


def test_a_lake_is_made_once_and_a_folder_is_not_a_lake(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(KecengError):
        Lake.create(lake.root)
    with pytest.raises(KecengError):
        Lake.open(tmp_path)


@pytest.mark.parametrize("name", ["店铺 2026", "plain x#y", "quote'd {1}"])
def test_a_folder_may_have_any_name_a_person_gives_it(tmp_path: Path, name: str) -> None:
    lake = Lake.create(tmp_path / name)
    with lake.unit_of_work("import") as work:
        work.append(THINGS, things((1, "a")))
    snapshot = lake.snapshot()
    assert snapshot.read(THINGS)["name"].to_pylist() == ["a"]
    assert open_engine(snapshot, [THINGS]).fetch(sql("select count(*) as n from things"))[
        "n"
    ].to_pylist() == [1]


@pytest.mark.parametrize("name", ["50% off", "[2026] 店铺", "a|b", "a*b", "a?b", "a\\b"])
def test_a_folder_that_tables_cannot_lie_under_is_refused_in_words(tmp_path: Path, name: str) -> None:
    for act in (Lake.create, Lake.open):
        with pytest.raises(KecengError, match="cannot hold"):
            act(tmp_path / name)
    assert not (tmp_path / name).exists()


def _write_one(root: str, number: int) -> None:
    with Lake.open(Path(root)).unit_of_work("import", f"writer-{number}") as work:
        work.merge(THINGS, things((number, str(number))))


def test_writers_take_turns_and_none_is_lost(lake: Lake) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_one, args=(str(lake.root), n)) for n in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [w.exitcode for w in writers] == [0] * 6
    assert sorted(lake.snapshot().read(THINGS)["id"].to_pylist()) == list(range(6))
    assert [e.snapshot_id for e in lake.history()] == list(range(7))
