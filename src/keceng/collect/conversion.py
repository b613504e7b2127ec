"""Text columns become typed columns: every distinct text is read once, every cell that cannot be read is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.readings import CellKind, Notation, read_dictionary
from keceng.collect.reasons import REASONS
from keceng.collect.source import ROW_NO, ColumnMapping, SourceMapping, SourceTable
from keceng.lake import Engine
from keceng.vocabulary import KecengError, Problem, Text

_SHOWN_CELLS = 10
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


def refuse_lost_phones(converted: Converted, table: SourceTable, mapping: SourceMapping) -> None:
    """Stop where a spreadsheet turned telephone numbers into 1.38E+10: the column is damaged beyond the rows that show it.

    Raises:
        KecengError: one problem per damaged cell, at most `_SHOWN_CELLS`.
    """
    phone = mapping.column("phone")
    if phone is None:
        return
    failures = converted.failures
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
    encoded = table.data[source.header].combine_chunks().dictionary_encode()
    notation = Notation(source.unit_scale, source.date_order, table.date_epoch, source.takes_short_years)
    typed, codes = read_dictionary(engine, encoded.dictionary, kind, notation)
    failed = _failed_cells(table.data[ROW_NO].combine_chunks(), encoded, codes, source.header)
    return typed.take(encoded.indices), failed


def _failed_cells(row_no: pa.Array, encoded: pa.DictionaryArray, codes: pa.Array, header: str) -> pa.Table:
    if codes.null_count == len(codes):
        return FAILURES.empty_table()
    code = codes.take(encoded.indices)
    is_failed = pc.is_valid(code)
    failed = row_no.filter(is_failed)
    return pa.table(
        [
            failed,
            pa.array([header] * len(failed), pa.string()),
            encoded.dictionary.take(encoded.indices.filter(is_failed)),
            code.filter(is_failed),
        ],
        schema=FAILURES,
    )
