"""The main path of every role, in a real browser over the real server and its worker, in both languages."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import FALLEN, OWNER_NAMES, PASSWORD
from tests.browser.conftest import Visiting
from tests.browser.screens import csv_file
from tests.browser.site import Site, serve
from tests.browser.visit import PHONE, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
JOB_MS = 300_000
AUGUST = """订单号,下单时间,客户编码,客户名称,商品名称,数量,实付金额
AUG-1,2026-08-02,F000001,示例远航贸易有限公司,示例纸张04型,10,52000.00
AUG-2,2026-08-03,F000002,示例江潮机电有限公司,示例纸张04型,4,18000.50
AUG-3,2026-08-42,F000003,示例云帆医药有限公司,示例纸张04型,2,9000.00
"""


@pytest.fixture(scope="module", params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def site(company: Path, language: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Every language has a company of its own, because people change things in it."""
    directory = tmp_path_factory.mktemp(language) / "workspace"
    shutil.copytree(company, directory)
    with serve(directory) as served:
        yield served


def menu(page: Page, address: str) -> None:
    page.locator(f".screens a[href='{address}']").click()


def later(days: int) -> str:
    return (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)).isoformat()


def test_a_sales_rep_works_through_the_day_on_a_phone(visit: Visiting, language: str) -> None:
    rep = visit("rui", language, size=PHONE)
    page = rep.go("/")
    menu(page, "/day/")
    left = int(page.locator(".day-left b").inner_text())
    assert 1 <= left <= 15
    first = page.locator(".day-item").first
    place, who = first.get_attribute("id"), first.locator(".day-who a").inner_text()
    expect(first.locator(".day-why")).not_to_be_empty()
    first.locator(".day-who a").click()
    expect(page.locator("h1")).to_contain_text(who)
    expect(page.locator(".reason")).not_to_be_empty()
    page.go_back()
    log = page.locator(f"#{place} details")
    log.locator("summary").tap()
    log.locator("input[name=outcome][value=interested]").check()
    log.locator("textarea").fill("下周看样" if language == "zh" else "samples next week")
    log.locator("input[name=next_on]").fill(later(7))
    log.locator("form.visit button").tap()
    expect(page.locator(".day-left b")).to_have_text(str(left - 1))
    done = page.locator(".day-done li").filter(has_text=who)
    expect(done).to_contain_text(later(7))
    expect(page.locator(f"#{place}")).to_have_count(0)
    # Another's customers are not there for a rep, wherever they look.
    rep.go("/customers/?q=F000002")
    expect(page.locator("#rows")).not_to_contain_text(FALLEN["F000002"][0])


def test_an_account_manager_reads_the_way_up_and_asks_for_a_class(visit: Visiting, language: str) -> None:
    manager = visit("an", language)
    page = manager.go("/customers/")
    page.locator("select[name=grade]").select_option("B")
    expect(page.locator("#rows td .tier").filter(has_text="A")).to_have_count(0)
    page.locator("#rows td a").first.click()
    name = page.locator("h1").inner_text().removesuffix("B").strip()
    expect(page.locator("section", has=page.locator("h2", has_text=manager.say("怎样升级", "The way up"))))
    asking = page.locator("#asked details", has=page.locator("input[name=kind][value=override]"))
    asking.locator("summary").click()
    asking.locator("select[name=class_id]").select_option("A")
    asking.locator("input[name=expires_on]").fill("2026-12-31")
    asking.locator("input[name=why]").fill(
        "新签三年框架" if language == "zh" else "a frame contract of three years"
    )
    asking.locator("button.btn-primary").click()
    expect(page.locator("#asked .asked-state.is-open")).to_have_count(1)
    manager.go("/waiting/")
    expect(page.locator("main")).to_contain_text(name)
    # Nobody approves what they asked for.
    expect(page.locator("button[value=approve]")).to_have_count(0)


