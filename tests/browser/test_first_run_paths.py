"""Three companies as new users: from the set-up link over their own files to the first graded overview."""

from __future__ import annotations

import csv
import json
import re
import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser

from tests.browser.first_run_walk import PICTURES, Walk, new_workspace
from tests.browser.site import serve
from tests.browser.visit import LOCALES, WIDE, Visit
from tests.companies.distributor import ACCOUNTS, NO_CUSTOMERS, ROWS, write_distributor
from tests.companies.government_supplier import UNITS, write_government_supplier
from tests.companies.retailer import BUYERS, CLOSED, MEMBERS, STAFF, write_retailer

pytestmark = pytest.mark.slow
TEN_MINUTES, MOST_QUESTIONS = 600, 5


@contextmanager
def new_user(company: str, browser: Browser, directory: Path) -> Iterator[Walk]:
    """A fresh workspace, served, and somebody with its set-up link; what it took is kept beside the pictures."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    link = new_workspace(directory)
    with serve(directory) as site:
        context = browser.new_context(locale=LOCALES["zh"], viewport={"width": WIDE[0], "height": WIDE[1]})
        visit = Visit(site, context.new_page(), "zh")
        visit.watch(context)
        walk = Walk(company, visit)
        walk.set_up(link)
        yield walk
        walk.look_otherwise("overview")
        context.close()
    assert visit.faults == []
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    walk.worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert walk.person_seconds + walk.worked <= TEN_MINUTES
    assert len(walk.questions) <= MOST_QUESTIONS
    told = {
        "screens": walk.screens, "acts": walk.acts, "questions": walk.questions,
        "person_seconds": walk.person_seconds, "waited_seconds": round(walk.waited, 1), "core_seconds": round(walk.worked, 1),
    }  # fmt: skip
    (PICTURES / company / "walk.json").write_text(
        json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8"
    )


def heads_of(walk: Walk) -> tuple[int, int, int, int]:
    """Everybody, graded, excluded, with too little data, as the first line of the overview says."""
    numbers = [int(shown.replace(",", "")) for shown in walk.page.locator("p.reconciled b").all_inner_texts()]
    everybody, classified, *others = numbers
    return everybody, classified, others[0], others[-1]


def classes_of(walk: Walk) -> dict[str, tuple[int, float]]:
    """Class → heads and share of sales in percent, as its card says."""
    found = {}
    for card in walk.page.locator(".class-card").all():
        text = card.inner_text()
        heads, share = card.locator(".big").inner_text(), re.search(r"([\d.]+)\s*%", text)
        found[text.split()[0]] = (int(heads.replace(",", "")), float(share[1]) if share else 0.0)
    return found


def test_a_distributor_with_its_erps_two_files(browser: Browser, tmp_path: Path) -> None:
    sales, receivables = write_distributor(tmp_path)
    with closing(openpyxl.load_workbook(sales, read_only=True)) as book:
        assert book.active is not None
        rows = [row for row in book.active.iter_rows(min_row=4, values_only=True) if row[1]]
    cents = sum(int(Decimal(str(row[16]).replace(",", "")) * 100) for row in rows)
    assert len(rows) == ROWS
    with new_user("distributor", browser, tmp_path / "workspace") as walk:
        walk.upload(sales, receivables)
        assert walk.shown_total_cents() == cents
        assert len(walk.questions) == 3  # parties, tax, groups
        walk.compare(f"{cents / 100:,.2f}")
        assert walk.page.locator("form.books .up").is_visible()
        walk.look("books-agree")
        walk.take()
        assert walk.classify() == "b2b-start"
        everybody, classified, excluded, insufficient = heads_of(walk)
        assert everybody == classified + excluded + insufficient
        assert (everybody, excluded) == (ACCOUNTS + len(NO_CUSTOMERS), len(NO_CUSTOMERS))
        classes = classes_of(walk)
        assert 10 <= classes["A"][0] <= 0.15 * ACCOUNTS
        assert classes["A"][1] > 40


def test_a_retailer_with_orders_items_and_members(browser: Browser, tmp_path: Path) -> None:
    orders, items, members = write_retailer(tmp_path)
    with orders.open(encoding="gb18030", newline="") as file:
        rows = list(csv.DictReader(file))
    cents = sum(int(Decimal(row["买家实际支付金额"]) * 100) for row in rows)
    bought = {row["买家会员名"] for row in rows if row["订单状态"] != CLOSED}
    with new_user("retailer", browser, tmp_path / "workspace") as walk:
        walk.upload(orders, items, members)
        assert walk.shown_total_cents() == cents
        walk.compare(f"{cents / 100:.2f}")
        assert walk.page.locator("form.books .up").is_visible()
        walk.take()
        assert walk.classify() == "retail"
        everybody, classified, excluded, insufficient = heads_of(walk)
        assert everybody == MEMBERS == classified + excluded + insufficient
        assert len(bought) - STAFF <= classified + insufficient <= len(bought)
        assert len(bought) <= BUYERS
        assert f"{MEMBERS - len(bought):,}" in walk.page.locator("p.reconciled").inner_text()


def test_a_government_supplier_with_a_hand_kept_sheet(browser: Browser, tmp_path: Path) -> None:
    kept = write_government_supplier(tmp_path)
    with closing(openpyxl.load_workbook(kept)) as book:
        assert book.active is not None
        rows = [row for row in book.active.iter_rows(min_row=3, values_only=True) if row[1]]
    sums = [sum(Decimal(str(row[n])) for row in rows if row[n] is not None) for n in range(4, 8)]
    assert len(rows) == UNITS
    with new_user("government", browser, tmp_path / "workspace") as walk:
        walk.upload(kept)
        assert len(walk.questions) == 1
        shown = walk.page.locator(".column-sum").all_inner_texts()
        assert [Decimal(re.sub(r"[^\d.]", "", text.split()[-1])) for text in shown] == [
            n * 10_000 for n in sums
        ]
        walk.take()
        assert walk.classify() == "government"
        everybody, classified, excluded, insufficient = heads_of(walk)
        assert everybody == UNITS == classified + excluded + insufficient
        classes = classes_of(walk)
        assert 1 <= classes["A"][0] <= 0.2 * UNITS
