"""Rejected rows: kept with their place, reason and original cells, written to files that can be corrected and given back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from keceng.collect.batches import SourceBatch, row_as_json
from keceng.collect.reasons import reasons_table
from keceng.collect.source import ROW_NO
from keceng.collect.tables import REJECTS
from keceng.lake import Engine, Step, UnitOfWork, sql
from keceng.vocabulary import Problem, Text

_REJECTED = """
with told as (
    select distinct f.row_no, f."column", f.value, f.code, r.reason_zh, r.reason_en
    from line_failures f join reasons r on r.code = f.code
)
select cast(:batch_id as varchar) as batch_id, t.row_no, cast(:sheet as varchar) as sheet,
    string_agg(t."column", '; ' order by t.code, t."column") as "column",
    string_agg(t.value, '; ' order by t.code, t."column") as value,
    min(t.code) as code,
    string_agg(distinct t.reason_zh, '；' order by t.reason_zh) as reason_zh,
    string_agg(distinct t.reason_en, '; ' order by t.reason_en) as reason_en,
    min(:original) as row
from told t join source_rows s on s.row_no = t.row_no
group by t.row_no
"""

_CODES = "select code, count(*) as row_count from rejected_rows group by code order by code"


@dataclass(frozen=True, slots=True)
class Rejected:
    """How many rows were rejected, by code, the first of them, and the row numbers of all."""

    codes: Mapping[str, int]
    first: Problem | None
    row_no: pa.ChunkedArray


def note_rejects(engine: Engine, batch: SourceBatch) -> Rejected:
    """From `line_failures` make the step `rejected_rows`: one per source row however many cells are wrong.

    Broken rows of the file are among them.
    """
    engine.give("reasons", reasons_table())
    engine.give("source_rows", _failed_rows(engine, batch))
    query = sql(
        _REJECTED,
        batch_id=batch.batch_id,
        sheet=batch.table.sheet,
        original=row_as_json(batch.table.headers, "s"),
    )
    engine.run([Step("readable_rejects", query, Text("退回的行", "rejected rows"))])
    engine.give("broken_rows", _broken_rows(batch))
    engine.run(
        [
            Step(
                "rejected_rows",
                sql("select * from readable_rejects union all select * from broken_rows"),
                Text("退回的行与残缺的行", "rejected and broken rows"),
            )
        ]
    )
    codes = {row["code"]: int(row["row_count"]) for row in engine.fetch(sql(_CODES)).to_pylist()}
    row_no = engine.fetch(sql("select row_no from rejected_rows"))[ROW_NO]
    return Rejected(codes, _first_problem(engine, batch) if codes else None, row_no)


def _failed_rows(engine: Engine, batch: SourceBatch) -> pa.Table:
    table = batch.table
    if table.staged is None:
        return table.data
    failed = engine.fetch(sql("select distinct row_no from line_failures"))[ROW_NO]
    return table.staged.find(failed).select([*table.headers, ROW_NO])


def _first_problem(engine: Engine, batch: SourceBatch) -> Problem:
    row = engine.fetch(sql("select * from rejected_rows order by row_no limit 1")).to_pylist()[0]
    place = replace(batch.table.place, row=row[ROW_NO], column=row["column"])
    return Problem(row["code"], Text(row["reason_zh"], row["reason_en"]), place=place, value=row["value"])


def write_reject_rows(engine: Engine, work: UnitOfWork) -> None:
    """Keep `rejected_rows` in the lake."""
    work.append(
        REJECTS,
        engine.fetch(sql("select *, cast(null as varchar) as fixed_by from rejected_rows order by row_no")),
    )


def _broken_rows(batch: SourceBatch) -> pa.Table:
    broken = batch.table.broken_rows
    schema = pa.schema([f for f in REJECTS.arrow_schema if f.name != "fixed_by"])
    rows = [
        {
            "batch_id": batch.batch_id,
            ROW_NO: row.row_no,
            "sheet": batch.table.sheet,
            "column": None,
            "value": row.text,
            "code": row.code,
            "reason_zh": row.problem.zh,
            "reason_en": row.problem.en,
            "row": "{}",
        }
        for row in broken
    ]
    return pa.Table.from_pylist(rows, schema=schema)
