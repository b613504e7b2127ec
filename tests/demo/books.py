"""The demo company's files, read back with csv and openpyxl only, so that nothing of ours vouches for ours."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from openpyxl import load_workbook

from keceng.demo import AS_OF, DemoFiles, Truths

Row = Mapping[str, str]
_ENCODINGS = {"complaints": "gb18030", "order_lines": "utf-8"}


def read_rows(entity: str, path: Path) -> list[dict[str, str]]:
    """Rows by header as text; a title above the header and a total below are left out."""
    if path.suffix == ".csv":
        with path.open(encoding=_ENCODINGS.get(entity, "utf-8-sig"), newline="") as file:
            return list(csv.DictReader(file))
    grid = read_grid(path)
    headers, *rows = grid if any(grid[0][1:]) else grid[1:]
    return [dict(zip(headers, row, strict=True)) for row in rows if row[0] != "合计"]


def read_grid(path: Path) -> list[list[str]]:
    """All cells of the only sheet of a workbook as text, empty ones as empty text."""
    book = load_workbook(path, read_only=True)
    try:
        (page,) = book.worksheets
        rows = page.iter_rows(values_only=True)
        return [["" if cell is None else str(cell) for cell in row] for row in rows]
    finally:
        book.close()


def cents(text: str) -> int:
    """An amount in yuan as cents; a binary float of a workbook is rounded to the cent it was written as."""
    return int(round(Decimal(text), 2) * 100)


def read_day(text: str) -> date:
    """A day written as 2026-06-30, with or without a clock, or as 2026/6/30."""
    if "/" in text:
        return date(*map(int, text.split("/")))
    return datetime.fromisoformat(text).date()


@dataclass(frozen=True, slots=True)
class Books:
    """Every file's rows by entity, and the truths to be found in them."""

    rows: Mapping[str, list[dict[str, str]]]
    truths: Truths

    @property
    def customers(self) -> dict[str, dict[str, str]]:
        """Customer rows by code."""
        return {row["客户编码"]: row for row in self.rows["customers"]}

    def codes_of(self, *kinds: str) -> set[str]:
        """Codes of customers whose 客户类型 is one of `kinds`."""
        return {row["客户编码"] for row in self.rows["customers"] if row["客户类型"] in kinds}

    def purchase_lines(self) -> list[dict[str, str]]:
        """Valid purchase lines: quantity and amount above zero, not cancelled, not wholly taken back by a linked return."""
        lines = [
            row
            for row in self.rows["order_lines"]
            if int(row["数量"]) > 0
            and cents(row["实付金额"]) > 0
            and row["订单状态"] not in {"已取消", "交易关闭"}
        ]
        bought, returned = Counter[str](), Counter[str]()
        for row in lines:
            bought[row["订单号"]] += cents(row["实付金额"])
        for row in self.rows["order_lines"]:
            if row["原订单号"]:
                returned[row["原订单号"]] -= cents(row["实付金额"])
        return [row for row in lines if returned[row["订单号"]] < bought[row["订单号"]]]

    def purchase_days(self) -> dict[str, list[date]]:
        """Ascending days with a valid purchase, by customer."""
        days: dict[str, set[date]] = defaultdict(set)
        for row in self.purchase_lines():
            days[row["客户编码"]].add(read_day(row["下单时间"]))
        return {code: sorted(found) for code, found in days.items()}

    def net_cents(self, of: Callable[[Row], str], *, oldest: int = 10**6, newest: int = 0) -> Counter[str]:
        """Net amount by what `of` says of a line, over days at least `newest` and less than `oldest` days old."""
        earliest, latest = AS_OF - timedelta(days=min(oldest, 5000)), AS_OF - timedelta(days=newest)
        totals: Counter[str] = Counter()
        for row in self.rows["order_lines"]:
            if earliest < read_day(row["下单时间"]) <= latest:
                totals[of(row)] += cents(row["实付金额"])
        return totals


def read_books(files: DemoFiles) -> Books:
    """All files of a company."""
    return Books({entity: read_rows(entity, path) for entity, path in files.paths.items()}, files.truths)


def customer_of(row: Row) -> str:
    """The customer a line belongs to."""
    return row["客户编码"]


def duplicates(values: Iterable[str]) -> list[str]:
    """Values that come more than once."""
    return [value for value, count in Counter(values).items() if count > 1]
