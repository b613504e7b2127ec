"""The ledger of imports: one batch per table of a file, its row counts, and the mapping it was read with."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256

import pyarrow as pa
from sqlglot import exp

from keceng.collect.counted_days import NumberedLines
from keceng.collect.former_keys import FormerKeys
from keceng.collect.parties import find_groups
from keceng.collect.source import ROW_NO, ColumnMapping, DeclaredNumber, SourceMapping, SourceTable
from keceng.collect.tables import BATCHES
from keceng.lake import Engine, UnitOfWork, column, sql
from keceng.vocabulary import Kind, Problem, Text


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Source rows by what became of them: read = added + updated + unchanged + rejected, always.

    Attributes:
        anonymous: added rows without a customer.
        duplicate_lines: rows equal in all columns to an earlier one of their file; they are kept and counted above.
    """

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    anonymous: int = 0
    duplicate_lines: int = 0

    def __add__(self, other: RowCounts) -> RowCounts:
        """Both together."""
        return RowCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def usable(self) -> int:
        """Rows that stand in the ledger."""
        return self.added + self.updated + self.unchanged

    @property
    def is_balanced(self) -> bool:
        """Whether every row read is accounted for."""
        return self.read == self.added + self.updated + self.unchanged + self.rejected


@dataclass(frozen=True, slots=True)
class FileSeen:
    """What one table of one file held.

    Attributes:
        first_on, last_on: earliest and latest day of its accepted rows.
        customers: different customers of its accepted rows.
        total_cents: sum of its accepted amounts; None where its rows have none.
        column_sums: header and sum in cents of each column of money that its rows state of customers, in file order.
    """

    name: str
    sheet: str | None
    entity: str
    rows: int
    first_on: dt.date | None = None
    last_on: dt.date | None = None
    customers: int = 0
    total_cents: int | None = None
    column_sums: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """One table of one file after it was collected.

    Attributes:
        changes_facts: whether anything was written that measures read.
        first_reject: the first rejected row, with its place.
        rejected_row_no: the row numbers of all of them.
        numbered: its lines, where they were all plain and are still at hand.
    """

    batch_id: str
    rows: RowCounts
    rejects: Mapping[str, int]
    seen: FileSeen
    assumed: Sequence[Text] = ()
    changes_facts: bool = False
    first_reject: Problem | None = None
    rejected_row_no: pa.ChunkedArray = field(default_factory=lambda: pa.chunked_array([], pa.int64()))
    numbered: NumberedLines | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SourceBatch:
    """One table of one file on its way into the ledger.

    Attributes:
        table: as read.
        mapping: what its columns feed.
        source: the system it comes from.
        flags_parties: walk-ins, related parties and suppliers are marked, to be left out of the grading.
        merges_groups: customers whose names share a group get that group as their parent.
        batch_id: its batch; that of its first import where rows of it are corrected.
        correction_of: the scope of the batch that its rows join as corrected rejects; None for an ordinary table.
        known_as: the batch in which this very table was imported before; None for a new one.
        assumed: what was taken for granted in reading it, as sentences.
        remembered: field → column, as kept for the next file of its source.
        said: the answers that somebody gave to questions it raises, kept for the next table with the same columns.
        answers_row: the row of `sources` that keeps them.
        former: the keys that customers and contacts had before the ledger was made again; they get the same.
    """

    table: SourceTable
    mapping: SourceMapping
    source: str
    flags_parties: bool = True
    merges_groups: bool = False
    batch_id: str = field(default_factory=lambda: secrets.token_hex(8))
    correction_of: str | None = None
    known_as: str | None = None
    assumed: tuple[Text, ...] = ()
    remembered: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    answers_row: str = ""
    former: FormerKeys = field(default_factory=FormerKeys)

    @property
    def scope(self) -> str:
        """Digest of the file and the sheet, within which nameless orders are known."""
        return (
            self.correction_of
            or sha256(f"{self.table.digest}|{self.table.sheet or ''}".encode()).hexdigest()[:16]
        )

    def find_name_groups(self) -> pa.Table:
        """Columns customer, group: whose names share a group; empty unless groups are merged."""
        found = find_groups(self.table, self.mapping)
        return found if self.merges_groups else found.slice(0, 0)


