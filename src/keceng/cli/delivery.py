"""A table as a file that people open: CSV that no spreadsheet takes for formulas, or Parquet; whole or not at all."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from keceng.vocabulary import KecengError, Place, Text

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def require_table_name(path: Path) -> None:
    """Refuse a file name that says no format we write, before any work is done.

    Raises:
        KecengError: it ends neither in .csv nor in .parquet, or its folder does not exist.
    """
    if path.suffix.lower() not in {".csv", ".parquet"}:
        raise KecengError.of(
            "unknown_format",
            f"只能写成 .csv 或 .parquet: {path.name}",
            f"tables are written as .csv or .parquet: {path.name}",
            place=Place(path="--out"),
        )
    if not path.absolute().parent.is_dir():
        raise KecengError.of(
            "no_folder",
            f"没有这个文件夹: {path.parent}",
            f"there is no folder {path.parent}",
            remedy=Text("先建好文件夹", "make the folder first"),
            place=Place(path="--out"),
        )


def write_table(table: pa.Table, path: Path) -> None:
    """Write `table` to `path` (.csv with a byte-order mark, or .parquet), replacing an older file at once.

    Raises:
        KecengError: see `require_table_name`.
    """
    require_table_name(path)
    part = path.with_name(f".{path.name}.part")
    try:
        if path.suffix.lower() == ".parquet":
            pq.write_table(table, part, compression="zstd")
        else:
            _write_csv(table, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_csv(table: pa.Table, path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=50_000):
            writer.writerows(zip(*(_cells(column) for column in batch.columns), strict=True))


def _cells(column: pa.Array) -> list[object]:
    cells: list[object] = column.to_pylist()
    if pa.types.is_string(column.type):
        return [f"'{c}" if isinstance(c, str) and c.startswith(_FORMULA_STARTS) else c for c in cells]
    return cells
