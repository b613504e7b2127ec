"""An import taken back: the ledger is what it would be had it never come."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from keceng.collect import (
    BATCHES,
    CUSTOMERS,
    ORDER_LINES,
    OWNER_CHANGES,
    PERSONS,
    PURCHASE_DAY,
    REJECTS,
    TAKEN_BACK,
    TEXTS,
    CollectReport,
    Interaction,
    OwnerChange,
    preview_undo,
    record_interactions,
    record_owner_changes,
    undo_import,
    write_rejects,
)
from keceng.vocabulary import KecengError
from tests.collect.same_ledger import told_ledger
from tests.collect.workspaces import Workspace, table_text

HEADER = "订单号,客户编号,客户名称,区域,下单时间,商品名称,数量,实付金额"
FIRST = ("O1,K1,甲,东,2024-01-05,茶,1,10.00", "O2,K2,乙,东,2024-01-06,茶,1,20.00")
SECOND = (
    "O2,K2,乙,西,2024-01-06,茶,2,99.00",
    "O3,K3,丙,西,2024-02-01,杯,1,30.00",
    "O9,K3,丙,西,2024-02-31,杯,1,1",
)
THIRD = ("O3,K3,丙,西,2024-02-01,杯,1,30.00", "O4,K1,甲,西,2024-03-01,壶,1,40.00")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "company")


def sales(workspace: Workspace, name: str, rows: tuple[str, ...]) -> CollectReport:
    return workspace.collect_text(table_text(HEADER, rows), name)


def test_the_ledger_is_as_if_it_had_never_come(workspace: Workspace, tmp_path: Path) -> None:
    never = Workspace(tmp_path / "never")
    for place in (workspace, never):
        sales(place, "a.csv", FIRST)
        if place is workspace:
            second = sales(place, "b.csv", SECOND)
        sales(place, "c.csv", THIRD)
    keys = {p["source_id"]: p["customer_key"] for p in workspace.rows(PERSONS)}
    foreseen = preview_undo(workspace.lake, second.batch_ids[0])
    assert len(workspace.rows(ORDER_LINES)) == 4, "a preview changes nothing"
    report = undo_import(workspace.lake, second.batch_ids[0], author="mei")
    assert told_ledger(workspace.lake.snapshot()) == told_ledger(never.lake.snapshot())
    assert {p["source_id"]: p["customer_key"] for p in workspace.rows(PERSONS)} == keys, (
        "whoever stays is the same"
    )
    assert (report.files, report.later_files) == (("b.csv",), ("c.csv",))
    assert (report.change.before.total, report.change.after.total) == (17_900, 10_000)
    assert report.change.rows["rejects"] == (1, 0)
    assert (foreseen.change, foreseen.snapshot_id) == (report.change, None)
    (noted,) = workspace.rows(TAKEN_BACK)
    assert (noted["file"], noted["taken_back_by"], noted["rejects"]) == ("b.csv", "mei", '{"bad_date": 1}')


@pytest.mark.slow
def test_the_newest_is_taken_back_and_can_come_again(workspace: Workspace) -> None:
    sales(workspace, "a.csv", FIRST)
    before = told_ledger(workspace.lake.snapshot())
    report = sales(workspace, "b.csv", SECOND)
    with_it = told_ledger(workspace.lake.snapshot())
    assert report.import_id is not None
    undone = undo_import(workspace.lake, report.import_id)
    assert told_ledger(workspace.lake.snapshot()) == before
    assert (undone.change.customers_gone, undone.change.after.last_on) == (1, dt.date(2024, 1, 6))
    again = workspace.collect(workspace.root / "b.csv")
    assert (again.rows.added, again.rows.updated, again.rows.rejected) == (1, 1, 1)
    assert told_ledger(workspace.lake.snapshot()) == with_it


def test_it_is_taken_back_once(workspace: Workspace) -> None:
    report = sales(workspace, "a.csv", FIRST)
    undo_import(workspace.lake, report.batch_ids[0])
    assert [len(workspace.rows(t)) for t in (CUSTOMERS, PURCHASE_DAY, BATCHES)] == [0, 0, 0]
    versions = workspace.versions
    with pytest.raises(KecengError, match="taken back"):
        undo_import(workspace.lake, report.batch_ids[0])
    with pytest.raises(KecengError, match="no such import"):
        undo_import(workspace.lake, "f" * 16)
    assert workspace.versions == versions


@pytest.mark.slow
def test_imports_are_taken_back_in_any_order(workspace: Workspace, tmp_path: Path) -> None:
    reports = [sales(workspace, f"{n}.csv", rows) for n, rows in enumerate((FIRST, SECOND, THIRD))]
    for number in (1, 0):
        undo_import(workspace.lake, reports[number].batch_ids[0])
    never = Workspace(tmp_path / "never")
    sales(never, "2.csv", THIRD)
    assert told_ledger(workspace.lake.snapshot()) == told_ledger(never.lake.snapshot())


@pytest.mark.slow
def test_one_file_of_an_import_is_taken_back_and_the_others_stay(
    workspace: Workspace, tmp_path: Path
) -> None:
    never = Workspace(tmp_path / "never")
    for place in (workspace, never):
        paths = [
            place.write("a.csv", table_text(HEADER, FIRST)),
            place.write("c.csv", table_text(HEADER, THIRD)),
        ]
        report = place.collect(*(paths if place is workspace else paths[1:]))
        if place is workspace:
            assert undo_import(place.lake, report.batch_ids[0]).later_files == ("c.csv",)
    assert told_ledger(workspace.lake.snapshot()) == told_ledger(never.lake.snapshot())


@pytest.mark.slow
def test_corrected_rows_go_with_their_batch_and_can_go_alone(workspace: Workspace) -> None:
    sales(workspace, "a.csv", FIRST)
    second = sales(workspace, "b.csv", SECOND)
    rejected = told_ledger(workspace.lake.snapshot())
    path = workspace.root / "rejects.csv"
    write_rejects(workspace.lake.snapshot(), second.batch_ids, path)
    path.write_text(path.read_text("utf-8-sig").replace("2024-02-31,杯", "2024-02-28,杯"), "utf-8-sig")
    joined = workspace.collect(path)
    assert (joined.rows.added, workspace.rows(REJECTS)[0]["fixed_by"] is None) == (1, False)
    fixed = told_ledger(workspace.lake.snapshot())
    assert joined.import_id is not None
    undo_import(workspace.lake, joined.import_id)
    assert told_ledger(workspace.lake.snapshot()) == rejected
    workspace.collect(path)
    assert told_ledger(workspace.lake.snapshot()) == fixed
    third = sales(workspace, "c.csv", THIRD)
    undo_import(workspace.lake, third.batch_ids[0])
    assert told_ledger(workspace.lake.snapshot()) == fixed
    undo_import(workspace.lake, second.batch_ids[0])
    assert {r["batch_id"] for r in workspace.rows(ORDER_LINES)}.isdisjoint(second.batch_ids)
    assert workspace.rows(REJECTS) == []


def test_what_people_wrote_stays_with_its_customer(workspace: Workspace) -> None:
    sales(workspace, "a.csv", FIRST)
    second = sales(workspace, "b.csv", SECOND)
    third = next(p["customer_key"] for p in workspace.rows(PERSONS) if p["source_id"] == "K3")
    note = Interaction("n1", third, dt.date(2024, 2, 2), "visit", "李", "met", content="谈了续约")
    record_interactions(workspace.lake, [note], author="li")
    first = next(p["customer_key"] for p in workspace.rows(PERSONS) if p["source_id"] == "K1")
    change = OwnerChange(
        "c1", dt.datetime.combine(dt.date(2024, 3, 1), dt.time()), "dong", [(first, "王", None)]
    )
    record_owner_changes(workspace.lake, [change], author="dong")
    report = undo_import(workspace.lake, second.batch_ids[0])
    assert (report.change.customers_gone, report.customers_kept) == (0, 1)
    assert [row["owner"] for row in workspace.rows(OWNER_CHANGES)] == ["王"]
    assert {t["content"] for t in workspace.rows(TEXTS)} == {"谈了续约"}
    assert third in {p["customer_key"] for p in workspace.rows(PERSONS)}
    sales(workspace, "b.csv", SECOND)
    assert {p["customer_key"] for p in workspace.rows(PERSONS) if p["source_id"] == "K3"} == {third}


@pytest.mark.slow
def test_what_a_later_file_cannot_stand_without_is_said(workspace: Workspace) -> None:
    """C repeats rows of A that B replaced: without B it could not be told what C means."""
    header = "客户编号,下单时间,商品名称,数量,实付金额"
    rows = [f"K{n},2024-01-0{n},茶,1,1{n}.00" for n in range(1, 7)]
    workspace.collect_text(table_text(header, rows), "a.csv")
    corrected = [row.replace(",1,", ",5,") for row in rows[:2]]
    second = workspace.collect_text(table_text(header, [*corrected, *rows[2:]]), "b.csv", overlap="replace")
    workspace.collect_text(table_text(header, rows[:2]), "c.csv")
    before, versions = workspace.lines(), workspace.versions
    with pytest.raises(KecengError, match=r"c\.csv, imported after it") as refused:
        undo_import(workspace.lake, second.batch_ids[0])
    assert refused.value.problems[0].code == "needed_by_later"
    sales(workspace, "d.csv", FIRST)
    assert workspace.lines()[: len(before)] != []
    assert workspace.versions == versions + 1
    assert {repr(r) for r in before} <= {repr(r) for r in workspace.lines()}, "a refused undo leaves no trace"


def test_the_name_of_the_workbench_is_no_source(workspace: Workspace) -> None:
    with pytest.raises(KecengError, match="workbench"):
        workspace.collect_text(table_text(HEADER, FIRST), source="desk")
