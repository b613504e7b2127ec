"""Sales that say nothing but who bought when for how much, one order a row: judged piece by piece in one pass, without a query.

What a row means is said in `lines`; here stands only what it comes to where all of it is plain, and a law holds both together. Every
other cell is read by the query of its kind, and the reasons of rejected rows come from the query of `lines`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.conversion import FAILURES, CellColumn, column_of, read_cells, refuse_float_exports
from keceng.collect.lines import LINE_KINDS, SUSPECTS, LineRules
from keceng.collect.numbered_texts import NumberedTexts, TooManyTextsError
from keceng.collect.plain_cells import read_plain
from keceng.collect.source import ROW_NO, SourceMapping, SourceTable
from keceng.lake import Engine, in_one

LEAST_ROWS = 500_000
"""Below so many rows the queries are as fast as loops that must be loaded first."""
FIELDS = frozenset({"order_id", "customer_id", "ordered_at", "amount"})
"""What such a file feeds: all of these, nothing else."""

_EPOCH = dt.date(1970, 1, 1)
DAY = 86_400_000_000
_TOO_LARGE = 10**15
_NOBODY_SEEN = np.iinfo(np.int32).max
_SCHEMA = pa.schema(
    [("customer", pa.int32()), ("at", pa.int64()), ("amount", pa.int64()), (ROW_NO, pa.int64()), ("order_id", pa.string())]
)  # fmt: skip
Whole = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]


class NotPlainError(Exception):
    """A table of which not every row is read in one pass; the queries give the same."""


@dataclass(slots=True)
class PlainLines:
    """The accepted lines of such a file, in the order of their days and of their order ids, in a file of their own.

    Attributes:
        path: the file: customer (a number, -1 for nobody), time in microseconds, cents, row number, order id.
        customers: the source ids by their numbers.
        first_days: of each customer, in days from 1970.
        count: lines.
        anonymous: those without a customer.
        total_cents: sum of their amounts.
        first_day, last_day: of all, in days from 1970; None without a line.
    """

    path: Path
    customers: NumberedTexts
    first_days: Numbers = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    count: int = 0
    anonymous: int = 0
    total_cents: int = 0
    first_day: int | None = None
    last_day: int | None = None

    def pieces(self) -> Iterator[pa.RecordBatch]:
        """The lines in pieces, columns as in the file."""
        if not self.count:
            return
        with pa.OSFile(str(self.path), "rb") as file, pa.ipc.open_file(file) as reader:
            for place in range(reader.num_record_batches):
                yield reader.get_batch(place)

    def numbers(self) -> Iterator[tuple[Numbers, Whole, Whole]]:
        """Customer, time and cents of the lines, in the same pieces."""
        if not self.count:
            return
        options = pa.ipc.IpcReadOptions(included_fields=[0, 1, 2])
        with pa.OSFile(str(self.path), "rb") as file, pa.ipc.open_file(file, options=options) as reader:
            for place in range(reader.num_record_batches):
                customers, moments, amounts = (np.asarray(c) for c in reader.get_batch(place).columns)
                yield customers, moments, amounts


@dataclass(frozen=True, slots=True)
class Doubts:
    """The cells that cannot be read, as `FAILURES`, and the rows in doubt, as `SUSPECTS`."""

    failures: pa.Table
    suspects: pa.Table


def may_be_plain(table: SourceTable, mapping: SourceMapping, rules: LineRules) -> bool:
    """Whether it is worth to try: a large table of these fields alone, its order ids rising from row to row."""
    order, staged = mapping.column("order_id"), table.staged
    return (
        staged is not None
        and order is not None
        and staged.row_count >= LEAST_ROWS
        and frozenset(mapping.fields) == FIELDS
        and rules.amount_rule == "amount"
        and not rules.counted_once
        and order.header in staged.rising
    )


def read_plain_lines(
    engine: Engine, table: SourceTable, mapping: SourceMapping, rules: LineRules, path: Path
) -> tuple[PlainLines, Doubts]:
    """Read and judge every row of a table that may be plain; what is accepted goes to the file `path`.

    Raises:
        NotPlainError: an order id is not plain, days are out of order, or there are too many customers.
        NotInPiecesError: a column must be seen whole to be read.
    """
    columns = {
        name: column_of(table, source, LINE_KINDS[name])
        for name in sorted(FIELDS)
        if (source := mapping.column(name)) is not None
    }
    try:
        return _Pass(engine, columns, rules, path).over(table)
    except (NotPlainError, TooManyTextsError):
        path.unlink(missing_ok=True)
        raise NotPlainError from None


class _Pass:
    """One pass over the rows."""

    def __init__(
        self, engine: Engine, columns: Mapping[str, CellColumn], rules: LineRules, path: Path
    ) -> None:
        # Loading the compiler takes longer than a small file.
        from keceng.collect import compiled_lines  # noqa: PLC0415

        self._loops = compiled_lines
        self._engine, self._columns, self._rules = engine, columns, rules
        self._last_day = (rules.last_day - _EPOCH).days
        self._failures, self._suspects = [FAILURES.empty_table()], [SUSPECTS.empty_table()]
        self._lines = PlainLines(path, NumberedTexts(engine.limits.memory))

    def over(self, table: SourceTable) -> tuple[PlainLines, Doubts]:
        """All rows of the table."""
        assert table.staged is not None  # noqa: S101  such tables alone may be plain
        headers = [*dict.fromkeys(c.header for c in self._columns.values()), ROW_NO]
        with pa.OSFile(str(self._lines.path), "wb") as file, pa.ipc.new_file(file, _SCHEMA) as writer:
            for place, piece in enumerate(table.staged.pieces(headers)):
                if not place:
                    refuse_float_exports(piece, self._columns)
                accepted = self._judge(piece)
                if accepted.num_rows:
                    writer.write_batch(accepted)
        return self._lines, Doubts(pa.concat_tables(self._failures), pa.concat_tables(self._suspects))

    def _judge(self, piece: pa.Table) -> pa.RecordBatch:
        """The accepted rows of a piece."""
        row_no = in_one(piece[ROW_NO])
        orders = self._plain_orders(piece)
        typed: dict[str, pa.Array] = {}
        failed = []
        for name in ("customer_id", "ordered_at", "amount"):
            column = self._columns[name]
            cells = in_one(piece[column.header])
            typed[name], failures = read_cells(self._engine, column, cells, row_no)
            failed.append(failures)
        is_rejected = self._note_doubts(typed, row_no, pa.concat_tables(failed))
        columns = [typed["customer_id"], typed["ordered_at"], typed["amount"], row_no, orders]
        if is_rejected is not None:
            keep = pa.array(~is_rejected)
            columns = [column.filter(keep) for column in columns]
        customers, moments, amounts, row_no, orders = columns
        numbers = self._count(customers, _numbers(moments), _numbers(amounts))
        return pa.record_batch(
            [pa.array(numbers), moments.cast(pa.int64()), amounts, row_no, orders], schema=_SCHEMA
        )

    def _plain_orders(self, piece: pa.Table) -> pa.Array:
        column = self._columns["order_id"]
        cells = in_one(piece[column.header])
        plain = read_plain(cells, column.kind, column.notation)
        if plain is None or not pc.all(plain[1], min_count=0).as_py():
            raise NotPlainError
        return cells

    def _note_doubts(
        self, typed: Mapping[str, pa.Array], row_no: pa.Array, failures: pa.Table
    ) -> npt.NDArray[np.bool_] | None:
        """Keep the failures and the rows in doubt; which rows are rejected, None where none is."""
        moments, amounts = typed["ordered_at"], typed["amount"]
        days, cents = _numbers(moments) // DAY, _numbers(amounts)
        in_doubt = (days > self._last_day) | (np.abs(cents) >= _TOO_LARGE)
        for column in (moments, amounts):
            if column.null_count:
                in_doubt |= np.asarray(column.is_null())
        if in_doubt.any():
            keep = pa.array(in_doubt)
            told = [row_no, moments.cast(pa.date32()), amounts]
            rows = [column.filter(keep) for column in told]
            is_return = pc.fill_null(pc.less(rows[2], 0), fill_value=False)
            nothing = pa.nulls(len(rows[0]), SUSPECTS.field("quantity").type)
            self._suspects.append(pa.Table.from_arrays([*rows, nothing, is_return], schema=SUSPECTS))
        if not failures.num_rows:
            return in_doubt if in_doubt.any() else None
        self._failures.append(failures)
        is_failed: npt.NDArray[np.bool_] = in_doubt | np.isin(_numbers(row_no), _numbers(failures[ROW_NO]))
        return is_failed

    def _count(self, customers: pa.Array, moments: Whole, amounts: Whole) -> Numbers:
        """The numbers of the customers of accepted lines, which are counted."""
        lines, days = self._lines, (moments // DAY).astype(np.int32)
        numbers = lines.customers.take(customers)
        if not len(days):
            return numbers
        if (days[1:] < days[:-1]).any() or (lines.last_day is not None and days[0] < lines.last_day):
            raise NotPlainError
        grown = np.full(len(lines.customers), _NOBODY_SEEN, dtype=np.int32)
        grown[: len(lines.first_days)] = lines.first_days
        self._loops.note_first_days(numbers, days, grown)
        lines.first_days = grown
        lines.count += len(days)
        lines.anonymous += int((numbers < 0).sum())
        lines.total_cents += int(amounts.sum())
        lines.first_day = int(days[0]) if lines.first_day is None else lines.first_day
        lines.last_day = int(days[-1])
        return numbers


def _numbers(column: pa.Array | pa.ChunkedArray) -> Whole:
    """The whole numbers of a column, whatever stands in its empty cells."""
    whole = in_one(column)
    if not len(whole):
        return np.zeros(0, dtype=np.int64)
    return np.frombuffer(whole.buffers()[1], dtype=np.int64)[whole.offset : whole.offset + len(whole)]
