"""A small book of business, written to a real lake and classified by a real run; its texts try to break out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from keceng.classify import LedgerRows, RunRequest, classify_customers
from keceng.collect import BATCHES, CUSTOMERS, ORDER_LINES, PERSONS, PRODUCTS, PURCHASE_DAY, REJECTS
from keceng.lake import Lake, Snapshot, Table
from keceng.standard import find_standard

AS_OF = dt.date(2026, 6, 30)

HOSTILE: tuple[str, ...] = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1+1)",
    "\tTAB",
    "\u202egpj.exe",
    "{{ 7 * 7 }}",
    "</title><svg onload=alert(1)>",
    "javascript:alert(1)",
    '=HYPERLINK("http://evil.example","click")',
    "'; drop table persons; --",
    "http://evil.example/",
    "]]>--><b>bold</b>",
)


@dataclass(frozen=True, slots=True)
class Book:
    """A classified lake."""

    lake: Lake
    snapshot: Snapshot
    run_directory: Path


def write_book(root: Path, *, customers: int = 60, is_bare: bool = False) -> Book:
    """A lake of `customers` and its run; a bare one knows no names, places, products, rejects or source rows."""
    lake = Lake.create(root)
    with lake.unit_of_work("import") as work:
        for table, rows in _tables(customers, is_bare=is_bare).items():
            work.append(table, _arrow(table, rows))
    request = RunRequest(find_standard("retail"), AS_OF)
    if not is_bare:
        request = RunRequest(
            find_standard("retail"),
            AS_OF,
            rows=LedgerRows(read=200, added=180, rejected=20, anonymous=7, duplicate_lines=3),
            rejects={"bad_phone": 1, "not_a_number": 19},
            assumed=["日期按第一列 / dates from the first column", HOSTILE[0]],
        )
    classify_customers(lake, request)
    snapshot = lake.snapshot()
    return Book(lake, snapshot, snapshot.run_directory())


def _arrow(table: Table, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=table.arrow_schema)


def _tables(customers: int, *, is_bare: bool) -> dict[Table, list[dict[str, object]]]:
    tables: dict[Table, list[dict[str, object]]] = {
        CUSTOMERS: [],
        PERSONS: [],
        PURCHASE_DAY: [],
        ORDER_LINES: [],
    }
    for key in range(1, customers + 1):
        hostile = None if is_bare else HOSTILE[key % len(HOSTILE)]
        tables[CUSTOMERS].append({"customer_key": key, "province": hostile, "owner": hostile})
        name = None if hostile is None else f"{hostile} {key}"
        identity = f"C{key:04d}" if key % 3 else f"={key}+{key}"
        tables[PERSONS].append({"source": "main", "source_id": identity, "customer_key": key, "name": name})
        for bought in range(key % 7):
            _buy(tables, key, bought, is_bare=is_bare)
    if not is_bare:
        tables |= _products_and_rejects()
    return tables


def _buy(tables: dict[Table, list[dict[str, object]]], key: int, bought: int, *, is_bare: bool) -> None:
    day = AS_OF - dt.timedelta(days=5 + 31 * bought + key % 11 * 20)
    cents = 1_050 * key * (bought + 1)
    tables[PURCHASE_DAY].append(
        {
            "customer_key": key,
            "day": day,
            "orders": 1,
            "lines": 1,
            "net": cents,
            "gross": cents,
            "returned": 0,
        }
    )
    if not is_bare:
        tables[ORDER_LINES].append(
            {"order_key": key * 100 + bought, "line_no": 1, "customer_key": key, "line_on": day, "amount": cents,
             "product_id": f"P{key % 8}", "is_valid": True, "is_return": False, "is_cancelled": False}
        )  # fmt: skip


def _products_and_rejects() -> dict[Table, list[dict[str, object]]]:
    products: list[dict[str, object]] = [
        {
            "product_id": f"P{n}",
            "name": HOSTILE[n],
            "category": HOSTILE[n + 1],
            "product_line": HOSTILE[n + 2],
        }
        for n in range(8)
    ]
    rejects: list[dict[str, object]] = [
        {"batch_id": "b", "row_no": n + 2, "column": HOSTILE[n % len(HOSTILE)], "value": HOSTILE[n % len(HOSTILE)],
         "code": "not_a_number", "reason_zh": "不是数字，请改成如 1234.50 的数",
         "reason_en": "not a number; write it like 1234.50", "row": "{}"}
        for n in range(19)
    ]  # fmt: skip
    rejects.append(
        {"batch_id": "b", "row_no": 1, "column": "Phone", "value": "13912345", "code": "bad_phone",
         "reason_zh": "不是完整的电话号码", "reason_en": "not a complete telephone number", "row": "{}"}
    )  # fmt: skip
    batches: list[dict[str, object]] = [{"batch_id": "b", "source": "main", "file": "<b>sales</b>.xlsx"}]
    return {PRODUCTS: products, REJECTS: rejects, BATCHES: batches}
