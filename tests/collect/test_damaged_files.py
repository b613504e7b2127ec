"""Whatever happens to a file on its way, a user sees a named problem, never a traceback."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keceng.collect.files import read_source
from keceng.collect.source import SourceTable
from keceng.vocabulary import KecengError, Problem
from tests.collect.made_files import Cell, write_bytes, write_csv, write_workbook, write_xls

HEADER: list[Cell] = ["客户编号", "客户名称", "下单时间", "金额"]
ROWS: list[list[Cell]] = [HEADER] + [[f"K{n}", "甲公司", dt.date(2024, 1, 2), 1.5] for n in range(20)]


def sound_file(folder: Path, kind: str) -> bytes:
    texts = [[cell if isinstance(cell, str | float) else str(cell) for cell in row] for row in ROWS]
    match kind:
        case "xlsx":
            return write_workbook(folder / "a.xlsx", {"S": ROWS}).read_bytes()
        case "xls":
            return write_xls(folder / "a.xls", texts).read_bytes()
        case "parquet":
            pq.write_table(
                pa.table({"customer_id": ["1", "客户"], "amount": [1.0, 2.0]}), folder / "a.parquet"
            )
            return (folder / "a.parquet").read_bytes()
    text = "\n".join(",".join(map(str, row)) for row in texts)
    return write_csv(folder / "a.csv", text, "gb18030").read_bytes()


def damaged(content: bytes, chance: Random) -> bytes:
    """The content with some bytes changed, lost, added, or its end cut off."""
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 3, 10])):
        at, act = chance.randrange(len(changed)), chance.random()
        if act < 0.5:
            changed[at] = chance.randrange(256)
        elif act < 0.7:
            del changed[at : at + chance.randrange(1, 50)]
        elif act < 0.9:
            changed[at:at] = bytes(chance.choices(b'",\n\t\r;\x00\xff 0a=|', k=chance.randrange(1, 6)))
        else:
            del changed[at:]
        changed = changed or bytearray(b"x")
    return bytes(changed)


def read_or_name(path: Path) -> tuple[Sequence[SourceTable], Sequence[Problem]]:
    try:
        return read_source(path), ()
    except KecengError as error:
        return (), error.problems


@pytest.mark.parametrize("kind", ["csv", "xlsx", "xls", "parquet"])
def test_a_damaged_file_is_read_or_named_and_no_row_goes_missing(tmp_path: Path, kind: str) -> None:
    content, chance, refused = sound_file(tmp_path, kind), Random(f"damage {kind}"), 0
    for _ in range(150):
        path = write_bytes(tmp_path / "damaged", damaged(content, chance))
        tables, problems = read_or_name(path)
        refused += bool(problems)
        assert all(p.remedy or p.place.row for p in problems)
        assert all(t.row_count == t.data.num_rows + len(t.broken_rows) for t in tables)
    assert refused > 0