def test_a_marketing_manager_turns_a_number_sees_the_effect_and_proposes(
    visit: Visiting, language: str
) -> None:
    manager = visit("mei", language)
    page = manager.go("/standards/")
    page.locator("#start").select_option("@published")
    page.locator("form[action='/standards/new/'] button").click()
    expect(page.locator(".state-draft")).to_be_visible()
    page.locator(".tabs a[href$='/numbers/']").click()
    # The draft is the standard in force, word for word: nobody moves.
    expect(page.locator("#effect .effect-line b")).to_have_text("0")
    share = page.locator("input[data-slides][value='0.8']").first
    share.fill("0.5")
    expect(page.locator("#effect .effect-line b")).not_to_have_text("0")
    moved = int(page.locator("#effect .effect-line b").inner_text())
    page.locator("input[name=why]").fill("A 类收窄" if language == "zh" else "a narrower class A")
    page.locator("button[value=save]").click()
    page.locator(".tabs a[href$='/impact/']").click()
    expect(page.locator(".effect-line b")).to_have_text(str(moved))
    page.locator("button[value=submit]").click()
    expect(page.locator(".state-in_review")).to_be_visible()
    expect(page.locator("button[value=approve]")).to_have_count(0)


def test_a_director_decides_approves_runs_and_sees_the_new_overview(visit: Visiting, language: str) -> None:
    director = visit("dong", language)
    page = director.go("/")
    fallen = {name for name, _owner in FALLEN.values()}
    named = page.locator(".falls li a")
    assert set(named.all_inner_texts()) >= fallen
    named.filter(has_text=FALLEN["F000001"][0]).click()
    expect(page.locator(".customer-head")).to_contain_text("F000001")
    director.go("/")
    decide_the_review(director)
    publish_what_was_proposed(director)
    menu(page, "/runs/")
    page.locator("select[name=revision]").select_option(label=re.compile(r"b2b").pattern + " r1")
    page.locator("main form.filters button.btn-primary").first.click()
    expect(page.locator("table.list").first).to_contain_text("b2b", timeout=JOB_MS)
    menu(page, "/")
    expect(page.locator(".reconciled")).to_contain_text("b2b")
    heads = [int(told.replace(",", "")) for told in page.locator(".reconciled b").all_inner_texts()]
    assert heads[0] == sum(heads[1:])


def decide_the_review(director: Visit) -> None:
    """The list by keys alone, its minutes, its end."""
    page = director.page
    page.locator(".figures a[href^='/reviews/']").click()
    items, decided = page.locator("[data-item]"), page.locator("[data-item].is-decided")
    expect(items.first).to_be_visible()
    page.wait_for_load_state()
    waiting = items.count()
    page.keyboard.press("j")
    for place in range(waiting):
        expect(items.nth(place)).to_be_focused()
        page.keyboard.press("1")
        if items.nth(place).locator("[data-key='1']").first.evaluate("e => e.tagName") == "SUMMARY":
            page.keyboard.type("维持" if director.language == "zh" else "it stands")
            page.keyboard.press("Enter")
        expect(decided).to_have_count(place + 1)
    for ending in ("docx", "xlsx"):
        with page.expect_download() as coming:
            page.locator(f".review-files a[href$='.{ending}']").click()
        assert coming.value.path().stat().st_size > 4_000
    page.locator("input[name=next_review_on]").fill(later(30))
    page.locator("#review-closing button.btn-primary").click()
    expect(page.locator("#review-closing")).to_have_count(0)


def publish_what_was_proposed(director: Visit) -> None:
    """The standard in review, from its impact sheet."""
    page = director.go("/standards/")
    page.locator("tr", has=page.locator(".state-in_review")).filter(has_text="梅朵").locator(
        "a"
    ).first.click()
    page.locator(".tabs a[href$='/impact/']").click()
    expect(page.locator(".effect-line b")).not_to_be_empty()
    page.locator("#why").fill("同意" if director.language == "zh" else "agreed")
    page.locator("button[value=approve]").click()
    page.locator("button[value=publish]").click()
    expect(page.locator(".state-in_force")).to_be_visible()


