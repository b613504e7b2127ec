"""Files that hold one row per customer with its purchase history: x, t_x, T and the mean amount."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from keceng.vocabulary import KecengError, Place, Problem, Text

_HEADERS: Mapping[str, tuple[str, ...]] = {
    "customer_id": ("id", "cust", "customer_id", "客户编号"),
    "frequency": ("x", "frequency"),
    "recency": ("t_x", "tx", "t.x", "recency"),
    "T": ("t", "age"),
    "monetary_value": ("zbar", "monetary_value", "m_x"),
}
_OPTIONAL = {"customer_id", "monetary_value"}


def read_summary_file(path: Path) -> pa.Table:
    """The columns `customer_id`, `frequency`, `recency`, `T`, `monetary_value` of a CSV, TSV or Parquet file.

    Headers are matched whatever their case (`ID, x, t_x, T, zbar`). Without an id a row is known by its number; a file
    without amounts gives no `monetary_value`.

    Raises:
        KecengError: the file cannot be read, or columns are missing; all of them are named.
    """
    found = _read(path)
    headers = {name.strip().lower(): name for name in reversed(found.column_names)}
    columns = {
        field: found[headers[written]]
        for field, names in _HEADERS.items()
        if (written := next((n for n in names if n in headers), None)) is not None
    }
    missing = [f for f in _HEADERS if f not in columns and f not in _OPTIONAL]
    if missing:
        raise KecengError([_missing(path, field, found.column_names) for field in missing])
    numbered = pa.array(range(1, found.num_rows + 1))
    ids = columns.get("customer_id", numbered).cast(pa.string())
    return pa.table({**columns, "customer_id": ids})


def _read(path: Path) -> pa.Table:
    if not path.is_file():
        raise KecengError.of("no_file", "没有这个文件", "there is no such file", place=Place(file=str(path)))
    try:
        if path.suffix.lower() == ".parquet":
            return pq.read_table(path)
        delimiter = "\t" if path.suffix.lower() in {".tsv", ".txt"} else ","
        return arrow_csv.read_csv(path, parse_options=arrow_csv.ParseOptions(delimiter=delimiter))
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise KecengError.of(
            "unreadable_summary",
            "读不成表格",
            "it cannot be read as a table",
            remedy=Text("请给出 UTF-8 的 CSV, 或 Parquet", "give a CSV in UTF-8, or Parquet"),
            place=Place(file=path.name),
        ) from error


def _missing(path: Path, field: str, headers: list[str]) -> Problem:
    names = ", ".join(_HEADERS[field])
    present = ", ".join(headers[:12])
    return Problem(
        "missing_column",
        Text(f"缺少一列, 列名应是 {names} 之一; 现有: {present}", f"a column is missing, named one of {names}; there are: {present}"),
        place=Place(file=path.name, column=field),
    )  # fmt: skip
