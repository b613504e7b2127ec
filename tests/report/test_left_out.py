"""What a page does not show: rhythm and worth under a ruler of procurement, codes where there is a title."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import openpyxl
import pytest

from keceng.classify import RunRequest, classify_customers
from keceng.measure import catalogue
from keceng.report import write_report, write_workbook
from keceng.standard import SERVICES, find_standard, list_templates
from tests.ledgers import Day, Ledger

AS_OF = dt.date(2026, 6, 30)
CUSTOMERS = {
    k: {"government_system": "教育" if k % 2 else "卫生", "government_level": "市"} for k in range(40)
}
DAYS = [
    Day(k, AS_OF - dt.timedelta(days=30 * n + k), 100_00 * (k + 1))
    for k in range(40)
    for n in range(k % 5 + 1)
]


def sections(page: str) -> set[str]:
    return set(re.findall(r'data-section="(\w+)"', page))


def render(root: Path, standard: str, *, days: list[Day]) -> tuple[str, Path]:
    lake = Ledger(days, CUSTOMERS).write(root / "lake")
    classify_customers(lake, RunRequest(find_standard(standard, catalogue()), AS_OF))
    snapshot = lake.snapshot()
    write_report(snapshot.run_directory(), snapshot, root / "page.html", language="en")
    write_workbook(snapshot.run_directory(), snapshot, root / "book.xlsx", language="en")
    return (root / "page.html").read_text(encoding="utf-8"), root / "book.xlsx"


@pytest.mark.parametrize("bought", [True, False])
def test_a_ruler_of_procurement_says_nothing_of_rhythm_and_worth(tmp_path: Path, bought: bool) -> None:
    page, book = render(tmp_path, "government", days=DAYS if bought else [])
    hidden = {"rfm", "value", "products"} | (set() if bought else {"curve"})
    shown = sections(page)
    assert shown.isdisjoint(hidden)
    assert {"headline", "classes", "grid", "leaders", "definitions"} <= shown
    # Every entry of the contents leads somewhere.
    assert set(re.findall(r'href="#(\w+)-en"', page)) == shown
    for word in ("RFM", "gap_ratio", "days_since_last_purchase"):
        assert word not in page
    headings = [cell.value for cell in openpyxl.load_workbook(book).worksheets[1][1]]
    assert "Sales" in " ".join(map(str, headings))
    assert not [h for h in headings if "gap" in str(h).lower()]


def test_a_ruler_of_purchases_shows_them(tmp_path: Path) -> None:
    page, _ = render(tmp_path, "retail", days=DAYS)
    assert {"rfm", "value", "products", "curve"} <= sections(page)
    assert "warnings" not in sections(page)


def test_a_service_package_is_shown_by_its_title_in_both_languages(tmp_path: Path) -> None:
    page, _ = render(tmp_path, "government", days=DAYS)
    assert "区域团队" in page
    assert "Regional team" in page
    assert "team-a" not in page


@pytest.mark.parametrize("template", list_templates())
def test_every_service_of_a_template_has_a_title(template: str) -> None:
    strategies = find_standard(template, catalogue()).strategy
    assert {s.service for s in strategies if s.service} <= set(SERVICES)


def test_the_warnings_of_a_run_come_second_on_the_page(tmp_path: Path) -> None:
    often = [Day(k, AS_OF - dt.timedelta(days=30 * n), 1_00) for k in range(40) for n in range(13)]
    page, _ = render(tmp_path, "consumer", days=often)
    assert "Loyal are 100% of all who bought" in page
    assert "忠诚客户占买过的客户 100%" in page
    assert re.findall(r'data-section="(\w+)"', page)[:2] == ["headline", "warnings"]
