"""Rejects files: the rejected rows with their reasons beside their original cells, to be corrected and given back."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter

from keceng.collect.corrections import BATCH_HEADER, ROW_HEADER
from keceng.collect.tables import BATCHES, REJECTS
from keceng.lake import Snapshot
from keceng.vocabulary import KecengError, Language, Text

_ABOUT: Mapping[str, Text] = {
    "file": Text("退回文件", "rejected file"),
    "sheet": Text("退回工作表", "rejected sheet"),
    "row_no": Text("退回行", "rejected row"),
    "column": Text("退回列", "rejected column"),
    "value": Text("退回值", "rejected value"),
}
_REASONS: Mapping[Language, str] = {"zh": "退回原因 reason zh", "en": "退回原因 reason en"}
_REASON = Text("退回原因", "reason")
_WIDTHS = (22, 12, 8, 16, 20, 44, 44)
_FORMULA = re.compile(r"[-+=@\t\r']")


def write_rejects(
    snapshot: Snapshot, batch_ids: Iterable[str], path: Path, language: Language | None = None
) -> int:
    """Write the rows of `batch_ids` that are still rejected to `path` (.csv or .xlsx); how many there are.

    Columns: file, sheet, row, column, value, the reason in `language` or in both, then the original columns, then the
    two columns by which corrected rows find their batch again (hidden in a workbook). No cell is a formula.

    Raises:
        KecengError: the name of `path` ends neither in .csv nor in .xlsx.
    """
    writers = {".csv": _write_csv, ".xlsx": _write_workbook}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise KecengError.of(
            "unknown_format",
            f"退回行只能写成 .csv 或 .xlsx: {path.name}",
            f"rejected rows are written as .csv or .xlsx: {path.name}",
            remedy=Text("换一个文件名", "choose another name"),
        )
    rejected = _list_rejected(snapshot, list(batch_ids))
    headers = list(dict.fromkeys(header for row in rejected for header in row["cells"]))
    names = [*_ABOUT, *(f"reason_{code}" for code in ([language] if language else _REASONS))]
    rows = [_cells(row, names, headers) for row in rejected]
    writer(path, [*_headings(language), *headers, BATCH_HEADER, ROW_HEADER], rows)
    return len(rejected)


def _list_rejected(snapshot: Snapshot, batch_ids: Sequence[str]) -> list[dict[str, Any]]:
    files = {row["batch_id"]: row["file"] for row in snapshot.read(BATCHES).to_pylist()}
    rejects = snapshot.read(REJECTS)
    is_open = pc.and_(
        pc.is_in(rejects["batch_id"], value_set=pa.array(batch_ids, pa.string())),
        pc.is_null(rejects["fixed_by"]),
    )
    order = [("batch_id", "ascending"), ("row_no", "ascending")]
    rows = rejects.filter(is_open).sort_by(order).to_pylist()
    return [row | {"file": files.get(row["batch_id"]), "cells": json.loads(row["row"])} for row in rows]


def _headings(language: Language | None) -> list[str]:
    if language is None:
        return [*(f"{title.zh} {title.en}" for title in _ABOUT.values()), *_REASONS.values()]
    return [title.in_language(language) for title in (*_ABOUT.values(), _REASON)]


def _cells(row: dict[str, Any], names: Sequence[str], headers: Sequence[str]) -> list[str]:
    told = [row[name] for name in names]
    original = [row["cells"].get(header) for header in headers]
    return ["" if c is None else str(c) for c in (*told, *original, row["batch_id"], row["row_no"])]


def _write_csv(path: Path, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([_inert(h) for h in headers])
        writer.writerows([_inert(cell) for cell in row] for row in rows)


def _inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; the mark goes again when the file is given back."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _write_workbook(path: Path, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("rejects")
        bold = book.add_format({"bold": True})
        for column, header in enumerate(headers):
            sheet.write_string(0, column, header, bold)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
        for column, width in enumerate(_WIDTHS[: len(headers) - 2]):
            sheet.set_column(column, column, width)
        sheet.set_column(len(headers) - 2, len(headers) - 1, None, None, {"hidden": True})
        sheet.freeze_panes(1, 0)