def count_duplicates(engine: Engine, table: SourceTable, unique: ColumnMapping | None = None) -> int:
    """Rows equal in all columns to an earlier one; none where the cells of the column `unique` are all different."""
    if table.staged is None:
        engine.give("cell_rows", table.data.drop_columns(ROW_NO))
    elif unique is not None and table.staged.has_different_cells(unique.header):
        return 0
    else:
        engine.scan("staged_rows", table.staged.path)
        engine.view("cell_rows", sql("select * exclude (row_no) from staged_rows"))
    distinct = sql("select count(*) as row_count from (select distinct * from cell_rows)")
    rows = table.row_count - len(table.broken_rows)
    return int(rows - engine.fetch(distinct)["row_count"][0].as_py())


def row_as_json(headers: Iterable[str], table: str) -> exp.Expression:
    """The original cells of a row of `table` as one JSON object in column order."""
    parts: list[exp.Expression] = []
    for header in headers:
        parts += [exp.Literal.string(header), column(header, table)]
    return exp.Anonymous(this="json_object", expressions=parts)


def write_batch(
    work: UnitOfWork, batch: SourceBatch, outcome: BatchOutcome, *, imported_at: dt.datetime
) -> None:
    """Add the batch to the ledger of imports."""
    rows = asdict(outcome.rows)
    record = {
        "batch_id": batch.batch_id,
        "source": batch.source,
        "entity": batch.mapping.entity,
        "file": batch.table.file
        if batch.table.sheet is None
        else f"{batch.table.file} / {batch.table.sheet}",
        "digest": batch.scope,
        "imported_at": imported_at,
        **rows,
        "mapping": mapping_to_json(batch.mapping),
        "assumed": json.dumps([[t.zh, t.en] for t in outcome.assumed], ensure_ascii=False),
        "first_on": outcome.seen.first_on,
        "last_on": outcome.seen.last_on,
    }
    work.append(BATCHES, pa.Table.from_pylist([record], schema=BATCHES.arrow_schema))


def mapping_to_json(mapping: SourceMapping) -> str:
    """A mapping as stored with its batch."""
    columns = [
        {
            "header": c.header,
            "field": c.field,
            "unit_scale": c.unit_scale,
            "date_order": c.date_order,
            "takes_short_years": c.takes_short_years,
            "declared": _declared_to_json(c.declared),
        }
        for c in mapping.columns
    ]
    document = {"entity": mapping.entity, "grain": mapping.grain, "columns": columns}
    return json.dumps(document | {"counted_once": mapping.counted_once}, ensure_ascii=False)


def mapping_from_json(document: str) -> SourceMapping:
    """A mapping as it was stored."""
    stored = json.loads(document)
    remembered = Text("与原批次相同", "as in its batch")
    columns = tuple(
        ColumnMapping(
            c["header"],
            c["field"],
            1.0,
            remembered,
            unit_scale=c["unit_scale"],
            date_order=c["date_order"],
            takes_short_years=c.get("takes_short_years", False),
            declared=_declared_from_json(c["declared"]),
        )
        for c in stored["columns"]
    )
    return SourceMapping(
        stored["entity"], stored["grain"], columns, counted_once=tuple(stored["counted_once"])
    )


def _declared_to_json(declared: DeclaredNumber | None) -> Mapping[str, str | None] | None:
    if declared is None:
        return None
    return {
        "measure": declared.measure,
        "kind": declared.kind.value,
        "starts_on": declared.starts_on.isoformat() if declared.starts_on else None,
        "ends_on": declared.ends_on.isoformat() if declared.ends_on else None,
    }


def _declared_from_json(stored: Mapping[str, str] | None) -> DeclaredNumber | None:
    if stored is None:
        return None
    starts, ends = stored["starts_on"], stored["ends_on"]
    return DeclaredNumber(
        stored["measure"],
        Kind(stored["kind"]),
        dt.date.fromisoformat(starts) if starts else None,
        dt.date.fromisoformat(ends) if ends else None,
    )
