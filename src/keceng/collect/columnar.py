"""Parquet files as text columns."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from keceng.collect.cells import column_text
from keceng.vocabulary import KecengError, Place, Problem, Text


@dataclass(frozen=True, slots=True)
class ColumnarBody:
    """A Parquet file's columns as text, before any cleaning."""

    names: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    row_no: pa.Array


def read_columnar(content: bytes, file: str) -> ColumnarBody:
    """Every column as text; row numbers count from 1, since the file has no header row.

    Raises:
        KecengError: `unreadable_parquet`, or one `nested_column` per column that has no single values.
    """
    try:
        table = pq.read_table(pa.BufferReader(content))
        table.validate(full=True)
        names = table.column_names
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise KecengError.of(
            "unreadable_parquet", "Parquet 文件读不出来, 可能被截断", "the Parquet file cannot be read; it may be cut off",
            remedy=Text("请重新导出或复制该文件", "export or copy the file again"),
            place=Place(file=file), value=type(error).__name__,
        ) from None  # fmt: skip
    texts = {name: column_text(table.column(index)) for index, name in enumerate(names)}
    if problems := [_nested(file, name, table) for name, column in texts.items() if column is None]:
        raise KecengError(problems)
    columns = tuple(column for column in texts.values() if column is not None)
    return ColumnarBody(tuple(texts), columns, pa.array(range(1, table.num_rows + 1), pa.int64()))


def _nested(file: str, name: str, table: pa.Table) -> Problem:
    return Problem(
        "nested_column",
        Text("这一列不是单个值", "this column does not hold single values"),
        remedy=Text("请在导出时展开或去掉这一列", "flatten or leave out the column when exporting"),
        place=Place(file=file, column=name),
        value=str(table.schema.field(name).type),
    )