def test_an_analyst_imports_a_file_runs_and_tests_the_standard_on_the_past(
    visit: Visiting, language: str
) -> None:
    analyst = visit("cai", language)
    page = analyst.go("/imports/")
    page.locator("input[name=files]").set_input_files(csv_file("八月销售.csv", AUGUST))
    page.locator("main form button.btn-primary").first.click()
    expect(page.locator("dl.passed")).to_be_visible(timeout=JOB_MS)
    expect(page.locator("main")).to_contain_text("70,000.50")
    expect(page.locator(".fault summary").first).to_contain_text("1")
    page.locator("button[formaction$='/take/']").click()
    expect(page.locator(".alert-success")).to_be_visible(timeout=JOB_MS)
    menu(page, "/data/")
    expect(page.locator("main")).to_contain_text("八月销售.csv")
    menu(page, "/runs/")
    before = page.locator("table.list").first.locator("tbody tr").count()
    page.locator("main form.filters button.btn-primary").first.click()
    expect(page.locator("table.list").first.locator("tbody tr")).to_have_count(before + 1, timeout=JOB_MS)
    expect(page.locator("table.list").first).to_contain_text("2026-08-03")
    analyst.go("/standards/")
    page.locator("tr", has=page.locator(".state-in_force")).locator("a").first.click()
    page.locator(".tabs a[href$='/trial/']").click()
    page.locator("main form.filters button.btn-primary").click()
    expect(page.locator("#trial table").first).to_be_visible(timeout=JOB_MS)


def test_customer_service_finds_somebody_by_name_writes_and_appeals_for_them(
    visit: Visiting, language: str
) -> None:
    service = visit("kefu", language)
    page = service.go("/customers/")
    name = FALLEN["F000003"][0]
    page.locator("#q").fill("云帆")
    found = page.locator("#rows td a")
    expect(found).to_have_count(1)
    expect(found).to_have_text(name)
    found.click()
    page.locator("a[href$='/letter/']").click()
    expect(page.locator("article.letter")).to_contain_text("F000003")
    page.go_back()
    page.locator("form.reveal button").click()
    expect(page.locator(".persons")).to_be_visible()
    appeal = page.locator("#asked details", has=page.locator("input[name=kind][value=appeal]"))
    appeal.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("客户来电：下季恢复采购" if language == "zh" else "called: buys again next quarter")
    page.keyboard.press("Enter")
    expect(page.locator("#asked .asked-state.is-open")).to_have_count(1)


def test_an_administrator_lets_somebody_in_and_reads_the_audit(visit: Visiting, language: str) -> None:
    administrator = visit("guan", language)
    page = administrator.go("/settings/people/")
    page.locator("details summary").first.click()
    form = page.locator("form[action='/settings/people/']")
    form.locator("[name=username]").fill("xin")
    form.locator("[name=display_name]").fill("辛怡")
    form.locator("[name=role]").select_option("sales_rep")
    form.locator("[name=password]").fill(PASSWORD)
    form.locator("button.btn-primary").click()
    expect(page.locator("#u-xin")).to_contain_text("辛怡")
    administrator.go("/settings/owners/")
    taken = set(OWNER_NAMES.values())
    free = page.locator("tr", has=page.locator("select[name=username]")).first
    owner = free.locator("td").first.inner_text()
    assert owner not in taken
    free.locator("select").select_option("xin")
    free.locator("button").click()
    expect(page.locator("tr", has_text=owner)).to_contain_text("辛怡")
    administrator.go("/settings/audit/")
    expect(page.locator("[role=status]").first).to_be_visible()
    expect(page.locator("[role=alert]")).to_have_count(0)
    expect(page.locator("tbody")).to_contain_text("xin")
    newcomer = visit("xin", language)
    newcomer.go("/customers/")
    expect(newcomer.page.locator("#rows tbody tr").first).to_contain_text(owner)
