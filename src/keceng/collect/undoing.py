"""An import taken back: the ledger becomes what it would be had that import never come, with everything after it staying.

The tables go back to the last version whose steps all stay, and the later steps are taken in once more from the rows
that were kept of them. See docs/decisions/0014-an-import-is-taken-back-by-replay.md.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.copies import throwaway_copy
from keceng.collect.corrections import join_rows
from keceng.collect.former_keys import FormerKeys
from keceng.collect.human_traces import restore_human_traces
from keceng.collect.purchase_days import rebuild_purchase_days, void_returned_orders
from keceng.collect.steps import KeptStep, list_steps, read_step, sweep_kept_rows, write_steps
from keceng.collect.tables import (
    BATCHES,
    CONTACTS,
    COST_RATES,
    DECISIONS,
    LEDGER,
    OWNER_CHANGES,
    PERSONS,
    REJECTS,
    TAKEN_BACK,
)
from keceng.collect.taking import take_tables
from keceng.collect.undo_bases import find_base
from keceng.collect.undo_reports import UndoReport, report_undo
from keceng.collect.watching import Watch
from keceng.lake import Lake, Snapshot, UnitOfWork
from keceng.vocabulary import KecengError, Text

_BY_PEOPLE_ALONE = frozenset({DECISIONS.name, COST_RATES.name, OWNER_CHANGES.name})
_IMPORTED = tuple(table for table in LEDGER if table.name not in _BY_PEOPLE_ALONE)


def _stay_silent(_message: Text) -> None:
    return None


def undo_import(lake: Lake, name: str, *, author: str = "shell", watch: Watch = _stay_silent) -> UndoReport:
    """Take back the import or the batch `name`, with the corrections that joined it, in one unit of work.

    Published runs stay as they are; the next run reads the ledger without it.

    Raises:
        KecengError: there is no such import, it was taken back before, or what came later cannot stand without it.
    """
    with lake.unit_of_work("undo", author) as work:
        sweep_kept_rows(work)
        report = _take_back(work, name, author=author, watch=watch)
    return replace(report, snapshot_id=lake.snapshot().snapshot_id)


def preview_undo(lake: Lake, name: str, *, watch: Watch = _stay_silent) -> UndoReport:
    """What `undo_import` would report, without writing to `lake`.

    Raises:
        KecengError: see `undo_import`.
    """
    with throwaway_copy(lake) as copy:
        return replace(undo_import(copy, name, author="preview", watch=watch), snapshot_id=None)


def _take_back(work: UnitOfWork, name: str, *, author: str, watch: Watch) -> UndoReport:
    before = work.current()
    steps = list_steps(before)
    gone = _find_steps(before, steps, name)
    staying = [step for step in steps if step not in gone]
    base = find_base(before, staying, gone)
    watch(Text("回到它之前的账本", "going back to the ledger before it"))
    for table in _IMPORTED:
        work.restore(table, base)
    former = FormerKeys(before.read(PERSONS), before.read(CONTACTS))
    later = staying[len(list_steps(base)) :]
    standing = {step.step_id for step in _take_in_again(work, later, former, watch)}
    restore_human_traces(work, before)
    void_returned_orders(work)
    rebuild_purchase_days(work)
    write_steps(work, [s for s in staying if s not in later or s.step_id in standing])
    _note(work, before, gone, author)
    return report_undo(before, work.current(), gone, later)


def _find_steps(snapshot: Snapshot, steps: Sequence[KeptStep], name: str) -> list[KeptStep]:
    """The steps of an import or batch, and the corrections of the batches that go.

    Raises:
        KecengError: there are none.
    """
    named = [step for step in steps if name in {step.import_id, step.batch_id}]
    batches = {step.batch_id for step in named if not step.is_correction}
    found = [step for step in steps if step in named or step.batch_id in batches]
    if found:
        return found
    raise _not_there(snapshot, name)


def _not_there(snapshot: Snapshot, name: str) -> KecengError:
    for row in snapshot.read(TAKEN_BACK).to_pylist():
        if name in {row["import_id"], row["batch_id"]}:
            on = f"{row['taken_back_at']:%Y-%m-%d}"
            return KecengError.of(
                "taken_back_before",
                f"这次导入已在 {on} 撤销",
                f"this import was taken back on {on}",
                remedy=Text("需要的话重新导入文件", "import the file again if you want it back"),
            )
    if name in snapshot.read(BATCHES)["batch_id"].to_pylist():
        return KecengError.of(
            "rows_not_kept",
            "这次导入的原始行没有保留，不能撤销",
            "the rows of this import were not kept, so it cannot be taken back",
        )
    return KecengError.of(
        "unknown_batch",
        "没有这次导入",
        "there is no such import",
        remedy=Text(
            "keceng collect --json 给出 import_id 和 batch_ids",
            "keceng collect --json tells import_id and batch_ids",
        ),
    )


def _take_in_again(
    work: UnitOfWork, later: Sequence[KeptStep], former: FormerKeys, watch: Watch
) -> Iterator[KeptStep]:
    """Take `later` in once more; those of them that still stand for something.

    Raises:
        KecengError: one of them cannot be taken in without what went.
    """
    for _, group in groupby(later, key=lambda step: step.import_id):
        steps = list(group)
        try:
            yield from _take_import_in_again(work, steps, former, watch)
        except KecengError as error:
            raise _needed_by_later(steps, error) from error


def _take_import_in_again(
    work: UnitOfWork, steps: Sequence[KeptStep], former: FormerKeys, watch: Watch
) -> Iterator[KeptStep]:
    files = [step for step in steps if not step.is_correction]
    if files:
        batches = [replace(read_step(work.root, step), former=former) for step in files]
        taken = take_tables(work, batches, files[0].terms, watch=watch)
        yield from (step for step, one in zip(files, taken, strict=True) if one.stands)
    for step in steps:
        if step.is_correction:
            watch(Text(f"并入更正的行 {step.file}", f"joining corrected rows of {step.file}"))
            join_rows(work, replace(read_step(work.root, step), former=former), step.terms.sales)
            yield step


def _needed_by_later(steps: Sequence[KeptStep], error: KecengError) -> KecengError:
    files = ", ".join(dict.fromkeys(step.file for step in steps))
    first = error.problems[0].message
    return KecengError.of(
        "needed_by_later",
        f"之后导入的 {files} 没有它就不能这样读: {first.zh}",
        f"{files}, imported after it, cannot be read the same without it: {first.en}",
        remedy=Text("请先撤销之后的那次导入", "take that later import back first"),
    )


def _note(work: UnitOfWork, before: Snapshot, gone: Sequence[KeptStep], author: str) -> None:
    """Write down what was taken back; its cells are not kept."""
    batches = {row["batch_id"]: row for row in before.read(BATCHES).to_pylist()}
    rejects = before.read(REJECTS)
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    rows = []
    for step in gone:
        row = {} if step.is_correction else dict(batches.get(step.batch_id, {}))
        counts = {n: row.get(n) for n in ("read", "added", "updated", "unchanged", "rejected")}
        rows.append(
            {
                **counts,
                "step_id": step.step_id,
                "import_id": step.import_id,
                "batch_id": step.batch_id,
                "source": step.settings["source"],
                "entity": json.loads(step.settings["mapping"])["entity"],
                "file": step.file,
                "imported_at": step.imported_at,
                "rejects": json.dumps(_rejected_by_code(rejects, step) if row else {}),
                "taken_back_at": now,
                "taken_back_by": author,
            }
        )
    work.append(TAKEN_BACK, pa.Table.from_pylist(rows, schema=TAKEN_BACK.arrow_schema))


def _rejected_by_code(rejects: pa.Table, step: KeptStep) -> dict[str, int]:
    ours = rejects.filter(pc.equal(rejects["batch_id"], step.batch_id))
    codes = ours.group_by("code").aggregate([("code", "count")]).sort_by("code").to_pylist()
    return {row["code"]: row["code_count"] for row in codes}
