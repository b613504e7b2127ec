"""Text columns become typed columns: every distinct text is read once, every cell that cannot be read is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keceng.collect.plain_cells import is_read_by_loops, read_plain
from keceng.collect.readings import CellKind, Notation, read_dictionary
from keceng.collect.reasons import REASONS
from keceng.collect.source import ROW_NO, ColumnMapping, SourceMapping, SourceTable
from keceng.lake import Engine, in_one, repeating_columns
from keceng.vocabulary import KecengError, Problem, Text

_SHOWN_CELLS = 10
_FEW_TEXTS = 8
_LOOKED_AT = 4_096
_FLOAT = r"^\d+\.0$"
_TIME_BEGINS = dt.datetime(1, 1, 1)  # noqa: DTZ001  the clock is as written
_HALF, _SOME = 0.5, 0.97
_NUMBERS = frozenset({CellKind.CENTS, CellKind.QUANTITY, CellKind.UNIT_PRICE})
_CODES = frozenset({CellKind.CODE, CellKind.PARTY_CODE})
FAILURES = pa.schema(
    [("row_no", pa.int64()), ("column", pa.string()), ("value", pa.string()), ("code", pa.string())]
)
"""Cells that could not be read: the row and header a user sees, the text, the code of the reason."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A source table after reading its cells.

    Attributes:
        data: `row_no` and one typed column per field asked for; unmapped fields and unreadable cells are null.
        failures: one row per unreadable cell, see `FAILURES`.
    """

    data: pa.Table
    failures: pa.Table


def convert_cells(
    engine: Engine, table: SourceTable, mapping: SourceMapping, *, kinds: Mapping[str, CellKind]
) -> Converted:
    """Read the columns of `table` that feed the fields of `kinds`, each as its kind."""
    arrays: dict[str, pa.ChunkedArray | pa.Array] = {ROW_NO: table.data[ROW_NO]}
    failures = [FAILURES.empty_table()]
    for field_name, kind in kinds.items():
        source = mapping.column(field_name)
        if source is None:
            arrays[field_name] = pa.nulls(table.data.num_rows, kind.arrow)
            continue
        arrays[field_name], failed = convert_column(engine, table, source, kind)
        failures.append(failed)
    return Converted(pa.table(arrays), pa.concat_tables(failures))


def refuse_lost_phones(failures: pa.Table, table: SourceTable, mapping: SourceMapping) -> None:
    """Stop where a spreadsheet turned telephone numbers into 1.38E+10: the column is damaged beyond the rows that show it.

    Raises:
        KecengError: one problem per damaged cell, at most `_SHOWN_CELLS`.
    """
    phone = mapping.column("phone")
    if phone is None:
        return
    is_lost = pc.and_(pc.equal(failures["column"], phone.header), pc.equal(failures["code"], "digits_lost"))
    if cells := failures.filter(is_lost).slice(0, _SHOWN_CELLS).to_pylist():
        raise KecengError([_lost_phone(table, cell) for cell in cells])


def _lost_phone(table: SourceTable, cell: Mapping[str, Any]) -> Problem:
    return Problem(
        "digits_lost",
        REASONS["digits_lost"],
        Text(
            "把这一列设为文本后从源系统重新导出；或用 --reject-lost-phones 只退回这些行",
            "export the column again as text from where it came, or reject these rows only with --reject-lost-phones",
        ),
        replace(table.place, row=cell["row_no"], column=cell["column"]),
        cell["value"],
    )


def convert_column(
    engine: Engine, table: SourceTable, source: ColumnMapping, kind: CellKind
) -> tuple[pa.Array, pa.Table]:
    """The typed column that `source` feeds, and its unreadable cells."""
    cells, row_no = in_one(table.data[source.header]), in_one(table.data[ROW_NO])
    notation = _notation(table, source)
    if kind in _CODES and _has_other_than_floats(cells):
        notation = replace(notation, is_whole=False)
    return read_cells(engine, CellColumn(source.header, kind, notation), cells, row_no)


def stage_cells(
    engine: Engine, table: SourceTable, mapping: SourceMapping, *, kinds: Mapping[str, CellKind], path: Path
) -> Staged:
    """The same for a table whose rows are staged: the typed columns that are fed go to the file `path`.

    Raises:
        NotInPiecesError: a column must be seen whole to be read.
    """
    assert table.staged is not None  # noqa: S101  the caller asks for such tables alone
    fed = {name: source for name in kinds if (source := mapping.column(name)) is not None}
    columns = {name: column_of(table, source, kinds[name]) for name, source in fed.items()}
    headers = list(dict.fromkeys(c.header for c in columns.values()))
    failures, writer, first = [FAILURES.empty_table()], None, True
    times = {name: _TIME_BEGINS for name, column in columns.items() if column.kind is CellKind.MOMENT}
    try:
        for piece in table.staged.pieces([*headers, ROW_NO]):
            if first:
                refuse_float_exports(piece, columns)
                first = False
            typed, failed = _read_piece(engine, piece, columns)
            failures += failed
            times = {name: last for name, begin in times.items() if (last := _latest(typed[name], begin))}
            writer = writer or _typed_writer(path, typed)
            writer.write_table(typed, row_group_size=typed.num_rows)
    finally:
        if writer is not None:
            writer.close()
    return Staged(pa.concat_tables(failures), frozenset(times))


@dataclass(frozen=True, slots=True)
class Staged:
    """What became of the cells of a table whose rows are staged.

    Attributes:
        failures: one row per unreadable cell, see `FAILURES`.
        in_order: fields of times of which each piece begins no earlier than the last one ends.
    """

    failures: pa.Table
    in_order: frozenset[str]


def _latest(times: pa.ChunkedArray, begin: dt.datetime) -> dt.datetime | None:
    """The last time, where none is before `begin`; else None."""
    span = pc.min_max(times).as_py()
    if span["min"] is None:
        return begin
    return span["max"] if span["min"] >= begin else None


class NotInPiecesError(Exception):
    """A table that is read otherwise when all of it is seen at once."""


@dataclass(frozen=True, slots=True)
class CellColumn:
    """A source column and how its cells are read."""

    header: str
    kind: CellKind
    notation: Notation
    known: dict[tuple[str, ...], tuple[pa.Array, pa.Array]] = field(default_factory=dict, compare=False)
    """What few texts that are not plain were read as."""


def column_of(table: SourceTable, source: ColumnMapping, kind: CellKind) -> CellColumn:
    """How the cells of a column of a staged table are read, which are seen piece by piece."""
    return CellColumn(source.header, kind, replace(_notation(table, source), is_whole=False))


def _notation(table: SourceTable, source: ColumnMapping) -> Notation:
    return Notation(source.unit_scale, source.date_order, table.date_epoch, source.takes_short_years)


def refuse_float_exports(piece: pa.Table, columns: Mapping[str, CellColumn]) -> None:
    """Codes that all end in `.0` are read without it; whether all do is not known before the last row.

    Raises:
        NotInPiecesError: no code of the first piece ends otherwise.
    """
    for column in columns.values():
        if column.kind in _CODES and not _has_other_than_floats(in_one(piece[column.header])):
            raise NotInPiecesError(column.header)


def _has_other_than_floats(cells: pa.Array) -> bool:
    """Whether a plain cell shows that these codes did not all become `17.0` in a spreadsheet."""
    for part in (cells.slice(0, _LOOKED_AT), cells):
        plain = read_plain(part, CellKind.CODE, Notation())
        codes = plain[0].drop_null() if plain else part.slice(0, 0)
        if pc.any(pc.invert(pc.match_substring_regex(codes, _FLOAT))).as_py():
            return True
    return False


def _read_piece(
    engine: Engine, piece: pa.Table, columns: Mapping[str, CellColumn]
) -> tuple[pa.Table, list[pa.Table]]:
    row_no = in_one(piece[ROW_NO])
    typed: dict[str, pa.Array] = {ROW_NO: row_no}
    failures = []
    for name, column in columns.items():
        typed[name], failed = read_cells(engine, column, in_one(piece[column.header]), row_no)
        failures.append(failed)
    return pa.table(typed), failures


def _typed_writer(path: Path, typed: pa.Table) -> pq.ParquetWriter:
    repeating = list(repeating_columns(typed))
    return pq.ParquetWriter(
        path, typed.schema, compression="none", use_dictionary=repeating, write_statistics=False
    )


def read_cells(
    engine: Engine, column: CellColumn, cells: pa.Array, row_no: pa.Array
) -> tuple[pa.Array, pa.Table]:
    """Typed cells and those that cannot be read: every different text is read once where texts come again."""
    if not _comes_again(cells, column.kind):
        typed, codes = _read_texts(engine, column, cells)
        return typed, _failed_cells(row_no, cells, codes, column.header)
    encoded = cells.dictionary_encode()
    typed, codes = _read_texts(engine, column, encoded.dictionary)
    code = codes.take(encoded.indices) if codes is not None else None
    if typed is encoded.dictionary:  # every text stays as it is
        return cells, FAILURES.empty_table()
    return typed.take(encoded.indices), _failed_cells(row_no, cells, code, column.header)


def _comes_again(cells: pa.Array, kind: CellKind) -> bool:
    """Whether to look at different cells only; reading an amount takes longer than knowing it again."""
    if is_read_by_loops(len(cells), kind):
        return False
    top = cells.slice(0, _LOOKED_AT)
    share = _SOME if kind in _NUMBERS else _HALF
    return len(top) < _LOOKED_AT or len(top.unique()) <= len(top) * share


def _read_texts(engine: Engine, column: CellColumn, texts: pa.Array) -> tuple[pa.Array, pa.Array | None]:
    """What each text is, and why it is not read; None where all are."""
    kind, notation = column.kind, column.notation
    plain = None
    if kind not in _CODES or not notation.is_whole:
        plain = read_plain(texts, kind, notation)
    if plain is None:
        encoded = texts.dictionary_encode()
        typed, codes = read_dictionary(engine, encoded.dictionary, kind, notation)
        return typed.take(encoded.indices), codes.take(encoded.indices)
    typed, is_plain = plain
    if pc.all(is_plain).as_py():
        return typed, None
    is_odd = pc.invert(is_plain)
    odd = texts.filter(is_odd).dictionary_encode()
    read, told = _read_odd(engine, column, odd.dictionary)
    codes = pc.replace_with_mask(pa.nulls(len(texts), pa.string()), is_odd, told.take(odd.indices))
    return pc.replace_with_mask(typed, is_odd, read.take(odd.indices)), codes


def _read_odd(engine: Engine, column: CellColumn, texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """What these texts are; the same few, such as n/k, come again in piece after piece."""
    if len(texts) > _FEW_TEXTS:
        return read_dictionary(engine, texts, column.kind, column.notation)
    told = tuple(texts.to_pylist())
    if told not in column.known:
        column.known[told] = read_dictionary(engine, texts, column.kind, column.notation)
    return column.known[told]


def _failed_cells(row_no: pa.Array, cells: pa.Array, codes: pa.Array | None, header: str) -> pa.Table:
    if codes is None or codes.null_count == len(codes):
        return FAILURES.empty_table()
    is_failed = pc.is_valid(codes)
    failed = row_no.filter(is_failed)
    headers = pa.array([header] * len(failed), pa.string())
    return pa.table([failed, headers, cells.filter(is_failed), codes.filter(is_failed)], schema=FAILURES)
