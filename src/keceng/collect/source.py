"""What was seen in a file, and what each of its columns is taken to be: the records every part of collect shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc

from keceng.lake import in_one
from keceng.vocabulary import Kind, Place, Text

if TYPE_CHECKING:
    from keceng.collect.staged import StagedRows

ROW_NO = "row_no"
"""The column of `SourceTable.data` that holds the row number a user sees; no header is ever called so."""

Grain = Literal["line", "order", "customer", "record"]
"""One row is an order line, a whole order, a customer, or one record of another entity."""

DateOrder = Literal["dmy", "mdy"]
"""How `01/02/2024` is read."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that could not be cut into the fields of its table; it is kept and reported, never dropped.

    Attributes:
        row_no: as a user sees it, the header rows counted.
        text: the row as it stands in the file, its cells joined by the file's delimiter.
        code: `too_many_fields`, `too_few_fields` or `unclosed_quote`.
        problem: what is wrong and what to do.
    """

    row_no: int
    text: str
    code: str
    problem: Text


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table of one file, as text.

    Attributes:
        file: the file's name without its folders.
        sheet: the sheet it stands on; None where the format has no sheets.
        headers: one per column in file order, unique, never empty.
        data: one string column per header and `ROW_NO` (int64). An empty cell is null. Numbers stand without
            `.0` and exact, dates as `YYYY-MM-DD`, times as `YYYY-MM-DD HH:MM:SS`; a spreadsheet number with more
            digits than the spreadsheet keeps stays in the form `1.2345678901234568E+17`.
        broken_rows: rows that are not in `data`.
        digest: SHA-256 of the file's bytes, in hex.
        notes: what was done on the way in that a user should know: totals dropped, merged cells filled.
        date_epoch: the year from which the workbook counts serial dates, 1900 or 1904.
        dropped_rows: how many total or repeated header rows were left out; they are not source rows.
        title_lines: what stands above the header, e.g. `单位：万元`.
        staged: all rows, where they are too many to be held; `data` then has the first of them.
    """

    file: str
    sheet: str | None
    headers: tuple[str, ...]
    data: pa.Table
    digest: str
    broken_rows: tuple[BrokenRow, ...] = ()
    notes: tuple[Text, ...] = ()
    date_epoch: int = 1900
    dropped_rows: int = 0
    title_lines: tuple[str, ...] = ()
    staged: StagedRows | None = None

    @property
    def place(self) -> Place:
        """The file and sheet, for problems that concern the whole table."""
        return Place(file=self.file, sheet=self.sheet)

    @property
    def row_count(self) -> int:
        """Source rows: those read and those that are broken."""
        read = self.staged.row_count if self.staged else self.data.num_rows
        return int(read) + len(self.broken_rows)

    def cells(self, header: str) -> Iterator[pa.Array]:
        """All cells of a column, in pieces; with `ROW_NO` the numbers of all rows."""
        if self.staged is None:
            yield in_one(self.data[header])
            return
        for piece in self.staged.pieces([header]):
            yield in_one(piece[header])

    def distinct_share(self, header: str) -> float:
        """Different cells over filled ones, of all rows; 0 where none is filled."""
        if self.staged is not None:
            filled = self.staged.row_count - self.staged.null_counts[header]
            return self.staged.count_cells(header) / filled if filled else 0.0
        column = self.data[header]
        filled = len(column) - column.null_count
        return pc.count_distinct(column, mode="only_valid").as_py() / filled if filled else 0.0

    def held(self) -> SourceTable:
        """The same table with all its rows in memory."""
        return replace(self, data=self.staged.whole(), staged=None) if self.staged else self


@dataclass(frozen=True, slots=True)
class DeclaredNumber:
    """What a number column of a customer-grain file states about the customer.

    Attributes:
        measure: the name it gets among the declared measures; that of a catalogue measure where it is the same.
        kind: money, count, days, ratio, score, date.
        starts_on: first day of the period it covers, where the header names one.
        ends_on: last day of that period.
    """

    measure: str
    kind: Kind
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What one column is taken to be.

    Attributes:
        header: as in `SourceTable.headers`.
        field: the input field (see `fields.FIELDS`), `declared` for a column of declared measures, None when unused.
        confidence: 0 to 1; 1 is what the user said or what was remembered.
        why: the evidence in one sentence.
        unit_scale: main units in one written unit: 10,000 for a column in 万元.
        date_order: how `01/02/2024` is read in it; None where no cell needs it, or nobody knows yet.
        is_date_order_open: cells such as `01/02/2024` occur and nothing proves their order.
        takes_short_years: somebody declared the order, so that 01/02/24 is read in it too; else it may begin with its year.
        declared: set when `field` is `declared`.
    """

    header: str
    field: str | None
    confidence: float
    why: Text
    unit_scale: int = 1
    date_order: DateOrder | None = None
    is_date_order_open: bool = False
    takes_short_years: bool = False
    declared: DeclaredNumber | None = None


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """What a table is, column by column.

    Attributes:
        entity: a table of the ledger, or `customer_summary`.
        grain: what one row is.
        columns: one per header, in file order; a header stands twice when it feeds two fields.
        filled_down: headers that stand on the first line of a document only and hold for its other lines too.
        counted_once: fields that repeat an order's total on each of its lines; they count on its first line only.
        notes: what a user should know about these choices.
    """

    entity: str
    grain: Grain
    columns: tuple[ColumnMapping, ...]
    filled_down: tuple[str, ...] = ()
    counted_once: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()

    def column(self, field_name: str) -> ColumnMapping | None:
        """The column that feeds `field_name`, None when there is none."""
        return next((c for c in self.columns if c.field == field_name), None)

    @property
    def fields(self) -> Sequence[str]:
        """The fields that are fed, in file order, without `declared`."""
        return [c.field for c in self.columns if c.field and c.field != "declared"]

    @property
    def declared_columns(self) -> Sequence[ColumnMapping]:
        """The columns that state a number about the customer."""
        return [c for c in self.columns if c.declared]


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer."""

    answer: str
    title: Text


@dataclass(frozen=True, slots=True)
class Question:
    """Something only the company knows, asked once and remembered.

    Attributes:
        id: as in `--answer id=answer`.
        text: the question.
        options: the possible answers.
        default: what `--yes` takes; None when a default would be a guess, so that it must be answered.
        why: why it is asked, with what was seen.
        evidence: what it is about, e.g. the codes that look like walk-in customers.
        is_asked: False beyond the fifth question: its default is taken and said so.
    """

    id: str
    text: Text
    options: tuple[Option, ...]
    default: str | None
    why: Text
    evidence: tuple[str, ...] = ()
    is_asked: bool = True


@dataclass(frozen=True, slots=True)
class TableMapped:
    """What one table of one file is taken to be, and cells by which a person can judge that.

    Attributes:
        rows: source rows.
        samples: header → its first different cells, at most three.
    """

    name: str
    sheet: str | None
    rows: int
    mapping: SourceMapping
    samples: Mapping[str, tuple[str, ...]]


_SAMPLED_ROWS, _SAMPLES = 500, 3


def sample_cells(table: SourceTable) -> dict[str, tuple[str, ...]]:
    """Header → its first different cells, at most three, from the top of the table."""
    top = table.data.slice(0, _SAMPLED_ROWS)
    return {
        header: tuple(dict.fromkeys(c for c in top[header].to_pylist() if c is not None))[:_SAMPLES]
        for header in table.headers
    }
