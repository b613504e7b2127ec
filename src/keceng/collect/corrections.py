"""Corrected rejects files: their rows are read as their first import read them and join its batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.batches import BatchOutcome, FileSeen, RowCounts, SourceBatch, mapping_from_json
from keceng.collect.records import collect_records
from keceng.collect.sales import SalesOptions, collect_sales
from keceng.collect.source import ROW_NO, SourceMapping, SourceTable
from keceng.collect.tables import BATCHES, REJECTS
from keceng.collect.taking import Taken
from keceng.lake import UnitOfWork
from keceng.vocabulary import KecengError, Problem, Text

BATCH_HEADER = "_batch"
ROW_HEADER = "_row"
"""The two columns of a rejects file that say where a row belongs."""

_ESCAPED = r"^'([-+=@\t\r'])"


def is_rejects_table(table: SourceTable) -> bool:
    """Whether the table is a rejects file given back."""
    return {BATCH_HEADER, ROW_HEADER} <= set(table.headers)


def collect_corrections(work: UnitOfWork, table: SourceTable, options: SalesOptions) -> list[Taken]:
    """Join the rows of a corrected rejects file to their batches: what is accepted now was rejected then.

    Raises:
        KecengError: a row names a batch that this workspace does not have.
    """
    stored = {row["batch_id"]: row for row in work.current().read(BATCHES).to_pylist()}
    named = [b.as_py() for b in pc.unique(table.data[BATCH_HEADER])]
    if unknown := [b for b in named if b not in stored]:
        raise KecengError([_unknown_batch(table, batch_id) for batch_id in unknown])
    return [_join_batch(work, table, stored[batch_id], options) for batch_id in named]


def _unknown_batch(table: SourceTable, batch_id: str | None) -> Problem:
    return Problem(
        "unknown_batch",
        Text("这些行不属于本工作区的任何一次导入", "these rows belong to no import of this workspace"),
        Text(
            "请在导出退回行的那个工作区里导入，并保留最后两列",
            "import it where it was written, with its last two columns",
        ),
        replace(table.place, column=BATCH_HEADER),
        batch_id,
    )


def _join_batch(
    work: UnitOfWork, table: SourceTable, stored: Mapping[str, Any], options: SalesOptions
) -> Taken:
    mapping = _present(mapping_from_json(stored["mapping"]), table)
    rows = _original_rows(table, stored["batch_id"], mapping)
    read = rows.num_rows
    rows = rows.filter(pc.invert(pc.is_in(rows[ROW_NO], value_set=_fixed_rows(work, stored["batch_id"]))))
    joined_before = read - rows.num_rows
    batch = SourceBatch(
        replace(table, headers=tuple(n for n in rows.column_names if n != ROW_NO), data=rows, broken_rows=()),
        mapping,
        stored["source"],
        batch_id=stored["batch_id"],
        correction_of=stored["digest"],
    )
    if not rows.num_rows:
        seen = FileSeen(table.file, table.sheet, mapping.entity, read)
        return Taken(
            batch,
            BatchOutcome(stored["batch_id"], RowCounts(read=read, unchanged=read), {}, seen),
            stands=False,
        )
    outcome = join_rows(work, batch, options)
    counted = replace(outcome.rows, read=read, unchanged=outcome.rows.unchanged + joined_before)
    return Taken(batch, replace(outcome, rows=counted), stands=len(outcome.rejected_row_no) < rows.num_rows)


def join_rows(work: UnitOfWork, batch: SourceBatch, options: SalesOptions) -> BatchOutcome:
    """Take corrected rows into the batch that they were rejected from; what is accepted is marked as fixed there."""
    stored = next(
        row for row in work.current().read(BATCHES).to_pylist() if row["batch_id"] == batch.batch_id
    )
    is_sales = batch.mapping.entity == "order_lines"
    outcome = collect_sales(work, batch, options) if is_sales else collect_records(work, batch, options)
    _settle_batch(work, stored, batch.table.data[ROW_NO], outcome)
    return replace(outcome, batch_id=batch.batch_id)


def _present(mapping: SourceMapping, table: SourceTable) -> SourceMapping:
    return replace(mapping, columns=tuple(c for c in mapping.columns if c.header in table.headers))


def _original_rows(table: SourceTable, batch_id: str, mapping: SourceMapping) -> pa.Table:
    """The rows of one batch in the columns of its file, with the row numbers they had there."""
    data = table.data.filter(pc.equal(table.data[BATCH_HEADER], batch_id))
    headers = list(dict.fromkeys(c.header for c in mapping.columns))
    cells = {h: pc.replace_substring_regex(data[h], _ESCAPED, r"\1") for h in headers}
    return pa.table(cells | {ROW_NO: data[ROW_HEADER].cast(pa.int64())})


def _fixed_rows(work: UnitOfWork, batch_id: str) -> pa.ChunkedArray:
    rejects = work.current().read(REJECTS)
    is_fixed = pc.and_(pc.equal(rejects["batch_id"], batch_id), pc.is_valid(rejects["fixed_by"]))
    return rejects.filter(is_fixed)["row_no"]


def _settle_batch(
    work: UnitOfWork, stored: Mapping[str, Any], row_no: pa.ChunkedArray, outcome: BatchOutcome
) -> None:
    """Mark the accepted rows as fixed and move them from rejected to added in the ledger of imports."""
    accepted = row_no.filter(pc.invert(pc.is_in(row_no, value_set=outcome.rejected_row_no)))
    if not len(accepted):
        return
    rejects = work.current().read(REJECTS)
    is_fixed = pc.and_(
        pc.equal(rejects["batch_id"], stored["batch_id"]), pc.is_in(rejects["row_no"], value_set=accepted)
    )
    fixed = rejects.filter(is_fixed)
    fixed_by = pa.array([dt.datetime.now(dt.UTC).isoformat(timespec="seconds")] * fixed.num_rows, pa.string())
    work.merge(REJECTS, fixed.set_column(fixed.column_names.index("fixed_by"), "fixed_by", fixed_by))
    counts = {
        "added": stored["added"] + fixed.num_rows,
        "rejected": stored["rejected"] - fixed.num_rows,
        "anonymous": stored["anonymous"] + outcome.rows.anonymous,
    }
    work.merge(BATCHES, pa.Table.from_pylist([{**stored, **counts}], schema=BATCHES.arrow_schema))
